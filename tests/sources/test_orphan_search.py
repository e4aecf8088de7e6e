"""The search for orphans, which The Sleuth Kit makes before it names the first of them."""

from itertools import pairwise
from pathlib import Path

import pytest

from tests.disks import ext_volume
from tests.sources.conftest import Open
from tests.workers import scanning
from triage.bundle.checking.verify import verify
from triage.coordinator import surveys
from triage.findings import Outcome
from triage.sources import Source

PHOTO = bytes(range(256)) * 20
DEEP, NAMES = 12, 40


def _maze(path: Path) -> None:
    """Twelve directories, each in the one before by forty names: forty to the twelfth ways down."""
    folders = ["/" + "/".join(f"d{n:02}" for n in range(depth + 1)) for depth in range(DEEP)]
    commands = [f"mkdir {folder}" for folder in folders]
    commands += [
        f"ln {below} {above}/x{number:02}"
        for above, below in pairwise(folders)
        for number in range(NAMES)
    ]
    ext_volume(path, 24 << 20, {"DCIM/a.jpg": PHOTO, "z.txt": PHOTO}, commands=commands)


def test_directories_with_very_many_names_hold_no_survey(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(surveys, "SILENCE_SECONDS", 60.0)
    _maze(tmp_path / "disk")
    scanned = scanning.run(tmp_path / "disk", out=tmp_path / "out")
    for name in ("DCIM/a.jpg", "z.txt"):
        assert scanned.line(name).result.outcome is Outcome.EXAMINED
    (coverage,) = scanned.document.coverage.volumes.values()
    (cap,) = coverage.caps
    assert cap == "orphans were not looked for: too many directories lead back to others"
    assert verify(scanned.bundle).failed is None


def test_a_few_directories_that_lead_back_are_looked_through_all_the_same(
    tmp_path: Path, opened: Open
) -> None:
    again = [f"ln /a/b /a/c{number}" for number in range(8)]
    ext_volume(tmp_path / "disk", 16 << 20, {"a/b/lost.bin": PHOTO}, commands=again)
    source: Source = opened(tmp_path / "disk")
    walk = source.walk(source.volumes[0])
    assert [entry.path for entry in walk if entry.path.endswith("lost.bin")] == ["a/b/lost.bin"]
    assert not walk.caps
    assert not any("orphans" in note for note in walk.notes)
