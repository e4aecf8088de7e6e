"""Figures over all cases; one that rests on few cases is not shown, as it would speak of a person.

What is not shown is counted together, and that too only where it rests on enough cases.
"""

from dataclasses import dataclass
from enum import StrEnum

from lab.engines.asking import Answering
from lab.weighing import TrendWeights


class TrendBy(StrEnum):
    """What findings are counted by."""

    MONTH = "month"
    """In which the bundle came to the store."""
    KIND = "kind"
    """Of the match."""
    TYPE = "type"
    """Of the content."""
    CAMERA = "camera"
    """Make and model, by the pictures' own words."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TrendRow:
    """One figure."""

    what: str
    contents: int
    cases: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Trend:
    """All figures that may be shown."""

    rows: tuple[TrendRow, ...]
    suppressed: int
    """How many rest on fewer cases than may be shown."""
    fewest: int


def trend(held: Answering, by: TrendBy, weights: TrendWeights) -> Trend:
    """Different contents of findings, with the number of cases that each figure rests on."""
    rows = [
        TrendRow(what=what, contents=contents, cases=cases)
        for what, contents, cases in held.ask(f"trend_{by}")
    ]
    shown = tuple(row for row in rows if row.cases >= weights.fewest_cases)
    return Trend(rows=shown, suppressed=len(rows) - len(shown), fewest=weights.fewest_cases)
