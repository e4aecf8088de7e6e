"""Flash films (SWF File Format Specification 19): whether one holds a video, or only drawings."""

import zlib

_SIGNATURES = (b"FWS", b"CWS")
_VIDEO = 60
"""The tag that defines a stream of video."""
_LONG = 0x3F
"""A tag whose length follows in 32 bits."""
_MOST_TAGS = 512
_MOST_BYTES = 262_144
_HEADER = 8


def holds_video(head: bytes) -> bool:
    """Whether a stream of video is defined among the first tags of a film that begins so."""
    if head[:3] not in _SIGNATURES or not 3 <= head[3] <= 64:
        return False
    film = head[_HEADER:]
    if head.startswith(b"CWS"):
        try:
            film = zlib.decompressobj().decompress(film, _MOST_BYTES)
        except zlib.error:
            return False
    if not film:
        return False
    at = (5 + 4 * (film[0] >> 3) + 7) // 8 + 4  # the frame's sides, then rate and count
    for _ in range(_MOST_TAGS):
        tag = int.from_bytes(film[at : at + 2], "little")
        size, at = tag & _LONG, at + 2
        if tag >> 6 == _VIDEO or at >= len(film):
            return tag >> 6 == _VIDEO
        if size == _LONG:
            size, at = int.from_bytes(film[at : at + 4], "little"), at + 4
        at += size
    return False
