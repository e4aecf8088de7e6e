"""Pages of templates. Whatever comes from a suspect's disk is escaped, and what does not print is
written out; nothing here ever marks a text as safe."""

from collections.abc import Mapping
from functools import partial
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from starlette.responses import RedirectResponse, Response

from lab.pages.access import Act, may
from lab.pages.asking import Question
from lab.pages.tongue import LANGUAGES, kind_named, say
from triage.bundle.format.shown import size, visible

NAVIGATION = (
    ("cases", "/cases", Act.READ, "1"),
    ("search", "/search", Act.READ, "2"),
    ("priorities", "/priorities", Act.READ, "3"),
    ("trends", "/trends", Act.READ, "4"),
    ("overlaps", "/overlaps", Act.ACROSS, "5"),
    ("series", "/series", Act.ACROSS, "6"),
    ("referrals", "/referrals", Act.REFERRALS, "r"),
    ("audit", "/audit", Act.AUDIT, "7"),
    ("accounts", "/accounts", Act.ACCOUNTS, "8"),
    ("own", "/own", Act.OWN, "9"),
)
"""Word, path, what one must be let do, access key."""


def _address(path: str, **asked: object) -> str:
    """A path with a query."""
    return f"{path}?{urlencode(asked)}" if asked else path


_ENVIRONMENT = Environment(
    loader=FileSystemLoader(Path(__file__).with_name("templates")),
    autoescape=True,
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
)
_ENVIRONMENT.filters |= {"visible": visible, "size": size, "thousands": "{:,}".format}
_ENVIRONMENT.globals |= {"address": _address, "LANGUAGES": LANGUAGES, "Act": Act}


def page(question: Question, template: str, /, status: int = 200, **values: Any) -> Response:
    """A template, with what its page has to say."""
    role = question.account.role if question.account else None
    text = _ENVIRONMENT.get_template(template).render(
        t=partial(say, question.language),
        kind_named=partial(kind_named, question.language),
        language=question.language,
        account=question.account,
        token_value=question.session.token if question.session else "",
        may=partial(may, role),
        links=[each for each in NAVIGATION if may(role, each[2]) and role],
        agency=question.store.about.agency,
        **values,
    )
    return Response(text, status, media_type="text/html; charset=utf-8")


def told(
    question: Question, status: int, key: str, *, headers: Mapping[str, str] | None = None,
    more: str = "", hint: str = "",
) -> Response:  # fmt: skip
    """A page that says one thing; `more`, `hint`: of an error, in English."""
    answer = page(question, "told.html", status, key=key, more=more, hint=hint)
    answer.headers.update(headers or {})
    return answer


def go_to(path: str) -> Response:
    """What a form is answered with, so that going back does not send it again."""
    return RedirectResponse(path, 303)
