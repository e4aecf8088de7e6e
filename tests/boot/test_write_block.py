"""Boot test 3 in full: every attempt on the image that keeps every driver and every tool that writes. Its control: test_control.py."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.boot import matrix
from tests.boot.images import Image

pytestmark = pytest.mark.boot


def test_no_attempt_arrives_with_the_layers_on(test_image: Image, made_suspects: Path, tmp_path: Path) -> None:
    cells = matrix.column(test_image, matrix.LAYERS_OFF["flag + BPF + command line"], made_suspects, tmp_path)
    assert [name for name, cell in cells.items() if cell != "-"] == []
