"""report.html of what was put together of several bundles: lines and cards as any report has them,
of contents that are told once, below a first screen that says what it is, and of which bundles.
"""

from collections import Counter
from collections.abc import Iterator
from functools import cache
from hashlib import sha256
from importlib import resources

import msgspec

from triage.bundle.format.document import Document
from triage.bundle.format.layout import REPORT
from triage.bundle.format.merged import Merged, MergedContent, MergedPlace, MergedSource, own_volume
from triage.bundle.format.reckoning import ending_of
from triage.bundle.format.shown import count
from triage.bundle.rendering import html
from triage.bundle.rendering.html import findings, lines, page, summary, words
from triage.bundle.rendering.html.markup import (
    Html,
    code,
    facts,
    foreign,
    items,
    join,
    section,
    table,
    tag,
)
from triage.bundle.rendering.html.same import Alike
from triage.bundle.rendering.html.spread import Line, Spread
from triage.ending import How
from triage.findings import surest
from triage.match_kinds import MatchKind

_MOST_PLACES = 500
"""Of one content in its card."""


@cache
def renderer() -> str:
    """SHA-256 over the code that renders: where it is the same, so is the page."""
    ours = resources.files("triage.bundle")
    digest = sha256(html.renderer().encode("ascii"))
    for name in (("rendering", "merged.py"), ("format", "merged.py")):
        digest.update(sha256(ours.joinpath(*name).read_bytes()).digest())
    return digest.hexdigest()


def files(merged: Merged, *, name: str = REPORT) -> Iterator[tuple[str, str]]:
    """Every file, by its name, one after the other. `name`: of the first."""
    document = _as_one(merged)
    spread = Spread(document, name)
    places = {each.finding.number: each for each in merged.contents}

    def below(alike: Alike) -> Html:
        return join(_places(merged, places[each.number]) for each in alike.findings)

    for number in range(1, len(spread.files) + 1):
        parts = [_first_screen(merged, spread) if number == 1 else page.further(spread, number)]
        if spread.lines:
            table_ = lines.table_of(document, spread, number)
            cards = findings.details(document, spread, number, "", below)
            parts.append(section("Findings", table_, cards, id_="findings"))
        if number == 1:
            parts += [_source(each) for each in merged.sources]
            parts.append(_signature(merged))
        yield spread.name(number), page.whole(document, parts)


def _as_one(merged: Merged) -> Document:
    """What lines and cards are made of; it is nowhere written."""
    devices, volumes = [], []
    for source in merged.sources:
        said = source.says
        devices += [
            msgspec.structs.replace(each, id=own_volume(source.number, each.id))
            for each in said.devices
        ]
        volumes += [
            msgspec.structs.replace(
                each,
                id=own_volume(source.number, each.id),
                device_id=own_volume(source.number, each.device_id),
            )
            for each in said.volumes
        ]
    models = {each.name: each for source in merged.sources for each in source.says.models}
    first = merged.sources[0].says
    exhibits = dict.fromkeys(source.says.case.exhibit for source in merged.sources)
    case = msgspec.structs.replace(
        first.case,
        case_number=", ".join(filter(None, merged.case_numbers)),
        exhibit=", ".join(filter(None, exhibits)),
    )
    return msgspec.structs.replace(
        first,
        case=case,
        devices=tuple(devices),
        volumes=tuple(volumes),
        models=tuple(models.values()),
        findings=tuple(each.finding for each in merged.contents),
    )


def _first_screen(merged: Merged, spread: Spread) -> Html:
    places = sum(len(each.places) for each in merged.contents)
    said = f"{count(len(merged.contents), 'content')} found, in {count(places, 'place')}"
    if not merged.contents:
        said = "Nothing was found" + ("" if _all_seen(merged) else ", but not all was looked at")
    known = any(surest(each.finding.matches) is MatchKind.HASH_SET for each in merged.contents)
    case = ", ".join(filter(None, merged.case_numbers))
    some = bool(merged.contents) or not _all_seen(merged)
    style = "known" if known else "some" if some else "none"
    return tag(
        "header",
        tag("p", "seek merge", foreign(f" · case {case}" if case else ""), class_="subject"),
        tag("h1", said, class_=f"verdict {style}"),
        _chips(spread),
        tag(
            "p",
            tag("strong", "This is no scan's bundle."),
            f" It was put together of {count(len(merged.sources), 'bundle')} in a lab, on "
            f"{words.moment(merged.at)}. Each content is told once, with all places where it lies. "
            "What counts is in those bundles: each was signed by itself, and has a report of its "
            "own.",
            class_="ended",
        ),
        *_warnings(merged),
        _sources(merged),
    )


def _all_seen(merged: Merged) -> bool:
    """Whether every search that counts looked at all that it was to look at."""
    counted = (each for each in merged.sources if not each.all_in)
    return all(ending_of(each.says).how is How.COMPLETE and not each.trouble for each in counted)


def _seen(source: MergedSource) -> Html:
    """In a cell; what was not, is in the bundle's own section."""
    if source.all_in:
        return join([f"see bundle {source.all_in}"])
    if ending_of(source.says).how is How.COMPLETE:
        return join(["all"])
    return tag("a", tag("strong", "not all"), href=f"#bundle-{source.number}")


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


def _warnings(merged: Merged) -> Iterator[Html]:
    for source in merged.sources:
        if source.trouble:
            said = f"Bundle {source.number} does not verify, and was taken all the same: "
            why = foreign(source.trouble)
            rely = ". Nothing that is told of it can be relied on."
            yield tag("p", tag("strong", said, why, rely), class_="alert")
    if len(merged.case_numbers) > 1:
        cases = foreign(", ".join(case or "without a number" for case in merged.case_numbers))
        yield tag("p", tag("strong", "The bundles are of several cases: ", cases), class_="alert")


def _sources(merged: Merged) -> Html:
    """A line each, and that they add up."""
    rows = []
    for source in merged.sources:
        said = source.says
        told = source.findings - source.carried
        rows.append(
            (
                tag("a", f"{source.number}", href=f"#bundle-{source.number}"),
                code(source.bundle),
                foreign(said.case.exhibit),
                join([foreign(words.device_name(each)) for each in said.devices], ", "),
                words.moment(said.times.started),
                _seen(source),
                f"{source.findings:,}",
                f"{source.carried:,}" if source.all_in else "",
                f"{told:,}",
            )
        )
    sums = [sum(each.findings for each in merged.sources)]
    sums.append(sum(each.carried for each in merged.sources))
    total = ("", "All", "", "", "", "", f"{sums[0]:,}", f"{sums[1]:,}", f"{sums[0] - sums[1]:,}")
    heads = ("No.", "Bundle", "Exhibit", "Devices", "Started", "Looked at", "Findings",
             "Told by a later run", "Places")  # fmt: skip
    return table(heads, rows, numbers=(0, 6, 7, 8), total=total)


def _source(source: MergedSource) -> Html:
    """What a bundle says besides its findings; its own report has all of it."""
    said = source.says
    case, times = said.case, said.times
    machine = f"{said.machine.maker} {said.machine.model}".strip()
    later = f"all it has is in bundle {source.all_in}, which goes on with its scan"
    return section(
        f"Bundle {source.number}",
        facts(
            (
                ("Folder", code(source.bundle)),
                ("Its manifest", code(source.manifest_sha256)),
                ("Verified", _verified(source)),
                ("Not proven", items(map(foreign, source.not_proven)) if source.not_proven else ""),
                ("Superseded", later if source.all_in else ""),
                ("Case", foreign(case.case_number) or "not given"),
                ("Exhibit", foreign(case.exhibit) or "not given"),
                ("Examiner", foreign(case.examiner) or "not given"),
                ("Machine", foreign(machine)),
                ("Started", words.moment(times.started)),
                ("Ended", words.moment(times.ended)),
                ("Made by", foreign(f"{said.tool.name} {said.tool.version}")),
            )
        ),
        tag("h3", "What it rests on"),
        items(summary.rests_on(said)),
        tag("h3", "What was not looked at"),
        items(summary.not_looked_at(said)),
        id_=f"bundle-{source.number}",
    )


def _verified(source: MergedSource) -> Html:
    if source.trouble:
        return tag("span", tag("strong", "No: "), foreign(source.trouble), class_="alert")
    who = join([" (", foreign(source.principal), ")"]) if source.principal else Html("")
    return join(["yes; signed by ", code(source.fingerprint), who])


def _places(merged: Merged, content: MergedContent) -> Html:
    """All of one content, by bundle."""
    said = count(len(content.places), "place")
    rows = [_place(merged, each) for each in content.places[:_MOST_PLACES]]
    left = len(content.places) - len(rows)
    further = [tag("p", f"{left:,} more are in merged.json.", class_="note")] if left else []
    head = tag("p", f"Content {content.finding.number} lies in {said}:")
    return join([head, items(rows, "same"), *further])


def _place(merged: Merged, place: MergedPlace) -> Html:
    exhibit = merged.sources[place.source - 1].says.case.exhibit
    of = f", exhibit {exhibit}" if exhibit else ""
    where = f" finding {place.finding} of bundle {place.source}{of}: {place.volume_id} "
    deleted = "" if place.allocated else ", deleted"
    return join([foreign(where), " ", code(place.path), deleted])


def _signature(merged: Merged) -> Html:
    signer = merged.signer
    return section(
        "Signature",
        tag(
            "p",
            "Put together by ",
            foreign(merged.by),
            f", {signer.kind}: ",
            code(signer.fingerprint),
            ". `seek verify` on this folder checks it, and this page against merged.json.",
        ),
        id_="signature",
    )
