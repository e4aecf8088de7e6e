"""What came out of one container and of those in it, as far as its budget went."""

import time
from dataclasses import dataclass, field

from triage.members.noted import MemberNotes
from triage.members.password_tries import SHARE, PasswordTries

TOO_MANY = "it holds more members than are taken out of one container"
TOO_MUCH = "its members are larger together than what is taken out of one container"
TOO_DEEP = "it holds containers in containers, deeper than is looked"
TOO_LARGE = "it holds a container that is too large to be opened inside another"
TIME_RAN_OUT = "time ran out before all its members were taken out"
MEMORY_RAN_OUT = "its members need more memory than one entry may take"
LONGEST_TOLD = 1000
"""Characters of a path: those of several containers, one behind the other."""
MOST_NAMED = 20
"""Encrypted members, by name."""
_FOREVER = float("inf")


@dataclass(frozen=True, slots=True, kw_only=True)
class MemberBudget:
    """For a whole tree of containers, the outermost's members and those of its members."""

    deep: int = 4
    """Containers in containers, the outermost counted."""
    at_most: int = 20_000
    freely: int = 256_000_000
    """Bytes that may come out of any container, however small."""
    times: int = 100
    """More may, if it is no more than so many times the container's own."""
    most_bytes: int = 2_000_000_000
    """And never more than so many."""
    kept: int = 64_000_000
    """Bytes of a member that is held in memory, to be decoded or opened: of larger ones only the
    digests are taken."""
    seconds: float = _FOREVER


@dataclass(slots=True, kw_only=True)
class MemberTally:
    """Counts, and the clock."""

    budget: MemberBudget
    of: int
    """Bytes of the container."""
    members: int = 0
    bytes: int = 0
    containers: int = 0
    unopened: dict[str, int] = field(default_factory=dict)
    """By kind: members that hold others, into which nobody looks."""
    locked: int = 0
    locked_names: list[str] = field(default_factory=list)
    damaged: int = 0
    passed_by: int = 0
    """Members that no set can hold, and nobody is to see: by their size, of which the beginning
    alone was taken out, or because they are rendered."""
    opened_by: set[int] = field(default_factory=set)
    """Which of the passwords opened something, from 0."""
    notes: MemberNotes = field(default_factory=MemberNotes)
    """What became of each, where that is wanted."""
    tries: PasswordTries = field(default_factory=PasswordTries)
    """What was spent on passwords, and how many were not tried."""
    stopped: str = ""
    """Why not all of it was looked at."""
    _until: float = _FOREVER

    def begin(self) -> None:
        """From now on the seconds count."""
        self._until = time.monotonic() + self.budget.seconds
        self.tries.seconds = SHARE * self.budget.seconds

    def goes_on(self) -> bool:
        """Whether there is something left of it."""
        if not self.stopped and time.monotonic() > self._until:
            self.end(TIME_RAN_OUT)
        return not self.stopped

    def end(self, why: str) -> None:
        """Nothing more is taken out; the first reason is kept."""
        self.stopped = self.stopped or why

    def take(self) -> bool:
        """One member more; False if it is one too many."""
        if self.members >= self.budget.at_most:
            self.end(TOO_MANY)
        if not self.goes_on():
            return False
        self.members += 1
        return True

    def came(self, length: int) -> bool:
        """So many bytes came out; False if these are too many."""
        self.bytes += length
        allowed = max(self.budget.freely, self.budget.times * self.of)
        if self.bytes > min(allowed, self.budget.most_bytes):
            self.end(TOO_MUCH)
        return self.goes_on()

    def lock(self, name: str) -> None:
        """An encrypted member, which is named."""
        self.locked += 1
        if len(self.locked_names) < MOST_NAMED:
            self.locked_names.append(told(name))

    def leave(self, kind: str) -> None:
        """A member that holds others, and is not opened."""
        self.unopened[kind] = self.unopened.get(kind, 0) + 1


def told(path: str) -> str:
    """A member's way, as long as it may be said: its end tells more than its beginning."""
    return path if len(path) <= LONGEST_TOLD else f"…{path[1 - LONGEST_TOLD :]}"
