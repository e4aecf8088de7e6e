"""What CONTRIBUTING.md shows of adding a layer is what is tried, and it takes a file."""

import textwrap
from pathlib import Path

from tests.sources.toys import xored
from triage.sources.layers import LAYERS
from triage.sources.trees import TREES

IMAGE_FORMATS = ("qcow2", "vhd", "vhdx", "vmdk", "vdi", "ewf")
CALLED = {
    "sleuth_kit": "tsk",
    "apfs_container": "apfs",
    "apfs_volume": "apfs",
    "xfs_replay": "xfs",
    **dict.fromkeys(IMAGE_FORMATS, "image_formats"),
}
ROOT = Path(__file__).parents[2]


def test_the_layer_that_is_shown_is_the_one_that_is_tried() -> None:
    page = (ROOT / "CONTRIBUTING.md").read_text()
    shown = textwrap.dedent(page.partition("   ```python\n")[2].partition("   ```\n")[0])
    tried = Path(xored.__file__).read_text()
    assert shown.startswith("class ")
    assert shown in tried
    row = page.partition("row of LAYERS: `")[2].partition("`")[0]
    assert f"LAYERS.append({row})\n" in tried


def test_nothing_of_the_program_knows_the_toys() -> None:
    sources = [
        file.read_text() for room in ("triage", "cli") for file in (ROOT / room).rglob("*.py")
    ]
    for word in ("xored", "blobs", "pool"):
        assert not [text for text in sources if f'"{word}"' in text]


def test_every_layer_and_tree_has_tests_of_its_own() -> None:
    """In a file that is called as its module is."""
    modules = {each.recognise.__module__ for each in LAYERS} | {
        (each.recognise or each.open).__module__ for each in TREES
    }
    names = {module.rpartition(".")[2] for module in modules if module.startswith("triage.")}
    assert names
    files = {name: Path(__file__).with_name(f"test_{CALLED.get(name, name)}.py") for name in names}
    assert [name for name, file in files.items() if not file.exists()] == []
