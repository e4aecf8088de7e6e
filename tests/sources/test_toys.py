"""What ARCHITECTURE.md shows of adding a layer is what is tried, and it takes a file."""

import textwrap
from pathlib import Path

from tests.sources.toys import xored

ROOT = Path(__file__).parents[2]


def test_the_layer_that_is_shown_is_the_one_that_is_tried() -> None:
    page = (ROOT / "ARCHITECTURE.md").read_text()
    shown = textwrap.dedent(page.partition("  ```python\n")[2].partition("  ```\n")[0])
    tried = Path(xored.__file__).read_text()
    assert shown.startswith("class ")
    assert shown in tried
    row = page.partition("Its row: `")[2].partition("`")[0]
    assert f"LAYERS.append({row})\n" in tried


def test_nothing_of_the_program_knows_the_toys() -> None:
    sources = [
        file.read_text() for room in ("triage", "cli") for file in (ROOT / room).rglob("*.py")
    ]
    for word in ("xored", "blobs"):
        assert not [text for text in sources if f'"{word}"' in text]
