"""What entries.jsonl says of every entry, finding or not, whatever it was looked for by."""

import hashlib
from pathlib import Path

import numpy as np
import pytest
from blake3 import blake3
from PIL import Image

from tests.capture import making
from tests.detectors import films
from tests.disks import ext_volume
from tests.workers import scanning
from tests.workers.scanning import Scanned
from triage.bundle.checking.verify import verify
from triage.choices import ClassifierUse, HashSetUse, PerceptualUse, TypeUse, VideoUse
from triage.evidence import Storage
from triage.findings import FramesSeen, Outcome
from triage.profile import Limits, Profile

PIXELS = Profile(
    name="pixels",
    description="what decoding gives",
    detectors=(
        HashSetUse(),
        TypeUse(),
        ClassifierUse(threshold=1.0),
        PerceptualUse(),
        VideoUse(frames=6, time="10 h"),
    ),
    limits=Limits(entry_time="10 h"),
)
HASHING = Profile(name="hashing", description="digests alone", detectors=(HashSetUse(),))


def drawn(folder: Path, name: str, seed: int) -> bytes:
    """A picture of 96 pixels; seed 0: it is all of one grey."""
    chance = np.random.default_rng(seed)
    coarse = chance.integers(0, 256, (6, 6, 3), np.uint8) if seed else np.full((6, 6, 3), 128)
    image = Image.fromarray(np.asarray(coarse, np.uint8)).resize((96, 96), Image.Resampling.BICUBIC)
    image.save(folder / name, quality=90, exif=making.exif(place=True))
    return (folder / name).read_bytes()


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> dict[str, bytes]:
    folder = tmp_path_factory.mktemp("pictures")
    pictures = {
        name: drawn(folder, name, n) for n, name in enumerate(("grey.jpg", "a.jpg", "b.jpg"))
    }
    return {
        **pictures,
        "copy of b.jpg": pictures["b.jpg"],
        "letter.txt": b"a letter\n" * 9000,
        "film.bin": bytes(range(251)) * 24_000,
        "tiny.txt": b"x",
        "clip.mp4": films.film(),
    }


@pytest.fixture(scope="module")
def scanned(files: dict[str, bytes], tmp_path_factory: pytest.TempPathFactory) -> Scanned:
    """Of which a.jpg is known, by its SHA-1."""
    folder = tmp_path_factory.mktemp("lines")
    ext_volume(folder / "disk.img", 24 << 20, files)
    (folder / "known.txt").write_text(
        hashlib.sha1(files["a.jpg"], usedforsecurity=False).hexdigest() + "\n"
    )
    return scanning.run(
        folder / "disk.img", out=folder / "out", profile=PIXELS, hash_sets=(folder / "known.txt",)
    )


def test_all_that_was_read_whole_has_its_blake3(scanned: Scanned, files: dict[str, bytes]) -> None:
    told = {path: scanned.line(path).result.digests.get("blake3") for path in files}
    assert told == {path: blake3(content).hexdigest() for path, content in files.items()}
    assert verify(scanned.bundle).failed is None


@pytest.mark.parametrize("algorithm", ["md5", "sha256"])
def test_two_bundles_can_be_compared_whatever_sets_they_were_scanned_with(
    files: dict[str, bytes], scanned: Scanned, tmp_path: Path, algorithm: str
) -> None:
    ext_volume(tmp_path / "disk.img", 24 << 20, files)
    digest = hashlib.new(algorithm, b"none of them").hexdigest()
    (tmp_path / "set.txt").write_text(digest + "\n")
    other = scanning.run(tmp_path / "disk.img", out=tmp_path / "out", profile=HASHING,
                         hash_sets=(tmp_path / "set.txt",))  # fmt: skip
    for path in files:
        mine, theirs = scanned.line(path).result, other.line(path).result
        assert mine.digests["blake3"] == theirs.digests["blake3"], path


def test_every_entry_says_where_its_content_lies(scanned: Scanned, files: dict[str, bytes]) -> None:
    """Read from the disk by the line alone, it is the content."""
    disk = Path(scanned.document.devices[0].path).read_bytes()
    for path, content in files.items():
        entry = scanned.line(path).entry
        assert entry.storage is Storage.RUNS
        assert b"".join(disk[r.offset : r.offset + r.length] for r in entry.runs) == content


def test_a_picture_has_its_score_though_it_is_below_the_threshold(scanned: Scanned) -> None:
    for path in ("grey.jpg", "a.jpg", "b.jpg", "copy of b.jpg"):
        result = scanned.line(path).result
        (score,) = result.scores.values()
        assert result.scores == {"open-nsfw": round(score, 4)}
        assert 0 <= score < 1
    assert scanned.line("letter.txt").result.scores == {}
    assert scanned.line("b.jpg").result.scores == scanned.line("copy of b.jpg").result.scores


def test_a_picture_has_its_pdq_and_the_quality_of_it_and_one_of_nothing_only_that(
    scanned: Scanned,
) -> None:
    grey, full = scanned.line("grey.jpg").result, scanned.line("b.jpg").result
    assert (grey.pdq_quality, grey.digests.get("pdq")) == (0, None)
    assert full.pdq_quality is not None
    assert full.pdq_quality >= 50
    copy = scanned.line("copy of b.jpg").result
    assert (copy.pdq_quality, copy.digests["pdq"]) == (full.pdq_quality, full.digests["pdq"])
    assert scanned.line("letter.txt").result.pdq_quality is None


def test_pixels_are_hashed_though_no_detector_asks_for_it(
    files: dict[str, bytes], scanned: Scanned, tmp_path: Path
) -> None:
    ext_volume(tmp_path / "disk.img", 24 << 20, files)
    bare = Profile(name="bare", description="a model alone",
                   detectors=(ClassifierUse(threshold=1.0),))  # fmt: skip
    other = scanning.run(tmp_path / "disk.img", out=tmp_path / "out", profile=bare)
    for path in ("grey.jpg", "a.jpg", "copy of b.jpg"):
        mine, theirs = scanned.line(path).result, other.line(path).result
        assert theirs.pdq_quality == mine.pdq_quality
        assert theirs.digests.get("pdq") == mine.digests.get("pdq")
        assert theirs.digests["blake3"] == mine.digests["blake3"]


def test_a_finding_has_every_digest_and_others_those_that_were_looked_up(scanned: Scanned) -> None:
    (finding,) = scanned.document.findings
    assert finding.entry.path == "a.jpg"
    assert finding.digests.keys() == {"blake3", "md5", "sha1", "sha256", "pdq"}
    assert scanned.line("letter.txt").result.digests.keys() == {"blake3", "sha1"}


def test_where_it_was_taken_is_told_of_a_finding_alone(scanned: Scanned) -> None:
    """All of the pictures say it."""
    told = {line.entry.path: line.result.position for line in scanned.lines}
    position = told.pop("a.jpg")
    assert position is not None
    assert (round(position.latitude, 2), round(position.longitude, 3)) == (52.52, 13.405)
    assert set(told.values()) == {None}
    assert f"{position.latitude:.5f}, " in (scanned.bundle / "report.html").read_text()


def test_a_video_says_how_much_of_it_was_seen(scanned: Scanned) -> None:
    """Of four seconds, with one key frame: soon after it, and then each second."""
    seen = scanned.line("clip.mp4").result.frames
    assert seen is not None
    assert seen == FramesSeen(count=5, first=seen.first, last=seen.last, length=4.0)
    assert (round(seen.first, 1), round(seen.last, 1)) == (0.6, 3.6)
    assert scanned.line("a.jpg").result.frames is None


def test_pictures_say_how_they_were_made(scanned: Scanned) -> None:
    for path in ("grey.jpg", "a.jpg", "copy of b.jpg"):
        assert scanned.line(path).result.capture == making.TOLD
    assert scanned.line("letter.txt").result.capture is None
    assert scanned.line("letter.txt").result.outcome is Outcome.EXAMINED
