"""Who may do what: one table, and nothing is let by that is not in it. docs/lab.md has the same."""

from enum import StrEnum

from lab.accounts import LabRole


class Act(StrEnum):
    """What a page does; each page is one of these."""

    ENTER = "enter"
    """Sign in, and what the form needs: the only one for people without an account."""
    OWN = "own"
    """One's own session, password and language."""
    READ = "read"
    """Cases, exhibits, contents and their places, priorities, search by digest and name, trends."""
    NOTE = "note"
    SHOW = "show"
    """Be shown a picture, one at a time, each with a reason."""
    GRADE = "grade"
    COMPARE = "compare"
    """Search by a picture."""
    ACROSS = "across"
    """Overlaps and series."""
    REFERRALS = "referrals"
    """What providers report: the queue, a report, which of its files may be opened."""
    ORDER = "order"
    """Enter an order that unblocks files of a report."""
    JOIN = "join"
    """Join, split and name series."""
    AUDIT = "audit"
    ACCOUNTS = "accounts"


_READER = frozenset({Act.ENTER, Act.OWN, Act.READ})
_EXAMINER = _READER | {Act.NOTE, Act.SHOW, Act.GRADE, Act.COMPARE,
                       Act.REFERRALS}  # fmt: skip
MAY: dict[LabRole, frozenset[Act]] = {
    LabRole.READER: _READER,
    LabRole.EXAMINER: _EXAMINER,
    LabRole.ANALYST: _EXAMINER | {Act.ACROSS, Act.JOIN, Act.ORDER},
    LabRole.ADMINISTRATOR: frozenset({Act.ENTER, Act.OWN, Act.ACCOUNTS}),
    LabRole.AUDITOR: frozenset({Act.ENTER, Act.OWN, Act.AUDIT}),
}


def may(role: LabRole | None, act: Act) -> bool:
    """Whether somebody of that role may; None: who is not signed in."""
    return act is Act.ENTER if role is None else act in MAY.get(role, frozenset())
