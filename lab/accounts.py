"""Who may look at the store's pages, and as what; kept with all else that people decided.

A password is never here, only what argon2 made of it (lab.pages.passwords).
"""

import re
from dataclasses import dataclass
from enum import StrEnum

from lab.decisions import Decisions
from triage.bundle.format.auditlog import utc_now
from triage.errors import UsageError

_NAME = re.compile(r"[a-z0-9][a-z0-9._-]{0,39}")


class LabRole(StrEnum):
    """What somebody does in the lab; what it lets them do is in lab.pages.access."""

    READER = "reader"
    EXAMINER = "examiner"
    ANALYST = "analyst"
    """Across cases."""
    ADMINISTRATOR = "administrator"
    """Of accounts; sees no case."""
    AUDITOR = "auditor"
    """Of what was done; sees no case."""


@dataclass(frozen=True, slots=True)
class Account:
    """One person."""

    name: str
    role: LabRole
    secret: str
    """What argon2 made of the password."""
    at: str
    """Since when it is as it is, UTC."""


def accounts(decided: Decisions) -> list[Account]:
    """All, by name."""
    rows = decided.ask("SELECT name, role, secret, at FROM account ORDER BY name")
    return [Account(name, LabRole(role), secret, at) for name, role, secret, at in rows]


def account(decided: Decisions, name: str) -> Account | None:
    """The one of that name."""
    return next((each for each in accounts(decided) if each.name == name), None)


def add_account(decided: Decisions, name: str, role: LabRole, secret: str) -> None:
    """Raises UsageError at a name that is none, or is taken."""
    if not _NAME.fullmatch(name):
        raise UsageError(
            f"{name} cannot be the name of an account.",
            hint="Up to 40 small letters, digits, dots, dashes; a letter or a digit first.",
        )
    if account(decided, name):
        raise UsageError(
            f"There is an account {name} already.",
            hint="`seek lab user password` gives it another password, `close` takes it away.",
        )
    with decided.changing() as held:
        held.execute("INSERT INTO account VALUES (?, ?, ?, ?)", [name, role, secret, utc_now()])


def change_account(
    decided: Decisions, name: str, *, role: LabRole | None = None, secret: str = ""
) -> None:
    """Another role, another password. Raises UsageError if there is no such account."""
    had = _refuse_absent(decided, name)
    with decided.changing() as held:
        held.execute(
            "UPDATE account SET role = ?, secret = ?, at = ? WHERE name = ?",
            [role or had.role, secret or had.secret, utc_now(), name],
        )


def close_account(decided: Decisions, name: str) -> None:
    """Take it away; what was done under it stays in the log. Raises UsageError."""
    _refuse_absent(decided, name)
    with decided.changing() as held:
        held.execute("DELETE FROM account WHERE name = ?", [name])


def _refuse_absent(decided: Decisions, name: str) -> Account:
    found = account(decided, name)
    if found is None:
        raise UsageError(f"There is no account {name}.", hint="`seek lab user list` lists them.")
    return found
