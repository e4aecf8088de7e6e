"""The contracts hold: an import without leave is refused by the contract of its room, by name."""

import os
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path
from typing import Any, NamedTuple

import pytest

HERE = Path(__file__).parents[2]
LINT = Path(sys.executable).with_name("lint-imports")
PARTS = ("cli", "lab", "triage", "profiles", "release", "tests/rooms",
         "image-build/overlay/usr/lib/seek", "image-build/steps", "image-build/stick")  # fmt: skip
REACH = "Who decides reaches no parser, by whatever way"
BY_NAME = "Nothing is imported by a name that is made up at run time"


class Added(NamedTuple):
    """Lines at the end of a module."""

    module: str
    lines: str
    imported: str
    contract: str
    """That refuses them."""

    @property
    def file(self) -> Path:
        """The module's, from the top of the tree."""
        return Path(*self.module.split(".")).with_suffix(".py")


LATER = "def later() -> None:\n    "
TYPED = "from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    "
ADDED = (
    Added("triage.coordinator.foreman", "from triage.sources.walk import Walk",
          "triage.sources.walk", "triage.coordinator"),
    Added("triage.scan.run", "from triage.detectors.pictures import decode",
          "triage.detectors.pictures", "triage.scan"),
    Added("triage.parts.cache", "import pytsk3", "pytsk3", "triage.parts"),
    Added("triage.errors", "import rich", "rich", "values"),
    Added("triage.scan.telling", "from rich.console import Console", "rich", "triage.scan"),
    Added("triage.machine", "import typer", "typer", "this machine"),
    Added("triage.workers.intake", "import yaml", "yaml", "triage.workers"),
    Added("triage.workers.survey", "from triage.bundle.writing.writer import BundleWriter",
          "triage.bundle.writing.writer", "triage.workers"),
    Added("triage.coordinator.checking", "from triage.containers.probe import Probe",
          "triage.containers.probe", "triage.coordinator"),
    Added("triage.wire.messages", f"{LATER}from triage.sources import Source",
          "triage.sources", "triage.wire"),
    Added("triage.plan.tiers", f"{TYPED}from triage.detectors.item import Item",
          "triage.detectors.item", "triage.plan"),
    Added("triage.devices.opening", f"{LATER}import magic", "magic", "triage.devices"),
    Added("triage.hashsets.importing", "import cv2", "cv2", "triage.hashsets"),
    Added("triage.detectors.known", "from triage.sources import Source",
          "triage.sources", "triage.detectors"),
    Added("triage.sources.source", "import PIL.Image", "PIL", "triage.sources"),
    Added("triage.bundle.rendering.vics", "import numpy", "numpy", "triage.bundle.rendering"),
    Added("cli.devices", "import pytsk3", "pytsk3", "cli"),
    Added("cli.guide.running", "from triage.scan.run import scan", "triage.scan.run", "cli.guide"),
)  # fmt: skip
"""Each is one import that its room has no leave for, while others may have."""


def contracts() -> list[dict[str, Any]]:
    whole = tomllib.loads((HERE / "pyproject.toml").read_text())
    told: list[dict[str, Any]] = whole["tool"]["importlinter"]["contracts"]
    return told


ROOMS = {each["name"]: each["modules"] for each in contracts() if each["type"] == "room"}


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    """A copy of all that is linted."""
    copy = tmp_path / "tree"
    for part in PARTS:
        shutil.copytree(HERE / part, copy / part, ignore=shutil.ignore_patterns("__pycache__"))
    for file in ("pyproject.toml", "tests/__init__.py"):
        shutil.copy(HERE / file, copy / file)
    return copy


def lint(tree: Path) -> str:
    """What import-linter says; empty if every contract is kept."""
    done = subprocess.run(
        [LINT, "--no-logo", "--cache-dir", str(tree / ".cache")],
        cwd=tree, env=os.environ | {"COLUMNS": "1000"}, capture_output=True, text=True, check=False,
    )  # fmt: skip
    return done.stdout if done.returncode else ""


def add(file: Path, lines: str) -> None:
    with file.open("a") as end:
        end.write(f"\n{lines}\n")


def told(said: str, contract: str) -> str:
    """What is said under that contract's name."""
    assert f"\n{contract} BROKEN" in said, said
    _, _, after = said.partition(f"\n{contract}\n{'-' * len(contract)}\n")
    return after.partition("\n---")[0]


def test_the_tree_as_it_is_breaks_no_contract(tree: Path) -> None:
    assert lint(tree) == ""


def test_an_import_without_leave_is_refused_by_the_contract_of_its_room(tree: Path) -> None:
    for each in ADDED:
        add(tree / each.file, each.lines)
    said = lint(tree)
    for each in ADDED:
        refusals = told(said, each.contract)
        assert any(
            line.startswith(f"- {each.module} (line ")
            and line.endswith(f"imports {each.imported}.")
            for line in refusals.splitlines()
        ), each
        (why,) = [one["why"] for one in contracts() if one["name"] == each.contract]
        assert why in refusals


def test_no_room_may_import_what_its_contract_does_not_name(tree: Path) -> None:
    for modules in ROOMS.values():
        package = Path(*modules[0].removesuffix(".__init__").split("."))
        file = package / "__init__.py" if (tree / package).is_dir() else package.with_suffix(".py")
        add(tree / file, "import pandas")
    said = lint(tree)
    for room in ROOMS:
        assert "imports pandas." in told(said, room)


def test_who_decides_reaches_no_parser_through_a_room_that_may(tree: Path) -> None:
    """Leave that is given carelessly, of one room to another, is refused all the same."""
    project = tree / "pyproject.toml"
    asked = 'may = ["msgspec", "values", "triage.packs.models", "triage.packs.word_lists"]'
    assert asked in project.read_text()
    project.write_text(project.read_text().replace(asked, asked[:-1] + ', "triage.sources"]'))
    add(tree / "triage/wire/messages.py", "from triage.sources import Source")
    said = lint(tree)
    assert "triage.wire KEPT" in said
    assert "triage.coordinator is not allowed to import triage.sources" in told(said, REACH)


def test_a_new_module_needs_a_room(tree: Path) -> None:
    (tree / "triage/attic.py").write_text("import pytsk3\n")
    assert "triage.attic is in no room." in told(lint(tree), "Every module has a room")


def test_a_new_package_at_the_top_is_looked_at(tree: Path) -> None:
    (tree / "attic").mkdir()
    (tree / "attic/__init__.py").write_text("import pytsk3\n")
    said = told(lint(tree), "Every module has a room")
    assert "Nobody looks at what attic imports." in said


@pytest.mark.parametrize(
    "module", ["cli.report", "cli.hash_set_told", "triage.scan.run", "profiles.__init__"]
)
def test_nothing_on_scene_may_import_a_lab_s_side(tree: Path, module: str) -> None:
    add(Path(tree, *module.split(".")).with_suffix(".py"), "from lab.store import LabStore")
    said = told(lint(tree), "The lab's side")
    assert f"- {module.removesuffix('.__init__')} imports lab." in said


def test_a_lab_s_side_may_not_read_evidence_though_its_room_has_leave(tree: Path) -> None:
    project = tree / "pyproject.toml"
    leave = 'modules = ["lab"]\nmay = ['
    assert leave in project.read_text()
    project.write_text(project.read_text().replace(leave, f'{leave}"triage.sources", '))
    add(tree / "lab/store.py", "from triage.sources import Source")
    said = lint(tree)
    assert "lab KEPT" in said
    assert "- lab.store imports triage.sources." in told(said, "The lab's side")


def test_a_lab_s_side_is_not_in_the_wheel_that_the_stick_has(tree: Path) -> None:
    project = tree / "pyproject.toml"
    shipped = 'packages = ["cli", "triage", "profiles"'
    assert shipped in project.read_text()
    project.write_text(project.read_text().replace(shipped, f'{shipped}, "lab"'))
    assert "The wheel has lab, and the stick has the wheel" in told(lint(tree), "The lab's side")


def test_a_module_has_one_room(tree: Path) -> None:
    project = tree / "pyproject.toml"
    before, after = 'modules = ["triage.plan"]', 'modules = ["triage.plan", "triage.media"]'
    project.write_text(project.read_text().replace(before, after))
    said = told(lint(tree), "Every module has a room")
    assert "triage.media is named by two rooms." in said


def test_a_circle_is_told(tree: Path) -> None:
    """Under TYPE_CHECKING too."""
    add(tree / "triage/plan/rows.py", f"{TYPED}from triage.plan.order import Batch")
    said = told(lint(tree), "No module imports itself by way of others")
    assert "triage.plan.rows" in said
    assert "triage.plan.order" in said


@pytest.mark.parametrize(
    "lines",
    [
        'from importlib import import_module\nimport_module("triage.sources")',
        'import importlib\nimportlib.import_module("triage.sources")',
        '__import__("triage." + "sources")',
        'import runpy\nrunpy.run_module("triage.sources")',
        'exec("import pytsk3")',
    ],
)
def test_what_is_imported_by_its_name_evades_nothing(tree: Path, lines: str) -> None:
    add(tree / "triage/coordinator/pool.py", lines)
    assert "- triage.coordinator.pool uses " in told(lint(tree), BY_NAME)


def test_the_stick_s_programs_need_nothing_installed(tree: Path) -> None:
    add(tree / "image-build/overlay/usr/lib/seek/helper", "import yaml")
    add(tree / "image-build/stick/make_stick.py", "from rich import print")
    said = told(lint(tree), "The stick's programs")
    assert "seek/helper imports yaml." in said
    assert "make_stick.py imports rich." in said


def test_a_contract_of_programs_holds_some(tree: Path) -> None:
    shutil.rmtree(tree / "image-build/steps")
    (tree / "image-build/steps").mkdir()
    assert "steps holds no program." in told(lint(tree), "The stick's programs")


def test_leave_that_nothing_takes_is_refused(tree: Path) -> None:
    project = tree / "pyproject.toml"
    plan = 'modules = ["triage.plan"]\nmay = ['
    exception = '"triage.profile -> triage.plain_yaml" ='
    text = project.read_text().replace(plan, f'{plan}"yaml", ')
    more = f'"triage.case -> yaml" = "Cases are not YAML."\n{exception}'
    project.write_text(text.replace(exception, more))
    said = lint(tree)
    assert "- yaml: nothing needs this leave" in told(said, "triage.plan")
    assert "- triage.case -> yaml: nothing needs this leave" in told(said, "values")


@pytest.mark.parametrize("why", ['""', '"because"'])
def test_a_contract_and_an_exception_say_why(tree: Path, why: str) -> None:
    project = tree / "pyproject.toml"
    before = project.read_text()
    leave = '"triage.profile -> triage.plain_yaml" ='
    project.write_text(before.replace(f'{leave} "A profile is YAML."', f"{leave} {why}"))
    assert "says why, in a sentence" in lint(tree)
    (reason,) = [each["why"] for each in contracts() if each["name"] == "triage.wire"]
    project.write_text(before.replace(f'why = "{reason}"', f"why = {why}"))
    assert "says why, in a sentence" in lint(tree)
