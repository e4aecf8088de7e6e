"""What crosses cases: overlaps, series."""

from starlette.responses import Response

from lab import looking, series
from lab.overlaps import Overlap, overlaps_of
from lab.pages.asking import NotThereError, Question
from lab.pages.cases import case_of
from lab.pages.showing import go_to, page
from lab.weighing import weights_of
from triage.errors import UsageError

_MOST = 500
_LONGEST_NAME = 200


def list_overlaps(question: Question) -> Response:
    """Of all cases, the strongest first."""
    with question.reading() as held, question.decided() as decided:
        found = overlaps_of(held, weights_of(question.store).overlaps)
        ids = {file.number: file.id for file in decided.cases()}
    return page(question, "overlaps.html", overlaps=found[:_MOST], left_out=len(found[_MOST:]),
                ids=ids)  # fmt: skip


def show_overlap(question: Question) -> Response:
    """What two cases share, with every place of it in the two."""
    with question.reading() as held, question.decided() as decided:
        one, other = (case_of(decided, question.path[which]) for which in ("one", "other"))
        pair = {one.number, other.number}
        overlap = next(
            (each for each in overlaps_of(held, weights_of(question.store).overlaps,
                                          case=one.number)
             if {each.one, each.other} == pair), None,
        )  # fmt: skip
        if overlap is None:
            raise NotThereError("Those two cases share nothing.", hint="Choose two that do.")
        places = {
            content: [place for place in looking.places(held, content) if place.case in pair]
            for content in _contents(overlap)[:_MOST]
        }
    return page(question, "overlap.html", overlap=overlap, shared=places,
                ids={one.number: one.id, other.number: other.id})  # fmt: skip


def _contents(overlap: Overlap) -> list[str]:
    near = [content for pair in overlap.looks for content in pair[:2]]
    return list(dict.fromkeys([*overlap.exact, *near]))


def list_all_series(question: Question) -> Response:
    """By how many cases they are in."""
    with question.reading() as held, question.decided() as decided:
        found = series.list_series(held, decided)
    return page(question, "series.html", series=found[:_MOST], left_out=len(found[_MOST:]))


def show_series(question: Question) -> Response:
    """Its pictures' places, its bridges, what people did to it."""
    number = question.whole_number("number")
    with question.reading() as held, question.decided() as decided:
        history = series.history(decided, number)
        found = next((each for each in series.list_series(held, decided)
                      if each.number == number), None)  # fmt: skip
        seen = [place for _, place in looking.by_looks(held, series.members(decided, number))]
        joined = series.joined_to(decided, number)
    return page(question, "one_series.html", number=number, series=found, seen=seen,
                history=history, joined=joined)  # fmt: skip


def join(question: Question) -> Response:
    """Another belongs to this one."""
    number, other = question.whole_number("number"), question.whole_number("other")
    with question.judging() as writer:
        series.join(writer.decided, number, other, writer.by)
        writer.trail.say("changed series", writer.by, series=number, joined=other, split=False)
    return go_to(f"/series/{number}")


def split(question: Question) -> Response:
    """It is its own again."""
    number = question.whole_number("number")
    with question.judging() as writer:
        series.split(writer.decided, number, writer.by)
        writer.trail.say("changed series", writer.by, series=number, joined=0, split=True)
    return go_to(f"/series/{number}")


def name(question: Question) -> Response:
    """Call it something besides its number."""
    number, text = question.whole_number("number"), question.form.get("name", "").strip()
    if len(text) > _LONGEST_NAME:
        raise UsageError("The name is too long.", hint=f"Take {_LONGEST_NAME} characters.")
    with question.judging() as writer:
        series.name(writer.decided, number, text, writer.by)
        writer.trail.say("changed series", writer.by, series=number, joined=0, split=False)
    return go_to(f"/series/{number}")
