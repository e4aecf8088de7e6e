"""Killed at any moment, a store has lost nothing that was said to be done, and goes on."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

from lab.store import LabStore
from tests.lab.bundles import Seen, looks, sealed
from tests.lab.conftest import take
from tests.lab.killed import CASE
from tests.lab.reports import cybertip


def killed(folder: Path, what: str, every: int) -> int:
    """How many times."""
    done = subprocess.run(
        [sys.executable, "-m", "tests.lab.killed", str(folder), what, str(every)],
        capture_output=True, text=True, check=False, cwd=Path(__file__).parents[2],
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    times = re.fullmatch(r"killed (\d+) times, and nothing was lost\n", done.stdout)
    assert times is not None
    return int(times[1])


@pytest.fixture
def bundles(tmp_path: Path) -> list[Path]:
    """Two, of two cases."""
    (tmp_path / "bundles").mkdir()
    made = []
    for n, case in enumerate((CASE, "2026/2")):
        bundle = sealed(tmp_path / case, case, [Seen(content=str(n), pdq=looks(1, n))])
        made.append(bundle.rename(tmp_path / "bundles" / str(n)))
    return made


def test_an_import_that_is_killed_loses_nothing(
    store: LabStore, tmp_path: Path, bundles: list[Path]
) -> None:
    assert killed(tmp_path, "import", 29) >= 4


def test_an_erasure_that_is_killed_is_brought_to_its_end(
    store: LabStore, tmp_path: Path, bundles: list[Path]
) -> None:
    take(store, *bundles)
    assert killed(tmp_path, "erase", 13) >= 3


def test_a_referral_s_import_that_is_killed_loses_nothing(store: LabStore, tmp_path: Path) -> None:
    (tmp_path / "bundles").mkdir()
    for number in ("1", "2"):
        (tmp_path / "bundles" / number).write_text(cybertip(number))
    assert killed(tmp_path, "refer", 7) >= 3
