"""Accounts, for who keeps them. A new one is made on the server: `seek lab user add`."""

from starlette.responses import Response

from lab.accounts import LabRole, accounts, change_account, close_account
from lab.pages.asking import Question
from lab.pages.showing import go_to, page
from triage.errors import UsageError


def list_accounts(question: Question) -> Response:
    """All, with their roles."""
    with question.decided() as decided:
        found = accounts(decided)
    return page(question, "accounts.html", accounts=found, roles=list(LabRole))


def give_role(question: Question) -> Response:
    """Another role, from the next question on."""
    name = _another(question)
    wanted = question.form.get("role", "")
    if wanted not in list(LabRole):
        raise UsageError("There is no such role.", hint="Choose from the list.")
    with question.judging() as writer:
        change_account(writer.decided, name, role=LabRole(wanted))
        writer.trail.say("gave a role", writer.by, account=name, role=wanted)
    return go_to("/accounts")


def close(question: Question) -> Response:
    """Take an account away; who is signed in with it is so no more."""
    name = _another(question)
    with question.judging() as writer:
        close_account(writer.decided, name)
        writer.trail.say("closed an account", writer.by, account=name)
    question.house.sessions.end_all_of(name)
    return go_to("/accounts")


def _another(question: Question) -> str:
    """Not one's own: nobody gives themselves another role, or leaves the store without a keeper."""
    name = question.path["name"]
    if name == question.who.name:
        raise UsageError("That is your own account.", hint="Another administrator can change it.")
    return name
