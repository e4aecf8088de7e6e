"""PDQ values as they are exchanged: lists of pictures and of videos' frames, and signals.

    f8f8f0cce0f4e84d0e370a22028f67f0b36e2ed596623e1d33e6339c4e9c9b22,100      value, quality
    0,100,f8f8f0cce0f4e84d0e370a22028f67f0b36e2ed596623e1d33e6339c4e9c9b22,0.000
                                                   vPDQ: frame, quality, value, seconds

Signals are what ThreatExchange's and HMA's tools write: CSV whose header has `signal_type` and
`signal_str` (or `signal`), perhaps the exchange's `category`; or lines of `pdq VALUE …`.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial

from triage.hashsets.inputs import ImportFile, cells_of, lines
from triage.hashsets.readers.lists import parsed
from triage.hashsets.records import (
    UNKNOWN_SIZE,
    Imported,
    RecordBatch,
    SetRecord,
    pack,
    record,
)
from triage.hashsets.spelling import digest_of

_LEAST_QUALITY = 50
"""PDQ values of 49 and below are of pictures with hardly anything in them: never matched."""
_KINDS = ("md5", "sha1", "sha256", "pdq")
_HARMLESS = "negative_class"
"""ThreatExchange's category of what its members looked at and found to be nothing."""
_FRAME = re.compile(r"\d+,(\d{1,3}),([0-9a-f]{64})(?:,[\d.]+)?", re.IGNORECASE)
_VALUE = re.compile(r"([0-9a-f]{64})(?:,\s*(\d{1,3}))?", re.IGNORECASE)
_PRINTED = re.compile(
    r"vpdq\s+\S.*|(?:pdq|(?:video_)?md5|sha1|sha256)\s+[0-9a-f]{32,64}(?:\s.*)?", re.IGNORECASE
)


@dataclass(frozen=True, slots=True, kw_only=True)
class PdqColumns:
    """Where a table with a header has what; places from 0, -1: nowhere."""

    value: int
    kind: int = -1
    """Of signal; without it every value is a PDQ."""
    quality: int = -1
    category: int = -1


@dataclass(frozen=True, slots=True)
class _Row:
    """What a line holds: records, or why it holds none."""

    records: tuple[SetRecord, ...] = ()
    reason: str = ""


def is_list(line: str, name: str) -> bool:
    """Whether a line is of a PDQ or vPDQ list; bare values are one where the file's name says so.

    (64 hexadecimal digits alone are a SHA-256 otherwise.)
    """
    value = _VALUE.fullmatch(line)
    return bool(_FRAME.fullmatch(line) or (value and (value[2] or "pdq" in name.lower())))


def is_printed(line: str) -> bool:
    """Whether a line is a signal as the command-line tools print it: `pdq VALUE …`."""
    return bool(_PRINTED.fullmatch(line))


def table_of(header: str) -> PdqColumns | None:
    """What a CSV's header says; None if it is neither of signals nor of PDQ values with quality."""
    cells = [cell.strip().lower() for cell in cells_of(header)]
    at = {name: place for place, name in reversed(list(enumerate(cells)))}
    signal = next((at[n] for n in ("signal_str", "signal", "signal_value") if n in at), -1)
    if signal >= 0 and "signal_type" in at:
        return PdqColumns(value=signal, kind=at["signal_type"], category=at.get("category", -1))
    value = next((at[n] for n in ("pdq", "hash", "pdq_hash", "pdqhash", "value") if n in at), -1)
    if value >= 0 and "quality" in at and "md5" not in at:
        return PdqColumns(value=value, quality=at["quality"])
    return None


def read_list(source: ImportFile, imported: Imported) -> Iterator[RecordBatch]:
    """Batches of a list of PDQ values, or of the frames of videos."""
    for first, some in lines(source):
        yield from _batch(parsed(some, first, imported, _of_list), imported)


def read_printed(source: ImportFile, imported: Imported) -> Iterator[RecordBatch]:
    """Batches of signals as lines of `pdq VALUE …`."""
    for first, some in lines(source):
        yield from _batch(parsed(some, first, imported, _as_printed), imported)


def read_table(source: ImportFile, imported: Imported, table: PdqColumns) -> Iterator[RecordBatch]:
    """Batches of a table; what is no digest, harmless, or of little quality is dropped."""
    for first, some in lines(source):
        header = int(first == 1)
        rows = parsed(some[header:], first + header, imported, partial(_of_table, table))
        yield from _batch(rows, imported)


def _batch(rows: Iterator[_Row], imported: Imported) -> Iterator[RecordBatch]:
    kept: list[SetRecord] = []
    for row in rows:
        kept += row.records
        if row.reason:
            imported.records += 1
            imported.drop(row.reason)
    if kept:
        yield pack(kept)


def _of_list(text: str) -> _Row:
    text = text.strip()
    frame = _FRAME.fullmatch(text)
    if frame:
        return _pdq(frame[2], frame[1])
    value, _, quality = text.partition(",")
    return _pdq(value, quality)


def _as_printed(text: str) -> _Row:
    kind, _, rest = text.strip().partition(" ")
    words = rest.split(maxsplit=1)
    if not words:
        raise ValueError(f"no signal: '{text[:70]}'")
    return _signal(kind, rest if kind.lower() == "vpdq" else words[0])


def _of_table(table: PdqColumns, text: str) -> _Row:
    cells = [cell.strip() for cell in cells_of(text)]
    if len(cells) <= max(table.value, table.kind, table.quality, table.category):
        raise ValueError(f"fewer columns than the header has: '{text[:70]}'")
    if table.kind < 0:
        return _pdq(cells[table.value], cells[table.quality])
    if table.category >= 0 and cells[table.category].lower() == _HARMLESS:
        return _Row(reason="harmless, says the exchange")
    return _signal(cells[table.kind], cells[table.value])


def _signal(kind: str, value: str) -> _Row:
    name = kind.lower().removeprefix("hash_").removeprefix("video_")
    if name == "vpdq":
        return _frames(value)
    if name not in _KINDS:
        return _Row(reason="a signal that is not a digest")
    return _Row((record({name: digest_of(value, name)}),))


def _frames(value: str) -> _Row:
    """A video's frames, each as in a vPDQ list: in JSON, or one after the other."""
    frames = _FRAME.findall(value)
    if not frames:
        raise ValueError(f"no frames in a vPDQ signal: '{value[:70]}'")
    rows = [_pdq(text, quality) for quality, text in frames]
    records = tuple(each for row in rows for each in row.records)
    return _Row(records, "" if records else rows[0].reason)


def _pdq(value: str, quality: str) -> _Row:
    try:
        enough = int(quality or 100) >= _LEAST_QUALITY
    except ValueError:
        raise ValueError(f"the quality is not a number: '{quality[:40]}'") from None
    if not enough:
        return _Row(reason=f"quality below {_LEAST_QUALITY}")
    return _Row((SetRecord(pdq=digest_of(value, "pdq"), size=UNKNOWN_SIZE),))
