"""What README and docs say of commands, options and choices is what the program has."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from typer.core import TyperArgument, TyperOption

from cli.commands import COMMANDS, GROUPS
from cli.manual.tree import Node, nodes, whole
from triage.bundle.writing.exports import Export, default_file

ROOT = Path(__file__).parents[2]
README = (ROOT / "README.md").read_text(encoding="utf-8")
PAGES = sorted([ROOT / "README.md", ROOT / "ARCHITECTURE.md",
                ROOT / "CONTRIBUTING.md", ROOT / "SECURITY.md",
                *(ROOT / "docs").rglob("*.md")])  # fmt: skip
NODES = {node.words[1:]: node for node in nodes(whole())}
VERBS = {words: node for words, node in NODES.items() if not node.below}


def _rows() -> list[str]:
    """What is typed, of each row of the table of commands."""
    table = README.split("## The commands")[1].split("```")[1]
    rows = [re.split(r"\s{2,}", line)[0] for line in table.splitlines()]
    return [row for row in rows if row]


def _commands_of(typed: str) -> list[tuple[Node, list[str]]]:
    """Those that a line such as `seek profile list|show FILE` names, each with the words behind."""
    words = typed.split()[1:]
    for length in (3, 2, 1):
        *first, last = words[:length]
        named = [(*first, each) for each in last.split("|")]
        if all(each in NODES for each in named):
            return [(NODES[each], words[length:]) for each in named]
    return []


def test_the_table_has_every_command_and_no_other() -> None:
    told = [node.words[1:] for row in _rows() for node, _ in _commands_of(row)]
    assert sorted(told) == sorted(VERBS)
    assert {words[0] for words in told} == {*COMMANDS, *GROUPS}


def test_the_table_s_rows_are_typed_as_the_program_wants_it() -> None:
    for row in _rows():
        commands = _commands_of(row)
        assert commands, row
        for node, rest in commands:
            _check(node, rest)


def _check(node: Node, rest: list[str]) -> None:
    options = {name: each for each in node.command.params if isinstance(each, TyperOption)
               for name in (*each.opts, *each.secondary_opts)}  # fmt: skip
    arguments = {(each.name or "").upper(): each for each in node.command.params
                 if isinstance(each, TyperArgument)}  # fmt: skip
    for n, word in enumerate(bare := [word.strip("[]") for word in rest]):
        if word.startswith("-"):
            assert word in options, f"{node.typed} has no {word}"
        elif n and bare[n - 1].startswith("-"):
            choices = getattr(options[bare[n - 1]].type, "choices", None)
            assert "|" not in word or tuple(word.split("|")) == tuple(choices or ())
        else:
            argument = arguments.get(word.removesuffix("..."))
            assert argument is not None, f"{node.typed} takes no {word}"
            assert argument.required != rest[n].startswith("[")
            assert (argument.nargs == -1) == word.endswith("...") or argument.required


def test_the_table_shows_every_export() -> None:
    (row,) = (row for row in _rows() if row.startswith("seek report"))
    assert "|".join(Export) in row


def test_the_page_of_exports_has_a_row_for_each_with_its_file() -> None:
    page = (ROOT / "docs/formats/exports.md").read_text(encoding="utf-8")
    rows = re.findall(r"^\| `(\w+)` \| `([^`]+)` \|", page, re.MULTILINE)
    assert rows == [(str(each), default_file(Path("NAME"), each).name) for each in Export]


def test_the_help_of_report_explains_every_export() -> None:
    (option,) = (p for p in NODES[("report",)].command.params if p.name == "export")
    assert isinstance(option, TyperOption)
    assert re.findall(r"(\w+): ", option.help or "") == list(Export)


def _typed(page: Path) -> Iterator[str]:
    """Every command line of `seek` that a page shows as code."""
    text = page.read_text(encoding="utf-8")
    blocks = [line for block in text.split("```")[1::2] for line in block.splitlines()]
    inline = re.findall(r"`([^`\n]+)`", re.sub(r"```.*?```", "", text, flags=re.DOTALL))
    for code in (*blocks, *inline):
        if (found := re.match(r"(?:\$ |sudo )?(seek [a-z].*)", code.strip())) is not None:
            yield re.split(r"\s{2,}|\s#", found[1])[0]


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_a_page_names_only_commands_and_options_that_there_are(page: Path) -> None:
    for typed in _typed(page):
        if typed in SCREEN:
            continue
        commands = _commands_of(typed)
        assert commands, f"{page.name}: {typed}"
        for node, rest in commands:
            known = {"--help", "-h"} | {
                name for parameter in node.command.params
                for name in (*parameter.opts, *parameter.secondary_opts)
            }  # fmt: skip
            options = [word.strip("[].,") for word in rest if word.strip("[").startswith("-")]
            assert [option for option in options if option.split("=")[0] not in known] == []


SCREEN = ("seek quick",)
"""What a scan's screen says, and nobody types."""


def test_enough_is_found_to_hold_the_pages_to() -> None:
    found = [typed for page in PAGES for typed in _typed(page)]
    assert len(found) > 40
