"""The commit that a release is made of, and whether one may be made of it."""

import re
import subprocess
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from release.refused import RefusedError

VERSION = re.compile(r'^__version__ = "([0-9]+\.[0-9]+\.[0-9]+)"$', re.MULTILINE)
SIGNED = re.compile(r"^-----BEGIN (SSH|PGP) SIGNATURE-----$", re.MULTILINE)
HOLDS_THE_VERSION = "triage/__init__.py"


@dataclass(frozen=True)
class Commit:
    """What a release is named after, and the moment that all its files bear."""

    tree: Path
    version: str
    epoch: int
    build: str

    @property
    def moment(self) -> datetime:
        """When it was committed."""
        return datetime.fromtimestamp(self.epoch, UTC)

    @property
    def tag(self) -> str:
        """The name of the version's tag."""
        return f"v{self.version}"


def git(tree: Path, *arguments: str) -> str:
    """Ask git about a tree."""
    command = ["git", "-C", str(tree), *arguments]
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout.strip()


def committed(tree: Path) -> Commit:
    """The commit that is checked out; refused where files differ from it."""
    if changed := git(tree, "status", "--porcelain", "--untracked-files=all"):
        raise RefusedError(
            f"the tree is not what is committed: {changed.splitlines()[0].strip()}",
            "commit it, or put it aside with git stash -u; git status shows all",
        )
    found = VERSION.search((tree / HOLDS_THE_VERSION).read_text())
    if found is None:
        raise RefusedError(
            f"{HOLDS_THE_VERSION} says no version of the form X.Y.Z",
            "give __version__ that form; docs/releasing.md says how a version moves",
        )
    epoch = int(git(tree, "log", "-1", "--format=%ct"))
    day = datetime.fromtimestamp(epoch, UTC)
    build = f"{day:%Y%m%d}-{git(tree, 'rev-parse', '--short=12', 'HEAD')}"
    return Commit(tree, found[1], epoch, build)


def ready(commit: Commit) -> None:
    """Refuse what has no tag that somebody answers for, or is not in the changelog."""
    if commit.tag not in git(commit.tree, "tag", "--points-at", "HEAD").split():
        raise RefusedError(
            f"this commit does not have the tag {commit.tag}",
            f"check out {commit.tag}, or tag this one (docs/releasing.md); "
            "make release TRIAL=1 tries the recipe without",
        )
    if not SIGNED.search(git(commit.tree, "cat-file", "-p", f"refs/tags/{commit.tag}")):
        raise RefusedError(
            f"the tag {commit.tag} is not signed",
            f"make it with git tag -s {commit.tag}; docs/releasing.md says how",
        )
    changelog = (commit.tree / "CHANGELOG.md").read_text()
    heading = rf"^## \[{re.escape(commit.version)}\] - \d{{4}}-\d\d-\d\d$"
    if not re.search(heading, changelog, re.MULTILINE):
        raise RefusedError(
            f"CHANGELOG.md has no dated section for {commit.version}",
            f"head it: ## [{commit.version}] - {commit.moment:%Y-%m-%d}; then commit, and tag anew",
        )
