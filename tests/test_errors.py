"""Errors: the tree that is drawn is the tree that is, and every one tells the shell the truth."""

import inspect
import re
from pathlib import Path

import triage.errors
from triage.errors import ExitCode, SeekError

README = Path(__file__).parents[1] / "README.md"


def _errors() -> dict[str, type[SeekError]]:
    return {
        name: each
        for name, each in inspect.getmembers(triage.errors, inspect.isclass)
        if issubclass(each, SeekError)
    }


def test_the_drawn_tree_names_every_error_with_its_exit_code() -> None:
    drawn = dict(
        re.findall(r"[├└]── (\w+)\s+(\d+)", triage.errors.__doc__ or ""),
    )
    assert drawn == {
        name: str(int(each.exit_code)) for name, each in _errors().items() if name != "SeekError"
    }


def test_the_drawn_tree_puts_every_error_below_its_parent() -> None:
    above: dict[int, str] = {0: "SeekError"}
    for line in (triage.errors.__doc__ or "").splitlines():
        found = re.search(r"[├└]── (\w+)", line)
        if found:
            depth = (found.start() - 4) // 4 + 1
            above[depth] = found[1]
            assert _errors()[found[1]].__bases__[0].__name__ == above[depth - 1]


def test_the_readme_lists_every_exit_code_once() -> None:
    listed = re.findall(r"^\| (\d+) \| (.*) \|$", README.read_text(), flags=re.MULTILINE)
    assert listed == [(str(int(code)), code.meaning) for code in ExitCode]


def test_an_error_keeps_its_hint() -> None:
    error = SeekError("it broke", hint="mend it")
    assert (str(error), error.hint, error.exit_code) == ("it broke", "mend it", ExitCode.FAILED)
