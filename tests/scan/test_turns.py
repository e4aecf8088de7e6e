"""While a rotating device is listed, looking gets turns, and the survey the greater part."""

from triage.scan.turns import LISTED_FIRST_SECONDS, LONGEST_SECONDS, Turns


class Clock:
    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


def test_the_survey_has_the_first_seconds_to_itself() -> None:
    clock = Clock()
    turns = Turns(clock)
    assert not turns.due
    clock.now += LISTED_FIRST_SECONDS
    assert turns.due


def test_only_one_batch_is_out_and_the_survey_gets_twice_its_time() -> None:
    clock = Clock()
    turns = Turns(clock)
    clock.now += LISTED_FIRST_SECONDS
    turns.begin()
    clock.now += 1.5
    assert not turns.due
    turns.end(1.5)
    clock.now += 2.9
    assert not turns.due
    clock.now += 0.2
    assert turns.due


def test_a_turn_whose_worker_died_ends_all_the_same() -> None:
    clock = Clock()
    turns = Turns(clock)
    turns.begin()
    clock.now += LONGEST_SECONDS
    assert turns.due
