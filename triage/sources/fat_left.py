"""FAT: what lies under names that The Sleuth Kit passes over, read by ourselves: see `fat_names`.

A directory under such a name is not seen by it at all: all that is below is read here.
Layout: Microsoft's FAT specification 1.03.
"""

import struct
from collections import Counter
from collections.abc import Collection, Iterator
from dataclasses import dataclass

from triage.evidence import LARGEST, EntryKind, FileEntry, Run, Storage, Timestamps, Volume
from triage.sources.bytes import Bytes, all_of
from triage.sources.entries import Place
from triage.sources.fat_names import ENTRY, GIVEN_UP, LABEL, LONG, holds
from triage.sources.reader import ContentError
from triage.sources.runs import RunsContent

FOLDER, LOWER_NAME, LOWER_ENDING = 0x10, 0x08, 0x10
FIRST_ADDRESS = 3
"""The Sleuth Kit's number for the first place for a name that there is."""
WINDOW = 1 << 16
MOST_FOLDER, DEEPEST = 4 << 20, 64
MOST_CHAIN = 1 << 22
BAD = "its boot sector is damaged"
NOT_WHOLE = "directories under such names that do not end, or end too early"
TOO_DEEP = "directories under such names that lie too deep, not entered"
AGAIN = "directories under such names that lead back to one that was listed, not entered again"


@dataclass(frozen=True, slots=True)
class FatName:
    """A name in a directory."""

    name: bytes
    """In UTF-8."""
    at: int
    """Where in the directory."""
    kind: int
    cluster: int
    size: int
    in_use: bool


class FatVolume:
    """Its chains of clusters."""

    def __init__(self, held: Bytes, volume: Volume) -> None:
        """Raises ContentError."""
        raw = all_of(held, 0, 512)
        self.sector, per_cluster, reserved, fats, root = struct.unpack_from("<HBHBH", raw, 11)
        short, long = struct.unpack_from("<H", raw, 22)[0], struct.unpack_from("<I", raw, 36)[0]
        self._bits = int(volume.file_system.removeprefix("fat"))
        self._held, self._volume = held, volume
        self._cluster = self.sector * per_cluster
        if self.sector not in (512, 1024, 2048, 4096) or not self._cluster or not fats:
            raise ContentError(BAD)
        self._table = reserved * self.sector
        self.first = reserved + fats * (short or long)
        """The sector in which the first place for a name is."""
        self._data = self.first * self.sector + -(-root * ENTRY // self.sector) * self.sector
        self._clusters = max(0, held.size - self._data) // self._cluster
        self._window: tuple[int, bytes] = (-1, b"")

    def _following(self, cluster: int) -> int:
        """The next of a chain, or what else the table says of a cluster."""
        at = cluster * self._bits // 8
        start = at // WINDOW * WINDOW
        if self._window[0] != start:
            self._window = start, self._held.read_at(self._table + start, WINDOW + 4)
        raw = self._window[1][at - start : at - start + 4].ljust(4, b"\0")
        number = int(struct.unpack("<I", raw)[0])
        if self._bits == 12:
            number = number >> 4 * (cluster & 1) & 0xFFF
        return number & (1 << min(self._bits, 28)) - 1

    def _holds(self, cluster: int) -> bool:
        return bool(2 <= cluster < self._clusters + 2)

    def runs(self, cluster: int, size: int) -> tuple[Run, ...] | None:
        """Where `size` bytes of a chain lie; None if it does not have so many. Raises
        ContentError."""
        runs: list[Run] = []
        for _ in range(MOST_CHAIN):
            if not size:
                return tuple(runs)
            if not self._holds(cluster):
                return None
            at = self._data + (cluster - 2) * self._cluster
            length = min(size, self._cluster)
            if runs and runs[-1].offset + runs[-1].length == at:
                runs[-1] = Run(runs[-1].offset, runs[-1].length + length)
            else:
                runs.append(Run(at, length))
            size -= length
            cluster = self._following(cluster) if size else 0
        return None

    def folder(self, cluster: int) -> tuple[bytes, bool]:
        """A directory as far as it can be read, and whether it ends there."""
        raw, entered = bytearray(), set[int]()
        try:
            while self._holds(cluster) and cluster not in entered and len(raw) < MOST_FOLDER:
                entered.add(cluster)
                at = self._data + (cluster - 2) * self._cluster
                raw += all_of(self._held, at, self._cluster)
                if 0 in raw[-self._cluster :: ENTRY]:
                    return bytes(raw), True
                cluster = self._following(cluster)
        except ContentError:
            return bytes(raw), False
        return bytes(raw), bool(cluster >= (1 << min(self._bits, 28)) - 8)

    def passed_over(
        self, directory: bytes, runs: Collection[tuple[int, int]], listed: Collection[int]
    ) -> list[FatName]:
        """Names in use that are not among those that The Sleuth Kit listed, by its numbers.
        `runs`: sectors in which the directory lies, first ones and counts."""
        sectors = [first + n for first, count in runs for n in range(count)]
        each = self.sector // ENTRY
        found: list[FatName] = []
        for name in names_in(directory):
            sector, place = divmod(name.at // ENTRY, each)
            if not name.in_use or sector >= len(sectors):
                continue
            if (sectors[sector] - self.first) * each + place + FIRST_ADDRESS not in listed:
                found.append(name)
        return found

    def below(
        self,
        name: FatName,
        place: Place,
        entered: set[int],
        trouble: Counter[str],
        depth: int = 0,
    ) -> Iterator[FileEntry]:
        """The entry of a name, and of all that lies below it. Their ids are not given yet.

        What is not entered, or not whole, is counted in `trouble`.
        """
        shown, raw = place.path_of(name.name)
        is_folder = bool(name.kind & FOLDER)
        runs = None if is_folder or not name.in_use else self._runs_of(name)
        storage = Storage.NONE
        if name.size and not is_folder and name.in_use:
            storage = Storage.FILE_SYSTEM if runs is None else Storage.RUNS
        yield FileEntry(
            id=0,
            volume_id=self._volume.id,
            path=shown,
            raw_path=raw,
            kind=EntryKind.DIRECTORY if is_folder else EntryKind.FILE,
            size=0 if is_folder else min(name.size, LARGEST),
            allocated_name=name.in_use,
            allocated_meta=name.in_use,
            storage=storage,
            runs=runs or (),
            times=Timestamps(),
        )
        if not is_folder or not name.in_use:
            return
        if depth >= DEEPEST or name.cluster in entered:
            trouble[AGAIN if name.cluster in entered else TOO_DEEP] += 1
            return
        entered.add(name.cluster)
        directory, ends = self.folder(name.cluster)
        trouble[NOT_WHOLE] += not ends
        for each in names_in(directory):
            yield from self.below(each, Place.at((shown, raw)), entered, trouble, depth + 1)

    def _runs_of(self, name: FatName) -> tuple[Run, ...] | None:
        try:
            return self.runs(name.cluster, name.size)
        except ContentError:  # whoever reads its content is told so
            return None

    def content(self, entry: FileEntry) -> RunsContent:
        """Of an entry that lies in runs."""
        return RunsContent(self._held, entry.runs, entry.size)


def names_in(directory: bytes) -> Iterator[FatName]:
    """What a directory names but for itself, the one above, and labels."""
    pieces: list[bytes] = []
    whole = directory[: len(directory) // ENTRY * ENTRY]
    for at in range(0, len(whole), ENTRY):
        each = whole[at : at + ENTRY]
        if not each[0]:
            return
        if each[11] & LONG == LONG:
            pieces.append(each)
            continue
        long, pieces = _long(pieces, each), []
        if each[11] & LABEL and not holds(each, 0):
            continue
        if each[:11] in (b".          ", b"..         "):
            continue
        high, low, size = struct.unpack("<H4xHI", each[20:32])
        name = long or _short(each)
        yield FatName(name, at, each[11], high << 16 | low, size, each[0] != GIVEN_UP)


def _long(pieces: list[bytes], short: bytes) -> bytes:
    """The long name before a short one; empty if it is another's."""
    total = 0
    for byte in short[:11]:
        total = ((total & 1) << 7) + (total >> 1) + byte & 0xFF
    if not pieces or any(piece[13] != total for piece in pieces):
        return b""
    raw = b"".join(p[1:11] + p[14:26] + p[28:32] for p in reversed(pieces))
    text = raw.decode("utf-16-le", "replace").partition("\0")[0].rstrip("\uffff")
    return text.replace("/", "_").encode("utf-8", "replace")


def _short(each: bytes) -> bytes:
    """Blanks inside and in front are kept."""
    first = b"_" if each[0] == GIVEN_UP else b"\xe5" if each[0] == 5 else each[:1]
    name, ending = (first + each[1:8]).rstrip(b" "), each[8:11].rstrip(b" ")
    name = name.lower() if each[12] & LOWER_NAME else name
    ending = ending.lower() if each[12] & LOWER_ENDING else ending
    whole = name + b"." + ending if ending else name
    return whole.decode("cp437").replace("/", "_").encode() or b"_"
