"""Content to pixels: every picture ends as blue-green-red bytes, or is said to be undecodable.

OpenCV decodes JPEG (a half, a quarter or an eighth at once), PNG, WebP and BMP; Pillow decodes GIF,
TIFF, AVIF and what is rarer, and is asked again where OpenCV refuses; pi-heif decodes HEIC, libjxl
JPEG XL. Measured reasons are in docs/decisions/decode.md. Runs in a worker without rights:
decoders are not to be trusted.
"""

import io
import struct
import warnings
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Final

from triage.detectors.dimensions import DECODABLE, Size, size_of
from triage.detectors.item import Picture
from triage.detectors.jpeg_xl import JpegXlError, decode_jpeg_xl, libjxl
from triage.detectors.opencv import opencv
from triage.detectors.tiles import tiled
from triage.needs import SMALLEST_SIDE

if TYPE_CHECKING:
    from PIL import Image

    from triage.detectors.item import Pixels

__all__ = [
    "DECODABLE",
    "MORE_THAN_THE_LIMIT",
    "PILLOW_ERRORS",
    "PIXELS_LIMIT",
    "UndecodableError",
    "as_far_as_it_goes",
    "check_pixels",
    "decode",
    "is_decoded",
    "one_thread_for_avif",
    "opencv",
    "opened_by_pillow",
    "opened_heif",
    "page_of_tiff",
    "pixels_of_heif",
    "smaller",
    "upright",
]

PIXELS_LIMIT: Final = 120_000_000
MORE_THAN_THE_LIMIT: Final = "picture claims more pixels than the limit"

_SLOW_PIXELS = 4_000_000
_DDS_HEADER, _DDS_RGB = 128, 0x40
_DDS_COLOURS = {0xFF: 0, 0xFF00: 1, 0xFF0000: 2, 0xFF000000: 3}
"""Masks that take a whole byte, and which one."""
_JPEG_XL = "image/jxl"
_END_OF_JPEG = b"\xff\xd9"
_ORIENTATION = 0x0112
PILLOW_ERRORS = (
    OSError, ValueError, SyntaxError, TypeError, KeyError, IndexError, EOFError, AttributeError,
    OverflowError, ZeroDivisionError, RuntimeError, NotImplementedError, struct.error, zlib.error,
)  # fmt: skip
"""What Pillow's format plugins raise on broken content, by reading them and by flipping bits."""


class UndecodableError(Exception):
    """This content cannot become pixels. `reason` is one of a few short phrases, to be counted."""

    def __init__(self, reason: str) -> None:
        """Carry the reason to the outcome."""
        super().__init__(reason)
        self.reason = reason


def decode(
    content: bytes,
    mime: str,
    *,
    smallest_side: int = SMALLEST_SIDE,
    full: bool = False,
    pixels_limit: int = PIXELS_LIMIT,
) -> Picture:
    """The picture, reduced by 8, 4 or 2 where its shorter side stays >= `smallest_side` pixels.

    `full` keeps every pixel. EXIF orientation is applied; transparency is dropped, so that what an
    alpha channel hides is seen. Raises UndecodableError, and nothing else.
    """
    if mime not in DECODABLE:
        raise UndecodableError("not a type of picture that can be decoded")
    size = size_of(content, mime)
    if size is None:
        raise UndecodableError("picture header is damaged")
    check_pixels(size, min(pixels_limit, _SLOW_PIXELS) if _is_slow(content) else pixels_limit)
    reduction = 1 if full else _reduction(size, smallest_side)
    try:
        pixels, truncated = _DECODERS.get(mime, _by_opencv)(content, reduction, pixels_limit)
    except UndecodableError:
        raise
    except MemoryError as error:
        raise UndecodableError("picture needs too much memory") from error
    except Exception as error:  # the fence round one item: any decoder's failure
        raise UndecodableError("picture is damaged") from error
    pixels = _reduced(pixels, size, reduction)
    width, height = size if _lies_like(pixels, size) else (size[1], size[0])
    return Picture(
        pixels=pixels, width=width, height=height, reduced_by=reduction, truncated=truncated
    )


def is_decoded(mime: str) -> bool:
    """Whether `decode` takes the type, on this machine: libjxl may not be installed."""
    return mime in DECODABLE and (mime != _JPEG_XL or libjxl() is not None)


def smaller(pixels: "Pixels", smallest_side: int = SMALLEST_SIDE) -> Picture:
    """A picture that is decoded already, averaged down by the same rule."""
    height, width = pixels.shape[:2]
    reduction = _reduction((width, height), smallest_side)
    return Picture(
        pixels=_reduced(pixels, (width, height), reduction),
        width=width,
        height=height,
        reduced_by=reduction,
    )


def _is_slow(content: bytes) -> bool:
    """Whether a picture is decoded by Python itself, at less than a million pixels a second: QOI,
    PNM in words, and DDS whose colours are no whole bytes."""
    if content[:4] == b"DDS ":
        return not any(content[84:88]) and not _dds_bytes(content)
    return content.startswith((b"qoif", b"P1", b"P2", b"P3"))


def check_pixels(size: Size, limit: int) -> None:
    """Raises UndecodableError for more than the limit."""
    if size[0] * size[1] > limit:
        raise UndecodableError(MORE_THAN_THE_LIMIT)


def _reduction(size: Size, smallest_side: int) -> int:
    shorter = min(size)
    return next((by for by in (8, 4, 2) if -(-shorter // by) >= smallest_side), 1)


def _lies_like(pixels: "Pixels", size: Size) -> bool:
    """Whether the decoded picture lies as the header says, and was not turned by 90 degrees."""
    height, width = pixels.shape[:2]
    return bool((width >= height) == (size[0] >= size[1]))


def _reduced(pixels: "Pixels", size: Size, reduction: int) -> "Pixels":
    """The same reduction, as an area average, for decoders that cannot reduce by themselves."""
    height, width = pixels.shape[:2]
    if reduction == 1 or max(width, height) <= -(-max(size) // reduction):
        return pixels
    target = (-(-width // reduction), -(-height // reduction))
    small: Pixels = opencv().resize(pixels, target, interpolation=opencv().INTER_AREA)
    return small


def _by_opencv(content: bytes, reduction: int, limit: int) -> tuple["Pixels", bool]:
    """JPEG, PNG, WebP, BMP; what OpenCV refuses is given to Pillow, which forgives more."""
    if content[:4] == b"\x89PNG" and not _whole_png(content):
        return _by_pillow(content, reduction, limit)
    pixels = _imdecode(content, reduction if content[:2] == b"\xff\xd8" else 1)
    if pixels is not None:
        return pixels, False
    if content[:2] == b"\xff\xd8":
        pixels = _imdecode(content + _END_OF_JPEG, reduction)
        if pixels is not None:
            return pixels, True
    return _by_pillow(content, reduction, limit)


def _whole_png(content: bytes) -> bool:
    """Whether every chunk ends within the content: OpenCV takes a gigabyte if one claims it."""
    at = 8
    while at + 12 <= len(content):
        kind = content[at + 4 : at + 8]
        at += 12 + int.from_bytes(content[at : at + 4], "big")
        if kind == b"IEND":
            return at <= len(content)
    return at == len(content)


def _imdecode(content: bytes, reduction: int) -> "Pixels | None":
    import numpy as np  # noqa: PLC0415

    cv2 = opencv()
    flags = {
        1: cv2.IMREAD_COLOR,
        2: cv2.IMREAD_REDUCED_COLOR_2,
        4: cv2.IMREAD_REDUCED_COLOR_4,
        8: cv2.IMREAD_REDUCED_COLOR_8,
    }[reduction]
    try:
        pixels: Pixels | None = cv2.imdecode(np.frombuffer(content, np.uint8), flags)
    except cv2.error:
        return None
    return pixels


def _by_pillow(
    content: bytes, reduction: int, limit: int, formats: tuple[str, ...] | None = None
) -> tuple["Pixels", bool]:
    """The first frame by Pillow; content that ends early is decoded as far as it goes.

    `formats`: the only ones that it may be, by Pillow's names.
    """
    try:
        return _pillow_pixels(content, reduction, limit, formats=formats), False
    except PILLOW_ERRORS:
        with as_far_as_it_goes():
            return _pillow_pixels(content, reduction, limit, formats=formats), True


@contextmanager
def as_far_as_it_goes() -> Iterator[None]:
    """Within it, Pillow decodes what ends early."""
    from PIL import ImageFile  # noqa: PLC0415

    ImageFile.LOAD_TRUNCATED_IMAGES = True
    try:
        yield
    finally:
        ImageFile.LOAD_TRUNCATED_IMAGES = False


def _pillow_pixels(
    content: bytes,
    reduction: int,
    limit: int,
    page: int = 0,
    formats: tuple[str, ...] | None = None,
) -> "Pixels":
    from PIL import Jpeg2KImagePlugin  # noqa: PLC0415

    with opened_by_pillow(content, formats) as image:
        if page:
            image.seek(page)
        check_pixels(image.size, limit)
        if isinstance(image, Jpeg2KImagePlugin.Jpeg2KImageFile):
            image.reduce = reduction.bit_length() - 1  # wavelets: halves come for nothing
        image.draft("RGB", (image.width // reduction, image.height // reduction))
        image.load()
        return upright(image)


@contextmanager
def opened_by_pillow(
    content: bytes, formats: tuple[str, ...] | None = None
) -> "Iterator[Image.Image]":
    """The picture as Pillow has it, nothing decoded yet. Raises what its plug-ins raise."""
    from PIL import Image  # noqa: PLC0415

    Image.MAX_IMAGE_PIXELS = None  # the limit is held here, with the profile's own number
    stream = io.BytesIO(content)
    with warnings.catch_warnings(action="ignore"), Image.open(stream, formats=formats) as image:
        yield image


def upright(image: "Image.Image") -> "Pixels":
    """What Pillow has loaded, its EXIF orientation applied."""
    return _turned(_blue_green_red(image), _orientation(image))


def _by_tiff(content: bytes, reduction: int, limit: int) -> tuple["Pixels", bool]:
    """TIFF by Pillow, which knows more colour models; OpenCV knows more layouts of samples."""
    try:
        return _pillow_pixels(content, reduction, limit), False
    except PILLOW_ERRORS:
        pixels = _imdecode(content, 1)
        return (pixels, False) if pixels is not None else _by_pillow(content, reduction, limit)


def page_of_tiff(content: bytes, number: int, limit: int) -> "Pixels":
    """A page, the first being 0, likewise. Raises UndecodableError, or what Pillow raises."""
    import numpy as np  # noqa: PLC0415

    try:
        return _pillow_pixels(content, 1, limit, number)
    except PILLOW_ERRORS:
        cv2 = opencv()
        data = np.frombuffer(content, np.uint8)
        done, pages = cv2.imdecodemulti(data, cv2.IMREAD_COLOR, range=(number, number + 1))
        if not done:
            raise
        pixels: Pixels = pages[0]
        return pixels


def _by_avif(content: bytes, reduction: int, limit: int) -> tuple["Pixels", bool]:
    """AVIF by Pillow."""
    one_thread_for_avif()
    return _by_pillow(content, reduction, limit)


def _as(*formats: str) -> "Decoder":
    """By Pillow, and as nothing else: what is told by little is not tried as something else."""

    def decoded(content: bytes, reduction: int, limit: int) -> tuple["Pixels", bool]:
        return _by_pillow(content, reduction, limit, formats)

    return decoded


def _by_dds(content: bytes, reduction: int, limit: int) -> tuple["Pixels", bool]:
    """DDS: what is not compressed is bytes side by side, over which Pillow goes one by one."""
    import numpy as np  # noqa: PLC0415

    size, places = size_of(content, "image/x-dds"), _dds_bytes(content)
    if not places or size is None:
        return _by_pillow(content, reduction, limit, ("DDS",))
    each = content[88] // 8
    rows = np.frombuffer(content, np.uint8, size[0] * size[1] * each, _DDS_HEADER)
    return np.ascontiguousarray(rows.reshape(size[1], size[0], each)[:, :, places]), False


def _dds_bytes(content: bytes) -> list[int]:
    """Where blue, green and red stand in a pixel, if each is a byte; else none of them."""
    if len(content) < _DDS_HEADER or not content[80] & _DDS_RGB or any(content[84:88]):
        return []
    if content[88] not in {24, 32}:
        return []
    masks = reversed(struct.unpack_from("<III", content, 92))
    places = [_DDS_COLOURS[mask] for mask in masks if mask in _DDS_COLOURS]
    return places if len(places) == 3 and max(places) < content[88] // 8 else []


def _by_icon(content: bytes, reduction: int, limit: int) -> tuple["Pixels", bool]:
    """A mouse pointer (CUR): an icon whose directory has its hot spot where others have depth."""
    return _by_pillow(content[:2] + b"\x01" + content[3:], reduction, limit, ("ICO",))


def _by_opencv_alone(content: bytes, reduction: int, limit: int) -> tuple["Pixels", bool]:
    """Formats of which only OpenCV knows all."""
    pixels = _imdecode(content, 1)
    if pixels is None:
        raise UndecodableError("picture is damaged")
    return pixels, False


def _by_opencv_as_it_is(content: bytes, reduction: int, limit: int) -> tuple["Pixels", bool]:
    """Floats that may reach to 1 or to 255."""
    import numpy as np  # noqa: PLC0415

    pixels = opencv().imdecode(np.frombuffer(content, np.uint8), opencv().IMREAD_UNCHANGED)
    if pixels is None:
        raise UndecodableError("picture is damaged")
    return _three_channels(_eight_bits(pixels)), False


def _by_libjxl(content: bytes, reduction: int, limit: int) -> tuple["Pixels", bool]:
    """JPEG XL, the first frame; what it claims is held against the limit before it is decoded."""
    try:
        pixels, truncated = decode_jpeg_xl(content, limit)
    except JpegXlError as error:
        raise UndecodableError("picture is damaged") from error
    turned: Pixels = opencv().cvtColor(pixels, opencv().COLOR_RGB2BGR)
    return turned, truncated


def one_thread_for_avif() -> None:
    """Of its decoder's own at most: every core has its examiner."""
    from PIL import AvifImagePlugin  # noqa: PLC0415

    AvifImagePlugin.DEFAULT_MAX_THREADS = 1


def _by_heif(content: bytes, reduction: int, limit: int) -> tuple["Pixels", bool]:
    """HEIC by libheif, where it is to be smaller by its tiles, in half the time; an AV1 picture in
    the same container is Pillow's."""
    if reduction > 1 and (pixels := tiled(content, reduction, limit)) is not None:
        return pixels, False
    try:
        return pixels_of_heif(opened_heif(content), limit), False
    except PILLOW_ERRORS:
        return _by_avif(content, reduction, limit)


def opened_heif(content: bytes) -> Any:
    """All pictures of a HEIF, as pi-heif has them, nothing decoded yet. Raises what that raises."""
    import pi_heif  # noqa: PLC0415

    pi_heif.options.DECODE_THREADS = 1
    return pi_heif.open_heif(io.BytesIO(content), convert_hdr_to_8bit=True, bgr_mode=True)


def pixels_of_heif(heif: Any, limit: int) -> "Pixels":
    """Of its first picture, or of the one that is given. Raises UndecodableError, and what pi-heif
    raises."""
    import numpy as np  # noqa: PLC0415

    check_pixels(heif.size, limit)
    pixels: Pixels = np.array(heif)  # a copy: libheif's own are freed with `heif`
    check_pixels(heif.size, limit)  # it may be another when decoded
    return _three_channels(_eight_bits(pixels) if pixels.dtype != np.uint8 else pixels)


def _blue_green_red(image: "Image.Image") -> "Pixels":
    """Any of Pillow's modes as height x width x 3 bytes."""
    import numpy as np  # noqa: PLC0415

    if image.mode in {"I", "F"} or image.mode.startswith("I;16"):
        return _three_channels(_eight_bits(np.asarray(image)))
    if image.mode == "LAB":
        return _three_channels(np.asarray(image.getchannel("L")))
    if image.mode in {"La", "PA", "RGBa"}:
        image = image.convert("LA" if image.mode == "La" else "RGBA")
    pixels: Pixels = opencv().cvtColor(np.asarray(image.convert("RGB")), opencv().COLOR_RGB2BGR)
    return pixels


def _eight_bits(samples: Any) -> "Pixels":
    """16 bit samples by their high byte; wider and fractional ones by the range that they use."""
    import numpy as np  # noqa: PLC0415

    finite = np.nan_to_num(samples.astype(np.float64), posinf=0.0, neginf=0.0)
    top = float(finite.max(initial=0.0))
    if samples.dtype == np.uint16:
        scale = 1 / 256
    else:
        scale = 255.0 if top <= 1.0 else 1.0 if top <= 255.0 else 255.0 / max(top, 65535.0)
    eight: Pixels = np.clip(finite * scale, 0, 255).astype(np.uint8)
    return eight


def _three_channels(pixels: "Pixels") -> "Pixels":
    import numpy as np  # noqa: PLC0415

    if pixels.ndim == 2:
        pixels = pixels[:, :, None]
    if pixels.shape[2] < 3:
        pixels = np.repeat(pixels[:, :, :1], 3, axis=2)
    return np.ascontiguousarray(pixels[:, :, :3])


def _orientation(image: "Image.Image") -> int:
    try:
        value = image.getexif().get(_ORIENTATION, 1)
    except PILLOW_ERRORS:
        return 1
    return value if isinstance(value, int) else 1


def _turned(pixels: "Pixels", orientation: int) -> "Pixels":
    """EXIF 2.32, tag 274: 5 to 8 swap the sides; then the rows, the columns, or both turn."""
    import numpy as np  # noqa: PLC0415

    if orientation in {5, 6, 7, 8}:
        pixels = pixels.swapaxes(0, 1)
    if orientation in {3, 4, 7, 8}:
        pixels = pixels[::-1]
    if orientation in {2, 3, 6, 7}:
        pixels = pixels[:, ::-1]
    return np.ascontiguousarray(pixels)


Decoder = Callable[[bytes, int, int], tuple["Pixels", bool]]
"""Content, reduction and the limit of pixels to pixels, and whether the content ended early."""

_DECODERS: dict[str, Decoder] = {
    "image/gif": _by_pillow,
    "image/tiff": _by_tiff,
    "image/avif": _by_avif,
    "image/heic": _by_heif,
    "image/heif": _by_heif,
    "image/heic-sequence": _by_heif,
    "image/heif-sequence": _by_heif,
    "image/jp2": _as("JPEG2000"),
    "image/jpx": _as("JPEG2000"),
    "image/jpm": _as("JPEG2000"),
    "image/x-jp2-codestream": _as("JPEG2000"),
    "image/jxl": _by_libjxl,
    "image/vnd.adobe.photoshop": _as("PSD"),
    "image/x-portable-bitmap": _as("PPM"),
    "image/x-portable-greymap": _as("PPM"),
    "image/x-portable-graymap": _as("PPM"),
    "image/x-portable-pixmap": _as("PPM"),
    "image/x-portable-floatmap": _by_opencv_as_it_is,
    "image/x-portable-arbitrarymap": _by_opencv_alone,
    "image/x-pcx": _as("PCX"),
    "image/x-tga": _as("TGA"),
    "image/x-sgi": _as("SGI"),
    "image/x-dds": _by_dds,
    "image/x-sun-raster": _as("SUN"),
    "image/x-qoi": _as("QOI"),
    "image/vnd.microsoft.icon": _as("ICO"),
    "image/x-win-bitmap": _by_icon,
    "image/x-icns": _as("ICNS"),
}
