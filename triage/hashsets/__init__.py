"""Hash sets: formats in, the compiled set, look-up.

`ready(path)` gives a set to look up in, whatever its format; `HashSet.find` and `.find_many` look
up; `build` makes a compiled file. docs/formats/hash-set.md describes that file.
"""

from triage.hashsets.categories import CategoryMap, Rules, load_map
from triage.hashsets.entries import Entry
from triage.hashsets.hash_set import HashSet, open_set
from triage.hashsets.importing import Built, Given, Order, Seal, build, ready
from triage.hashsets.layout import Category, Header
from triage.hashsets.records import BadRecord, Imported
from triage.hashsets.sizes import SizeGate, Sizes

__all__ = [
    "BadRecord",
    "Built",
    "Category",
    "CategoryMap",
    "Entry",
    "Given",
    "HashSet",
    "Header",
    "Imported",
    "Order",
    "Rules",
    "Seal",
    "SizeGate",
    "Sizes",
    "build",
    "load_map",
    "open_set",
    "ready",
]
