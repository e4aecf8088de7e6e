"""Parts in a scan of a disk: by real workers, told with their places, counted, within a budget."""

import hashlib
import io
import json
import struct
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from tests.demo import photographs
from tests.disks import ext_volume
from tests.parts import appending, making
from tests.workers import scanning
from tests.workers.scanning import Scanned
from triage.bundle.checking.verify import verify
from triage.bundle.rendering import spreadsheet, vics
from triage.choices import HashSetUse, NameUse, PerceptualUse, TypeUse, VideoUse
from triage.detectors.pdq import pdq
from triage.findings import Match, Outcome
from triage.match_kinds import MatchKind
from triage.parts.budget import TIME_RAN_OUT, TOO_MANY, TOO_MUCH, Budget
from triage.parts.part import Part
from triage.profile import Limits, PartLimits, Profile

CLEAR = [each for each in map(Image.open, map(io.BytesIO, photographs())) if each.mode == "RGB"]
PLAIN, KNOWN, OTHER = [appending.encoded(each, "JPEG", quality=85) for each in CLEAR[:3]]
FILMED = CLEAR[3]
RESAVED = appending.encoded(CLEAR[1].resize((700, 500)), "JPEG", quality=60)
SMALL = making.shrunk(PLAIN)
HEIC = (Path(__file__).parents[1] / "detectors/heif/zPug_3.heic").read_bytes()
NOTHING_IN_IT = struct.pack(">I", 200) + b"tEXt" + bytes(204) + struct.pack(">I", 0) + b"IEND"
WITH_KNOWN = ("padded.jpg", "behind.jpg", "behind.png", "behind.heic", "before.jpg", "before.dat",
              "large.jpg", "four.jpg")  # fmt: skip
ALL_BUT_THE_LAST = len(PLAIN) + 2 * len(SMALL) + 3 * len(OTHER) + 500
"""Bytes of the parts of four.jpg."""
CARRIERS = (b"\xff\xd8", b"\x89PNG", HEIC)
"""Pictures: the one as which a file begins is a part too, if something stands behind it."""
DETECTORS = (
    HashSetUse(),
    TypeUse(),
    NameUse(lists=("sample",)),
    PerceptualUse(),
    VideoUse(frames=4, time="10 h"),
)


def profile(limits: PartLimits | None = None) -> Profile:
    return Profile(
        name="parts",
        description="what lies in files",
        detectors=DETECTORS,
        limits=Limits(entry_time="10 h", parts=limits or PartLimits(time="10 h")),
    )


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> dict[str, bytes]:
    film = appending.video(tmp_path_factory.mktemp("film") / "film.mp4", [FILMED])
    with_small = making.with_exif_thumbnail(PLAIN, SMALL)
    return {
        "behind.jpg": PLAIN + KNOWN,
        "padded.jpg": KNOWN + bytes(4096),
        "behind.png": appending.encoded(CLEAR[2], "PNG") + bytes(700) + KNOWN,
        "behind.heic": HEIC + KNOWN,
        "before.jpg": b"\x00" + KNOWN,
        "before.dat": bytes(5000) + KNOWN,
        "pair.mpo": appending.mpo([PLAIN, RESAVED]),
        "motion.jpg": appending.motion_photo(with_small, film),
        "motion.heic": appending.heic_motion(HEIC, film),
        "large.jpg": PLAIN + bytes(5 << 20) + KNOWN,
        "four.jpg": with_small + OTHER * 3 + KNOWN,
        "plain.jpg": PLAIN,
        "broken.jpg": PLAIN + appending.encoded(CLEAR[2], "PNG")[:33] + NOTHING_IN_IT + bytes(4),
    }


@pytest.fixture(scope="module")
def sets(files: dict[str, bytes], tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """The known picture by its MD5, in category 1; PDQ of that picture and of the film's frames."""
    folder = tmp_path_factory.mktemp("sets")
    md5 = hashlib.md5(KNOWN, usedforsecurity=False).hexdigest()
    (folder / "known.csv").write_text(f"md5,size,category\n{md5},{len(KNOWN)},1\n")
    looks = [CLEAR[1], FILMED.resize((320, 320))]
    values = [pdq(np.asarray(each.convert("RGB"))[:, :, ::-1].copy()).value.hex() for each in looks]
    (folder / "looks.csv").write_text("pdq\n" + "".join(f"{value}\n" for value in values))
    return folder / "known.csv", folder / "looks.csv"


@pytest.fixture(scope="module")
def disk(files: dict[str, bytes], tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("disk") / "disk.img"
    ext_volume(path, 48 << 20, files)
    return path


@pytest.fixture(scope="module")
def scanned(
    disk: Path, sets: tuple[Path, ...], tmp_path_factory: pytest.TempPathFactory
) -> Scanned:
    out = tmp_path_factory.mktemp("scan") / "out"
    return scanning.run(disk, out=out, profile=profile(), hash_sets=sets)


def matches(scanned: Scanned, path: str, kind: MatchKind) -> list[Match]:
    return [each for each in scanned.line(path).result.matches if each.kind is kind]


@pytest.mark.parametrize("path", WITH_KNOWN)
def test_known_material_in_a_file_is_known_material_at_its_place(
    path: str, scanned: Scanned, files: dict[str, bytes]
) -> None:
    (match,) = matches(scanned, path, MatchKind.HASH_SET)
    said = match.provenance
    offset, length = int(said["part_offset"]), int(said["part_length"])
    cut_out = files[path][offset : offset + length]
    assert hashlib.sha256(cut_out).hexdigest() == said["part_sha256"]
    assert cut_out == KNOWN
    assert match.reason.startswith(f"In this file at offset {offset}, {length} bytes (")
    assert said["category"] == "1"


def test_what_the_second_picture_of_a_pair_looks_like_is_told(scanned: Scanned) -> None:
    (match,) = matches(scanned, "pair.mpo", MatchKind.PERCEPTUAL)
    assert match.provenance["part"] == "further picture of an MPO"
    assert match.provenance["part_sha256"] == hashlib.sha256(RESAVED).hexdigest()


@pytest.mark.parametrize("path", ["motion.jpg", "motion.heic"])
def test_the_video_of_a_motion_photo_is_looked_at_by_its_frames(
    path: str, scanned: Scanned
) -> None:
    (match,) = matches(scanned, path, MatchKind.PERCEPTUAL)
    assert match.provenance["part"] == "video of a motion photo"
    assert match.provenance["part_type"] == "video/mp4"
    assert "frames of this video look like" in match.reason
    finding = scanned.line(path).finding
    assert finding is not None
    assert finding.found.preview, "a contact sheet of it"


def test_how_many_parts_were_looked_at_stands_in_every_line(
    scanned: Scanned, files: dict[str, bytes]
) -> None:
    told = {path: scanned.line(path).result for path in files}
    with_own = {path: 2 for path, content in files.items() if content.startswith(CARRIERS)}
    counts = dict.fromkeys(files, 1) | with_own | {
        "motion.jpg": 3, "four.jpg": 6, "plain.jpg": 0, "motion.heic": 1,
        "padded.jpg": 1,
    }  # fmt: skip
    assert {path: result.parts for path, result in told.items()} == counts
    assert {path for path, result in told.items() if result.parts_undecoded} == {"broken.jpg"}
    assert {result.outcome for result in told.values()} == {Outcome.EXAMINED}


def test_the_carrier_keeps_what_is_its_own(scanned: Scanned) -> None:
    """Its digests, and its category in an export; a part's are the part's."""
    result = scanned.line("behind.jpg").result
    assert result.digests["sha256"] == hashlib.sha256(PLAIN + KNOWN).hexdigest()
    groups = {each.found.group or each.number for each in scanned.document.findings}
    assert len(groups) == len(scanned.document.findings), "different files, whatever is in them"


def test_a_bundle_with_parts_verifies_and_its_exports_name_them(scanned: Scanned) -> None:
    assert verify(scanned.bundle).failed is None
    media = json.loads(vics.render(scanned.document))["value"][0]["Media"]
    md5 = hashlib.md5(KNOWN, usedforsecurity=False).hexdigest().upper()
    known = [each for each in media if each["MD5"] == md5]
    assert len(known) == len(WITH_KNOWN)
    for each in known:
        assert (each["Category"], each["MediaSize"]) == (1, len(KNOWN))
        assert each["MimeType"] == "image/jpeg"
    assert {each["Category"] for each in media if each["MD5"] != md5} == {0}
    table = spreadsheet.render(scanned.document).decode("utf-8-sig")
    assert f"hash_set: JPEG behind the end of the picture, at {len(PLAIN)}, length" in table


@pytest.mark.parametrize(
    ("limits", "reason"),
    [
        (PartLimits(time="10 h", at_most=5), TOO_MANY),
        (
            PartLimits(time="10 h", bytes=f"{ALL_BUT_THE_LAST} B"),
            TOO_MUCH,
        ),
    ],
)
def test_what_the_budget_leaves_is_said_and_counted(
    limits: PartLimits, reason: str, disk: Path, sets: tuple[Path, ...], tmp_path: Path
) -> None:
    scanned = scanning.run(disk, out=tmp_path / "out", profile=profile(limits), hash_sets=sets)
    result = scanned.line("four.jpg").result
    assert (result.outcome, result.reason, result.parts) == (Outcome.UNREADABLE, reason, 5)
    (coverage,) = [each for each in scanned.document.coverage.volumes.values() if each.reasons]
    assert coverage.reasons[f"unreadable: {reason}"].entries >= 1
    assert scanned.line("plain.jpg").result.outcome is Outcome.EXAMINED
    assert verify(scanned.bundle).failed is None


def test_time_that_has_run_out_is_said_and_nothing_more_is_looked_at() -> None:
    budget = Budget(seconds=0)
    budget.begin()
    assert list(budget.within([Part(content=KNOWN, kind="JPEG")] * 3)) == []
    assert budget.spent == TIME_RAN_OUT


def test_a_profile_that_wants_none_looks_at_none(
    disk: Path, sets: tuple[Path, ...], tmp_path: Path
) -> None:
    scanned = scanning.run(
        disk, out=tmp_path / "out", profile=profile(PartLimits(at_most=0)), hash_sets=sets
    )
    assert {line.result.parts for line in scanned.lines} == {0}
    assert not any(match.of_part for line in scanned.lines for match in line.result.matches)
