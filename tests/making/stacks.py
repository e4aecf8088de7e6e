"""Volumes that hold others, and file systems that seek reads by itself, made by stock tools without
root."""

import shutil
import subprocess
from collections.abc import Mapping
from pathlib import Path

import pytest

MIB = 1 << 20


def run(*command: str | Path) -> None:
    """Run a stock tool; where it is missing, the test is skipped."""
    program = str(command[0])
    path = shutil.which(program) or shutil.which(program, path="/usr/sbin:/sbin")
    if path is None:
        pytest.skip(f"{program} is not installed")
    subprocess.run([path, *map(str, command[1:])], check=True, capture_output=True)


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
