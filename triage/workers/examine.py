"""Examining: entries are taken in, held against every detector, and findings are confirmed."""

import hashlib
import time
from collections.abc import Iterator, Sequence

from msgspec.structs import replace

from triage.detectors.build import build
from triage.detectors.item import Detector, Item
from triage.detectors.known import HashSetDetector
from triage.errors import WorkerError
from triage.evidence import FileEntry, Storage, Volume
from triage.findings import HELD_BY, Outcome, Result
from triage.plan.look_ups import is_look_up
from triage.sources import ContentError, Source
from triage.workers.ahead import read_ahead
from triage.workers.digesting import digesting
from triage.workers.glancing import glancing
from triage.workers.intake import CHUNK_BYTES, NOT_IN_ANY_SET, Intake, needs_of
from triage.workers.judging import PIXELS_AT_ONCE, Judging
from triage.workers.look import Look
from triage.workers.messages import (
    Examine,
    Glance,
    Glanced,
    Reply,
    Request,
    Results,
    Setup,
    UseVolumes,
)
from triage.workers.preload import preload
from triage.workers.resources import resources_of
from triage.workers.verdicts import Verdicts

TOO_MUCH_MEMORY = "it needs more memory than one entry may take"
PARTLY_HERE = "only a part of its content is on this device"


class ExamineTasks:
    """Answers Examine for any device of the scan."""

    def __init__(self, setup: Setup) -> None:
        self._detectors: Sequence[Detector] = build(setup.profile, resources_of(setup))
        self._hash_sets = next((d for d in self._detectors if isinstance(d, HashSetDetector)), None)
        needs = needs_of(self._detectors, setup.profile)
        verdicts = Verdicts()
        decoding = None
        if needs.type:
            from triage.workers.decoding import Decoding  # noqa: PLC0415 - a hash-only scan has none

            decoding = Decoding(self._detectors, setup.profile, verdicts)
        self._intake = Intake(needs, setup.profile, self._known, decoding)
        self._judging = Judging(
            self._detectors,
            setup.profile,
            verdicts,
            thumbnails=needs.thumbnails,
            gone=self._picture_gone,
        )
        self._devices = setup.devices
        self._sources: dict[str, Source] = {}
        self._glancing = glancing(needs, self._judging, self._sources)
        self._digesting = digesting(needs, self._hash_sets, self._sources)
        self._only_digests = len(self._detectors) == 1 and not needs.type
        preload(types=needs.type, pictures=needs.picture)

    def answer(self, request: Request) -> Iterator[Reply]:
        """The results of a batch, in its order."""
        match request:
            case UseVolumes(volumes=volumes):
                self._sources |= dict(self._sources_of(volumes))
            case Examine(entries=entries):
                begun = time.monotonic()
                results = self._examine(entries)
                yield Results(results=results, seconds=time.monotonic() - begun)
            case Glance(entries=entries):
                begun = time.monotonic()
                promising = tuple(self._promising(entries))
                yield Glanced(promising=promising, seconds=time.monotonic() - begun)
            case _:
                raise WorkerError(f"An examiner cannot do {type(request).__name__}")

    def _promising(self, entries: tuple[FileEntry, ...]) -> Iterator[int]:
        """Ids of those to examine first: by the digest of a small one, the thumbnail in another."""
        small = [entry for entry in entries if is_look_up(entry.size)]
        if small and self._digesting is not None:
            self._read_ahead(small)
            yield from self._digesting.notable(small)
        large = [entry for entry in entries if not is_look_up(entry.size)]
        if large and self._glancing is not None:
            yield from self._glancing.promising(large)

    def _sources_of(self, volumes: tuple[Volume, ...]) -> Iterator[tuple[str, Source]]:
        for opened in self._devices:
            mine = [volume for volume in volumes if volume.device_id == opened.device.id]
            source = Source(opened.device, opened.descriptors, mine)
            yield from ((volume.id, source) for volume in mine)

    def _examine(self, entries: tuple[FileEntry, ...]) -> tuple[Result, ...]:
        self._read_ahead(entries)
        results = self._results(entries)
        if any(entry.hindrance for entry in entries):
            return tuple(map(_as_hindered, entries, results))
        return results

    def _results(self, entries: tuple[FileEntry, ...]) -> tuple[Result, ...]:
        if self._digesting is None or not self._only_digests:
            return tuple(self._long_way(entries))
        short = self._digesting.results(entries)
        left = [entry for entry, result in zip(entries, short, strict=True) if result is None]
        rest = iter(self._long_way(left))
        return tuple(result or next(rest) for result in short)

    def _long_way(self, entries: Sequence[FileEntry]) -> list[Result]:
        """Each entry taken in by itself, and judged with those that share its group."""
        results: list[Result] = []
        group: list[Look] = []
        pixels = 0
        for entry in entries:
            look = self._take(entry)
            group.append(look)
            pixels += look.pixels
            if pixels > PIXELS_AT_ONCE:
                results += self._judged(group)
                group, pixels = [], 0
        return results + self._judged(group)

    def _read_ahead(self, entries: Sequence[FileEntry]) -> None:
        for volume_id in {entry.volume_id for entry in entries} & self._sources.keys():
            mine = [entry for entry in entries if entry.volume_id == volume_id]
            read_ahead(self._sources[volume_id], mine, self._intake.wants)

    def _judged(self, looks: list[Look]) -> list[Result]:
        self._judging.judge(looks)
        for look in looks:
            if look.matches:
                self._confirm(look)
        return [_result(look) for look in looks]

    def _picture_gone(self, entry: FileEntry, name: str) -> bool | None:
        """Whether a cache's picture is gone; None of a cache that is itself given up."""
        if not entry.allocated:
            return None
        folder = entry.path.rpartition("/")[0]
        path = name[1:] if name.startswith("/") else f"{folder}/{name}".lstrip("/")
        return self._sources[entry.volume_id].presence.gone(entry.volume_id, path)

    def _take(self, entry: FileEntry) -> Look:
        """The fence round one entry: whatever its bytes make a library do is its own outcome."""
        try:
            return self._intake.take(self._sources[entry.volume_id], entry)
        except MemoryError:
            return Look(item=Item(entry=entry, head=b""), trouble=TOO_MUCH_MEMORY)
        except Exception as error:  # noqa: BLE001 - the one fence; see errors.py
            reason = f"the reader failed on it ({type(error).__name__})"
            return Look(item=Item(entry=entry, head=b""), trouble=reason)

    def _known(self, item: Item) -> str:
        return (self._hash_sets.known(item) or "") if self._hash_sets else ""

    def _confirm(self, look: Look) -> None:
        """SHA-256 as it was read and as The Sleuth Kit reads it."""
        entry = look.item.entry
        if entry.storage is Storage.NONE:
            return
        source = self._sources[entry.volume_id]
        try:
            look.sha256 = _sha256(source.content(entry).chunks(CHUNK_BYTES))
            again = _sha256(source.reread(entry).chunks(CHUNK_BYTES))
        except ContentError as error:
            look.trouble = look.trouble or error.reason
            return
        if again != look.sha256:
            look.reread_sha256 = again


def _sha256(chunks: Iterator[bytes | memoryview]) -> str:
    hasher = hashlib.sha256()
    for chunk in chunks:
        hasher.update(chunk)
    return hasher.hexdigest()


def _result(look: Look) -> Result:
    item = look.item
    outcome, reason = _outcome(look)
    held = look.container if outcome in HELD_BY else None
    digests = {name: digest.hex() for name, digest in item.digests.items()}
    if look.sha256:
        digests["sha256"] = look.sha256
    return Result(
        entry_id=item.entry.id,
        outcome=outcome,
        reason=reason,
        bytes_read=look.bytes_read,
        type=item.type,
        container=held.kind if held else "",
        locked=bool(held and held.locked),
        digests=digests,
        matches=look.matches,
        reread_differs=bool(look.reread_sha256),
        reread_sha256=look.reread_sha256,
        bad=look.bad,
        preview=look.preview if look.matches else b"",  # without a match nobody needs one
    )


def _as_hindered(entry: FileEntry, result: Result) -> Result:
    """What is said of an entry of which only a part is here; its digests are of other content."""
    if not entry.hindrance or result.outcome is not Outcome.EXAMINED:
        return result
    return replace(
        result,
        outcome=Outcome.ELSEWHERE,
        reason=PARTLY_HERE,
        digests=result.digests if result.matches else {},
    )


def _outcome(look: Look) -> tuple[Outcome, str]:
    if look.trouble:
        return Outcome.UNREADABLE, look.trouble
    if look.known:
        return Outcome.KNOWN, look.known
    if look.excluded:
        return Outcome.EXCLUDED, look.excluded
    return Outcome.EXAMINED, NOT_IN_ANY_SET if look.passed_by else ""
