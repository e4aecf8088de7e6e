"""All that can be asked for. What a page does is named beside it; gate.py lets nobody else by."""

from pathlib import Path

from starlette.responses import Response

from lab.pages import (
    across,
    auditing,
    cases,
    contents,
    entering,
    figures,
    keeping,
    referring,
    searching,
)
from lab.pages.access import Act
from lab.pages.asking import NotThereError, Question
from lab.pages.gate import Answer, LabPage

_STYLE = Path(__file__).with_name("static") / "pages.css"


def style(_: Question) -> Response:
    """The one file that pages need besides themselves."""
    return Response(_STYLE.read_bytes(), media_type="text/css; charset=utf-8")


def nothing(_: Question) -> Response:
    """Whatever else is asked for."""
    raise NotThereError("There is no such page.", hint="Choose one above.")


def _get(path: str, act: Act, answer: Answer) -> LabPage:
    return LabPage(method="GET", path=path, act=act, answer=answer)


def _post(path: str, act: Act, answer: Answer, *, takes_file: bool = False) -> LabPage:
    return LabPage(method="POST", path=path, act=act, answer=answer, takes_file=takes_file)


PAGES = (
    _get("/style.css", Act.ENTER, style),
    _get("/enter", Act.ENTER, entering.ask_for_name),
    _post("/enter", Act.ENTER, entering.enter),
    _get("/", Act.OWN, entering.first),
    _post("/leave", Act.OWN, entering.leave),
    _get("/own", Act.OWN, entering.own),
    _post("/own/password", Act.OWN, entering.own_password),
    _post("/own/language", Act.OWN, entering.own_language),
    _get("/cases", Act.READ, cases.list_cases),
    _get("/cases/{case}", Act.READ, cases.show_case),
    _post("/cases/{case}/notes", Act.NOTE, cases.note),
    _get("/exhibits/{bundle}", Act.READ, cases.show_exhibit),
    _get("/contents/{content}", Act.READ, contents.show_content),
    _post("/contents/{content}/grades", Act.GRADE, contents.give_grade),
    _post("/shown", Act.SHOW, contents.reveal),
    _get("/shown/{reveal}", Act.SHOW, contents.shown),
    _get("/shown/{reveal}/picture", Act.SHOW, contents.picture),
    _get("/search", Act.READ, searching.search),
    _post("/search/picture", Act.COMPARE, searching.by_picture, takes_file=True),
    _get("/priorities", Act.READ, figures.priorities),
    _get("/trends", Act.READ, figures.trends),
    _get("/overlaps", Act.ACROSS, across.list_overlaps),
    _get("/overlaps/{one}/{other}", Act.ACROSS, across.show_overlap),
    _get("/series", Act.ACROSS, across.list_all_series),
    _get("/series/{number}", Act.ACROSS, across.show_series),
    _post("/series/{number}/join", Act.JOIN, across.join),
    _post("/series/{number}/split", Act.JOIN, across.split),
    _post("/series/{number}/name", Act.JOIN, across.name),
    _get("/referrals", Act.REFERRALS, referring.queue),
    _get("/referrals/{number}", Act.REFERRALS, referring.show),
    _post("/referrals/{number}/orders", Act.ORDER, referring.order),
    _get("/audit", Act.AUDIT, auditing.audit),
    _get("/accounts", Act.ACCOUNTS, keeping.list_accounts),
    _post("/accounts/{name}/role", Act.ACCOUNTS, keeping.give_role),
    _post("/accounts/{name}/close", Act.ACCOUNTS, keeping.close),
    _get("/{rest:path}", Act.OWN, nothing),
    _post("/{rest:path}", Act.OWN, nothing),
)
"""The first that fits; the last two are all the rest."""
