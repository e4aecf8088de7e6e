"""What the documents say of rooms and files is so."""

import re
from pathlib import Path

import pytest

from tests.rooms.test_rooms import ROOMS

HERE = Path(__file__).parents[2]
PAGES = sorted([*HERE.glob("*.md"), *(HERE / "docs").rglob("*.md")])
ROOTS = tuple(HERE / each for each in (".", "triage", "image-build/overlay/usr/lib/seek"))
"""What a path in a document begins at."""
A_FILE = re.compile(r"(?<![\w/.<{-])((?:[\w-]+/)+[\w-]+\.(?:py|toml))\b")
OPEN = re.compile(r"NAME|ROOM")
"""In the path of a file that whoever follows a recipe gives its name."""
NOT_IN_THE_TABLE = {"values", "this machine", "names of packages", "The stick's programs"}
"""Rooms without a folder of their own, which the table has by their files."""


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_file_that_a_document_names_is_there(page: Path) -> None:
    text = page.read_text(encoding="utf-8")
    named = [each for each in A_FILE.findall(text) if not OPEN.search(each)]
    assert [each for each in named if not any((root / each).exists() for root in ROOTS)] == []


def test_documents_do_name_files() -> None:
    assert sum(len(A_FILE.findall(page.read_text(encoding="utf-8"))) for page in PAGES) > 50


@pytest.mark.parametrize("room", sorted(ROOMS.keys() - NOT_IN_THE_TABLE - {"cli.guide"}))
def test_every_room_has_its_row(room: str) -> None:
    table = (HERE / "ARCHITECTURE.md").read_text(encoding="utf-8").partition("| room |")[2]
    first = [line.split(" | ")[0] for line in table.splitlines() if line.startswith("| `")]
    folder = f"`{room.replace('.', '/')}/`"
    inside = f"`{room.rpartition('.')[2]}/`"
    assert [row for row in first if folder in row or ("triage/bundle" in row and inside in row)]
