import io
import random
import struct
import zipfile

import magic
import pytest
from PIL import Image

from tests.detectors.conftest import Photograph
from tests.types_agreement import difference
from triage.detectors.item import Item
from triage.detectors.types import TypeMismatch, type_of
from triage.evidence import FileEntry
from triage.families import family
from triage.match_kinds import MatchKind
from triage.profile import Family


def ftyp(brand: bytes) -> bytes:
    return b"\0\0\0\x20ftyp" + brand + bytes(4) + b"isommp42" + bytes(40)


BEGINNINGS = {
    "jpeg": b"\xff\xd8\xff\xe0\0\x10JFIF\0" + bytes(50),
    "png": b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR" + bytes(40),
    "gif": b"GIF89a\x10\0\x10\0" + bytes(40),
    "webp": b"RIFF\0\0\0\0WEBPVP8 " + bytes(40),
    "avi": b"RIFF\0\0\0\0AVI LIST" + bytes(40),
    "wav": b"RIFF\0\0\0\0WAVEfmt " + bytes(40),
    "flv": b"FLV\x01\x05\0\0\0\x09" + bytes(40),
    "asf": bytes.fromhex("3026B2758E66CF11A6D900AA0062CE6C") + bytes(60),
    "pdf": b"%PDF-1.4\n" + bytes(40),
    "7z": b"7z\xbc\xaf'\x1c\0\x04" + bytes(40),
    "rar4": b"Rar!\x1a\x07\0" + bytes(40),
    "rar5": b"Rar!\x1a\x07\x01\0" + bytes(40),
    "zeros": bytes(4096),
    "text": b"Bread and milk and a new bell for the bicycle. " * 30,
    **{
        f"ftyp {brand!r}": ftyp(brand.ljust(4))
        for brand in (b"isom iso2 iso4 iso5 iso6 mp41 mp42 avc1 dash heic heix mif1 avif M4A "
                      b"3gp4 3gp5 hevc msf1 avis jp2  F4V  3g2a").split()
    },
    "m4v": ftyp(b"M4V "),
    "quicktime": ftyp(b"qt  "),
}  # fmt: skip


@pytest.fixture(scope="module")
def libmagic() -> magic.Magic:
    return magic.Magic(mime=True)


@pytest.mark.parametrize("name", BEGINNINGS)
def test_the_fast_check_says_what_libmagic_says(name: str, libmagic: magic.Magic) -> None:
    assert type_of(BEGINNINGS[name]) == libmagic.from_buffer(BEGINNINGS[name])


def test_real_pictures_have_libmagics_type(
    photographs: list[Photograph], libmagic: magic.Magic
) -> None:
    for photograph in photographs:
        assert type_of(photograph.content[:65536]) == libmagic.from_buffer(
            photograph.content[:65536]
        )


@pytest.mark.parametrize("mark", ["PNG", "JPEG", "GIF", "WEBP", "BMP", "TIFF", "AVIF"])
def test_pillows_files_have_libmagics_type(mark: str, libmagic: magic.Magic) -> None:
    stream = io.BytesIO()
    Image.new("RGB", (70, 50), "navy").save(stream, mark)
    assert type_of(stream.getvalue()) == libmagic.from_buffer(stream.getvalue())
    assert family(type_of(stream.getvalue())) is Family.PICTURES


def test_flipped_bits_never_make_a_disagreement_with_libmagic_that_matters(
    libmagic: magic.Magic,
) -> None:
    """A header with wrong bits is either libmagic's own answer or the format of its beginning.

    A brand is no more than a name: whatever it is, the file is an MP4.
    """
    rng = random.Random(5)
    differing = 0
    for _ in range(3000):
        head = bytearray(rng.choice(list(BEGINNINGS.values())))
        for _ in range(rng.randint(1, 3)):
            head[rng.randrange(min(24, len(head)))] ^= 1 << rng.randrange(8)
        ours, theirs = type_of(bytes(head)), libmagic.from_buffer(bytes(head))
        renamed = head[4:8] == b"ftyp" and ours in {"video/mp4", "application/octet-stream"}
        differing += bool(difference(ours, theirs, bytes(head))) and not renamed
    assert differing == 0


def test_any_bytes_have_a_type() -> None:
    rng = random.Random(3)
    assert type_of(b"") == ""
    for size in (1, 2, 3, 4, 12, 13, 100, 5000, 65536):
        for _ in range(20):
            assert "/" in type_of(rng.randbytes(size))


def test_a_zip_says_what_it_carries_and_an_iso_is_known_by_its_far_mark() -> None:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as archive:
        archive.writestr("mimetype", "application/epub+zip")
    assert family(type_of(stream.getvalue())) is Family.DOCUMENTS
    iso = bytes(32768) + b"\x01CD001\x01" + bytes(3000)
    assert type_of(iso) == "application/x-iso9660-image"


@pytest.mark.parametrize(
    ("mime", "name", "expected"),
    [
        ("image/jpeg", "a.dat", Family.PICTURES),
        ("video/mp4", "a.jpg", Family.VIDEOS),
        ("", "holiday.JPG", Family.PICTURES),
        ("application/octet-stream", "clip.mov", Family.VIDEOS),
        ("", "photo.jpg.part", Family.PICTURES),
        ("application/pdf", "a.jpg", Family.DOCUMENTS),
        ("text/plain", "", Family.DOCUMENTS),
        ("application/vnd.ms-cab-compressed", "", Family.ARCHIVES),
        ("application/x-dosexec", "setup.exe", Family.EVERYTHING),
        ("", "", Family.EVERYTHING),
    ],
)
def test_families(mime: str, name: str, expected: Family) -> None:
    assert family(mime, name) is expected


def look(path: str, mime: str = "image/jpeg", stream: str = "") -> bool:
    entry = FileEntry(id=1, volume_id="d0v1", path=path, stream=stream, size=9)
    ((*matches,),) = TypeMismatch().matches_of([Item(entry=entry, head=b"", type=mime)])
    assert all(match.kind is MatchKind.TYPE_MISMATCH and match.reason for match in matches)
    return bool(matches)


@pytest.mark.parametrize(
    "path",
    [
        "a/notes.txt",
        "system.dat",
        "game.dll",
        "report.pdf",
        "x.mp3",
        "archive.tar.gz",
        ".profile.bin",
    ],
)
def test_a_name_that_claims_something_else_hides_the_picture(path: str) -> None:
    assert look(path)


@pytest.mark.parametrize(
    "path",
    [
        "a/photo.jpg",
        "wrong.png",  # a JPEG named .png is a mistake, not a hiding place
        "movie.mp4",
        "cache/f_00012a",
        "IMG_0001",
        ".thumbnail",
        "photo.2019",
        "x.jpg.crdownload",
        "tmp4711.tmp",
        "photo.JPG~",
        "raw.NEF",
    ],
)
def test_a_name_that_claims_nothing_hides_nothing(path: str) -> None:
    assert not look(path)


def test_alternate_streams_hide_pictures_whatever_they_are_called() -> None:
    assert look("letter.txt", stream="holiday.jpg")
    assert look("letter.txt", stream="x", mime="video/mp4")
    assert not look("site.url", stream="favicon", mime="image/png")


def test_only_pictures_and_videos_are_looked_for() -> None:
    assert not look("a.dat", "application/pdf")
    assert not look("a.dat", "image/vnd.microsoft.icon")
    assert not look("a.dat", "image/svg+xml")
    assert not look("a.dat", "")


@pytest.mark.parametrize(
    ("path", "mime"),
    [
        ("song.m4a", "video/mp4"),
        ("song.wma", "video/x-ms-asf"),
        ("clip.ogg", "video/ogg"),
        ("song.mka", "video/x-matroska"),
        ("firmware.bin", "image/x-tga"),
    ],
)
def test_sound_in_a_videos_container_and_weak_types_are_no_mismatch(path: str, mime: str) -> None:
    assert not look(path, mime)


def test_bmp_is_told_by_its_header() -> None:
    header = struct.pack("<IHHIIiiHHI", 1000, 0, 0, 54, 40, 10, 10, 1, 24, 0)
    assert type_of(b"BM" + header + bytes(60)) in {"image/bmp", "image/x-ms-bmp"}
