"""Boot test 3 in full: every attempt on the image that keeps every driver and every tool that writes; with a control."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.boot import matrix
from tests.boot.images import Image

pytestmark = pytest.mark.boot
ARRIVE_WITHOUT_LAYERS = 34
"""How many attempts arrive with the layers off, or this test could not fail; docs/write-block.md has them by name."""


def attempts_of(image: Image, made: Path, folder: Path, layers: str) -> list[str]:
    told = matrix.column(image, matrix.LAYERS_OFF[layers], made, folder)
    return [name for name, cell in told.items() if cell == "W"]


def test_no_attempt_arrives_with_the_layers_on(test_image: Image, made_suspects: Path, tmp_path: Path) -> None:
    assert attempts_of(test_image, made_suspects, tmp_path, "flag + BPF + command line") == []


def test_control_the_same_attempts_arrive_with_the_layers_off(test_image: Image, made_suspects: Path, tmp_path: Path) -> None:
    assert len(attempts_of(test_image, made_suspects, tmp_path, "nothing")) >= ARRIVE_WITHOUT_LAYERS
