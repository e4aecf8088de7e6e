"""Volumes that a scan had unlocked, opened once more by whoever has what opens them.

A bundle has no key and no secret. What opens is tried in a worker of its own, as on scene.
"""

from collections.abc import Callable, Sequence

from triage.bundle.format.document import Document
from triage.coordinator.arrays import members_among, outside_of
from triage.coordinator.desk import Roll
from triage.coordinator.keyring import Keyring
from triage.coordinator.locksmith import MEMORY_BYTES, Locksmith
from triage.coordinator.pool import Pool
from triage.coordinator.secrets_tried import Secrets, SecretsTried
from triage.evidence import Volume, VolumeState, chain_of
from triage.profile import NOTHING
from triage.wire.messages import OpenedDevice, Role, Setup

TellOfVolume = Callable[[Volume, str], None]
"""Is told of each volume that was tried, and why it stays locked; empty: it is open."""

WRONG = "nothing that was given opens it"


class Reopening:
    """The volumes of a bundle, on the devices that are there again."""

    def __init__(self, document: Document, opened: Sequence[OpenedDevice]) -> None:
        ids = {each.device.id for each in opened}
        self._opened = tuple(opened)
        self._listed = {each.id: each for each in document.volumes if each.device_id in ids}
        self._locked = {
            each.volume_id
            for each in document.unlocking
            if each.protector is not None and each.volume_id in self._listed
        }
        self._members = {each.id: each for each in members_among(self._listed)}
        self._gathered = set[str]()

    @property
    def locked(self) -> tuple[Volume, ...]:
        """Those that are still locked, of those that were opened on scene."""
        return tuple(self._listed[each] for each in self._listed if each in self._locked)

    def is_locked(self, volume: Volume) -> bool:
        """Whether what lies in that volume cannot be read for it."""
        return any(each.id in self._locked for each in chain_of(volume, self._listed))

    def open(self, pool: Pool, keyring: Keyring, secrets: Secrets, tell: TellOfVolume) -> None:
        """Try what was given on each. Raises WorkerError if no worker starts."""
        setup = Setup(
            role=Role.UNLOCK,
            devices=self._opened,
            profile=NOTHING,
            memory_bytes=MEMORY_BYTES,
            keys=keyring.descriptor,
        )
        locksmith = Locksmith(pool, Roll(), setup, lambda *_: None, lambda: False)
        try:
            for volume in self.locked:
                if self.is_locked(volume):
                    continue
                if secrets.gather:
                    self._gather(locksmith)
                tried = SecretsTried(secrets)
                found = tried.on(
                    volume,
                    outside_of(volume, self._listed, self._members),
                    locksmith,
                    stops=lambda: False,
                )
                if found is not None:
                    keyring.add(volume.id, found.key)
                    self._locked.remove(volume.id)
                tell(volume, "" if found is not None else tried.reason or WRONG)
        finally:
            locksmith.dismiss()

    def _gather(self, locksmith: Locksmith) -> None:
        for volume in self._listed.values():
            readable = volume.state is VolumeState.READABLE and not self.is_locked(volume)
            if readable and volume.id not in self._gathered:
                self._gathered.add(volume.id)
                locksmith.gather(volume, outside_of(volume, self._listed, self._members))
