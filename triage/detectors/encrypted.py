"""The detector of what is encrypted: archives, documents, mail and images that stayed closed.

It says nothing of what they hold; the lab may have passwords that nobody had on scene.
"""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from triage.findings import Match
from triage.match_kinds import MatchKind

if TYPE_CHECKING:
    from triage.choices import EncryptedUse
    from triage.detectors.equipment import OpenedEquipment
    from triage.detectors.item import Item, LockedContent

_SHOWN, _LONGEST_NAME = 3, 100


class EncryptedDetector:
    """Containers that are encrypted, or hold members that are, and that no password opened."""

    name = "encrypted 1"

    def matches_of(self, items: Sequence["Item"]) -> list[tuple[Match, ...]]:
        """At most one for each item."""
        return [(_match(self.name, item.locked),) if item.locked else () for item in items]


def build_one(choice: "EncryptedUse", equipment: "OpenedEquipment") -> EncryptedDetector:
    """The choice's detector."""
    del choice, equipment
    return EncryptedDetector()


def _match(detector: str, locked: "LockedContent") -> Match:
    told = {"container": locked.kind, "seen": locked.seen}
    if locked.members:
        names = [name[:_LONGEST_NAME] for name in locked.names]
        told |= {"encrypted_members": str(locked.members), "member_names": ", ".join(names)}
    return Match(
        kind=MatchKind.ENCRYPTED, detector=detector, reason=_reason(locked), provenance=told
    )


def _reason(locked: "LockedContent") -> str:
    if not locked.members:
        return f"It is encrypted ({locked.kind}): {_UNSEEN[locked.seen]}."
    names = [name[:_LONGEST_NAME] for name in locked.names[:_SHOWN]]
    more = locked.members - len(names)
    shown = ", ".join(names) + (f" and {more:,} more" if more and names else "")
    several = "member is" if locked.members == 1 else "members are"
    told = f", by names alone: {shown}" if shown else ""
    return f"In it {locked.members:,} {several} encrypted ({locked.kind}){told}."


_UNSEEN = {
    "not even names": "not even the names of what it holds were seen",
    "nobody looked": "nobody looked at what it holds",
}
