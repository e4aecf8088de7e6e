"""Boot test 3 in full: every attempt, layer by layer, on the image that keeps every driver and every tool that writes."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

import matrix
from conftest import Image

pytestmark = pytest.mark.boot
ALL_LAYERS = "flag + BPF + command line"
MUST_ARRIVE_WITHOUT_LAYERS = 20


def test_no_attempt_arrives_and_the_control_does(test_image: Image, tmp_path: Path) -> None:
    work = Path(os.environ.get("SEEK_MATRIX_WORK", tmp_path))
    columns = matrix.all_columns(test_image, work, ["nothing", "flag", "BPF", ALL_LAYERS])
    print(matrix.table(columns))
    assert [name for name, cell in columns[ALL_LAYERS].items() if cell == "W"] == []
    assert sum(cell == "W" for cell in columns["nothing"].values()) >= MUST_ARRIVE_WITHOUT_LAYERS
