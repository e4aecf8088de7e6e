"""What no release is made of, and what is said then."""

import json
import subprocess
import sys
import tempfile
from datetime import UTC, datetime
from pathlib import Path

import pytest

from release import image, sums
from release.commit import Commit, committed
from tests.release import page
from tests.release.checkouts import MOMENT, check_out, commit, git, sign
from triage import __version__

TAG = f"v{__version__}"


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    """A checkout that may be changed."""
    return check_out(tmp_path / "seek")


def _dated(tree: Path) -> None:
    changelog = tree / "CHANGELOG.md"
    text = changelog.read_text()
    changelog.write_text(
        text.replace(f"[{__version__}] - unreleased", f"[{__version__}] - 2026-01-31")
    )
    if text != changelog.read_text():
        commit(tree, "dated")


def _image(tree: Path, folder: Path, wheel: Path | None = None) -> Path:
    """What stands where make image puts it, with this wheel in it; its bytes do not matter here."""
    folder.mkdir()
    build = f"{datetime.fromtimestamp(MOMENT, UTC):%Y%m%d}-{git(tree, 'rev-parse', 'HEAD')[:12]}"
    manifest = {"build": build, "root_hash": "00", "distribution": "debian-13"}
    nothing = dict.fromkeys(("packages", "boot_packages", "models", "medium"), ())
    parts = {"wheels": [_installed(wheel)] if wheel else [], **nothing}
    (folder / "seek-live.manifest.json").write_text(json.dumps(manifest | parts))
    (folder / "seek-live.iso").write_bytes(b"an image")
    sums.write(folder)
    (folder / sums.NAME).rename(folder / "seek-live.SHA256SUMS")
    return folder


def _installed(wheel: Path) -> dict[str, object]:
    """As a manifest has it."""
    told = {"name": "seek-triage", "version": __version__, "licence": "Apache-2.0"}
    digests = {"sha256": sums.sha256(wheel), "record_sha256": "00"}
    return told | digests | {"file": wheel.name, "inside": [], "libraries": []}


def _release(tree: Path, *options: object) -> "subprocess.CompletedProcess[str]":
    command = [sys.executable, "-m", "release", *map(str, options)]
    return subprocess.run(command, cwd=tree, capture_output=True, text=True, check=False)


def _refused(tree: Path, *options: object) -> str:
    """The two lines; nothing is begun. Were it begun, there would be an image for it."""
    with tempfile.TemporaryDirectory() as folder:
        done = _release(tree, "--image", _image(tree, Path(folder) / "image"), *options)
    assert (done.returncode, done.stdout) == (1, "")
    problem, hint = done.stderr.splitlines()
    assert problem.startswith("error: ")
    assert hint.startswith("hint:  ")
    assert not (tree / "build").exists()
    return done.stderr


def test_a_changed_tree_is_refused_and_a_trial_of_it_too(tree: Path) -> None:
    (tree / "README.md").write_text("changed\n")
    for options in ((), ("--trial",)):
        assert "the tree is not what is committed: M README.md" in _refused(tree, *options)


def test_a_stray_file_is_refused(tree: Path) -> None:
    (tree / "cli" / "stray.py").write_text("")
    assert "cli/stray.py" in _refused(tree, "--trial")


def test_a_commit_without_the_versions_tag_is_refused(tree: Path, key: Path) -> None:
    _dated(tree)
    assert f"does not have the tag {TAG}" in _refused(tree)
    sign(tree, "v0.0.1", key)
    assert "make release TRIAL=1" in _refused(tree)
    sign(tree, TAG, key)
    (tree / "more.md").write_text("")
    commit(tree, "after the tag")
    assert f"does not have the tag {TAG}" in _refused(tree)


@pytest.mark.parametrize("kind", [("tag",), ("tag", "--annotate", "--message", "it")])
def test_a_tag_that_nobody_signed_is_refused(tree: Path, kind: tuple[str, ...]) -> None:
    _dated(tree)
    git(tree, *kind, TAG)
    assert f"the tag {TAG} is not signed" in _refused(tree)


def test_a_version_that_the_changelog_does_not_date_is_refused(tree: Path, key: Path) -> None:
    changelog = tree / "CHANGELOG.md"
    changelog.write_text(changelog.read_text().replace(f"## [{__version__}] - 2", "## [9.9.9] - 2"))
    git(tree, "add", "--all")
    git(tree, "commit", "--quiet", "--allow-empty", "--message", "not dated")
    sign(tree, TAG, key)
    assert f"no dated section for {__version__}" in _refused(tree)


def test_the_same_bytes_come_of_two_checkouts(
    tree: Path, key: Path, wheel: Path, tmp_path: Path
) -> None:
    _dated(tree)
    sign(tree, TAG, key)
    git(tmp_path, "clone", "--quiet", tree, tmp_path / "other")
    made = []
    for place in (tree, tmp_path / "other"):
        where = _image(place, tmp_path / f"image-of-{place.name}", wheel)
        done = _release(place, "--image", where)
        assert done.returncode == 0, done.stderr
        made.append(place / "build/release" / __version__)
    first, second = ({path.name: path.read_bytes() for path in out.iterdir()} for out in made)
    assert first == second
    assert sorted(first) == page.files(__version__)
    check = ["sha256sum", "--check", "--strict", "SHA256SUMS"]
    said = subprocess.run(check, cwd=made[0], check=True, capture_output=True, text=True).stdout
    assert said.count(": OK\n") == len(first) - 1


def test_a_trial_is_made_of_any_commit_in_a_folder_that_says_so(
    tree: Path, wheel: Path, tmp_path: Path
) -> None:
    done = _release(tree, "--trial", "--image", _image(tree, tmp_path / "image", wheel))
    assert done.returncode == 0, done.stderr
    assert [path.name for path in (tree / "build/release").iterdir()] == [f"{__version__}-trial"]


def test_an_image_with_another_program_is_refused_and_nothing_is_left(
    tree: Path, tmp_path: Path
) -> None:
    other = tmp_path / "other.whl"
    other.write_bytes(b"with a file that git does not have")
    for wheel in (other, None):
        made = _image(tree, tmp_path / f"image-{wheel is None}", wheel)
        done = _release(tree, "--trial", "--image", made)
        assert done.returncode == 1
        assert "the program in the image is not the one that is released" in done.stderr
        assert not list((tree / "build/release").iterdir())


def test_only_a_whole_image_of_this_very_commit_is_taken(tree: Path, tmp_path: Path) -> None:
    this = committed(tree)
    made = _image(tree, tmp_path / "image")
    assert image.is_of(this, made)
    later = Commit(tree, this.version, this.epoch, "20260131-0123456789ab")
    assert not image.is_of(later, made)
    (made / "seek-live.iso").write_bytes(b"cut")
    assert not image.is_of(this, made)
    assert not image.is_of(this, tmp_path / "nothing")


def test_the_builds_name_is_the_images_name_for_it(tree: Path) -> None:
    """image-build names an image after its commit by its own rule, in the shell."""
    script = (
        "set -eu; REPOSITORY=$PWD; VARIANT=stick; source image-build/steps/settings.sh; "
        'read_version; echo "$BUILD_ID $SOURCE_DATE_EPOCH"'
    )
    done = subprocess.run(
        ["bash", "-c", script], cwd=tree, check=True, capture_output=True, text=True
    )
    this = committed(tree)
    assert done.stdout.split() == [this.build, str(this.epoch)]
