"""One word a thing: what a public class is called, no other is."""

import ast
from collections import defaultdict
from pathlib import Path

REPOSITORY = Path(__file__).parents[2]


def test_a_public_class_has_a_name_of_its_own() -> None:
    places = _places()
    assert len(places) > 300
    assert {name: where for name, where in places.items() if len(where) > 1} == {}


def _places() -> dict[str, list[str]]:
    places = defaultdict(list)
    for room in ("cli", "lab", "triage", "release"):
        for file in (REPOSITORY / room).rglob("*.py"):
            for node in ast.parse(file.read_text()).body:
                if isinstance(node, ast.ClassDef) and not node.name.startswith("_"):
                    places[node.name].append(str(file.relative_to(REPOSITORY)))
    return places
