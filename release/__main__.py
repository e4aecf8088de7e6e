"""`make release`: everything that is published of a version, in one folder."""

import argparse
import shutil
import subprocess
import sys
from pathlib import Path

from release import bill, image, packages, sums
from release.commit import Commit, committed, ready
from release.refused import RefusedError

ROOT = Path(__file__).parents[1]


def main() -> int:
    """Make it, or say in two lines why not."""
    arguments = read_arguments()
    try:
        commit = committed(ROOT)
        if not arguments.trial:
            ready(commit)
        say(f"seek {commit.version}, build {commit.build}{', a trial' * arguments.trial}")
        out = make(
            commit, arguments.image, arguments.out / (commit.version + "-trial" * arguments.trial)
        )
    except RefusedError as refused:
        print(f"error: {refused}\nhint:  {refused.hint}", file=sys.stderr)
        return 1
    except subprocess.CalledProcessError as failed:
        hint = "what it said stands above; when that is put right, make release again"
        print(
            f"error: {failed.cmd[0]} failed ({failed.returncode})\nhint:  {hint}", file=sys.stderr
        )
        return 1
    say(f"made {out}: sha256sum -c {sums.NAME} there; docs/releasing.md says what comes next")
    return 0


def read_arguments() -> argparse.Namespace:
    """Where things are, and whether this only tries the recipe."""
    parser = argparse.ArgumentParser(prog="python -m release", description=__doc__)
    parser.add_argument(
        "--trial", action="store_true", help="of a commit without tag and changelog"
    )
    parser.add_argument(
        "--image", type=Path, default=ROOT / "build/image", help="where make image puts it"
    )
    parser.add_argument(
        "--out", type=Path, default=ROOT / "build/release", help="holds a folder a version"
    )
    return parser.parse_args()


def make(commit: Commit, made_image: Path, out: Path) -> Path:
    """Beside its place first, so that a folder of a version is whole or not there."""
    new = out.with_name(f"{out.name}.new")
    for folder in (new, out):
        shutil.rmtree(folder, ignore_errors=True)
    new.mkdir(parents=True)
    try:
        fill(commit, made_image, new)
        return new.rename(out)
    finally:
        shutil.rmtree(new, ignore_errors=True)


def fill(commit: Commit, made_image: Path, out: Path) -> None:
    """Each part in turn: the bill lists those before it, the digests are of all."""
    say("wheel and source distribution")
    packages.make(commit, out)
    say("image")
    manifest = image.take(commit, made_image, out)
    say("bill of materials, digests")
    bill.write(commit, manifest, out)
    sums.write(out)
    if committed(commit.tree) != commit:
        raise RefusedError(
            "another commit was checked out meanwhile", "let the tree alone, and make release again"
        )


def say(what: str) -> None:
    """A line of progress."""
    print(f"release: {what}", file=sys.stderr)


if __name__ == "__main__":
    sys.exit(main())
