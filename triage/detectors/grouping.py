"""Findings that show the same, put together, so that a person looks once.

Exact copies are always together. Then all that look like the same entry of a set; then what looks
like the group's first member. A group is led by its first member, and others are compared with the
leader only: likeness is not passed on from one to the next.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np

from triage.hashsets.perceptual import FURTHEST, WIDTH, PerceptualIndex

FLOOD = 200
"""An entry of a set that so many different pictures look like says nothing more about the next."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """What of a finding tells whether it shows the same as another."""

    entry_id: int
    sha256: str = ""
    pdq: bytes = b""
    """32 bytes; empty if it has none, or of low quality."""
    set_values: tuple[str, ...] = ()
    """Values in sets that it looks like (hex), the nearest first."""


@dataclass(slots=True, kw_only=True)
class Group:
    """Findings that show the same."""

    leader: int
    """Entry id of the one to look at."""
    members: list[int] = field(default_factory=list)
    """Entry ids, the leader's first."""
    set_value: str = ""
    """The entry of a set (hex) that they all look like."""
    different: int = 0
    """How many of them differ in content."""

    @property
    def flood(self) -> bool:
        """Whether absurdly many different pictures look like one entry: say it once."""
        return bool(self.set_value) and self.different >= FLOOD


def grouped(findings: Sequence[Shown], distance: int = FURTHEST) -> list[Group]:
    """The groups, in the order of their leaders; every finding is in exactly one."""
    near = _neighbours(findings, distance)
    groups: list[Group] = []
    by_content: dict[str, int] = {}
    by_value: dict[str, int] = {}
    of: dict[int, int] = {}
    for place, finding in enumerate(findings):
        known = by_content.get(finding.sha256) if finding.sha256 else None
        number = known
        if number is None:
            number = next((by_value[v] for v in finding.set_values if v in by_value), None)
        if number is None:
            number = next((of[other] for other in near[place] if other in of), None)
        if number is None:
            number = len(groups)
            groups.append(Group(leader=finding.entry_id, set_value="".join(finding.set_values[:1])))
            of[place] = number
        groups[number].members.append(finding.entry_id)
        groups[number].different += known is None
        by_content.setdefault(finding.sha256, number)
        for value in finding.set_values[:1]:
            by_value.setdefault(value, number)
    return groups


def _neighbours(findings: Sequence[Shown], distance: int) -> list[list[int]]:
    """For each finding the earlier ones within `distance` bits, the nearest first."""
    places = [place for place, finding in enumerate(findings) if len(finding.pdq) == WIDTH]
    near: list[list[int]] = [[] for _ in findings]
    if not places:
        return near
    values = np.frombuffer(b"".join(findings[p].pdq for p in places), np.uint8).reshape(-1, WIDTH)
    found = PerceptualIndex(values).search(values, distance)
    for query, value in zip(found.queries.tolist(), found.values.tolist(), strict=True):
        if value < query:
            near[places[query]].append(places[value])
    return near
