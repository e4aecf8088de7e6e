"""The picture that stands for a file which is none that a decoder takes: a part of its bytes.

Of a camera's raw file the largest JPEG inside, of a drawing the largest picture inside. What nobody
decodes gets the kind of picture that it is, to be counted.
"""

from dataclasses import dataclass, field

from msgspec.structs import replace

from triage.detectors.dimensions import size_of
from triage.detectors.picture_types import is_large_pixmap, named_as_picture
from triage.detectors.pictures import is_decoded
from triage.detectors.types import name_of, type_of
from triage.evidence import HEAD_BYTES, FileEntry
from triage.families import UNKNOWN, extensions_of
from triage.findings import Match
from triage.media.drawings import DOS_EPS, Raster, in_eps, in_svg
from triage.media.raw import Raw, raw_of
from triage.media.window import ReadAt
from triage.undecoded import (
    BY_TYPE,
    FURTHER_RASTERS,
    JPEG_XL,
    PIXMAP,
    RASTER_IN_DRAWING,
    RAW,
    UNKNOWN_CONTENT,
)

_SVG = "image/svg+xml"
_EPS = "image/x-eps"
_POSTSCRIPT = "application/postscript"
_EPS_NAMES = frozenset({"eps", "epsf", "epsi"})


@dataclass(frozen=True, slots=True, kw_only=True)
class StandIn:
    """Where in its file the picture lies, and what it is."""

    what: str
    """`JPEG`, `picture`: the largest of them inside."""
    offset: int
    length: int
    type: str
    content: bytes = field(default=b"", repr=False)
    """Where it is not the file's own bytes, but what they say."""

    def placed(self, matches: tuple[Match, ...]) -> tuple[Match, ...]:
        """What was said of its pixels, with the place in the file."""
        where = f" Seen in the largest {self.what} inside it, at offset {self.offset:,}."
        about = {
            "picture": f"the largest {self.what} inside",
            "picture_offset": str(self.offset),
            "picture_type": self.type,
        }
        return tuple(
            replace(match, reason=match.reason + where, provenance=match.provenance | about)
            for match in matches
        )


def in_raw(head: bytes, size: int, read_at: ReadAt) -> tuple[StandIn | None, str]:
    """Of a camera's raw file the picture, or that there is none; of all else neither.

    A TIFF with a JPEG that is larger than its first page is one, whatever it is called.
    """
    raw = raw_of(head, size, read_at)
    if raw is None or not (raw.sure or _outdoes(raw)):
        return None, ""
    if raw.jpeg is None:
        return None, RAW
    jpeg = raw.jpeg
    found = StandIn(what="JPEG", offset=jpeg.offset, length=jpeg.length, type="image/jpeg")
    return found, ""


def is_drawing(mime: str, head: bytes, entry: FileEntry) -> bool:
    """Whether content is SVG or EPS, in which pictures may lie; PostScript to be printed is not."""
    if mime != _POSTSCRIPT:
        return mime in {_SVG, _EPS}
    first = head.partition(b"\n")[0]
    return b"EPSF" in first or not _EPS_NAMES.isdisjoint(extensions_of(entry.path)[-1:])


def in_drawing(content: bytes) -> tuple[StandIn | None, str]:
    """The largest picture in a drawing, and of which kind others in it are."""
    is_eps = content.startswith((DOS_EPS, b"%!PS"))
    rasters = in_eps(content) if is_eps else in_svg(content)
    decoded = [each for each in map(_typed, rasters.found) if each is not None]
    preview = _typed(rasters.preview) if rasters.preview else None
    best = max([*decoded, *filter(None, [preview])], key=_area, default=None)
    if best is None:
        return None, RASTER_IN_DRAWING if rasters.found or rasters.more else ""
    further = len(rasters.found) > 1 or (rasters.more and preview is None)
    return best, FURTHER_RASTERS if further else ""


def kind_undecoded(mime: str, head: bytes, entry: FileEntry) -> str:
    """What a picture is called that nobody decodes; empty of all else."""
    if mime in BY_TYPE:
        return BY_TYPE[mime]
    if mime == "image/jxl" and not is_decoded(mime):
        return JPEG_XL
    if is_large_pixmap(mime, head):
        return PIXMAP
    if mime == UNKNOWN and named_as_picture(entry.stream or entry.path, head):
        nothing = len(head) == entry.size and not any(head)
        return "" if nothing or name_of(head, mime) != UNKNOWN else UNKNOWN_CONTENT
    return ""


def _outdoes(raw: Raw) -> bool:
    return raw.jpeg is not None and raw.jpeg.pixels > raw.first_page


def _typed(raster: Raster) -> StandIn | None:
    content = raster.content
    mime = type_of(content[:HEAD_BYTES])
    if not is_decoded(mime):
        return None
    return StandIn(
        what="picture", offset=raster.offset, length=len(content), type=mime, content=content
    )


def _area(found: StandIn) -> int:
    width, height = size_of(found.content, found.type) or (0, 0)
    return width * height
