"""The files of the report: the answer first, then a line a finding, then all that is known."""

import base64
from collections.abc import Iterator
from functools import cache
from hashlib import sha256
from importlib import resources

from triage.bundle.format.document import Document
from triage.bundle.format.layout import REPORT
from triage.bundle.rendering.html import coverage, devices, findings, lines, method, summary
from triage.bundle.rendering.html.markup import Html, join, section, tag
from triage.bundle.rendering.html.speaking import Say, speaker
from triage.bundle.rendering.html.spread import Spread


def render(document: Document, *, previews: str = "") -> str:
    """The first file, which is the only one where there are not very many findings."""
    return next(files(document, previews=previews))[1]


def files(
    document: Document, *, previews: str = "", name: str = REPORT
) -> Iterator[tuple[str, str]]:
    """Every file, by its name, one after the other. `previews`: the way from the files to the
    bundle, ending with a slash. `name`: of the first."""
    say, spread = speaker(document), Spread(document, name)
    for number in range(1, len(spread.files) + 1):
        first = (
            summary.first_screen(say, document, spread)
            if number == 1
            else further(say, spread, number)
        )
        parts = [first, _findings(say, document, spread, number, previews)]
        if number == 1:
            parts += [
                coverage.section_of(say, document),
                devices.section_of(say, document),
                method.section_of(say, document),
                method.signature(say, document),
            ]
        yield spread.name(number), whole(say, document, parts)


def _findings(say: Say, document: Document, spread: Spread, number: int, previews: str) -> Html:
    if not spread.lines:
        return section(say("Findings"), tag("p", say("None.")), id_="findings")
    return section(
        say("Findings"),
        lines.table_of(say, document, spread, number),
        findings.details(say, document, spread, number, previews=previews),
        id_="findings",
    )


def further(say: Say, spread: Spread, number: int) -> Html:
    """How a file but the first begins."""
    said = say("Findings, file {number} of {files}", number=number, files=len(spread.files))
    way = tag("a", spread.name(1), href=spread.way_to(1))
    rest = tag("p", say("What was not looked at, and all else that belongs to these:"), " ", way)
    return tag("header", tag("h1", said), rest)


def whole(say: Say, document: Document, parts: list[Html]) -> str:
    """A file of these parts."""
    subject = " · ".join(filter(None, (document.case.case_number, document.case.exhibit)))
    head = tag(
        "head",
        tag("meta", charset="utf-8"),
        tag("meta", http_equiv="Content-Security-Policy", content=_policy()),
        tag("meta", name="viewport", content="width=device-width, initial-scale=1"),
        tag("meta", name="referrer", content="no-referrer"),
        tag("meta", name="robots", content="noindex"),
        tag("title", join([say("seek report"), subject], " ").strip()),
        tag("style", Html(_part("report.css"))),
    )
    body = tag("body", tag("main", *parts), tag("script", Html(_part("report.js"))))
    return f'<!doctype html>\n<html lang="{document.language}">\n{head}\n{body}\n</html>\n'


@cache
def _part(name: str) -> str:
    """Our own style or script; it stands in the page as it is."""
    return (
        resources.files("triage.bundle.rendering.html").joinpath(name).read_text(encoding="utf-8")
    )


def _policy() -> str:
    """Nothing may be loaded but the previews beside the page, and nothing runs or styles it but
    what is ours and inside it, by its digest."""
    return (
        f"default-src 'none'; style-src '{_digest('report.css')}'; "
        f"script-src '{_digest('report.js')}'; img-src 'self' file:; "
        "base-uri 'none'; form-action 'none'"
    )


def _digest(name: str) -> str:
    digest = sha256(_part(name).encode("utf-8")).digest()
    return f"sha256-{base64.b64encode(digest).decode('ascii')}"
