"""Checkouts of the working tree: what is there now, committed, in a repository of its own."""

import os
import shutil
import subprocess
import tempfile
from pathlib import Path

ROOT = Path(__file__).parents[2]
MOMENT = 1_700_000_000
"""When it is committed, so that each checkout has the same commit."""


def git(tree: Path, *arguments: object) -> str:
    """Run git there, as nobody in particular and with nobody's settings."""
    settings = {
        "GIT_CONFIG_GLOBAL": "/dev/null",
        "GIT_CONFIG_SYSTEM": "/dev/null",
        **{f"GIT_{role}_NAME": "A Maintainer" for role in ("AUTHOR", "COMMITTER")},
        **{f"GIT_{role}_EMAIL": "maintainer@example.org" for role in ("AUTHOR", "COMMITTER")},
        **{f"GIT_{role}_DATE": f"{MOMENT} +0000" for role in ("AUTHOR", "COMMITTER")},
    }
    command = ["git", "-C", str(tree), *map(str, arguments)]
    done = subprocess.run(
        command, check=True, capture_output=True, text=True, env=os.environ | settings
    )
    return done.stdout


def tracked(tree: Path) -> list[str]:
    """Files of a working tree, with those that are new, without those that are ignored."""
    listed = git(tree, "ls-files", "--cached", "--others", "--exclude-standard", "-z")
    return sorted(name for name in listed.split("\0") if name and (tree / name).exists())


def ours() -> list[str]:
    """Files of this tree; also where it was unpacked from a source distribution."""
    if (ROOT / ".git").exists():
        return tracked(ROOT)
    with tempfile.TemporaryDirectory() as nothing:
        git(Path(nothing), "init", "--quiet")
        places = (f"--git-dir={nothing}/.git", f"--work-tree={ROOT}")
        listed = git(ROOT, *places, "ls-files", "--others", "--exclude-standard", "-z")
    names = (name for name in listed.split("\0") if name and name != "PKG-INFO")
    return sorted(name for name in names if not (ROOT / name).is_symlink())


def check_out(folder: Path) -> Path:
    """The tree as it stands, committed, in a new folder."""
    for name in ours():
        target = folder / name
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(ROOT / name, target, follow_symlinks=False)
    git(folder, "init", "--quiet")
    commit(folder, "all of it")
    return folder


def commit(tree: Path, why: str) -> None:
    """All that is there."""
    git(tree, "add", "--all")
    git(tree, "commit", "--quiet", "--message", why)


def sign(tree: Path, tag: str, key: Path) -> None:
    """A tag that a key answers for."""
    settings = ("-c", "gpg.format=ssh", "-c", f"user.signingkey={key}")
    git(tree, *settings, "tag", "--sign", "--message", tag, tag)
