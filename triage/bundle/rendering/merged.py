"""report.html of what was put together of several bundles: lines and cards as any report has them,
of contents that are told once, below a first screen that says what it is, and of which bundles.

It is in the language of the first bundle's.
"""

from collections.abc import Iterator
from functools import cache
from hashlib import sha256
from importlib import resources

import msgspec

from triage.bundle.format.document import Document
from triage.bundle.format.layout import REPORT
from triage.bundle.format.merged import Merged, MergedContent, MergedPlace, MergedSource, own_volume
from triage.bundle.format.reckoning import ending_of
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
from triage.bundle.rendering.html.speaking import Say, speaker
from triage.bundle.rendering.html.spread import Spread
from triage.ending import How
from triage.findings import surest
from triage.match_kinds import MatchKind

_PUT_TOGETHER = (
    "It was put together of {n} bundle in a lab, on {moment}. Each content is told once, with all "
    "places where it lies. What counts is in those bundles: each was signed by itself, and has a "
    "report of its own.|"
    "It was put together of {n} bundles in a lab, on {moment}. Each content is told once, with all "
    "places where it lies. What counts is in those bundles: each was signed by itself, and has a "
    "report of its own."
)
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
    say, spread = speaker(document), Spread(document, name)
    places = {each.finding.number: each for each in merged.contents}

    def below(alike: Alike) -> Html:
        return join(_places(say, merged, places[each.number]) for each in alike.findings)

    for number in range(1, len(spread.files) + 1):
        parts = [
            _first_screen(say, merged, spread) if number == 1 else page.further(say, spread, number)
        ]
        if spread.lines:
            table_ = lines.table_of(say, document, spread, number)
            cards = findings.details(say, document, spread, number, previews="", below=below)
            parts.append(section(say("Findings"), table_, cards, id_="findings"))
        if number == 1:
            parts += [_source(say, each) for each in merged.sources]
            parts.append(_signature(say, merged))
        yield spread.name(number), page.whole(say, document, parts)


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


def _first_screen(say: Say, merged: Merged, spread: Spread) -> Html:
    places = sum(len(each.places) for each in merged.contents)
    found = say("{n} content found|{n} contents found", n=len(merged.contents))
    said = join([found, say("in {n} place|in {n} places", n=places)], ", ")
    if not merged.contents:
        said = say("Nothing was found" if _all_seen(merged) else
                   "Nothing was found, but not all was looked at")  # fmt: skip
    known = any(surest(each.finding.matches) is MatchKind.HASH_SET for each in merged.contents)
    case = ", ".join(filter(None, merged.case_numbers))
    subject = ["seek merge", *([say("case {case}", case=foreign(case))] if case else [])]
    some = bool(merged.contents) or not _all_seen(merged)
    style = "known" if known else "some" if some else "none"
    return tag(
        "header",
        tag("p", join(subject, " · "), class_="subject"),
        tag("h1", said, class_=f"verdict {style}"),
        summary.chips(say, spread),
        tag(
            "p",
            tag("strong", say("This is no scan's bundle.")),
            " ",
            say(_PUT_TOGETHER, n=len(merged.sources), moment=words.moment(merged.at)),
            class_="ended",
        ),
        *_warnings(say, merged),
        _sources(say, merged),
    )


def _all_seen(merged: Merged) -> bool:
    """Whether every search that counts looked at all that it was to look at."""
    counted = (each for each in merged.sources if not each.all_in)
    return all(ending_of(each.says).how is How.COMPLETE and not each.trouble for each in counted)


def _seen(say: Say, source: MergedSource) -> Html:
    """In a cell; what was not, is in the bundle's own section."""
    if source.all_in:
        return say("see bundle {number}", number=source.all_in)
    if ending_of(source.says).how is How.COMPLETE:
        return say("all of it")
    return tag("a", tag("strong", say("not all")), href=f"#bundle-{source.number}")


def _warnings(say: Say, merged: Merged) -> Iterator[Html]:
    for source in merged.sources:
        if source.trouble:
            said = say("Bundle {number} does not verify, and was taken all the same:",
                       number=source.number)  # fmt: skip
            why, rely = (
                say.noted(source.trouble),
                say("Nothing that is told of it can be relied on."),
            )
            yield tag("p", tag("strong", said, " ", why, ". ", rely), class_="alert")
    if len(merged.case_numbers) > 1:
        cases = join(
            [foreign(case) or say("without a number") for case in merged.case_numbers], ", "
        )
        said = say("The bundles are of several cases: {cases}", cases=cases)
        yield tag("p", tag("strong", said), class_="alert")


def _sources(say: Say, merged: Merged) -> Html:
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
                _seen(say, source),
                say.number(source.findings),
                say.number(source.carried) if source.all_in else "",
                say.number(told),
            )
        )
    sums = [sum(each.findings for each in merged.sources)]
    sums.append(sum(each.carried for each in merged.sources))
    amounts = map(say.number, (*sums, sums[0] - sums[1]))
    total = ("", say("All"), "", "", "", "", *amounts)
    heads = (
        say("No."), say("Bundle"), say("Exhibit"), say("Devices"), say("Started"),
        say("Looked at"), say("Findings"), say("Told by a later run"), say("Places"),
    )  # fmt: skip
    return table(heads, rows, numbers=(0, 6, 7, 8), total=total)


def _source(say: Say, source: MergedSource) -> Html:
    """What a bundle says besides its findings; its own report has all of it."""
    said = source.says
    case, times = said.case, said.times
    machine = f"{said.machine.maker} {said.machine.model}".strip()
    later = say("all it has is in bundle {number}, which goes on with its scan",
                number=source.all_in)  # fmt: skip
    return section(
        say("Bundle {number}", number=source.number),
        facts(
            (
                (say("Folder"), code(source.bundle)),
                (say("Its manifest"), code(source.manifest_sha256)),
                (say("Verified"), _verified(say, source)),
                (
                    say("Not proven"),
                    items(map(say.noted, source.not_proven)) if source.not_proven else "",
                ),
                (say("Superseded"), later if source.all_in else ""),
                (say("Case"), foreign(case.case_number) or say("not given")),
                (say("Exhibit"), foreign(case.exhibit) or say("not given")),
                (say("Examiner"), foreign(case.examiner) or say("not given")),
                (say("Machine"), foreign(machine)),
                (say("Started"), words.moment(times.started)),
                (say("Ended"), words.moment(times.ended)),
                (say("Made by"), foreign(f"{said.tool.name} {said.tool.version}")),
            )
        ),
        tag("h3", say("What it rests on")),
        items(summary.rests_on(say, said)),
        tag("h3", say("What was not looked at")),
        items(summary.not_looked_at(say, said)),
        id_=f"bundle-{source.number}",
    )


def _verified(say: Say, source: MergedSource) -> Html:
    if source.trouble:
        return tag(
            "span", tag("strong", say("No:")), " ", say.noted(source.trouble), class_="alert"
        )
    who = join([" (", foreign(source.principal), ")"]) if source.principal else Html("")
    return join([say("yes; signed by {key}", key=code(source.fingerprint)), who])


def _places(say: Say, merged: Merged, content: MergedContent) -> Html:
    """All of one content, by bundle."""
    rows = [_place(say, merged, each) for each in content.places[:_MOST_PLACES]]
    left = len(content.places) - len(rows)
    more = say("{n} more is in merged.json.|{n} more are in merged.json.", n=left)
    further = [tag("p", more, class_="note")] if left else []
    head = say("Content {number} lies in {n} place:|Content {number} lies in {n} places:",
               number=str(content.finding.number), n=len(content.places))  # fmt: skip
    return join([tag("p", head), items(rows, "same"), *further])


def _place(say: Say, merged: Merged, place: MergedPlace) -> Html:
    exhibit = merged.sources[place.source - 1].says.case.exhibit
    where = say("finding {number} of bundle {bundle}",
                number=str(place.finding), bundle=place.source)  # fmt: skip
    of = [", ", say("exhibit {exhibit}", exhibit=foreign(exhibit))] if exhibit else []
    deleted = [] if place.allocated else [", ", say("deleted")]
    volume = foreign(place.volume_id)
    return join([where, *of, ": ", volume, " ", code(place.path), *deleted])


def _signature(say: Say, merged: Merged) -> Html:
    signer = merged.signer
    return section(
        say("Signature"),
        tag(
            "p",
            say(
                "Put together by {who}, {kind}: {key}. {command} on this folder checks it, and "
                "this page against merged.json.",
                who=foreign(merged.by),
                kind=str(signer.kind),
                key=code(signer.fingerprint),
                command="`seek verify`",
            ),
        ),
        id_="signature",
    )
