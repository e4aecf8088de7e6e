"""macOS: com.apple.QuickLook.thumbnailcache, `thumbnails.data` as `index.sqlite` beside it tells.

`thumbnails.data` is raw bitmaps, back to back. Format: S. Newcomer, "QuickLook thumbnail cache"
(IACIS 2014); M. DeGrazia, "Quicklook thumbnails.data parser" (2016); the bits of `bitmapinfo` are
CGBitmapInfo and CGImageAlphaInfo of Apple's CoreGraphics, CGImage.h. A bitmap stays when its
picture is deleted, and shows pictures of media that are long away.
"""

from collections.abc import Iterator, Sequence

from triage.parts.bitmaps import bgr32
from triage.parts.part import MOST_BYTES, Part, ReadAt
from triage.parts.quicklook_index import MOST_ROWS, Bitmap, bitmaps_in
from triage.parts.write_ahead import with_log

DATA, INDEX = "thumbnails.data", "index.sqlite"
FOLDER = "com.apple.quicklook.thumbnailcache"
LARGEST_INDEX = 64 * 1024 * 1024
UNEXPLAINED = "the index beside it could not be read, and only that tells where its pictures lie"
TOO_MANY = "its index has more pictures than are looked at"
NOT_THERE = "pictures in it do not lie where its index says, or in a way that nothing here reads"
_READ_AT_MOST = 4
"""Times the file's size: rows that share bytes on purpose are not read for ever."""
_ALPHA, _LITTLE_ENDIAN = 0x1F, 0x2000
_FIRST = frozenset({2, 4, 6})
"""Alpha comes before red: premultiplied, plain, or skipped."""
_BLUE_GREEN_RED = {
    # (alpha first, little-endian): where blue, green and red lie in the four bytes
    (True, True): (0, 1, 2),
    (True, False): (3, 2, 1),
    (False, True): (1, 2, 3),
    (False, False): (2, 1, 0),
}


class QuickLook:
    """A cache. Iterate over `parts`; `damaged` and `trouble` are whole afterwards."""

    kind = "macOS thumbnail cache"

    def __init__(self, content: ReadAt, bitmaps: Sequence[Bitmap]) -> None:
        """`content` of thumbnails.data; `bitmaps` as the index lists them."""
        self._content = content
        self._bitmaps = bitmaps
        self._budget = _READ_AT_MOST * content.size + MOST_BYTES
        self.damaged = False
        self.trouble = ""

    def parts(self) -> Iterator[Part]:
        """Every bitmap that lies within the file, as a BMP."""
        for bitmap in self._bitmaps:
            if not _fits(bitmap, self._content.size) or self._budget <= 0:
                self.damaged = True
                self.trouble = self.trouble or NOT_THERE
                continue
            raw = self._content.read_at(bitmap.at, bitmap.size)
            self._budget -= max(len(raw), 512)
            yield Part(
                content=_as_bmp(raw, bitmap),
                kind=self.kind,
                thumbnail=True,
                offset=bitmap.at,
                length=bitmap.size,
                identity=f"row {bitmap.row}, file {bitmap.file}",
                of=bitmap.path,
                elsewhere=bitmap.path.lower().startswith("/volumes/"),
            )


def open_quicklook(content: ReadAt, index: bytes, log: bytes = b"") -> QuickLook | None:
    """The cache whose bitmaps `content` holds; None if `index` is not one's index.

    `log`: the index's write-ahead log. What it has done away with is still listed in the index
    without it, and the bitmap still there.
    """
    states = [bitmaps_in(with_log(index, log, LARGEST_INDEX)) if log else None, bitmaps_in(index)]
    if states == [None, None]:
        return None
    seen: dict[tuple[int, int, int], Bitmap] = {}
    for bitmap in (each for state in states for each in (state or ())[:MOST_ROWS]):
        seen.setdefault((bitmap.row, bitmap.at, bitmap.size), bitmap)
    cache = QuickLook(content, sorted(seen.values(), key=lambda bitmap: bitmap.at))
    if any(len(state or ()) > MOST_ROWS for state in states):
        cache.trouble = TOO_MANY
    return cache


def is_quicklook(path: str) -> bool:
    """Whether an entry may hold QuickLook's bitmaps, by its path."""
    return path.endswith(f"/{DATA}") and f"{FOLDER}/" in path.lower()


def _fits(bitmap: Bitmap, size: int) -> bool:
    return (
        0 < bitmap.width <= 4096
        and 0 < bitmap.height <= 4096
        and bitmap.row_bytes >= 4 * bitmap.width
        and bitmap.row_bytes * bitmap.height <= bitmap.size <= MOST_BYTES
        and bitmap.at + bitmap.size <= size
    )


def _as_bmp(raw: bytes, bitmap: Bitmap) -> bytes:
    """A bitmap file of 32 bits a pixel, the topmost row first."""
    alpha_first = bitmap.info & _ALPHA in _FIRST
    order = _BLUE_GREEN_RED[alpha_first, bool(bitmap.info & _LITTLE_ENDIAN)]
    used = 4 * bitmap.width
    rows = b"".join(
        raw[at : at + used] for at in range(0, bitmap.row_bytes * bitmap.height, bitmap.row_bytes)
    )
    pixels = bytearray(len(rows))
    for place, source in enumerate(order):
        pixels[place::4] = rows[source::4]
    return bgr32(bytes(pixels), bitmap.width, bitmap.height)
