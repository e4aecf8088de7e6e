"""Boot test 3's positive control, in a file of its own so that it runs beside the other."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.boot import matrix
from tests.boot.attempts import AROUND_THE_DISK
from tests.boot.images import Image

pytestmark = pytest.mark.boot
ARRIVE_WITHOUT_LAYERS = 48
"""How many of 50 cells are W with the layers off, or this test could not fail; docs/write-block.md has them by name. Two may be late."""


def test_the_same_attempts_arrive_with_the_layers_off(test_image: Image, made_suspects: Path, tmp_path: Path) -> None:
    cells = matrix.column(test_image, matrix.LAYERS_OFF["nothing"], made_suspects, tmp_path)
    around = {attempt.name for attempt in AROUND_THE_DISK}
    print({name: cell for name, cell in cells.items() if name in around})  # the table does not have them yet
    assert len([name for name, cell in cells.items() if cell == "W" and name not in around]) >= ARRIVE_WITHOUT_LAYERS
