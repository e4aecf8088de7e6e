"""What MP4, MOV and 3GP say, in the box `moov`.

ISO/IEC 14496-12: mvhd (8.2.2), mehd (8.8.2), hdlr, stsd. QuickTime File Format (Apple, 2001): user
data `udta`, metadata `meta` with `keys` and `ilst`. 3GPP TS 26.244, 8.10: `loci`.
"""

import re
from collections.abc import Iterator
from datetime import UTC, datetime

from triage.capture.exif import place
from triage.capture.texts import Facts, length, said, text_of, time_of, utc
from triage.captured import Position
from triage.media.boxes import Box, box_in, boxes
from triage.media.window import Window

_CLOCK = datetime(1904, 1, 1, tzinfo=UTC)
_MOST_TRACKS, _MOST_KEYS = 16, 64
_TEXT = 512
_NAMES = {
    "make": (b"com.apple.quicktime.make", b"com.android.manufacturer", b"\xa9mak"),
    "model": (b"com.apple.quicktime.model", b"com.android.model", b"\xa9mod"),
    "software": (b"com.apple.quicktime.software", b"\xa9swr", b"\xa9too"),
    "taken": (b"com.apple.quicktime.creationdate", b"\xa9day"),
}
"""What each field is called, the surest name first."""
_WHERE = (b"com.apple.quicktime.location.ISO6709", b"\xa9xyz")
_ISO_6709 = re.compile(r"([+-]\d{2}(?:\.\d{1,9})?)([+-]\d{3}(?:\.\d{1,9})?)", re.ASCII)


def movie_facts(window: Window) -> Facts:
    """What the header, the first track of pictures and the texts say."""
    movie = _movie(window)
    if movie is None:
        return {}
    facts = _header(window, movie)
    texts = _texts(window, movie)
    told = {field: _first(texts, names) for field, names in _NAMES.items()}
    told["taken"] = time_of(told["taken"])
    return facts | said(codec=_codec(window, movie), **told)


def movie_position(window: Window) -> Position | None:
    """`+52.5200+013.4050/` (ISO 6709) in a text, or 3GPP's box of numbers."""
    movie = _movie(window)
    if movie is None:
        return None
    found = _ISO_6709.match(_first(_texts(window, movie), _WHERE))
    if found is not None:
        return place(float(found[1]), float(found[2]))
    loci = box_in(window, movie, b"udta", b"loci")
    return _loci(window, loci) if loci is not None else None


def _movie(window: Window) -> Box | None:
    return next((box for box in boxes(window) if box.kind == b"moov"), None)


def _header(window: Window, movie: Box) -> Facts:
    """mvhd; of a fragmented movie, whose length it does not have, mehd."""
    box = box_in(window, movie, b"mvhd")
    if box is None:
        return {}
    wide = 8 if window.number(box.at, 1) == 1 else 4
    scale_at = box.at + 4 + 2 * wide
    scale = window.number(scale_at, 4)
    duration = _known(window, scale_at + 4, wide)
    if not duration:
        box_of_all = box_in(window, movie, b"mvex", b"mehd")
        if box_of_all is not None:
            wide_of_all = 8 if window.number(box_of_all.at, 1) == 1 else 4
            duration = _known(window, box_of_all.at + 4, wide_of_all)
    return said(
        created=utc(_CLOCK, _known(window, box.at + 4, wide)),
        length_seconds=length(duration / scale) if scale else None,
    )


def _known(window: Window, at: int, wide: int) -> int:
    """All ones: not known."""
    number = window.number(at, wide)
    return number if number + 1 != 1 << 8 * wide else 0


def _codec(window: Window, movie: Box) -> str:
    """The sample entry of the first track whose handler is `vide`."""
    tracks = (box for box in boxes(window, movie.at, movie.end) if box.kind == b"trak")
    for track, _ in zip(tracks, range(_MOST_TRACKS), strict=False):
        media = box_in(window, track, b"mdia")
        handler = box_in(window, media, b"hdlr") if media is not None else None
        if media is None or handler is None or window.at(handler.at + 8, 4) != b"vide":
            continue
        entries = box_in(window, media, b"minf", b"stbl", b"stsd")
        return text_of(window.at(entries.at + 12, 4)) if entries is not None else ""
    return ""


def _texts(window: Window, movie: Box) -> dict[bytes, bytes]:
    """Name to text: metadata of the movie, user data, and metadata of the user data."""
    texts: dict[bytes, bytes] = {}
    for box in _boxes_of_texts(window, movie):
        if box.kind == b"meta":
            for name, text in _metadata(window, box):
                texts.setdefault(name, text)
        elif box.kind.startswith(b"\xa9"):  # length and language, then the text
            size = window.number(box.at, 2)
            texts.setdefault(box.kind, window.at(box.at + 4, min(size, _TEXT)))
    return texts


def _boxes_of_texts(window: Window, movie: Box) -> Iterator[Box]:
    """In one pass: behind large tracks every step may be a read."""
    for box in boxes(window, movie.at, movie.end):
        if box.kind == b"udta":
            yield from boxes(window, box.at, box.end)
        else:
            yield box


def _metadata(window: Window, meta: Box) -> Iterator[tuple[bytes, bytes]]:
    """Keys by number (QuickTime) or by the box's own kind (iTunes), and their texts."""
    if window.at(meta.at + 4, 4) != b"hdlr":
        meta = meta._replace(at=meta.at + 4)  # ISO's has version and flags, QuickTime's has not
    keys, values = box_in(window, meta, b"keys"), box_in(window, meta, b"ilst")
    names = list(_keys(window, keys)) if keys is not None else []
    if values is None:
        return
    for value in boxes(window, values.at, values.end):
        number = int.from_bytes(value.kind, "big")
        data = box_in(window, value, b"data")
        if data is None or window.number(data.at, 4) != 1:  # UTF-8
            continue
        name = names[number - 1] if 0 < number <= len(names) else value.kind
        yield name, window.at(data.at + 8, min(data.end - data.at - 8, _TEXT))


def _keys(window: Window, box: Box) -> Iterator[bytes]:
    for key in boxes(window, box.at + 8, box.end, _MOST_KEYS):
        yield window.at(key.at, min(key.end - key.at, _TEXT))


def _first(texts: dict[bytes, bytes], names: tuple[bytes, ...]) -> str:
    told = (text_of(texts[name]) for name in names if name in texts)
    return next(filter(None, told), "")


def _loci(window: Window, box: Box) -> Position | None:
    """Version, language, a name, a role, then longitude before latitude, 16 bits and 16."""
    name = window.at(box.at + 6, min(box.end - box.at - 6, _TEXT))
    wide = name.startswith((b"\xfe\xff", b"\xff\xfe"))
    end = _end_of_wide(name) if wide else name.find(b"\x00") + 1
    raw = window.at(box.at + 6 + end + 1, 8)
    if end <= 0 or len(raw) < 8:
        return None
    longitude, latitude = (int.from_bytes(raw[at : at + 4], "big", signed=True) for at in (0, 4))
    return place(latitude / 65536, longitude / 65536)


def _end_of_wide(name: bytes) -> int:
    ends = (at + 2 for at in range(0, len(name) - 1, 2) if name[at : at + 2] == b"\x00\x00")
    return next(ends, 0)
