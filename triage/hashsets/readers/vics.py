"""Project VIC (VICS 1.1, 1.2, 1.3, 2.0) and CAID: OData JSON, streamed.

Hash sets have `value: [Media…]`, case files `value: [{Media: [Media…]}]`. Of a Media object we
take MD5, SHA1, MediaSize, Category, PhotoDNA and AlternativeHashes; only Category says what a
file is (IsPrecategorized and the counts are known to be unreliable). Numbers may be strings,
hexadecimal may be upper case, and there may be a byte order mark.
"""

import re
from collections.abc import Iterator
from typing import Any

import ijson

from triage.errors import HashSetError
from triage.hashsets.inputs import BLOCK, Input, utf8_blocks
from triage.hashsets.readers.photodna import photodna_of
from triage.hashsets.records import (
    UNCATEGORISED,
    Batch,
    Imported,
    Record,
    batched,
    digest_of,
    record,
    size_of,
)

_CONTEXT = re.compile(rb'"@?odata\.(?:context|metadata)"\s*:\s*"([^"]{0,300})"')
_VERSION = re.compile(rb"(?:DataModels|CAID)/?(\d\.\d)")
_ALTERNATIVE = {"sha256": "sha256", "sha1": "sha1", "md5": "md5", "pdq": "pdq"}
_LARGEST_RECORD = 16 << 20
_KEY = re.compile(rb'(?<!\\)"\s*:')
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
    return batched(_records(source, imported))


def _records(source: Input, imported: Imported) -> Iterator[Record]:
    number = 0
    for number, media in enumerate(_media(source, imported), start=1):
        try:
            yield _record(media)
        except ValueError as error:
            imported.refuse(number, str(error), unit="record")
    if not number and not imported.bad:
        raise HashSetError(f"{source.shown} has no media in it.", hint="Is it a VICS file?")


def _media(source: Input, imported: Imported) -> Iterator[dict[str, Any]]:
    """Each Media object, wherever it stands; broken JSON ends the stream, and is counted."""
    prefix = "value.item.Media.item" if _is_case(source.head()) else "value.item"
    stream = _Bounded(source)
    number = 0
    try:
        for media in ijson.items(stream, prefix, use_float=True, buf_size=BLOCK):
            number += 1
            stream.since = 0
            if isinstance(media, dict):
                yield media
            else:
                imported.refuse(number, "not an object", unit="record")
    except (ijson.JSONError, ValueError) as error:
        reason = f"the JSON is broken or cut off after this record: {_one_line(error)}"
        imported.refuse(max(number, 1), reason, unit="record")
        if not number:
            raise HashSetError(f"{source.shown} is not JSON: {_one_line(error)}") from error


class _Bounded:
    """The input's bytes, as long as records end: no value may fill the memory."""

    def __init__(self, source: Input) -> None:
        self.since = 0
        """Bytes since the last record ended."""
        self._blocks = utf8_blocks(source)
        self._held = b""

    def read(self, size: int = -1) -> bytes:
        """The next bytes. Raises ValueError if a record does not end."""
        if size and not self._held:
            self._held = next(self._blocks, b"")
            self.since += len(self._held)
            endless = len(self._held) >= BLOCK and not _KEY.search(self._held)
            if self.since > _LARGEST_RECORD or endless:
                raise ValueError("one record has more than any file's description could have")
        some, self._held = self._held[:size], self._held[size:]
        return some


def _is_case(head: bytes) -> bool:
    context = _CONTEXT.search(head)
    if context and b"#Cases" in context[1]:
        return True
    return b'"Media"' in head and b'"MediaFiles"' not in head.split(b'"Media"', 1)[0]


def _record(media: dict[str, Any]) -> Record:
    values: dict[str, bytes] = {}
    for key, algorithm in (("MD5", "md5"), ("SHA1", "sha1"), ("SHA256", "sha256")):
        text = _text(media.get(key))
        if text:
            values[algorithm] = digest_of(text, algorithm)
    for alternative in media.get("AlternativeHashes") or ():
        if isinstance(alternative, dict):
            values = _alternative(alternative) | values
    photodna = _text(media.get("PhotoDNA"))
    if photodna:
        values["photodna"] = photodna_of(photodna)
    return record(
        values, size=size_of(media.get("MediaSize")), category=_category(media.get("Category"))
    )


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
    return str(int(value)) if isinstance(value, float) else str(value)


def _text(value: object) -> str:
    text = value.strip() if isinstance(value, str) else ""
    return "" if text.lower() in _EMPTY else text


def _one_line(error: Exception) -> str:
    return " ".join(str(error).split())[:120]
