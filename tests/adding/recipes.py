"""CONTRIBUTING.md's recipes, followed by their words: which files, in which order, held by what.

A toy is what somebody would write who follows one. Each step bears the test that goes red where it
is forgotten; the recipe must name that test's file, so that whoever forgets it is told.
"""

import re
import subprocess
from dataclasses import dataclass, field
from pathlib import Path

from tests.mutants.copies import ROOT, Copy

UNDEFINED = "ruff check --select F821"
"""Stands for a test where a name is used that was not imported: `make lint` says so."""
PAGE = ROOT / "CONTRIBUTING.md"
GREEN, RED = 0, (1, 2, 4)
"""pytest's exit codes; 2 and 4 are of tests that cannot even be collected."""
_STEP = re.compile(r"^\d+\. +(?:(`[^`]+`)[,:]?)", re.MULTILINE)


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """What is written into one place of one file, or a program that writes it."""

    file: str
    added: str = ""
    before: str = ""
    """Where: in front of this text, which is there once. Empty: the file is new."""
    instead: bool = False
    """In the place of that text."""
    program: tuple[str, ...] = ()
    """Python's arguments, of what writes the file."""
    noticed: tuple[str, ...] = ()
    """Tests of which one goes red where this is forgotten, as pytest takes them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Toy:
    """Something of a kind that has a recipe."""

    recipe: str
    """The recipe's heading."""
    name: str
    """What the recipe calls NAME."""
    steps: tuple[Step, ...]
    holds: tuple[str, ...] = field(default=())
    """Further tests that must pass where nothing is forgotten."""

    @property
    def files(self) -> list[str]:
        """Each once, in order."""
        return list(dict.fromkeys(step.file for step in self.steps))

    @property
    def tests(self) -> tuple[str, ...]:
        """All that hold it."""
        named = [test for step in self.steps for test in step.noticed]
        return tuple(n for n in dict.fromkeys((*named, *self.holds)) if n != UNDEFINED)


@dataclass(frozen=True, slots=True, kw_only=True)
class Recipe:
    """A section of CONTRIBUTING.md."""

    files: list[str]
    """The one that each step begins with, in order."""
    held_by: list[str]
    """Files of tests that are named."""


def recipe_of(heading: str) -> Recipe:
    """Raises ValueError if the page has no such recipe."""
    _, found, rest = PAGE.read_text(encoding="utf-8").partition(f"\n### {heading}\n")
    if not found:
        raise ValueError(f"CONTRIBUTING.md has no recipe for {heading}")
    text = re.split(r"^##", rest, maxsplit=1, flags=re.MULTILINE)[0]
    steps, _, held = text.partition("\nHeld by ")
    return Recipe(
        files=[named.strip("`") for named in _STEP.findall(steps)],
        held_by=re.findall(r"`(tests/[\w/]+(?:\.py)?)`", held),
    )


def followed(copy: Copy, toy: Toy, forgotten: Step | None = None) -> None:
    """The toy, added to a copy, but for a step that is forgotten."""
    for step in toy.steps:
        if step is not forgotten:
            _take(copy, step)


def _take(copy: Copy, step: Step) -> None:
    path = copy.root / step.file
    if step.program:
        command: list[str | Path] = [
            copy.python,
            *step.program,
        ]  # its tests tell whether it wrote what it should
        subprocess.run(command, cwd=copy.root, check=False, capture_output=True)
        return
    if not step.before:
        assert not path.exists(), f"{step.file} is there already"
        copy.write(step.file, step.added)
        return
    text = path.read_text(encoding="utf-8")
    assert text.count(step.before) == 1, f"{step.file} has {text.count(step.before)}: {step.before}"
    copy.write(step.file, text.replace(step.before, step.added + step.before * (not step.instead)))


def is_noticed(copy: Copy, step: Step) -> bool:
    """Whether something that holds the step is red."""
    if step.noticed == (UNDEFINED,):
        ruff: list[str | Path] = [copy.python.with_name("ruff"), *UNDEFINED.split()[1:], step.file]
        return subprocess.run(ruff, cwd=copy.root, check=False, capture_output=True).returncode == 1
    code, _ = copy.run(step.noticed, "-x")
    return code in RED


def undo(copy: Copy, toy: Toy) -> None:
    """The copy as it was."""
    for name in toy.files:
        if (ROOT / name).exists():
            copy.write(name, Path(ROOT / name).read_text(encoding="utf-8"))
        else:
            (copy.root / name).unlink(missing_ok=True)
