"""The steps of a verification, taken one after the other up to the first that fails."""

from collections.abc import Callable, Iterable, Sequence
from enum import StrEnum
from typing import TypeVar

import msgspec

from triage.errors import VerificationError

State = TypeVar("State")
"""What the steps have learned so far."""


class StepOutcome(StrEnum):
    """What became of one step."""

    PASSED = "passed"
    FAILED = "failed"
    NOT_CHECKED = "not checked"
    """It cannot be decided here; the detail says why, and what to do."""
    NOT_REACHED = "not reached"


class Step(msgspec.Struct, frozen=True, kw_only=True):
    """One step and how it went."""

    number: int
    title: str
    stops: str
    """The attack."""
    outcome: StepOutcome
    detail: str = ""


class NotChecked(Exception):  # noqa: N818 - no error
    """The step cannot be decided here."""


def take_all(
    steps: Sequence[tuple[str, str, Callable[[State], str]]],
    state: State,
    tell: Callable[[int, int, str], None],
) -> tuple[Step, ...]:
    """Take the steps: title, the attack that it stops, what checks and says what it found.

    `tell` is told of each before it is taken: its number, how many there are, its title.
    """
    taken: list[Step] = []
    for number, (title, stops, check) in enumerate(steps, 1):
        outcome, detail = StepOutcome.NOT_REACHED, ""
        if failed_of(taken) is None:
            tell(number, len(steps), title)
            outcome, detail = _take(check, state)
        taken.append(Step(number=number, title=title, stops=stops, outcome=outcome, detail=detail))
    return tuple(taken)


def _take(check: Callable[[State], str], state: State) -> tuple[StepOutcome, str]:
    try:
        return StepOutcome.PASSED, check(state)
    except NotChecked as reason:
        return StepOutcome.NOT_CHECKED, str(reason)
    except VerificationError as error:
        return StepOutcome.FAILED, error.message


def failed_of(steps: Iterable[Step]) -> Step | None:
    """The one that failed; None: none did."""
    return next((step for step in steps if step.outcome is StepOutcome.FAILED), None)


def refusal(what: str, failed: Step, *, hint: str) -> VerificationError:
    """In words."""
    said = f"step {failed.number}, {failed.title}: {failed.detail}"
    return VerificationError(f"The {what} does not verify: {said}.", hint=hint)
