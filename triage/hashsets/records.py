"""What a hash set is made of before it is compiled: records, batches of them, and their tally.

A reader turns a file of some format into batches; the compiler takes nothing else. Digests of the
same algorithm stand in one array of `n` rows, because 51 million Python objects do not fit.
"""

import hashlib
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from itertools import islice
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from triage.errors import HashSetError
from triage.evidence import Value
from triage.hashsets.labels import CATEGORY_WORDS, UNCATEGORISED, plain

__all__ = ["UNCATEGORISED"]

Bytes = npt.NDArray[np.uint8]

WIDTHS = {"md5": 16, "sha1": 20, "sha256": 32, "pdq": 32, "photodna": 144}
"""Algorithm to the width of its value, bytes; in the order in which tables are built."""
SEALED_WIDTH = 16
"""Bytes of a keyed digest, in a sealed set."""
EXACT = ("md5", "sha1", "sha256")
"""Algorithms that say *the same bytes*; the others say *looks alike*."""
BY_HEX_LENGTH = {32: "md5", 40: "sha1", 64: "sha256"}
EMPTY = {name: hashlib.new(name, b"", usedforsecurity=False).digest() for name in EXACT}
"""The empty file's digests: they stand in many lists, and would match on every disk."""
UNKNOWN_SIZE = -1
LARGEST_SIZE = (1 << 62) - 1
BATCH = 16384
"""Records that a reader hands over at once."""
FIRST_SHOWN = 20
"""Bad records that are kept with line and reason; the others are counted."""
UNUSED_SHOWN = 50
"""Columns of one input that are named at most."""
_LONGEST_NAME = 60
DIGEST = re.compile(
    r"(?<![0-9a-z])(?:[0-9a-f]{64}|[0-9a-f]{40}|[0-9a-f]{32})(?![0-9a-z])", re.IGNORECASE
)
"""One of ours in a text, in hexadecimal."""
IN_A_COMMENT = "on a line that begins with # or ;"
NOT_BY_COMMENT = "a comment speaks of a category: comments are not used"
_CATEGORY_SAID = re.compile(rf"\b(?:{'|'.join(CATEGORY_WORDS)})[\s:#._-]*(?:[a-z]?\d|[a-z]\b)")


class SetRecord(NamedTuple):
    """One record as a reader finds it; an empty digest is one that the record does not have."""

    md5: bytes = b""
    sha1: bytes = b""
    sha256: bytes = b""
    pdq: bytes = b""
    photodna: bytes = b""
    size: int = UNKNOWN_SIZE
    category: str = UNCATEGORISED


def record(
    values: dict[str, bytes], *, size: int = UNKNOWN_SIZE, category: str = UNCATEGORISED
) -> SetRecord:
    """A record with these digests, by algorithm. Raises ValueError if there is none."""
    if not values:
        raise ValueError("no digest")
    got = values.get
    return SetRecord(
        got("md5", b""),
        got("sha1", b""),
        got("sha256", b""),
        got("pdq", b""),
        got("photodna", b""),
        size,
        category,
    )


@dataclass(slots=True, kw_only=True)
class RecordBatch:
    """Some thousand records, by column."""

    count: int
    digests: dict[str, Bytes]
    """Algorithm to `count` rows; rows of zeros where `present` says no."""
    present: dict[str, npt.NDArray[np.bool_]]
    """Algorithm to which rows have it; an algorithm without a mask is in all rows."""
    sizes: npt.NDArray[np.int64] | None = None
    """Bytes, UNKNOWN_SIZE where not given; None: not given in any row."""
    categories: list[str] | None = None
    sources: list[tuple[str, ...]] | None = None
    """Where each record comes from, where the input itself knows; None: the input is the source."""


class BadRecord(Value, frozen=True, kw_only=True):
    """A record that was left out, or kept without a part of it, and why."""

    line: int
    """From 1: the line of a text, the record of anything else."""
    reason: str
    unit: str = "line"

    def __str__(self) -> str:
        """`line 12: …`."""
        return f"{self.unit} {self.line}: {self.reason}"


@dataclass(slots=True, kw_only=True)
class Imported:
    """What was made of one input. Nothing that was left out is left out of this."""

    name: str
    format: str = ""
    strict: bool = False
    records: int = 0
    """Records read and understood, those dropped below included."""
    bad: int = 0
    first_bad: list[BadRecord] = field(default_factory=list)
    dropped: dict[str, int] = field(default_factory=dict)
    """Reason to count: the empty file, a category that was not asked for …"""
    kept_without: dict[str, int] = field(default_factory=dict)
    """What records were kept without to count: a size that is none, a placeholder's digest …"""
    first_without: list[BadRecord] = field(default_factory=list)
    unused: list[str] = field(default_factory=list)
    """Names of columns that nothing was taken from; at most UNUSED_SHOWN."""
    notes: list[str] = field(default_factory=list)

    def refuse(self, line: int, reason: str, unit: str = "line") -> None:
        """Count a bad record. Raises HashSetError if the import is strict."""
        self.bad += 1
        self._show(BadRecord(line=line, reason=reason, unit=unit), self.first_bad)

    def without(self, line: int, what: str, reason: str, unit: str = "line") -> None:
        """Count a record that is kept without a part of it. Raises HashSetError if strict."""
        self.lose(what)
        self._show(BadRecord(line=line, reason=reason, unit=unit), self.first_without)

    def lose(self, what: str, count: int = 1) -> None:
        """Count records that are kept without a part of them, which is no fault of theirs."""
        if count:
            self.kept_without[what] = self.kept_without.get(what, 0) + count

    def pass_over(self, names: Iterable[str]) -> None:
        """Name columns that nothing is taken from."""
        for name in names:
            shown = " ".join(name.split())[:_LONGEST_NAME]
            if shown and shown not in self.unused and len(self.unused) < UNUSED_SHOWN:
                self.unused.append(shown)

    def comment(self, text: str) -> None:
        """Count the digests of a comment, and note if it seems to say what category follows."""
        self.drop(IN_A_COMMENT, len(DIGEST.findall(text)))
        if NOT_BY_COMMENT not in self.notes and _CATEGORY_SAID.search(plain(text)):
            self.notes.append(NOT_BY_COMMENT)

    def _show(self, record: BadRecord, shown: list[BadRecord]) -> None:
        if len(shown) < FIRST_SHOWN:
            shown.append(record)
        if self.strict:
            raise HashSetError(
                f"{self.name}, {record}.",
                hint="Without --strict such records are counted, and what is good of them kept.",
            )

    def broken(self, line: int, reason: str, unit: str = "line") -> None:
        """The input ends before its end: count it, and note that the rest is missing."""
        self.refuse(line, reason, unit)
        self.notes.append(f"broken at {unit} {line}: all that follows is missing from the set")

    def drop(self, reason: str, count: int = 1) -> None:
        """Count records that were understood, but do not belong in the set."""
        if count:
            self.dropped[reason] = self.dropped.get(reason, 0) + count


def batched(records: Iterable[SetRecord]) -> Iterator[RecordBatch]:
    """Records to batches, for the formats that are read one by one."""
    stream = iter(records)
    while some := list(islice(stream, BATCH)):
        yield pack(some)


def pack(records: list[SetRecord]) -> RecordBatch:
    """Records to one batch."""
    columns = dict(zip(SetRecord._fields, zip(*records, strict=True), strict=True))
    digests: dict[str, Bytes] = {}
    present: dict[str, npt.NDArray[np.bool_]] = {}
    for algorithm, width in WIDTHS.items():
        values = columns[algorithm]
        if any(values):
            digests[algorithm] = rows_of((value or bytes(width) for value in values), width)
            present[algorithm] = np.fromiter(map(bool, values), dtype=np.bool_, count=len(values))
    return RecordBatch(
        count=len(records),
        digests=digests,
        present=present,
        sizes=np.array(columns["size"], dtype=np.int64),
        categories=list(columns["category"]),
    )


def rows_of(values: Iterable[bytes], width: int) -> Bytes:
    """Values of one width, bytes, to an array of rows."""
    return np.frombuffer(b"".join(values), dtype=np.uint8).reshape(-1, width)


def distinct(numbers: npt.NDArray[np.uint64]) -> npt.NDArray[np.uint64]:
    """The different numbers, sorted. (numpy's `unique` hashes them: thirty times as slow.)"""
    ordered = np.sort(numbers)
    return ordered[np.flatnonzero(np.r_[len(ordered) > 0, ordered[1:] != ordered[:-1]])]
