"""When a session ends, and how long a wrong password is held against one; by a clock of ours."""

import pytest
from argon2 import PasswordHasher, extract_parameters
from argon2.exceptions import VerifyMismatchError

from lab.pages import passwords
from lab.pages.passwords import is_password, secret_of
from lab.pages.sessions import PageSessions
from lab.pages.throttle import FREE, SignInThrottle
from triage.errors import UsageError


class Clock:
    """What time it is said to be."""

    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


def test_a_session_ends_when_nobody_asks_and_at_the_end_of_the_day_whoever_does() -> None:
    clock = Clock()
    sessions = PageSessions(clock, idle=60, longest=600)
    left, kept = sessions.begin("a", "s", "en"), sessions.begin("b", "s", "en")
    for _ in range(10):
        clock.now += 59
        assert sessions.of(kept) is not None
    assert sessions.of(left) is None
    clock.now += 9
    assert sessions.of(kept) is not None
    clock.now += 1
    assert sessions.of(kept) is None
    assert sessions.of("") is None


def test_numbers_and_tokens_are_never_the_same() -> None:
    sessions = PageSessions(Clock(), idle=60, longest=600)
    numbers = {sessions.begin("a", "s", "en") for _ in range(50)}
    held = [sessions.of(number) for number in numbers]
    assert len({each.token for each in held if each}) == len(numbers) == 50
    sessions.end_all_of("a")
    assert not any(map(sessions.of, numbers))


def test_each_wrong_try_beyond_the_free_ones_waits_longer_and_a_right_one_forgets() -> None:
    clock = Clock()
    throttle = SignInThrottle(clock)
    waits = []
    for _ in range(FREE["name and address"] + 3):
        throttle.wrong("a", "10.0.0.1")
        waits.append(throttle.wait("a", "10.0.0.1"))
    assert waits[: FREE["name and address"] - 1] == [0, 0, 0, 0]
    assert waits[4:] == [8, 16, 32, 64]
    assert throttle.wait("a", "10.0.0.2") == throttle.wait("b", "10.0.0.1") == 0
    clock.now += 64
    assert throttle.wait("a", "10.0.0.1") == 0
    throttle.right("a", "10.0.0.1")
    throttle.wrong("a", "10.0.0.1")
    assert throttle.wait("a", "10.0.0.1") == 0


def test_who_tries_many_names_or_from_many_places_waits_too() -> None:
    throttle = SignInThrottle(Clock())
    for n in range(FREE["address"]):
        throttle.wrong(f"name {n}", "10.0.0.1")
    assert throttle.wait("another", "10.0.0.1") > 0
    throttle = SignInThrottle(Clock())
    for n in range(FREE["name"]):
        throttle.wrong("a", f"10.0.0.{n}")
    assert throttle.wait("a", "10.0.1.1") > 0
    assert throttle.wait("b", "10.0.1.1") == 0


def test_a_password_is_one_and_its_secret_says_nothing_of_it() -> None:
    secret = secret_of("a horse of another")
    assert secret.startswith("$argon2id$")
    assert is_password(secret, "a horse of another")
    assert not is_password(secret, "a horse of another ")
    assert not is_password(None, "a horse of another")
    assert not is_password("no secret", "a horse of another")
    with pytest.raises(UsageError, match="fewer than 12"):
        secret_of("elevenchars")


def test_a_name_that_there_is_not_takes_as_long_as_one_that_there_is() -> None:
    """What stands in for its secret is one of the same cost, that argon2 computes."""
    stands_in = passwords._NOBODYS
    assert extract_parameters(stands_in) == extract_parameters(secret_of("a horse of another"))
    with pytest.raises(VerifyMismatchError):
        PasswordHasher().verify(stands_in, "a horse of another")
