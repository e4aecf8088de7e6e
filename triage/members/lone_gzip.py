"""A small file packed by gzip alone, as logs, manuals and change logs are by the hundred thousand.

To be made ready for one takes libarchive longer than unpacking it takes zlib. Whatever is unusual
about it - a name of its own, several put together, a checksum that is wrong, nothing in it, more
than a little - is libarchive's, which has its own ways with that.
"""

from zlib import MAX_WBITS, decompressobj
from zlib import error as ZlibError  # noqa: N812 - it is a class

from triage.members.member import ContainerBytes

_BARE = b"\x1f\x8b\x08\x00"
"""gzip (RFC 1952, 2.3), deflated, without a name or any other field."""
_WITH_HEADER = 16 + MAX_WBITS
"""zlib's word for gzip alone, checksum and length included, and no bare stream."""
_LARGEST_PACKED = 256 * 1024
_LARGEST = 1024 * 1024
_PIECE = 64 * 1024
"""As much comes out of libarchive at once: limits are met where they were."""


def unpacked_alone(content: ContainerBytes) -> bytes:
    """All that was packed; empty where it is not as plain as that."""
    if content.size > _LARGEST_PACKED or content.read_at(0, len(_BARE)) != _BARE:
        return b""
    unpacking = decompressobj(_WITH_HEADER)
    try:
        whole = unpacking.decompress(content.read_at(0, content.size), _LARGEST)
    except ZlibError:
        return b""
    return whole if unpacking.eof and not unpacking.unused_data else b""


def pieces(whole: bytes) -> list[bytes]:
    """The same, as `Member.chunks` gives it."""
    return [whole[at : at + _PIECE] for at in range(0, len(whole), _PIECE)]
