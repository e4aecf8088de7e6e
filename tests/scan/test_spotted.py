"""Known material that was told of is settled with what was told, whatever came after."""

from triage.evidence import FileEntry
from triage.findings import Match, Outcome, Result
from triage.match_kinds import MatchKind
from triage.scan.spotted import NOT_THE_SAME, Unsettled

ENTRY = FileEntry(id=7, volume_id="d0v0", path="a.jpg")
TOLD = Match(
    kind=MatchKind.HASH_SET, detector="hash_set", reason="known",
    provenance={"algorithm": "md5", "digest": "0" * 32},
)  # fmt: skip


def _settled(result: Result) -> Result:
    unsettled = Unsettled()
    unsettled.note([(ENTRY, (TOLD,))])
    return unsettled.settled(ENTRY, result)


def test_what_never_came_is_settled_with_what_was_told() -> None:
    died = Result(outcome=Outcome.UNREADABLE, reason="ended the reader")
    assert _settled(died) == Result(
        outcome=Outcome.UNREADABLE, reason="ended the reader", matches=(TOLD,),
        digests={"md5": "0" * 32},
    )  # fmt: skip


def test_content_that_is_another_when_it_is_read_again_is_said_to_be() -> None:
    """The match keeps the digest that it is of: a line that contradicts itself proves nothing."""
    again = Result(outcome=Outcome.EXAMINED, digests={"md5": "1" * 32, "blake3": "2" * 64})
    settled = _settled(again)
    assert (settled.outcome, settled.reason) == (Outcome.UNREADABLE, NOT_THE_SAME)
    assert settled.matches == (TOLD,)
    assert settled.digests == {"md5": "0" * 32, "blake3": "2" * 64}


def test_the_same_content_is_settled_as_it_came() -> None:
    same = Result(outcome=Outcome.EXAMINED, digests={"md5": "0" * 32}, matches=(TOLD,))
    assert _settled(same) is same
