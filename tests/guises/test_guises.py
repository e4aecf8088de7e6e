"""One photograph in many guises, each on a disk: found by what it looks like, or said not to be.

None is `examined` and nothing more, which is how a picture is lost without a word.
"""

import io
from pathlib import Path

import pytest
from PIL import Image

from tests.containers.making import zipped
from tests.disks import ext_volume
from tests.guises import making
from tests.workers import scanning
from tests.workers.scanning import Scanned
from triage.bundle.checking.verify import verify
from triage.bundle.format.entries import EntryLine
from triage.choices import HashSetUse, PerceptualUse, TypeUse, VideoUse
from triage.detectors.pdq import pdq
from triage.detectors.pictures import decode
from triage.ending import Reason
from triage.findings import Outcome
from triage.match_kinds import MatchKind
from triage.profile import Limits, Profile

PICTURES = Profile(
    name="pictures",
    description="digests, types and what pictures look like",
    detectors=(HashSetUse(), TypeUse(), PerceptualUse(), VideoUse()),
    limits=Limits(entry_time="10 h"),
)
NO_PICTURES = Profile(name="digests", description="", detectors=(HashSetUse(), TypeUse()))

UNDECODED = {
    "without a picture.nef": "camera raw",
    "without a picture.cr2": "camera raw",
    "one.mrw": "camera raw",
    "large.psb": "Photoshop, large (PSB)",
    "one.xcf": "GIMP (XCF)",
    "one.jxr": "JPEG XR",
    "one.exr": "OpenEXR",
    "one.fits": "FITS",
    "one.bpg": "BPG",
    "plain.hdr": "Radiance (HDR)",
    "one.jng": "JNG, MNG",
    "one.lbm": "Amiga (ILBM)",
    "several.dcx": "PCX, several (DCX)",
    "one.dcm": "DICOM",
    "plain.xbm": "X pixmap (XPM, XBM)",
    "noise.jpg": "named as a picture",
    "wiped beginning.jpg": "named as a picture",
    "one.pict": "named as a picture",
    "one.wbmp": "named as a picture",
    "of another kind.svg": "drawing with a picture",
    "in digits.eps": "drawing with a picture",
    "several.svg": "drawing with several pictures",
}
FOUND_TOO = {"several.svg"}
"""The largest of its pictures is looked at, and the others are counted."""


@pytest.fixture(scope="module")
def guises() -> dict[str, bytes]:
    return making.guises()


@pytest.fixture(scope="module")
def lab(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A set with the photograph's PDQ, as a lab has it of a JPEG."""
    value = pdq(decode(making.jpeg_of(making.photograph()), "image/jpeg").pixels).value
    path = tmp_path_factory.mktemp("lab") / "lab.csv"
    path.write_text(f"md5,pdq\n{'a' * 32},{value.hex()}\n")
    return path


@pytest.fixture(scope="module")
def scanned(
    guises: dict[str, bytes], lab: Path, tmp_path_factory: pytest.TempPathFactory
) -> Scanned:
    folder = tmp_path_factory.mktemp("guises")
    ext_volume(folder / "disk.img", 64 << 20, guises)
    return scanning.run(folder / "disk.img", out=folder / "out", profile=PICTURES, hash_sets=(lab,))


@pytest.fixture(scope="module")
def lines(scanned: Scanned, guises: dict[str, bytes]) -> dict[str, EntryLine]:
    return {line.entry.path: line for line in scanned.lines if line.entry.path in guises}


def _is_found(line: EntryLine) -> bool:
    """By what it looks like: as the file's picture, or as that of a part of it."""
    looks = (match for match in line.result.matches if "pdq" in match.provenance.values())
    return any(match.kind in {MatchKind.PERCEPTUAL, MatchKind.THUMBNAIL} for match in looks)


def test_there_are_as_many_guises_as_were_tried(guises: dict[str, bytes]) -> None:
    assert len(guises) >= 88
    assert UNDECODED.keys() <= guises.keys()


def test_each_guise_is_found_or_said_not_to_be_looked_at(lines: dict[str, EntryLine]) -> None:
    silent = {
        path
        for path, line in lines.items()
        if line.result.outcome is Outcome.EXAMINED
        and not (_is_found(line) or line.result.undecoded or line.result.container)
    }
    assert silent == set()


def test_those_that_are_decoded_are_found(lines: dict[str, EntryLine]) -> None:
    said = UNDECODED.keys() - FOUND_TOO
    assert {path for path, line in lines.items() if not _is_found(line)} - said == set()
    readable = {Outcome.EXAMINED}
    assert {line.result.outcome for path, line in lines.items() if path not in said} == readable


def test_those_that_are_not_are_counted_by_kind(
    scanned: Scanned, lines: dict[str, EntryLine]
) -> None:
    told = {path: line.result.undecoded for path, line in lines.items() if line.result.undecoded}
    assert told == UNDECODED
    counted: dict[str, int] = {}
    for volume in scanned.document.coverage.volumes.values():
        counted |= {kind: tally.entries for kind, tally in volume.undecoded.items()}
    assert counted == {kind: list(told.values()).count(kind) for kind in told.values()}
    unseen = {each.reason: each for each in scanned.sealed.ending.unseen}
    assert unseen[Reason.PICTURE_UNDECODED].count == len(told)
    assert verify(scanned.bundle).failed is None


def test_a_match_in_a_part_that_stands_for_the_file_says_where_it_lies(
    guises: dict[str, bytes], lines: dict[str, EntryLine]
) -> None:
    for path in ("one.cr2", "one.cr3", "one.nef", "one.dng", "one.raf", "one.orf", "one.rw2",
                 "one.crw", "one.x3f", "raw called.jpg", "as it is.eps"):  # fmt: skip
        match = next(m for m in lines[path].result.matches if m.kind is MatchKind.PERCEPTUAL)
        at = int(match.provenance["picture_offset"])
        assert f"at offset {at:,}." in match.reason
        assert Image.open(io.BytesIO(guises[path][at:])).size == making.SIZE
    plain = lines["baseline.jpg"].result.matches[0]
    assert "picture_offset" not in plain.provenance


def test_what_stands_for_a_file_stands_for_it_in_a_zip_too(
    guises: dict[str, bytes], lab: Path, tmp_path: Path
) -> None:
    names = ("baseline.jpg", "one.cr2", "one.nef", "several.svg", "as it is.eps")
    content = zipped({name: guises[name] for name in names})
    ext_volume(tmp_path / "disk.img", 32 << 20, {"a.zip": content})
    scanned = scanning.run(
        tmp_path / "disk.img", out=tmp_path / "out", profile=PICTURES, hash_sets=(lab,)
    )
    result = scanned.line("a.zip").result
    assert {match.provenance["member"] for match in result.matches} == set(names)
    assert result.opened is not None
    assert result.opened.undecoded == {"drawing with several pictures": 1}


def test_a_profile_that_decodes_nothing_counts_none(
    guises: dict[str, bytes], lab: Path, tmp_path: Path
) -> None:
    ext_volume(tmp_path / "disk.img", 64 << 20, guises)
    done = scanning.run(
        tmp_path / "disk.img", out=tmp_path / "out", profile=NO_PICTURES, hash_sets=(lab,)
    )
    assert not [line for line in done.lines if line.result.undecoded]
    assert Reason.PICTURE_UNDECODED not in {each.reason for each in done.sealed.ending.unseen}
