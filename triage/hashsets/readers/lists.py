"""Lists of digests, a line each: plain, md5sum and sha256sum, BSD, and PDQ lists.

    d41d8cd98f00b204e9800998ecf8427e
    0cc175b9c0f1b6a831c399e269772661  picture.jpg          (also ` *`, and escaped)
    MD5 (picture.jpg) = 0cc175b9c0f1b6a831c399e269772661
    f8f8f0cce0f4e84d0e370a22028f67f0b36e2ed596623e1d33e6339c4e9c9b22,100      (PDQ, quality)

Blank lines and lines that begin with `#` or `;` are passed over.
"""

import binascii
import re
from collections.abc import Callable, Iterator

from triage.hashsets.inputs import LONGEST_LINE, Input, lines, text_of
from triage.hashsets.records import (
    BY_HEX_LENGTH,
    WIDTHS,
    Batch,
    Imported,
    Record,
    digest_of,
    pack,
    record,
    rows_of,
)

_BSD = re.compile(r"(MD5|SHA-?1|SHA-?256)\s*\((.*)\)\s*=\s*(\S+)\s*", re.IGNORECASE | re.DOTALL)
_BEFORE = re.compile(r"[\s,;|]")
_LEAST_QUALITY = 50
"""PDQ values of 49 and below are of pictures with hardly anything in them: never matched."""


def read_list(source: Input, imported: Imported) -> Iterator[Batch]:
    """Batches of a list of MD5, SHA-1 and SHA-256, in any mixture of the styles above."""
    for first, some in lines(source):
        batch = _quick(some)
        if batch is None:
            records = list(_records(some, first, imported, _line))
            batch = pack(records) if records else None
        if batch:
            yield batch


def read_pdq(source: Input, imported: Imported) -> Iterator[Batch]:
    """Batches of a list of PDQ values, with or without their quality."""
    for first, some in lines(source):
        records = list(_records(some, first, imported, _pdq_line))
        kept = [record for record in records if record.size >= _LEAST_QUALITY]
        imported.drop(f"quality below {_LEAST_QUALITY}", len(records) - len(kept))
        imported.records += len(records) - len(kept)
        if kept:
            yield pack([Record(pdq=record.pdq) for record in kept])


def read_signals(source: Input, imported: Imported) -> Iterator[Batch]:
    """Batches of a ThreatExchange CSV: `signal_type,signal`; other types are dropped."""
    for first, some in lines(source):
        skip = 1 if first == 1 else 0
        kept = list(_records(some[skip:], first + skip, imported, _signal))
        records = [record for record in kept if any(record[:4])]
        imported.drop("a signal that is not a digest", len(kept) - len(records))
        imported.records += len(kept) - len(records)
        if records:
            yield pack(records)


def digest_in(text: str) -> tuple[str, bytes]:
    """The algorithm and digest that a line of a list has. Raises ValueError with the reason."""
    text = text.strip()
    bsd = _BSD.fullmatch(text)
    if bsd:
        algorithm = bsd[1].lower().replace("-", "")
        return algorithm, digest_of(bsd[3], algorithm)
    word = _BEFORE.split(text.removeprefix("\\"), maxsplit=1)[0].strip("\"'")
    algorithm = BY_HEX_LENGTH.get(len(word), "")
    if not algorithm:
        raise ValueError(f"no MD5, SHA-1 or SHA-256: '{text[:70]}'")
    return algorithm, digest_of(word, algorithm)


def _quick(some: list[bytes]) -> Batch | None:
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
    return Batch(count=len(some), digests=digests, present={})


def _records(
    some: list[bytes], first: int, imported: Imported, parse: Callable[[str], Record]
) -> Iterator[Record]:
    for number, line in enumerate(some, start=first):
        if not line.strip() or line.lstrip()[:1] in (b"#", b";"):
            continue
        try:
            if len(line) > LONGEST_LINE:
                raise ValueError(f"longer than {LONGEST_LINE} bytes")
            yield parse(text_of(line))
        except ValueError as error:
            imported.refuse(number, str(error))


def _line(text: str) -> Record:
    algorithm, digest = digest_in(text)
    return record({algorithm: digest})


def _signal(text: str) -> Record:
    kind, _, rest = text.partition(",")
    name = kind.strip().strip('"').lower().removeprefix("hash_").removeprefix("video_")
    if name not in ("md5", "sha1", "sha256", "pdq"):
        return Record()
    value = rest.split(",", 1)[0].strip().strip('"')
    return record({name: digest_of(value, name)})


def _pdq_line(text: str) -> Record:
    """The quality stands, for a moment, where the size would."""
    cells = [cell.strip() for cell in text.split(",")]
    value = next((cell for cell in cells if len(cell) == 64), cells[0])
    quality = next((int(cell) for cell in cells if cell.isdecimal() and len(cell) < 4), 100)
    return Record(pdq=digest_of(value, "pdq"), size=quality)
