"""One photograph in many guises: scikit-image's cup of coffee (CC0), as files really hold pictures.

Each is a name and its content. Nothing is taken from elsewhere: all are written by the libraries
that the tests have, or laid out by hand after the formats' own descriptions.
"""

import base64
import gzip
import io
import struct
import zipfile
from collections.abc import Sequence
from typing import Any

import cv2
import numpy as np
from PIL import Image

from tests.capture.making import box
from tests.demo import package
from tests.guises import jpeg_xl, raws

QUALITY = 92
SIZE = (360, 240)
"""Of the guises: some encoders are slow."""


def photograph() -> Image.Image:
    """600 x 400 pixels."""
    return Image.open(package("skimage") / "data" / "coffee.png").convert("RGB")


def other() -> Image.Image:
    """Another photograph, for files that hold two: scikit-image's cat (CC0)."""
    return Image.open(package("skimage") / "data" / "chelsea.png").convert("RGB")


def saved(image: Image.Image, mark: str, **options: Any) -> bytes:
    stream = io.BytesIO()
    image.save(stream, mark, **options)
    return stream.getvalue()


def jpeg_of(image: Image.Image, **options: Any) -> bytes:
    return saved(image, "JPEG", **({"quality": QUALITY} | options))


def guises() -> dict[str, bytes]:
    """All of them, by name."""
    image = photograph().resize(SIZE)
    whole = jpeg_of(image)
    return {
        **_plain(image),
        **rarer(image),
        **_raw(whole, jpeg_of(image.resize((120, 80)))),
        **_drawings(image, whole),
        **_held(whole),
        **_undecoded(image, whole),
        **_further(image, whole),
        **_cached(whole),
    }


def _by_opencv(image: Image.Image, ending: str, *, floats: bool = False) -> bytes:
    pixels = np.asarray(image)[:, :, ::-1]
    source = pixels.astype(np.float32) / 255 if floats else pixels
    done, written = cv2.imencode(ending, source)
    assert done
    return bytes(written.tobytes())


def _plain(image: Image.Image) -> dict[str, bytes]:
    grey = image.convert("L")
    seen = image.convert("RGBA")
    seen.putalpha(128)
    deep = Image.fromarray(np.asarray(grey).astype(np.uint16) * 257)
    return {
        "baseline.jpg": jpeg_of(image),
        "progressive.jpg": jpeg_of(image, progressive=True),
        "grey.jpg": jpeg_of(grey),
        "cmyk.jpg": jpeg_of(image.convert("CMYK")),
        "cut short.jpg": jpeg_of(image)[:-300],
        "no name at all": jpeg_of(image),
        "another name.dat": jpeg_of(image),
        "plain.png": saved(image, "PNG"),
        "see-through.png": saved(seen, "PNG"),
        "palette.png": saved(image.quantize(256), "PNG"),
        "deep.png": saved(deep, "PNG"),
        "still.gif": saved(image, "GIF"),
        "lossy.webp": saved(image, "WEBP", quality=80),
        "lossless.webp": saved(image, "WEBP", lossless=True),
        "plain.bmp": saved(image, "BMP"),
        "from memory.dib": saved(image, "DIB"),
        "plain.tif": saved(image, "TIFF"),
        "lzw.tif": saved(image, "TIFF", compression="tiff_lzw"),
        "of jpeg.tif": saved(image, "TIFF", compression="jpeg"),
        "deep.tif": saved(deep, "TIFF"),
        "big.tif": saved(image, "TIFF", big_tiff=True),
        "plain.avif": saved(image, "AVIF"),
    }


def rarer(image: Image.Image) -> dict[str, bytes]:
    """Of the kinds that few libraries decode."""
    grey = image.convert("L")
    square = image.resize((256, 256))
    codestream = io.BytesIO()
    image.save(codestream, "JPEG2000", no_jp2=True)
    icon = saved(image.resize((256, 171)), "ICO", sizes=[(256, 171)])
    return {
        "boxed.jp2": saved(image, "JPEG2000"),
        "lossy.jp2": _by_opencv(image, ".jp2"),
        "bare.j2k": codestream.getvalue(),
        "bare.jxl": jpeg_xl.written(image),
        "boxed.jxl": jpeg_xl.written(image, boxes=True),
        "lossless.jxl": jpeg_xl.written(image, distance=0.0),
        "composed.psd": photoshop(image),
        "packed.psd": photoshop(image, packed=True),
        "plain.ppm": saved(image, "PPM"),
        "in words.ppm": _in_words(image.resize((150, 100))),
        "plain.pgm": saved(grey, "PPM"),
        "plain.pam": _by_opencv(image, ".pam"),
        "plain.pfm": _by_opencv(image, ".pfm", floats=True),
        "plain.pcx": saved(image, "PCX"),
        "grey.pcx": saved(grey, "PCX"),
        "plain.tga": saved(image, "TGA"),
        "packed.tga": saved(image, "TGA", compression="tga_rle"),
        "plain.sgi": saved(image, "SGI"),
        "plain.dds": saved(image, "DDS"),
        "packed.dds": saved(image.convert("RGBA"), "DDS", pixel_format="DXT5"),
        "large.ico": icon,
        "bitmap.ico": saved(square, "ICO", sizes=[(256, 256)], bitmap_format="bmp"),
        "pointer.cur": icon[:2] + b"\x02" + icon[3:],
        "large.icns": saved(square, "ICNS"),
        "plain.qoi": saved(image, "QOI"),
        "plain.ras": _by_opencv(image, ".ras"),
        "plain.hdr": _by_opencv(image, ".hdr", floats=True),
    }


def _raw(whole: bytes, thumb: bytes) -> dict[str, bytes]:
    nikon = raws.tiff_based(whole, by="sub", thumb=thumb)
    return {
        "one.cr2": raws.canon_2(whole, thumb),
        "one.cr3": raws.canon_3(whole, thumb),
        "one.crw": raws.canon_heap(whole),
        "one.nef": nikon,
        "other order.nef": raws.tiff_based(whole, by="sub", thumb=thumb, order=">"),
        "one.arw": raws.tiff_based(whole, by="first", thumb=thumb),
        "one.dng": raws.tiff_based(whole, by="strip", more=[(50706, 1, 4, 0x0401)]),
        "one.pef": raws.tiff_based(whole, by="strip", order=">", thumb=thumb),
        "one.raf": raws.fuji(whole),
        "one.rw2": raws.panasonic(whole),
        "one.orf": raws.olympus(whole),
        "bare.orf": b"IIRO\x08\x00\x00\x00".ljust(308, b"\0") + whole,
        "one.x3f": raws.sigma(whole),
        "raw called.jpg": nikon,
        "raw without a name": nikon,
    }


def svg(*pictures: tuple[str, bytes], wrap: bool = False, escaped: bool = False) -> bytes:
    """A drawing that holds those pictures."""
    drawn = b'<svg xmlns="http://www.w3.org/2000/svg" width="600" height="400">'
    for kind, content in pictures:
        text = base64.encodebytes(content) if wrap else base64.b64encode(content)
        if escaped:
            text = text.replace(b"+", b"%2B").replace(b"/", b"%2F").replace(b"=", b"%3D")
        drawn += b'<image href="data:image/%s;base64,%s"/>' % (kind.encode(), text)
    return drawn + b"</svg>"


def eps(body: bytes) -> bytes:
    return (b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 600 400\n600 400 scale\n"
            b"currentfile /DCTDecode filter\n" + body + b"\nshowpage\n%%EOF\n")  # fmt: skip


def dos_eps(preview: bytes) -> bytes:
    """With a TIFF of the whole drawing behind it."""
    drawing = b"%!PS-Adobe-3.0 EPSF-3.0\n0 0 moveto 9 9 lineto stroke\n"
    at = 30 + len(drawing)
    places = struct.pack("<IIIIII", 30, len(drawing), 0, 0, at, len(preview))
    return b"\xc5\xd0\xd3\xc6" + places + b"\xff\xff" + drawing + preview


def _drawings(image: Image.Image, whole: bytes) -> dict[str, bytes]:
    one = svg(("jpeg", whole))
    return {
        "one.svg": one,
        "in lines.svg": svg(("jpeg", whole), wrap=True),
        "escaped.svg": svg(("png", saved(image, "PNG")), escaped=True),
        "several.svg": svg(("jpeg", whole), ("png", saved(other().resize((60, 40)), "PNG"))),
        "beside its words.svg": b"\xef\xbb\xbf<?xml version='1.0'?>\n<!-- made here -->\n" + one,
        "of another kind.svg": svg(("jxr", b"II\xbc\x01" + bytes(900))),
        "one.svgz": gzip.compress(one),
        "as it is.eps": eps(whole),
        "in ascii.eps": eps(base64.a85encode(whole, wrapcol=76) + b"~>"),
        "in digits.eps": saved(image, "EPS"),
        "preview.eps": dos_eps(saved(image, "TIFF")),
    }


def _held(whole: bytes) -> dict[str, bytes]:
    """In what is counted as a container."""
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_STORED) as file:
        file.writestr("a.jpg", whole)
    return {"packed.zip": packed.getvalue(), "printed.pdf": saved(photograph(), "PDF")}


def _undecoded(image: Image.Image, whole: bytes) -> dict[str, bytes]:
    """Of kinds that nobody decodes. They hold what such files hold first, and then noise."""
    noise = raws.SENSOR[:9000]
    xbm = image.convert("1").resize((300, 200))
    return {
        "without a picture.nef": raws.tiff_based(b"", by="first"),
        "without a picture.cr2": raws.canon_2(b"", b""),
        "one.mrw": b"\x00MRM\x00\x00\x23\x00" + noise,
        "large.psb": b"8BPS\x00\x02" + photoshop(image)[6:],
        "one.xcf": b"gimp xcf v011\x00" + noise,
        "one.jxr": b"II\xbc\x01\x20\x00\x00\x00" + noise,
        "one.exr": b"v/1\x01\x02\x00\x00\x00channels\x00chlist\x00" + noise,
        "one.fits": b"SIMPLE  =                    T".ljust(2880) + noise,
        "one.bpg": b"BPG\xfb" + noise,
        "one.jng": b"\x8bJNG\r\n\x1a\n" + noise,
        "one.lbm": b"FORM\x00\x00\x20\x00ILBMBMHD" + noise,
        "several.dcx": b"\xb1\x68\xde\x3a" + struct.pack("<II", 12, 0) + saved(image, "PCX"),
        "one.dcm": bytes(128) + b"DICM" + noise + whole,
        "plain.xbm": saved(xbm, "XBM"),
        "noise.jpg": noise,
        "wiped beginning.jpg": bytes(1000) + whole[1000:],
        "one.pict": bytes(512)
        + b"\x00\x00\x00\x00\x00\x00\x01\x00\x01\x00\x00\x11\x02\xff"
        + noise,
        "one.wbmp": b"\x00\x00\x84\x58\x83\x10" + noise,
    }


def _further(image: Image.Image, whole: bytes) -> dict[str, bytes]:
    """Not the first picture in its file."""
    first = other().resize(image.size)
    front = jpeg_of(first)

    def two(mark: str, **options: Any) -> bytes:
        """Copies: Pillow keeps what it was told at the last saving."""
        more = [image.copy()]
        return saved(first.copy(), mark, save_all=True, append_images=more, **options)

    film = box(b"ftyp", b"mp42", bytes(4)) + box(b"mdat", bytes(4000))
    return {
        "second.mpo": two("MPO"),
        "behind its end.jpg": front + whole,
        "behind its end.png": saved(first, "PNG") + whole,
        "behind garbage.jpg": b"\x00" + whole,
        "motion.jpg": front + film + whole,
        "second page.tif": two("TIFF"),
        "second frame.gif": two("GIF", duration=80),
        "second frame.webp": two("WEBP", duration=80, lossless=True),
        "second frame.png": two("PNG", duration=80),
        "second frame.avif": two("AVIF", duration=80),
        "a song.mp3": b"ID3\x04\x00\x00" + _synchsafe(len(whole) + 24) + b"APIC" + _synchsafe(
            len(whole) + 14
        ) + b"\x00\x00\x00image/jpeg\x00\x03\x00" + whole,
    }  # fmt: skip


def _cached(whole: bytes) -> dict[str, bytes]:
    """As browsers and telephones keep them."""
    key = b"https://example.org/a.jpg"
    head = struct.pack("<QIII", 0xFCFB6D1BA7725C30, 5, len(key), 0x1234) + bytes(4)
    end = struct.pack("<QIIII", 0xF4FA6F45970D41D8, 1, 0, len(whole), 0)
    firefox = whole + struct.pack(">I", 0) + bytes(6) + struct.pack(">I", len(whole))
    return {
        "Cache_Data/0a1b2c3d4e5f6071_0": head + key + whole + end + bytes(500) + end,
        "cache2/entries/" + "0" * 40: firefox,
        ".thumbnails/.thumbdata3--1967290299": _thumbdata(whole),
        "cache/imgcache.0": struct.pack("<II", 0x1000, len(whole)) + whole,
    }


def _thumbdata(whole: bytes) -> bytes:
    return b"\x01" + struct.pack("<Qi", 7, len(whole)) + whole + bytes(3000)


def _synchsafe(number: int) -> bytes:
    return bytes(number >> shift & 0x7F for shift in (21, 14, 7, 0))


def _in_words(image: Image.Image) -> bytes:
    words = " ".join(map(str, np.asarray(image).ravel().tolist()))
    return f"P3\n# in words\n{image.width} {image.height}\n255\n{words}\n".encode()


def photoshop(image: Image.Image, *, packed: bool = False, size: Sequence[int] = ()) -> bytes:
    """The composed picture alone, as it is or in PackBits; `size`: what it claims instead."""
    width, height = size or image.size
    head = b"8BPS\x00\x01" + bytes(6) + struct.pack(">HIIHH", 3, height, width, 8, 3)
    planes = np.moveaxis(np.asarray(image), 2, 0)
    body = planes.tobytes()
    if packed:
        rows = [_pack_bits(row.tobytes()) for plane in planes for row in plane]
        body = b"".join(struct.pack(">H", len(row)) for row in rows) + b"".join(rows)
    return head + bytes(12) + struct.pack(">H", int(packed)) + body


def _pack_bits(row: bytes) -> bytes:
    pieces = (row[at : at + 128] for at in range(0, len(row), 128))
    return b"".join(bytes([len(piece) - 1]) + piece for piece in pieces)
