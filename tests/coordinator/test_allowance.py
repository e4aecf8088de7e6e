"""What workers may say together: at its limit it is heard, one above it is the end of them."""

from collections.abc import Callable
from dataclasses import dataclass

import pytest

from triage.coordinator import allowance
from triage.coordinator.allowance import OTHER_REASON, Allowance
from triage.errors import WorkerError


@dataclass(frozen=True)
class Bound:
    """One of them."""

    name: str
    small: int
    """What it is for the test."""
    say: Callable[[Allowance, int], None]
    """So much of it."""


def _reasons(left: Allowance, count: int) -> None:
    for number in range(count):
        left.reasons([f"reason {number}", "reason 0"])


def _replies(left: Allowance, size: int) -> None:
    ordinary = 3 * allowance.ORDINARY_BYTES
    left.reply(ordinary, 3)  # this much costs nothing
    left.reply(ordinary + size - 1, 3)
    left.reply(1, 0)


def _rows(left: Allowance, size: int) -> None:
    left.rows(allowance.ORDINARY_ROW_BYTES, 1)
    left.rows(allowance.ORDINARY_ROW_BYTES + size, 1)


def _words(left: Allowance, size: int) -> None:
    left.words(["w"] * (size - 1))
    left.words(["w"])


BOUNDS = [
    Bound("MOST_REASONS", 5, _reasons),
    Bound("SPARE_BYTES", 1000, _replies),
    Bound("SPARE_ROW_BYTES", 1000, _rows),
    Bound("MOST_WORDS", 1000, _words),
]


@pytest.mark.parametrize("bound", BOUNDS, ids=lambda bound: bound.name)
def test_at_its_limit_it_is_heard_and_one_above_it_ends_who_says_it(
    monkeypatch: pytest.MonkeyPatch, bound: Bound
) -> None:
    monkeypatch.setattr(allowance, bound.name, bound.small)
    bound.say(Allowance(), bound.small)
    with pytest.raises(WorkerError):
        bound.say(Allowance(), bound.small + 1)


def test_no_volume_holds_more_names_than_it_has_room_for() -> None:
    Allowance.listed(10_000 + 1_000_000 // 8, 1_000_000)
    with pytest.raises(WorkerError):
        Allowance.listed(10_001 + 1_000_000 // 8, 1_000_000)
    Allowance.listed(allowance.MOST_LISTED, 1 << 60)
    with pytest.raises(WorkerError):
        Allowance.listed(allowance.MOST_LISTED + 1, 1 << 60)


def test_how_a_worker_ended_always_has_a_reason(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(allowance, "MOST_REASONS", 1)
    monkeypatch.setattr(allowance, "MOST_ENDS", 1)
    left = Allowance()
    said = [left.end(f"way {number}") for number in (0, 1, 2, 0)]
    assert said == ["way 0", "way 1", OTHER_REASON, "way 0"]
