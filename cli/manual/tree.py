"""The commands and groups as a tree, from the application itself."""

from collections.abc import Iterator
from dataclasses import dataclass

import typer
from typer.core import TyperCommand, TyperGroup
from typer.main import get_command

from cli import app as application
from cli import commands


@dataclass(frozen=True, slots=True)
class Node:
    """A command or a group of them, as it is typed."""

    words: tuple[str, ...]
    command: TyperCommand | TyperGroup

    @property
    def typed(self) -> str:
        """`seek hash-set build`."""
        return " ".join(self.words)

    @property
    def page(self) -> str:
        """`seek-hash-set-build`, the name of its man page."""
        return "-".join(self.words)

    @property
    def below(self) -> "list[Node]":
        """What a group holds."""
        if not isinstance(self.command, TyperGroup):
            return []
        return [
            Node((*self.words, name), each)
            for name, each in self.command.commands.items()
            if isinstance(each, TyperCommand | TyperGroup) and not each.hidden
        ]


def whole() -> Node:
    """`seek`, with all that it can do."""
    everything = typer.Typer(
        name="seek", help=application.app.info.help, callback=application.seek
    )  # the application itself may hold commands already
    commands.register(everything, "")
    command = get_command(everything)
    assert isinstance(command, TyperGroup)  # noqa: S101 - it has many commands
    return Node(("seek",), command)


def nodes(start: Node) -> Iterator[Node]:
    """It and all below it, as they are listed in help."""
    yield start
    for each in start.below:
        yield from nodes(each)
