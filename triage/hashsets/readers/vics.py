"""Project VIC (VICS 1.1, 1.2, 1.3, 2.0) and CAID: OData JSON of many GB, a record at a time.

Hash sets have `value: [Media…]`, case files `value: [{Media: [Media…]}]`. Of a Media object we
take MD5, SHA1, MediaSize, Category, PhotoDNA and AlternativeHashes; only Category says what a
file is (IsPrecategorized and the counts are known to be unreliable). Numbers may be strings,
hexadecimal may be upper case, and there may be a byte order mark.
"""

import codecs
import json
import re
from collections.abc import Iterator
from itertools import islice
from types import NoneType
from typing import Any

from triage.errors import HashSetError
from triage.hashsets.inputs import Input, as_utf8, utf8_blocks
from triage.hashsets.readers.columns import batch_of_columns
from triage.hashsets.readers.photodna import photodna_of
from triage.hashsets.records import (
    BATCH,
    UNCATEGORISED,
    Batch,
    Imported,
    Record,
    digest_of,
    pack,
    record,
    size_of,
)

_CONTEXT = re.compile(rb'"@?odata\.(?:context|metadata)"\s*:\s*"([^"]{0,300})"')
_VERSION = re.compile(rb"(?:DataModels|CAID)/?(\d\.\d)")
_OWN = (("MD5", "md5"), ("SHA1", "sha1"), ("SHA256", "sha256"))
_ALTERNATIVE = {"sha256": "sha256", "sha1": "sha1", "md5": "md5", "pdq": "pdq"}
_MORE = frozenset({"SHA256", "PhotoDNA", "AlternativeHashes"})
_SIMPLE = (
    ("MD5", "md5", {str, NoneType}),
    ("SHA1", "sha1", {str, NoneType}),
    ("MediaSize", "size", {int, NoneType}),
    ("Category", "category", {int, str, NoneType}),
)
_LARGEST_RECORD = 16 << 20
_OVERLAP = 64
_VALUE = re.compile(r'"value"\s*:\s*\[')
_MEDIA = re.compile(r'"Media"\s*:\s*\[')
_BETWEEN = re.compile(r"[\s,]*")
_EMPTY = {"", "null"}


def version_of(head: bytes) -> str | None:
    """`VICS 2.0` … by the beginning of the file; None if it is another JSON."""
    context = _CONTEXT.search(head)
    if context:
        version = _VERSION.search(context[1])
        family = "CAID" if b"caid" in context[1].lower() else "VICS"
        return f"{family} {version[1].decode()}" if version else family
    if b'"MediaID"' in head or b'"MediaSize"' in head:
        return "VICS"
    return None


def read(source: Input, imported: Imported) -> Iterator[Batch]:
    """Batches of the Media objects of a hash set or case file."""
    stream, number = _media(source, imported), 0
    while some := list(islice(stream, BATCH)):
        batch = _by_column(some)
        if batch is None:
            records = _records(some, number + 1, imported)
            batch = pack(records) if records else None
        number += len(some)
        if batch:
            yield batch
    if not number and not imported.bad:
        raise HashSetError(f"{source.shown} has no media in it.", hint="Is it a VICS file?")


def _by_column(some: list[Any]) -> Batch | None:
    """All in one go; None if any says more than MD5, SHA-1, size and category, or says it oddly."""
    if any(type(media) is not dict or not _MORE.isdisjoint(media) for media in some):
        return None
    columns: dict[str, list[Any]] = {}
    for key, name, types in _SIMPLE:
        values = [media.get(key) for media in some]
        if not types.issuperset(map(type, values)):
            return None
        columns[name] = ["" if value is None else str(value) for value in values]
    try:
        return batch_of_columns(len(some), columns)
    except ValueError:
        return None


def _records(some: list[Any], first: int, imported: Imported) -> list[Record]:
    records = []
    for number, media in enumerate(some, start=first):
        try:
            if not isinstance(media, dict):
                raise ValueError("not an object")
            records.append(_record(media, imported))
        except ValueError as error:
            imported.refuse(number, str(error), unit="record")
    return records


def _media(source: Input, imported: Imported) -> Iterator[Any]:
    """Each Media value, wherever it stands; broken JSON ends the stream, and is counted."""
    stream = _Text(source)
    opening = _MEDIA if _is_case(as_utf8(source.head())) else _VALUE
    number = 0
    try:
        while stream.skip_past(opening):
            while stream.next_value():
                number += 1
                yield stream.value
    except (ValueError, RecursionError) as error:
        reason = f"the JSON is broken or cut off after this record: {_one_line(error)}"
        imported.broken(max(number, 1), reason, unit="record")
        if not number:
            raise HashSetError(f"{source.shown} is not JSON: {_one_line(error)}") from error


class _Text:
    """The input's text from where we are, and a little ahead; json's own scanner reads values."""

    def __init__(self, source: Input) -> None:
        self.value: Any = None
        self._blocks = utf8_blocks(source)
        self._decoder = codecs.getincrementaldecoder("utf-8")(errors="replace")
        self._json = json.JSONDecoder()
        self._text = ""
        self._at = 0

    def skip_past(self, opening: re.Pattern[str]) -> bool:
        """Go on to just after the next array that opens so; False at the end of the input."""
        while not (found := opening.search(self._text, self._at)):
            self._at = max(self._at, len(self._text) - _OVERLAP)
            if not self._more():
                return False
        self._at = found.end()
        return True

    def next_value(self) -> bool:
        """Read the array's next value into `value`; False: the array is closed.

        Raises ValueError for what is no JSON, and for a value that does not end.
        """
        while True:
            start = _BETWEEN.match(self._text, self._at)
            at = start.end() if start else self._at
            if self._text.startswith("]", at):
                self._at = at
                return False
            try:
                self.value, self._at = self._json.raw_decode(self._text, at)
            except json.JSONDecodeError:
                if not self._more():
                    raise
            else:
                return True

    def _more(self) -> bool:
        if len(self._text) - self._at > _LARGEST_RECORD:
            raise ValueError("one record is larger than 16 MiB")
        block = next(self._blocks, None)
        if block is None:
            return False
        self._text = self._text[self._at :] + self._decoder.decode(block)
        self._at = 0
        return True


def _is_case(head: bytes) -> bool:
    context = _CONTEXT.search(head)
    if context and b"#Cases" in context[1]:
        return True
    return b'"Media"' in head and b'"MediaFiles"' not in head.split(b'"Media"', 1)[0]


def _record(media: dict[str, Any], imported: Imported) -> Record:
    get = media.get
    values = {
        algorithm: digest_of(text, algorithm)
        for key, algorithm in _OWN
        if (value := get(key)) and (text := _text(value))
    }
    others = get("AlternativeHashes")
    for alternative in others if isinstance(others, list) else ():
        if isinstance(alternative, dict):
            values = _alternative(alternative) | values
    photodna = _text(get("PhotoDNA"))
    try:
        values |= {"photodna": photodna_of(photodna)} if photodna else {}
    except ValueError:
        if not values:
            raise
        imported.drop("a PhotoDNA value that is none (its record is kept)")
    return record(values, size=size_of(get("MediaSize")), category=_category(get("Category")))


def _alternative(alternative: dict[str, Any]) -> dict[str, bytes]:
    name = _text(alternative.get("HashName")).lower().replace("-", "").replace("_", "")
    text = _text(alternative.get("HashValue"))
    if text and name in _ALTERNATIVE:
        return {_ALTERNATIVE[name]: digest_of(text, _ALTERNATIVE[name])}
    if text and name == "photodna":
        return {"photodna": photodna_of(text)}
    return {}


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


def _one_line(error: Exception) -> str:
    return " ".join(str(error).split())[:120]
