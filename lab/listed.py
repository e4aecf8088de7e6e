"""What leaves the store in a list: contents with their digests, and what the lab says of each.

No case, no place, no name of a person is in it; a case's number is struck out of what people wrote.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from lab import series
from lab.decisions import Decisions
from lab.engines.duck import Connection
from lab.grading import Scheme, last_grades

_SHORTEST_NUMBER = 4
"""Characters of a case's number that is looked for in words: a shorter one is there by chance."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ListedContent:
    """One content."""

    content: str
    """BLAKE3, hex, as the other digests are; empty where it is not known."""
    md5: str
    sha1: str
    sha256: str
    pdq: str
    size: int
    type: str
    category: str
    """The lab's own by the scheme, or else the notable set's; empty: nobody says."""
    graded: bool
    """It is the lab's own."""
    series: str
    """The name that the lab gave the series that it belongs to; empty: none."""

    @property
    def is_video(self) -> bool:
        """By its content."""
        return self.type.startswith("video/")


def contents_to_list(
    held: Connection,
    decided: Decisions,
    *,
    scheme: Scheme,
    case: str | None = None,
    models: bool = False,
) -> list[ListedContent]:
    """All findings by a notable set, and what has a grade by any scheme; `models`: what a model
    alone found, too. `case`: of those, what was seen in that one."""
    grades = last_grades(decided, scheme)
    graded = [content for (content,) in decided.ask("SELECT DISTINCT content FROM grade")]
    named = series.names_of_pictures(decided)
    numbers = [each.number.casefold() for each in decided.cases()]
    rows = held.ask("listed", {"case": case, "models": models, "graded": graded})
    return [
        ListedContent(
            content=content, md5=md5 or "", sha1=sha1 or "", sha256=sha256 or "",
            pdq=pdq.hex() if pdq else "", size=size, type=kind,
            category=_struck_out(grades.get(content, category or ""), numbers),
            graded=content in grades, series=_struck_out(named.get(pdq, ""), numbers),
        )
        for content, md5, sha1, sha256, pdq, size, kind, category in rows
    ]  # fmt: skip


def _struck_out(text: str, numbers: Sequence[str]) -> str:
    """Nothing of a text that names a case."""
    bare = text.casefold()
    told = any(len(each) >= _SHORTEST_NUMBER and each in bare for each in numbers)
    return "" if told else text
