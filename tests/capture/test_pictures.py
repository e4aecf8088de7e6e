"""Every format of pictures says what another program wrote into it."""

import io
import struct
import subprocess
import sys
from pathlib import Path

import msgspec
import pytest
from PIL import Image
from PIL.PngImagePlugin import PngInfo

from tests.capture import making
from tests.capture.making import TOLD
from triage.capture import capture_of, position_of
from triage.captured import Capture, Position
from triage.detectors.types import type_of

SAMPLES = Path("/usr/share/forensics-samples/original-files")
XMP = b"""<?xpacket begin="" id="W5M0MpCehiHzreSzNTczkc9d"?><x:xmpmeta xmlns:x="adobe:ns:meta/">
<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#"><rdf:Description rdf:about=""
 tiff:Make="Leica &amp; Sons" tiff:Orientation='3' xmp:CreatorTool="Lightroom 9.1"
 aux:SerialNumber="4711" photoshop:DateCreated="2019-08-07T06:05:04.123-03:00">
<tiff:Model>M10
</tiff:Model><xmp:CreateDate>2020-01-01</xmp:CreateDate></rdf:Description></rdf:RDF></x:xmpmeta>
"""
OF_XMP = Capture(
    make="Leica & Sons",
    model="M10",
    serial="4711",
    taken="2019-08-07T06:05:04.123-03:00",
    software="Lightroom 9.1",
    orientation=3,
)


def _told(content: bytes) -> Capture | None:
    """By what a scan has: 64 KB and their type."""
    return capture_of(content[:65536], type_of(content[:65536]))


@pytest.mark.parametrize("order", ["<", ">"])
@pytest.mark.parametrize("form", ["JPEG", "PNG", "WEBP", "TIFF", "AVIF", "MPO"])
def test_a_picture_says_the_exif_that_was_written(form: str, order: str) -> None:
    told = _told(making.picture(form, exif=making.exif(order=order)))
    if form == "AVIF":  # Pillow turns it into a property of the picture, as the format wants it
        assert told == msgspec.structs.replace(TOLD, orientation=0)
    else:
        assert told == TOLD


@pytest.mark.skipif(not SAMPLES.is_dir(), reason="no real pictures: setup.sh installs them")
@pytest.mark.parametrize(
    "name",
    [
        "pic1/IMG_1054.JPG",
        "pic1/IMG_20200827_231612.jpg",
        "pic2/IMG_20191224_234846.jpg",
        "pic2/IMG_20200124_231153.jpg",
        "pic2/IMG_20200608_111614.jpg",
    ],
)
def test_photographs_of_a_camera_and_a_telephone_say_what_another_reader_reads(name: str) -> None:
    content = (SAMPLES / name).read_bytes()
    other = Image.open(io.BytesIO(content)).getexif()
    own = other.get_ifd(making.EXIF)
    told = _told(content)
    assert told is not None
    assert (told.make, told.model) == (other[271], other[272].strip())
    assert (told.software, told.orientation) == (other[305], other[274])
    when = own[0x9003].replace(":", "-", 2).replace(" ", "T")
    assert told.taken == f"{when}.{own[0x9291]}" if 0x9291 in own else when
    assert not told.serial


def test_a_picture_without_any_says_nothing() -> None:
    for form in ("JPEG", "PNG", "WEBP", "TIFF", "AVIF", "GIF", "BMP"):
        assert _told(making.picture(form)) is None


def test_what_is_neither_picture_nor_video_is_not_read() -> None:
    content = making.picture("JPEG", exif=making.exif())
    assert capture_of(content, "application/pdf") is None
    assert capture_of(content, "audio/x-m4a") is None
    assert capture_of(b"", "image/jpeg") is None


def test_when_it_was_changed_is_not_when_it_was_taken() -> None:
    told = making.exif()
    del told.get_ifd(making.EXIF)[0x9003]
    assert _told(making.picture("JPEG", exif=told)).taken == "2022-02-02T02:02:02"  # type: ignore[union-attr]
    del told.get_ifd(making.EXIF)[0x9004]
    assert _told(making.picture("JPEG", exif=told)).taken == ""  # type: ignore[union-attr]


@pytest.mark.parametrize("form", ["JPEG", "PNG", "WEBP", "TIFF", "AVIF"])
def test_xmp_speaks_where_there_is_no_exif(form: str) -> None:
    if form == "PNG":
        texts = PngInfo()
        texts.add_itxt("XML:com.adobe.xmp", XMP.decode())
        content = making.picture(form, pnginfo=texts)
    elif form == "TIFF":
        content = making.picture(form, tiffinfo={700: XMP})
    else:
        content = making.picture(form, xmp=XMP)
    assert _told(content) == OF_XMP


def test_exif_counts_before_xmp() -> None:
    assert _told(making.picture("JPEG", exif=making.exif(), xmp=XMP)) == TOLD
    told = Image.Exif()
    told[271] = "Nokia"
    both = _told(making.picture("JPEG", exif=told, xmp=XMP))
    assert both is not None
    assert (both.make, both.model) == ("Nokia", "M10")


def test_texts_of_a_png_say_program_and_time() -> None:
    texts = PngInfo()
    texts.add_text("Software", "gnome-screenshot")
    texts.add_text("Creation Time", "Mon, 10 Mar 2003 15:04:43 +0000")
    expected = Capture(software="gnome-screenshot", taken="2003-03-10T15:04:43+00:00")
    assert _told(making.picture("PNG", pnginfo=texts)) == expected


@pytest.mark.parametrize("mark", [b"IIRO", b"IIRS", b"IIU\x00", b"II*\x00"])
def test_raw_formats_are_read_as_the_tiff_that_they_are(mark: bytes) -> None:
    content = making.picture("TIFF", exif=making.exif(place=True))
    assert content.startswith(b"II*\x00")
    assert _told(mark + content[4:]) == TOLD
    assert position_of(mark + content[4:], type_of(mark + content[4:])) is not None
    other = making.exif(order=">").tobytes().removeprefix(b"Exif\x00\x00")
    assert other.startswith(b"MM\x00*")
    assert capture_of(other, "image/tiff") == TOLD


def test_the_raw_format_of_fuji_holds_a_jpeg_that_says_it() -> None:
    inside = making.picture("JPEG", exif=making.exif())
    header = b"FUJIFILMCCD-RAW 0201FF393101".ljust(84, b"\x00") + struct.pack(">II", 160, 9)
    assert capture_of(header.ljust(160, b"\x00") + inside, "image/x-fuji-raf") == TOLD


def test_the_newer_raw_format_of_canon_says_it_in_boxes_of_its_own() -> None:
    content = making.canon_raw()
    assert _told(content) == TOLD
    assert position_of(content, type_of(content)) == Position(latitude=52.52, longitude=13.405)
    other = content.replace(making.CANON, bytes(16))
    assert capture_of(other, "image/x-canon-cr3") is None


def test_a_negative_of_adobe_says_model_and_serial_in_its_own_tags() -> None:
    content = making.picture("TIFF", tiffinfo={50708: "Pentax K-1", 50735: "5551234"})
    assert _told(content) == Capture(model="Pentax K-1", serial="5551234")


def test_serial_numbers_in_the_notes_of_nikon_and_canon() -> None:
    inner = making.tiff([(29, 2, 8, struct.pack("<I", 26))]) + b"3105364\x00"
    nikon = b"Nikon\x00\x02\x10\x00\x00" + inner
    assert _noted("NIKON CORPORATION", nikon) == "3105364"
    canon = struct.pack("<HHHII", 1, 12, 4, 1, 320100123) + bytes(4)
    assert _noted("Canon", canon) == "0320100123"
    first = struct.pack("<HHHII", 1, 12, 4, 1, 500292) + bytes(4)
    assert _noted("Canon", first, "Canon EOS-1D Mark III") == "500292"
    assert _noted("Canon", b"\xff" * 40) == ""
    assert _noted("NIKON", canon) == ""
    assert _noted("Nokia", canon) == ""


def _noted(make: str, note: bytes, model: str = "Camera") -> str:
    told = Image.Exif()
    told.endian = "<"
    told[271], told[272] = make, model
    told.get_ifd(making.EXIF)[37500] = note
    capture = _told(making.picture("JPEG", exif=told))
    assert capture is not None
    assert capture.make == make
    return capture.serial


def test_what_lies_further_on_is_said_only_if_it_may_be_read() -> None:
    webp = making.picture("WEBP", side=400, exif=making.exif(), lossless=True)
    libtiff = making.picture("TIFF", side=400, tiffinfo={271: "Nokia"}, compression="tiff_lzw")
    for content, said in ((webp, TOLD), (libtiff, Capture(make="Nokia"))):
        head = content[:65536]
        assert len(content) > 2 * len(head)
        assert capture_of(head, "image/x") is None
        assert capture_of(head, "image/x", making.reading(content)) == said


def test_reading_captures_loads_no_decoder() -> None:
    script = (
        "import sys; from triage.capture import capture_of;"
        "capture_of(b'\\xff\\xd8\\xff', 'image/x');"
        "print(*sorted({'cv2', 'PIL', 'numpy', 'pytsk3', 'magic'} & set(sys.modules)))"
    )
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, check=True, text=True
    )
    assert done.stdout == "\n"
