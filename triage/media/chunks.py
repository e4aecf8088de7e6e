"""Chunks: of PNG (ISO/IEC 15948, 5.3) and of RIFF, which WebP and AVI are (Microsoft, IBM 1991)."""

from collections.abc import Iterator
from typing import NamedTuple

from triage.media.window import Window

PNG = b"\x89PNG\r\n\x1a\n"
PIXELS = b"IDAT"
"""A PNG's first chunk of these ends what stands before the picture."""

_MOST_CHUNKS = 256


class Chunk(NamedTuple):
    """One chunk, and where its content lies."""

    kind: bytes
    at: int
    size: int


def png_chunks(window: Window) -> Iterator[Chunk]:
    """The chunks of a PNG, in order."""
    at = len(PNG)
    for _ in range(_MOST_CHUNKS):
        raw = window.at(at, 8)
        if len(raw) < 8:
            return
        size = int.from_bytes(raw[:4], "big")
        yield Chunk(raw[4:], at + 8, size)
        at += 12 + size


def riff_chunks(window: Window, at: int, end: int) -> Iterator[Chunk]:
    """The chunks from one place to another, in order; a list's own are its content."""
    for _ in range(_MOST_CHUNKS):
        raw = window.at(at, 8)
        if len(raw) < 8 or at + 8 > end:
            return
        size = int.from_bytes(raw[4:], "little")
        yield Chunk(raw[:4], at + 8, min(size, end - at - 8))
        at += 8 + size + (size & 1)
