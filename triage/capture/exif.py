"""What Exif says (Exif 3.0, CIPA DC-008): device, program, time; and apart from it, the place.

It is a TIFF structure of two directories, a third for the place; raw formats are the same with
pictures in it. Of the makers' own notes only the body's serial number is read, of Nikon's and
Canon's (as ExifTool's tables have them), because both kept it there for years.
"""

from triage.capture.texts import Facts, said, text_of, time_of
from triage.captured import Position
from triage.media.tiff import Tag, Tiff

Tags = dict[int, Tag]

_MAKE, _MODEL, _ORIENTATION, _SOFTWARE = 271, 272, 274, 305
_EXIF, _GPS = 34665, 34853
_DNG_MODEL, _DNG_SERIAL = 50708, 50735
_TIMES = ((36867, 37521, 36881), (36868, 37522, 36882))
"""Original and digitized: time, fraction of a second, offset from UTC. DateTime (306) is none of
them: it says when the file was last changed."""
_MAKER_NOTE, _SERIAL = 37500, 42033
_NIKON, _NIKON_TIFF, _NIKON_SERIAL = b"Nikon\x00\x02", 10, 29
_CANON_SERIAL = 12
_LATITUDE, _LONGITUDE, _DATUM = (1, 2), (3, 4), 18
_WGS84 = frozenset({"", "WGS84", "WGS1984"})
_TEXT = 512


def exif_facts(tiff: Tiff) -> Facts:
    """What the first directory and Exif's own say; or the one that is both."""
    main = tiff.tags(tiff.first)
    own = _directory(tiff, main, _EXIF)
    make = _text(tiff, main, _MAKE)
    model = _text(tiff, main, _MODEL) or _text(tiff, main, _DNG_MODEL)
    orientation = tiff.number(main.get(_ORIENTATION)) or 0
    return said(
        make=make,
        model=model,
        serial=_text(tiff, own, _SERIAL)
        or _text(tiff, main, _SERIAL)
        or _text(tiff, main, _DNG_SERIAL)
        or _noted_serial(tiff, own.get(_MAKER_NOTE), make, model),
        taken=_taken(tiff, own, main),
        software=_text(tiff, main, _SOFTWARE),
        orientation=orientation if 1 <= orientation <= 8 else 0,
    )


def exif_position(tiff: Tiff) -> Position | None:
    """The place, if it is one, of the datum WGS 84 (or of none that is named)."""
    return gps_position(tiff, _directory(tiff, tiff.tags(tiff.first), _GPS))


def gps_position(tiff: Tiff, gps: Tags) -> Position | None:
    """The place that a directory of its own says."""
    datum = _text(tiff, gps, _DATUM).upper().replace("-", "").replace(" ", "")
    if datum not in _WGS84:
        return None
    return place(_angle(tiff, gps, _LATITUDE, "NS"), _angle(tiff, gps, _LONGITUDE, "EW"))


def place(latitude: float | None, longitude: float | None) -> Position | None:
    """A position, if it is on Earth; zero and zero is what devices write that do not know."""
    if latitude is None or longitude is None or latitude == longitude == 0:
        return None
    if not (-90 <= latitude <= 90 and -180 <= longitude <= 180):
        return None
    return Position(latitude=round(latitude, 6), longitude=round(longitude, 6))


def _directory(tiff: Tiff, tags: Tags, pointer: int) -> Tags:
    at = tiff.number(tags.get(pointer))
    return tiff.tags(at) if at else {}


def _text(tiff: Tiff, tags: Tags, tag: int) -> str:
    found = tags.get(tag)
    return text_of(tiff.raw(found, _TEXT)) if found is not None else ""


def _taken(tiff: Tiff, *directories: Tags) -> str:
    """The first that is a time; raw formats may have it in their first directory (TIFF/EP)."""
    times = (_time(tiff, tags, which) for tags in directories for which in _TIMES)
    return next(filter(None, times), "")


def _time(tiff: Tiff, tags: Tags, which: tuple[int, int, int]) -> str:
    when, fraction, offset = which
    text = _text(tiff, tags, when)
    if len(text) < 19:  # Exif's are whole, or blanks and colons
        return ""
    return time_of(text, _text(tiff, tags, fraction), _text(tiff, tags, offset))


def _noted_serial(tiff: Tiff, note: Tag | None, make: str, model: str) -> str:
    """The body's serial number in Nikon's and Canon's notes."""
    if note is None or not make.startswith(("NIKON", "Canon")):
        return ""
    at = tiff.place(note)
    if make.startswith("Canon"):
        number = tiff.number(tiff.tags(at - tiff.start).get(_CANON_SERIAL))
        digits = 6 if "EOS-1D" in model else 10  # as they are engraved
        return f"{number:0{digits}}" if number else ""
    if tiff.window.at(at, len(_NIKON)) != _NIKON:
        return ""
    inner = Tiff(tiff.window, at + _NIKON_TIFF)
    return _text(inner, inner.tags(inner.first), _NIKON_SERIAL)


def _angle(tiff: Tiff, gps: Tags, which: tuple[int, int], sides: str) -> float | None:
    """Degrees, minutes and seconds of arc to degrees; None without all of it."""
    side = _text(tiff, gps, which[0]).upper()
    parts = tiff.rationals(gps.get(which[1]), 3)
    if len(side) != 1 or side not in sides or not parts:
        return None
    minutes, seconds = (*parts[1:], 0.0, 0.0)[:2]
    if not (0 <= minutes <= 60 and 0 <= seconds <= 60):
        return None
    angle = parts[0] + minutes / 60 + seconds / 3600
    return -angle if side == sides[1] else angle
