"""The order: which entries come next, held small however many there are.

Entries wait packed in an unnamed temporary file; in memory an entry is one row of a few numbers.
"""

import os
import tempfile
from array import array
from collections.abc import Container, Iterator, Mapping, Sequence
from typing import Any, Final

import msgspec

from triage.evidence import FileEntry
from triage.plan.tiers import Placement, Tier, folder_of

_pack = msgspec.msgpack.Encoder().encode
_TIERS = tuple(Tier)
_unpack = msgspec.msgpack.Decoder(FileEntry).decode

BATCH_ENTRIES = 256
BATCH_BYTES = 16 * 1024 * 1024
"""A batch is at most this, unless one entry is more: so that Ctrl-C and the screen are quick."""
PICTURES_IN_BATCH = 32
SOUNDINGS = frozenset({4, 8, 12, 16, 24, 32, 48, 64})
"""The batches, by number, that are taken from content that is no picture though pictures wait: so
that it is known early how long all of it will take. They cost less than a second together."""


class Rows:
    """Entries placed in the order, as columns: what a survey sends, a batch at a time."""

    CODES: Final = {
        "lengths": "I", "sizes": "Q", "positions": "q", "folders": "I", "tiers": "B", "scores": "f"
    }  # fmt: skip
    """Name to type code of `array`."""

    def __init__(self) -> None:
        self.packed = bytearray()
        self.columns: dict[str, array[Any]] = {
            name: array(code) for name, code in self.CODES.items()
        }

    def __len__(self) -> int:
        return len(self.columns["lengths"])

    def add(self, entry: FileEntry, placement: Placement) -> None:
        """Append one entry."""
        packed = _pack(entry)
        columns = self.columns
        self.packed += packed
        columns["lengths"].append(len(packed))
        columns["sizes"].append(entry.size)
        columns["positions"].append(entry.position)
        columns["folders"].append(placement.folder)
        columns["tiers"].append(placement.tier)
        columns["scores"].append(placement.score)

    def to_bytes(self) -> dict[str, bytes]:
        """Every column, and the entries themselves as `packed`."""
        return {"packed": bytes(self.packed)} | {
            name: column.tobytes() for name, column in self.columns.items()
        }

    def each_packed(self) -> Iterator[bytes]:
        """The entries one by one, packed as they were added."""
        end = 0
        for length in self.columns["lengths"]:
            begin, end = end, end + length
            yield bytes(self.packed[begin:end])

    @classmethod
    def from_bytes(cls, parts: dict[str, bytes]) -> "Rows":
        """The reverse, checked like foreign input. Raises ValueError."""
        rows = cls()
        rows.packed = bytearray(parts.get("packed", b""))
        for name, column in rows.columns.items():
            column.frombytes(parts.get(name, b""))
        if len({len(column) for column in rows.columns.values()}) != 1:
            raise ValueError("the columns of a batch differ in length")
        if sum(rows.columns["lengths"]) != len(rows.packed):
            raise ValueError("the entries of a batch have other lengths than it says")
        if any(tier > Tier.LAST for tier in rows.columns["tiers"]):
            raise ValueError("a batch names a tier that there is not")
        return rows

    def changed(self, left_out: Container[int], renumbered: Mapping[int, FileEntry]) -> "Rows":
        """The same without the rows of some numbers, and with other ids for some."""
        rows = Rows()
        for number, packed in enumerate(self.each_packed()):
            if number in left_out:
                continue
            row = _pack(renumbered[number]) if number in renumbered else packed
            rows.packed += row
            for name, column in rows.columns.items():
                column.append(len(row) if name == "lengths" else self.columns[name][number])
        return rows


class Order:
    """Entries that wait to be examined. `add` while the survey goes on; `next_batch` any time."""

    def __init__(self) -> None:
        self._spool = tempfile.TemporaryFile(buffering=0)  # noqa: SIM115 - `close` gives it back
        self._end = 0
        self._start = array("Q")
        self._columns: dict[str, array[Any]] = {
            name: array(code) for name, code in Rows.CODES.items()
        }
        self._rotating = array("B")
        self._waiting: dict[Tier, list[int]] = {tier: [] for tier in Tier}
        self._fresh: dict[Tier, list[int]] = {tier: [] for tier in Tier}
        """Not yet sorted into `_waiting`: while entries stream in, sorting once a batch would cost
        more than the better order gains."""
        self._promoted: set[int] = set()
        self.waiting_entries = 0
        self.waiting_bytes = 0

    def close(self) -> None:
        """Give the spool back."""
        self._spool.close()

    def add(self, rows: Rows, *, rotating: bool) -> None:
        """Queue entries. `rotating`: on their device, seeking is what costs."""
        first = len(self._start)
        _write_all(self._spool.fileno(), rows.packed)
        for length in rows.columns["lengths"]:
            self._start.append(self._end)
            self._end += length
        for name, column in rows.columns.items():
            self._columns[name].extend(column)
        self._rotating.extend([rotating] * len(rows))
        folders = rows.columns["folders"]
        for row, tier in enumerate(rows.columns["tiers"], first):
            near = self._promoted and folders[row - first] in self._promoted
            self._fresh[Tier.NEIGHBOURS if near else _TIERS[tier]].append(row)
        self.waiting_entries += len(rows)
        self.waiting_bytes += sum(rows.columns["sizes"])

    def next_batch(self, *, up_to: Tier = Tier.LAST) -> tuple[FileEntry, ...]:
        """The likeliest entries that wait, of tiers up to that one; empty if there are none."""
        for tier in Tier:
            if tier > up_to:
                break
            if self._fresh[tier] and not self._waiting[tier]:
                self._sort(tier)
            if self._waiting[tier]:
                return self._take(tier)
        return ()

    def sort(self) -> None:
        """Put everything into its final order: the survey has ended."""
        for tier in Tier:
            if self._fresh[tier]:
                self._sort(tier)

    def waits(self) -> bool:
        """Whether any entry waits."""
        return self.waiting_entries > 0

    def next_tier(self) -> Tier | None:
        """The tier that `next_batch` would take from."""
        return next((tier for tier in Tier if self._waiting[tier] or self._fresh[tier]), None)

    def promote_neighbours(self, finding: FileEntry) -> int:
        """Move the entries that share the finding's folder to the front; how many they are."""
        folder = folder_of(finding.volume_id, finding.path.rpartition("/")[0]).number
        if folder in self._promoted:
            return 0
        self._promoted.add(folder)
        folders = self._columns["folders"]
        moved: list[int] = []
        for tier in _TIERS[1:]:
            for lists in (self._waiting, self._fresh):
                near = [row for row in lists[tier] if folders[row] == folder]
                if near:
                    lists[tier] = [row for row in lists[tier] if folders[row] != folder]
                    moved += near
        self._fresh[Tier.NEIGHBOURS] += moved
        self._sort(Tier.NEIGHBOURS)
        return len(moved)

    def rest(self) -> Iterator[FileEntry]:
        """Everything that still waits, for the record of what was not reached."""
        while batch := self.next_batch():
            yield from batch

    def tallies(self) -> dict[Tier, tuple[int, int]]:
        """Waiting entries and bytes by tier."""
        sizes = self._columns["sizes"]
        rows = {tier: self._waiting[tier] + self._fresh[tier] for tier in Tier}
        return {tier: (len(each), sum(sizes[row] for row in each)) for tier, each in rows.items()}

    def _sort(self, tier: Tier) -> None:
        self._waiting[tier] += self._fresh[tier]
        self._fresh[tier] = []
        self._waiting[tier].sort(key=self._key, reverse=True)  # taken from the end

    def _take(self, tier: Tier) -> tuple[FileEntry, ...]:
        waiting = self._waiting[tier]
        rows = self._fitting(waiting, tier)
        del waiting[-len(rows) :]
        self.waiting_entries -= len(rows)
        self.waiting_bytes -= sum(self._columns["sizes"][row] for row in rows)
        return tuple(map(_unpack, self._read(rows)))

    def _fitting(self, waiting: Sequence[int], tier: Tier) -> list[int]:
        """The last rows that wait, as many as fit a batch, the next one first."""
        most = PICTURES_IN_BATCH if tier <= Tier.OTHER_PICTURES else BATCH_ENTRIES
        rows = waiting[: -most - 1 : -1]
        total = 0
        for number, row in enumerate(rows):
            total += self._columns["sizes"][row]
            if total > BATCH_BYTES and number:
                return list(rows[:number])
        return list(rows)

    def _key(self, row: int) -> tuple[float, int, int]:
        """Rotating: as the bytes lie. Solid state: the likeliest first, then as they lie."""
        score = 0.0 if self._rotating[row] else -self._columns["scores"][row]
        return (score, self._columns["positions"][row], row)

    def _read(self, rows: list[int]) -> Iterator[bytes]:
        """The packed entries; neighbours in the spool are read at once."""
        lengths = self._columns["lengths"]
        begin = 0
        while begin < len(rows):
            end = begin + 1
            while end < len(rows) and rows[end] == rows[end - 1] + 1:
                end += 1
            run = rows[begin:end]
            whole = sum(lengths[row] for row in run)
            data = os.pread(self._spool.fileno(), whole, self._start[run[0]])
            offset = 0
            for row in run:
                yield data[offset : offset + lengths[row]]
                offset += lengths[row]
            begin = end


def _write_all(descriptor: int, data: bytes | bytearray) -> None:
    view = memoryview(data)
    while view:
        view = view[os.write(descriptor, view) :]
