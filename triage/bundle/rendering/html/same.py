"""Findings that show the same: which one is looked at, and the others in a line each."""

from collections.abc import Callable
from dataclasses import dataclass

from triage.alike import FLOOD, FURTHEST, nearest_value
from triage.bundle.format.document import Finding
from triage.bundle.rendering.html.markup import Html, code, foreign, items, join, tag
from triage.bundle.rendering.html.speaking import Say
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


def list_of(say: Say, alike: Alike, way_to: Callable[[Finding], str]) -> Html:
    """What else is in the group, `way_to` its line; nothing if it is alone."""
    shown = alike.shown
    others = [finding for finding in alike.findings if finding is not shown]
    if not others:
        return Html("")
    parts: list[Html] = [tag("p", _sentence(say, others, shown))]
    if _flooded(alike):
        parts.append(tag("p", say(_FLOODED, n=FLOOD), class_="alert"))
    parts.append(items((_other(say, each, shown, way_to) for each in others[:MOST_LINES]), "same"))
    if len(others) > MOST_LINES:
        left = say("In the table above, and not here: {n} further one.|"
                   "In the table above, and not here: {n} further ones.",
                   n=len(others) - MOST_LINES)  # fmt: skip
        parts.append(tag("p", left, class_="note"))
    return join(parts)


def _other(say: Say, each: Finding, shown: Finding, way_to: Callable[[Finding], str]) -> Html:
    state = [] if each.entry.allocated else [", ", say("deleted")]
    number = tag("a", str(each.number), href=way_to(each))
    said = [": ", _likeness(say, each, shown), *state, "; ", _kinds(say, each), " "]
    return join([number, *said, code(each.entry.shown_path)])


_FLOODED = (
    "At least {n} different pictures look like one and the same entry of a set. An entry that "
    "so much looks like says little about any of them: compare it with a few, and doubt the entry."
)


def _sentence(say: Say, others: list[Finding], shown: Finding) -> Html:
    copies = sum(_same(each, shown) for each in others)
    near = len(others) - copies
    parts = [say("{n} exact copy|{n} exact copies", n=copies)] if copies else []
    parts += [say("{n} that looks alike|{n} that look alike", n=near)] if near else []
    which = join(parts, ", ")
    return say("It shows the same as {n} other finding: {which}.|"
               "It shows the same as {n} other findings: {which}.",
               n=len(others), which=which)  # fmt: skip


def _same(one: Finding, other: Finding) -> bool:
    sha256 = one.digests.get("sha256", "")
    return bool(sha256) and sha256 == other.digests.get("sha256")


def _likeness(say: Say, finding: Finding, shown: Finding) -> Html:
    if _same(finding, shown):
        return say("exact copy")
    bits = _bits(finding.digests.get("pdq", ""), shown.digests.get("pdq", ""))
    if bits is not None and bits <= FURTHEST:
        return say("{n} of 256 bits differs|{n} of 256 bits differ", n=bits)
    like = say("like the same entry of a set")
    manners = (match.provenance.get("manner", "") for match in finding.matches if not match.of_part)
    return join([like, *(foreign(manner) for manner in manners if manner)], ", ")


def _bits(one: str, other: str) -> int | None:
    try:
        return (int(one, 16) ^ int(other, 16)).bit_count()
    except ValueError:
        return None


def _kinds(say: Say, finding: Finding) -> str:
    kinds = {match.kind for match in finding.matches}
    return ", ".join(kind.words.heading.told(say.language) for kind in MatchKind if kind in kinds)


def _flooded(alike: Alike) -> bool:
    """Whether absurdly many different contents look like one entry of a set."""
    contents: dict[str, set[str]] = {}
    for finding in alike.findings:
        value = nearest_value(finding.matches)
        if value:
            contents.setdefault(value, set()).add(finding.digests.get("sha256", ""))
    return any(len(different) >= FLOOD for different in contents.values())
