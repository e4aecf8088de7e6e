"""One row of a table as a record: what is good of it is kept, what is not is counted."""

from collections.abc import Callable

from triage.hashsets.readers.headers import algorithm_of, is_foreign
from triage.hashsets.readers.photodna import photodna_of
from triage.hashsets.records import BY_HEX_LENGTH, UNKNOWN_SIZE, WIDTHS, Imported, SetRecord, record
from triage.hashsets.spelling import digest_of, size_of

_BASELINE = {"yes": "baseline", "true": "baseline", "1": "baseline", "baseline": "baseline"}
"""ICSE only says whether a file is in INTERPOL's baseline: illegal everywhere."""
_NOTHING = {"", "null", "none", "-", "n/a", "na", '""'}
_BASE64 = {24: "md5", 28: "sha1", 44: "sha256"}


def baseline_of(cell: str) -> str:
    """The category that a cell of ICSE's column Baseline gives."""
    return _BASELINE.get(cell.strip().lower(), "")


def record_of(
    cells: list[str], places: dict[str, int], number: int, imported: Imported, unit: str = "line"
) -> SetRecord:
    """One row as a record. A bad cell costs that cell, if a digest is left; it is counted.

    Raises ValueError with the reason.
    """
    values, wrong = _digests(cells, places)
    needed = max(places.values()) + 1
    if len(cells) < needed:
        wrong["columns"] = f"{len(cells)} columns where the header has at least {needed}"
    if wrong and not values:
        raise ValueError(next(iter(wrong.values())))
    made = record(values, size=UNKNOWN_SIZE, category=_category(cells, places))
    for column, reason in wrong.items():
        imported.without(number, f"its {column}", reason, unit)
    try:
        return made._replace(size=size_of(_cell(cells, places, "size")))
    except ValueError as error:
        imported.without(number, "its size", str(error), unit)
        return made


def _digests(cells: list[str], places: dict[str, int]) -> tuple[dict[str, bytes], dict[str, str]]:
    """The row's values by algorithm, and what is wrong with the others by column."""
    values: dict[str, bytes] = {}
    wrong: dict[str, str] = {}
    for column in filter(places.__contains__, _VALUES):
        cell = _cell(cells, places, column)
        if cell.lower() not in _NOTHING:
            try:
                name, value = _VALUES[column](cell, _which(cells, places) or column)
                values[name] = value
            except ValueError as error:
                wrong[column] = str(error)
    return values, wrong


def _cell(cells: list[str], places: dict[str, int], column: str) -> str:
    at = places.get(column, -1)
    return cells[at].strip() if 0 <= at < len(cells) else ""


def _category(cells: list[str], places: dict[str, int]) -> str:
    return _cell(cells, places, "category") or baseline_of(_cell(cells, places, "baseline"))


def _which(cells: list[str], places: dict[str, int]) -> str:
    """The algorithm that a row itself names; empty: none. Raises ValueError: one we do not have."""
    said = _cell(cells, places, "which")
    if said and is_foreign(said):
        raise ValueError(f"its digest is {said[:20]}, which seek does not compute")
    return algorithm_of(said)


def _value(cell: str, algorithm: str) -> tuple[str, bytes]:
    return algorithm, digest_of(cell, algorithm)


def _photodna(cell: str, algorithm: str) -> tuple[str, bytes]:
    return algorithm, photodna_of(cell)


def any_digest(cell: str, said: str = "") -> tuple[str, bytes]:
    """A digest whose length tells its algorithm, if nothing said it. Raises ValueError."""
    if said in WIDTHS:
        return (said, photodna_of(cell)) if said == "photodna" else _value(cell, said)
    algorithm = BY_HEX_LENGTH.get(len(cell)) or _BASE64.get(len(cell) * cell.endswith("="))
    if algorithm is None:
        raise ValueError(f"no digest has {len(cell)} characters: '{cell[:70]}'")
    return algorithm, digest_of(cell, algorithm)


_VALUES: dict[str, Callable[[str, str], tuple[str, bytes]]] = {
    "md5": _value,
    "sha1": _value,
    "sha256": _value,
    "pdq": _value,
    "photodna": _photodna,
    "hash": any_digest,
}
