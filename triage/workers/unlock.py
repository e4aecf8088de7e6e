"""Unlocking: a secret becomes the key of an encrypted volume.

Deriving a key takes a gigabyte and threads, so it is done here, one at a time, and not where
evidence is surveyed. What lies about on other volumes is gathered here too, and stays here: said is
the key of a volume that it opens, and where it lay.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from triage.errors import SourceError, WorkerError
from triage.evidence import FileEntry, Volume
from triage.secret import Secret
from triage.sources import ContentError, Source
from triage.sources.encrypted import load
from triage.sources.layers import layer_over
from triage.sources.lying_about import is_likely, secrets_in
from triage.wire.messages import (
    LONGEST_PLACE,
    MOST_GATHERED,
    Gather,
    Gathered,
    Reply,
    Request,
    Setup,
    StaysLocked,
    Unlock,
    Unlocked,
)
from triage.wire.volume_keys import read_keys
from triage.workers.opened import sources_by_device
from triage.workers.preload import preload

FAILED = "its key could not be derived"
TOO_MUCH_MEMORY = "its key needs more memory than there is for it"


@dataclass(frozen=True, slots=True, kw_only=True)
class LyingAbout:
    """A secret that was gathered."""

    secret: Secret
    found_in: str


class UnlockTasks:
    """Answers Unlock and Gather, for the devices that it was given."""

    def __init__(self, setup: Setup) -> None:
        preload()
        load()
        self._devices = setup.devices
        self._keys = setup.keys
        self._gathered: list[LyingAbout] = []

    def begin(self) -> None:
        """There is nothing to open before the first request."""

    def answer(self, request: Request) -> Iterator[Reply]:
        """One reply to a request."""
        match request:
            case Unlock():
                yield self._unlock(request)
            case Gather():
                before = len(self._gathered)
                self._gather(request)
                yield Gathered(volume_id=request.volume.id, count=len(self._gathered) - before)
            case _:
                raise WorkerError(f"Who unlocks cannot do {type(request).__name__}")

    def _source(self, volume: Volume, inside: tuple[Volume, ...]) -> Source:
        keys = read_keys(self._keys)
        return sources_by_device(self._devices, (*inside, volume), keys)[volume.device_id]

    def _unlock(self, wanted: Unlock) -> Reply:
        volume = wanted.volume
        tried = [LyingAbout(secret=wanted.secret, found_in="")] if wanted.secret else self._gathered
        trouble = ""
        try:
            held = self._source(volume, wanted.inside).bytes_of(volume.id)
            layer = layer_over(volume, held)
            lock = layer[0].lock if layer else None
            for each in tried:
                found = lock.key_from(held, each.secret) if lock else None
                if found is not None:
                    key, protector = found
                    return Unlocked(
                        volume_id=volume.id,
                        key=key,
                        protector=protector,
                        found_in=each.found_in,
                    )
        except ContentError as error:
            trouble = error.reason
        except MemoryError:
            trouble = TOO_MUCH_MEMORY
        except Exception:  # noqa: BLE001 - the fence round a layer; whatever it says may be secret
            trouble = FAILED
        return StaysLocked(volume_id=volume.id, reason=trouble)

    def _gather(self, wanted: Gather) -> None:
        source = self._source(wanted.volume, wanted.inside)
        try:
            walk = source.walk(wanted.volume)
            for entry in walk:
                if len(self._gathered) >= MOST_GATHERED:
                    return
                if is_likely(entry):
                    self._keep(source, entry)
        except (SourceError, ContentError):
            return

    def _keep(self, source: Source, entry: FileEntry) -> None:
        try:
            content = source.content(entry).read_at(0, entry.size)
        except ContentError:
            return
        known = {each.secret for each in self._gathered}
        for secret in secrets_in(entry, content):
            if secret not in known and len(self._gathered) < MOST_GATHERED:
                place = f"{entry.volume_id}:/{entry.shown_path}"[:LONGEST_PLACE]
                self._gathered.append(LyingAbout(secret=secret, found_in=place))
