"""`make lab-demo`, with six disks in place of twenty: real searches, and what was planted."""

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]


def test_of_disks_that_were_searched_all_that_was_planted_is_found(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "tests.lab.demo", str(tmp_path / "demo"), "6", "--no-browser"],
        cwd=ROOT, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr
    assert "All that was planted was found, and nothing besides." in done.stdout
    assert f"seek lab serve {tmp_path / 'demo'}/store" in done.stdout
