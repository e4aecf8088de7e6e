"""Secrets tried on encrypted volumes, before anything is surveyed.

The locksmith (coordinator/locksmith.py) tries one and answers with a volume's key. The books say
which protector opened which volume, when, and how many secrets were wrong; they never say a
secret.
"""

from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime

from triage.bundle.format import auditlog
from triage.bundle.format.document import Unlocking
from triage.coordinator.foreman import Foreman
from triage.coordinator.keyring import Keyring
from triage.coordinator.locksmith import MEMORY_BYTES, Locksmith
from triage.coordinator.secrets_tried import Secrets, SecretsTried
from triage.errors import WorkerError
from triage.evidence import Device, Volume, VolumeState
from triage.profile import NOTHING
from triage.secret import is_locked
from triage.wire.messages import OpenedDevice, Role, Setup

ROUNDS = 4
"""An unlocked volume may hold another that is locked; no deeper than this."""

Listed = Mapping[str, tuple[Volume, ...]]
"""By device: its volumes."""


class Unlocker:
    """Opens what can be opened of the volumes of all devices."""

    def __init__(
        self,
        secrets: Secrets,
        foreman: Foreman,
        keyring: Keyring,
        opened: Sequence[OpenedDevice],
        *,
        stops: Callable[[], bool],
    ) -> None:
        """`keyring`: gets the keys; workers read it. `stops`: whether the scan is to end: of ten
        thousand secrets each may take seconds."""
        self._stops = stops
        self._secrets = secrets
        self._foreman = foreman
        self._keyring = keyring
        self._devices = {each.device.id: each.device for each in opened}
        self._setup = Setup(
            role=Role.UNLOCK,
            devices=tuple(opened),
            profile=NOTHING,
            memory_bytes=MEMORY_BYTES,
            keys=keyring.descriptor,
        )
        self._gathered: set[str] = set()
        self.told: list[Unlocking] = []
        """For the bundle: each volume that was locked."""

    def opened(self, listed: Listed, log: Callable[..., None]) -> dict[str, tuple[Volume, ...]]:
        """The volumes with those inside what opened. `log`: the audit log's."""
        volumes = dict(listed)
        locksmith = self._foreman.locksmith(self._setup, stops=self._stops)
        done: set[str] = set()
        try:
            for _ in range(ROUNDS):
                locked = [v for v in _all(volumes) if is_locked(v) and v.id not in done]
                if not locked or self._stops():
                    break
                done |= {each.id for each in locked}
                self._gather(locksmith, volumes)
                tried = (v for v in locked if not self._stops())
                again = {v.device_id for v in tried if self._is_opened(locksmith, v, log)}
                for device_id in again:
                    volumes[device_id] = self._listed_again(self._devices[device_id], volumes)
                if again:
                    volumes = self._foreman.put_together([*self._devices.values()], volumes)
        finally:
            locksmith.dismiss()
        return volumes

    def _listed_again(self, device: Device, volumes: Listed) -> tuple[Volume, ...]:
        try:
            return self._foreman.list_again(device)
        except WorkerError:
            return volumes[device.id]

    def _gather(self, locksmith: Locksmith, volumes: Listed) -> None:
        for volume in _all(volumes) if self._secrets.gather else ():
            if self._stops():
                return
            if volume.state is VolumeState.READABLE and volume.id not in self._gathered:
                self._gathered.add(volume.id)
                locksmith.gather(volume, self._foreman.inside_of(volume))

    def _is_opened(self, locksmith: Locksmith, volume: Volume, log: Callable[..., None]) -> bool:
        tried = SecretsTried(self._secrets)
        inside = self._foreman.inside_of(volume)
        found = tried.on(volume, inside, locksmith, stops=self._stops)
        at = auditlog.spelled(datetime.now(UTC))
        self.told.append(
            Unlocking(
                volume_id=volume.id,
                protector=found.protector if found else None,
                found_in=found.found_in if found else "",
                at=at,
                wrong_tries=tried.wrong,
                reason="" if found else tried.reason,
            )
        )
        if found is None:
            log(auditlog.STAYS_LOCKED, volume=volume.id, wrong_tries=tried.wrong)
            return False
        self._keyring.add(volume.id, found.key)
        log(
            auditlog.UNLOCKED,
            volume=volume.id,
            protector=str(found.protector.kind),
            id=found.protector.id,
            found_in=found.found_in,
            wrong_tries=tried.wrong,
        )
        return True


def _all(volumes: Listed) -> list[Volume]:
    return [volume for each in volumes.values() for volume in each]
