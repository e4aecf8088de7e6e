"""What a picture or video says of its own making, whatever its format."""

from triage.capture.avi import avi_facts
from triage.capture.heif import in_canon, in_heif
from triage.capture.matroska import SIGNATURE as MATROSKA
from triage.capture.matroska import matroska_facts
from triage.capture.movies import movie_facts, movie_position
from triage.capture.pictures import TIFF, Blocks, in_fuji, in_jpeg, in_png, in_tiff, in_webp
from triage.capture.texts import Facts
from triage.captured import Capture, Position
from triage.media import jpeg
from triage.media.chunks import PNG
from triage.media.window import ReadAt, Window

_UNKNOWN = "application/octet-stream"
"""What libmagic calls Panasonic's raw format, Canon's newer one, and movies of unknown brands."""
_CANON = b"ftypcrx "
_FUJI = b"FUJIFILMCCD-RAW"
_BOXED = frozenset({b"ftyp", b"moov", b"mdat", b"wide", b"free", b"skip"})
"""What files of boxes begin with; old MOV files have no `ftyp`."""


def capture_of(head: bytes, mime: str, read_at: ReadAt | None = None) -> Capture | None:
    """Device, program and time of a picture or video; None if it says none, or is neither.

    `head`: the content's first 64 KB. With `read_at` what lies further on is read too, in at most
    32 reads: `moov` and Exif at the end. Raises nothing but what `read_at` raises.
    """
    if _is_picture(head, mime):
        blocks = _blocks(head, read_at)
        facts = blocks.facts() if blocks is not None else {}
    else:
        facts = _video(head, read_at) if _is_video(head, mime) else {}
    return Capture(**facts) if facts else None  # type: ignore[arg-type] # what each is, said() keeps


def position_of(head: bytes, mime: str, read_at: ReadAt | None = None) -> Position | None:
    """Where it says that it was taken; None if it does not. To be asked for of findings only."""
    if _is_picture(head, mime):
        blocks = _blocks(head, read_at)
        return blocks.position() if blocks is not None else None
    if _is_video(head, mime) and head[4:8] in _BOXED:
        return movie_position(Window(head, read_at))
    return None


def _is_picture(head: bytes, mime: str) -> bool:
    return mime.startswith("image/") or (
        mime == _UNKNOWN and (head.startswith(TIFF) or head[4:12] == _CANON)
    )


def _is_video(head: bytes, mime: str) -> bool:
    return mime.startswith("video/") or (mime == _UNKNOWN and head[4:8] == b"ftyp")


def _blocks(head: bytes, read_at: ReadAt | None) -> Blocks | None:
    if head.startswith(jpeg.SIGNATURE):
        return in_jpeg(head)
    window = Window(head, read_at)
    if head.startswith(PNG):
        return in_png(window)
    if head.startswith(TIFF):
        return in_tiff(window)
    if head[4:8] == b"ftyp":
        return in_canon(window) if head[4:12] == _CANON else in_heif(window)
    if head.startswith(_FUJI):
        return in_fuji(window)
    return in_webp(window) if head[:4] == b"RIFF" and head[8:12] == b"WEBP" else None


def _video(head: bytes, read_at: ReadAt | None) -> Facts:
    window = Window(head, read_at)
    if head.startswith(MATROSKA):
        return matroska_facts(window)
    if head[:4] == b"RIFF" and head[8:12] == b"AVI ":
        return avi_facts(window)
    return movie_facts(window) if head[4:8] in _BOXED else {}
