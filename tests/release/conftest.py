"""What the tests of releases share: checkouts, packages made of them, a wheel that is installed."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.release.checkouts import check_out

PACKAGES = """
import sys
from pathlib import Path
from release import packages
from release.commit import committed
packages.make(committed(Path.cwd()), Path(sys.argv[1]))
"""


def make_packages(tree: Path, out: Path, *, umask: int, zone: str) -> Path:
    """By the tree's own recipe, as somebody with these habits would."""
    subprocess.run(
        [sys.executable, "-c", PACKAGES, str(out)],
        cwd=tree,
        check=True,
        umask=umask,
        env=os.environ | {"TZ": zone},
    )
    return out


@pytest.fixture(scope="session")
def checkout(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The tree, committed; nobody changes it."""
    return check_out(tmp_path_factory.mktemp("checkout"))


@pytest.fixture(scope="session")
def packages(checkout: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder with the wheel and the source distribution of it."""
    return make_packages(checkout, tmp_path_factory.mktemp("packages"), umask=0o022, zone="UTC")


@pytest.fixture(scope="session")
def wheel(packages: Path) -> Path:
    """The one wheel."""
    (found,) = packages.glob("*.whl")
    return found


@pytest.fixture
def key(tmp_path: Path) -> Path:
    """A key that signs tags."""
    path = tmp_path / "key"
    subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", path], check=True)
    return path
