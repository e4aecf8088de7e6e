"""Who searches what, for which case. Values only."""

from triage.evidence import Value


class Case(Value, frozen=True, kw_only=True):
    """What the agent says of the search; empty strings where it was not said."""

    case_number: str = ""
    examiner: str = ""
    """Who runs the scan."""
    exhibit: str = ""
    """The seized item and its number."""
