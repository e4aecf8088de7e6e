"""The first screen: what was not looked at, that triage is not proof, and what was found."""

from collections import Counter
from collections.abc import Iterator

from triage.bundle.document import Document, Finding, SignerKind
from triage.bundle.html import words
from triage.bundle.html.markup import Html, code, facts, foreign, items, join, tag
from triage.bundle.shown import count, duration, size
from triage.evidence import VolumeState
from triage.findings import MatchKind, Outcome

_SHOWN = 12
"""So many lines of a kind on the first screen; the tables below have all."""

_TOLD_OTHERWISE = (VolumeState.READABLE, VolumeState.CONTAINER, VolumeState.UNCLAIMED)


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
        tag("h2", "What was not looked at"),
        items(not_looked_at(document)),
        class_="first",
    )


def not_looked_at(document: Document) -> Iterator[Html]:
    """One line for each thing; the most that a reader could miss comes first."""
    if document.partial:
        yield tag("span", tag("strong", "The scan is partial: "), foreign(document.partial_reason))
    yield from _few(_unread_volumes(document))
    coverage = document.coverage
    for outcome, said in (
        (Outcome.NOT_REACHED, "not reached"),
        (Outcome.UNREADABLE, "could not be read or decoded, or only in part"),
        (Outcome.EXCLUDED, "left out by the profile"),
        (Outcome.KNOWN, "in a set of known files, and looked at no further"),
    ):
        tally = coverage.total(outcome)
        if tally.entries:
            yield join([f"{count(tally.entries, 'file')} ({size(tally.bytes)}) {said}"])
    unclaimed = [v.size for v in document.volumes if v.state is VolumeState.UNCLAIMED]
    if sum(unclaimed):
        places = count(len(unclaimed), "place")
        yield join([f"{size(sum(unclaimed))} of sectors that no volume claims, in {places}"])
    own = {v.id for v in document.volumes if v.state is not VolumeState.UNCLAIMED}
    outside = sum(volume.outside_files_bytes for volume in coverage.volumes.values()
                  if volume.volume_id in own)  # fmt: skip
    if outside:
        yield join([f"{size(outside)} outside of files: unallocated space, slack and metadata"])
    caps = [*document.caps, *(cap for v in coverage.volumes.values() for cap in v.caps)]
    yield from _few(join(["A limit was reached: ", foreign(cap)]) for cap in caps)
    if document.findings_left_out:
        left = count(document.findings_left_out, "further finding")
        yield join([f"{left}: too many to list here, see entries.jsonl in the bundle"])
    if document.errors:
        yield join([f"{count(len(document.errors), 'thing')} went wrong: see “How it was done”"])
    yield join(["Anything that is not attached to this machine: phones, cloud, network storage"])


def verdict(document: Document) -> Html:
    """One line, and the counts behind it."""
    if not document.findings:
        line = "No findings so far: the scan is partial" if document.partial else "No findings"
        said = "Nothing that the profile asks for was found in what was looked at."
        style = "verdict some" if document.partial else "verdict none"
        return tag("header", tag("p", line, class_=style), tag("p", said))
    kinds = Counter(kind_of(finding) for finding in document.findings)
    first = document.times.first_finding_after
    when = f", the first after {duration(first)}" if first is not None else ""
    known = kinds.get(MatchKind.HASH_SET, 0)
    chips = [
        tag("li", tag("b", f"{kinds[kind]:,}"), f" {title}")
        for kind, title, _ in words.GROUPS
        if kinds.get(kind)
    ]
    found = len(document.findings) + document.findings_left_out
    alike = sum(finding.group > 0 for finding in document.findings)
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


def kind_of(finding: Finding) -> MatchKind:
    """The strongest kind among its matches."""
    kinds = {match.kind for match in finding.matches}
    return next((kind for kind, _, _ in words.GROUPS if kind in kinds), MatchKind.NAME)


def _resumed(document: Document) -> Html:
    """The scan was cut off, and went on later."""
    lines = [
        f"{words.moment(r.at)}: {count(r.carried_entries, 'entry', 'entries')} kept,"
        f" {r.dropped_lines:,} not certain and looked at again"
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


def _unread_volumes(document: Document) -> Iterator[Html]:
    seen = {volume.device_id for volume in document.volumes}
    for device in document.devices:
        if device.id not in seen:
            yield join(["Device ", foreign(words.device_name(device)), ": no volumes were listed"])
    for volume in sorted(document.volumes, key=lambda volume: -volume.size):
        if volume.state in _TOLD_OTHERWISE or not volume.size:
            continue
        name = foreign(words.volume_name(volume))
        why = f" ({volume.reason})" if volume.reason else ""
        yield join(["Volume ", name, f": {words.STATES[volume.state]}", foreign(why)])


def _few(lines: Iterator[Html]) -> Iterator[Html]:
    left = 0
    for number, line in enumerate(lines):
        if number < _SHOWN:
            yield line
        else:
            left += 1
    if left:
        yield join([f"… and {count(left, 'more', 'more')} of this kind: see below"])
