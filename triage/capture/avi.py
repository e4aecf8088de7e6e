"""What AVI says in its lists `hdrl` and `INFO` (Microsoft, AVI RIFF file reference).

The time is in `IDIT`, as C's ctime writes it, or in INFO's `ICRD`.
"""

from collections.abc import Iterator

from triage.capture.texts import Facts, length, said, text_of, time_of
from triage.media.chunks import Chunk, riff_chunks
from triage.media.window import Window

_LISTS = {b"hdrl", b"strl", b"INFO", b"exif"}
_DEEPEST = 3
_TEXT = 512


def avi_facts(window: Window) -> Facts:
    """What the headers before the pictures say."""
    texts: dict[bytes, bytes] = {}
    facts: Facts = {}
    stream = b""
    for kind, at, size in _chunks(window, 12, window.number(4, 4, "little") + 8):
        if kind == b"avih":
            frames, each = window.number(at + 16, 4, "little"), window.number(at, 4, "little")
            facts |= said(length_seconds=length(frames * each / 1e6))
        elif kind == b"strh":
            stream = window.at(at, 4)
            if stream == b"vids" and "codec" not in facts:
                facts |= _stream(window, at)
        elif kind == b"strf" and stream == b"vids" and "codec" not in facts:
            facts |= said(codec=_name(window.at(at + 16, 4)))
        elif kind in {b"IDIT", b"ICRD", b"ISFT"}:
            texts.setdefault(kind, window.at(at, min(size, _TEXT)))
    times = (time_of(text_of(texts.get(kind, b""))) for kind in (b"IDIT", b"ICRD"))
    software = text_of(texts.get(b"ISFT", b""))
    return facts | said(taken=next(filter(None, times), ""), software=software)


def _stream(window: Window, at: int) -> Facts:
    """The handler, and the length in its own units."""
    scale, rate = window.number(at + 20, 4, "little"), window.number(at + 24, 4, "little")
    units = window.number(at + 32, 4, "little")
    return said(
        codec=_name(window.at(at + 4, 4)),
        length_seconds=length(units * scale / rate) if rate else None,
    )


def _name(raw: bytes) -> str:
    """A code of four letters; a number, as of plain pixels, is none."""
    return text_of(raw) if len(raw) == 4 and raw.isascii() and min(raw) >= 0x20 else ""


def _chunks(window: Window, at: int, end: int, depth: int = 0) -> Iterator[Chunk]:
    """The chunks, and those of the lists that say anything, in order."""
    for chunk in riff_chunks(window, at, end):
        if chunk.kind != b"LIST":
            yield chunk
        elif depth < _DEEPEST and window.at(chunk.at, 4) in _LISTS:
            yield from _chunks(window, chunk.at + 4, chunk.at + chunk.size, depth + 1)
