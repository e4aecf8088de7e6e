"""What all pages of a server share."""

from dataclasses import dataclass, field
from threading import Lock

from lab.pages.comings import Comings
from lab.pages.sessions import Clock, PageSessions
from lab.pages.throttle import SignInThrottle
from lab.store import LabStore

IDLE = 20 * 60.0
LONGEST = 10 * 3600.0
"""Seconds: as PageSessions has them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class House:
    """One store, served."""

    store: LabStore
    sessions: PageSessions
    throttle: SignInThrottle
    hosts: frozenset[str]
    """What a browser may call the server: `127.0.0.1:8824`. Another site's name is refused, or it
    could be pointed at us."""
    secure: bool
    """By TLS."""
    one_writes: Lock
    comings: Comings
    one_compares: Lock = field(default_factory=Lock)
    """Workers for one uploaded picture at a time."""

    @property
    def cookie(self) -> str:
        """Its name; with the prefix no other host or path can set it, and it needs TLS."""
        return "__Host-seek" if self.secure else "seek"


def house_of(store: LabStore, clock: Clock, hosts: frozenset[str], *, secure: bool) -> House:
    """With nobody signed in."""
    one_writes = Lock()
    return House(
        store=store,
        one_writes=one_writes,
        comings=Comings(store, one_writes),
        sessions=PageSessions(clock, idle=IDLE, longest=LONGEST),
        throttle=SignInThrottle(clock),
        hosts=hosts,
        secure=secure,
    )
