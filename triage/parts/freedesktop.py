"""Linux desktops: ~/.cache/thumbnails/normal, large … : a PNG a picture, which names the picture.

Format: freedesktop.org Thumbnail Managing Standard 0.9: `tEXt` chunks `Thumb::URI` (required),
`Thumb::MTime` (seconds, required), `Thumb::Size`. The file is the thumbnail itself.
"""

from dataclasses import dataclass
from urllib.parse import unquote, urlsplit

from triage.media.chunks import PIXELS, PNG, png_chunks
from triage.media.window import Window

_URI, _TIME = b"Thumb::URI", b"Thumb::MTime"

KIND = "Linux thumbnail cache"


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """What a thumbnail says of its picture."""

    uri: str
    modified: int | None = None
    """The picture's time of change, seconds since 1970 UTC."""

    @property
    def path(self) -> str:
        """The picture's path from the root, without a leading slash; empty if it is no file."""
        try:
            parts = urlsplit(self.uri)
        except ValueError:
            return ""
        if parts.scheme != "file":
            return ""
        return unquote(parts.path, errors="replace").strip("/")


def told_by(head: bytes) -> Told | None:
    """What the PNG that begins so says of its picture; None if it is no thumbnail."""
    if not head.startswith(PNG) or _URI not in head:
        return None
    texts = _texts(head)
    if _URI not in texts:
        return None
    time = texts.get(_TIME, b"")[:20]
    return Told(
        uri=texts[_URI].decode("utf-8", "replace"),
        modified=int(time) if time.isascii() and time.isdigit() else None,
    )


def picture_path(told: Told, thumbnail_path: str) -> str:
    """Where the picture would be on the volume that the thumbnail lies on; empty: not on it.

    `thumbnail_path`: `home/sam/.cache/thumbnails/normal/….png`, or `sam/.cache/…` where /home is a
    volume of its own.
    """
    home = thumbnail_path.partition("/.cache/")[0].partition("/.thumbnails/")[0]
    if home == thumbnail_path or not told.path:
        return ""
    before, found, below = f"/{told.path}".partition(f"/{home}/")
    return f"{home}/{below}" if found and before.count("/") <= 1 else ""


def _texts(head: bytes) -> dict[bytes, bytes]:
    """Keyword to text of the `tEXt` chunks before the pixels."""
    texts: dict[bytes, bytes] = {}
    for kind, at, size in png_chunks(Window(head)):
        if kind == PIXELS:
            break
        if kind == b"tEXt":
            keyword, _, text = head[at : at + size].partition(b"\x00")
            texts.setdefault(keyword, text)
    return texts
