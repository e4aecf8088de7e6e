"""Signing in and out; one's own password and language."""

from math import ceil

from starlette.responses import Response

from lab.accounts import account, change_account
from lab.pages.access import may
from lab.pages.asking import Question
from lab.pages.comings import SIGNED_IN, SIGNED_OUT, WRONG_PASSWORD
from lab.pages.passwords import is_password, secret_of
from lab.pages.showing import NAVIGATION, go_to, page, told
from lab.pages.tongue import LANGUAGES
from triage.errors import UsageError


def first(question: Question) -> Response:
    """The first page that one may see."""
    return go_to(next(path for _, path, act, _ in NAVIGATION if may(question.who.role, act)))


def ask_for_name(question: Question) -> Response:
    """The form."""
    return page(question, "enter.html", wrong=False)


def enter(question: Question) -> Response:
    """Take name and password; nobody learns which of them was wrong."""
    name = question.form.get("name", "").strip().lower()[:100]
    throttle = question.house.throttle
    if wait := throttle.wait(name, question.address):
        seconds = str(ceil(wait))
        return told(question, 429, "too_often", headers={"Retry-After": seconds})
    with question.decided() as decided:
        found = account(decided, name)
    if not is_password(found.secret if found else None, question.form.get("password", "")):
        throttle.wrong(name, question.address)
        if found:
            question.house.comings.tell(WRONG_PASSWORD, name, question.address)
        return page(question, "enter.html", 403, wrong=True)
    assert found is not None  # noqa: S101 - it has a password
    throttle.right(name, question.address)
    question.house.sessions.end(question.number)
    number = question.house.sessions.begin(name, found.secret, question.language)
    question.house.comings.tell(SIGNED_IN, name, question.address)
    answer = go_to("/")
    answer.set_cookie(
        question.house.cookie, number, httponly=True, samesite="strict", path="/",
        secure=question.house.secure,
    )  # fmt: skip
    return answer


def leave(question: Question) -> Response:
    """End the session."""
    question.house.sessions.end(question.number)
    question.house.comings.tell(SIGNED_OUT, question.who.name, question.address)
    answer = go_to("/enter")
    answer.delete_cookie(question.house.cookie, path="/", secure=question.house.secure,
                         httponly=True, samesite="strict")  # fmt: skip
    return answer


def own(question: Question) -> Response:
    """One's own password and language."""
    return page(question, "own.html")


def own_password(question: Question) -> Response:
    """Another one, for who knows the present one; all sessions end."""
    if not is_password(question.who.secret, question.form.get("password", "")):
        return told(question, 403, "wrong_password")
    if question.form.get("new", "") != question.form.get("again", ""):
        raise UsageError("The two new passwords differ.", hint="Type the same one twice.")
    secret = secret_of(question.form.get("new", ""))
    with question.judging() as writer:
        change_account(writer.decided, question.who.name, secret=secret)
        writer.trail.say("changed a password", writer.by, account=writer.by)
    question.house.sessions.end_all_of(question.who.name)
    return go_to("/enter")


def own_language(question: Question) -> Response:
    """Until the session ends."""
    if (wanted := question.form.get("language", "")) in LANGUAGES:
        question.signed_in.language = wanted
    return go_to("/own")
