"""The wheel, installed where nothing of the checkout is: it runs, and it is this version."""

import hashlib
import subprocess
import sys
import venv
from pathlib import Path

import pytest

from triage import __version__


@pytest.fixture(scope="module")
def bare(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An environment with the wheel, and beside it the locked packages of this one."""
    place = tmp_path_factory.mktemp("bare") / "venv"
    venv.create(place, symlinks=True)
    (packages,) = place.glob("lib/python*/site-packages")
    others = [path for path in sys.path if Path(path).name == "site-packages"]
    (packages / "others.pth").write_text("\n".join(others) + "\n")
    command = [
        sys.executable,
        "-m",
        "pip",
        "--python",
        str(place / "bin/python"),
        "install",
        "--quiet",
    ]
    options = ["--disable-pip-version-check", "--no-index", "--no-deps", "--ignore-installed"]
    subprocess.run([*command, *options, wheel], check=True)
    return place


def _said(bare: Path, *command: object) -> str:
    done = subprocess.run(
        [str(bare / "bin" / str(command[0])), *map(str, command[1:])],
        cwd=bare,
        check=True,
        capture_output=True,
        text=True,
        env={"PATH": "/usr/bin:/bin:/usr/sbin:/sbin"},
    )
    return done.stdout


def test_it_says_the_version(bare: Path) -> None:
    assert _said(bare, "seek", "--version").splitlines()[0] == f"seek {__version__}"
    asked = "import importlib.metadata as m; print(m.version('seek-triage'))"
    assert _said(bare, "python", "-c", asked).strip() == __version__


def test_what_runs_is_the_wheel_and_not_the_checkout(bare: Path) -> None:
    asked = "import cli, profiles, triage; print(*(m.__file__ for m in (cli, profiles, triage)))"
    for path in _said(bare, "python", "-c", asked).split():
        assert Path(path).is_relative_to(bare)


def test_it_scans_and_verifies(bare: Path, tmp_path: Path) -> None:
    """With what the wheel alone brings: profiles, model, words."""
    suspect, known, out = tmp_path / "suspect", tmp_path / "known.txt", tmp_path / "bundles"
    suspect.mkdir()
    out.mkdir()
    (suspect / "note.txt").write_text("nothing\n")
    known.write_text(f"{hashlib.sha256(b'something else').hexdigest()}\n")
    case = ("--case", "1", "--exhibit", "A", "--examiner", "J. Roe")
    _said(bare, "seek", "scan", suspect, "--hash-set", known, "--out", out, *case)
    (bundle,) = (path for path in out.iterdir() if path.is_dir())
    _said(bare, "seek", "verify", bundle)
