"""All that is known of each finding; those that show the same in one card."""

import re
from collections.abc import Callable, Iterator
from urllib.parse import quote

from triage.bundle.format.document import Document, Finding
from triage.bundle.format.shown import clock, count, duration, size
from triage.bundle.rendering.by_hand import by_hand
from triage.bundle.rendering.html import same, words
from triage.bundle.rendering.html.markup import (
    Html,
    code,
    facts,
    foreign,
    items,
    join,
    tag,
)
from triage.bundle.rendering.html.same import Alike
from triage.bundle.rendering.html.spread import Line, Spread
from triage.captured import Capture
from triage.evidence import FileEntry
from triage.findings import Match

_HEX = re.compile("[0-9a-f]{32,128}")

_PRINTED = ("md5", "sha1", "sha256")
_MOST_WAYS = 5
"""To take out what matched in a container, of one finding."""


def details(
    document: Document,
    spread: Spread,
    number: int,
    previews: str,
    below: Callable[[Alike], Html] | None = None,
) -> Html:
    """The cards of the file of this number. `previews`: as for `page.files`. `below`: what else
    is told, below each."""
    cards = [line for line in spread.files[number - 1] if line.is_shown]
    parts: list[Html] = [_how_to_show(cards)]
    heading = None
    for line in cards:
        if heading != (line.kind, line.model):
            heading = (line.kind, line.model)
            parts += _heading(line, spread)
        parts.append(_card(document, line.alike, spread, number, previews))
        if below is not None:
            parts.append(below(line.alike))
    return join(parts)


def _heading(line: Line, spread: Spread) -> list[Html]:
    title = (line.kind.words.heading, *((": ", foreign(line.model)) if line.model else ()))
    told = tag("span", spread.counted(line.kind, line.model), class_="count")
    return [tag("h3", *title, told), tag("p", line.kind.words.meaning, class_="note")]


def _how_to_show(cards: list[Line]) -> Html:
    """What to do to see a preview, where there is any."""
    if not any(line.alike.pictured.found.preview for line in cards):
        return Html("")
    said = (
        "Previews are grey and blurred. “Show” reveals that one and “Hide” hides it again (with "
        "keys: Tab to it, then the space bar). Nothing else reveals any; printing reveals none. "
        "What is shown is blurred still, unless the profile kept sharp ones: the originals are on "
        "the exhibit."
    )
    return tag("p", said, class_="note on-screen")


def _card(document: Document, alike: Alike, spread: Spread, file: int, previews: str) -> Html:
    finding = alike.shown
    entry = finding.entry
    own_line = spread.line(finding, seen_from=file)
    number = tag("a", f"{finding.number}", class_="number", href=own_line)
    return tag(
        "article",
        tag("h4", number, code(entry.shown_path)),
        _preview(alike.pictured, previews),
        tag(
            "div",
            _matches(finding.matches, finding.digests),
            facts(
                (
                    ("Where", foreign(words.place(document, entry.volume_id))),
                    ("State", _state(entry)),
                    ("Content", _content(finding)),
                    ("Dated", _times(entry)),
                    ("Video", _frames_seen(finding)),
                    ("Says of itself", _says_of_itself(finding)),
                    ("Models", _scores(finding)),
                    ("Parts", _parts(finding)),
                    ("Members", _members(finding)),
                    ("To take it out", _to_take_out(finding)),
                    ("Found", _found(finding)),
                    *_digests(finding, on_paper=True),
                    ("Second reading", _reread(finding)),
                )
            ),
            facts(_digests(finding, on_paper=False), class_="on-screen"),
            same.list_of(alike, lambda other: spread.line(other, seen_from=file)),
        ),
        class_="finding",
        id_=f"finding-{finding.number}",
    )


def _preview(finding: Finding, previews: str) -> Html:
    """A control of its own for each: keys that move between controls must never show a picture.

    `autocomplete`: a page that is loaded again or gone back to begins hidden. `hidden`: without
    our style nothing is drawn at all.
    """
    if not finding.found.preview:
        return tag("figure", tag("figcaption", "no preview"), class_="empty")
    own = f"shown-{finding.number}"
    source = quote((previews + finding.found.preview).encode("utf-8", "surrogateescape"))
    return tag(
        "figure",
        tag(
            "input",
            type="checkbox",
            id_=own,
            autocomplete="off",
            aria_label=f"Show the preview of finding {finding.number}",
        ),
        tag(
            "img",
            src=source,
            alt=f"preview of finding {finding.number}",
            loading="lazy",
            hidden="",
        ),
        tag(
            "figcaption",
            tag("label", "Show", for_=own, class_="show"),
            tag("label", "Hide", for_=own, class_="hide"),
        ),
    )


def _matches(matches: tuple[Match, ...], digests: dict[str, str]) -> Html:
    rows = []
    for match in matches:
        by = join([foreign(match.detector), _provenance(match.provenance, digests)])
        rows.append(join([foreign(match.reason), _scored(match), tag("small", by)]))
    return items(rows, "matches")


def _scored(match: Match) -> str:
    if match.score is None:
        return ""
    of = "" if match.threshold is None else f", threshold {_number(match.threshold)}"
    return f" Score {_number(match.score)}{of}."


def _provenance(provenance: dict[str, str], digests: dict[str, str]) -> Html:
    """In one line; digests shortened, as the whole ones are in findings.json and further below."""
    said = [
        f"{name.replace('_', ' ')} {value[:12] + '…' if _HEX.fullmatch(value) else value}"
        for name, value in provenance.items()
        if value not in digests.values()
    ]
    return foreign(" · ".join(["", *said])) if said else Html("")


def _number(value: float | None) -> str:
    return "" if value is None else f"{value:.3f}"


def _state(entry: FileEntry) -> str:
    if entry.allocated:
        return "allocated"
    if entry.orphan:
        return "deleted (unallocated), no folder names it"
    return "deleted (unallocated)"


def _content(finding: Finding) -> Html:
    said = [size(finding.entry.size)]
    if finding.entry.size >= 1000:
        said.append(f"({finding.entry.size:,} bytes)")
    if finding.result.bytes_read < finding.entry.size:
        said.append(f"of which {finding.result.bytes_read:,} bytes were read")
    kind = finding.result.undecoded
    not_decoded = f" · not decoded: {kind}" if kind else ""
    return join([" ".join(said), " ", foreign(finding.result.type + not_decoded)])


def _times(entry: FileEntry) -> str:
    named = (
        ("created", entry.times.created),
        ("modified", entry.times.modified),
        ("changed", entry.times.changed),
        ("accessed", entry.times.accessed),
    )
    return ", ".join(f"{name} {words.instant(at)}" for name, at in named if at is not None)


def _frames_seen(finding: Finding) -> str:
    """`10 frames seen, from 0:03 to 4:55 of 5:02`."""
    seen = finding.result.frames
    if seen is None:
        return ""
    said = f"{count(seen.count, 'frame')} seen, "
    said += f"from {clock(seen.first)} to {clock(seen.last)}" if seen.count > 1 else (
        f"at {clock(seen.first)}")  # fmt: skip
    if seen.length is not None:
        said += f" of {clock(seen.length)}"
    return said + ("; then the time for one video was over" if seen.cut_short else "")


def _says_of_itself(finding: Finding) -> Html:
    """Of its making; anybody can write such things into a file."""
    capture = finding.result.capture or Capture()
    place = finding.result.position
    made = " ".join(filter(None, (capture.make, capture.model)))
    length = capture.length_seconds
    said = (
        ("made by", made),
        ("serial number", capture.serial),
        ("taken", capture.taken),
        ("software", capture.software),
        ("length", duration(length) if length is not None else ""),
        ("codec", capture.codec),
        ("created", capture.created),
        ("at", f"{place.latitude:.5f}, {place.longitude:.5f}" if place else ""),
    )
    return foreign(" · ".join(f"{name} {value}" for name, value in said if value))


def _scores(finding: Finding) -> Html:
    """Of every model, those below its threshold too."""
    scores = finding.result.scores.items()
    return foreign(" · ".join(f"{model} {_number(score)}" for model, score in scores))


def _members(finding: Finding) -> str:
    """Of a container that was looked into: what came out of it, and what did not."""
    opened = finding.result.opened
    if opened is None:
        return ""
    inner = opened.containers - 1
    deep = f", {count(inner, 'container')} among them" if inner > 0 else ""
    not_all = {
        "encrypted": opened.locked,
        "damaged": opened.damaged,
        "not looked into": sum(opened.unopened.values()),
    }
    told = [f"{number:,} {what}" for what, number in not_all.items() if number]
    if opened.opened_by:
        lines = ", ".join(map(str, opened.opened_by))
        told.append(f"opened by the password in line {lines} of the list")
    what = count(opened.members, "file in it", "files in it")
    return "; ".join([f"{what}{deep}, {size(opened.bytes)} taken out", *told])


def _to_take_out(finding: Finding) -> Html:
    """Of what matched in a container: the first few, with stock tools."""
    opened = finding.result.opened
    if opened is None:
        return Html("")
    ways = [by_hand(m, finding.entry.path, opened.kind) for m in finding.result.matches]
    once = dict.fromkeys(" ; ".join(way) for way in ways if way)
    return join([tag("div", code(way)) for way in list(once)[:_MOST_WAYS]])


def _parts(finding: Finding) -> str:
    """Pictures and videos in it besides its own."""
    result = finding.result
    if not result.parts:
        return ""
    bare = f", {result.parts_undecoded:,} of them by their digests alone"
    what = count(result.parts, "picture or video in it", "pictures and videos in it")
    return f"{what} looked at{bare if result.parts_undecoded else ''}"


def _found(finding: Finding) -> str:
    found = finding.found
    said = f"after {duration(found.after)}, {words.moment(found.at)}"
    return f"{said}; looked at as: {found.looked_at_as}" if found.looked_at_as else said


def _digests(finding: Finding, *, on_paper: bool) -> Iterator[tuple[str, str]]:
    """Those that other tools ask for are printed; all are on the screen and in findings.json."""
    for name, value in finding.digests.items():
        if (name in _PRINTED) is on_paper:
            yield name.upper(), code(value)


def _reread(finding: Finding) -> Html:
    if not finding.result.reread_sha256:
        return Html("")
    said = "Read again through The Sleuth Kit, the content had another SHA-256: "
    return tag("span", said, code(finding.result.reread_sha256), class_="alert")
