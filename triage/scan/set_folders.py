"""A folder of the lab's hash sets: which of its files are to be loaded.

A broken or foreign file must not end a search, and must not be passed over in silence either: it
is left out and said. What computers leave in folders by themselves is no set, and no reason.
"""

from pathlib import Path
from stat import S_ISDIR, S_ISREG

from triage.bundle.format.document import SetLeftOut
from triage.errors import HashSetError, why
from triage.evidence import Value
from triage.hashsets.file_names import is_by_a_computer, shown


class SetFolder(Value, frozen=True, kw_only=True):
    """What a folder holds."""

    files: tuple[Path, ...] = ()
    """By name; each may be a set."""
    left_out: tuple[SetLeftOut, ...] = ()
    passed_over: tuple[str, ...] = ()
    """Names of what a computer leaves by itself, and of hidden files."""


def listed(folder: Path) -> SetFolder:
    """The files of a folder. Raises HashSetError if there is no such folder."""
    try:
        found = sorted(folder.iterdir())
    except OSError as error:
        raise HashSetError(
            f"The folder of hash sets {folder} cannot be read: {why(error)}.",
            hint="Name a folder that is there; a single set is given with --hash-set FILE.",
        ) from error
    others = [path for path in found if not is_by_a_computer(path.name)]
    no_files = {path: said for path in others if (said := _why_no_file(path))}
    return SetFolder(
        files=tuple(path for path in others if path not in no_files),
        left_out=tuple(
            SetLeftOut(file=shown(path.name), why=said) for path, said in no_files.items()
        ),
        passed_over=tuple(shown(path.name) for path in found if path not in others),
    )


def _why_no_file(path: Path) -> str:
    """Why it cannot be read as a file; empty: it can. Of a pipe nobody would ever see the end."""
    try:
        mode = path.stat().st_mode
    except OSError as error:
        return f"it cannot be read: {error.strerror}"
    if S_ISDIR(mode):
        return "a folder: put its sets beside it, not inside"
    return "" if S_ISREG(mode) else "not a file"
