"""A worker that was taken over gets nothing, and the scan goes on without it."""

import hashlib
import sys
from pathlib import Path

import pytest

from tests.disks import ext_volume, fat_volume, gpt_disk
from tests.workers import hostile, scanning
from triage.bundle.checking.verify import verify
from triage.choices import PerceptualUse
from triage.coordinator import allowance, fork_server
from triage.findings import Outcome
from triage.match_kinds import MatchKind
from triage.profile import Limits, Profile

HOSTILE = (sys.executable, "-I", hostile.__file__)
SAID = {
    "other-entry": "answered for entries that it was not given",
    "many-results": "answered for entries that it was not given",
    "long-reason": "Expected `str` of length <= 1000",
    "no-number": "Expected `float` >= 0.0",
    "no-end": "Expected `float` < 1000000000.0",
    "before": "Expected `float` >= 0.0",
    "no-score": "gave a score that is no number",
    "no-kind": "named a container of a kind that there is not",
    "locked-nothing": "named a container of a kind that there is not",
    "known-container": "named a container of a kind that there is not",
    "no-picture": "named a picture of a kind that there is not",
    "garbage": "MessagePack data is malformed",
    "oversized": "announced a message of 4294967295 bytes",
    "ready-again": "spoke out of turn: ready",
    "volumes": "spoke out of turn: volumes",
    "entries": "spoke out of turn: entries",
    "glanced": "spoke out of turn: glanced",
    "failed": "\x1b[31mno",
    "die": "exit 3",
    "spotted-other": "told of entries that it was not given",
    "spotted-twice": "told of an entry twice",
    "spotted-nothing": "told of more than a digest, or of nothing",
    "spotted-score": "told of more than a digest, or of nothing",
    "spotted-no-digest": "told of a digest that is none",
}
"""What it says, and why that is the end of it."""


@pytest.fixture(autouse=True)
def _hostile_workers(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fork_server, "COMMAND", HOSTILE)


def _image(folder: Path, names: list[str], label: str = "") -> Path:
    image = folder / "suspect.img"
    files = {name: name.encode() * 300 for name in (*names, "good.txt")}
    ext_volume(image, 8 << 20, files, label=label)
    return image


@pytest.mark.parametrize("said", SAID)
def test_saying_what_it_must_not_is_its_end(tmp_path: Path, said: str) -> None:
    scanned = scanning.run(_image(tmp_path, [f"{said}.say"]), out=tmp_path / "out")
    line = scanned.line(f"{said}.say")
    assert line.result.outcome is Outcome.UNREADABLE
    assert SAID[said] in line.result.reason
    assert scanned.line("good.txt").result.outcome is Outcome.EXAMINED
    assert scanned.sealed.findings == 0
    assert verify(scanned.bundle).failed is None


def test_what_it_was_given_is_compared_by_its_digest_all_the_same(tmp_path: Path) -> None:
    image = _image(tmp_path, ["die.say", "garbage.say"])
    known = tmp_path / "known.txt"
    content = b"garbage.say" * 300
    known.write_text(f"{hashlib.sha256(content).hexdigest()}\n")
    scanned = scanning.run(image, out=tmp_path / "out", hash_sets=(known,))
    for name in ("die.say", "garbage.say"):
        assert scanned.line(name).result.outcome is Outcome.UNREADABLE
        assert scanned.line(name).result.reason.endswith(
            "; compared by digest, and could not be decoded"
        )
    (match,) = scanned.line("garbage.say").result.matches
    assert match.kind is MatchKind.HASH_SET
    assert scanned.sealed.findings == 1


@pytest.mark.parametrize("said", ["made-up", "made-up-result", "made-up-score", "made-up-list"])
def test_a_match_of_what_was_never_loaded_is_its_end(tmp_path: Path, said: str) -> None:
    """A bundle with it would contradict itself, and nobody would believe it."""
    known = tmp_path / "known.txt"
    known.write_text("0" * 31 + "1\n")
    image = _image(tmp_path, [f"{said}.say"])
    scanned = scanning.run(image, out=tmp_path / "out", hash_sets=(known,))
    line = scanned.line(f"{said}.say")
    assert line.result.outcome is Outcome.UNREADABLE
    assert line.result.reason.startswith("a worker says what cannot be: an entry ")
    assert not line.result.matches
    assert scanned.line("good.txt").result.outcome is Outcome.EXAMINED
    assert verify(scanned.bundle).failed is None


def test_known_material_that_it_makes_up_ends_no_scan(tmp_path: Path) -> None:
    """It can lie about what it was given, of a set that there is; the lab sees by the digests that
    it did."""
    known = tmp_path / "known.txt"
    known.write_text("0" * 31 + "1\n")
    image = _image(tmp_path, ["made-up-well.say"])
    scanned = scanning.run(image, out=tmp_path / "out", hash_sets=(known,))
    line = scanned.line("made-up-well.say")
    assert line.result.outcome is Outcome.UNREADABLE
    assert line.result.reason.startswith("ended the reader (exit 3)")
    assert [match.reason for match in line.result.matches] == ["forged"]
    assert line.result.digests["md5"] == hostile.DIGEST_OF_KNOWN["md5"]
    assert scanned.line("good.txt").result.outcome is Outcome.EXAMINED
    assert verify(scanned.bundle).failed is None


@pytest.mark.parametrize("folder", ["die", "forge", "settle", "twice"])
def test_a_glance_that_goes_wrong_costs_no_entry(tmp_path: Path, folder: str) -> None:
    image = tmp_path / "suspect.img"
    photograph = b"\xff\xd8\xff\xe0" + bytes(1_100_000)
    files = {f"{folder}/{n}.jpg": photograph for n in range(20)}
    ext_volume(image, 64 << 20, files)
    profile = Profile(
        name="looks",
        description="",
        detectors=(*scanning.PLAIN.detectors, PerceptualUse()),
    )
    scanned = scanning.run(image, out=tmp_path / "out", profile=profile)
    lines = [line for line in scanned.lines if line.entry.path in files]
    assert sorted(line.entry.path for line in lines) == sorted(files)
    assert {line.result.outcome for line in lines} == {Outcome.UNREADABLE}, "they are no pictures"
    assert any("worker replaced" in line for line in scanned.log)
    assert verify(scanned.bundle).failed is None


def test_one_that_stalls_is_ended(tmp_path: Path) -> None:
    limits = Limits(entry_time="8 s")  # ample for good.txt, on the busiest machine
    profile = Profile(
        name="hasty", description="", detectors=scanning.PLAIN.detectors, limits=limits
    )
    scanned = scanning.run(_image(tmp_path, ["stall.say"]), out=tmp_path / "out", profile=profile)
    assert scanned.line("stall.say").result.reason == "took too long"
    assert scanned.line("good.txt").result.outcome is Outcome.EXAMINED


@pytest.mark.parametrize("label", ["COLUMNS", "REPEAT", "RESULTS", "DIES"])
def test_a_surveyor_too(tmp_path: Path, label: str) -> None:
    _image(tmp_path, [], label=label)
    fat_volume(tmp_path / "fat", 40 << 20, {"other.txt": b"other" * 400})
    gpt_disk(tmp_path / "disk", [tmp_path / "suspect.img", tmp_path / "fat"])
    scanned = scanning.run(tmp_path / "disk", out=tmp_path / "out")
    assert scanned.line("other.txt").result.outcome is Outcome.EXAMINED
    assert any("cut short" in trouble.what for trouble in scanned.document.errors)
    assert verify(scanned.bundle).failed is None


def _unreadable(scanned: scanning.Scanned) -> dict[str, int]:
    return {
        reason: tally.entries
        for volume in scanned.document.coverage.volumes.values()
        for reason, tally in volume.reasons.items()
        if reason.startswith("unreadable")
    }


def test_a_reason_of_its_own_for_every_entry_makes_no_document_that_cannot_be_sealed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(allowance, "MOST_REASONS", 10)
    image = _image(tmp_path, [f"{number}.reason" for number in range(30)])
    scanned = scanning.run(image, out=tmp_path / "out")
    reasons = _unreadable(scanned)
    assert len(reasons) <= 12
    assert sum(reasons.values()) == 30
    assert any("more different reasons than there are" in each for each in reasons)
    assert scanned.line("good.txt").result.outcome is Outcome.EXAMINED
    assert verify(scanned.bundle).failed is None


def test_an_end_in_words_of_its_own_for_every_entry_is_counted_with_the_others(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(allowance, "MOST_REASONS", 2)
    monkeypatch.setattr(allowance, "MOST_ENDS", 2)
    image = _image(tmp_path, [f"complain{number}.say" for number in range(8)])
    scanned = scanning.run(image, out=tmp_path / "out")
    reasons = _unreadable(scanned)
    assert sum(reasons.values()) == 8
    assert reasons[f"unreadable: {allowance.OTHER_REASON}"] > 3
    for number in range(8):
        assert any(f"complain{number} in words of its own" in line for line in scanned.log)


def test_more_about_each_entry_than_a_bundle_can_hold_is_its_end(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(allowance, "SPARE_BYTES", 3_000_000)
    image = _image(tmp_path, [f"{number}.long" for number in range(9)])
    scanned = scanning.run(image, out=tmp_path / "out")
    assert (scanned.bundle / "entries.jsonl").stat().st_size < 4_000_000
    assert any("more than a bundle can hold" in reason for reason in _unreadable(scanned))
    assert scanned.line("good.txt").result.outcome is Outcome.EXAMINED
    assert verify(scanned.bundle).failed is None


@pytest.mark.parametrize(
    ("label", "bound", "said"),
    [
        ("LONGNAMES", ("SPARE_ROW_BYTES", 4_000_000), "names longer than can be kept"),
        ("MANYNAMES", ("LEAST_NAME_BYTES", 1 << 20), "more entries than the volume can hold"),
        ("WORDS", ("MOST_WORDS", 500_000), "more of volumes than a report can hold"),
    ],
)
def test_a_surveyor_that_floods_is_ended_and_what_it_listed_counts(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, label: str, bound: tuple[str, int], said: str
) -> None:
    monkeypatch.setattr(allowance, *bound)
    image = _image(tmp_path, [], label=label)
    scanned = scanning.run(image, out=tmp_path / "out")
    (coverage,) = scanned.document.coverage.volumes.values()
    assert any(said in cap for cap in coverage.caps)
    assert scanned.line("good.txt").result.outcome is Outcome.EXAMINED
    assert (scanned.bundle / "entries.jsonl").stat().st_size < 8_000_000
    assert verify(scanned.bundle).failed is None
