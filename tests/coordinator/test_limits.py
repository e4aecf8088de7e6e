"""docs/messages.md's limits are played: every field of every message at its limit, and above."""

from collections.abc import Iterator

import pytest
from msgspec.structs import replace

from tests.coordinator import limits
from tests.coordinator.limits import FULL, Field, bound_of, said_with
from tests.coordinator.played import Stage, Voice, pool_on
from tests.coordinator.test_messages import (
    DEVICE,
    ENTRY,
    LOCKED,
    OF_WHO_UNLOCKS,
    REACH,
    Played,
    may,
)
from triage.coordinator import checking, foreman
from triage.coordinator.describers import Describers
from triage.errors import ModelError, WorkerError
from triage.wire import messages
from triage.wire.messages import (
    Copy,
    Describe,
    Gather,
    Gathered,
    Inbox,
    Request,
    StaysLocked,
    Unlock,
    Unlocked,
)

FIELDS = list(limits.fields())
TABLE = limits.table()


def _who_says(message: str) -> tuple[str, str]:
    """Of those who may say it, one, and in which state."""
    if message == "Failed":
        return "surveyor", "walking"  # which ends no surveyor
    by_role = sorted(REACH, key=lambda each: each[0])
    return next(each for each in by_role if may(*each, message))


LARGE = replace(ENTRY, size=messages.COPY_BYTES)
PIECE = 1 << 17
"""Bytes that a channel takes at once."""


class Heard:
    """One worker that may say a message, and what became of it."""

    def __init__(self, played: Played, message: str) -> None:
        self._played = played
        self._role, self._state = _who_says(message)
        played.describers.close()
        played.describers = Describers(played.pool, wanted=1, looks=True)
        self.voice = self._reached()
        self._told = len(self._deaths)

    def _reached(self) -> Voice:
        if self._state == "copying":
            voice = REACH["copier", "starting"](self._played)
            self._played.copier.ask(LARGE, lambda data: None)
            request: type[Request] = Copy
        elif self._state == "describing":
            voice = REACH["describer", "starting"](self._played)
            request = Describe
        else:
            return REACH[self._role, self._state](self._played)
        voice.say(FULL["Ready"])
        self._played.hear()
        assert voice.asked(request) in (Copy(entry=LARGE), Describe(sizes=(9,), looks=True))
        return voice

    @property
    def _deaths(self) -> list[str]:
        rolls = {
            "describer": self._played.describers.roll,
            "copier": self._played.copier.roll,
        }
        return rolls.get(self._role, self._played.foreman.roll).deaths.told

    def after(self, data: bytes) -> str:
        """Why the worker was ended by what it said; empty: it is heard on."""
        why = ""
        for at in range(0, len(data), PIECE):
            try:
                self.voice.say_bytes(data[at : at + PIECE])
            except (BrokenPipeError, ConnectionResetError):
                break
            why = self._why(last=at + PIECE >= len(data)) or why
        if self.voice.is_heard():
            return ""
        assert why
        return why

    def _why(self, *, last: bool) -> str:
        if self._state == "listing":
            return self._listing(last=last)
        if self._state == "trying":
            return self._trial()
        self._played.hear()
        return "; ".join(self._deaths[self._told :])

    def _listing(self, *, last: bool) -> str:
        surveys = self._played.foreman._surveys
        for worker, reply in self._played.pool.poll(0.01):
            surveys.hear_of_volumes(worker, reply)
        try:
            assert surveys.volumes_of(DEVICE) or not last
        except WorkerError as error:
            return error.message
        return ""

    def _trial(self) -> str:
        assert self._played.trial is not None
        try:
            self._played.trial.turn(0.01)
        except ModelError as error:
            return error.message
        return ""


def _of_who_unlocks(data: bytes) -> str:
    """Why what who unlocks a volume says is not believed, by its types and checks."""
    try:
        for reply in Inbox().feed(data):
            if isinstance(reply, Gathered):
                checking.check_gathered(Gather(volume=LOCKED), reply)
            elif isinstance(reply, Unlocked | StaysLocked):
                checking.check_unlocked(Unlock(volume=LOCKED), reply)
    except WorkerError as error:
        return error.message
    return ""


def _heard(field: Field, data: bytes, played: Played) -> str:
    if field.message in OF_WHO_UNLOCKS:
        return _of_who_unlocks(data)
    return Heard(played, field.message).after(data)


@pytest.fixture
def played(monkeypatch: pytest.MonkeyPatch) -> Iterator[Played]:
    monkeypatch.setattr(foreman, "POLL_SECONDS", 0.001)
    stage = Stage()
    with pool_on(stage) as pool:
        played = Played(pool, stage)
        yield played
        played.describers.close()


def test_every_field_of_every_message_has_its_limit_on_the_page_and_no_other() -> None:
    assert {field.name for field in FIELDS} == TABLE.keys()
    assert {field.message for field in FIELDS} == FULL.keys()


CASES = [
    pytest.param(field, number, id=f"{field.title}-{number}")
    for field in FIELDS
    for number in range(len(bound_of(field, TABLE[field.name]).at) if field.name in TABLE else 0)
]


@pytest.mark.parametrize(("field", "number"), CASES)
def test_at_its_limit_it_is_heard(field: Field, number: int, played: Played) -> None:
    data = said_with(field, bound_of(field, TABLE[field.name]).at[number])
    assert not _heard(field, data, played)


ABOVE = [
    pytest.param(field, number, id=f"{field.title}-{number}")
    for field in FIELDS
    for number in range(len(bound_of(field, TABLE[field.name]).above) if field.name in TABLE else 0)
]


@pytest.mark.parametrize(("field", "number"), ABOVE)
def test_above_its_limit_it_is_the_end_of_who_says_it_and_that_is_said(
    field: Field, number: int, played: Played
) -> None:
    try:
        data = said_with(field, bound_of(field, TABLE[field.name]).above[number])
    except OverflowError:
        return  # no message says numbers of more than 64 bits
    assert _heard(field, data, played)
