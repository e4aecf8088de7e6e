"""Who may sign hash sets: from `make stick SET_SIGNERS=FILE` to what a scan on that stick says."""

import os
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from tests.disks import ext_volume
from tests.stick.test_helper import HELPER
from tests.workers import scanning
from triage.choices import HashSetUse
from triage.hashsets.importing import BuildOrder, build
from triage.hashsets.signing import sign
from triage.profile import Profile, SetKind, SetSignature, SetSignatures
from triage.scan import destination, scan
from triage.scan.events import Event, SetLoaded

assert str(HELPER) in sys.path
from seek_stick import preparation  # noqa: E402

MAKE_STICK = Path(__file__).parents[2] / "image-build/stick/make_stick.py"
EFI = "C12A7328-F81F-11D2-BA4B-00A0C93EC93B"
START, MIB = 2048, 1 << 20
PROFILE = Profile(
    name="digests",
    description="",
    detectors=(HashSetUse(),),
    set_signatures=SetSignatures.REQUIRED,
)


def run(*command: object, stdin: str = "") -> str:
    environment = os.environ | {"PATH": f"{os.environ['PATH']}:/usr/sbin:/sbin"}
    done = subprocess.run(
        [*map(str, command)], input=stdin, env=environment, text=True, capture_output=True,
        check=True,
    )  # fmt: skip
    return done.stdout


@pytest.fixture(scope="module")
def image(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A medium with a boot partition as the image has one, and nothing that boots."""
    folder = tmp_path_factory.mktemp("image")
    boot, image = folder / "efi.img", folder / "seek-live.iso"
    with boot.open("wb") as stream:
        stream.truncate(16 * MIB)
    run("mkfs.vfat", "-F", "16", "-n", "SEEK-BOOT", boot)
    (folder / "build").write_text("a build\n")
    run("mmd", "-i", boot, "::/seek", "::/seek/enrolled")
    run("mcopy", "-i", boot, folder / "build", "::/seek/build")
    with image.open("wb") as stream:
        stream.truncate(20 * MIB)
    run("sfdisk", "--quiet", image, stdin=f"label: gpt\nstart={START}, size=32768, type={EFI}\n")
    with image.open("r+b") as stream:
        stream.seek(START * 512)
        stream.write(boot.read_bytes())
    return image


@pytest.fixture(scope="module")
def signers(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("signers")
    run("ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", folder / "lab")
    listed = folder / "a list of signers"
    public = (folder / "lab.pub").read_text()
    listed.write_text(f'# of the lab\nlab namespaces="seek-hash-set@v1" {public}')
    return listed


def _make(image: Path, stick: Path, *options: object) -> "subprocess.CompletedProcess[str]":
    command = [sys.executable, MAKE_STICK, "--image", image, "--file", stick, "--size", "128"]
    return subprocess.run(
        [*map(str, (*command, *options))], text=True, capture_output=True, check=False
    )


def test_a_list_that_was_put_onto_a_stick_is_what_scans_on_it_go_by(
    image: Path, signers: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = _make(image, tmp_path / "stick.img", "--set-signers", signers)
    assert made.returncode == 0, made.stdout + made.stderr
    # What the stick's own start does, with mtools for the mount.
    run("mcopy", "-s", "-i", f"{tmp_path / 'stick.img'}@@{START * 512}", "::/seek", tmp_path)
    stick = tmp_path / "run"
    (stick / "enrolled").mkdir(parents=True)
    monkeypatch.setattr(preparation, "STICK", stick)
    preparation.copy_enrolments(tmp_path / "seek")
    assert (stick / "set-signers").read_bytes() == signers.read_bytes()
    assert len([*(stick / "enrolled").iterdir()]) == 2, "the evidence partition, and its signature"
    monkeypatch.setattr(destination, "SET_SIGNERS", stick / "set-signers")
    assert [*_signed_by(tmp_path, signers.with_name("lab"))] == [(SetSignature.LISTED, "lab")]


def _signed_by(folder: Path, key: Path) -> list[tuple[SetSignature, str]]:
    """Of a set that the key signed, what a scan says that knows no list but the stick's."""
    ext_volume(folder / "disk.img", 8 * MIB, {"a.txt": b"a" * 900})
    (folder / "lab.md5").write_text("0" * 31 + "1\n")
    lab = folder / "lab.seekset"
    build(BuildOrder(inputs=[folder / "lab.md5"], name="lab", kind=SetKind.NOTABLE), lab)
    sign(lab, key)
    search = scanning.search_of(
        folder / "disk.img", out=folder / "out", profile=PROFILE, hash_sets=(lab,)
    )
    told: list[Event] = []
    scan(replace(search, set_signers=destination.set_signers()), tell=told.append)
    return [(each.signature, each.signed_by) for each in told if isinstance(each, SetLoaded)]


def test_a_stick_without_a_list_has_none(image: Path, tmp_path: Path) -> None:
    assert _make(image, tmp_path / "stick.img").returncode == 0
    run("mcopy", "-s", "-i", f"{tmp_path / 'stick.img'}@@{START * 512}", "::/seek", tmp_path)
    assert not (tmp_path / "seek/set-signers").exists()


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (None, "cannot be read"),
        (b"", "no list of signers"),
        (b"# nobody\n\n", "no list of signers"),
        (b"ssh-ed25519 AAAA lab@police\n", "no list of signers"),
        (b"-----BEGIN OPENSSH PRIVATE KEY-----\nb3Bl a b\n", "no list of signers"),
        (b"a b c\n" * 200_000, "no list of signers"),
    ],
    ids=["absent", "empty", "comments", "a public key", "a private key", "endless"],
)
def test_what_is_no_list_is_refused_before_anything_is_written(
    image: Path, tmp_path: Path, content: bytes | None, said: str
) -> None:
    given = tmp_path / "given"
    if content is not None:
        given.write_bytes(content)
    made = _make(image, tmp_path / "stick.img", "--set-signers", given)
    assert made.returncode == 1
    assert said in made.stdout + made.stderr
    assert not (tmp_path / "stick.img").exists()
