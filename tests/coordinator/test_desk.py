"""How a worker ended: in few words that can be counted, and in full for people."""

from triage.coordinator.desk import in_full, what_went_wrong
from triage.coordinator.pool import Died
from triage.wire.messages import Failed

DIED = Died(reason="ended the reader (exit 1)", complaint="MemoryError")


def test_what_a_worker_said_last_is_told_and_counted_by_nobody() -> None:
    assert what_went_wrong(DIED) == "ended the reader (exit 1)"
    assert in_full(DIED) == "ended the reader (exit 1): MemoryError"


def test_one_that_said_nothing_or_says_it_itself_is_told_as_it_is() -> None:
    assert in_full(Died(reason="took too long")) == "took too long"
    assert in_full(Failed(message="no such volume")) == "no such volume"
