"""The order: which entries come next, held small however many there are.

Entries wait packed in an unnamed temporary file; in memory an entry is one row of a few numbers.
"""

import tempfile
from array import array
from collections.abc import Iterator

import msgspec

from triage.evidence import FileEntry
from triage.plan.tiers import Placement, Tier

_pack = msgspec.msgpack.Encoder().encode
_unpack = msgspec.msgpack.Decoder(FileEntry).decode

BATCH_ENTRIES = 256
BATCH_BYTES = 16 * 1024 * 1024
"""A batch is at most this, unless a single entry is more: so that Ctrl-C and the screen are quick."""
PICTURES_IN_BATCH = 32


class Order:
    """Entries that wait to be examined. `add` while the survey goes on; `next_batch` any time."""

    def __init__(self) -> None:
        self._spool = tempfile.TemporaryFile()
        self._end = 0
        self._start = array("Q")
        self._length = array("L")
        self._position = array("q")
        self._score = array("f")
        self._size = array("Q")
        self._folder = array("q")
        self._rotating = array("b")
        self._waiting: dict[Tier, list[int]] = {tier: [] for tier in Tier}
        self._unsorted: set[Tier] = set()
        self._promoted: set[int] = set()
        self.waiting_entries = 0
        self.waiting_bytes = 0

    def close(self) -> None:
        """Give the spool back."""
        self._spool.close()

    def add(self, entry: FileEntry, placement: Placement, *, rotating: bool) -> None:
        """Queue an entry. `rotating`: on its device, seeking is what costs."""
        packed = _pack(entry)
        row = len(self._start)
        self._spool.write(packed)
        self._start.append(self._end)
        self._length.append(len(packed))
        self._end += len(packed)
        self._position.append(entry.position)
        self._score.append(placement.score)
        self._size.append(entry.size)
        self._folder.append(_folder_of(entry))
        self._rotating.append(rotating)
        tier = Tier.NEIGHBOURS if self._folder[row] in self._promoted else placement.tier
        self._waiting[tier].append(row)
        self._unsorted.add(tier)
        self.waiting_entries += 1
        self.waiting_bytes += entry.size

    def next_batch(self, *, up_to: Tier = Tier.LAST) -> tuple[FileEntry, ...]:
        """The likeliest entries that wait, of tiers up to that one; empty if there are none."""
        for tier in Tier:
            if tier > up_to:
                break
            if self._waiting[tier]:
                return self._take(tier)
        return ()

    def waits(self) -> bool:
        """Whether any entry waits."""
        return self.waiting_entries > 0

    def next_tier(self) -> Tier | None:
        """The tier that `next_batch` would take from."""
        return next((tier for tier in Tier if self._waiting[tier]), None)

    def promote_neighbours(self, finding: FileEntry) -> int:
        """Move the entries that share the finding's folder to the front; how many they are."""
        folder = _folder_of(finding)
        if folder in self._promoted:
            return 0
        self._promoted.add(folder)
        moved: list[int] = []
        for tier in Tier:
            if tier is Tier.NEIGHBOURS or not self._waiting[tier]:
                continue
            found = [row for row in self._waiting[tier] if self._folder[row] == folder]
            if found:
                self._waiting[tier] = [r for r in self._waiting[tier] if self._folder[r] != folder]
                moved += found
        self._waiting[Tier.NEIGHBOURS] += moved
        self._unsorted.add(Tier.NEIGHBOURS)
        return len(moved)

    def rest(self) -> Iterator[FileEntry]:
        """Everything that still waits, for the record of what was not reached."""
        while batch := self.next_batch():
            yield from batch

    def tallies(self) -> dict[Tier, tuple[int, int]]:
        """Waiting entries and bytes by tier."""
        return {
            tier: (len(rows), sum(self._size[row] for row in rows))
            for tier, rows in self._waiting.items()
        }

    def _take(self, tier: Tier) -> tuple[FileEntry, ...]:
        waiting = self._waiting[tier]
        if tier in self._unsorted:
            waiting.sort(key=self._key, reverse=True)  # taken from the end
            self._unsorted.discard(tier)
        most = PICTURES_IN_BATCH if tier <= Tier.OTHER_PICTURES else BATCH_ENTRIES
        rows: list[int] = []
        total = 0
        while waiting and len(rows) < most:
            size = self._size[waiting[-1]]
            if rows and total + size > BATCH_BYTES:
                break
            rows.append(waiting.pop())
            total += size
        self.waiting_entries -= len(rows)
        self.waiting_bytes -= total
        return tuple(self._read(row) for row in rows)

    def _key(self, row: int) -> tuple[float, int]:
        """Rotating: as the bytes lie. Solid state: the likeliest first, then as they lie."""
        return (0.0 if self._rotating[row] else -self._score[row], self._position[row])

    def _read(self, row: int) -> FileEntry:
        self._spool.flush()
        self._spool.seek(self._start[row])
        packed = self._spool.read(self._length[row])
        self._spool.seek(self._end)
        return _unpack(packed)


def _folder_of(entry: FileEntry) -> int:
    """A number for the entry's folder; two folders that share one only share a promotion."""
    folder, _, _ = entry.path.rpartition("/")
    return hash((entry.volume_id, folder))
