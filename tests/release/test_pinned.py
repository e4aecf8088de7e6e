"""An earlier image's very Debian packages: what apt is asked for; what a mirror has not is said."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from tests.release.checkouts import ROOT

PINNED = ROOT / "image-build/steps/pinned.py"
THEN = {"zlib1g": "1:1.3-1", "shim-signed": "1.47+15.8-1"}


def _run(*words: str | Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, PINNED, *words], capture_output=True, text=True, check=False
    )


@pytest.fixture
def manifest(tmp_path: Path) -> Path:
    listed = [
        {"name": name, "version": version, "architecture": "amd64"}
        for name, version in THEN.items()
    ]
    path = tmp_path / "manifest.json"
    path.write_text(json.dumps({"packages": listed, "boot_packages": listed[1:]}))
    return path


def _status(folder: Path, versions: dict[str, str]) -> Path:
    paragraphs = (
        f"Package: {name}\nStatus: install ok installed\nArchitecture: amd64\nVersion: {version}\n"
        for name, version in versions.items()
    )
    (folder / "status").write_text("\n".join(paragraphs))
    return folder / "status"


def test_apt_is_told_each_version_as_it_was_though_it_be_older(manifest: Path) -> None:
    asked = _run("preferences", manifest, "packages").stdout.strip().split("\n\n")
    assert [part.strip().splitlines() for part in asked] == [
        ["Package: shim-signed", "Pin: version 1.47+15.8-1", "Pin-Priority: 1001"],
        ["Package: zlib1g", "Pin: version 1:1.3-1", "Pin-Priority: 1001"],
    ]
    assert _run("preferences", manifest, "boot_packages").stdout.count("Package: ") == 1


def test_the_same_packages_are_taken_without_a_word(manifest: Path, tmp_path: Path) -> None:
    done = _run("check", manifest, "packages", _status(tmp_path, THEN))
    assert (done.returncode, done.stderr) == (0, "")


def test_a_package_that_is_another_missing_or_new_is_named(manifest: Path, tmp_path: Path) -> None:
    done = _run(
        "check", manifest, "packages", _status(tmp_path, {"zlib1g": "1:1.4-1", "novel": "1"})
    )
    assert done.returncode == 1
    error, *lines, hint = done.stderr.splitlines()
    assert error.startswith("error: these are not the packages of ")
    assert lines == [
        "  novel:amd64: none then, 1 now",
        "  shim-signed:amd64: 1.47+15.8-1 then, none now",
        "  zlib1g:amd64: 1:1.3-1 then, 1:1.4-1 now",
    ]
    assert "SEEK_APT_LINES" in hint
