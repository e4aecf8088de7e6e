"""What Matroska and WebM say (RFC 9559, over EBML, RFC 8794): segment information and tracks.

The segment's length may be unknown, as a stream's is; so may that of nothing else that is read.
"""

import struct
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import NamedTuple

from triage.capture.texts import Facts, length, said, text_of, utc
from triage.media.window import Window

SIGNATURE = b"\x1a\x45\xdf\xa3"
_END = 1 << 62
_SEGMENT, _INFO, _TRACKS, _CLUSTER = 0x18538067, 0x1549A966, 0x1654AE6B, 0x1F43B675
_SCALE, _DURATION, _DATE, _MUXER, _WRITER = 0x2AD7B1, 0x4489, 0x4461, 0x4D80, 0x5741
_TRACK, _KIND, _CODEC = 0xAE, 0x83, 0x86
_PICTURES = 1
_CLOCK = datetime(2001, 1, 1, tzinfo=UTC)
_MOST = 256
"""Elements side by side."""
_TEXT = 512


class _Element(NamedTuple):
    id: int
    at: int
    end: int


def matroska_facts(window: Window) -> Facts:
    """What the first segment says before its pictures begin."""
    facts: Facts = {}
    segment = _first(window, 0, _END, _SEGMENT)
    if segment is None:
        return facts
    for element in _elements(window, segment.at, segment.end):
        if element.id == _INFO:
            facts |= _information(window, element)
        elif element.id == _TRACKS:
            facts |= said(codec=_codec(window, element))
        elif element.id == _CLUSTER:
            break
    return facts


def _information(window: Window, info: _Element) -> Facts:
    inside = {each.id: each for each in _elements(window, info.at, info.end)}
    scale = _number(window, inside.get(_SCALE)) or 1_000_000
    date = inside.get(_DATE)
    nanoseconds = window.number(date.at, 8) if date is not None and date.end - date.at == 8 else 0
    return said(
        length_seconds=length(_float(window, inside.get(_DURATION)) * scale / 1e9),
        created=utc(_CLOCK, nanoseconds // 1_000_000_000) if nanoseconds < 1 << 63 else "",
        software=_text(window, inside.get(_WRITER)) or _text(window, inside.get(_MUXER)),
    )


def _codec(window: Window, tracks: _Element) -> str:
    for track in _elements(window, tracks.at, tracks.end):
        if track.id == _TRACK:
            inside = {each.id: each for each in _elements(window, track.at, track.end)}
            if _number(window, inside.get(_KIND)) == _PICTURES:
                return _text(window, inside.get(_CODEC))
    return ""


def _first(window: Window, at: int, end: int, wanted: int) -> _Element | None:
    return next((each for each in _elements(window, at, end) if each.id == wanted), None)


def _elements(window: Window, at: int, end: int) -> Iterator[_Element]:
    """Side by side. What has an unknown length reaches to the end of what it is in."""
    for _ in range(_MOST):
        raw = window.at(at, 12)
        wide = _width(raw, 0)
        sized = _width(raw, wide)
        if not 1 <= wide <= 4 or sized == 0 or len(raw) < wide + sized or at >= end:
            return
        size = int.from_bytes(raw[wide : wide + sized], "big") & (1 << 7 * sized) - 1
        begin = at + wide + sized
        unknown = size == (1 << 7 * sized) - 1
        at = end if unknown else begin + size
        yield _Element(int.from_bytes(raw[:wide], "big"), begin, min(at, end))


def _width(raw: bytes, at: int) -> int:
    """Bytes of a number whose length its leading zeros say: 1 to 8; 0 for none."""
    return 9 - raw[at].bit_length() if at < len(raw) and raw[at] else 0


def _number(window: Window, element: _Element | None) -> int:
    return window.number(element.at, min(element.end - element.at, 8)) if element else 0


def _float(window: Window, element: _Element | None) -> float:
    """Of four or eight bytes; 0 for none."""
    if element is None:
        return 0.0
    raw = window.at(element.at, min(element.end - element.at, 8))
    layout = {4: ">f", 8: ">d"}.get(len(raw))
    return float(struct.unpack(layout, raw)[0]) if layout else 0.0


def _text(window: Window, element: _Element | None) -> str:
    if element is None:
        return ""
    return text_of(window.at(element.at, min(element.end - element.at, _TEXT)))
