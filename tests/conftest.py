"""What all tests share: the sample suspect disk, photographs, and the command itself."""

import subprocess
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest
from hypothesis import settings

from tests.demo import photographs
from tests.disks import KnownAnswers, sample_suspect_disk

settings.register_profile("seek", deadline=None)  # nothing is timed in a test
settings.load_profile("seek")

SEEK = str(Path(sys.executable).with_name("seek"))
Seek = Callable[..., "subprocess.CompletedProcess[str]"]


@pytest.fixture(scope="session")
def suspect(tmp_path_factory: pytest.TempPathFactory) -> KnownAnswers:
    """Four volumes, three notable photographs; nobody changes it."""
    path = tmp_path_factory.mktemp("suspect") / "suspect.img"
    answers = sample_suspect_disk(path, photographs()[:10])
    path.chmod(0o444)
    return answers


@pytest.fixture(scope="session")
def notable_set(suspect: KnownAnswers, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A plain list of the notable photographs' digests."""
    path = tmp_path_factory.mktemp("set") / "notable.txt"
    path.write_text("".join(f"{known.sha256}  photo\n" for known in suspect.notable))
    return path


@pytest.fixture(scope="session")
def digests_only(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A profile that only looks digests up: no model has to be loaded."""
    path = tmp_path_factory.mktemp("profile") / "digests.yaml"
    path.write_text(
        "name: digests\ndescription: only digests\ndetectors:\n  - use: hash_set\n"
        "previews: {keep: false}\n"
    )
    return path


@pytest.fixture(scope="session")
def seek() -> Seek:
    """Runs the real command, without a terminal."""

    def run(*arguments: object, **options: object) -> "subprocess.CompletedProcess[str]":
        command: Sequence[str] = [SEEK, *map(str, arguments)]
        settings = {"capture_output": True, "text": True, "timeout": 300} | options
        return subprocess.run(command, check=False, **settings)  # type: ignore[call-overload,no-any-return]

    return run
