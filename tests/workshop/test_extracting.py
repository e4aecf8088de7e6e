"""What findings hold is taken out as it was found, or it is said why it is not."""

import hashlib
import json
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest

from tests.conftest import Seek
from tests.coordinator.played import Stage, pool_on
from tests.disks import KnownAnswers
from triage.coordinator.copier import TOO_SHORT, Copier
from triage.devices.attached import identify
from triage.errors import UsageError
from triage.evidence import Device, FileEntry, SourceKind, Storage, Volume, VolumeState
from triage.wire.messages import Copied, Copy, NextBytes, OpenedDevice, Ready
from triage.workshop.copies import NOT_THE_SAME
from triage.workshop.exhibits import matched
from triage.workshop.extracting import NO_SOURCE


@pytest.fixture(scope="module")
def bundle(
    suspect: KnownAnswers,
    notable_set: Path,
    digests_only: Path,
    seek: Seek,
    tmp_path_factory: pytest.TempPathFactory,
) -> Path:
    out = tmp_path_factory.mktemp("bundles")
    done = seek("scan", suspect.path, "--hash-set", notable_set, "--profile", digests_only,
                "--case", "2026/1", "--out", out)  # fmt: skip
    assert done.returncode in (0, 3), done.stderr
    return next(out.iterdir())


def _listed(folder: Path) -> list[dict[str, Any]]:
    files: list[dict[str, Any]] = json.loads((folder / "extracted.json").read_bytes())["files"]
    return files


def test_every_finding_comes_out_with_the_digest_that_was_signed_on_scene(
    bundle: Path, suspect: KnownAnswers, seek: Seek, tmp_path: Path
) -> None:
    out = tmp_path / "out"
    done = seek("extract", bundle, "--source", suspect.path, "--all", "--out", out)
    assert done.returncode == 0, done.stderr
    files = _listed(out)
    assert {each["sha256"] for each in files} == {known.sha256 for known in suspect.notable}
    for each in files:
        assert hashlib.sha256((out / each["file"]).read_bytes()).hexdigest() == each["sha256"]


def test_the_list_is_signed_and_checked_with_stock_tools(
    bundle: Path, suspect: KnownAnswers, seek: Seek, tmp_path: Path
) -> None:
    key = tmp_path / "key"
    assert seek("key", "new", "--out", key, "--no-passphrase").returncode == 0
    out = tmp_path / "out"
    seek("extract", bundle, "1", "--source", suspect.path, "--out", out, "--key", key)
    assert len(_listed(out)) == 1
    subprocess.run(["sha256sum", "--quiet", "-c", "extracted.sha256"], cwd=out, check=True)
    command = ["ssh-keygen", "-Y", "verify", "-f", "allowed_signers", "-I", "signer",
               "-n", "seek-extraction@v1", "-s", "extracted.sha256.sig"]  # fmt: skip
    sums = (out / "extracted.sha256").read_bytes()
    assert subprocess.run(command, input=sums, cwd=out, check=False).returncode == 0
    assert subprocess.run(command, input=sums + b"x", cwd=out, check=False).returncode != 0
    command[command.index("seek-extraction@v1")] = "seek-bundle@v1"
    assert subprocess.run(command, input=sums, cwd=out, check=False).returncode != 0
    listed = json.loads((out / "extracted.json").read_bytes())
    manifest = hashlib.sha256((bundle / "manifest.sha256").read_bytes()).hexdigest()
    assert (listed["case_number"], listed["manifest_sha256"]) == ("2026/1", manifest)


def test_tools_that_import_vics_find_each_file_beside_it(
    bundle: Path, suspect: KnownAnswers, seek: Seek, tmp_path: Path
) -> None:
    out = tmp_path / "out"
    seek("extract", bundle, "--all", "--vics", "--source", suspect.path, "--out", out)
    (case,) = json.loads((out / "vics.json").read_bytes())["value"]
    assert len(case["Media"]) == len(suspect.notable)
    for media in case["Media"]:
        content = (out / media["RelativeFilePath"]).read_bytes()
        assert hashlib.md5(content, usedforsecurity=False).hexdigest().upper() == media["MD5"]
        assert hashlib.sha1(content, usedforsecurity=False).hexdigest().upper() == media["SHA1"]
    assert "  vics.json\n" in (out / "extracted.sha256").read_text()


def test_what_was_changed_since_is_not_handed_over_as_what_was_found(
    bundle: Path, suspect: KnownAnswers, seek: Seek, tmp_path: Path
) -> None:
    image = tmp_path / "copy.img"
    shutil.copyfile(suspect.path, image)
    lines = [json.loads(line) for line in (bundle / "entries.jsonl").read_bytes().splitlines()]
    volumes = {v["id"]: v for v in json.loads((bundle / "findings.json").read_bytes())["volumes"]}
    (entry, number), *_ = [
        (line["entry"], line["found"]["number"])
        for line in lines
        if "found" in line and line["entry"].get("storage") == "runs"
    ]
    with image.open("r+b") as file:
        file.seek(volumes[entry["volume_id"]]["offset"] + entry["runs"][0][0] + 100)
        file.write(b"changed")
    out = tmp_path / "out"
    done = seek("extract", bundle, "--source", image, "--all", "--out", out)
    assert done.returncode == 3
    of_number = {each["finding"]: each for each in _listed(out)}
    assert of_number[number]["trouble"] == NOT_THE_SAME
    assert "file" not in of_number[number]
    held = [each["file"] for each in of_number.values() if "file" in each]
    assert len(held) == len(of_number) - 1
    assert sorted(each.name for each in out.glob("0*")) == sorted(held)
    assert NOT_THE_SAME in " ".join(done.stdout.split())


def test_a_bundle_that_does_not_verify_takes_nothing_out(
    bundle: Path, suspect: KnownAnswers, seek: Seek, tmp_path: Path
) -> None:
    broken = tmp_path / bundle.name
    shutil.copytree(bundle, broken)
    with (broken / "entries.jsonl").open("ab") as file:
        file.write(b"\n")
    done = seek("extract", broken, "--source", suspect.path, "--all", "--out", tmp_path / "out")
    assert done.returncode == 20
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize(
    "more",
    [("Which findings?",), ("Which findings?", "1", "--all"), ("no finding 4711", "4711")],
)
def test_what_cannot_be_done_is_said_before_anything_is_made(
    bundle: Path, suspect: KnownAnswers, seek: Seek, tmp_path: Path, more: tuple[str, ...]
) -> None:
    said, *numbers = more
    out = tmp_path / "out"
    done = seek("extract", bundle, *numbers, "--source", suspect.path, "--out", out)
    assert done.returncode == 2
    assert said in " ".join(done.stderr.split())
    assert not out.exists()


def test_nothing_is_written_over_and_nothing_to_the_evidence(
    bundle: Path, suspect: KnownAnswers, seek: Seek, tmp_path: Path
) -> None:
    (tmp_path / "full").mkdir()
    (tmp_path / "full/there").write_text("mine")
    done = seek("extract", bundle, "--all", "--source", suspect.path, "--out", tmp_path / "full")
    assert done.returncode == 2
    assert "exists already" in done.stderr


def test_a_folder_that_was_scanned_is_no_place_for_what_comes_out(
    seek: Seek, digests_only: Path, tmp_path: Path
) -> None:
    suspect = tmp_path / "suspect"
    suspect.mkdir()
    (suspect / "-rf ..\n\u202egpj.exe").write_bytes(b"something")
    (suspect / "notes.txt").write_bytes(b"else")
    known = tmp_path / "known.txt"
    digests = [hashlib.sha256(held).hexdigest() for held in (b"something", b"else")]
    known.write_text("".join(f"{digest}\n" for digest in digests))
    seek("scan", suspect, "--hash-set", known, "--profile", digests_only, "--out", tmp_path / "b")
    (bundle,) = (tmp_path / "b").iterdir()
    done = seek("extract", bundle, "--all", "--source", suspect, "--out", suspect / "out")
    assert done.returncode == 1
    assert "Nothing is ever written to evidence" in " ".join(done.stderr.split())
    done = seek("extract", bundle, "--all", "--source", suspect, "--out", tmp_path / "out")
    assert done.returncode == 0, done.stderr
    names = {each["file"].partition("-")[2] for each in _listed(tmp_path / "out")}
    assert names == {"rf_gpj.exe", "notes.txt"}


def _device(number: int, path: str, size: int, **said: Any) -> Device:
    return Device(id=f"d{number}", kind=SourceKind.IMAGE, path=path, size=size, **said)


def test_a_device_is_told_by_its_size_and_serial_number() -> None:
    devices = [_device(0, "/dev/sda", 500, serial="A"), _device(1, "/dev/sdb", 500, serial="B"),
               _device(2, "/dev/sdc", 900)]  # fmt: skip
    given = [_device(0, "c.img", 900), _device(1, "b.img", 500, serial="B")]
    assert [(one.id, one.path) for one in matched(devices, given)] == [
        ("d2", "c.img"), ("d1", "b.img")
    ]  # fmt: skip
    with pytest.raises(UsageError, match="several devices"):
        matched(devices, [_device(0, "a.img", 500)])
    assert matched(devices, [_device(0, "/dev/sdb", 500)])[0].id == "d1"
    with pytest.raises(UsageError, match="no device of this bundle"):
        matched(devices, [_device(0, "a.img", 501)])
    with pytest.raises(UsageError, match="no device of this bundle"):
        matched(devices, [given[0], given[0]])


def test_what_lies_on_a_device_that_was_not_given_is_said(
    suspect: KnownAnswers, notable_set: Path, digests_only: Path, seek: Seek, tmp_path: Path
) -> None:
    other = tmp_path / "other"
    other.mkdir()
    seek("scan", suspect.path, other, "--hash-set", notable_set, "--profile", digests_only,
         "--out", tmp_path / "b")  # fmt: skip
    (bundle,) = (tmp_path / "b").iterdir()
    done = seek("extract", bundle, "--all", "--source", other, "--out", tmp_path / "out")
    assert done.returncode == 3
    assert {each["trouble"] for each in _listed(tmp_path / "out")} == {NO_SOURCE}


ENTRY = FileEntry(id=7, volume_id="d0v1", path="a", size=9, storage=Storage.FILE_SYSTEM)
VOLUME = Volume(id="d0v1", device_id="d0", offset=0, size=1 << 20, state=VolumeState.READABLE)


@pytest.mark.parametrize(
    ("said", "how"),
    [
        ((NextBytes(data=b"12345"), NextBytes(data=b"6789"), Copied(entry_id=7)), ""),
        ((NextBytes(data=b"12345"), Copied(entry_id=7)), TOO_SHORT),
        ((NextBytes(data=b"1"), Copied(entry_id=7, trouble="bad sectors")), "bad sectors"),
        ((NextBytes(data=b"1234567890"),), "a worker handed over more than the entry holds"),
        ((Copied(entry_id=8),), "a worker copied another entry"),
        ((Ready(confinement=()),), "a worker spoke out of turn: ready"),
        ((), "ended the reader"),
    ],
)
def test_a_copier_that_lies_or_dies_ends_alone_and_another_goes_on(
    said: tuple[NextBytes | Copied | Ready, ...], how: str, tmp_path: Path
) -> None:
    stage, taken = Stage(), bytearray()
    opened = OpenedDevice(device=_device(0, str(tmp_path), 9), descriptors=(), sizes=())
    with pool_on(stage) as pool:
        copier = Copier(pool, [opened], [VOLUME])
        copier.ask(ENTRY, taken.extend)
        voice = stage.voices[-1]
        voice.say(Ready(confinement=("seccomp",)))
        copier.turn(0.01)
        voice.asked(Copy)
        voice.say(*said)
        if not said:
            voice.die()
        ended = [copier.turn(0.05) for _ in range(5)]
        assert next(each for each in ended if each is not None) == how
        assert len(taken) <= ENTRY.size
        copier.ask(ENTRY, taken.extend)
        voice = stage.voices[-1]
        if len(stage.voices) == 2:
            voice.say(Ready(confinement=("seccomp",)))
        voice.say(NextBytes(data=b"123456789"), Copied(entry_id=7))
        assert [copier.turn(0.05) for _ in range(5)][-1] == ""


def test_what_was_scanned_is_what_is_given(suspect: KnownAnswers) -> None:
    device = identify(suspect.path, "d5")
    assert matched([device], [identify(suspect.path, "d0")])[0].id == "d5"
