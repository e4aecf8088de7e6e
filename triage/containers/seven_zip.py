"""7z: whether the header at its end names AES. Format: 7zFormat.txt of the LZMA SDK.

The header is mostly compressed; it is decompressed here, with bounds that no honest one meets.
"""

import lzma

from triage.containers.probe import Container, Probe, number

SIGNATURE = b"7z\xbc\xaf\x27\x1c"
_HEADER, _ENCODED_HEADER = 0x01, 0x17
_END, _PACK_INFO, _UNPACK_INFO, _SIZES, _CRCS, _FOLDERS, _UNPACK_SIZES = 0, 6, 7, 9, 10, 11, 12
_AES = b"\x06\xf1\x07\x01"
_COPY, _LZMA, _LZMA2 = b"\x00", b"\x03\x01\x01", b"\x21"
_MOST_HEADER = 512 * 1024
_MOST_DECODED = 4 * 1024 * 1024
_MOST_STREAMS = 64
_DEEPEST = 4
"""A header may be compressed more than once; nobody does so."""


def seven_zip(probe: Probe) -> Container:
    """By the header that the first 32 bytes name."""
    offset, size = number(probe.head, 12, 8), number(probe.head, 20, 8)
    header = probe.at(32 + offset, min(size, _MOST_HEADER))
    try:
        return Container("7z", _is_locked(probe, header))
    except (ValueError, lzma.LZMAError):
        return Container("7z")


def _is_locked(probe: Probe, header: bytes) -> bool:
    for _ in range(_DEEPEST):
        if header[:1] != bytes([_ENCODED_HEADER]):
            return header[:1] == bytes([_HEADER]) and _names_aes(header)
        if _names_aes(header):
            return True
        header = _decoded(probe, header)
    return False


def _names_aes(header: bytes) -> bool:
    """A coder's id comes after a byte that says its length, 4, and that it has properties."""
    return b"\x24" + _AES in header


def _decoded(probe: Probe, header: bytes) -> bytes:
    """The header in it. Raises ValueError, lzma.LZMAError."""
    fields = SevenZipFields(header)
    fields.skip(1)
    packed_at, packed_size = fields.pack_info()
    coder, properties, size = fields.unpack_info()
    data = probe.at(32 + packed_at, min(packed_size, _MOST_HEADER))
    size = min(size, _MOST_DECODED)
    return unpacked(coder, properties, data, size)


def unpacked(coder: bytes, properties: bytes, data: bytes, size: int) -> bytes:
    """At most `size` bytes that come out of what headers are packed with. Raises ValueError,
    lzma.LZMAError."""
    if coder == _COPY:
        return data[:size]
    # A dictionary as large as what comes out is enough, whatever size the header claims.
    one = {"id": lzma.FILTER_LZMA2, "dict_size": max(4096, size)}
    if coder == _LZMA:
        lc, lp, pb = _lzma_properties(properties)
        one |= {"id": lzma.FILTER_LZMA1, "lc": lc, "lp": lp, "pb": pb}
    elif coder != _LZMA2:
        raise ValueError("a coder that headers are not packed with")
    decoder = lzma.LZMADecompressor(lzma.FORMAT_RAW, filters=[one])
    return decoder.decompress(data, size)


def _lzma_properties(properties: bytes) -> tuple[int, int, int]:
    first = properties[0] if properties else 255
    if first >= 9 * 5 * 5:
        raise ValueError("impossible properties")
    lc, rest = first % 9, first // 9
    return lc, rest % 5, rest // 5


class SevenZipFields:
    """Reads one field of a header after the other. Raises ValueError where it makes no sense."""

    def __init__(self, data: bytes) -> None:
        """`data`: a header."""
        self._data = data
        self._at = 0

    def skip(self, count: int) -> None:
        """Over so many bytes."""
        self._at += count

    def byte(self) -> int:
        """One."""
        self._at += 1
        if not 0 < self._at <= len(self._data):
            raise ValueError("the header ends early")
        return self._data[self._at - 1]

    def take(self, count: int) -> bytes:
        """So many bytes."""
        self._at += count
        if self._at > len(self._data):
            raise ValueError("the header ends early")
        return self._data[self._at - count : self._at]

    def number(self) -> int:
        """As many further bytes as the first one has leading ones, then its other bits on top."""
        first, mask, value = self.byte(), 0x80, 0
        for place in range(8):
            if not first & mask:
                return value | (first & (mask - 1)) << (8 * place)
            value |= self.byte() << (8 * place)
            mask >>= 1
        return value

    def expect(self, wanted: int) -> None:
        """A byte that has to be there."""
        if self.byte() != wanted:
            raise ValueError("another field than expected")

    def pack_info(self) -> tuple[int, int]:
        """Where the packed header lies behind the first 32 bytes, and its size."""
        self.expect(_PACK_INFO)
        position, streams = self.number(), self.number()
        if not 1 <= streams <= _MOST_STREAMS:
            raise ValueError("no packed header, or too many")
        self.expect(_SIZES)
        sizes = [self.number() for _ in range(streams)]
        self._checks(streams)
        self.expect(_END)
        return position, sizes[0]

    def unpack_info(self) -> tuple[bytes, bytes, int]:
        """The one coder, its properties, and how many bytes it gives."""
        self.expect(_UNPACK_INFO)
        self.expect(_FOLDERS)
        folders, outside, coders = self.number(), self.byte(), self.number()
        if (folders, outside, coders) != (1, 0, 1):
            raise ValueError("a header in more than one piece, or packed more than once")
        flags = self.byte()
        coder = self.take(flags & 0x0F)
        if flags & 0x10:
            self.number(), self.number()
        properties = self.take(self.number()) if flags & 0x20 else b""
        self.expect(_UNPACK_SIZES)
        return coder, properties, self.number()

    def _checks(self, count: int) -> None:
        """CRCs of packed streams, where there are any."""
        if self._data[self._at : self._at + 1] != bytes([_CRCS]):
            return
        self.skip(1)
        if not self.byte():
            raise ValueError("checks of some streams only")
        self.take(4 * count)
