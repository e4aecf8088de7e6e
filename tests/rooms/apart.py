"""What pyproject.toml says of a side of the project that the rest never meets."""

import tomllib
from collections.abc import Iterator
from pathlib import Path

from grimp import ImportGraph
from importlinter import fields

from tests.rooms.contracts import Told, holds, room_of


class Apart(Told):
    """Nothing of ours imports it but its doors, and nothing that goes on scene holds it.

    `package`: its folder at the top. `doors`: the modules that say that it is missing where it is.
    `reads`: what of ours it may import, as a room's `may` has it.
    """

    type_name = "apart"

    package = fields.StringField()
    doors = fields.ListField(subfield=fields.StringField())
    reads = fields.ListField(subfield=fields.StringField())

    def wrongs(self, graph: ImportGraph) -> Iterator[str]:
        """Imports of it, imports by it, and a wheel that has it."""
        package = str(self.package)
        doors: list[str] = self.doors  # type: ignore[assignment]
        for importer in sorted(graph.modules):
            for imported in sorted(graph.find_modules_directly_imported_by(importer)):
                inside = holds(package, importer)
                if inside == holds(package, imported) or importer in doors:
                    continue
                if not (inside and self._may_read(imported)):
                    yield f"{importer} imports {imported}."
        if package in _shipped():
            yield f"The wheel has {package}, and the stick has the wheel: take it out of there."

    def _may_read(self, imported: str) -> bool:
        """What is not ours, its own room decides."""
        reads: list[str] = self.reads  # type: ignore[assignment]
        room = room_of(imported)
        return not room or room in reads or any(holds(each, imported) for each in reads)


def _shipped() -> list[str]:
    """Packages that the wheel has, from which the image is made."""
    whole = tomllib.loads(Path("pyproject.toml").read_text(encoding="utf-8"))
    named: list[str] = whole["tool"]["hatch"]["build"]["targets"]["wheel"]["packages"]
    return named
