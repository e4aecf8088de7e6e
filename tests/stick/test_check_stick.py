"""`seek stick check`: a stick is what was published, or it is said what of it is not."""

import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.conftest import SEEK
from tests.stick.test_set_signers import MAKE_STICK, MIB, START, image, run, signers

__all__ = ["image", "signers"]  # fixtures

sys.path.insert(0, str(MAKE_STICK.parent))
from boot_files import NotAsMadeError, boot_files

BOOT = START * 512
LAB_KEY = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIA" + "Q" * 42
EVIDENCE_NAME = "SEEK-EVIDENCE"


@pytest.fixture(scope="module")
def published(image: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The image, with what a BIOS starts and a system behind the boot partition."""
    made = tmp_path_factory.mktemp("published") / "seek-live.iso"
    shutil.copyfile(image, made)
    run("sfdisk", "--quiet", "--append", made, stdin="start=34816, size=4096, name=system\n")
    folder = made.with_name("boot")
    folder.mkdir()
    (folder / "grub.cfg").write_text("menuentry 'seek' {}\n" * 90)
    run("mmd", "-i", f"{made}@@{BOOT}", "::/EFI", "::/EFI/BOOT")
    run("mcopy", "-i", f"{made}@@{BOOT}", folder / "grub.cfg", "::/EFI/BOOT/grub configuration.cfg")
    with made.open("r+b") as stream:
        stream.write(b"\xfa" * 300)
        stream.seek(34816 * 512)
        stream.write(os.urandom(2 * MIB))
    return made


@pytest.fixture(scope="module")
def made(published: Path, signers: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A stick of it, as `make stick` makes it, and the key that enrolled it."""
    folder = tmp_path_factory.mktemp("made")
    (folder / "lab-keys").write_text(f"{LAB_KEY} the lab\n")
    command = [
        sys.executable, MAKE_STICK, "--image", published, "--file", folder / "stick.img", "--size",
        "128", "--keep-key", folder / "key", "--set-signers", signers,
        "--lab-keys", folder / "lab-keys",
    ]  # fmt: skip
    run(*command)
    return folder / "stick.img"


@pytest.fixture
def stick(made: Path, tmp_path: Path) -> Path:
    """A copy of it, to do something to."""
    shutil.copyfile(made, tmp_path / "stick.img")
    return tmp_path / "stick.img"


def check(stick: Path, published: Path, *options: str) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        [SEEK, "stick", "check", str(stick), "--image", str(published), *options],
        text=True, capture_output=True, check=False, env=os.environ | {"COLUMNS": "200"},
    )  # fmt: skip


def wrong(done: "subprocess.CompletedProcess[str]") -> list[str]:
    return [line[7:] for line in done.stdout.splitlines() if line.startswith("WRONG")]


def fingerprint(made: Path) -> str:
    return run("ssh-keygen", "-l", "-f", made.with_name("key")).split()[1]


def test_a_stick_that_was_just_made_is_what_was_published(made: Path, published: Path) -> None:
    before = made.read_bytes()
    done = check(made, published, "--key", fingerprint(made))
    assert (done.returncode, wrong(done)) == (0, []), done.stdout + done.stderr
    assert "unchanged" in done.stdout
    assert f"ok     it is enrolled by the key {fingerprint(made)}" in done.stdout
    assert "hash sets may be signed by 1: 'lab'" in done.stdout
    assert f"look   bundles are closed for {LAB_KEY}\n" in done.stdout
    assert made.read_bytes() == before, "nothing is written"


def _flip(at: int) -> Callable[[Path], None]:
    def flip(stick: Path) -> None:
        with stick.open("r+b") as stream:
            stream.seek(at)
            byte = stream.read(1)[0]
            stream.seek(at)
            stream.write(bytes([byte ^ 1]))

    return flip


def _put(path: str, content: str) -> Callable[[Path], None]:
    def put(stick: Path) -> None:
        (stick.parent / "file").write_text(content)
        run("mcopy", "-o", "-i", f"{stick}@@{BOOT}", stick.parent / "file", f"::/{path}")

    return put


def _take(path: str) -> Callable[[Path], None]:
    def take(stick: Path) -> None:
        run("mdel", "-i", f"{stick}@@{BOOT}", f"::/{path}")

    return take


def _enrolled_by_another(stick: Path) -> None:
    """Whoever had it puts a key of his own there, and signs what was enrolled with that."""
    key, place = stick.parent / "another", f"{stick}@@{BOOT}"
    run("ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", key)
    run("mcopy", "-s", "-i", place, "::/seek/enrolled", stick.parent)
    for document in (stick.parent / "enrolled").glob("*.json"):
        document.with_suffix(".json.sig").unlink()
        run("ssh-keygen", "-q", "-Y", "sign", "-n", "seek-enrolment@v1", "-f", key, document)
        run("mcopy", "-o", "-i", place, document.with_suffix(".json.sig"), "::/seek/enrolled/")
    run("mcopy", "-o", "-i", place, f"{key}.pub", "::/seek/stick.pub")


def _two_keys(stick: Path) -> None:
    """The lab's key first, and behind it another that signs: the fingerprint would be the lab's."""
    run("mcopy", "-i", f"{stick}@@{BOOT}", "::/seek/stick.pub", stick.parent / "lab.pub")
    lab = (stick.parent / "lab.pub").read_text()
    _enrolled_by_another(stick)
    another = (stick.parent / "another.pub").read_text()
    _put("seek/stick.pub", f"{lab}seek-stick {another}")(stick)


def _further_partition(stick: Path) -> None:
    run("sfdisk", "--quiet", "--delete", stick, "3")
    run("sfdisk", "--quiet", "--append", stick, stdin="size=4096, name=more\n")
    run("sfdisk", "--quiet", "--append", stick, stdin=f"size=4096, name={EVIDENCE_NAME}\n")


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (_flip(7), "what a BIOS starts is another program"),
        (_flip(0x1CE + 17), "the first sector names partitions"),
        (_flip(40 * 512), "the system on it is not the image's"),
        (_flip(34816 * 512 + 2 * MIB - 1), "the system on it is not the image's"),
        (_put("EFI/BOOT/grub configuration.cfg", "insmod all\n"), "grub configuration.cfg' is cha"),
        (_put("EFI/BOOT/BOOTX64.EFI", "another loader"), "'EFI/BOOT/BOOTX64.EFI' is not the image"),
        (_put("seek/enrolled/readme", "hello"), "'seek/enrolled/readme' is not the image's"),
        (_take("EFI/BOOT/grub configuration.cfg"), "is missing"),
        (_take("seek/stick.pub"), "no key enrols"),
        (_enrolled_by_another, "it is enrolled by another key"),
        (_two_keys, "no key enrols"),
        (_put("seek/stick.pub", "no key"), "no key enrols"),
        (_further_partition, "'more'"),
        (_further_partition, "the evidence partition on it is not enrolled"),
        (_flip(BOOT + 5 * 512), "its two allocation tables differ"),
    ],
)
def test_what_was_done_to_it_is_said(
    stick: Path, published: Path, made: Path, change: Callable[[Path], None], said: str
) -> None:
    change(stick)
    done = check(stick, published, "--key", fingerprint(made))
    assert any(said in line for line in wrong(done)), done.stdout + done.stderr
    assert done.returncode == 1
    assert "is not what was published" in done.stderr


def test_a_forged_enrolment_is_told(stick: Path, published: Path) -> None:
    _put(f"seek/enrolled/{'0' * 32}.json", '{"format": "seek-enrolment 1"}')(stick)
    assert any("is not signed" in line for line in wrong(check(stick, published)))


def test_without_a_fingerprint_the_key_is_to_be_looked_up(made: Path, published: Path) -> None:
    done = check(made, published)
    assert done.returncode == 0
    assert f"look   it is enrolled by the key {fingerprint(made)}" in done.stdout


def test_what_is_no_stick_was_not_checked(published: Path, tmp_path: Path) -> None:
    (tmp_path / "a.img").write_bytes(bytes(MIB))
    done = check(tmp_path / "a.img", published)
    assert done.returncode == 1
    assert "was not checked" in done.stderr


def test_the_boot_partition_s_files_are_what_mtools_reads(made: Path, tmp_path: Path) -> None:
    run("mcopy", "-s", "-i", f"{made}@@{BOOT}", "::/seek", "::/EFI", tmp_path)
    copied = {
        str(path.relative_to(tmp_path)): path.read_bytes()
        for path in tmp_path.rglob("*")
        if path.is_file()
    }
    assert boot_files(made.read_bytes()[BOOT : BOOT + 16 * MIB]) == copied
    assert len(copied) == 7


def test_any_bytes_as_a_boot_partition_end_in_files_or_a_reason(made: Path) -> None:
    whole = made.read_bytes()[BOOT : BOOT + 16 * MIB]
    used = 80 * 512
    refused = 0
    for at in [*range(11, 40), *range(512, used, 499)]:
        changed = bytearray(whole)
        changed[at] ^= 0xFF
        try:
            boot_files(bytes(changed))
        except NotAsMadeError:
            refused += 1
    assert refused > 20
