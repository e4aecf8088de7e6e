"""The image of the release: that which `make image` made of this very commit, or a new one."""

import json
import os
import shutil
import subprocess
from pathlib import Path

from release import sums
from release.commit import Commit

NAME = "seek-live"
TAKEN = ("iso", "manifest.json")


def take(commit: Commit, made: Path, out: Path) -> Path:
    """Copy image and manifest under the version's name; returns the manifest."""
    if not is_of(commit, made):
        build(commit, made)
    for ending in TAKEN:
        shutil.copyfile(made / f"{NAME}.{ending}", out / f"{NAME}-{commit.version}.{ending}")
    return out / f"{NAME}-{commit.version}.manifest.json"


def is_of(commit: Commit, made: Path) -> bool:
    """Whether a whole image is there that bears this commit's name.

    One of an earlier commit has another name in it, and so other bytes, whatever changed since.
    """
    manifest, digests = made / f"{NAME}.manifest.json", made / f"{NAME}.SHA256SUMS"
    if not (manifest.is_file() and digests.is_file()):
        return False
    return json.loads(manifest.read_text())["build"] == commit.build and sums.hold(digests)


def build(commit: Commit, made: Path) -> None:
    """As `make image` does, whatever make thinks of the files' times."""
    as_root = [] if os.geteuid() == 0 else ["sudo"]
    command = [*as_root, str(commit.tree / "image-build/build"), "--out", str(made)]
    subprocess.run(command, check=True)
