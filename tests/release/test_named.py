"""An image bears a commit's name only when all of it was made of that commit's tree."""

import subprocess
from pathlib import Path

import pytest

from tests.release.checkouts import ROOT, git

SETTINGS = ROOT / "image-build/steps/settings.sh"


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    git(tmp_path, "init", "--quiet")
    (tmp_path / "program.py").write_text("print(1)\n")
    git(tmp_path, "add", ".")
    git(tmp_path, "commit", "--quiet", "-m", "One")
    return tmp_path


def build(checkout: Path, meanwhile: str) -> subprocess.CompletedProcess[str]:
    """The first step of a build and the last before it is published, and what happens between."""
    steps = f"REPOSITORY={checkout} VARIANT=stick; read_version; {meanwhile}; check_version"
    words = ["bash", "-c", f"set -euo pipefail; source {SETTINGS}; {steps}; echo $BUILD_ID"]
    return subprocess.run(words, cwd=checkout, capture_output=True, text=True, check=False)


def test_an_image_of_a_tree_that_stays_as_it_was_is_published(checkout: Path) -> None:
    named = git(checkout, "rev-parse", "--short=12", "HEAD").strip()
    assert build(checkout, "true").stdout.strip().endswith(f"-{named}")


@pytest.mark.parametrize(
    "meanwhile",
    [
        "echo >>program.py",
        "echo >>program.py; git -c user.name=A -c user.email=a@example.org commit -qam Two",
    ],
)
def test_an_image_of_a_tree_that_changed_under_it_is_not(checkout: Path, meanwhile: str) -> None:
    done = build(checkout, meanwhile)
    assert done.returncode == 1
    assert "the checkout changed while the image was made" in done.stderr
    assert "hint:  make image once more" in done.stderr


def test_a_changed_tree_that_stays_as_it_was_is_named_as_changed(checkout: Path) -> None:
    (checkout / "program.py").write_text("print(2)\n")
    assert build(checkout, "true").stdout.strip().endswith("+changed")
