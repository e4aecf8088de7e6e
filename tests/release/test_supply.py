"""Nothing gets into the image, or into what builds it, that no lock names by its digest."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
BUILDS = [
    *sorted((ROOT / "image-build").rglob("*.sh")),
    *sorted((ROOT / "image-build").glob("*.mk")),
    ROOT / "image-build/build",
    *sorted((ROOT / "release").glob("*.py")),
    ROOT / "Makefile",
    ROOT / "setup.sh",
    ROOT / "tests/fetch.sh",
]
_CONTINUED = re.compile(r"\\\n\s*")
_PIP = re.compile(r"\bpip\b[^\n]*? (install|download|wheel) [^\n]*")
OF_THIS_TREE = re.compile(r"--no-build-isolation (-e|--editable) ")


def _commands(file: Path) -> list[str]:
    return [found[0] for found in _PIP.finditer(_CONTINUED.sub(" ", file.read_text()))]


def test_pip_is_asked_for_something_at_all() -> None:
    asked = {file.name for file in BUILDS if _commands(file)}
    assert asked >= {"seek.sh", "Makefile", "setup.sh", "fetch.sh"}


@pytest.mark.parametrize("file", BUILDS, ids=lambda file: str(file.relative_to(ROOT)))
def test_no_pip_takes_what_no_lock_names(file: Path) -> None:
    """With build isolation pip fetches build tools by itself: unlocked, unhashed, on the way to the
    image as root. Wheels alone, or this very tree, are never built so."""
    for command in _commands(file):
        assert " wheel " not in command, "hatchling, which is locked, makes ours"
        locked = " --require-hashes" in command or " --no-index" in command
        assert locked or OF_THIS_TREE.search(command), command
        if " --require-hashes" in command and file.parent.name == "steps":
            assert " --only-binary=:all:" in command, "what is built from source runs as root"
