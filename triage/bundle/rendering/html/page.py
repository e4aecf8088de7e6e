"""The page: what must be read first comes first."""

import base64
from functools import cache
from hashlib import sha256
from importlib import resources

from triage.bundle.format.document import Document
from triage.bundle.rendering.html import coverage, devices, findings, method, summary
from triage.bundle.rendering.html.markup import Html, tag


def render(document: Document, *, previews: str = "") -> str:
    """The whole page. `previews`: the way from the page to the bundle, ending with a slash."""
    subject = " · ".join(filter(None, (document.case.case_number, document.case.exhibit)))
    head = tag(
        "head",
        tag("meta", charset="utf-8"),
        tag("meta", http_equiv="Content-Security-Policy", content=_policy()),
        tag("meta", name="viewport", content="width=device-width, initial-scale=1"),
        tag("meta", name="referrer", content="no-referrer"),
        tag("meta", name="robots", content="noindex"),
        tag("title", f"seek report {subject}".strip()),
        tag("style", Html(_style())),
    )
    body = tag(
        "body",
        tag(
            "main",
            summary.warning(document),
            summary.verdict(document),
            summary.identity(document),
            findings.section_of(document, previews),
            coverage.section_of(document),
            devices.section_of(document),
            method.section_of(document),
            method.signature(document),
        ),
    )
    return f'<!doctype html>\n<html lang="en">\n{head}\n{body}\n</html>\n'


@cache
def _style() -> str:
    return (
        resources.files("triage.bundle.rendering.html")
        .joinpath("report.css")
        .read_text(encoding="utf-8")
    )


def _policy() -> str:
    """Nothing may be loaded but the previews beside the page and the style that is inside it."""
    digest = base64.b64encode(sha256(_style().encode("utf-8")).digest()).decode("ascii")
    return (
        f"default-src 'none'; style-src 'sha256-{digest}'; img-src 'self' file:; "
        "base-uri 'none'; form-action 'none'"
    )
