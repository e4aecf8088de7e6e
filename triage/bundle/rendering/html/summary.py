"""The first screen: what was found, what that rests on, and what was not looked at."""

from collections import Counter
from collections.abc import Iterable, Iterator

from triage.bundle.format.custody import unproven
from triage.bundle.format.document import Document, Integrity, SignerKind
from triage.bundle.format.reckoning import BY_STATE, ending_of
from triage.bundle.rendering.html import words
from triage.bundle.rendering.html.markup import Html, code, facts, foreign, items, join, tag
from triage.bundle.rendering.html.speaking import Say
from triage.bundle.rendering.html.spread import Line, Spread
from triage.ending import How, Unseen
from triage.ending_words import ENDED, UNFINISHED, not_seen
from triage.findings import Outcome, surest
from triage.match_kinds import MatchKind, any_notable
from triage.profile import SetKind

_SHOWN = 12
"""So many lines of a kind on the first screen; the tables below have all."""


def first_screen(say: Say, document: Document, spread: Spread) -> Html:
    """The answer, what it rests on, what was not looked at, and which search it was."""
    return join(
        [
            _answer(say, document, spread),
            _unproven(say, document),
            tag(
                "div",
                _part(say("What it rests on"), items(rests_on(say, document)), "rests"),
                _part(say("What was not looked at"), items(not_looked_at(say, document)), "unseen"),
                _part(say("Exhibit and machine"), _identity(say, document), "which"),
                class_="first",
            ),
        ]
    )


def _part(title: str, content: Html, class_: str) -> Html:
    return tag("section", tag("h2", title), content, class_=class_)


def _answer(say: Say, document: Document, spread: Spread) -> Html:
    """The headline, how the search ended, and what such an answer is worth."""
    case = document.case
    subject = (
        say("seek report"),
        say("case {case}", case=foreign(case.case_number)) if case.case_number else "",
        say("exhibit {exhibit}", exhibit=foreign(case.exhibit)) if case.exhibit else "",
    )
    line, style = _headline(say, document)
    how = ending_of(document).how
    ended = tag(
        "p", ENDED[say.language][how], class_="ended" if how is How.COMPLETE else "ended alert"
    )
    worth = tag("p", tag("strong", say("Triage is not proof.")), " ", say(_WORTH))
    return tag(
        "header",
        tag("p", join(filter(None, subject), " · "), class_="subject"),
        tag("h1", line, class_=f"verdict {style}"),
        chips(say, spread),
        ended,
        worth,
    )


_WORTH = (
    "This was a quick look on scene, to decide what to examine first. Every finding has to be"
    " confirmed by an examiner; no finding does not mean that there is nothing."
)


def _headline(say: Say, document: Document) -> tuple[str, str]:
    """The answer in one line, and its colour."""
    kinds = {surest(each.matches) for each in document.findings}
    if not any_notable(kinds) and not document.findings_left_out:
        if ending_of(document).how is How.COMPLETE:
            return say("No findings"), "none"
        return say("No findings, but not all was looked at"), "some"
    found = len(document.findings) + document.findings_left_out
    alike = sum(finding.found.group > 0 for finding in document.findings)
    said = [say("{n} finding|{n} findings", n=found)]
    if alike:
        said.append(say("{n} to look at: the others show the same", n=found - alike))
    return join(said, ", "), "known" if MatchKind.HASH_SET in kinds else "some"


def chips(say: Say, spread: Spread) -> Html:
    """How many of each kind, and where the first of them is."""
    first: dict[MatchKind, Line] = {}
    kinds: Counter[MatchKind] = Counter()
    for line in spread.lines:
        kind = surest(line.finding.matches)
        first.setdefault(kind, line)
        kinds[kind] += 1
    counted = [
        tag(
            "li",
            tag("b", say.number(kinds[kind])),
            " ",
            tag(
                "a",
                kind.words.heading.told(say.language),
                href=spread.line(first[kind].finding, seen_from=1),
            ),
        )
        for kind in MatchKind
        if kind in kinds
    ]
    return tag("ul", *counted, class_="chips") if counted else Html("")


def rests_on(say: Say, document: Document) -> Iterator[Html]:
    """What was looked at, and what it was compared with."""
    counted = [document.coverage.total(each) for each in (Outcome.EXAMINED, Outcome.KNOWN)]
    looked_at = sum(tally.entries for tally in counted)
    listed = sum(each.listed.entries for each in document.coverage.volumes.values())
    files = listed - document.coverage.total(Outcome.NO_CONTENT).entries
    amount = say.size(sum(tally.bytes for tally in counted))
    yield say("Looked at {done} of {n} file: {size}|Looked at {done} of {n} files: {size}",
              done=looked_at, n=files, size=amount)  # fmt: skip
    notable = [used for used in document.hash_sets if used.kind is SetKind.NOTABLE]
    if notable:
        entries = sum(used.entries if used.counted is None else used.counted for used in notable)
        sets = _names(say, (used.name for used in notable))
        yield say("Compared with {n} known entry: {sets}|Compared with {n} known entries: {sets}",
                  n=entries, sets=sets)  # fmt: skip
    else:
        yield say("Compared with no set of known material")
    if document.models:
        named = (f"{model.name} {model.version}".strip() for model in document.models)
        yield say("Scored by models, whose scores are estimates: {models}",
                  models=_names(say, named))  # fmt: skip
    if document.word_lists:
        lists = _names(say, (used.name for used in document.word_lists))
        yield say("Names held against lists: {lists}", lists=lists)
    first = document.times.first_finding_after
    if first is not None:
        yield say("The first finding came after {time}", time=say.duration(first))
    yield _write_block(say, document)


def _names(say: Say, names: Iterable[str]) -> Html:
    said = list(names)
    more = say("… and {n} more", n=len(said) - _SHOWN)
    return join(
        [join(map(foreign, said[:_SHOWN]), ", "), *([" ", more] if len(said) > _SHOWN else [])]
    )


def _write_block(say: Say, document: Document) -> Html:
    attested = document.write_block
    if attested is None:
        return say("No write block is attested: see Devices")
    off = [layer.name for layer in attested.layers if not layer.on]
    if off or not attested.layers:
        missing = say("Write block, NOT on in whole: {layers}",
                      layers=_names(say, off) if off else say("no layer"))  # fmt: skip
        return tag("strong", missing)
    return say("Write block on: {n} layer, see Devices|Write block on: {n} layers, see Devices",
               n=len(attested.layers))  # fmt: skip


def _unproven(say: Say, document: Document) -> Html:
    """What somebody may have written anew before the scan was resumed; it changes all below it."""
    lines = [tag("strong", say.noted(said)) for said in unproven(document.resumed)]
    if not lines:
        return Html("")
    return tag("aside", tag("h2", say("What is not proven")), items(lines), class_="unproven")


def not_looked_at(say: Say, document: Document) -> Iterator[Html]:
    """One line for each thing; the most that a reader could miss comes first."""
    ending = ending_of(document)
    if ending.how in UNFINISHED:
        why = say.noted(document.partial_reason)
        yield tag("span", tag("strong", ENDED[say.language][ending.how]), " (", why, ")")
    for unseen in ending.unseen:
        yield _line(say, document, unseen)
    if document.findings_left_out:
        yield say("{n} further finding: too many to list here, see entries.jsonl in the bundle|"
                  "{n} further findings: too many to list here, see entries.jsonl in the bundle",
                  n=document.findings_left_out)  # fmt: skip
    yield say("Anything that is not attached to this machine: phones, cloud, network storage")


def _identity(say: Say, document: Document) -> Html:
    """Which search this was."""
    case, times = document.case, document.times
    sources = [
        tag("li", foreign(source.path), ": ", say(words.KINDS[source.kind]))
        for source in document.sources
    ]
    return facts(
        (
            (say("Case"), foreign(case.case_number) or say("not given")),
            (say("Exhibit"), foreign(case.exhibit) or say("not given")),
            (say("Examiner"), foreign(case.examiner) or say("not given")),
            (say("Machine"), _machine(say, document)),
            (say("Scanned"), tag("ul", *sources) if sources else say("nothing")),
            (say("Started"), words.moment(times.started)),
            (say("Ended"), _ended(say, document)),
            (say("Taken up again"), _resumed(say, document)),
            (say("Continues"), _continues(say, document)),
            (say("Clock"), foreign(times.clock)),
            (say("Profile"), foreign(document.profile.applied.name)),
            (say("Signed by"), _signer(say, document)),
        )
    )


def _ended(say: Say, document: Document) -> Html:
    times = document.times
    after = say("after {time}", time=say.duration(times.seconds))
    return join([words.moment(times.ended), after], ", ")


def _machine(say: Say, document: Document) -> Html:
    machine = document.machine
    name = foreign(f"{machine.maker} {machine.model}".strip())
    serial = say("serial number"), " ", foreign(machine.serial)
    return join(filter(None, (name, join(serial) if machine.serial else Html(""))), " · ")


def _resumed(say: Say, document: Document) -> Html:
    """The scan was cut off, and went on later."""
    lines = [
        join(
            [
                words.moment(r.at),
                ": ",
                say("{n} entry kept|{n} entries kept", n=r.carried_entries),
                ", ",
                say("{n} not certain and looked at again", n=r.dropped_lines),
                "; ",
                say("the earlier part is proven")
                if r.integrity is Integrity.PROVEN
                else say("not proven"),
                join([", ", say("and may have been cut short")]) if r.may_be_cut_short else "",
            ]
        )
        for r in document.resumed
    ]
    return tag("ul", *(tag("li", line) for line in lines)) if lines else Html("")


def _continues(say: Say, document: Document) -> Html:
    """Which of two bundles of one scan counts."""
    if not document.continues:
        return Html("")
    said = "an earlier part of this scan. All outcomes in it are in this bundle, which counts."
    return join([foreign(document.continues), ": ", say(said)])


def _signer(say: Say, document: Document) -> Html:
    signer = document.signer
    if signer is None:
        return Html("")
    of_this_scan = signer.kind is SignerKind.FRESH
    fresh = say("a key made for this scan alone") if of_this_scan else say("a given key")
    return join([fresh, ": ", code(signer.fingerprint)])


def _line(say: Say, document: Document, unseen: Unseen) -> Html:
    """What, how many and how much; below it, which."""
    said = join([not_seen(say.language, unseen.reason, unseen.count)])
    amount = join([" (", say.size(unseen.bytes), ")"]) if unseen.bytes else ""
    which = list(_few(say, _which(say, document, unseen)))
    return join(
        [
            tag("strong", said) if unseen.reason.matters else said,
            amount,
            items(which) if which else Html(""),
        ]
    )


def _which(say: Say, document: Document, unseen: Unseen) -> Iterator[Html]:
    """Volumes by name and reason, the largest first; of the rest what the document names."""
    states = [state for state, reason in BY_STATE.items() if reason is unseen.reason]
    for volume in sorted(document.volumes, key=lambda volume: -volume.size):
        if volume.state in states and volume.size:
            why = [" (", say.noted(volume.reason), ")"] if volume.reason else []
            state = say(words.STATES[volume.state])
            yield join([words.volume_name(say, volume), ": ", state, *why])
    if not states:
        yield from map(foreign, unseen.named)


def _few(say: Say, lines: Iterator[Html]) -> Iterator[Html]:
    left = 0
    for number, line in enumerate(lines):
        if number < _SHOWN:
            yield line
        else:
            left += 1
    if left:
        yield say("… and {n} more of this kind: see below", n=left)
