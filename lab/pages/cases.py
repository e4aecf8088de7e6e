"""Cases, a case, an exhibit."""

from starlette.responses import Response

from lab import looking
from lab.decisions import CaseFile, Decisions
from lab.overlaps import Overlap, overlaps_of
from lab.pages.access import Act, may
from lab.pages.asking import NotThereError, Question
from lab.pages.showing import go_to, page
from lab.weighing import weights_of
from triage.errors import UsageError

_AT_ONCE = 100
_MOST_OVERLAPS = 50
_LONGEST_NOTE = 4000


def list_cases(question: Question) -> Response:
    """All, with what their bundles hold."""
    with question.reading() as held, question.decided() as decided:
        rows, has = held.ask("cases"), decided.who_has()
        cases = [
            (file, has.get(file.id, ""), [row for row in rows if row[0] == file.number])
            for file in decided.cases()
        ]
    return page(question, "cases.html", cases=cases)


def show_case(question: Question) -> Response:
    """Its exhibits, what was said of it, and to whom it may be said, what it shares with others."""
    with question.reading() as held, question.decided() as decided:
        file = case_of(decided, question.path["case"])
        rows = [row for row in held.ask("cases") if row[0] == file.number]
        said, has = decided.said_of(file), decided.who_has().get(file.id, "")
        shared: list[Overlap] = []
        if may(question.who.role, Act.ACROSS):
            weights = weights_of(question.store).overlaps
            shared = overlaps_of(held, weights, case=file.number)[:_MOST_OVERLAPS]
        ids = {each.number: each.id for each in decided.cases()}
    return page(question, "case.html", case=file, rows=rows, said=said, has=has, overlaps=shared,
                ids=ids)  # fmt: skip


def note(question: Question) -> Response:
    """Something to be remembered of a case."""
    text = question.form.get("text", "").strip()
    if not text or len(text) > _LONGEST_NOTE:
        raise UsageError("That is no note.", hint=f"Write up to {_LONGEST_NOTE} characters.")
    with question.judging() as writer:
        file = case_of(writer.decided, question.path["case"])
        writer.decided.note(file, text, writer.by)
        writer.trail.say("noted", writer.by, case=file.id)
    return go_to(f"/cases/{file.id}")


def show_exhibit(question: Question) -> Response:
    """A bundle's findings, so many at a time; no picture."""
    after = question.whole_number("after")
    with question.reading() as held:
        exhibit = looking.exhibit(held, question.path["bundle"])
        if exhibit is None:
            raise NotThereError("There is no such exhibit.", hint="Choose one of a case.")
        rows = looking.findings(held, exhibit.bundle, after, _AT_ONCE + 1)
    more = rows[_AT_ONCE - 1].number if len(rows) > _AT_ONCE else 0
    return page(question, "exhibit.html", exhibit=exhibit, rows=rows[:_AT_ONCE], more=more)


def case_of(decided: Decisions, case_id: str) -> CaseFile:
    """By its id. Raises NotThereError."""
    for file in decided.cases():
        if file.id == case_id:
            return file
    raise NotThereError("There is no such case.", hint="The list of cases has all.")
