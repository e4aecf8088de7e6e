"""A command that counts to three."""

from tests.adding.recipes import Step, Toy

COMMAND = '''\
"""`seek pebbles`: as many as are asked for."""

import typer

from cli import console


def pebbles(count: int = typer.Argument(help="How many.")) -> None:
    """Print so many pebbles."""
    console.out.print("o " * max(0, min(count, 80)))
'''
TYPED = "tests/cli/test_readme.py::test_the_table_s_rows_are_typed_as_the_program_wants_it"
TABLE = "tests/cli/test_readme.py::test_the_table_has_every_command_and_no_other"

TOY = Toy(
    recipe="A command",
    name="pebbles",
    steps=(
        Step(file="cli/pebbles.py", added=COMMAND, noticed=(TABLE,)),
        Step(
            file="cli/commands.py",
            added='    "pebbles",\n)  # fmt: skip\n"""Verbs:',
            before=')  # fmt: skip\n"""Verbs:',
            instead=True,
            noticed=(TYPED,),
        ),
        Step(
            file="README.md",
            added="seek pebbles COUNT                            so many of them\n",
            before="seek guide     ",
            noticed=(TABLE,),
        ),
        Step(
            file="tests/cli/test_exit_codes.py",
            added='"model list", "pebbles", "profile list"',
            before='"model list", "profile list"',
            instead=True,
            noticed=("tests/cli/test_exit_codes.py::test_every_command_has_its_row",),
        ),
    ),
    holds=("tests/cli/test_help.py",),
)
