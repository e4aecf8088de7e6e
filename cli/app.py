"""`seek`: the commands, and the one gate through which every error becomes words."""

import os
import sys
from contextlib import suppress

import typer

from cli import commands, completing, console, faults, interrupt
from triage.collector import quieten
from triage.errors import ExitCode, SeekError
from triage.processor import refuse_if_too_old, this_processor

_LISTING = frozenset({"", "-h", "--help"})
"""First arguments by which nothing is run, and all commands are listed."""

app = typer.Typer(
    name="seek",
    help="On-scene triage: which computer matters, without changing it.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)


def _show_version(wanted: bool) -> None:
    if wanted:
        from cli.version import show_version  # noqa: PLC0415 - loads the whole engine

        show_version()
        raise typer.Exit


@app.callback()
def seek(
    version: bool = typer.Option(
        False,
        "--version",
        help="Versions of seek and of every part that shapes a result.",
        callback=_show_version,
        is_eager=True,
    ),
) -> None:
    """Find out on scene which computers matter, without changing them."""


def run(wanted: str) -> None:
    """Run the command line; the only place where an error becomes text and an exit code."""
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")  # nothing here multiplies matrices
    console.begin()
    code, error = _what_was_asked(wanted)
    console.end(code, error)
    interrupt.over()
    sys.exit(code)


def _what_was_asked(wanted: str) -> tuple[int, str]:
    """Run it; every error becomes words, an exit code, and a code of its own for programs."""
    try:
        if completing.is_asked():
            return _complete()
        if wanted != "guide":  # which says it itself, and does what else can be done
            refuse_if_too_old(this_processor())
        if wanted in _LISTING:
            commands.register_for_list(app)
        else:
            commands.register(app, wanted)
        quieten()
        status = app(standalone_mode=False)
    except SeekError as error:
        return faults.tell(error)
    except console.UnwritableError as error:
        return faults.tell_unwritable(error)
    except ModuleNotFoundError as error:
        known = commands.absent(error)
        return faults.tell(known) if isinstance(known, SeekError) else faults.tell_foreign(error)
    except typer.Abort:
        return faults.tell_stopped("Stopped. Nothing was changed.")
    except KeyboardInterrupt:
        return faults.tell_stopped("Stopped.")
    except Exception as error:  # noqa: BLE001 - here, what nobody foresaw is told
        return faults.tell_foreign(error)
    return (status if isinstance(status, int) else ExitCode.FINISHED), ""


def _complete() -> tuple[int, str]:
    """Answer a shell where Tab was pressed; it has no place for any other word."""
    with suppress(Exception):
        if (typed := completing.command_typed()) or completing.is_described():
            commands.register(app, typed)
        else:
            commands.register_names(app)
        app(standalone_mode=False)
    return ExitCode.FINISHED, ""
