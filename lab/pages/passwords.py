"""Passwords, by argon2id with the parameters of RFC 9106's second recommendation."""

from threading import Semaphore

from argon2 import PasswordHasher
from argon2.exceptions import Argon2Error, InvalidHashError
from argon2.profiles import RFC_9106_LOW_MEMORY

from triage.errors import UsageError

SHORTEST = 12
_LONGEST = 1000
_HASHER = PasswordHasher.from_parameters(RFC_9106_LOW_MEMORY)
_AT_ONCE = Semaphore(2)
"""64 MiB each: however many try, no more are computed at a time."""
_NOBODYS = (
    "$argon2id$v=19$m=65536,t=3,p=4$AAAAAAAAAAAAAAAAAAAAAA"
    "$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"
)
"""Of no password: who asks for a name that there is not waits as long."""


def secret_of(password: str) -> str:
    """What is kept of it. Raises UsageError if it is too short."""
    if not SHORTEST <= len(password) <= _LONGEST:
        raise UsageError(
            f"The password has fewer than {SHORTEST} characters.",
            hint="Several words that have nothing to do with each other are easy to type.",
        )
    with _AT_ONCE:
        return _HASHER.hash(password)


def is_password(secret: str | None, password: str) -> bool:
    """Whether that is it; takes as long where there is no account (None)."""
    if len(password) > _LONGEST:
        return False
    with _AT_ONCE:
        try:
            return _HASHER.verify(secret or _NOBODYS, password) and secret is not None
        except (Argon2Error, InvalidHashError):
            return False
