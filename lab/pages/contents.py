"""A content with every place where it was seen; its grade; its picture, for who says why."""

from typing import TypeVar

from starlette.responses import Response

from lab import looking
from lab.grading import Scheme, grade, grades_of
from lab.pages.asking import NotThereError, Question
from lab.pages.showing import go_to, page, told
from lab.reveals import Purpose, Reveal, record_reveal, reveal_of
from triage.errors import UsageError

_Choice = TypeVar("_Choice", Scheme, Purpose)


def show_content(question: Question) -> Response:
    """All but the picture. Whoever wants to see what is graded already asks for that first."""
    digest = _digest(question.path["content"])
    with question.reading() as held, question.decided() as decided:
        content = looking.content(held, digest)
        if content is None:
            raise NotThereError("Nothing in the store has that content.", hint="Search for it.")
        places = looking.places(held, digest)
        grades = grades_of(decided, digest)
    previews = [
        place for place in places
        if place.finding and looking.has_preview(question.store, place.bundle, place.finding)
    ]  # fmt: skip
    return page(
        question, "content.html", content=content, places_rows=places, grades=grades,
        preview=previews[0] if previews else None, again="again" in question.query,
        schemes=list(Scheme), purposes=list(Purpose),
    )  # fmt: skip


def give_grade(question: Question) -> Response:
    """Say what a content is."""
    digest = _digest(question.path["content"])
    scheme = _chosen(Scheme, question.form.get("scheme", ""))
    with question.reading() as held:
        if looking.content(held, digest) is None:
            raise NotThereError("Nothing in the store has that content.", hint="Search for it.")
    with question.judging() as writer:
        category = question.form.get("category", "")
        number = grade(writer.decided, digest, scheme, category, writer.by)
        writer.trail.say("graded", writer.by, grade=number)
    question.signed_in.shown = 0
    return go_to(f"/contents/{digest}")


def reveal(question: Question) -> Response:
    """Write down who is to be shown what and why; then it is shown, and none that was before."""
    digest, bundle = _digest(question.form.get("content", "")), question.form.get("bundle", "")
    number = question.whole_number("finding")
    purpose = _chosen(Purpose, question.form.get("purpose", ""))
    with question.reading() as held:
        places = looking.places(held, digest)
    seen = any((place.bundle, place.finding) == (bundle, number) for place in places)
    if not seen or not looking.has_preview(question.store, bundle, number):
        raise NotThereError("There is no picture of that.", hint="Go by the content's page.")
    with question.decided() as decided:
        graded = bool(grades_of(decided, digest))
    if graded and question.form.get("again") != "yes":
        return told(question, 409, "graded_already")
    wanted = Reveal(bundle=bundle, finding=number, content=digest, purpose=purpose,
                    words=question.form.get("words", ""))  # fmt: skip
    with question.judging() as writer:
        question.signed_in.shown = 0
        question.signed_in.shown = record_reveal(writer, wanted)
    return go_to(f"/shown/{question.signed_in.shown}")


def shown(question: Question) -> Response:
    """The picture's page: blurred, until its own control takes that away."""
    wanted = _open_reveal(question)
    return page(question, "shown.html", reveal=wanted, number=question.signed_in.shown,
                schemes=list(Scheme))  # fmt: skip


def picture(question: Question) -> Response:
    """Its bytes, for as long as it is the one that is shown."""
    wanted = _open_reveal(question)
    data = looking.preview(question.store, wanted.bundle, wanted.finding)
    return Response(data, media_type="image/jpeg")


def _open_reveal(question: Question) -> Reveal:
    number = question.whole_number("reveal")
    with question.decided() as decided:
        found = reveal_of(decided, number) if number == question.signed_in.shown else None
    if found is None:
        raise NotThereError(
            "That picture is not shown any more.", hint="Ask for it again on its content's page."
        )
    return found


def _digest(text: str) -> str:
    if len(text) != 64 or not looking.is_digest(text):
        raise NotThereError("That is no content's digest.", hint="Search for it.")
    return text


def _chosen(kind: type[_Choice], text: str) -> _Choice:
    try:
        return kind(text)
    except ValueError as error:
        raise UsageError("That is none of the choices.", hint="Choose from the list.") from error
