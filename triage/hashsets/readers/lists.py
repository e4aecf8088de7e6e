"""Lists of digests, a line each: plain, md5sum and sha256sum, BSD. (PDQ lists: pdq.py.)

    d41d8cd98f00b204e9800998ecf8427e
    0cc175b9c0f1b6a831c399e269772661  picture.jpg          (also ` *`, and escaped)
    MD5 (picture.jpg) = 0cc175b9c0f1b6a831c399e269772661

Blank lines and lines that begin with `#` or `;` are passed over.
"""

import binascii
import re
from collections.abc import Callable, Iterator
from typing import TypeVar

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
Parsed = TypeVar("Parsed")

_BEFORE = re.compile(r"[\s,;|]")


def read_list(source: Input, imported: Imported) -> Iterator[Batch]:
    """Batches of a list of MD5, SHA-1 and SHA-256, in any mixture of the styles above."""
    for first, some in lines(source):
        batch = _quick(some)
        if batch is None:
            records = list(parsed(some, first, imported, _line))
            batch = pack(records) if records else None
        if batch:
            yield batch


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


def parsed(
    some: list[bytes], first: int, imported: Imported, parse: Callable[[str], Parsed]
) -> Iterator[Parsed]:
    """What `parse` makes of each line, `first` being the number of the first; it raises ValueError.

    Blank lines and comments are passed over, bad ones are refused.
    """
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
