"""Lists of digests: plain, md5sum and sha256sum, BSD. (PDQ lists: pdq.py.)

    d41d8cd98f00b204e9800998ecf8427e
    0cc175b9c0f1b6a831c399e269772661  picture.jpg          (also ` *`, and escaped)
    MD5 (picture.jpg) = 0cc175b9c0f1b6a831c399e269772661
    0cc175b9c0f1b6a831c399e269772661, 92eb5ffee6ae2fec3ad71c777531578f

Any number of digests may stand on a line, apart by commas, semicolons, bars, tabs or blanks. Blank
lines are passed over, and those that begin with `#` or `;`; if these hold digests, it is counted.
"""

import binascii
import re
from collections.abc import Callable, Iterator
from typing import NamedTuple, TypeVar

from triage.hashsets.inputs import LONGEST_LINE, ImportFile, Lines, lines, text_of, words
from triage.hashsets.readers.headers import is_foreign
from triage.hashsets.records import (
    BY_HEX_LENGTH,
    DIGEST,
    WIDTHS,
    Imported,
    RecordBatch,
    SetRecord,
    pack,
    record,
    rows_of,
)
from triage.hashsets.spelling import digest_of

Digest = tuple[str, bytes]
"""Algorithm and value."""
Parsed = TypeVar("Parsed")

_BSD = re.compile(r"(MD5|SHA-?1|SHA2?-?256)\s*\((.*)\)\s*=\s*(\S+)\s*", re.IGNORECASE | re.DOTALL)
_LABELLED = re.compile(r"(?:Hash|MD5|SHA-?1|SHA2?-?256)\s*[:=]\s*([0-9a-f]+)", re.IGNORECASE)
_NAMES_ANOTHER = re.compile(r"\s*([A-Za-z][\w-]*)\s*[:(=|]")
_BETWEEN = re.compile(r"[\s,;|]+")
_APART = re.compile(r"^0x|[ :-]", re.IGNORECASE)
_COLUMNS = re.compile(r"[,;|\t]")
_AROUND = "\"'`=[]{}() "
_NAMED_FILE = re.compile(r"\\?([0-9a-f]{32}|[0-9a-f]{40}|[0-9a-f]{64})  ?\*?(?=\S)", re.IGNORECASE)
"""As md5sum and its like write it."""
_BULLET = re.compile(r"(?:[-*•]|\d{1,9}[.)])\s+")
_PAIRS = re.compile(r"(?:0x)?[0-9a-f]{2}(?:[ :-]?[0-9a-f]{2})+", re.IGNORECASE)
_LIKE_A_LABEL = re.compile(r"[a-z]?\d{0,2}|cat\w*[\s._:-]*\w{1,2}", re.IGNORECASE)
"""Behind a digest: a category, or a very short name."""
_MANY = 3
"""So many digests among other words are a list, and the other words bad ones in it."""
NO_HEADER = "no header: of each line its digests are used and nothing else"


class _Line(NamedTuple):
    """What a line holds."""

    digests: list[Digest]
    strangers: tuple[str, ...] = ()
    """Words among the digests of a list that are none."""
    columns: bool = False
    """There are columns besides, of which nobody says what they are."""


def read_list(source: ImportFile, imported: Imported) -> Iterator[RecordBatch]:
    """Batches of a list of MD5, SHA-1 and SHA-256, in any mixture of the styles above."""
    return _read(lines(source), imported)


def read_words(source: ImportFile, imported: Imported) -> Iterator[RecordBatch]:
    """The same of a list whose lines are too long to be taken as such."""
    return _read(words(source), imported)


def digests_in(text: str) -> list[Digest]:
    """The digests that a line of a list has. Raises ValueError with the reason if it has none."""
    return _line(text).digests


def _read(stream: Iterator[tuple[int, Lines]], imported: Imported) -> Iterator[RecordBatch]:
    for first, some in stream:
        batch = _quick(some)
        if batch is None:
            records = list(_records(some, first, imported))
            batch = pack(records) if records else None
        if batch:
            yield batch


def _records(some: Lines, first: int, imported: Imported) -> Iterator[SetRecord]:
    for number, line in _parsed(some, first, imported, _line):
        for word in line.strangers:
            imported.refuse(number, f"no MD5, SHA-1 or SHA-256: '{word[:70]}'")
        if line.columns and NO_HEADER not in imported.notes:
            imported.notes.append(NO_HEADER)
        for algorithm, value in line.digests:
            yield record({algorithm: value})


def _quick(some: Lines) -> RecordBatch | None:
    """All lines in one go, if each is nothing but a digest, all of one kind."""
    lengths = set(map(len, some))
    algorithm = BY_HEX_LENGTH.get(next(iter(lengths)), "") if len(lengths) == 1 else ""
    if not algorithm:
        return None
    try:
        blob = binascii.unhexlify(b"".join(some))
    except binascii.Error:
        return None
    digests = {algorithm: rows_of([blob], WIDTHS[algorithm])}
    return RecordBatch(count=len(some), digests=digests, present={})


def parsed(
    some: Lines, first: int, imported: Imported, parse: Callable[[str], Parsed]
) -> Iterator[Parsed]:
    """What `parse` makes of each line, `first` being the number of the first; it raises ValueError.

    Blank lines and comments are passed over, bad ones are refused.
    """
    return (made for _, made in _parsed(some, first, imported, parse))


def _parsed(
    some: Lines, first: int, imported: Imported, parse: Callable[[str], Parsed]
) -> Iterator[tuple[int, Parsed]]:
    for number, line in enumerate(some, start=first):
        if not line.strip():
            continue
        if line.lstrip()[:1] in (b"#", b";"):
            imported.comment(text_of(line[:LONGEST_LINE]))
            continue
        try:
            if len(line) > LONGEST_LINE:
                raise ValueError(f"longer than {LONGEST_LINE} bytes")
            yield number, parse(text_of(line))
        except ValueError as error:
            imported.refuse(number, str(error))


def _line(text: str) -> _Line:
    """Raises ValueError: there is no digest, or one that nobody computes here."""
    text = _BULLET.sub("", text.strip(), count=1)
    summed = _NAMED_FILE.match(text)
    if summed and (digest := _digest(summed[1])) and not DIGEST.search(text, summed.end()):
        return _Line([digest], columns=bool(_LIKE_A_LABEL.fullmatch(text, summed.end())))
    if _PAIRS.fullmatch(text) and (digest := _digest(_APART.sub("", text))):
        return _Line([digest])
    named = _named(text)
    if named:
        return _Line([named])
    words = [word.strip(_AROUND) for word in _BETWEEN.split(text.removeprefix("\\")) if word]
    found = [digest for word in words if (digest := _digest(word))]
    if len(found) == len(words):
        return _Line(found)
    if len(found) >= _MANY and 2 * len(found) > len(words):
        return _Line(found, tuple(word for word in words if not _digest(word)))
    return _beside_others(text, words)


def _named(text: str) -> Digest | None:
    """The digest of a line that says what it is: `MD5 (x) = …`, `SHA256: …`."""
    if bsd := _BSD.fullmatch(text):
        algorithm = bsd[1].lower().replace("-", "").replace("sha2256", "sha256")
        return algorithm, digest_of(bsd[3], algorithm)
    labelled = _LABELLED.fullmatch(text)
    if labelled:
        return _digest(labelled[1])
    other = _NAMES_ANOTHER.match(text)
    if other and is_foreign(other[1]):
        raise ValueError(f"its digest is {other[1][:20]}, which seek does not compute")
    return None


def _beside_others(text: str, words: list[str]) -> _Line:
    """A digest and what it is of: a name behind it, a size before it, a table's columns."""
    first = _digest(words[0])
    if first and text[text.index(words[0]) + len(words[0]) :][:1] in (" ", '"', "'"):
        return _Line([first])
    if words[0].isdecimal() and len(words) > 1 and (second := _digest(words[1])):
        return _Line([second], columns=bool(_COLUMNS.search(text[: text.index(words[1])])))
    cells = [cell.strip(_AROUND) for cell in _COLUMNS.split(text)]
    found = [digest for cell in cells if (digest := _digest(cell))]
    if not found:
        raise ValueError(f"no MD5, SHA-1 or SHA-256: '{text[:70]}'")
    other = next(filter(is_foreign, cells), "")
    if other:
        raise ValueError(f"its digest is {other[:20]}, which seek does not compute")
    return _Line(found, columns=True)


def _digest(word: str) -> Digest | None:
    algorithm = BY_HEX_LENGTH.get(len(word))
    if algorithm is None:
        return None
    try:
        return algorithm, binascii.unhexlify(word)
    except ValueError:
        return None
