"""Wheel and source distribution: of what is committed, with build tools that are locked."""

import importlib.metadata
import os
import re
import subprocess
import sys
import tempfile
from pathlib import Path

from release.commit import Commit, git
from release.refused import RefusedError

LOCK = "requirements/build.txt"
PINNED = re.compile(r"^([A-Za-z0-9._-]+)==([^\s;\\]+)", re.MULTILINE)


def make(commit: Commit, out: Path) -> None:
    """Both, from an export of the commit: a file that lies about in a checkout is in neither."""
    locked_tools((commit.tree / LOCK).read_text())
    with tempfile.TemporaryDirectory(prefix="seek-release-") as folder:
        tree = Path(folder) / "tree"
        export(commit, tree)
        command = [sys.executable, "-m", "hatchling", "build", "--directory", str(out.resolve())]
        subprocess.run(command, cwd=tree, check=True, env=surroundings(commit), stdout=sys.stderr)


def locked_tools(lock: str) -> None:
    """Refuse build tools of another version than the lock's: they may make other bytes."""
    for name, version in PINNED.findall(lock):
        try:
            installed = importlib.metadata.version(name)
        except importlib.metadata.PackageNotFoundError:
            installed = "missing"
        if installed != version:
            raise RefusedError(
                f"{name} is {installed} here, and {LOCK} says {version}",
                "rm .venv/.ready, then make setup: it installs what is locked",
            )


def export(commit: Commit, tree: Path) -> None:
    """Lay down the committed files, and nothing else."""
    tree.mkdir()
    archive = tree.with_suffix(".tar")
    git(commit.tree, "archive", "--output", str(archive), "HEAD")
    subprocess.run(
        ["tar", "--extract", "--file", str(archive), "--directory", str(tree)], check=True
    )


def surroundings(commit: Commit) -> dict[str, str]:
    """The environment of a build: nothing of the caller's that could show in its bytes."""
    kept = {name: os.environ[name] for name in ("PATH", "HOME") if name in os.environ}
    fixed = {"LC_ALL": "C.UTF-8", "TZ": "UTC", "PYTHONHASHSEED": "0"}
    return kept | fixed | {"SOURCE_DATE_EPOCH": str(commit.epoch)}
