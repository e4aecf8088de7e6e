import shutil
from pathlib import Path

import pytest

from tests.bundle import samples


@pytest.fixture(scope="session")
def sealed_once(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A sealed bundle that nobody changes."""
    return samples.sealed(tmp_path_factory.mktemp("sealed"), findings=3)


@pytest.fixture
def bundle(sealed_once: Path, tmp_path: Path) -> Path:
    """A copy that a test may spoil."""
    return Path(shutil.copytree(sealed_once, tmp_path / sealed_once.name))
