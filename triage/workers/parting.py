"""The parts of an entry: which there are, and what all of them together may cost."""

from collections.abc import Iterator

from triage.evidence import FileEntry
from triage.media.window import InMemory
from triage.parts.budget import Budget
from triage.parts.carrier import Carrier
from triage.parts.finding import holds_none, parts_of
from triage.parts.freedesktop import picture_path, told_by
from triage.parts.part import Part
from triage.profile import Limits, parse_duration, parse_size
from triage.sources import ContentError, Source
from triage.workers.look import Look

BYTES_PER_SECOND = 2_000_000
"""A worker that is busy with a large cache is given the time of reading it this slowly."""
OF_ENTRY = 0.7
"""Of the time that an entry may take: what is left is for the entry itself."""


class Parting:
    """Finds the parts of entries, within a profile's limits."""

    def __init__(self, limits: Limits) -> None:
        """See there."""
        entry = parse_duration(limits.entry_time)
        self._seconds = min(OF_ENTRY * entry, parse_duration(limits.parts.time))
        self._bytes = parse_size(limits.parts.bytes)
        self._at_most = limits.parts.at_most

    def find(self, source: Source, look: Look) -> None:
        """Put into the look what the entry holds, or whose thumbnail it is itself."""
        item, entry = look.item, look.item.entry
        whole = look.kept if len(look.kept) == entry.size else b""
        if holds_none(item.head, item.type, entry.path, whole):
            return
        carrier = Carrier(
            entry=entry,
            head=item.head,
            type=item.type,
            content=InMemory(whole) if whole else source.content(entry),
            whole=whole,
            beside=lambda name, most: beside(source, entry, name, most),
        )
        look.budget = self._budget(entry.size)
        try:
            look.parts = _besides(look, parts_of(carrier, look.budget))
        except ContentError as error:
            look.trouble = error.reason
            return
        told = told_by(item.head)
        if told is not None:
            look.picture_path = picture_path(told, entry.path)

    def _budget(self, size: int) -> Budget:
        seconds = self._seconds + OF_ENTRY * size / BYTES_PER_SECOND
        return Budget(at_most=self._at_most, most_bytes=self._bytes, seconds=seconds)


def _besides(look: Look, parts: Iterator[Part]) -> Iterator[Part]:
    """Without the JPEG that stands for a raw file: it is looked at as the file's picture."""
    found = look.stand_in
    return parts if found is None else (part for part in parts if part.offset != found.offset)


def beside(source: Source, entry: FileEntry, name: str, most: int) -> bytes:
    """Empty if it cannot be read: what it would explain is then only bytes."""
    try:
        return source.beside(entry, name, most)
    except ContentError:
        return b""
