"""Volumes that hold others, and file systems that seek reads by itself, made by stock tools without
root."""

import os
import shutil
import struct
import subprocess
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

MIB = 1 << 20


def run(*command: str | Path, **environment: str) -> None:
    """Run a stock tool; where it is missing, the test is skipped."""
    program = str(command[0])
    path = shutil.which(program) or shutil.which(program, path="/usr/sbin:/sbin")
    if path is None:
        pytest.skip(f"{program} is not installed")
    also = {**os.environ, **environment}
    subprocess.run([path, *map(str, command[1:])], check=True, capture_output=True, env=also)


def xfs_volume(path: Path, files: Mapping[str, bytes], *options: str, size: int = 16 * MIB) -> None:
    """An XFS volume with these files, whose names have no blanks."""
    source = path.with_name(f"{path.name}.files")
    source.mkdir()
    tree: dict[str, Any] = {}
    for number, (name, content) in enumerate(files.items()):
        held = source / str(number)
        held.write_bytes(content)
        *folders, last = name.split("/")
        here = tree
        for folder in folders:
            here = here.setdefault(folder, {})
        here[last] = held

    def listed(folder: dict[str, Any]) -> str:
        return "".join(
            f"{name} d--755 0 0\n{listed(held)}$\n"
            if isinstance(held, dict)
            else f"{name} ---644 0 0 {held}\n"
            for name, held in folder.items()
        )

    prototype = source / "prototype"
    prototype.write_text(f"/none\n0 0\nd--755 0 0\n{listed(tree)}$\n")
    with path.open("wb") as file:
        file.truncate(size)
    # So small a volume is made for those alone who test with it.
    tests = {"TEST_DIR": "1", "TEST_DEV": "1", "QA_CHECK_FS": "1"}
    run("mkfs.xfs", "-q", "-f", "-p", prototype, *options, path, **tests)
    shutil.rmtree(source)


def btrfs_volume(path: Path, files: Mapping[str, bytes], *options: str, size: int = 0) -> None:
    """A btrfs volume with these files, no larger than it must be, or of that size."""
    source = path.with_name(f"{path.name}.files")
    for name, content in files.items():
        (source / name).parent.mkdir(parents=True, exist_ok=True)
        (source / name).write_bytes(content)
    with path.open("wb") as file:
        file.truncate(size or 160 * MIB)
    shrink = () if size else ("--shrink",)
    run("mkfs.btrfs", "-q", "--rootdir", source, *shrink, *(options or ("-m", "single")), path)
    shutil.rmtree(source)


def md_member(
    path: Path,
    content: bytes,
    *,
    level: int = 1,
    version: str = "1.2",
    role: int = 0,
    features: int = 0,
) -> None:
    """A member of a Linux RAID of two, after md_p.h: `mdadm --examine` reads it so."""
    at, offset = {"1.1": 0, "1.2": 4096}[version], MIB
    raw = bytearray(512)
    struct.pack_into("<IIII", raw, 0, 0xA92B4EFC, 1, features, 0)
    raw[16:32] = bytes.fromhex("12345678123446789234567812345678")
    raw[32:48] = b"server:pictures\0"
    struct.pack_into("<QiIQII", raw, 64, 0, level, 0, len(content) // 512, 0, 2)
    struct.pack_into("<QQQ", raw, 128, offset // 512, len(content) // 512, at // 512)
    struct.pack_into("<I", raw, 220, 2)
    struct.pack_into("<HH", raw, 256, role, 1)
    words = struct.unpack("<65I", raw[:260])
    total = sum(words)
    struct.pack_into("<I", raw, 216, ((total & 0xFFFFFFFF) + (total >> 32)) & 0xFFFFFFFF)
    path.write_bytes((bytes(at) + bytes(raw)).ljust(offset, b"\0") + content)
