"""`seek stick prepare`: enrols a stick with a boot stick; refuses whatever is no spare one."""

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.conftest import SEEK
from tests.disks import MIB, ntfs_volume

sys.path.insert(0, str(Path(__file__).parents[2] / "image-build/overlay/usr/lib/seek"))
from seek_stick.enrolment import enrolments

BOOT_TYPE = "C12A7328-F81F-11D2-BA4B-00A0C93EC93B"
_ROOT = pytest.mark.skipif(os.geteuid() != 0, reason="needs root: a real block device")


@pytest.fixture
def boot(tmp_path: Path) -> Path:
    """A stick that boots, as far as enrolment goes: a table, a boot partition, and its key."""
    stick, place = tmp_path / "boot.img", f"{tmp_path / 'boot.img'}@@{2048 * 512}"
    with stick.open("wb") as made:
        made.truncate(40 * MIB)
    _run(
        "sfdisk",
        "--quiet",
        str(stick),
        given=f"label: gpt\nstart=2048, size=32768, type={BOOT_TYPE}\n",
    )
    _run("mformat", "-i", place, "-T", "32768", "-h", "16", "-s", "32", "::")
    _run("mmd", "-i", place, "::/seek", "::/seek/enrolled")
    _run("ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", str(tmp_path / "key"))
    return stick


@pytest.fixture
def loop(tmp_path: Path) -> Iterator[tuple[Path, Path]]:
    """A loop device over a volume of somebody's; the device and the file."""
    file = tmp_path / "somebody.img"
    ntfs_volume(file, 8 * MIB, {"letter.txt": b"dear all"}, label="HOLIDAY")
    device = _run("losetup", "--show", "-f", str(file)).strip()
    yield Path(device), file
    subprocess.run(["losetup", "-d", device], check=False)


def test_its_identity_is_signed_for_the_boot_stick(boot: Path, tmp_path: Path) -> None:
    done = _prepare(boot, tmp_path / "evidence.img", "--file")
    assert done.returncode == 0, done.stderr
    place = tmp_path / "copied"
    place.mkdir()
    _run("mcopy", "-s", "-i", f"{boot}@@{2048 * 512}", "::/seek/*", str(place))
    (enrolment,) = enrolments(place)
    assert (
        enrolment.partition_uuid in _run("sfdisk", "--json", str(tmp_path / "evidence.img")).lower()
    )


def test_a_file_that_is_there_is_not_overwritten(boot: Path, tmp_path: Path) -> None:
    (tmp_path / "there").write_bytes(b"mine")
    done = _prepare(boot, tmp_path / "there", "--file")
    assert done.returncode == 2
    assert (tmp_path / "there").read_bytes() == b"mine"


@pytest.mark.root
@_ROOT
def test_what_holds_somebodys_data_is_refused(boot: Path, loop: tuple[Path, Path]) -> None:
    device, file = loop
    before = file.read_bytes()
    done = _prepare(boot, device)
    assert done.returncode == 2
    assert "HOLIDAY" in done.stderr
    assert "suspect" in done.stderr
    assert file.read_bytes() == before


@pytest.mark.root
@_ROOT
def test_what_this_computer_uses_is_refused_whatever_is_said(
    boot: Path, loop: tuple[Path, Path], tmp_path: Path
) -> None:
    device, file = loop
    _run("mkfs.ext4", "-q", str(device))
    place = tmp_path / "used"
    place.mkdir()
    _run("mount", "-o", "ro", str(device), str(place))
    try:
        before = file.read_bytes()
        done = _prepare(boot, device, "--overwrite")
        assert done.returncode == 2
        assert "in use" in done.stderr
        assert file.read_bytes() == before
    finally:
        _run("umount", str(place))


@pytest.mark.root
@_ROOT
def test_what_is_no_usb_stick_is_refused_before_it_is_written(
    boot: Path, loop: tuple[Path, Path]
) -> None:
    device, file = loop
    before = file.read_bytes()
    done = _prepare(boot, device, "--overwrite", said="yes\nyes\n")
    assert done.returncode == 1
    assert "not a whole disk" in done.stderr
    assert file.read_bytes() == before


def test_on_the_live_stick_nothing_is_prepared(
    boot: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    reporter = tmp_path / "seek-writeblock"
    reporter.write_text("#!/bin/sh\necho '{\"layers\": []}'\n")
    reporter.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:{os.environ['PATH']}")
    done = _prepare(boot, tmp_path / "evidence.img", "--file")
    assert done.returncode == 2
    assert "evidence" in done.stderr
    assert not (tmp_path / "evidence.img").exists()


def _prepare(
    boot: Path, device: Path, *more: str, said: str = ""
) -> "subprocess.CompletedProcess[str]":
    key = boot.with_name("key")
    command = [SEEK, "stick", "prepare", str(device), "--boot", str(boot), "--key", str(key), *more]
    return subprocess.run(command, input=said, capture_output=True, text=True, check=False)


def _run(*command: str, given: str = "") -> str:
    path = f"{os.environ['PATH']}:/usr/sbin:/sbin"
    return subprocess.run(
        command,
        input=given,
        capture_output=True,
        text=True,
        check=True,
        env={**os.environ, "PATH": path},
    ).stdout
