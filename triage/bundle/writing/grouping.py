"""Findings that show the same, put together as they come, so that a person looks once.

Exact copies are always together. Then all that look like the same entry of a set; then what looks
like the group's first member. A group is led by its first member, and others are compared with the
leader only: likeness is not passed on from one to the next. What was found for a part of it - a
thumbnail, another picture behind its own, a later frame - is only ever put to its exact copies.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from triage.alike import FLOOD, FURTHEST, nearest_value
from triage.findings import Match

if TYPE_CHECKING:
    from triage.hashsets.perceptual import Words

_PDQ_BYTES = 32


@dataclass(slots=True)
class Group:
    """Findings that show the same."""

    leader: int
    """Number of the finding to look at."""
    members: int = 0
    different: int = 0
    """How many of them differ in content."""

    @property
    def flood(self) -> bool:
        """Whether absurdly many different pictures are in it: say it once."""
        return self.different >= FLOOD


@dataclass(slots=True)
class Groups:
    """Takes findings in their order; each gets into exactly one group."""

    led_by: dict[int, Group] = field(default_factory=dict)
    """The groups, by the number of the finding to look at."""
    _by_content: dict[str, Group] = field(default_factory=dict)
    _by_value: dict[str, Group] = field(default_factory=dict)
    _by_row: list[Group] = field(default_factory=list)
    _leaders: "Words | None" = None
    """The leaders' PDQ values, row by row; the array is longer than there are leaders."""

    def add(self, number: int, digests: Mapping[str, str], matches: Sequence[Match]) -> Group:
        """The group that the finding of this number joins, or leads."""
        sha256 = digests.get("sha256", "")
        group = known = self._by_content.get(sha256) if sha256 else None
        value, pdq = "", b""
        if not any(match.of_another_picture for match in matches):
            value, pdq = nearest_value(matches), _pdq_of(digests)
        group = group or self._by_value.get(value) or self._near(pdq)
        if group is None:
            group = self.led_by[number] = Group(leader=number)
            self._lead(group, pdq)
        group.members += 1
        group.different += known is None
        if sha256:
            self._by_content.setdefault(sha256, group)
        if value:
            self._by_value.setdefault(value, group)
        return group

    def hold(self, digests: Mapping[str, str]) -> bool:
        """Whether an exact copy was added before."""
        return digests.get("sha256", "") in self._by_content

    def _near(self, pdq: bytes) -> Group | None:
        """The group whose leader is the nearest, within the threshold."""
        if not pdq or self._leaders is None:
            return None
        import numpy as np  # noqa: PLC0415 - only where pictures are found

        from triage.hashsets.perceptual import distances, words_of  # noqa: PLC0415

        (query,) = words_of(np.frombuffer(pdq, np.uint8)[None])
        bits = distances(self._leaders[: len(self._by_row)], query)
        nearest = int(bits.argmin())
        return self._by_row[nearest] if bits[nearest] <= FURTHEST else None

    def _lead(self, group: Group, pdq: bytes) -> None:
        if not pdq:
            return
        import numpy as np  # noqa: PLC0415

        from triage.hashsets.perceptual import words_of  # noqa: PLC0415

        if self._leaders is None:
            self._leaders = np.zeros((64, 4), np.uint64)
        if len(self._by_row) == len(self._leaders):
            self._leaders = np.concatenate([self._leaders, np.zeros_like(self._leaders)])
        self._leaders[len(self._by_row)] = words_of(np.frombuffer(pdq, np.uint8)[None])
        self._by_row.append(group)


def _pdq_of(digests: Mapping[str, str]) -> bytes:
    """32 bytes; empty if it has none, or what a worker sent is none."""
    try:
        value = bytes.fromhex(digests.get("pdq", ""))
    except ValueError:
        return b""
    return value if len(value) == _PDQ_BYTES else b""
