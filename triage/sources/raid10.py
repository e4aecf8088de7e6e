"""RAID 10 of Linux: every chunk on several members, near, far or offset; after raid10.c."""

from collections.abc import Iterator, Sequence

from triage.sources.bytes import Bytes, PiecedBytes, all_of
from triage.sources.reader import READ_FAILED, ContentError

OFFSET, IN_SETS, IN_SETS_OF_ALL = 1 << 16, 1 << 17, 1 << 18
KNOWN = 0xFFFF | OFFSET | IN_SETS | IN_SETS_OF_ALL


class MirroredStripes(PiecedBytes):
    """Of the first copy of a chunk that can be read."""

    def __init__(self, parts: Sequence[Bytes | None], chunk: int, layout: int, size: int) -> None:
        """`parts`: by role, None for those that are missing; `size`: bytes of each. Raises
        ContentError for what cannot be, and where of some chunk no copy is here."""
        self._parts, self._chunk = parts, chunk
        self._near, self._far = layout & 0xFF, layout >> 8 & 0xFF
        self._shifts = bool(layout & OFFSET)
        members, copies = len(parts), self._near * self._far
        if not 1 <= copies <= members or layout & ~KNOWN:
            raise ContentError(f"a RAID 10 of the layout {layout:#x}, which cannot be")
        self._set = members
        if layout & IN_SETS:
            self._set = members // self._far * (self._near if layout & IN_SETS_OF_ALL else 1)
        if self._set < 1:
            raise ContentError(f"a RAID 10 of the layout {layout:#x}, which cannot be")
        there = [part for part in parts if part is not None]
        chunks = size // chunk // self._far * members // self._near
        used = -(-chunks * copies // members)
        self._stride = 1 if self._shifts else used // self._far
        self.size = chunks * chunk
        self.sector_size = max(part.sector_size for part in there)
        for number in range(min(chunks, members)):
            if not any(parts[which] is not None for which, _ in self._copies(number)):
                raise ContentError("of some of it no copy is here")

    def piece(self, offset: int, most: int) -> bytes:
        """As `PiecedBytes` has it."""
        number, within = divmod(offset, self._chunk)
        length = min(most, self._chunk - within)
        failed = ContentError(READ_FAILED)
        for which, line in self._copies(number):
            part = self._parts[which]
            if part is None:
                continue
            try:
                return all_of(part, line * self._chunk + within, length)
            except ContentError as error:
                failed = error
        raise failed

    def _copies(self, number: int) -> Iterator[tuple[int, int]]:
        """On which members a chunk lies, and in which line of each."""
        line, first = divmod(number * self._near, len(self._parts))
        if self._shifts:
            line *= self._far
        for near in range(self._near):
            further, which = divmod(first + near, len(self._parts))
            for far in range(self._far):
                yield self._moved(which, far), line + further + far * self._stride

    def _moved(self, which: int, far: int) -> int:
        """The member of a copy further on: so many further in its set, of which the last takes
        those that are left over."""
        members, size = len(self._parts), self._set
        for _ in range(far):
            last = (members // size - 1) * size
            which, before = which + self._near, which // size
            if members % size and which > last:
                which = last + (which - last) % (members - last)
            else:
                which = which % size + size * before
        return which
