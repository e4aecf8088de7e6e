"""What pyproject.toml's contracts mean: a room imports what it was given leave to, and no more.

An import inside a function or under TYPE_CHECKING counts like any other: what reads evidence is
kept out of a process by what it can import, whenever it does.
"""

import ast
import sys
from collections.abc import Iterator
from functools import cache
from graphlib import CycleError, TopologicalSorter
from pathlib import Path
from typing import Any

from grimp import ImportGraph
from importlinter import Contract, ContractCheck, fields, output
from importlinter.api import read_configuration

ITSELF = ".__init__"
"""Behind a package's name: that module alone, and nothing in it."""
HINT = "Move what is wanted, hand it over as a value, or change pyproject.toml and say why there."


class Reasons(fields.Field[dict[str, str]]):
    """A table: what is let pass, and why."""

    def parse(self, raw_data: Any) -> dict[str, str]:
        """Refuses what has no sentence."""
        if not isinstance(raw_data, dict) or not all(map(_is_sentence, raw_data.values())):
            raise fields.ValidationError("Each exception says why, in a sentence.")
        return raw_data


class Sentence(fields.Field[str]):
    """Why a contract is there."""

    def parse(self, raw_data: Any) -> str:
        """Refuses what is none."""
        if not _is_sentence(raw_data):
            raise fields.ValidationError("A contract says why, in a sentence.")
        return str(raw_data)


class Told(Contract):
    """A contract that is broken by a list of lines."""

    why = Sentence()

    def wrongs(self, graph: ImportGraph) -> Iterator[str]:
        """What is wrong, a line each."""
        raise NotImplementedError

    def check(self, graph: ImportGraph, verbose: bool) -> ContractCheck:
        """Broken by the first wrong."""
        wrongs = list(self.wrongs(graph))
        return ContractCheck(kept=not wrongs, metadata={"wrongs": wrongs})

    def render_broken_contract(self, check: ContractCheck) -> None:
        """Why, and what is wrong."""
        output.print_error(str(self.why), bold=False)
        output.new_line()
        for wrong in check.metadata["wrongs"]:
            output.print_error(f"- {wrong}", bold=False)
        output.new_line()
        output.print_error(HINT, bold=False)
        output.new_line()


class Room(Told):
    """Its modules import each other, the standard library, and what it has leave to import.

    `modules`: a package stands for all in it that no other room names, `package.__init__` for
    itself alone. `may`: the same, and a room's name stands for the room. `exceptions`: single
    imports, as "importer -> imported", each with its reason. Leave that nothing takes is refused.
    """

    type_name = "room"

    modules = fields.ListField(subfield=fields.StringField())
    may = fields.ListField(subfield=fields.StringField(), required=False, default=[])
    exceptions = Reasons(required=False, default={})

    def wrongs(self, graph: ImportGraph) -> Iterator[str]:
        """Imports without leave, and leave without imports."""
        may: list[str] = self.may  # type: ignore[assignment]
        exceptions: dict[str, str] = self.exceptions  # type: ignore[assignment]
        unused = {*may, *exceptions}
        for importer, imported in _imports(graph, self.name):
            leave = {each for each in may if room_of(imported) == each or holds(each, imported)}
            leave |= {f"{importer} -> {imported}"} & exceptions.keys()
            unused -= leave
            if not leave:
                yield f"{_where(graph, importer, imported)} imports {imported}."
        for each in sorted(unused):
            yield f"{each}: nothing needs this leave any more. Take it out of the contract."


class Housed(Told):
    """Every module of ours belongs to one room: who adds a package says what it may import."""

    type_name = "housed"

    def wrongs(self, graph: ImportGraph) -> Iterator[str]:
        """Modules without a room, or with two."""
        named = [each for modules in _rooms().values() for each in modules]
        for each in sorted({each for each in named if named.count(each) > 1}):
            yield f"{each} is named by two rooms. Take it out of one."
        for module in sorted(_ours(graph)):
            if not room_of(module):
                yield f"{module} is in no room. Give it one."
        looked_at = {module.partition(".")[0] for module in _ours(graph)} | {"tests"}
        for folder in sorted({path.parent.name for path in Path().glob("*/__init__.py")}):
            if folder not in looked_at:
                yield f"Nobody looks at what {folder} imports. Name it in root_packages."


class NoCircle(Told):
    """No module imports itself by way of others."""

    type_name = "no_circle"

    def wrongs(self, graph: ImportGraph) -> Iterator[str]:
        """One circle; there may be more."""
        imports = {
            module: graph.find_modules_directly_imported_by(module) for module in graph.modules
        }
        try:
            TopologicalSorter(imports).prepare()
        except CycleError as error:
            yield " <- ".join(error.args[1])


class NotByName(Told):
    """Nothing is imported by a name that is only known when the program runs.

    No contract would see it. `exceptions`: modules that do, each with its reason.
    """

    type_name = "not_by_name"

    exceptions = Reasons(required=False, default={})
    _WAYS = frozenset({"import_module", "__import__", "run_module", "run_path", "exec_module",
                       "load_module", "exec", "eval"})  # fmt: skip

    def wrongs(self, graph: ImportGraph) -> Iterator[str]:
        """Modules that use any of the ways, and exceptions that do not."""
        exceptions: dict[str, str] = self.exceptions  # type: ignore[assignment]
        unused = set(exceptions)
        for module in sorted(_ours(graph)):
            ways = sorted(set(_names(_file_of(module))) & self._WAYS)
            if ways and module not in exceptions:
                yield f"{module} uses {', '.join(ways)}. Write the import out."
            if ways:
                unused.discard(module)
        for module in sorted(unused):
            yield f"{module}: it imports nothing by its name. Take it out of the contract."


class StandardLibrary(Told):
    """Programs outside the wheel: they import the standard library and each other."""

    type_name = "standard_library"

    folders = fields.ListField(subfield=fields.StringField())

    def wrongs(self, graph: ImportGraph) -> Iterator[str]:
        """Imports of anything else."""
        folders: list[str] = self.folders  # type: ignore[assignment]
        own = {path.stem for folder in map(Path, folders) for path in folder.iterdir()}
        for folder in map(Path, folders):
            programs = {*folder.rglob("*.py"), *filter(_is_python, folder.iterdir())}
            if not programs:
                yield f"{folder} holds no program. Name the folder that does."
            for path in sorted(programs):
                for name in sorted({*_imported(path)}):
                    if name not in own and name not in sys.stdlib_module_names:
                        yield f"{path} imports {name}."


@cache
def _rooms() -> dict[str, list[str]]:
    """The modules that each contract of a room names."""
    contracts = read_configuration()["contracts_options"]
    return {each["name"]: each["modules"] for each in contracts if each["type"] == Room.type_name}


@cache
def room_of(module: str) -> str:
    """The room that names it most closely; empty if none does."""
    named = [
        (len(each), name)
        for name, modules in _rooms().items()
        for each in modules
        if holds(each, module)
    ]
    return max(named, default=(0, ""))[1]


def _imports(graph: ImportGraph, room: str) -> Iterator[tuple[str, str]]:
    """From inside to outside, but for the standard library."""
    inside = {module for module in _ours(graph) if room_of(module) == room}
    for importer in sorted(inside):
        for imported in sorted(graph.find_modules_directly_imported_by(importer) - inside):
            if imported.partition(".")[0] not in sys.stdlib_module_names:
                yield importer, imported


def _ours(graph: ImportGraph) -> set[str]:
    return {module for module in graph.modules if not graph.is_module_squashed(module)}


def holds(name: str, module: str) -> bool:
    """Whether a name stands for that module: its own, or its package's."""
    if name.endswith(ITSELF):
        return module == name.removesuffix(ITSELF)
    return module == name or module.startswith(f"{name}.")


def _where(graph: ImportGraph, importer: str, imported: str) -> str:
    details = graph.get_import_details(importer=importer, imported=imported)
    lines = sorted({each["line_number"] for each in details})
    return f"{importer} (line {', '.join(map(str, lines))})"


def _file_of(module: str) -> Path:
    path = Path(*module.split("."))
    return path / "__init__.py" if path.is_dir() else path.with_suffix(".py")


def _names(path: Path) -> Iterator[str]:
    """Every name that is used or imported."""
    for node in ast.walk(ast.parse(path.read_bytes())):
        if isinstance(node, ast.Name):
            yield node.id
        elif isinstance(node, ast.Attribute):
            yield node.attr
        elif isinstance(node, ast.ImportFrom):
            yield from (each.name for each in node.names)


def _imported(path: Path) -> Iterator[str]:
    """The topmost name of every import."""
    for node in ast.walk(ast.parse(path.read_bytes())):
        if isinstance(node, ast.Import):
            yield from (each.name.partition(".")[0] for each in node.names)
        elif isinstance(node, ast.ImportFrom) and not node.level:
            yield str(node.module).partition(".")[0]


def _is_python(path: Path) -> bool:
    if not path.is_file():
        return False
    with path.open("rb") as file:
        first = file.readline(200)
    return first.startswith(b"#!") and b"python" in first


def _is_sentence(said: object) -> bool:
    return isinstance(said, str) and said.endswith(".") and " " in said
