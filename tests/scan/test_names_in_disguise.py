"""Words in disguise on a real disk, looked for by workers that may open nothing any more."""

# ruff: noqa: RUF001 - letters that look like others are what this is about

import subprocess
from pathlib import Path

import pytest

from tests import disks
from tests.workers import scanning
from triage.choices import NameUse
from triage.profile import Profile

WORDS = "garden\nGärten\nотпуск\nכלב\nשמש\nعطلة\nήλιος\n"
NAMES = {
    "plain garden.txt": "",
    "g\u0430rden.txt": "g\u0430rden",
    "g4rd3n.txt": "g4rd3n",
    "G├ñrten.txt": "G├ñrten",
    "îÔÐÕÓË.txt": None,
    "îòïóê ÏÔÐÕÓË.txt": "ÏÔÐÕÓË",
    "çìá ëìá.txt": "ëìá",
    "Þëéïò.txt": "Þëéïò",
    "\u202enedrag.txt": "nedrag",
    "ordinary.txt": None,
}
LATIN = b"G\xe4rten.txt"
"""No UTF-8: an old disk's."""


@pytest.fixture
def disk(tmp_path: Path) -> Path:
    path = tmp_path / "disk.img"
    files = {name.encode(): b"x" for name in NAMES} | {LATIN: b"x"}
    disks.ext_volume(path, 8 << 20, files)
    subprocess.run(["e2fsck", "-fn", path], check=True, capture_output=True)
    return path


def test_confined_workers_find_words_in_disguise(disk: Path, tmp_path: Path) -> None:
    words = tmp_path / "words.txt"
    words.write_text(WORDS, encoding="utf-8")
    profile = Profile(name="n", description="n", detectors=(NameUse(lists=(str(words),)),))
    scanned = scanning.run(disk, out=tmp_path / "out", profile=profile)
    found = {
        finding.entry.path: finding.matches[0].provenance.get("written", "")
        for finding in scanned.document.findings
    }
    expected = {name: written for name, written in NAMES.items() if written is not None}
    assert found == expected | {"G\\xe4rten.txt": "G\\xe4rten"}
