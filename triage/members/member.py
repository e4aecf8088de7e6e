"""What every family of containers gives: its members, one by one. Values and the protocol only."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Protocol

from triage.members.password_tries import PasswordTries

MOST_AT_ONCE = 1024 * 1024
"""Bytes that one step of `Member.chunks` gives at most."""


class ContainerBytes(Protocol):
    """A container's own bytes; reading raises ContentError, and nothing else."""

    @property
    def size(self) -> int:
        """Bytes."""
        ...

    def read_at(self, offset: int, length: int) -> bytes:
        """`length` bytes from `offset`, fewer only at the end."""
        ...


class DamagedError(Exception):
    """What was read does not hold together: of one member, or of the container from there on."""

    def __init__(self, reason: str) -> None:
        """`reason`: a short phrase in words of ours, never the evidence's."""
        super().__init__(reason)
        self.reason = reason


class LockedError(Exception):
    """It is encrypted, and no password that was given opens it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Member:
    """A file in a container; folders and links are none."""

    name: str
    """As the container has it, decoded; `/` between folders. Any text whatever: nobody opens or
    writes anything by it. Empty where it has none."""
    size: int = -1
    """Bytes that are to come out, as the container claims; -1: it does not say."""
    locked: bool = False
    """It is encrypted and no password opens it: its name is all that is seen."""
    rendered: bool = False
    """It is a picture made of pixels that lie there without a file's encoding: its digests are no
    file's, so it is only taken out where somebody looks at pixels. Its name says so too."""
    chunks: Callable[[], Iterator[bytes]] = field(repr=False)
    """Its content, at most MOST_AT_ONCE a step, taken out as it is asked for. Raises DamagedError,
    LockedError or ContentError; whatever came before stays. Called at most once, and only before
    the next member is asked for."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Opening:
    """How a container is to be opened."""

    kind: str
    """A word of `containers.kinds`."""
    locked: bool = False
    """By its own bytes it, or something in it, is encrypted: then what does not come out is not
    said to be damaged where that cannot be told apart."""
    passwords: tuple[str, ...] = field(default=(), repr=False)
    """To be tried where something in it is encrypted."""
    opened_by: Callable[[int], None] = lambda number: None
    """To be told which of the passwords opened something, from 0."""
    left_closed: Callable[[], None] = lambda: None
    """To be told of each part of it that nobody here reads, as of a volume in a disk image."""
    goes_on: Callable[[], bool] = lambda: True
    """Whether there is time left: to be asked within long steps that give nothing."""
    tries: PasswordTries = field(default_factory=PasswordTries)
    """What may be spent on passwords."""

    def words(self) -> Iterator[tuple[int, str]]:
        """The passwords to be tried on one thing, each with its number; what is done before the
        next one is asked for is timed, and there are no more once that was too long."""
        return self.tries.each(self.passwords, self.goes_on)

    def still_tries(self) -> bool:
        """Whether there is time left for the one that is being tried."""
        return self.goes_on() and self.tries.has_time()

    def opens(self, number: int) -> None:
        """That password opened something."""
        self.tries.opened(number)
        self.opened_by(number)

    def leave_untried(self) -> None:
        """None of them is tried on one thing, since making a key of each would take too long."""
        self.tries.leave(sum(map(bool, self.passwords)))


class Opener(Protocol):
    """A module that opens a family of containers."""

    KINDS: frozenset[str]
    """Words of `containers.kinds` that it opens."""
    TELLS_LOCKED: bool
    """Whether it says by itself whatever is encrypted: what begins as if it were may be open to
    everybody, as a PDF is that only asks not to be printed."""

    def make_ready(self) -> bool:
        """Load all that it will ever import or open: called before a worker is confined. False
        where its library is not installed: then its kinds are counted as not looked into."""
        ...

    def members(self, content: ContainerBytes, opening: Opening) -> Iterator[Member]:
        """All members, in the order in which they lie there.

        Nothing is taken out, and nothing kept, before it is asked for. Raises DamagedError where
        it cannot go on (what it gave stays), LockedError where not even names can be seen, and
        what reading raises.
        """
        ...
