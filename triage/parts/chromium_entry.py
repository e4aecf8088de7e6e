"""Chromium's simple cache (Chrome, Edge and Opera on macOS, Linux and Android): a file an entry.

Format: Chromium, net/disk_cache/simple/simple_entry_format.h. Little-endian; each header fills up
to 8 bytes:

    header    u64 magic, u32 version, u32 bytes of the key, u32 hash of the key; then the key
    HASH_0    the body, its end record, the server's headers, SHA-256 of the key if the flags say
              so, their end record
    HASH_1    what scripts keep beside it, and its end record
    HASH_s    pieces of a body that was asked for in pieces, as films are: u64 magic, i64 offset,
              i64 bytes, u32 CRC-32; then the bytes
    end       u64 magic, u32 flags, u32 CRC-32, u32 bytes of the stream (of headers alone)
"""

import struct
from collections.abc import Iterator

from triage.parts.buffered import Buffered
from triage.parts.part import Part, ReadAt
from triage.parts.web import MOST_BODY, TOO_LARGE, address_in, body_part, packed

SIGNATURE = (0xFCFB6D1BA7725C30).to_bytes(8, "little")
_END = (0xF4FA6F45970D41D8).to_bytes(8, "little")
_PIECE = (0xEB97BF016553676B).to_bytes(8, "little")
_HEADER, _END_BYTES, _PIECE_BYTES, _SHA256 = 24, 24, 32, 32
_HAS_SHA256 = 2
_LONGEST_KEY = 1 << 20
_MOST_HEADERS = 65536
_MOST_PIECES = 65536
_WINDOW = 1 << 20
NOT_ENDED = "what the browser kept here was not written to its end"
INCOMPLETE = "only pieces of a film or picture are in this cache: those from its beginning on"


class ChromiumEntry:
    """One entry. Iterate over `parts`; `trouble` is whole afterwards."""

    kind = "Chromium cache"

    def __init__(self, content: ReadAt, key: bytes, begin: int) -> None:
        """`begin`: where what follows the key begins."""
        self._content = Buffered(content)
        self._begin = begin
        self._address = address_in(key)
        self.damaged = False
        self.trouble = ""

    def parts(self) -> Iterator[Part]:
        """The body, if it has any."""
        if self._content.read_at(self._begin, 8) == _PIECE:
            yield from self._pieces()
            return
        end, headers = self._ends()
        self.trouble = packed(headers)
        is_large = end - self._begin > MOST_BODY
        if is_large or self.damaged:
            self.trouble = self.trouble or (TOO_LARGE if is_large else NOT_ENDED)
        if is_large:
            return
        if end > self._begin:
            body = self._content.read_at(self._begin, end - self._begin)
            yield body_part(body, self.kind, offset=self._begin, address=self._address)

    def _ends(self) -> tuple[int, bytes]:
        """Where the body ends, and the server's headers."""
        size = self._content.size
        last = self._content.read_at(size - _END_BYTES, _END_BYTES)
        if size - _END_BYTES < self._begin or last[:8] != _END:
            self.damaged = True
            return self._next_end(), b""
        flags, _, length = struct.unpack_from("<III", last, 8)
        upto = size - _END_BYTES - (_SHA256 if flags & _HAS_SHA256 else 0)
        before = upto - length - _END_BYTES
        if before < self._begin or self._content.read_at(before, 8) != _END:
            return size - _END_BYTES, b""  # of HASH_1: nothing comes before it
        return before, self._content.read_at(upto - length, min(length, _MOST_HEADERS))

    def _next_end(self) -> int:
        """Where the body of an entry that was not written to its end does end."""
        at = self._begin
        while at - self._begin <= MOST_BODY and (window := self._content.read_at(at, _WINDOW)):
            found = window.find(_END)
            if found >= 0:
                return at + found
            at += max(len(window) - len(_END) + 1, 1)
        return self._content.size

    def _pieces(self) -> Iterator[Part]:
        """What lies in pieces, put together from its beginning as far as there is no gap."""
        pieces: dict[int, tuple[int, int]] = {}
        at, size = self._begin, self._content.size
        while at + _PIECE_BYTES <= size and len(pieces) < _MOST_PIECES:
            head = self._content.read_at(at, _PIECE_BYTES)
            offset, length = struct.unpack_from("<qq", head, 8)
            if head[:8] != _PIECE or not 0 < length <= size - at - _PIECE_BYTES or offset < 0:
                break
            pieces[offset] = (at + _PIECE_BYTES, length)
            at += _PIECE_BYTES + length
        self.damaged = at < size
        body = bytearray()
        while len(body) in pieces:
            place, length = pieces.pop(len(body))
            if len(body) + length > MOST_BODY:
                self.trouble = TOO_LARGE
                break
            body += self._content.read_at(place, length)
        if pieces or self.damaged:
            self.trouble = self.trouble or INCOMPLETE
        if body:
            yield body_part(bytes(body), self.kind, offset=-1, address=self._address)


def open_entry(content: ReadAt, head: bytes) -> ChromiumEntry | None:
    """The entry in that content; None if it is none."""
    if not head.startswith(SIGNATURE) or len(head) < _HEADER:
        return None
    (length,) = struct.unpack_from("<I", head, 12)
    if not 0 < length <= min(_LONGEST_KEY, content.size - _HEADER):
        return None
    return ChromiumEntry(content, content.read_at(_HEADER, length), _HEADER + length)
