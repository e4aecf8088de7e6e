"""Packed bytes, unpacked to no more than was said beforehand: they are a suspect's."""

import zlib

import zstandard

from triage.sources.reader import ContentError

BAD = "it is packed there, and damaged"
LARGEST_WINDOW = 8 << 20
"""Bytes that Zstandard may look back."""
BARE = -12
"""zlib's word for a stream without header and sum, that looks back 4 KiB."""


def inflated(packed: bytes, most: int, window: int = 15) -> bytes:
    """zlib, at most so many bytes. Raises ContentError.

    One more is asked for: the sum behind them is looked at only by who asks for more.
    """
    try:
        return zlib.decompressobj(window).decompress(packed, most + 1)[:most]
    except zlib.error as error:
        raise ContentError(BAD) from error


def of_zstandard(packed: bytes, most: int) -> bytes:
    """Zstandard, at most so many bytes. Raises ContentError."""
    try:
        unpacker = zstandard.ZstdDecompressor(max_window_size=LARGEST_WINDOW)
        with unpacker.stream_reader(packed) as reader:
            return bytes(reader.read(most))
    except zstandard.ZstdError as error:
        raise ContentError(BAD) from error
