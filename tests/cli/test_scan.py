"""`seek scan` and `seek devices` as a person meets them: refusals, confirmation, escapes."""

import json
import os
import pty
import subprocess
from pathlib import Path

import pytest

from tests.conftest import SEEK, Seek
from tests.disks import KnownAnswers


def test_without_an_evidence_stick_it_says_what_to_do(
    suspect: KnownAnswers, digests_only: Path, seek: Seek
) -> None:
    done = seek("scan", suspect.path, "--profile", digests_only)
    assert done.returncode == 1
    assert "evidence stick" in done.stderr
    assert "--out" in done.stderr


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        (["scan", "/no/such/disk", "--out", "x"], 1, "is not there"),
        (["scan", ".", "--profile", "swift", "--out", "x"], 2, "No profile 'swift'"),
        (["scan", ".", "--time-limit", "soon", "--out", "x"], 2, "--time-limit"),
        (["scan", ".", "--hash-set", "/no/such/set", "--out", "x"], 1, "/no/such/set"),
        (["scan", ".", "--key", "/no/such/key", "--out", "x"], 1, "/no/such/key"),
        (["scan", "--nonsense"], 2, "nonsense"),
        (["verify", "/no/such/bundle"], 1, "/no/such/bundle"),
        (["profile", "show", "swift"], 2, "swift"),
        (["frobnicate"], 2, "frobnicate"),
    ],
)
def test_a_refusal_says_why_and_what_to_do(
    arguments: list[str], code: int, said: str, seek: Seek, tmp_path: Path
) -> None:
    done = seek(*arguments, cwd=tmp_path)
    assert done.returncode == code, done.stderr
    assert said in done.stderr
    assert "Traceback" not in done.stderr
    assert list(tmp_path.iterdir()) == []


def test_all_devices_are_scanned_only_after_a_confirmation(seek: Seek, tmp_path: Path) -> None:
    done = seek("scan", "--out", tmp_path, stdin=subprocess.DEVNULL)
    assert done.returncode == 2
    assert "confirm" in done.stderr or "No device" in done.stderr


def test_no_is_taken_for_an_answer(tmp_path: Path) -> None:
    ours, theirs = pty.openpty()
    process = subprocess.Popen(
        [SEEK, "scan", "--out", str(tmp_path)], stdin=theirs, stdout=theirs, stderr=theirs
    )
    os.write(ours, b"n\n")
    code = process.wait()
    os.close(theirs)
    os.close(ours)
    assert code in (2, 130)  # 2: this machine has no device at all
    assert list(tmp_path.iterdir()) == []


def test_devices_lists_an_images_volumes_as_json(suspect: KnownAnswers, seek: Seek) -> None:
    done = seek("devices", "--json", suspect.path)
    assert done.returncode == 0, done.stderr
    (listed,) = json.loads(done.stdout)
    assert listed["device"]["kind"] == "image"
    systems = [volume["file_system"] for volume in listed["volumes"] if volume["file_system"]]
    assert systems == ["ntfs", "ext4", "fat32", "exfat"]
    assert sum(volume["size"] for volume in listed["volumes"]) == suspect.path.stat().st_size


def test_events_are_json_lines(
    suspect: KnownAnswers, notable_set: Path, digests_only: Path, seek: Seek, tmp_path: Path
) -> None:
    done = seek("scan", suspect.path, "--profile", digests_only, "--hash-set", notable_set,
                "--out", tmp_path, "--json")  # fmt: skip
    events = [json.loads(line) for line in done.stdout.splitlines()]
    assert [event["event"] for event in events[:3]] == ["scan_key", "hash_set", "device"]
    assert (events[1]["name"], events[1]["entries"]) == (notable_set.name, 3)
    assert events[-1]["event"] == "sealed"
    assert sum(event["event"] == "finding" for event in events) == events[-1]["findings"] == 3
    spotted = [event["entry"]["id"] for event in events if event["event"] == "spotted"]
    found = [e["finding"]["entry"]["id"] for e in events if e["event"] == "finding"]
    assert sorted(spotted) == sorted(found)


@pytest.fixture
def sealed_set(notable_set: Path, seek: Seek, tmp_path: Path) -> Path:
    passphrase, closed = tmp_path / "passphrase", tmp_path / "sealed.seekset"
    passphrase.write_text("open sesame\n")
    built = seek("hash-set", "build", notable_set, "--name", "sealed", "--out", closed, "--sealed",
                 "--passphrase-file", passphrase)  # fmt: skip
    assert built.returncode == 0, built.stderr
    return closed


@pytest.mark.parametrize(("typed", "code"), [("open sesame", 0), ("open barley", 1), ("", 1)])
def test_a_program_is_asked_for_a_sealed_sets_passphrase(
    typed: str, code: int, sealed_set: Path, digests_only: Path, seek: Seek
) -> None:
    source = sealed_set.with_name("source")
    source.mkdir()
    done = seek("scan", source, "--profile", digests_only, "--hash-set", sealed_set,
                "--out", source.with_name("out"), "--json", input=f"{typed}\n")  # fmt: skip
    asked = json.loads(done.stdout.splitlines()[1])
    assert asked == {"event": "passphrase", "hash_set": "sealed.seekset"}
    assert done.returncode == code, done.stderr


def test_a_name_with_escape_sequences_cannot_fool_the_terminal(
    suspect: KnownAnswers, notable_set: Path, digests_only: Path, seek: Seek, tmp_path: Path
) -> None:
    source = tmp_path / "source"
    source.mkdir()
    hostile = "a\x1b[2J\x1b[31m\nFINDING 99\u202egpj.exe[bold]:cat:"
    (source / hostile).write_bytes(suspect.notable[0].content)
    done = seek("scan", source, "--profile", digests_only, "--hash-set", notable_set,
                "--out", tmp_path / "out")  # fmt: skip
    assert "\x1b" not in done.stdout
    assert "\u202e" not in done.stdout
    assert "[bold]:cat:" in done.stdout
    assert sum(line.startswith("FINDING") for line in done.stdout.splitlines()) == 1


def test_version_names_the_parts_that_shape_a_result(seek: Seek) -> None:
    said = seek("--version").stdout
    for part in (
        "seek ",
        "python ",
        "pytsk3",
        "the sleuth kit",
        "opencv",
        "onnxruntime",
        "libmagic",
    ):
        assert part in said


@pytest.mark.parametrize(
    "command",
    ["devices", "scan", "verify", "report", "profile", "hash-set", "model", "key"],
)
def test_every_command_explains_itself_and_is_in_the_readme(command: str, seek: Seek) -> None:
    done = seek(command, "--help")
    assert done.returncode == 0
    assert "Usage:" in done.stdout
    readme = (Path(__file__).parents[2] / "README.md").read_text()
    assert f"seek {command}" in readme
