"""Project VIC (VICS 1.1, 1.2, 1.3, 2.0), CAID, and other JSON: many GB, a record at a time.

Hash sets have `value: [Media…]`, case files `value: [{Media: [Media…]}]`. Of a Media object we
take MD5, SHA1, MediaSize, Category, PhotoDNA and AlternativeHashes; only Category says what a
file is (IsPrecategorized and the counts are known to be unreliable). Keys may be written in any
case, or be a header's words for the same; digests may be in hexadecimal or base64, numbers
strings. How loose the JSON itself may be: json_values.py.
"""

import re
from collections import defaultdict
from collections.abc import Iterator
from functools import lru_cache, partial
from itertools import islice
from types import NoneType
from typing import Any

from triage.errors import HashSetError
from triage.hashsets.inputs import ImportFile
from triage.hashsets.readers.columns import batch_of_columns
from triage.hashsets.readers.headers import (
    LONGEST,
    algorithm_of,
    column_of,
    is_foreign,
    key_of,
    remembered,
)
from triage.hashsets.readers.json_values import values
from triage.hashsets.readers.rows import any_digest
from triage.hashsets.records import (
    BATCH,
    UNCATEGORISED,
    UNKNOWN_SIZE,
    WIDTHS,
    Imported,
    RecordBatch,
    SetRecord,
    pack,
    record,
)
from triage.hashsets.spelling import size_of

_CONTEXT = re.compile(rb'"@?odata\.(?:context|metadata)"\s*:\s*"([^"]{0,300})"', re.IGNORECASE)
_VERSION = re.compile(rb"(?:DataModels|CAID)/?(\d\.\d)")
_KEY = re.compile(rb'"([^"\\]{1,60})"\s*:')
_BARE_DIGEST = re.compile(rb'[\[,:{]\s*"[0-9A-Fa-f]{32,64}"')
_OTHERS = "alternativehashes"
_QUICK: dict[str, set[type]] = {
    "md5": {str, NoneType},
    "sha1": {str, NoneType},
    "sha256": {str, NoneType},
    "size": {int, NoneType},
    "category": {int, str, NoneType},
}
"""Columns that are read in one go, and the types that their values then have."""
_MOST_KEYS = 200
"""Of an object that are looked at."""
_EMPTY = {"", "null"}
_UNIT = "record"


def version_of(head: bytes) -> str | None:
    """`VICS 2.0` … by the beginning of the file; empty: of a list that is neither VICS nor
    CAID; None: it holds no digests."""
    context = _CONTEXT.search(head)
    if context:
        version = _VERSION.search(context[1])
        family = "CAID" if b"caid" in context[1].lower() else "VICS"
        return f"{family} {version[1].decode()}" if version else family
    keys = {key.decode(errors="replace") for key in _KEY.findall(head)}
    if {key.lower() for key in keys} & {"mediaid", "mediasize"}:
        return "VICS"
    return "" if any(map(_is_digest, keys)) or _BARE_DIGEST.search(head) else None


def read(source: ImportFile, imported: Imported) -> Iterator[RecordBatch]:
    """Batches of the Media objects of a hash set or case file."""
    broken = partial(_broken, source, imported)
    stream, number = values(source, _is_media, broken), 0
    while some := list(islice(stream, BATCH)):
        keys: set[str] = set().union(*(each for each in some if isinstance(each, dict)))
        imported.pass_over(sorted(key for key in keys if not _column(key)))
        batch = _by_column(some, keys)
        if batch is None:
            records = _records(some, number + 1, imported)
            batch = pack(records) if records else None
        number += len(some)
        if batch:
            yield batch
    if not number and not imported.bad:
        raise HashSetError(f"{source.shown} has no media in it.", hint="Is it a VICS file?")


def _broken(source: ImportFile, imported: Imported, number: int, why: str, ends: bool) -> None:
    if not ends:
        imported.refuse(number, f"the line is no JSON: {why}", unit=_UNIT)
        return
    reason = f"the JSON is broken or cut off after this record: {why}"
    imported.broken(max(number, 1), reason, unit=_UNIT)
    if not number:
        raise HashSetError(f"{source.shown} is not JSON: {why}.", hint="Copy or export it again.")


@remembered
def _column(key: str) -> str:
    """Our word for a key; empty: it is none of ours."""
    return _OTHERS if key_of(key) == _OTHERS else column_of(key)[0]


def _is_digest(key: str) -> bool:
    return _column(key) in {*WIDTHS, "hash", _OTHERS} and key_of(key) != "value"


def _is_media(value: object) -> bool:
    return isinstance(value, dict) and any(map(_is_digest, value))


def _places(media: dict[str, Any]) -> dict[str, str]:
    """Our column to the key that has it; where there are several, the one that says it best."""
    return _places_of(tuple(key for key in media if len(key) <= LONGEST)[:_MOST_KEYS])


@lru_cache(maxsize=1024)
def _places_of(keys: tuple[str, ...]) -> dict[str, str]:
    ranked = sorted((column_of(key)[1], at, key) for at, key in enumerate(keys) if _column(key))
    places: dict[str, str] = {}
    for _, _, key in ranked:
        places.setdefault(_column(key), key)
    return places


def _by_column(some: list[Any], keys: set[str]) -> RecordBatch | None:
    """All in one go; None if any says more than the quick columns have, or says it oddly."""
    named: defaultdict[str, list[str]] = defaultdict(list)
    for key in keys:
        named[_column(key)].append(key)
    named.pop("", None)
    if any(type(media) is not dict for media in some) or not named.keys() <= _QUICK.keys():
        return None
    columns: dict[str, list[Any]] = {}
    for name, ours in named.items():
        found = [media.get(ours[0]) for media in some]
        if len(ours) > 1 or not _QUICK[name].issuperset(map(type, found)):
            return None
        columns[name] = ["" if value is None else str(value) for value in found]
    try:
        return batch_of_columns(len(some), columns)
    except ValueError:
        return None


def _records(some: list[Any], first: int, imported: Imported) -> list[SetRecord]:
    records = []
    for number, media in enumerate(some, start=first):
        try:
            if isinstance(media, str):
                records.append(record(dict([any_digest(media.strip())])))
            elif isinstance(media, dict):
                records.append(_record(media, number, imported))
            else:
                raise ValueError("not an object")
        except ValueError as error:
            imported.refuse(number, str(error), unit=_UNIT)
    return records


def _record(media: dict[str, Any], number: int, imported: Imported) -> SetRecord:
    """What is good of an object. Raises ValueError if no digest is."""
    places = _places(media)
    digests, wrong = _digests(media, places)
    others = media.get(places.get(_OTHERS, ""))
    for alternative in others if isinstance(others, list) else ():
        if isinstance(alternative, dict):
            digests = _alternative(alternative, wrong, imported) | digests
    if wrong and not digests:
        raise ValueError(next(iter(wrong.values())))
    made = record(digests)
    category, size = UNCATEGORISED, UNKNOWN_SIZE
    try:
        category = _category(media.get(places.get("category", "")))
    except ValueError as error:
        wrong["category"] = str(error)
    try:
        size = size_of(media.get(places.get("size", "")))
    except ValueError as error:
        wrong["size"] = str(error)
    for what, reason in wrong.items():
        imported.without(number, f"its {what}", reason, _UNIT)
    return made._replace(category=category, size=size)


def _digests(
    media: dict[str, Any], places: dict[str, str]
) -> tuple[dict[str, bytes], dict[str, str]]:
    """Its values by algorithm, and what is wrong with the others by column."""
    digests: dict[str, bytes] = {}
    wrong: dict[str, str] = {}
    for column in (*WIDTHS, "hash"):
        text = _text(media.get(places.get(column, "")))
        if text:
            said = _text(media.get(places.get("which", ""))) if column == "hash" else column
            _take(text, said, column, digests, wrong)
    return digests, wrong


def _take(
    text: str, said: str, what: str, digests: dict[str, bytes], wrong: dict[str, str]
) -> None:
    try:
        if is_foreign(said):
            raise ValueError(f"its digest is {said[:20]}, which seek does not compute")
        name, value = any_digest(text, algorithm_of(said))
        digests.setdefault(name, value)
    except ValueError as error:
        wrong[what] = str(error)


def _alternative(
    alternative: dict[str, Any], wrong: dict[str, str], imported: Imported
) -> dict[str, bytes]:
    fields = {key_of(key): value for key, value in alternative.items()}
    said, text = _text(fields.get("hashname")), _text(fields.get("hashvalue"))
    digests: dict[str, bytes] = {}
    if text and algorithm_of(said):
        _take(text, said, algorithm_of(said), digests, wrong)
    elif text:
        imported.lose(f"alternative hashes that seek does not compute ({key_of(said)[:20]})")
    return digests


def _category(value: object) -> str:
    if value is None or isinstance(value, bool):
        return UNCATEGORISED
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    if not isinstance(value, (int, str)):
        raise ValueError(f"the category is no number or label: '{str(value)[:40]}'")
    return str(value)


def _text(value: object) -> str:
    text = value.strip() if isinstance(value, str) else ""
    return "" if text.lower() in _EMPTY else text
