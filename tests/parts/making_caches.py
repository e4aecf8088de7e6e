"""Makes the caches of browsers and phones, byte by byte, as those write them."""

import hashlib
import struct
import zlib
from collections.abc import Mapping, Sequence

CHUNK = 256 * 1024


def _end(flags: int, data: bytes, size: int) -> bytes:
    return struct.pack("<QIIII", 0xF4FA6F45970D41D8, flags, zlib.crc32(data), size, 0)


def _head(address: str) -> bytes:
    key = f"1/0/_dk_https://example.org https://example.org {address}".encode()
    return struct.pack("<QIIII", 0xFCFB6D1BA7725C30, 5, len(key), 0x1234, 0) + key


def headers(kind: str = "image/jpeg", encoding: str = "") -> bytes:
    """What a server said, as Chromium keeps it."""
    lines = ["HTTP/1.1 200 OK", f"content-type:{kind}"]
    lines += [f"content-encoding:{encoding}"] if encoding else []
    text = "\x00".join(lines).encode() + b"\x00\x00"
    return struct.pack("<IIqqI", 24 + len(text), 3, 1, 1, len(text)) + text


def chromium_entry(address: str, body: bytes, said: bytes = b"", *, digest: bool = True) -> bytes:
    """HASH_0: the body and the headers; with the digest of the key where newer ones have it."""
    said = said or headers()
    head = _head(address)
    key_digest = hashlib.sha256(head[24:]).digest() if digest else b""
    flags = 3 if digest else 1
    return head + body + _end(1, body, 0) + said + key_digest + _end(flags, said, len(said))


def chromium_side(address: str, data: bytes) -> bytes:
    """HASH_1: one stream alone."""
    return _head(address) + data + _end(1, data, len(data))


def chromium_pieces(address: str, pieces: Sequence[tuple[int, bytes]]) -> bytes:
    """HASH_s: pieces of a body, each with its offset, in the order in which they came."""
    made = b"".join(
        struct.pack("<QqqII", 0xEB97BF016553676B, offset, len(data), zlib.crc32(data), 0) + data
        for offset, data in pieces
    )
    return _head(address) + made


def firefox_entry(
    address: str,
    body: bytes,
    *,
    version: int = 3,
    said: str = "HTTP/2 200 OK\r\nContent-Type: image/jpeg\r\n",
    other: bytes = b"",
) -> bytes:
    """An entry of cache2; `other`: what a script keeps behind the body."""
    key = f"O^partitionKey=%28https%2Cexample.org%29,a,:{address}".encode()
    texts = {"request-method": "GET", "response-head": said}
    if other:
        texts["alt-data"] = f"1;{len(body)},javascript"
    whole = body + other
    fields = [version, 1, 1_700_000_000, 1_700_000_000]
    fields += [5] if version > 1 else []
    fields += [1_800_000_000, len(key)]
    fields += [0] if version > 2 else []
    pairs = "".join(f"{name}\x00{text}\x00" for name, text in texts.items()).encode()
    hashes = bytes(2 * -(-len(whole) // CHUNK))
    metadata = bytes(4) + hashes + struct.pack(f">{len(fields)}I", *fields) + key + b"\x00" + pairs
    trailer = struct.pack(">I", version) if version >= 4 else b""
    return whole + metadata + trailer + struct.pack(">I", len(whole))


class Blocks:
    """Chromium's block files, as they are filled: data_1 (256 bytes), data_2 (1 KB), data_3 (4 KB).

    `gone` bodies lose their entries, and stay where they are.
    """

    _KINDS = {1: (2, 256), 2: (3, 1024), 3: (4, 4096)}

    def __init__(self, bodies: Mapping[str, bytes], gone: Sequence[str] = ()) -> None:
        self._data = {number: bytearray() for number in self._KINDS}
        self.external: dict[str, bytes] = {}
        entries = []
        for address, body in bodies.items():
            said, where = self._stored(headers()), self._stored(body)
            if address not in gone:
                entries.append(self._entry(address, (said, len(headers())), (where, len(body))))
        for entry in entries:
            self._data[1] += entry

    def files(self) -> dict[str, bytes]:
        """Name to content."""
        made = {f"data_{number}": self.header(number) + data for number, data in self._data.items()}
        return made | self.external | {"data_0": self.header(0, 36), "index": b"\xc3\xca\x03\xc1"}

    def header(self, number: int, block: int = 0, following: int = 0) -> bytes:
        """Of a file of blocks."""
        block = block or self._KINDS[number][1]
        return struct.pack("<IIHHiii", 0xC104CAC3, 0x20000, number, following, block, 1, 1).ljust(
            8192, b"\x00"
        )

    def _stored(self, data: bytes) -> int:
        """Its address."""
        if len(data) > 4 * 4096:
            number = len(self.external) + 1
            self.external[f"f_{number:06x}"] = data
            return 1 << 31 | number
        number = next(n for n, (_, block) in self._KINDS.items() if len(data) <= 4 * block)
        kind, block = self._KINDS[number]
        count = -(-len(data) // block)
        first = len(self._data[number]) // block
        self._data[number] += data.ljust(count * block, b"\x00")
        return 1 << 31 | kind << 28 | (count - 1) << 24 | number << 16 | first

    def _entry(self, address: str, *streams: tuple[int, int]) -> bytes:
        key = f"1/0/_dk_https://example.org https://example.org {address}".encode()
        places, sizes = zip(*streams, strict=True)
        entry = bytearray(96)
        struct.pack_into("<i", entry, 32, len(key))
        struct.pack_into("<2i", entry, 40, *sizes)
        struct.pack_into("<2I", entry, 56, *places)
        entry += key + b"\x00"
        return bytes(entry).ljust(-(-len(entry) // 256) * 256, b"\x00")


def thumbdata(pictures: Mapping[int, bytes], *, slot: int = 10_000) -> bytes:
    """.thumbdata3: number to JPEG."""
    data = bytearray(slot * (max(pictures) + 1))
    for number, picture in pictures.items():
        head = struct.pack(">BQI", 1, number + 99, len(picture))
        data[number * slot : number * slot + 13 + len(picture)] = head + picture
    return bytes(data)


def blob_cache(pictures: Mapping[str, bytes], behind: bytes = b"") -> bytes:
    """imgcache.0: path in the gallery to picture; `behind`: what is left of an earlier round."""
    data = bytearray(struct.pack("<I", 0xBD248510))
    for path, picture in pictures.items():
        blob = path.encode("utf-16-le") + picture
        key = zlib.crc32(path.encode())
        data += struct.pack("<QIII", key, zlib.adler32(blob), len(data), len(blob)) + blob
    return bytes(data + behind)
