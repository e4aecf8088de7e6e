"""Camera raw files and drawings are looked at by the picture inside; what nobody decodes is said.

By real workers, with every right given up.
"""

import hashlib
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from tests.disks import ext_volume
from tests.guises import making, raws
from tests.workers import scanning
from tests.workers.scanning import Scanned
from triage.bundle.checking.verify import verify
from triage.choices import HashSetUse, PerceptualUse, TypeUse
from triage.detectors.pdq import pdq
from triage.detectors.pictures import decode
from triage.evidence import HEAD_BYTES
from triage.findings import Outcome
from triage.match_kinds import MatchKind
from triage.profile import Limits, Profile

PICTURES = Profile(
    name="pictures",
    description="what pictures look like",
    detectors=(HashSetUse(), TypeUse(), PerceptualUse()),
    limits=Limits(entry_time="10 h"),
)
JPEG = making.jpeg_of(making.photograph())
THUMB = making.jpeg_of(making.photograph().resize((120, 80)))
OTHER_THUMB = making.jpeg_of(making.other().resize((120, 80)))
VALUE = pdq(decode(JPEG, "image/jpeg").pixels).value.hex()


def lab(folder: Path, *more: str, sizes: bool = False) -> Path:
    """The photograph's PDQ; `more`: lines of MD5 and size. `sizes`: of each digest one is said."""
    lines = [f"{'a' * 32},{7 if sizes else ''},{VALUE}", *more]
    path = folder / "lab.csv"
    path.write_text("md5,size,pdq\n" + "".join(f"{line}\n" for line in lines))
    return path


def scan(folder: Path, files: dict[str, bytes], **options: object) -> Scanned:
    ext_volume(folder / "disk.img", 96 << 20, files)
    profile = options.pop("profile", PICTURES)
    assert isinstance(profile, Profile)
    sets = options.pop("sets", None) or lab(folder)
    assert isinstance(sets, Path)
    return scanning.run(folder / "disk.img", out=folder / "out", profile=profile, hash_sets=(sets,))


def _kinds(scanned: Scanned, path: str) -> set[MatchKind]:
    return {match.kind for match in scanned.line(path).result.matches}


def _large_raw() -> bytes:
    """Of 20 MB, whose JPEG lies in the middle."""
    return raws.tiff_based(JPEG, by="sub") + bytes(20_000_000)


def test_of_a_raw_file_in_no_set_only_directories_and_the_jpeg_are_read(tmp_path: Path) -> None:
    content = _large_raw()
    scanned = scan(tmp_path, {"a.nef": content}, sets=lab(tmp_path, sizes=True))
    result = scanned.line("a.nef").result
    assert _kinds(scanned, "a.nef") == {MatchKind.PERCEPTUAL}
    assert result.bytes_read == HEAD_BYTES + len(JPEG)
    assert result.outcome is Outcome.EXAMINED
    assert result.pdq_quality == 100
    assert verify(scanned.bundle).failed is None


def test_a_raw_file_that_a_set_could_hold_is_digested_whole_and_looked_at(tmp_path: Path) -> None:
    content = _large_raw()
    digest = hashlib.md5(content, usedforsecurity=False).hexdigest()
    sets = lab(tmp_path, f"{digest},{len(content)},", sizes=True)
    scanned = scan(tmp_path, {"a.nef": content, "b.nef": content[:-1] + b"x"}, sets=sets)
    assert _kinds(scanned, "a.nef") == {MatchKind.HASH_SET, MatchKind.PERCEPTUAL}
    by_digest, by_looks = scanned.line("a.nef").result.matches
    assert "picture_offset" not in by_digest.provenance, "that is of the whole file"
    assert by_looks.provenance["picture_offset"] == str(content.index(JPEG))
    assert _kinds(scanned, "b.nef") == {MatchKind.PERCEPTUAL}
    for path, whole in (("a.nef", content), ("b.nef", content[:-1] + b"x")):
        told = scanned.line(path).result.digests["md5"]
        assert told == hashlib.md5(whole, usedforsecurity=False).hexdigest()


def test_copies_of_a_picture_say_each_where_they_lie(tmp_path: Path) -> None:
    """The pixels are judged once; the place is the file's own."""
    files = {"a.nef": raws.tiff_based(JPEG, by="sub"), "b.raf": raws.fuji(JPEG), "c.jpg": JPEG}
    scanned = scan(tmp_path, files)
    places = {}
    for path in files:
        match = scanned.line(path).result.matches[0]
        places[path] = match.provenance.get("picture_offset")
        assert ("at offset" in match.reason) is (path != "c.jpg")
    assert places == {"a.nef": str(files["a.nef"].index(JPEG)), "b.raf": "160", "c.jpg": None}


def test_a_thumbnail_that_shows_another_picture_than_the_raw_file_is_told(tmp_path: Path) -> None:
    alike = raws.tiff_based(JPEG, by="first", thumb=THUMB)
    unlike = raws.tiff_based(JPEG, by="first", thumb=OTHER_THUMB)
    scanned = scan(tmp_path, {"alike.arw": alike, "unlike.arw": unlike})
    told = {
        path: [m.reason for m in scanned.line(path).result.matches if "shows another" in m.reason]
        for path in ("alike.arw", "unlike.arw")
    }
    assert told["alike.arw"] == []
    assert len(told["unlike.arw"]) == 1


def test_a_raw_file_under_another_name_is_told_as_one_that_hides(tmp_path: Path) -> None:
    files = {"a.txt": raws.fuji(JPEG), "b.dat": raws.canon_3(JPEG, THUMB), "c.raf": raws.fuji(JPEG)}
    scanned = scan(tmp_path, files)
    hidden = {path for path in files if MatchKind.TYPE_MISMATCH in _kinds(scanned, path)}
    assert hidden == {"a.txt", "b.dat"}
    assert all(MatchKind.PERCEPTUAL in _kinds(scanned, path) for path in files)


def test_what_nobody_decodes_is_not_read_whole_where_no_set_could_hold_it(tmp_path: Path) -> None:
    files = {
        "a.xcf": b"gimp xcf v011\0" + bytes(3_000_000),
        "b.nef": raws.tiff_based(b"", by="first") + bytes(3_000_000),
        "c.bpg": b"BPG\xfb" + bytes(3_000_000),
    }
    scanned = scan(tmp_path, files, sets=lab(tmp_path, sizes=True))
    read = {path: scanned.line(path).result.bytes_read for path in files}
    assert read == dict.fromkeys(files, HEAD_BYTES)
    assert all(scanned.line(path).result.undecoded for path in files)


def test_more_content_than_the_limit_is_said_and_not_read(tmp_path: Path) -> None:
    """Of a camera's raw file the JPEG is held against the limit, and not the sensor's data."""
    limits = Limits(entry_time="10 h", decode_bytes="400 kB")
    profile = Profile(name="p", description="", detectors=PICTURES.detectors, limits=limits)
    noise = np.random.default_rng(1).integers(0, 256, (700, 700, 3), np.uint8)
    files = {
        "large.jpg": making.jpeg_of(Image.fromarray(noise), quality=95),
        "large.psd": making.photoshop(making.photograph()),
        "small.jpg": JPEG,
        "large.nef": raws.tiff_based(JPEG, by="first") + bytes(900_000),
        "large.svg": making.svg(("jpeg", JPEG)).ljust(500_000),
        "large.txt": b"a letter\n" * 90_000,
    }
    scanned = scan(tmp_path, files, profile=profile, sets=lab(tmp_path, sizes=True))
    told = {path: scanned.line(path).result.undecoded for path in files}
    larger = "larger than the limit"
    assert told == {"large.jpg": larger, "large.psd": larger, "large.svg": larger,
                    "small.jpg": "", "large.nef": "", "large.txt": ""}  # fmt: skip
    assert scanned.line("large.jpg").result.bytes_read == HEAD_BYTES
    assert _kinds(scanned, "large.nef") == _kinds(scanned, "small.jpg") == {MatchKind.PERCEPTUAL}


def test_a_drawing_of_a_gigabyte_is_not_read(tmp_path: Path) -> None:
    suspect = tmp_path / "suspect"
    suspect.mkdir()
    with (suspect / "vast.svg").open("wb") as file:
        file.write(b'<svg xmlns="http://www.w3.org/2000/svg"><image href="data:image/png;base64,')
        file.truncate(1 << 30)
    (suspect / "small.svg").write_bytes(making.svg(("jpeg", JPEG)))
    scanned = scanning.run(
        suspect, out=tmp_path / "out", profile=PICTURES, hash_sets=(lab(tmp_path, sizes=True),)
    )
    result = scanned.line("vast.svg").result
    assert (result.undecoded, result.bytes_read) == ("larger than the limit", HEAD_BYTES)
    assert _kinds(scanned, "small.svg") == {MatchKind.PERCEPTUAL}


HARMLESS = {
    "icon.svg": b'<svg xmlns="http://www.w3.org/2000/svg"><path d="M0 0"/></svg>',
    "drawn.eps": b"%!PS-Adobe-3.0 EPSF-3.0\n0 0 moveto 9 9 lineto stroke\n",
    "icon.xpm": b'/* XPM */\nstatic char *a[] = {\n"16 16 1 1",\n"  c #000000",\n',
    "drawn.wmf": b"\xd7\xcd\xc6\x9a" + bytes(400),
    "zeros.jpg": bytes(30_000),
    "letter.jpg": b"not a picture at all, but a letter\n" * 90,
    "page.jpg": b"<html><body>404 Not Found</body></html>" * 20,
    "$RECYCLE.BIN/$IAB12CD.jpg": (2).to_bytes(8, "little") + bytes(range(1, 250)),
    "scanner.raw": raws.SENSOR[:5000],
    "program.tga": b"\x00\x01\x02\x03" + raws.SENSOR[:900],
    "list.bin": b"\x00\x00\x02\x00\x00\x00\x00\x00\x00\x00\x00\x00\x40\x00\x40\x00" + bytes(99),
    "program.dat": raws.SENSOR[:7000],
}
COUNTED = {"program.tga": "named as a picture"}


def test_what_every_computer_is_full_of_is_not_counted(tmp_path: Path) -> None:
    scanned = scan(tmp_path, HARMLESS)
    told = {path: scanned.line(path).result for path in HARMLESS}
    assert {path: result.undecoded for path, result in told.items() if result.undecoded} == COUNTED
    assert {result.outcome for result in told.values()} == {Outcome.EXAMINED}


def test_a_raw_file_without_a_jpeg_is_counted_and_not_called_damaged(tmp_path: Path) -> None:
    files = {
        "bare.nef": raws.tiff_based(b"", by="first"),
        "cut.cr2": raws.canon_2(JPEG, THUMB)[:30_000],
        "lossless.dng": raws.tiff_based(b"\xff\xd8\xff\xc3" + bytes(9000), by="strip"),
        "circle.dng": b"II*\x00\x08\x00\x00\x00" + raws.directory([(50706, 1, 4, 1)], following=8),
        "damaged jpeg.raf": raws.fuji(b"\xff\xd8\xff" + bytes(4000)),
    }
    scanned = scan(tmp_path, files)
    told = {path: scanned.line(path).result for path in files}
    assert {path for path, result in told.items() if result.undecoded == "camera raw"} == {
        "bare.nef", "cut.cr2", "lossless.dng", "circle.dng"
    }  # fmt: skip
    damaged = told["damaged jpeg.raf"]
    assert (damaged.outcome, damaged.reason) == (Outcome.UNREADABLE, "picture header is damaged")


@pytest.mark.parametrize("claim", ["image/jpeg", "image/png"])
def test_a_drawing_with_a_bomb_in_it_is_refused_by_its_header(claim: str, tmp_path: Path) -> None:
    bomb = bytearray(making.saved(Image.new("L", (16, 16)), "PNG")).ljust(200, b"\0")
    bomb[16:24] = (300_000).to_bytes(4, "big") * 2
    scanned = scan(tmp_path, {"a.svg": making.svg((claim.partition("/")[2], bytes(bomb)))})
    result = scanned.line("a.svg").result
    assert result.outcome is Outcome.UNREADABLE
    assert "more pixels than the limit" in result.reason


def test_the_jpeg_that_stands_for_a_file_is_no_thumbnail_in_it(tmp_path: Path) -> None:
    """It begins in the first 64 KB, and ends far behind: its beginning alone shows little."""
    large = making.jpeg_of(making.photograph().resize((1500, 1000)), quality=97)
    assert len(large) > 4 * HEAD_BYTES
    tags = [(513, 4, 1, 200), (514, 4, 1, len(large)), (50706, 1, 4, 1)]
    content = (b"II*\x00\x08\x00\x00\x00" + raws.directory(tags)).ljust(200, b"\0") + large
    scanned = scan(tmp_path, {"a.dng": content})
    assert _kinds(scanned, "a.dng") == {MatchKind.PERCEPTUAL}
