"""The image of the release: that which `make image` made of this very commit, or a new one."""

import json
import os
import shutil
import subprocess
from pathlib import Path

from release import sums
from release.commit import Commit
from release.refused import RefusedError

NAME = "seek-live"
TAKEN = ("iso", "manifest.json")
OURS = "seek-triage"


def take(commit: Commit, made: Path, out: Path) -> Path:
    """Copy image and manifest under the version's name; returns the manifest."""
    if not is_of(commit, made):
        build(commit, made)
    for ending in TAKEN:
        shutil.copyfile(made / f"{NAME}.{ending}", out / f"{NAME}-{commit.version}.{ending}")
    manifest = out / f"{NAME}-{commit.version}.manifest.json"
    has_the_wheel(manifest, out)
    return manifest


def has_the_wheel(manifest: Path, out: Path) -> None:
    """Refuse an image with another program: a checkout may hold files that git leaves out."""
    (wheel,) = out.glob("*.whl")
    installed = [
        each for each in json.loads(manifest.read_text())["wheels"] if each["name"] == OURS
    ]
    if [each["sha256"] for each in installed] != [sums.sha256(wheel)]:
        raise RefusedError(
            "the program in the image is not the one that is released",
            "git status --ignored shows files that git leaves out and the image has; "
            "or another Python packed it: put that right, and make image",
        )


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
