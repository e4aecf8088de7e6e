"""One line a finding, to sort, to filter and to print: what somebody chooses by."""

from collections.abc import Iterable, Iterator

from triage.bundle.format.document import Document, Finding
from triage.bundle.format.shown import count
from triage.bundle.rendering.html import words
from triage.bundle.rendering.html.markup import Html, code, foreign, join, tag
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


def table_of(document: Document, spread: Spread, number: int) -> Html:
    """The lines of the file of this number."""
    lines = spread.files[number - 1]
    heads = [
        tag("th", title, scope="col", **_attributes(class_, chosen))
        for title, class_, chosen in _HEADS
    ]
    volumes = {volume.id: words.short_volume_name(volume) for volume in document.volumes}
    rows = [_row(line, volumes, spread, number) for line in lines]
    whole = tag("table", tag("thead", tag("tr", *heads)), tag("tbody", *rows), id_="lines")
    of = "All findings" if len(spread.files) == 1 else "Findings of this file"
    return join(
        [
            _files(spread, number),
            tag("div", whole, class_="wide", tabindex="0", role="region", aria_label=of),
        ]
    )


def _attributes(class_: str, chosen: str) -> dict[str, str]:
    said = {"class_": class_} if class_ else {}
    return said | ({"data_filter": chosen} if chosen else {})


def _files(spread: Spread, number: int) -> Html:
    """Which of them are told of where."""
    if len(spread.files) == 1:
        return Html("")
    at, links = 1, []
    for each, lines in enumerate(spread.files, start=1):
        said = f"{at:,} to {at + len(lines) - 1:,}"
        here = each == number
        links.append(
            tag("strong", said) if here else tag("a", said, href=spread.way_to(each) + "#findings")
        )
        at += len(lines)
    said = f"{count(len(spread.lines), 'line')} in {len(spread.files):,} files: "
    only = ". Sorting and choosing are within one file; `seek report --export csv` has all in one."
    return tag("nav", tag("p", said, join(links, " · "), only), aria_label="Files of this report")


def _row(line: Line, volumes: dict[str, str], spread: Spread, number: int) -> Html:
    finding, entry = line.finding, line.finding.entry
    card = spread.card(line.alike, seen_from=number)
    capture = finding.result.capture or Capture()
    camera = " ".join(filter(None, (capture.make, capture.model)))
    return tag(
        "tr",
        tag("td", tag("a", str(finding.number), href=card), class_="n"),
        tag("td", _values(_kinds(finding))),
        tag("td", code(entry.shown_path), _state(line)),
        tag("td", foreign(volumes.get(entry.volume_id, entry.volume_id))),
        tag("td", _values(_told(finding.matches, _BY))),
        tag("td", _values(_told(finding.matches, ("category",)))),
        tag("td", foreign(camera)),
        tag("td", *_dated(finding, capture), class_="t"),
        tag("td", _score(finding), class_="n"),
        id_=f"line-{finding.number}",
    )


def _kinds(finding: Finding) -> Iterator[str]:
    there = {match.kind for match in finding.matches}
    return (kind.words.heading for kind in MatchKind if kind in there)


def _told(matches: Iterable[Match], names: tuple[str, ...]) -> Iterator[str]:
    return (
        match.provenance[name] for match in matches for name in names if match.provenance.get(name)
    )


def _values(values: Iterable[str]) -> Html:
    """Each once; the script takes each for a choice of its own."""
    return join([foreign(value) for value in dict.fromkeys(values)], ", ")


def _state(line: Line) -> Html:
    said = [] if line.finding.entry.allocated else ["deleted"]
    if not line.is_shown:
        said.append(f"shows the same as {line.alike.shown.number}")
    return tag("small", ", ".join(said)) if said else Html("")


def _dated(finding: Finding, capture: Capture) -> tuple[str, ...]:
    """What the picture says of itself, which is the camera's clock; or the file system's stamp."""
    if capture.taken:
        return foreign(capture.taken.replace("T", " ")), tag("small", "taken")
    for what, at in (
        ("modified", finding.entry.times.modified),
        ("created", finding.entry.times.created),
    ):
        if at is not None:
            return words.instant(at), tag("small", f"{what} UTC")
    return ()


def _score(finding: Finding) -> str:
    """The highest that a model gave it, of those that made it a finding."""
    given = [
        match.score
        for match in finding.matches
        if match.kind is MatchKind.CLASSIFIER and match.score is not None
    ]
    return f"{max(given):.3f}" if given else ""
