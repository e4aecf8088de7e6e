"""What `make stick-image` makes, looked at without an emulator: tables, file system, enrolment, and forged enrolments."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.boot import sticks, suspects
from tests.boot.images import REPOSITORY

sys.path.insert(0, str(REPOSITORY / "image-build/overlay/usr/lib/seek"))
from seek_stick.enrolment import enrolments

pytestmark = pytest.mark.boot
BOOT_TYPE = "C12A7328-F81F-11D2-BA4B-00A0C93EC93B"


@pytest.fixture
def stick(image: Path, tmp_path: Path) -> Path:
    """A stick made from that image."""
    made = tmp_path / "stick.img"
    sticks.make_boot_stick(image, made, serial="SERIAL1", keep_key=tmp_path / "key", size=400)
    return made


@pytest.fixture
def image(tmp_path: Path) -> Path:
    """A stand-in image: a table with a boot partition, as the real image has."""
    image = suspects.empty(tmp_path / "image.iso", 40 * suspects.MIB)
    suspects.run("sfdisk", "--quiet", image, stdin=f"label: gpt\nstart=2048, size=32768, type={BOOT_TYPE}\n")
    boot = f"{image}@@{2048 * 512}"
    suspects.run("mformat", "-i", boot, "-T", "32768", "-h", "16", "-s", "32", "::")
    suspects.run("mmd", "-i", boot, "::/seek", "::/seek/enrolled")
    return image


def boot_partition(stick: Path, folder: Path) -> Path:
    """Copy the boot partition's own folder, as the stick does when it starts."""
    folder.mkdir()
    suspects.run("mcopy", "-s", "-i", f"{stick}@@{2048 * 512}", "::/seek/*", folder)
    return folder


def test_the_evidence_file_system_is_clean_and_holds_the_enrolled_id(stick: Path, tmp_path: Path) -> None:
    part = tmp_path / "part"
    start = sticks.evidence_start(stick)
    suspects.run("dd", f"if={stick}", f"of={part}", "bs=512", f"skip={start}", "conv=sparse")
    assert "clean" in suspects.run("fsck.exfat", "-n", part)
    (enrolment,) = enrolments(boot_partition(stick, tmp_path / "boot"))
    assert suspects.run("fcat", "-f", "exfat", "seek-evidence.id", part) == enrolment.id
    assert enrolment.disk_serial == "SERIAL1"


def test_a_changed_or_foreign_enrolment_counts_for_nothing(stick: Path, tmp_path: Path) -> None:
    folder = boot_partition(stick, tmp_path / "boot")
    (document,) = (folder / "enrolled").glob("*.json")
    genuine = document.read_bytes()
    document.write_bytes(genuine.replace(b"SERIAL1", b"SERIAL2"))
    assert enrolments(folder) == []
    document.write_bytes(genuine)
    subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", tmp_path / "other"], check=True)
    shutil.copy(tmp_path / "other.pub", folder / "stick.pub")
    assert enrolments(folder) == []


def test_a_second_evidence_stick_is_enrolled_with_the_kept_key(stick: Path, tmp_path: Path) -> None:
    sticks.make_evidence_stick(stick, tmp_path / "key", tmp_path / "second.img", serial="SERIAL9")
    found = enrolments(boot_partition(stick, tmp_path / "boot"))
    assert {each.disk_serial for each in found} == {"SERIAL1", "SERIAL9"}
    assert len({each.id for each in found}) == 2


def test_the_table_has_no_errors(stick: Path) -> None:
    assert "No problems found" in suspects.run("sgdisk", "--verify", stick)
    table = json.loads(suspects.run("sfdisk", "--json", stick))["partitiontable"]
    assert [part.get("name") for part in table["partitions"]][-1] == "SEEK-EVIDENCE"


def test_the_protective_table_has_an_active_partition_for_old_biosses(stick: Path) -> None:
    entries = stick.read_bytes()[0x1BE:0x1FE]
    assert [entries[start] for start in range(0, 64, 16)] == [0, 0x80, 0, 0]
    assert [entries[start + 4] for start in range(0, 64, 16)] == [0xEE, 0, 0, 0]


def attempted(*words: str | Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run([sys.executable, sticks.MAKE_STICK, *words], capture_output=True, text=True, check=False)


def test_several_sticks_are_made_at_once_and_listed_with_serial_numbers_and_fingerprint(image: Path, tmp_path: Path) -> None:
    files = [tmp_path / f"stick{number}.img" for number in range(3)]
    done = attempted("--image", image, "--size", "200", "--keep-key", tmp_path / "key", "--file", *files, "--serial", "S1", "S2", "S3")
    assert done.returncode == 0, done.stderr
    shown = suspects.run("ssh-keygen", "-l", "-f", tmp_path / "key").split()[1]
    assert [line.split("\t")[1] for line in done.stdout.splitlines()] == [f"serial number {serial}" for serial in ("S1", "S2", "S3")]
    assert all(line.endswith(shown) for line in done.stdout.splitlines())
    for number, file in enumerate(files):
        (enrolment,) = enrolments(boot_partition(file, tmp_path / f"boot{number}"))
        assert enrolment.disk_serial == f"S{number + 1}"


def test_sticks_with_one_serial_number_are_refused_before_anything_is_written(image: Path, tmp_path: Path) -> None:
    files = [tmp_path / "a.img", tmp_path / "b.img"]
    done = attempted("--image", image, "--file", *files, "--serial", "SAME", "SAME")
    assert done.returncode == 1
    assert "the same serial number" in done.stderr
    assert not any(file.exists() for file in files)


def test_what_is_too_small_is_refused_before_anything_is_written(image: Path, tmp_path: Path) -> None:
    done = attempted("--image", image, "--file", tmp_path / "small.img", "--size", "80")
    assert done.returncode == 1
    assert "too small: 84 MB" in done.stderr
    assert not (tmp_path / "small.img").exists()


def test_a_kept_key_is_never_written_over(image: Path, tmp_path: Path) -> None:
    (tmp_path / "key").write_text("the lab's")
    done = attempted("--image", image, "--file", tmp_path / "stick.img", "--keep-key", tmp_path / "key")
    assert done.returncode == 2
    assert (tmp_path / "key").read_text() == "the lab's"
    assert not (tmp_path / "stick.img").exists()
