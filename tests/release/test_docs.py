"""The page on releases: its commands work as they are written; no page installs a stranger's."""

import re
import subprocess
from pathlib import Path

import pytest

from release import sums
from tests.release import page
from tests.release.checkouts import ROOT, check_out, git, ours
from triage import __version__

BY_NAME = re.compile(
    r"\bpip3? [^\n]*\binstall\b[^\n]*[ '\"]seek(-triage)?(?![\w./-])|\bpip install seek\b"
)
TYPED = (".md", ".py", ".sh", ".toml", "Makefile")


def _passes(command: str, folder: Path) -> bool:
    done = subprocess.run(["sh", "-c", command], cwd=folder, capture_output=True, check=False)
    return done.returncode == 0


@pytest.fixture
def signers(key: Path, tmp_path: Path) -> Path:
    """A lab's list, with the maintainer's key on it."""
    path = tmp_path / "signers"
    path.write_text(f"maintainer {key.with_suffix('.pub').read_text()}")
    return path


def test_the_tag_is_made_and_checked_as_it_is_written(
    key: Path, signers: Path, tmp_path: Path
) -> None:
    tree = check_out(tmp_path / "seek")
    git(tree, "config", "user.name", "A Maintainer")
    git(tree, "config", "user.email", "maintainer@example.org")
    (tmp_path / "notes").write_text("What is new.\n")
    names = {"KEY": key, "YOUR-LIST": signers, "NOTES": tmp_path / "notes", "X.Y.Z": __version__}
    make, check = page.commands("git -c gpg.format=ssh", **names)
    assert _passes(make, tree)
    assert "What is new." in git(tree, "cat-file", "-p", f"refs/tags/v{__version__}")
    assert _passes(check, tree)
    signers.write_text("")
    assert not _passes(check, tree)


def test_the_digests_are_signed_and_checked_as_it_is_written(
    key: Path, signers: Path, tmp_path: Path
) -> None:
    out = tmp_path / "out"
    out.mkdir()
    (out / "image.iso").write_bytes(b"an image")
    sums.write(out)
    (sign,) = page.commands("ssh-keygen -Y sign", KEY=key)
    assert _passes(sign, out)
    signature, digests = page.commands("ssh-keygen -Y verify", YOUR_LIST=signers)
    assert _passes(signature, out)
    assert _passes(digests, out)
    (out / "image.iso").write_bytes(b"another")
    assert _passes(signature, out)
    assert not _passes(digests, out)
    sums.write(out)
    assert not _passes(signature, out)


def test_the_audit_may_leave_nothing_out() -> None:
    *_, audit = page.commands("python3 -m venv")
    assert " --strict " in audit
    assert " --require-hashes -r requirements/run.txt " in audit


@pytest.mark.parametrize(
    ("line", "by_name"),
    [
        ("pip install seek", True),
        ("python3 -m pip install -q 'seek-triage[verify]'", True),
        ("pip3 install --no-deps seek-triage==0.1.0", True),
        ("pip install --no-deps ./seek_triage-0.1.0-py3-none-any.whl", False),
        ("pip install -r seek/requirements/run.txt", False),
    ],
)
def test_what_is_meant_by_installing_by_name(line: str, by_name: bool) -> None:
    assert bool(BY_NAME.search(line)) == by_name


def test_nothing_says_to_install_seek_by_its_name() -> None:
    here = f"tests/release/{Path(__file__).name}"
    wrong = [
        name
        for name in ours()
        if name.endswith(TYPED) and name != here and BY_NAME.search((ROOT / name).read_text())
    ]
    assert wrong == []
