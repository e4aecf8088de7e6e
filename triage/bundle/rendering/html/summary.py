"""The first screen: what was not looked at, that triage is not proof, and what was found."""

from collections import Counter
from collections.abc import Iterator

from triage.bundle.format.custody import unproven
from triage.bundle.format.document import Document, Integrity, SignerKind
from triage.bundle.format.reckoning import BY_STATE, ending_of
from triage.bundle.format.shown import count, duration, size
from triage.bundle.rendering.html import words
from triage.bundle.rendering.html.markup import Html, code, facts, foreign, items, join, tag
from triage.ending import How, Unseen
from triage.ending_words import ENDED, UNFINISHED, not_seen, nothing_found
from triage.findings import surest
from triage.match_kinds import MatchKind

_SHOWN = 12
"""So many lines of a kind on the first screen; the tables below have all."""


def warning(document: Document) -> Html:
    """The first lines."""
    return tag(
        "aside",
        tag("h1", "Read this first"),
        tag(
            "p",
            tag("strong", "Triage is not proof."),
            " This was a quick look on scene, to decide what to examine first. Every finding has to"
            " be confirmed by an examiner; no finding does not mean that there is nothing.",
        ),
        _unproven(document),
        tag("h2", "What was not looked at"),
        items(not_looked_at(document)),
        class_="first",
    )


def _unproven(document: Document) -> Html:
    """What somebody may have written anew before the scan was resumed; it changes all below it."""
    lines = [tag("strong", foreign(said)) for said in unproven(document.resumed)]
    return join([tag("h2", "What is not proven"), items(lines)]) if lines else Html("")


def not_looked_at(document: Document) -> Iterator[Html]:
    """One line for each thing; the most that a reader could miss comes first."""
    ending = ending_of(document)
    if ending.how in UNFINISHED:
        why = foreign(document.partial_reason)
        yield tag("span", tag("strong", ENDED["en"][ending.how]), " (", why, ")")
    for unseen in ending.unseen:
        yield _line(document, unseen)
    if document.findings_left_out:
        left = count(document.findings_left_out, "further finding")
        yield join([f"{left}: too many to list here, see entries.jsonl in the bundle"])
    yield join(["Anything that is not attached to this machine: phones, cloud, network storage"])


def verdict(document: Document) -> Html:
    """One line, and the counts behind it."""
    if not document.findings:
        how = ending_of(document).how
        line = nothing_found("en", how).capitalize()
        said = "Nothing that the profile asks for was found in what was looked at."
        style = "verdict none" if how is How.COMPLETE else "verdict some"
        return tag("header", tag("p", line, class_=style), tag("p", said))
    kinds = Counter(surest(finding.matches) for finding in document.findings)
    first = document.times.first_finding_after
    when = f", the first after {duration(first)}" if first is not None else ""
    known = kinds.get(MatchKind.HASH_SET, 0)
    chips = [
        tag("li", tag("b", f"{kinds[kind]:,}"), f" {kind.words.heading}")
        for kind in MatchKind
        if kinds.get(kind)
    ]
    found = len(document.findings) + document.findings_left_out
    alike = sum(finding.found.group > 0 for finding in document.findings)
    same = f", {found - alike:,} to look at: the others show the same" if alike else ""
    line = f"{count(found, 'finding')}{same}{when}"
    return tag(
        "header",
        tag("p", line, class_="verdict known" if known else "verdict some"),
        tag("ul", *chips, class_="chips"),
    )


def identity(document: Document) -> Html:
    """Which search this was."""
    case, times = document.case, document.times
    sources = [
        tag("li", foreign(source.path), f": {words.KINDS[source.kind]}")
        for source in document.sources
    ]
    return facts(
        (
            ("Case", foreign(case.case_number) or "not given"),
            ("Exhibit", foreign(case.exhibit) or "not given"),
            ("Examiner", foreign(case.examiner) or "not given"),
            ("Machine", _machine(document)),
            ("Scanned", tag("ul", *sources) if sources else "nothing"),
            ("Started", words.moment(times.started)),
            ("Ended", f"{words.moment(times.ended)}, after {duration(times.seconds)}"),
            ("Taken up again", _resumed(document)),
            ("Continues", _continues(document)),
            ("Clock", foreign(times.clock)),
            ("Profile", foreign(document.profile.applied.name)),
            ("Signed by", _signer(document)),
        )
    )


def _machine(document: Document) -> Html:
    machine = document.machine
    serial = f"serial number {machine.serial}" if machine.serial else ""
    return foreign(" · ".join(filter(None, (f"{machine.maker} {machine.model}".strip(), serial))))


def _resumed(document: Document) -> Html:
    """The scan was cut off, and went on later."""
    lines = [
        join(
            [
                f"{words.moment(r.at)}: {count(r.carried_entries, 'entry', 'entries')} kept,"
                f" {r.dropped_lines:,} not certain and looked at again; ",
                "the earlier part is proven" if r.integrity is Integrity.PROVEN else "not proven",
                ", and may have been cut short" if r.may_be_cut_short else "",
            ]
        )
        for r in document.resumed
    ]
    return tag("ul", *(tag("li", line) for line in lines)) if lines else Html("")


def _continues(document: Document) -> Html:
    """Which of two bundles of one scan counts."""
    if not document.continues:
        return Html("")
    said = ": an earlier part of this scan. All outcomes in it are in this bundle, which counts."
    return join([foreign(document.continues), said])


def _signer(document: Document) -> Html:
    signer = document.signer
    if signer is None:
        return Html("")
    fresh = "a key made for this scan alone" if signer.kind is SignerKind.FRESH else "a given key"
    return join([f"{fresh}: ", code(signer.fingerprint)])


def _line(document: Document, unseen: Unseen) -> Html:
    """What, how many and how much; below it, which."""
    said = not_seen("en", unseen.reason, unseen.count)
    amount = f" ({size(unseen.bytes)})" if unseen.bytes else ""
    which = list(_few(_which(document, unseen)))
    return join(
        [
            tag("strong", said) if unseen.reason.matters else said,
            amount,
            items(which) if which else Html(""),
        ]
    )


def _which(document: Document, unseen: Unseen) -> Iterator[Html]:
    """Volumes by name and reason, the largest first; of the rest what the document names."""
    states = [state for state, reason in BY_STATE.items() if reason is unseen.reason]
    for volume in sorted(document.volumes, key=lambda volume: -volume.size):
        if volume.state in states and volume.size:
            why = f" ({volume.reason})" if volume.reason else ""
            yield foreign(f"{words.volume_name(volume)}: {words.STATES[volume.state]}{why}")
    if not states:
        yield from map(foreign, unseen.named)


def _few(lines: Iterator[Html]) -> Iterator[Html]:
    left = 0
    for number, line in enumerate(lines):
        if number < _SHOWN:
            yield line
        else:
            left += 1
    if left:
        yield join([f"… and {count(left, 'more', 'more')} of this kind: see below"])
