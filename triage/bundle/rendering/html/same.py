"""Findings that show the same: which one is looked at, and the others in a line each."""

from collections.abc import Callable
from dataclasses import dataclass

from triage.alike import FLOOD, FURTHEST, nearest_value
from triage.bundle.format.document import Finding
from triage.bundle.format.shown import count
from triage.bundle.rendering.html.markup import Html, code, foreign, items, join, tag
from triage.findings import surest
from triage.match_kinds import MatchKind

MOST_LINES = 20
"""Of one group in its card; all have their lines in the table."""
_RANKS = {kind: rank for rank, kind in enumerate(MatchKind)}


@dataclass(frozen=True, slots=True)
class Alike:
    """One group, the first found first."""

    findings: tuple[Finding, ...]
    shown: Finding
    """The one to look at: of the strongest kind, and of those the first."""

    @property
    def pictured(self) -> Finding:
        """The one whose preview is drawn: the one to look at, its exact copy, or any other."""
        shown = self.shown
        pictured = [finding for finding in self.findings if finding.found.preview]
        near = sorted(pictured, key=lambda each: (each is not shown, not _same(each, shown)))
        return near[0] if near else shown


def alikes(findings: tuple[Finding, ...]) -> list[Alike]:
    """All groups, in the order in which their first members were found."""
    members: dict[int, list[Finding]] = {}
    for finding in findings:
        members.setdefault(finding.found.group or finding.number, []).append(finding)
    return [
        Alike(tuple(group), min(group, key=lambda each: _RANKS[surest(each.matches)]))
        for group in members.values()
    ]


def list_of(alike: Alike, way_to: Callable[[Finding], str]) -> Html:
    """What else is in the group, `way_to` its line; nothing if it is alone."""
    shown = alike.shown
    others = [finding for finding in alike.findings if finding is not shown]
    if not others:
        return Html("")
    parts: list[Html] = [tag("p", _sentence(others, shown))]
    if _flooded(alike):
        parts.append(tag("p", _FLOODED, class_="alert"))
    parts.append(items((_other(each, shown, way_to) for each in others[:MOST_LINES]), "same"))
    if len(others) > MOST_LINES:
        left = count(len(others) - MOST_LINES, "further one")
        parts.append(tag("p", f"In the table above, and not here: {left}.", class_="note"))
    return join(parts)


def _other(each: Finding, shown: Finding, way_to: Callable[[Finding], str]) -> Html:
    state = "" if each.entry.allocated else ", deleted"
    number = tag("a", str(each.number), href=way_to(each))
    said = f": {_likeness(each, shown)}{state}; {_kinds(each)} "
    return join([number, foreign(said), code(each.entry.shown_path)])


_FLOODED = (
    f"At least {FLOOD} different pictures look like one and the same entry of a set. An entry that "
    "so much looks like says little about any of them: compare it with a few, and doubt the entry."
)


def _sentence(others: list[Finding], shown: Finding) -> str:
    copies = sum(_same(each, shown) for each in others)
    near = len(others) - copies
    parts = [count(copies, "exact copy", "exact copies")] if copies else []
    parts += [count(near, "that looks alike", "that look alike")] if near else []
    return f"It shows the same as {count(len(others), 'other finding')}: {', '.join(parts)}."


def _same(one: Finding, other: Finding) -> bool:
    sha256 = one.digests.get("sha256", "")
    return bool(sha256) and sha256 == other.digests.get("sha256")


def _likeness(finding: Finding, shown: Finding) -> str:
    if _same(finding, shown):
        return "exact copy"
    bits = _bits(finding.digests.get("pdq", ""), shown.digests.get("pdq", ""))
    if bits is not None and bits <= FURTHEST:
        return f"{bits} of 256 bits differ"
    like = "like the same entry of a set"
    manners = (match.provenance.get("manner", "") for match in finding.matches if not match.of_part)
    return ", ".join(filter(None, (like, *manners)))


def _bits(one: str, other: str) -> int | None:
    try:
        return (int(one, 16) ^ int(other, 16)).bit_count()
    except ValueError:
        return None


def _kinds(finding: Finding) -> str:
    kinds = {match.kind for match in finding.matches}
    return ", ".join(kind.words.heading for kind in MatchKind if kind in kinds)


def _flooded(alike: Alike) -> bool:
    """Whether absurdly many different contents look like one entry of a set."""
    contents: dict[str, set[str]] = {}
    for finding in alike.findings:
        value = nearest_value(finding.matches)
        if value:
            contents.setdefault(value, set()).add(finding.digests.get("sha256", ""))
    return any(len(different) >= FLOOD for different in contents.values())
