"""One line a finding, to sort, to filter and to print: what somebody chooses by."""

from collections.abc import Iterable, Iterator

from triage.bundle.format.document import Document, Finding
from triage.bundle.rendering.html import words
from triage.bundle.rendering.html.markup import Html, code, foreign, join, tag
from triage.bundle.rendering.html.speaking import Say
from triage.bundle.rendering.html.spread import Line, Spread
from triage.captured import Capture
from triage.findings import Match
from triage.match_kinds import MatchKind

_HEADS = (
    ("No.", "n", ""), ("Kind", "", "kind"), ("What", "", ""), ("Volume", "", "volume"),
    ("Set, model, list", "", "set"), ("Category", "", "category"), ("Camera", "", "camera"),
    ("Dated", "t", ""), ("Score", "n", ""),
)  # fmt: skip
"""Title, class, and what its values are called where they can be chosen from."""
_BY = ("set", "model", "list")


def table_of(say: Say, document: Document, spread: Spread, number: int) -> Html:
    """The lines of the file of this number."""
    lines = spread.files[number - 1]
    heads = [
        tag("th", say(title), scope="col", **_attributes(class_, chosen))
        for title, class_, chosen in _HEADS
    ]
    volumes = {volume.id: words.short_volume_name(volume) for volume in document.volumes}
    rows = [_row(say, line, volumes, spread, number) for line in lines]
    whole = tag(
        "table",
        tag("thead", tag("tr", *heads)),
        tag("tbody", *rows),
        id_="lines",
        **_for_the_script(say),
    )
    one = len(spread.files) == 1
    of = say("All findings") if one else say("Findings of this file")
    return join(
        [
            _files(say, spread, number),
            tag("div", whole, class_="wide", tabindex="0", role="region", aria_label=of),
        ]
    )


def _for_the_script(say: Say) -> dict[str, str]:
    """What it says; it has no words of its own, as its digest is in the page's head."""
    chosen = (
        "Chosen: {left} of {all} lines. The others are not shown, neither here nor below, nor "
        "printed."
    )
    return {
        "data_search": say("Name, path or date holds"),
        "data_all": say("all"),
        "data_none": say("(none)"),
        "data_chosen": say(chosen, left=Html("{left}"), all=Html("{all}")),
    }


def _attributes(class_: str, chosen: str) -> dict[str, str]:
    said = {"class_": class_} if class_ else {}
    return said | ({"data_filter": chosen} if chosen else {})


def _files(say: Say, spread: Spread, number: int) -> Html:
    """Which of them are told of where."""
    if len(spread.files) == 1:
        return Html("")
    at, links = 1, []
    for each, lines in enumerate(spread.files, start=1):
        said = say("{first} to {last}", first=at, last=at + len(lines) - 1)
        here = each == number
        links.append(
            tag("strong", said) if here else tag("a", said, href=spread.way_to(each) + "#findings")
        )
        at += len(lines)
    said = say("{lines} lines in {files} files:", lines=len(spread.lines), files=len(spread.files))
    only = say("Sorting and choosing are within one file; {command} has all in one.",
               command="seek report --export csv")  # fmt: skip
    which = tag("p", said, " ", join(links, " · "), ". ", only)
    return tag("nav", which, aria_label=say("Files of this report"))


def _row(say: Say, line: Line, volumes: dict[str, str], spread: Spread, number: int) -> Html:
    finding, entry = line.finding, line.finding.entry
    card = spread.card(line.alike, seen_from=number)
    capture = finding.result.capture or Capture()
    camera = " ".join(filter(None, (capture.make, capture.model)))
    return tag(
        "tr",
        tag("td", tag("a", str(finding.number), href=card), class_="n"),
        tag("td", _values(_kinds(say, finding))),
        tag("td", code(entry.shown_path), _state(say, line)),
        tag("td", foreign(volumes.get(entry.volume_id, entry.volume_id))),
        tag("td", _values(_told(finding.matches, _BY))),
        tag("td", _values(_told(finding.matches, ("category",)))),
        tag("td", foreign(camera)),
        tag("td", *_dated(say, finding, capture), class_="t"),
        tag("td", _score(finding), class_="n"),
        id_=f"line-{finding.number}",
    )


def _kinds(say: Say, finding: Finding) -> Iterator[str]:
    there = {match.kind for match in finding.matches}
    return (kind.words.heading.told(say.language) for kind in MatchKind if kind in there)


def _told(matches: Iterable[Match], names: tuple[str, ...]) -> Iterator[str]:
    return (
        match.provenance[name] for match in matches for name in names if match.provenance.get(name)
    )


def _values(values: Iterable[str]) -> Html:
    """Each once; the script takes each for a choice of its own."""
    return join([foreign(value) for value in dict.fromkeys(values)], ", ")


def _state(say: Say, line: Line) -> Html:
    said = [] if line.finding.entry.allocated else [say("deleted")]
    if not line.is_shown:
        said.append(say("shows the same as {number}", number=str(line.alike.shown.number)))
    return tag("small", join(said, ", ")) if said else Html("")


def _dated(say: Say, finding: Finding, capture: Capture) -> tuple[str, ...]:
    """What the picture says of itself, which is the camera's clock; or the file system's stamp."""
    if capture.taken:
        return foreign(capture.taken.replace("T", " ")), tag("small", say("taken"))
    for what, at in (
        ("modified", finding.entry.times.modified),
        ("created", finding.entry.times.created),
    ):
        if at is not None:
            return words.instant(at), tag("small", f"{say(what)} UTC")
    return ()


def _score(finding: Finding) -> str:
    """The highest that a model gave it, of those that made it a finding."""
    given = [
        match.score
        for match in finding.matches
        if match.kind is MatchKind.CLASSIFIER and match.score is not None
    ]
    return f"{max(given):.3f}" if given else ""
