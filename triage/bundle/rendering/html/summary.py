"""The first screen: what was found, what that rests on, and what was not looked at."""

from collections import Counter
from collections.abc import Iterable, Iterator

from triage.bundle.format.custody import unproven
from triage.bundle.format.document import Document, Integrity, SignerKind
from triage.bundle.format.reckoning import BY_STATE, ending_of
from triage.bundle.format.shown import count, duration, size
from triage.bundle.rendering.html import words
from triage.bundle.rendering.html.markup import Html, code, facts, foreign, items, join, tag
from triage.bundle.rendering.html.spread import Line, Spread
from triage.ending import How, Unseen
from triage.ending_words import ENDED, UNFINISHED, not_seen, nothing_found
from triage.findings import Outcome, surest
from triage.match_kinds import MatchKind, any_notable
from triage.profile import SetKind

_SHOWN = 12
"""So many lines of a kind on the first screen; the tables below have all."""


def first_screen(document: Document, spread: Spread) -> Html:
    """The answer, what it rests on, what was not looked at, and which search it was."""
    return join(
        [
            _answer(document, spread),
            _unproven(document),
            tag(
                "div",
                _part("What it rests on", items(rests_on(document)), "rests"),
                _part("What was not looked at", items(not_looked_at(document)), "unseen"),
                _part("Exhibit and machine", _identity(document), "which"),
                class_="first",
            ),
        ]
    )


def _part(title: str, content: Html, class_: str) -> Html:
    return tag("section", tag("h2", title), content, class_=class_)


def _answer(document: Document, spread: Spread) -> Html:
    """The headline, how the search ended, and what such an answer is worth."""
    case = document.case
    subject = (
        "seek report",
        f"case {case.case_number}" if case.case_number else "",
        f"exhibit {case.exhibit}" if case.exhibit else "",
    )
    line, style = _headline(document)
    how = ending_of(document).how
    ended = tag("p", ENDED["en"][how], class_="ended" if how is How.COMPLETE else "ended alert")
    worth = tag("p", tag("strong", "Triage is not proof."), _WORTH)
    return tag(
        "header",
        tag("p", foreign(" · ".join(filter(None, subject))), class_="subject"),
        tag("h1", line, class_=f"verdict {style}"),
        _chips(spread),
        ended,
        worth,
    )


_WORTH = (
    " This was a quick look on scene, to decide what to examine first. Every finding has to be"
    " confirmed by an examiner; no finding does not mean that there is nothing."
)


def _headline(document: Document) -> tuple[str, str]:
    """The answer in one line, and its colour."""
    kinds = {surest(each.matches) for each in document.findings}
    if not any_notable(kinds) and not document.findings_left_out:
        how = ending_of(document).how
        return nothing_found("en", how).capitalize(), "none" if how is How.COMPLETE else "some"
    found = len(document.findings) + document.findings_left_out
    alike = sum(finding.found.group > 0 for finding in document.findings)
    same = f", {found - alike:,} to look at: the others show the same" if alike else ""
    colour = "known" if MatchKind.HASH_SET in kinds else "some"
    return f"{count(found, 'finding')}{same}", colour


def _chips(spread: Spread) -> Html:
    """How many of each kind, and where the first of them is."""
    first: dict[MatchKind, Line] = {}
    kinds: Counter[MatchKind] = Counter()
    for line in spread.lines:
        kind = surest(line.finding.matches)
        first.setdefault(kind, line)
        kinds[kind] += 1
    chips = [
        tag(
            "li",
            tag("b", f"{kinds[kind]:,}"),
            " ",
            tag("a", kind.words.heading, href=spread.line(first[kind].finding, seen_from=1)),
        )
        for kind in MatchKind
        if kind in kinds
    ]
    return tag("ul", *chips, class_="chips") if chips else Html("")


def rests_on(document: Document) -> Iterator[Html]:
    """What was looked at, and what it was compared with."""
    counted = [document.coverage.total(each) for each in (Outcome.EXAMINED, Outcome.KNOWN)]
    looked_at = sum(tally.entries for tally in counted)
    listed = sum(each.listed.entries for each in document.coverage.volumes.values())
    files = listed - document.coverage.total(Outcome.NO_CONTENT).entries
    amount = size(sum(tally.bytes for tally in counted))
    yield join([f"Looked at {looked_at:,} of {count(files, 'file')}: {amount}"])
    notable = [used for used in document.hash_sets if used.kind is SetKind.NOTABLE]
    if notable:
        entries = sum(used.entries if used.counted is None else used.counted for used in notable)
        what = f"Compared with {count(entries, 'known entry', 'known entries')}: "
        yield join([what, _names(used.name for used in notable)])
    else:
        yield join(["Compared with no set of known material"])
    if document.models:
        models = _names(f"{model.name} {model.version}".strip() for model in document.models)
        yield join(["Scored by models, whose scores are estimates: ", models])
    if document.word_lists:
        lists = _names(used.name for used in document.word_lists)
        yield join(["Names held against lists: ", lists])
    first = document.times.first_finding_after
    if first is not None:
        yield join([f"The first finding came after {duration(first)}"])
    yield _write_block(document)


def _names(names: Iterable[str]) -> Html:
    said = list(names)
    more = f" … and {len(said) - _SHOWN:,} more" if len(said) > _SHOWN else ""
    return join([join(map(foreign, said[:_SHOWN]), ", "), more])


def _write_block(document: Document) -> Html:
    attested = document.write_block
    if attested is None:
        return join(["No write block is attested: see Devices"])
    off = [layer.name for layer in attested.layers if not layer.on]
    if off or not attested.layers:
        missing = join(["Write block, NOT on in whole: ", _names(off) if off else "no layer"])
        return tag("strong", missing)
    return join([f"Write block on: {count(len(attested.layers), 'layer')}, see Devices"])


def _unproven(document: Document) -> Html:
    """What somebody may have written anew before the scan was resumed; it changes all below it."""
    lines = [tag("strong", foreign(said)) for said in unproven(document.resumed)]
    if not lines:
        return Html("")
    return tag("aside", tag("h2", "What is not proven"), items(lines), class_="unproven")


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


def _identity(document: Document) -> Html:
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
