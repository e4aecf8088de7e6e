"""All that is known of each finding; those that show the same in one card."""

import re
from collections.abc import Callable, Iterator
from urllib.parse import quote

from triage.bundle.format.document import Document, Finding
from triage.bundle.format.shown import clock
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
from triage.bundle.rendering.html.speaking import Say
from triage.bundle.rendering.html.spread import Line, Spread
from triage.bundle.rendering.html.why import as_noted, why
from triage.captured import Capture
from triage.evidence import FileEntry
from triage.findings import Match

_HEX = re.compile("[0-9a-f]{32,128}")

_PRINTED = ("md5", "sha1", "sha256")
_MOST_WAYS = 5
"""To take out what matched in a container, of one finding."""


def details(
    say: Say,
    document: Document,
    spread: Spread,
    number: int,
    *,
    previews: str,
    below: Callable[[Alike], Html] | None = None,
) -> Html:
    """The cards of the file of this number. `previews`: as for `page.files`. `below`: what else
    is told, below each."""
    cards = [line for line in spread.files[number - 1] if line.is_shown]
    parts: list[Html] = [_how_to_show(say, cards)]
    heading = None
    for line in cards:
        if heading != (line.kind, line.model):
            heading = (line.kind, line.model)
            parts += _heading(say, line, spread)
        parts.append(_card(say, document, line.alike, spread, file=number, previews=previews))
        if below is not None:
            parts.append(below(line.alike))
    return join(parts)


def _heading(say: Say, line: Line, spread: Spread) -> list[Html]:
    title = (
        line.kind.words.heading.told(say.language),
        *((": ", foreign(line.model)) if line.model else ()),
    )
    told = tag("span", spread.counted(say, line.kind, line.model), class_="count")
    return [
        tag("h3", *title, told),
        tag("p", line.kind.words.meaning.told(say.language), class_="note"),
    ]


def _how_to_show(say: Say, cards: list[Line]) -> Html:
    """What to do to see a preview, where there is any."""
    if not any(line.alike.pictured.found.preview for line in cards):
        return Html("")
    said = say(
        "Previews are grey and blurred. “Show” reveals that one and “Hide” hides it again (with "
        "keys: Tab to it, then the space bar). Nothing else reveals any; printing reveals none. "
        "What is shown is blurred still, unless the profile kept sharp ones: the originals are on "
        "the exhibit."
    )
    return tag("p", said, class_="note on-screen")


def _card(
    say: Say, document: Document, alike: Alike, spread: Spread, *, file: int, previews: str
) -> Html:
    finding = alike.shown
    entry = finding.entry
    own_line = spread.line(finding, seen_from=file)
    number = tag("a", f"{finding.number}", class_="number", href=own_line)
    return tag(
        "article",
        tag("h4", number, code(entry.shown_path)),
        _preview(say, alike.pictured, previews),
        tag(
            "div",
            _matches(say, finding.matches, finding.digests),
            facts(
                (
                    (say("Where"), words.place(say, document, entry.volume_id)),
                    (say("State"), _state(say, entry)),
                    (say("Content"), _content(say, finding)),
                    (say("Dated"), _times(say, entry)),
                    (say("Video"), _frames_seen(say, finding)),
                    (say("Says of itself"), _says_of_itself(say, finding)),
                    (say("Models"), _scores(finding)),
                    (say("Parts"), _parts(say, finding)),
                    (say("Members"), _members(say, finding)),
                    (say("To take it out"), _to_take_out(finding)),
                    (say("Found"), _found(say, finding)),
                    *_digests(finding, on_paper=True),
                    (say("Second reading"), _reread(say, finding)),
                )
            ),
            facts(_digests(finding, on_paper=False), class_="on-screen"),
            same.list_of(say, alike, lambda other: spread.line(other, seen_from=file)),
        ),
        class_="finding",
        id_=f"finding-{finding.number}",
    )


def _preview(say: Say, finding: Finding, previews: str) -> Html:
    """A control of its own for each: keys that move between controls must never show a picture.

    `autocomplete`: a page that is loaded again or gone back to begins hidden. `hidden`: without
    our style nothing is drawn at all.
    """
    if not finding.found.preview:
        return tag("figure", tag("figcaption", say("no preview")), class_="empty")
    own = f"shown-{finding.number}"
    source = quote((previews + finding.found.preview).encode("utf-8", "surrogateescape"))
    return tag(
        "figure",
        tag(
            "input",
            type="checkbox",
            id_=own,
            autocomplete="off",
            aria_label=say("Show the preview of finding {number}", number=str(finding.number)),
        ),
        tag(
            "img",
            src=source,
            alt=say("preview of finding {number}", number=str(finding.number)),
            loading="lazy",
            hidden="",
        ),
        tag(
            "figcaption",
            tag("label", say("Show"), for_=own, class_="show"),
            tag("label", say("Hide"), for_=own, class_="hide"),
        ),
    )


def _matches(say: Say, matches: tuple[Match, ...], digests: dict[str, str]) -> Html:
    rows = []
    for match in matches:
        by = join([foreign(match.detector), _provenance(match.provenance, digests)])
        said = [why(say, match), _scored(say, match), tag("small", by), as_noted(say, match)]
        rows.append(join(said))
    return items(rows, "matches")


def _scored(say: Say, match: Match) -> str:
    if match.score is None:
        return ""
    score, of = _number(match.score), _number(match.threshold)
    said = say("Score {score}, threshold {of}.", score=score, of=of) if of else (
        say("Score {score}.", score=score))  # fmt: skip
    return join([" ", said])


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


def _state(say: Say, entry: FileEntry) -> str:
    if entry.allocated:
        return say("allocated")
    if entry.orphan:
        return say("deleted (unallocated), no folder names it")
    return say("deleted (unallocated)")


def _content(say: Say, finding: Finding) -> Html:
    amount, read = finding.entry.size, finding.result.bytes_read
    size, kind = say.size(amount), finding.result.undecoded
    said = [say("{size} ({n} bytes)", size=size, n=amount) if amount >= 1000 else size]
    if read < amount:
        said.append(say("of which {n} byte was read|of which {n} bytes were read", n=read))
    said.append(foreign(finding.result.type))
    if kind:
        said.append(join(["· ", say("not decoded: {kind}", kind=foreign(kind))]))
    return join(said, " ")


def _times(say: Say, entry: FileEntry) -> str:
    named = (
        (say("created"), entry.times.created),
        (say("modified"), entry.times.modified),
        (say("changed"), entry.times.changed),
        (say("accessed"), entry.times.accessed),
    )
    return join([f"{name} {words.instant(at)}" for name, at in named if at is not None], ", ")


def _frames_seen(say: Say, finding: Finding) -> str:
    """`10 frames seen, from 0:03 to 4:55 of 5:02; 2 at changes of scene: 0:09, 1:12`."""
    seen = finding.result.frames
    if seen is None:
        return ""
    first, last = clock(seen.first), clock(seen.last)
    said = [say("{n} frame seen|{n} frames seen", n=seen.count), ", "]
    said.append(say("from {first} to {last}", first=first, last=last) if seen.count > 1 else (
        say("at {first}", first=first)))  # fmt: skip
    if seen.length is not None:
        said += [" ", say("of {length}", length=clock(seen.length))]
    if seen.cut_short:
        said.append(say("; then the time for one video was over"))
    if seen.scenes:
        times = ", ".join(map(clock, seen.scenes))
        said.append(say("; {n} at a change of scene: {times}|; {n} at changes of scene: {times}",
                        n=len(seen.scenes), times=times))  # fmt: skip
    if seen.scenes_cut_short and not seen.cut_short:
        said.append(say("; not the whole video was searched for scenes"))
    return join(said)


def _says_of_itself(say: Say, finding: Finding) -> Html:
    """Of its making; anybody can write such things into a file."""
    capture = finding.result.capture or Capture()
    place = finding.result.position
    made = " ".join(filter(None, (capture.make, capture.model)))
    length = capture.length_seconds
    said = (
        ("made by", foreign(made)),
        ("serial number", foreign(capture.serial)),
        ("taken", foreign(capture.taken)),
        ("software", foreign(capture.software)),
        ("length", say.duration(length) if length is not None else ""),
        ("codec", foreign(capture.codec)),
        ("created", foreign(capture.created)),
        ("at", f"{place.latitude:.5f}, {place.longitude:.5f}" if place else ""),
    )
    return join([join([say(name), " ", value]) for name, value in said if value], " · ")


def _scores(finding: Finding) -> Html:
    """Of every model, those below its threshold too."""
    scores = finding.result.scores.items()
    return foreign(" · ".join(f"{model} {_number(score)}" for model, score in scores))


def _members(say: Say, finding: Finding) -> str:
    """Of a container that was looked into: what came out of it, and what did not."""
    opened = finding.result.opened
    if opened is None:
        return ""
    inner = opened.containers - 1
    not_all = {
        "{n} encrypted": opened.locked,
        "{n} damaged": opened.damaged,
        "{n} not looked into": sum(opened.unopened.values()),
    }
    told = [say(what, n=number) for what, number in not_all.items() if number]
    if opened.opened_by:
        lines = ", ".join(map(str, opened.opened_by))
        told.append(say("opened by the password in line {lines} of the list", lines=lines))
    if finding.result.untried:
        told.append(say("{n} password not tried|{n} passwords not tried", n=finding.result.untried))
    said = [say("{n} file in it|{n} files in it", n=opened.members)]
    if inner > 0:
        said.append(say("{n} container among them|{n} containers among them", n=inner))
    said.append(say("{size} taken out", size=say.size(opened.bytes)))
    return join([join(said, ", "), *told], "; ")


def _to_take_out(finding: Finding) -> Html:
    """Of what matched in a container: the first few, with stock tools."""
    opened = finding.result.opened
    if opened is None:
        return Html("")
    ways = [by_hand(m, finding.entry.path, opened.kind) for m in finding.result.matches]
    once = dict.fromkeys(" ; ".join(way) for way in ways if way)
    return join([tag("div", code(way)) for way in list(once)[:_MOST_WAYS]])


def _parts(say: Say, finding: Finding) -> str:
    """Pictures and videos in it besides its own."""
    result = finding.result
    if not result.parts:
        return ""
    what = "{n} picture or video in it looked at|{n} pictures and videos in it looked at"
    said = [say(what, n=result.parts)]
    if result.parts_undecoded:
        said.append(say("{n} of them by their digests alone", n=result.parts_undecoded))
    return join(said, ", ")


def _found(say: Say, finding: Finding) -> str:
    found = finding.found
    after = say.duration(found.after)
    said = [say("after {time}", time=after), ", ", words.moment(found.at)]
    if found.looked_at_as:
        said += ["; ", say("looked at as: {what}", what=say.noted(found.looked_at_as))]
    return join(said)


def _digests(finding: Finding, *, on_paper: bool) -> Iterator[tuple[str, str]]:
    """Those that other tools ask for are printed; all are on the screen and in findings.json."""
    for name, value in finding.digests.items():
        if (name in _PRINTED) is on_paper:
            yield name.upper(), code(value)


def _reread(say: Say, finding: Finding) -> Html:
    if not finding.result.reread_sha256:
        return Html("")
    said = say("Read again through The Sleuth Kit, the content had another SHA-256:")
    return tag("span", said, " ", code(finding.result.reread_sha256), class_="alert")
