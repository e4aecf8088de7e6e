"""The commands by name. A new verb is a file beside this one and a line here."""

from contextlib import suppress
from importlib import import_module
from importlib.util import find_spec
from types import ModuleType

import typer

from triage.errors import ExitCode, NotInstalledError

COMMANDS = (
    "devices", "plan", "scan", "resume", "open", "verify", "stamp", "report", "findings",
    "timeline", "compare", "merge", "extract", "similar", "selftest", "guide",
)  # fmt: skip
"""Verbs: module and function have the command's name."""
GROUPS = {
    "profile": "profile",
    "hash-set": "hash_set",
    "model": "model",
    "key": "key",
    "stick": "stick",
    "lab": "lab",
}
"""Nouns with verbs of their own: the command's name to the module that holds its `app`."""

_BY_WORKERS = frozenset({"devices", "plan", "scan", "resume", "extract", "selftest"})
"""They read evidence: what their workers load is asked for before there are any."""
_OF_WORKERS = "pytsk3"

_LOADS_MUCH = {"lab": "A lab's store: all bundles, and what they share."}
"""Nouns of which the list of all commands has a line without their being loaded: DuckDB alone is
half of what the whole list takes."""
_OF_LABS = ("lab", "duckdb")

OURS = frozenset({"", "cli", "triage", "profiles"})
"""Where one of these is missing it is a defect; `lab` is left out on purpose wherever scans run."""

_ALWAYS = (ExitCode.FINISHED, ExitCode.FAILED, ExitCode.WRONG_USE)
_MORE = {
    "scan": (ExitCode.NOT_ALL, ExitCode.INTERRUPTED),
    "resume": (ExitCode.NOT_ALL, ExitCode.INTERRUPTED),
    "plan": (ExitCode.NOT_ALL,),
    "extract": (ExitCode.NOT_ALL, ExitCode.NOT_VERIFIED),
    "merge": (ExitCode.NOT_ALL, ExitCode.NOT_VERIFIED),
    "open": (ExitCode.NOT_ALL, ExitCode.NOT_VERIFIED),
    "stamp": (ExitCode.NOT_VERIFIED,),
    "verify": (ExitCode.NOT_VERIFIED,),
    "lab": (ExitCode.NOT_VERIFIED,),
}
"""Exit codes that not every command has."""


def register(app: typer.Typer, wanted: str) -> None:
    """Put the wanted command into the application; all of them if there is no such command.

    One command's imports take a tenth of all: on an old laptop that is seconds.
    """
    if wanted in COMMANDS or wanted in GROUPS:
        _register(app, wanted)
        return
    for name in (*COMMANDS, *GROUPS):
        with suppress(NotInstalledError):  # help lists what is there
            _register(app, name)


def register_for_list(app: typer.Typer) -> None:
    """Put all that is there into it, for whoever only asks which commands there are."""
    for name in (*COMMANDS, *GROUPS):
        if name not in _LOADS_MUCH:
            with suppress(NotInstalledError):
                _register(app, name)
        elif all(map(find_spec, _OF_LABS)):
            listed = typer.Typer(help=_LOADS_MUCH[name])
            listed.callback()(_nothing)
            app.add_typer(listed, name=name)


def _register(app: typer.Typer, name: str) -> None:
    module = import_command(GROUPS.get(name, name))
    if name in COMMANDS:
        app.command(epilog=exit_codes(name))(getattr(module, name))
        return
    group: typer.Typer = module.app
    below = [each.typer_instance for each in group.registered_groups]
    for each in filter(None, (group, *below)):
        for verb in each.registered_commands:
            verb.epilog = verb.epilog or exit_codes(name)
    app.add_typer(group, name=name)


def import_command(module: str) -> ModuleType:
    """The module of a command. Raises NotInstalledError where a library that it needs is absent."""
    if module in _BY_WORKERS and find_spec(_OF_WORKERS) is None:
        raise NotInstalledError(_OF_WORKERS)
    try:
        return import_module(f"cli.{module}")
    except ModuleNotFoundError as error:
        raise absent(error) from error


def absent(error: ModuleNotFoundError) -> Exception:
    """The same in words, if it is a library that the smaller installation leaves out."""
    library = (error.name or "").partition(".")[0]
    return error if library in OURS else NotInstalledError(library)


def register_names(app: typer.Typer) -> None:
    """Put the names alone into it, for a shell that asks which there are: nothing is loaded."""
    for name in (*COMMANDS, *GROUPS):
        app.command(name)(_nothing)


def _nothing() -> None:
    """What a name stands for that nobody will run."""


def exit_codes(command: str) -> str:
    """What the shell may be told by that command, a line of its help."""
    codes = sorted((*_ALWAYS, *_MORE.get(command, ())))
    return "Exit codes: " + "; ".join(f"{int(code)} {_said(command, code)}" for code in codes) + "."


def _said(command: str, code: ExitCode) -> str:
    scans = command in ("scan", "resume", "plan")
    return code.meaning if scans or code is not ExitCode.FINISHED else "done as asked"
