"""What opens a volume, of what somebody has: one secret after the other goes to the locksmith."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from triage.coordinator.locksmith import Locksmith
from triage.evidence import Volume
from triage.secret import Secret, fits, may_be_noise
from triage.wire.messages import Unlocked

MOST_TRIES = 10_000
"""Secrets on one volume, as a person or a file gives them."""

Ask = Callable[[Volume, int, str], Secret | None]
"""Asks for a secret of a volume; how many were wrong, and why the last could not be tried. None:
it stays locked."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Secrets:
    """What an agent has, to open encrypted volumes with."""

    given: tuple[Secret, ...] = ()
    ask: Ask | None = None
    """Asked of each volume that is locked after those; None: nobody is asked."""
    gather: bool = False
    """Try what lies about on the other volumes."""


class SecretsTried:
    """On one volume."""

    def __init__(self, secrets: Secrets) -> None:
        self._secrets = secrets
        self.wrong = 0
        """Of those that were given or typed."""
        self.reason = ""
        """Why the last could not be tried."""

    def on(
        self,
        volume: Volume,
        inside: tuple[Volume, ...],
        locksmith: Locksmith,
        *,
        stops: Callable[[], bool],
    ) -> Unlocked | None:
        """What the first that opens it gave; None: it stays locked. `inside`: as of a Survey."""
        for secret in self._for(volume):
            reply = locksmith.try_secret(volume, inside, secret)
            if isinstance(reply, Unlocked):
                return reply
            self.reason = reply.reason
            if stops():
                return None
            self.wrong += secret is not None
        return None

    def _for(self, volume: Volume) -> Iterator[Secret | None]:
        """Those given, what was gathered (None), and those that are typed, as long as any is. What
        lies about is for volumes that say what opens them: on noise each takes half a minute."""
        yield from (each for each in self._secrets.given if fits(each, volume))
        if self._secrets.gather and not may_be_noise(volume):
            yield None
        while self._secrets.ask is not None and self.wrong < MOST_TRIES:
            secret = self._secrets.ask(volume, self.wrong, self.reason)
            if secret is None:
                return
            yield secret
