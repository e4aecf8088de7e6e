"""Wheel and source distribution: the same bytes everywhere, all that is needed, nothing stray."""

import importlib.metadata
import subprocess
import sys
import tarfile
import time
import zipfile
from email.parser import HeaderParser
from pathlib import Path

import pytest

from release.packages import locked_tools
from release.refused import RefusedError
from tests.release.checkouts import MOMENT, ROOT, check_out, tracked
from tests.release.conftest import make_packages
from triage import __version__


def _bytes(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.iterdir()}


def test_another_folder_umask_and_time_zone_make_the_same_bytes(
    packages: Path, tmp_path: Path
) -> None:
    elsewhere = check_out(tmp_path / "somewhere" / "else")
    (elsewhere / "build").mkdir()
    (elsewhere / "build" / "left.iso").write_text("ignored by all\n")
    (elsewhere / ".git/info/exclude").write_text("left.py\n")
    (elsewhere / "cli" / "left.py").write_text("ignored by this checkout alone\n")
    again = make_packages(elsewhere, tmp_path / "out", umask=0o077, zone="Asia/Kathmandu")
    assert sorted(_bytes(again)) == [
        f"seek_triage-{__version__}-py3-none-any.whl",
        f"seek_triage-{__version__}.tar.gz",
    ]
    assert _bytes(again) == _bytes(packages)


def test_all_that_is_in_them_bears_the_moment_of_the_commit(packages: Path, wheel: Path) -> None:
    with zipfile.ZipFile(wheel) as members:
        # a zip archive knows even seconds
        assert {info.date_time for info in members.infolist()} == {time.gmtime(MOMENT)[:6]}
    with tarfile.open(next(packages.glob("*.tar.gz"))) as archive:
        assert {int(member.mtime) for member in archive} == {MOMENT}


def test_the_source_distribution_is_what_git_tracks(checkout: Path, packages: Path) -> None:
    with tarfile.open(next(packages.glob("*.tar.gz"))) as archive:
        names = sorted(member.name.partition("/")[2] for member in archive if not member.isdir())
    assert names == sorted([*tracked(checkout), "PKG-INFO"])


def test_a_wheel_made_of_the_source_distribution_is_the_wheel(
    packages: Path, wheel: Path, tmp_path: Path
) -> None:
    (source,) = packages.glob("*.tar.gz")
    subprocess.run(["tar", "-xzf", source, "-C", tmp_path], check=True)
    (tree,) = tmp_path.iterdir()
    command = [sys.executable, "-m", "hatchling", "build", "--target", "wheel"]
    environment = {"SOURCE_DATE_EPOCH": str(MOMENT)}
    subprocess.run(
        [*command, "--directory", tmp_path / "out"], cwd=tree, check=True, env=environment
    )
    assert (tmp_path / "out" / wheel.name).read_bytes() == wheel.read_bytes()


def test_the_wheel_holds_the_program_and_its_data_and_no_tests(wheel: Path) -> None:
    with zipfile.ZipFile(wheel) as members:
        names = set(members.namelist())
        fields = HeaderParser().parsestr(
            members.read(f"seek_triage-{__version__}.dist-info/METADATA").decode()
        )
    folders = {name.split("/")[0] for name in names}
    assert folders == {"cli", "profiles", "triage", f"seek_triage-{__version__}.dist-info"}
    assert {"cli/make_stick.py", "profiles/quick.yaml"} < names
    assert (fields["Name"], fields["Version"]) == ("seek-triage", __version__)
    assert fields["License-Expression"] == "Apache-2.0"


def test_build_tools_of_another_version_are_refused() -> None:
    locked_tools(f"hatchling=={importlib.metadata.version('hatchling')} \\\n")
    with pytest.raises(RefusedError, match=r"hatchling is .* says 1\.0\.0"):
        locked_tools("hatchling==1.0.0 \\\n    --hash=sha256:00\n")
    with pytest.raises(RefusedError, match="no-such-tool is missing"):
        locked_tools("no-such-tool==1\n")


def test_the_lock_of_the_build_tools_is_a_part_of_the_lock_of_all_tools() -> None:
    """The image builds with the first, a release with what the second installs."""
    every = _pins("dev.txt") | _pins("run.txt")
    build = _pins("build.txt")
    assert "hatchling" in build
    assert {name: every.get(name) for name in build} == build


def _pins(name: str) -> dict[str, str]:
    """Each package, with its version and digests."""
    text = (ROOT / "requirements" / name).read_text().replace("\\\n", " ")
    lines = (line.split("==", 1) for line in text.splitlines() if "==" in line.split(" ")[0])
    return {package: " ".join(rest.split()) for package, rest in lines}
