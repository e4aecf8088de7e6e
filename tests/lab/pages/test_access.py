"""Each role sees what it may and no more: the whole table, roles by routes, of a real server."""

import re
from pathlib import Path

import pytest

from lab import layout
from lab.accounts import LabRole
from lab.decisions import Decisions
from lab.pages.access import MAY, Act, may
from lab.pages.gate import LabPage
from lab.pages.routes import PAGES
from tests.lab.pages.conftest import Place
from tests.lab.pages.served import SHARED, Visitor, known

ROOT = Path(__file__).parents[3]


@pytest.fixture(scope="module")
def paths(place: Place) -> dict[str, str]:
    """What stands for each part of a path."""
    decided = Decisions(place.store / layout.DECISIONS)
    try:
        one, other, *_ = (file.id for file in decided.cases())
    finally:
        decided.close()
    return {
        "case": one, "one": one, "other": other, "bundle": place.store.bundles()[0],
        "content": SHARED, "reveal": "1", "number": "2", "name": "spare", "rest:path": "nothing",
    }  # fmt: skip


def _filled(page: LabPage, paths: dict[str, str]) -> str:
    return re.sub(r"\{([a-z:]+)\}", lambda found: paths[found[1]], page.path)


@pytest.mark.parametrize("role", LabRole)
def test_a_role_gets_what_the_table_says_and_nothing_else(
    place: Place, paths: dict[str, str], role: LabRole
) -> None:
    """A form with a false token is refused by another word than one that is not for the role: so it
    is known which of the two spoke, and nothing is changed."""
    visitor = known(place.address, str(role))
    seen = 0
    for page in PAGES:
        path = _filled(page, paths)
        visitor.token = "not it"  # noqa: S105
        said = visitor.get(path) if page.method == "GET" else visitor.post(path)
        refused = "That is not for your role" in said.text
        assert refused == (not may(role, page.act)), (role, page.method, path, said.status)
        assert refused <= (said.status == 403)
        if page.method == "POST" and not refused:
            assert (said.status, "did not come from this page" in said.text) == (403, True), path
        elif not refused:
            assert said.status in (200, 303, 404), (path, said.status)
        seen += not refused
    assert seen == sum(may(role, page.act) for page in PAGES)


def test_who_is_not_signed_in_gets_nothing_but_the_form(
    place: Place, paths: dict[str, str]
) -> None:
    for page in PAGES:
        if page.act is Act.ENTER:
            continue
        visitor, path = Visitor(place.address), _filled(page, paths)
        said = visitor.get(path) if page.method == "GET" else visitor.post(path)
        assert (said.status, said.headers["location"], said.raw) == (303, "/enter", b""), path


def test_nothing_is_let_by_that_is_not_in_the_table() -> None:
    assert set(MAY) == set(LabRole)
    assert {act for act in Act if may(None, act)} == {Act.ENTER}
    for act in set(Act) - {Act.ENTER, Act.OWN}:
        assert not all(may(role, act) for role in LabRole), act
    sees_cases = {role for role in LabRole if may(role, Act.READ)}
    assert sees_cases == {LabRole.READER, LabRole.EXAMINER, LabRole.ANALYST}


def test_the_guide_s_table_is_the_program_s() -> None:
    text = (ROOT / "docs/lab.md").read_text()
    table = re.findall(r"^\| .*?\(`(\w+)`\) \|(.*)\|$", text, flags=re.MULTILINE)
    told = {act: [bool(cell.strip()) for cell in cells.split("|")] for act, cells in table}
    assert told == {
        str(act): [may(role, act) for role in LabRole] for act in Act if act is not Act.ENTER
    }


def test_links_lead_only_where_one_may_go(place: Place) -> None:
    for role in LabRole:
        visitor = known(place.address, str(role))
        first = visitor.get(visitor.get("/").headers["location"])
        for link in re.findall(r'href="(/[a-z]*)" accesskey', first.text):
            assert visitor.get(link).status == 200, (role, link)
