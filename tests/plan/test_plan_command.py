"""`seek plan`: everything that a scan would meet is in its sums, and nothing is read for it."""

import json
import subprocess
from pathlib import Path
from typing import Any

import pytest

from tests import disks
from tests.conftest import SEEK, Seek
from tests.disks import KnownAnswers, ext_volume, gpt_disk
from triage.sources.walk import AGAIN


@pytest.fixture(scope="module")
def told(suspect: KnownAnswers, seek: Seek) -> dict[str, Any]:
    done = seek("plan", suspect.path, "--profile", "quick", "--json")
    assert done.returncode == 0, done.stderr
    document: dict[str, Any] = json.loads(done.stdout)
    return document


def test_every_file_is_in_a_tier(told: dict[str, Any], suspect: KnownAnswers) -> None:
    assert sum(tier["entries"] for tier in told["tiers"]) == len(suspect.files)
    assert sum(tier["bytes"] for tier in told["tiers"]) == sum(
        len(known.content) for known in suspect.files
    )


def test_pictures_of_people_come_before_their_documents(told: dict[str, Any]) -> None:
    tiers = [tier["tier"] for tier in told["tiers"]]
    assert tiers.index("personal_pictures") < tiers.index("personal_documents")
    assert all(tier["meaning"] for tier in told["tiers"])


def test_what_is_left_out_is_said_with_its_reason(told: dict[str, Any]) -> None:
    assert {each["reason"] for each in told["left_out"]} >= {"directory", "file system's own"}
    assert told["troubles"] == []


def test_a_volume_that_cannot_be_looked_into_is_named(seek: Seek, tmp_path: Path) -> None:
    locked, open_ = tmp_path / "locked", tmp_path / "open"
    locked.write_bytes(b"LUKS\xba\xbe\0\2" + bytes(2 << 20))
    ext_volume(open_, 4 << 20, {"a.txt": b"bread"})
    gpt_disk(tmp_path / "disk.img", [open_, locked])
    done = seek("plan", tmp_path / "disk.img")
    assert done.returncode == 3
    said = done.stdout
    below = said[said.index("It would not look into") :]
    assert "luks2" in below
    assert "ENCRYPTED: the key or password is needed" in " ".join(below.split())
    assert max(map(len, said.splitlines())) < 80


def test_people_read_a_table(suspect: KnownAnswers) -> None:
    done = subprocess.run(
        [SEEK, "plan", str(suspect.path)], capture_output=True, text=True, check=True
    )
    assert "pictures and videos where people keep things" in done.stdout
    assert max(map(len, done.stdout.splitlines())) <= 80


def test_what_may_be_missed_is_told_from_what_is_only_said(seek: Seek, tmp_path: Path) -> None:
    """A directory that leads back misses nothing: 0. A journal that was not replayed does: 3."""
    commands = ["cd a/b", "ln /a again"]
    disks.ext_volume(tmp_path / "disk", 16 << 20, {"a/b/one.txt": b"one"}, commands=commands)
    done = seek("plan", tmp_path / "disk", "--json")
    document = json.loads(done.stdout)
    assert (done.returncode, document["troubles"]) == (0, [])
    assert any(AGAIN in note for note in document["notes"])
    with (tmp_path / "disk").open("r+b") as disk:
        disk.seek(1024 + 96)
        features = disk.read(1)[0]
        disk.seek(1024 + 96)
        disk.write(bytes([features | 4]))
    done = seek("plan", tmp_path / "disk")
    assert done.returncode == 3
    assert "journal was not replayed" in " ".join(done.stdout.split())
    assert AGAIN in " ".join(done.stdout.split())
