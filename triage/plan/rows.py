"""Entries with their places in the order, as columns: what a survey sends, a batch at a time."""

from array import array
from collections.abc import Container, Iterator, Mapping
from typing import Any, Final

import msgspec

from triage.evidence import FileEntry
from triage.plan.tiers import Placement, Tier

_pack = msgspec.msgpack.Encoder().encode


class Rows:
    """Entries placed in the order, as columns: what a survey sends, a batch at a time."""

    CODES: Final = {
        "lengths": "I", "sizes": "Q", "positions": "q", "tiers": "B", "scores": "f", "folders": "I",
        "glances": "B",
    }  # fmt: skip
    """Name to type code of `array`."""

    def __init__(self) -> None:
        self.packed = bytearray()
        self._columns: dict[str, array[Any]] = {
            name: array(code) for name, code in self.CODES.items()
        }
        self._added: list[tuple[Any, ...]] = []
        """Rows that are not in the columns yet: many at once cost a third."""

    @property
    def columns(self) -> "dict[str, array[Any]]":
        """By the names of CODES."""
        if self._added:
            for column, values in zip(self._columns.values(), zip(*self._added, strict=True),
                                      strict=True):  # fmt: skip
                column.extend(values)
            self._added.clear()
        return self._columns

    def __len__(self) -> int:
        return len(self.columns["lengths"])

    def add(self, entry: FileEntry, placement: Placement, place: int) -> None:
        """Append one entry. `place`: where its content begins, as they are to be read; -1: that is
        not known."""
        packed = _pack(entry)
        self.packed += packed
        self._added.append((len(packed), entry.size, place, *placement[:4]))

    def to_bytes(self) -> dict[str, bytes]:
        """Every column, and the entries themselves as `packed`."""
        return {"packed": bytes(self.packed)} | {
            name: column.tobytes() for name, column in self.columns.items()
        }

    def each_packed(self) -> Iterator[memoryview]:
        """The entries one by one, packed as they were added."""
        packed, end = memoryview(self.packed), 0
        for length in self.columns["lengths"]:
            begin, end = end, end + length
            yield packed[begin:end]

    @classmethod
    def from_bytes(cls, parts: dict[str, bytes]) -> "Rows":
        """The reverse, checked like foreign input. Raises ValueError."""
        if not parts.keys() <= {"packed", *cls.CODES}:
            raise ValueError("a batch has a column that there is not")
        rows = cls()
        rows.packed = bytearray(parts.get("packed", b""))
        for name, column in rows.columns.items():
            column.frombytes(parts.get(name, b""))
        if len({len(column) for column in rows.columns.values()}) != 1:
            raise ValueError("the columns of a batch differ in length")
        if sum(rows.columns["lengths"]) != len(rows.packed):
            raise ValueError("the entries of a batch have other lengths than it says")
        if max(rows.columns["tiers"], default=0) > Tier.LAST:
            raise ValueError("a batch names a tier that there is not")
        if max(rows.columns["glances"], default=0) > 1:
            raise ValueError("a batch neither wants a glance nor wants none")
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
