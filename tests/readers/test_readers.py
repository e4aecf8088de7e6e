"""What the page of exports says arrives elsewhere does, as far as the readers are installed."""

import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]
NAMED = ("GLEAPP", "IPED", "DFXML")


def test_the_page_s_table_is_what_the_readers_have(tmp_path: Path) -> None:
    others = {name: value for name, value in os.environ.items() if name not in NAMED}
    done = subprocess.run(
        [sys.executable, "-m", "tests.readers", str(tmp_path / "made")],
        cwd=ROOT, env=others, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr
    page = (ROOT / "docs/formats/exports.md").read_text(encoding="utf-8")
    table = [line.strip("|").split(" | ") for line in done.stdout.splitlines() if "|" in line][2:]
    told = [arrived.strip() for export, _, arrived in table if export.strip()]
    assert len(told) == 6
    assert len(table) - len(told) == len(NAMED), "what is not tried is said"
    for arrived in told:
        if "entries" not in arrived:  # how many those are, another mkfs says otherwise
            assert arrived in page
