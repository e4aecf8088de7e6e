"""What the documents say of rooms and files is so."""

import re
from pathlib import Path
from typing import get_args, get_type_hints

import pytest

from tests.rooms.test_rooms import ROOMS
from triage.evidence import VolumeState
from triage.sources.bytes import MadeBytes
from triage.sources.encrypted import Lock
from triage.sources.layers import Layer
from triage.sources.signatures import Head, named

HERE = Path(__file__).parents[2]
HOUSE = (HERE / "ARCHITECTURE.md").read_text(encoding="utf-8")
PAGES = sorted([*HERE.glob("*.md"), *(HERE / "docs").rglob("*.md")])
ROOTS = tuple(HERE / each for each in (".", "triage", "image-build/overlay/usr/lib/seek"))
"""What a path in a document begins at."""
A_FILE = re.compile(r"(?<![\w/.<{-])((?:[\w-]+/)+[\w-]+\.(?:py|toml))\b")
A_TEST = re.compile(r"\b(tests/[\w/]+\.py)::(test_\w+)")
OPEN = re.compile(r"NAME|ROOM")
"""In the path of a file that whoever follows a recipe gives its name."""
NOT_IN_THE_TABLE = {
    *("values", "this machine", "names of packages", "The stick's programs", "YAML by hand"),
}
"""Rooms without a folder of their own, which the table has by their files."""


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_file_that_a_document_names_is_there(page: Path) -> None:
    text = page.read_text(encoding="utf-8")
    named = [each for each in A_FILE.findall(text) if not OPEN.search(each)]
    assert [each for each in named if not any((root / each).exists() for root in ROOTS)] == []


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_test_that_a_document_names_is_there(page: Path) -> None:
    for file, name in A_TEST.findall(page.read_text(encoding="utf-8")):
        assert f"def {name}(" in (HERE / file).read_text(encoding="utf-8"), (file, name)


def test_each_cell_of_what_an_attacker_can_still_do_names_its_test() -> None:
    """But of what is a signer's own: there is nothing to show."""
    page = (HERE / "SECURITY.md").read_text(encoding="utf-8")
    _, _, part = page.partition("## What each can still do")
    rows = [line.strip("|").split(" | ") for line in part.splitlines() if line.startswith("| ")]
    assert len(rows) == 7
    cells = [cell for row in rows[1:] for cell in row[1:]]
    assert len(cells) == 30
    assert [cell for cell in cells if "(`tests/" not in cell and "it is his" not in cell] == []


def test_documents_do_name_files() -> None:
    assert sum(len(A_FILE.findall(page.read_text(encoding="utf-8"))) for page in PAGES) > 50


@pytest.mark.parametrize("room", sorted(ROOMS.keys() - NOT_IN_THE_TABLE - {"cli.guide"}))
def test_every_room_has_its_row(room: str) -> None:
    table = HOUSE.partition("| room |")[2]
    first = [line.split(" | ")[0] for line in table.splitlines() if line.startswith("| `")]
    folder = f"`{room.replace('.', '/')}/`"
    inside = f"`{room.rpartition('.')[2]}/`"
    assert [row for row in first if folder in row or ("triage/bundle" in row and inside in row)]


def test_the_page_of_the_house_is_one_page() -> None:
    assert len(HOUSE.splitlines()) <= 110
    assert len(HOUSE.split()) <= 1650


class Resilient(MadeBytes):
    """The beginning of a ReFS volume."""

    size = 1 << 20

    def read_at(self, offset: int, length: int) -> bytes:
        return (bytes(3) + b"ReFS\0\0\0\0").ljust(self.size, b"\0")[offset : offset + length]


def test_what_the_page_says_is_not_there_yet_is_not() -> None:
    """Whoever makes it finds here that the answers to strangers are to be written anew."""
    answers = " ".join(HOUSE.partition("What strangers asked:")[2].split())
    assert "`sources/signatures/microsoft.py` names it already" in answers
    found = named(Head(Resilient(), 0, Resilient.size))
    assert found is not None
    assert (found.name, found.state) == ("refs", VolumeState.UNSUPPORTED)
    assert "A layer with a `Lock`" in answers
    assert Lock in get_args(get_type_hints(Layer)["lock"])
