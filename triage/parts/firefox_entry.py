"""Firefox's cache since version 32 (cache2/entries): a file an entry, the body first.

Format: Mozilla, netwerk/cache2/CacheFileMetadata.cpp. Big-endian, behind the body: u32 hash, u16
hash of each 256 KB of body, header (u32 version, times fetched, last fetched, last modified [,
frecency from version 2 on], expiry, bytes of the key [, flags from version 3 on]), key, 0, pairs of
texts that end in 0. The last four bytes say where all that begins, which is how long the body is;
from version 4 on the version stands before them, and their highest bit says that all is encrypted.
"""

import re
import struct
from collections.abc import Iterator
from dataclasses import dataclass

from triage.parts.part import Part, ReadAt
from triage.parts.web import MOST_BODY, TOO_LARGE, address_in, body_part, packed

ENCRYPTED = (
    "an entry of a browser's cache that is encrypted, with a key that ended with the browser"
)
_NAME = re.compile(r"(^|/)(cache2/(entries|doomed)/[^/]+|[0-9A-F]{40})$")
_CHUNK = 256 * 1024
_ENCRYPTED = 0x80000000
_VERSIONS = range(1, 16)
_TRAILER_FROM = 4
_MOST_METADATA = 1 << 20
_LONGEST_KEY = 65536
_HEADERS = ((8, 6), (7, 6), (6, 5))
"""How many numbers the header has, and which of them is the length of the key."""
_OTHER = re.compile(rb"\x00alt-data\x00\d+;(\d{1,10}),")
"""What a script keeps beside a body is counted as the body's: it begins there."""
_HEAD = re.compile(rb"\x00(?:original-)?response-head(?:ers)?\x00([^\x00]*)")


@dataclass(frozen=True, slots=True, kw_only=True)
class _Metadata:
    """What stands behind a body."""

    body: int
    """Bytes of the body."""
    key: bytes = b""
    headers: bytes = b""
    encrypted: bool = False


class FirefoxEntry:
    """One entry. Iterate over `parts`; `trouble` is whole from the start."""

    kind = "Firefox cache"
    damaged = False

    def __init__(self, content: ReadAt, metadata: _Metadata) -> None:
        """`metadata`: of this content."""
        self._content = content
        self._metadata = metadata
        self.trouble = ENCRYPTED if metadata.encrypted else packed(metadata.headers)
        if metadata.body > MOST_BODY:
            self.trouble = self.trouble or TOO_LARGE

    def parts(self) -> Iterator[Part]:
        """The body, if it has any that can be read."""
        body = self._metadata.body
        if 0 < body <= MOST_BODY and not self._metadata.encrypted:
            content = self._content.read_at(0, body)
            yield body_part(content, self.kind, offset=0, address=_address(self._metadata.key))


def may_be_entry(path: str) -> bool:
    """Whether one may be there, by its name: nothing is said at the beginning of its content."""
    return _NAME.search(path) is not None


def open_firefox_entry(content: ReadAt) -> FirefoxEntry | None:
    """The entry in that content, by what stands at its end; None if it is none."""
    metadata = _metadata(content)
    return None if metadata is None else FirefoxEntry(content, metadata)


def ends_as_none(content: bytes) -> bool:
    """Whether the last bytes lead nowhere: so it is of most content, and quickly told."""
    if len(content) < 8:
        return True
    version, begin = struct.unpack(">II", content[-8:])
    if version in _VERSIONS and version >= _TRAILER_FROM:
        return False
    return not 0 <= len(content) - 4 - begin <= _MOST_METADATA


def _metadata(content: ReadAt) -> _Metadata | None:
    last = content.read_at(content.size - 8, 8)
    if len(last) < 8:
        return None
    version, begin = struct.unpack(">II", last)
    newer = version in _VERSIONS and version >= _TRAILER_FROM
    if newer and begin & _ENCRYPTED:
        body = begin & ~_ENCRYPTED
        return _Metadata(body=body, encrypted=True) if body < content.size else None
    end = content.size - (8 if newer else 4)
    if not 0 <= end - begin <= _MOST_METADATA:
        return None
    return _read(content.read_at(begin, end - begin), begin, version if newer else 0)


def _read(raw: bytes, begin: int, version: int) -> _Metadata | None:
    """What is there, if it holds together: key and pairs of texts end in 0, and fill it."""
    at = 4 + 2 * -(-begin // _CHUNK)
    if len(raw) < at + 32:
        return None
    said = int.from_bytes(raw[at : at + 4], "big")
    if said not in _VERSIONS or (version and said != version):
        return None
    for fields, sized in _HEADERS:
        length = int.from_bytes(raw[at + 4 * sized : at + 4 * sized + 4], "big")
        key, texts = raw[at + 4 * fields :][:length], raw[at + 4 * fields + length :]
        if not 0 < length <= _LONGEST_KEY or b"\x00" in key:
            continue
        if texts.startswith(b"\x00") and texts.endswith(b"\x00"):
            other = _OTHER.search(texts)
            body = min(int(other[1]), begin) if other else begin
            headers = b"\r\n".join(_HEAD.findall(texts))
            return _Metadata(body=body, key=key, headers=headers)
    return None


def _address(key: bytes) -> str:
    """A key is tags with a comma behind each; then a colon, and the address."""
    text = address_in(key)
    found = re.search(r"(?:^|,):", text)
    return text[found.end() :] if found else text
