"""The order: which entries come next, held small however many there are.

Entries wait packed in an unnamed temporary file; in memory an entry is one row of a few numbers.
"""

import os
import tempfile
from array import array
from collections.abc import Container, Iterator, Mapping
from typing import Any, Final

import msgspec

from triage.evidence import FileEntry
from triage.plan.tiers import Placement, Tier, folder_of
from triage.plan.waiting import Waiting

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


_OWN_CODES = {"starts": "Q", "rotating": "B"}
"""Columns that Order keeps besides those of Rows: where in the spool; whether seeking costs."""


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
        self._appends = [column.append for column in self.columns.values()]

    def __len__(self) -> int:
        return len(self.columns["lengths"])

    def add(self, entry: FileEntry, placement: Placement) -> None:
        """Append one entry."""
        packed = _pack(entry)
        self.packed += packed
        length, size, position, folder, tier, score = self._appends
        length(len(packed))
        size(entry.size)
        position(entry.position)
        folder(placement.folder)
        tier(placement.tier)
        score(placement.score)

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
        self._columns: dict[str, array[Any]] = {
            name: array(code) for name, code in (Rows.CODES | _OWN_CODES).items()
        }
        self._waiting = {tier: Waiting() for tier in Tier}
        self._left = {tier: [0, 0] for tier in Tier}
        """Entries and bytes that wait."""
        self._promoted: set[int] = set()
        self._in_hand: dict[int, Tier] = {}
        self._batches = 0

    def close(self) -> None:
        """Give the spool back."""
        self._spool.close()

    def add(self, rows: Rows, *, rotating: bool) -> None:
        """Queue entries. `rotating`: on their device, seeking is what costs."""
        columns = self._columns
        first = len(columns["starts"])
        _write_all(self._spool.fileno(), rows.packed)
        for length in rows.columns["lengths"]:
            columns["starts"].append(self._end)
            self._end += length
        for name, column in rows.columns.items():
            columns[name].extend(column)
        columns["rotating"].extend([rotating] * len(rows))
        folders, sizes = rows.columns["folders"], rows.columns["sizes"]
        for number, tier in enumerate(rows.columns["tiers"]):
            near = self._promoted and folders[number] in self._promoted
            self._put(Tier.NEIGHBOURS if near else _TIERS[tier], first + number, sizes[number])

    def next_batch(self) -> tuple[FileEntry, ...]:
        """The likeliest entries that wait; empty if there are none."""
        tier = self._tier_of_next()
        if tier is None:
            return ()
        if self._waiting[tier].needs_sorting:
            self._waiting[tier].sort(self._columns)
        self._batches += 1
        return self._take(tier)

    def sort(self) -> None:
        """Put everything into its final order: the survey has ended."""
        for waiting in self._waiting.values():
            waiting.sort(self._columns)

    def waits(self) -> bool:
        """Whether any entry waits."""
        return any(self._waiting.values())

    def next_tier(self) -> Tier | None:
        """The likeliest tier in which entries wait."""
        return next((tier for tier in Tier if self._waiting[tier]), None)

    def tier_of(self, entry_id: int) -> Tier | None:
        """As what an entry was handed out; asked once, when it comes back."""
        return self._in_hand.pop(entry_id, None)

    def left(self, *, pictures: bool) -> tuple[int, int]:
        """Entries and bytes that wait in tiers of pictures, or in the others."""
        mine = [left for tier, left in self._left.items() if tier.of_pictures is pictures]
        return sum(entries for entries, _ in mine), sum(size for _, size in mine)

    @property
    def waiting_entries(self) -> int:
        """In all tiers."""
        return sum(entries for entries, _ in self._left.values())

    @property
    def waiting_bytes(self) -> int:
        """In all tiers."""
        return sum(size for _, size in self._left.values())

    def promote_neighbours(self, finding: FileEntry) -> int:
        """Move the entries that share the finding's folder to the front; how many they are."""
        folder = folder_of(finding.volume_id, finding.path.rpartition("/")[0]).number
        if folder in self._promoted:
            return 0
        self._promoted.add(folder)
        sizes, moved = self._columns["sizes"], 0
        for tier in _TIERS[1:]:
            for row in self._waiting[tier].remove(self._columns, folder):
                self._count(tier, -1, -sizes[row])
                self._put(Tier.NEIGHBOURS, row, sizes[row])
                moved += 1
        self._waiting[Tier.NEIGHBOURS].sort(self._columns)
        return moved

    def rest(self) -> Iterator[FileEntry]:
        """Everything that still waits, for the record of what was not reached."""
        while batch := self.next_batch():
            self._in_hand.clear()
            yield from batch

    def _tier_of_next(self) -> Tier | None:
        tier = self.next_tier()
        if tier is None or not tier.of_pictures or self._batches not in SOUNDINGS:
            return tier
        others = [each for each in Tier if not each.of_pictures and self._waiting[each]]
        return max(others, key=lambda each: self._left[each][0], default=tier)

    def _put(self, tier: Tier, row: int, size: int) -> None:
        self._waiting[tier].add(row)
        self._count(tier, 1, size)

    def _count(self, tier: Tier, entries: int, size: int) -> None:
        left = self._left[tier]
        left[0] += entries
        left[1] += size

    def _take(self, tier: Tier) -> tuple[FileEntry, ...]:
        waiting = self._waiting[tier]
        rows = self._fitting(waiting.peek(PICTURES_IN_BATCH if tier.of_pictures else BATCH_ENTRIES))
        waiting.drop(len(rows))
        self._count(tier, -len(rows), -sum(self._columns["sizes"][row] for row in rows))
        batch = tuple(map(_unpack, self._read(rows)))
        self._in_hand.update((entry.id, tier) for entry in batch)
        return batch

    def _fitting(self, rows: list[int]) -> list[int]:
        """As many of them as fit a batch."""
        total = 0
        for number, row in enumerate(rows):
            total += self._columns["sizes"][row]
            if total > BATCH_BYTES and number:
                return rows[:number]
        return rows

    def _read(self, rows: list[int]) -> Iterator[bytes]:
        """The packed entries; neighbours in the spool are read at once."""
        lengths, starts = self._columns["lengths"], self._columns["starts"]
        begin = 0
        while begin < len(rows):
            end = begin + 1
            while end < len(rows) and rows[end] == rows[end - 1] + 1:
                end += 1
            run = rows[begin:end]
            whole = sum(lengths[row] for row in run)
            data = os.pread(self._spool.fileno(), whole, starts[run[0]])
            offset = 0
            for row in run:
                yield data[offset : offset + lengths[row]]
                offset += lengths[row]
            begin = end


def _write_all(descriptor: int, data: bytes | bytearray) -> None:
    view = memoryview(data)
    while view:
        view = view[os.write(descriptor, view) :]
