"""Sticks for the boot tests, made by the same program that makes real ones; and what an evidence stick holds afterwards."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

from tests.boot import suspects
from tests.boot.images import IN_AN_EMULATOR, REPOSITORY

MAKE_STICK = REPOSITORY / "image-build/stick/make_stick.py"
BOOT_SERIAL, EVIDENCE_SERIAL = "SEEKSTICK1", "SEEKEVID1"
ROOT_SHELL = f"systemd.debug_shell=ttyS1 {' '.join(IN_AN_EMULATOR)}"


def make_boot_stick(iso: Path, file: Path, *, serial: str, keep_key: Path | None = None, size: int = 600) -> None:
    """`make stick-image`, to this file."""
    command: list[str | Path] = [sys.executable, MAKE_STICK, "--image", iso, "--file", file, "--serial", serial, "--size", str(size)]
    if keep_key:
        command += ["--keep-key", keep_key]
    subprocess.run(command, check=True, capture_output=True)


def make_evidence_stick(boot: Path, key: Path, file: Path, *, serial: str) -> None:
    """A second evidence stick, enrolled with a boot stick."""
    command: list[str | Path] = [sys.executable, MAKE_STICK, "--boot", boot, "--enrol-with", key, "--file", file, "--serial", serial, "--size", "200"]
    subprocess.run(command, check=True, capture_output=True)


def make_pair(iso: Path, folder: Path) -> tuple[Path, Path]:
    """A boot stick without an evidence partition of its own, which so has no reason ever to be written; and an evidence stick."""
    boot, evidence = folder / "boot.img", folder / "evidence.img"
    make_boot_stick(iso, boot, serial=BOOT_SERIAL, keep_key=folder / "key")
    make_evidence_stick(boot, folder / "key", evidence, serial=EVIDENCE_SERIAL)
    suspects.run("sgdisk", "--delete=4", boot)
    return boot, evidence


def ask_for_root_shell(stick: Path) -> None:
    """Add a word to the kernel command line in the boot menus of a copy, without changing their length."""
    data = stick.read_bytes()
    empty = b'set extra=""' + b" " * len(ROOT_SHELL)
    full = f'set extra="{ROOT_SHELL}"'.encode()
    if empty not in data:
        raise ValueError("the boot menu has no room for more words")
    stick.write_bytes(data.replace(empty, full))


def evidence_start(stick: Path) -> int:
    """The first sector of the evidence partition."""
    table = subprocess.run(["/usr/sbin/sfdisk", "--json", stick], check=True, capture_output=True, text=True).stdout
    parts = json.loads(table)["partitiontable"]["partitions"]
    return next(int(part["start"]) for part in parts if part.get("name") == "SEEK-EVIDENCE")


def take_out(stick: Path, folder: Path) -> list[Path]:
    """Copy everything off the evidence partition with The Sleuth Kit, as a lab could; the bundles' folders."""
    folder.mkdir(parents=True, exist_ok=True)
    command = ["tsk_recover", "-a", "-f", "exfat", "-o", str(evidence_start(stick)), str(stick), str(folder)]
    subprocess.run(command, check=True, capture_output=True)
    add_empty_files(stick, folder)
    return sorted(path.parent for path in folder.rglob("manifest.sha256"))


def add_empty_files(stick: Path, folder: Path) -> None:
    """tsk_recover leaves files without content out: add those that the listing names."""
    command = ["fls", "-r", "-p", "-F", "-u", "-f", "exfat", "-o", str(evidence_start(stick)), str(stick)]
    for line in subprocess.run(command, check=True, capture_output=True, text=True).stdout.splitlines():
        path = folder / line.split("\t", 1)[1]
        if path.parent.is_dir() and not path.exists():
            path.touch()


def check_with_stock_tools(bundle: Path) -> None:
    """What a lab does without seek: digests by coreutils, signature by OpenSSH."""
    subprocess.run(["sha256sum", "--strict", "--quiet", "-c", "manifest.sha256"], cwd=bundle, check=True)
    with (bundle / "manifest.sha256").open("rb") as manifest:
        command = ["ssh-keygen", "-Y", "check-novalidate", "-n", "seek-bundle@v1", "-s", str(bundle / "manifest.sha256.sig")]
        subprocess.run(command, stdin=manifest, check=True, capture_output=True)
