"""The screen of the hash sets on the evidence stick: what is in each, before the search."""

import os
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from cli.fitting import shortened
from cli.guide import stick
from cli.guide.screen import BOLD, PLAIN, YELLOW, a_screen_at_a_time, clean, paragraph
from cli.guide.state import State
from triage.errors import SeekError

if TYPE_CHECKING:
    from triage.hashsets.layout import Header

WIDEST_NAME = 50
INDENT = "   "
Facts = list[tuple[str, str]]
"""What is said of a set, each with its colour."""


def show(state: State) -> None:
    """Each set, a screen at a time."""
    a_screen_at_a_time(lines(state), state.say("back"))


def lines(state: State) -> list[str]:
    """A set of one entry does not look like one of 51 million."""
    found = stick.hash_sets()
    if not found:
        return paragraph(state.say("no_hash_sets"), YELLOW)
    return [
        f"{BOLD}{state.say('sets')}{PLAIN}",
        "",
        *(line for path in found for line in _of(state, path)),
    ]


def _of(state: State, path: Path) -> list[str]:
    facts: Facts
    try:
        facts, amount = _told(state, path)
    except (OSError, ValueError, SeekError):
        facts, amount = [(state.say("set_broken"), YELLOW)], state.size(stick.bytes_of(path))
    rows = (line for text, colour in facts for line in paragraph(text, colour, INDENT))
    return [f" {BOLD}{shortened(clean(path.name), WIDEST_NAME)}{PLAIN} {amount}", *rows]


def _told(state: State, path: Path) -> tuple[Facts, str]:
    """What is said of one, and how much it is: of a list, and of what is sealed, in bytes."""
    from triage.hashsets.layout import is_compiled  # noqa: PLC0415 - the guide is quick
    from triage.hashsets.mapped import SetFile  # noqa: PLC0415

    with path.open("rb") as file:
        if not is_compiled(file.read(8)):
            return [(state.say("set_is_a_list"), "")], state.size(stick.bytes_of(path))
        with closing(SetFile(os.dup(file.fileno()), path.name)) as opened:
            if opened.layout.sealed:
                return [(state.say("set_sealed"), "")], state.size(stick.bytes_of(path))
            header = opened.header_in(opened.checked("about"))
    return _facts(state, header), state.number(header.entries)


def _facts(state: State, header: "Header") -> Facts:
    digests = ", ".join(f"{name} {state.number(count)}" for name, count in header.digests.items())
    said = [(f"{clean(header.name)}{state.colon}{state.say(f'set_{header.kind}')}; {digests}", "")]
    if any(each.label for each in header.categories):
        by = (
            (clean(each.label) or state.say("set_no_category"))
            + state.colon
            + state.number(each.entries)
            for each in header.categories
        )
        said.append((state.say("set_categories", names=", ".join(by)), ""))
    if not header.every_size:
        count = header.entries if header.without_size is None else header.without_size
        said.append((state.say("set_without_size", count=count), ""))
    if header.expires:
        expired = header.expires < datetime.now(UTC).date().isoformat()
        word, colour = ("set_expired", YELLOW) if expired else ("set_expires", "")
        said.append((state.say(word, time=header.expires), colour))
    return said
