"""A set of kind known and a notable one that disagree about a file: the finding says both."""

import hashlib
from pathlib import Path

import pytest

from tests.altered import photographs as images
from tests.altered import saved, scaled
from tests.disks import MIB, ext_volume
from tests.scan.test_videos import video
from tests.workers import scanning
from triage.choices import ClassifierUse, HashSetUse, NameUse, PerceptualUse, TypeUse, VideoUse
from triage.detectors.pdq import pdq
from triage.detectors.pictures import decode
from triage.detectors.types import type_of
from triage.ending import Reason
from triage.findings import Outcome
from triage.match_kinds import MatchKind
from triage.profile import HashSetChoice, Profile, SetKind

ALIKE, OTHER, LISTED, THIRD = (saved(scaled(0.5)(image)) for image in images([], 4))
EVERYTHING = (
    HashSetUse(),
    TypeUse(),
    NameUse(lists=("sample",)),
    ClassifierUse(threshold=0.0),
    PerceptualUse(),
    VideoUse(time="10 h"),
)
"""Of which likeness alone is asked of what is known: the threshold lets every picture match."""
BOTH = "Yet it is in the known set good.txt."
ONLY_KNOWN = "in the known set good.txt"


def md5(content: bytes) -> str:
    return hashlib.md5(content, usedforsecurity=False).hexdigest()


def value(content: bytes) -> str:
    return pdq(decode(content, type_of(content)).pixels).value.hex()


@pytest.fixture(scope="module")
def disk(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """All but one of its files are in a set of kind known."""
    folder = tmp_path_factory.mktemp("disk")
    files = {
        "a/holiday.jpg": ALIKE,
        "b/copy of it.jpg": ALIKE,
        "other.jpg": OTHER,
        "listed.jpg": LISTED,
        "broken.jpg": ALIKE[: len(ALIKE) // 8][:400],
        "film.avi": video(folder / "film.avi", images([], 1)),
        "not known.jpg": saved(images([], 1)[0]),
        "note.txt": b"milk, and then bread",
    }
    ext_volume(folder / "disk.img", 32 * MIB, files)
    good = [md5(content) for name, content in files.items() if name != "not known.jpg"]
    (folder / "good.txt").write_text("\n".join(good))
    (folder / "lab.csv").write_text(
        f"md5,pdq,category\n{md5(LISTED)},,1\n,{value(ALIKE)},2\n{md5(THIRD)},,3\n"
    )
    return folder


def scanned(
    disk: Path, out: Path, use: HashSetUse = EVERYTHING[0], sets: str = "lab.csv"
) -> scanning.Scanned:
    good = HashSetChoice(file=str(disk / "good.txt"), kind=SetKind.KNOWN)
    profile = Profile(
        name="all", description="all", detectors=(use, *EVERYTHING[1:]), hash_sets=(good,)
    )
    return scanning.run(disk / "disk.img", out=out, profile=profile, hash_sets=(disk / sets,))


def told(done: scanning.Scanned) -> dict[str, list[tuple[MatchKind, bool]]]:
    """By path: each match's kind, and whether it names the set of kind known."""
    return {
        line.entry.path: [
            (each.kind, each.reason.endswith(BOTH) and each.provenance["known_set"] == "good.txt")
            for each in line.result.matches
        ]
        for line in done.lines
        if line.result.matches
    }


@pytest.fixture(scope="module")
def all_of_it(disk: Path, tmp_path_factory: pytest.TempPathFactory) -> scanning.Scanned:
    return scanned(disk, tmp_path_factory.mktemp("out"))


def test_what_a_known_set_holds_is_a_finding_if_it_looks_like_a_notable_picture(
    all_of_it: scanning.Scanned,
) -> None:
    found = told(all_of_it)
    assert found["a/holiday.jpg"] == found["b/copy of it.jpg"] == [(MatchKind.PERCEPTUAL, True)]
    assert found["film.avi"] == [(MatchKind.PERCEPTUAL, True)]
    result = all_of_it.line("a/holiday.jpg").result
    assert result.outcome is Outcome.EXAMINED
    assert result.matches[0].reason.startswith(
        "It looks like a picture in the set lab.csv, category 2: 0 of"
    )
    assert not result.scores, "likeness alone is asked of it"


def test_what_both_sets_hold_by_digest_is_a_finding_that_names_both(
    all_of_it: scanning.Scanned,
) -> None:
    first = all_of_it.line("listed.jpg").result.matches[0]
    assert first.kind is MatchKind.HASH_SET
    assert first.reason == f"Known material: its MD5 is in the set lab.csv, category 1. {BOTH}"


def test_what_is_in_no_known_set_says_nothing_of_one(all_of_it: scanning.Scanned) -> None:
    kinds = dict(told(all_of_it)["not known.jpg"])
    assert kinds == {MatchKind.PERCEPTUAL: False, MatchKind.CLASSIFIER: False}


def test_what_only_the_known_set_holds_stays_known(all_of_it: scanning.Scanned) -> None:
    for name in ("other.jpg", "note.txt"):
        result = all_of_it.line(name).result
        assert (result.outcome, result.reason) == (Outcome.KNOWN, ONLY_KNOWN)
        assert not result.scores
    assert all_of_it.line("other.jpg").result.pdq_quality


def test_a_known_picture_that_cannot_be_decoded_stays_known_and_says_so(
    all_of_it: scanning.Scanned,
) -> None:
    result = all_of_it.line("broken.jpg").result
    assert result.outcome is Outcome.KNOWN
    assert result.reason.startswith(f"{ONLY_KNOWN}; its looks were not compared: picture")
    assert Reason.ENTRY_UNREADABLE not in {each.reason for each in all_of_it.sealed.ending.unseen}


def test_a_category_that_does_not_count_makes_no_finding_of_what_is_known(
    disk: Path, tmp_path: Path
) -> None:
    done = scanned(disk, tmp_path, HashSetUse(categories=("3",)))
    assert told(done) == {"not known.jpg": [(MatchKind.CLASSIFIER, False)]}
    assert done.line("listed.jpg").result.outcome is Outcome.KNOWN
    assert done.line("a/holiday.jpg").result.outcome is Outcome.KNOWN


def test_where_no_set_has_values_nothing_that_is_known_is_decoded(
    disk: Path, tmp_path: Path
) -> None:
    (disk / "digests.txt").write_text(md5(LISTED))
    done = scanned(disk, tmp_path, sets="digests.txt")
    assert done.line("a/holiday.jpg").result.pdq_quality is None
    assert done.line("broken.jpg").result.reason == ONLY_KNOWN
