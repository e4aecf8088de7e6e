"""What links two cases, ranked by how rare it is, each with its reasons in words.

What half of all cases have links nobody: everything counts the less the more cases have it.
"""

from collections import defaultdict
from dataclasses import dataclass, field

from lab.engines.asking import Answering, Rows
from lab.marks import serial_says_something
from lab.weighing import OverlapWeights
from triage.alike import STRONG
from triage.bundle.format.shown import count, visible

_SHOWN = 5
"""Names of a kind that a reason says."""


@dataclass(slots=True, kw_only=True)
class Overlap:
    """Two cases, and what they have in common."""

    one: str
    other: str
    weight: float = 0.0
    exact: list[str] = field(default_factory=list)
    """Contents, BLAKE3."""
    looks: list[tuple[str, str, int]] = field(default_factory=list)
    """A content of the one, one of the other that looks like it, bits in which they differ."""
    cameras: list[str] = field(default_factory=list)
    devices: list[str] = field(default_factory=list)
    computers: list[str] = field(default_factory=list)
    volumes: list[str] = field(default_factory=list)
    accounts: list[str] = field(default_factory=list)
    phones: list[str] = field(default_factory=list)
    rarest: int = 0
    """In how many cases that is which the fewest have."""

    @property
    def named(self) -> tuple[tuple[str, list[str]], ...]:
        """What both name, by what it is."""
        return (
            ("device", self.devices),
            ("computer", self.computers),
            ("volume", self.volumes),
            ("phone", self.phones),
            ("account", self.accounts),
            ("camera", self.cameras),
        )

    @property
    def reasons(self) -> list[str]:
        """Why, in words."""
        said = [f"the same {what}: {_some(names)}" for what, names in self.named if names]
        if self.exact:
            said.append(f"{count(len(self.exact), 'content')} the same to the byte")
        if self.looks:
            nearest = min(bits for _, _, bits in self.looks)
            said.append(
                f"{count(len(self.looks), 'pair')} of pictures that look the same"
                f" (the nearest differ in {count(nearest, 'bit')} of 256)"
            )
        rare = "no other case has" if self.rarest == 2 else f"{self.rarest} cases have"
        return [*said, f"{rare} the rarest of it"]


def overlaps_of(
    held: Answering, weights: OverlapWeights, *, case: str | None = None, whatever: bool = False
) -> list[Overlap]:
    """Of all cases, or of one; the strongest first. `whatever`: contents that are no picture, no
    video and no finding link as well."""
    most: dict[str, object] = {"most": weights.most_cases}
    asked = {**most, "case": case}
    of_case, wanted = ("_of_case", asked) if case is not None else ("", most)
    found: dict[tuple[str, str], Overlap] = {}

    def between(one: str, other: str, points: float, cases: int) -> Overlap:
        overlap = found.setdefault((one, other), Overlap(one=one, other=other, rarest=cases))
        overlap.weight += points / (cases - 1)
        overlap.rarest = min(overlap.rarest, cases)
        return overlap

    for one, other, content, cases in held.ask(f"exact{of_case}", {**wanted, "all": whatever}):
        between(one, other, weights.exact, cases).exact.append(content)
    for one, other, left, right, bits, cases in _nearest(held.ask(f"look{of_case}", wanted)):
        points = weights.look_strong if bits <= STRONG else weights.look_possible
        between(one, other, points, cases).looks.append((left, right, bits))
    for one, other, make, model, serial, cases in held.ask("cameras", asked):
        if serial_says_something(serial):
            name = " ".join(filter(None, (make, model, serial)))
            between(one, other, weights.camera, cases).cameras.append(name)
    for one, other, model, serial, cases in held.ask("devices", asked):
        if serial_says_something(serial):
            name = " ".join(filter(None, (model, serial)))
            between(one, other, weights.device, cases).devices.append(name)
    for one, other, kind, name, cases in held.ask("marks", asked):
        overlap = between(one, other, getattr(weights, kind), cases)
        getattr(overlap, f"{kind}s").append(name)
    return sorted(found.values(), key=lambda each: (-each.weight, each.one, each.other))


def _some(names: list[str]) -> str:
    """The first few, and how many more there are."""
    more = f" and {count(len(names) - _SHOWN, 'other')}" if len(names) > _SHOWN else ""
    return ", ".join(map(visible, names[:_SHOWN])) + more


def _nearest(rows: Rows) -> Rows:
    """Of two cases each content once, beside what it looks like most: ten copies of a picture
    against ten are no hundred reasons. The rows come nearest first."""
    taken: dict[tuple[str, str], set[str]] = defaultdict(set)
    kept = []
    for row in rows:
        one, other, left, right = row[:4]
        of_these = taken[one, other]
        if left not in of_these and right not in of_these:
            of_these |= {left, right}
            kept.append(row)
    return kept
