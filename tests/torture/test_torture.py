"""The torture disk is scanned to its end: good files found, bad ones outcomes, nothing swells."""

import resource
from hashlib import sha256
from pathlib import Path

import pytest

from cli.console import untrusted
from tests.torture import disk
from tests.workers import scanning
from triage.bundle.verify import verify
from triage.findings import Outcome
from triage.profile import (
    ClassifierDetector,
    HashSetDetector,
    Limits,
    NameDetector,
    Profile,
    TypeDetector,
)

PROFILE = Profile(
    name="torture",
    description="everything",
    detectors=(
        HashSetDetector(),
        TypeDetector(),
        NameDetector(lists=("sample",)),
        ClassifierDetector(),
    ),
    limits=Limits(entry_time="60 s"),
)
MOST_MEMORY = 2 * 1024**3


@pytest.fixture(scope="module")
def scanned(tmp_path_factory: pytest.TempPathFactory) -> scanning.Scanned:
    folder = tmp_path_factory.mktemp("torture")
    return scanning.run(disk.make(folder), out=folder / "out", profile=PROFILE)


def test_it_ends_with_a_valid_bundle(scanned: scanning.Scanned) -> None:
    assert scanned.sealed.partial == ""
    assert verify(scanned.bundle).failed is None
    assert [each.name for each in scanned.bundle.parent.iterdir()] == [scanned.bundle.name]


def test_every_good_file_is_examined(scanned: scanning.Scanned) -> None:
    by_volume: dict[str, set[str]] = {}
    for line in scanned.lines:
        if line.outcome is Outcome.EXAMINED and not line.stream:
            by_volume.setdefault(line.volume_id, set()).add(line.path.lower())
    sound = [paths for paths in by_volume.values() if set(disk.GOOD) <= paths]
    assert len(sound) >= 5, {volume: len(paths) for volume, paths in by_volume.items()}


def test_every_entry_that_is_not_examined_says_why(scanned: scanning.Scanned) -> None:
    assert all(line.reason for line in scanned.lines if line.outcome is not Outcome.EXAMINED)
    bombs = {line.path: line for line in scanned.lines if line.path.startswith("bombs/")}
    for name in ("30000x30000.png", "claims.png"):
        assert bombs[f"bombs/{name}"].outcome is Outcome.UNREADABLE
    died = [line for line in scanned.lines if "crashed the reader" in line.reason]
    assert died == []


def test_alternate_streams_are_all_listed(scanned: scanning.Scanned) -> None:
    streams = [line for line in scanned.lines if line.path == "many/streams.txt" and line.stream]
    assert len(streams) >= disk.STREAMS
    for line in streams:
        content = f"stream {line.stream[1:]}".encode()
        examined = line.outcome is Outcome.EXAMINED
        assert not examined or line.digests in ({}, {"sha256": sha256(content).hexdigest()})
        assert examined or line.reason


def test_absurd_sizes_are_outcomes_and_sums_stand(scanned: scanning.Scanned) -> None:
    claims = [line for line in scanned.lines if line.path.startswith("claims")]
    assert not any(line.outcome is Outcome.EXAMINED for line in claims)
    assert scanned.line("outside2.bin").outcome is not Outcome.EXAMINED
    assert scanned.line("outside2.bin").size > 1 << 60
    assert scanned.document.coverage.adds_up()


def test_loops_end(scanned: scanning.Scanned) -> None:
    looped = [line.path for line in scanned.lines if line.path.count("again") > 1]
    assert looped == []


def test_names_fool_neither_terminal_nor_page(scanned: scanning.Scanned) -> None:
    names = [line.path for line in scanned.lines if line.path.startswith("names/")]
    assert len(names) == 7
    for name in names:
        assert "\x1b" not in untrusted(name)
        assert "\n" not in untrusted(name)
        assert "\u202e" not in untrusted(name)
    page = (scanned.bundle / "report.html").read_text("utf-8")
    assert "<script" not in page
    assert "\x1b" not in page
    assert "\u202e" not in page


def test_no_process_took_too_much_memory(scanned: scanning.Scanned) -> None:
    assert scanned.bundle
    assert resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss * 1024 < MOST_MEMORY


def test_pillows_broken_pictures_are_outcomes(scanned: scanning.Scanned) -> None:
    if not disk.package_file().exists():
        pytest.skip("Pillow's broken pictures are NOT tried: run `python -m tests.torture.disk`")
    pictures = {line.path for line in scanned.lines if line.path.startswith("pillow/")}
    assert len(pictures) >= 44


def test_the_bombs_are_bombs(tmp_path: Path) -> None:
    assert len(disk.png_bomb(30_000, 300)) < 100_000
    assert len(disk.zip_bomb()) < 100_000
