"""Examining: one read of an entry's content feeds type, digests, decoding and every detector."""

import hashlib
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from triage.detectors.build import build
from triage.detectors.item import HEAD_BYTES, Detector, Item
from triage.errors import WorkerError
from triage.evidence import FileEntry, Storage, Volume
from triage.findings import Match, Outcome, Result
from triage.profile import Content, Profile, parse_size
from triage.sources import ContentError, Source
from triage.workers.messages import Examine, Reply, Request, Results, Setup, UseVolumes
from triage.workers.preload import preload
from triage.workers.resources import resources_of

WHOLE_BYTES = 4 * 1024 * 1024
"""Content up to this is read at once; larger content streams, and is kept only to be decoded."""
CHUNK_BYTES = 1024 * 1024


@dataclass(slots=True, kw_only=True)
class Look:
    """One entry while it is looked at."""

    item: Item
    kept: bytes = b""
    """The whole content, for decoding; empty where it is too large or not wanted."""
    trouble: str = ""
    """Why the content could not be read or decoded."""
    known: str = ""
    excluded: str = ""
    bytes_read: int = 0
    matches: tuple[Match, ...] = ()
    preview: bytes = b""
    sha256: str = ""
    reread_sha256: str = ""


@dataclass(slots=True, kw_only=True)
class Needs:
    """What the detectors together ask of every entry."""

    algorithms: frozenset[str]
    picture: bool
    type: bool
    families: frozenset[Content] = field(default_factory=frozenset)
    """Families that the profile is limited to; empty: no limit."""


class ExamineTasks:
    """Answers Examine for any device of the scan."""

    def __init__(self, setup: Setup) -> None:
        self._profile = setup.profile
        self._detectors: Sequence[Detector] = build(setup.profile, resources_of(setup))
        self._needs = _needs_of(self._detectors, setup.profile)
        self._devices = setup.devices
        self._sources: dict[str, Source] = {}
        self._decode_bytes = parse_size(setup.profile.limits.decode_bytes)
        self._previews = _previews(setup.profile)
        preload(types=self._needs.type, pictures=self._needs.picture)

    def answer(self, request: Request) -> Iterator[Reply]:
        """The results of a batch, in its order."""
        match request:
            case UseVolumes(volumes=volumes):
                self._sources |= dict(self._sources_of(volumes))
            case Examine(entries=entries):
                begun = time.monotonic()
                results = self._examine(entries)
                yield Results(results=results, seconds=time.monotonic() - begun)
            case _:
                raise WorkerError(f"An examiner cannot do {type(request).__name__}")

    def _sources_of(self, volumes: tuple[Volume, ...]) -> Iterator[tuple[str, Source]]:
        for opened in self._devices:
            mine = [volume for volume in volumes if volume.device_id == opened.device.id]
            source = Source(opened.device, opened.descriptors, mine)
            yield from ((volume.id, source) for volume in mine)

    def _source(self, entry: FileEntry) -> Source:
        return self._sources[entry.volume_id]

    def _examine(self, entries: tuple[FileEntry, ...]) -> tuple[Result, ...]:
        looks = [self._read(entry) for entry in entries]
        self._detect([look for look in looks if not (look.known or look.excluded)])
        for look in looks:
            if look.matches:
                self._confirm(look)
        return tuple(_result(look) for look in looks)

    def _read(self, entry: FileEntry) -> Look:
        look = Look(item=Item(entry=entry, head=b""))
        try:
            self._take_in(look)
        except ContentError as error:
            look.trouble = error.reason
        if not look.trouble:
            self._decode(look)
        look.kept = b""
        return look

    def _take_in(self, look: Look) -> None:
        """Read the content once: head, type, digests, and all of it where it will be decoded."""
        item, entry = look.item, look.item.entry
        hashers = [(name, hashlib.new(name, usedforsecurity=False)) for name in self._algorithms()]
        if entry.size <= WHOLE_BYTES:
            look.kept = self._source(entry).small(entry)
            look.bytes_read = len(look.kept)
            item.head = look.kept[:HEAD_BYTES]
            for _, hasher in hashers:
                hasher.update(look.kept)
        else:
            self._stream(look, [hasher for _, hasher in hashers])
        item.digests = {name: hasher.digest() for name, hasher in hashers}
        if self._needs.type:
            self._tell_type(look)

    def _algorithms(self) -> frozenset[str]:
        return self._needs.algorithms

    def _stream(self, look: Look, hashers: list[Any]) -> None:
        kept = bytearray()
        keep = look.item.entry.size <= self._decode_bytes and self._needs.picture
        for chunk in self._source(look.item.entry).content(look.item.entry).chunks(CHUNK_BYTES):
            if not look.bytes_read:
                look.item.head = bytes(chunk[:HEAD_BYTES])
                keep = keep and self._is_picture(look.item.head)
                if not (keep or hashers):
                    look.bytes_read += len(chunk)
                    return
            look.bytes_read += len(chunk)
            for hasher in hashers:
                hasher.update(chunk)
            if keep:
                kept += chunk
        look.kept = bytes(kept)

    def _is_picture(self, head: bytes) -> bool:
        from triage.detectors.types import type_of  # noqa: PLC0415

        return type_of(head).startswith("image/")

    def _tell_type(self, look: Look) -> None:
        from triage.detectors.types import family, type_of  # noqa: PLC0415

        look.item.type = type_of(look.item.head)
        families = self._needs.families
        if families and family(look.item.type, look.item.entry.path) not in families:
            look.excluded = "not a kind the profile asks for"

    def _decode(self, look: Look) -> None:
        look.known = _known(self._detectors, look.item)
        if look.known or look.excluded or not (self._needs.picture and look.kept):
            return
        from triage.detectors.pictures import DECODABLE, UndecodableError, decode  # noqa: PLC0415

        if look.item.type not in DECODABLE:
            return
        full = any(getattr(detector, "full_decode", False) for detector in self._detectors)
        limit = self._profile.limits.pixels
        try:
            look.item.picture = decode(look.kept, look.item.type, full=full, pixels_limit=limit)
        except UndecodableError as error:
            look.trouble = error.reason

    def _detect(self, looks: list[Look]) -> None:
        items = [look.item for look in looks]
        for detector in self._detectors:
            for look, matches in zip(looks, detector.look(items), strict=True):
                if matches:
                    look.matches += matches

    def _confirm(self, look: Look) -> None:
        """SHA-256 as it was read and as The Sleuth Kit reads it; and a preview."""
        entry = look.item.entry
        if self._previews and look.item.picture:
            from triage.detectors.preview import preview  # noqa: PLC0415

            look.preview = preview(look.item.picture, self._previews)
        if entry.storage is Storage.NONE:
            return
        source = self._source(entry)
        try:
            look.sha256 = _sha256(source.content(entry).chunks(CHUNK_BYTES))
            again = _sha256(source.reread(entry).chunks(CHUNK_BYTES))
        except ContentError as error:
            look.trouble = look.trouble or error.reason
            return
        if again != look.sha256:
            look.reread_sha256 = again


def _needs_of(detectors: Sequence[Detector], profile: Profile) -> Needs:
    picture = any(detector.needs_picture for detector in detectors)
    families = frozenset(profile.look_at.content)
    if Content.EVERYTHING in families:
        families = frozenset()
    return Needs(
        algorithms=frozenset().union(*(detector.needs_digests for detector in detectors)),
        picture=picture,
        type=picture or bool(families) or any(d.name == "type" for d in detectors),
        families=families,
    )


def _previews(profile: Profile) -> int:
    return profile.previews.longest_side if profile.previews.keep else 0


def _known(detectors: Sequence[Detector], item: Item) -> str:
    for detector in detectors:
        known = getattr(detector, "known", None)
        if known is not None and (name := known(item)):
            return str(name)
    return ""


def _sha256(chunks: Iterator[bytes | memoryview]) -> str:
    hasher = hashlib.sha256()
    for chunk in chunks:
        hasher.update(chunk)
    return hasher.hexdigest()


def _result(look: Look) -> Result:
    outcome, reason = _outcome(look)
    digests = {name: digest.hex() for name, digest in look.item.digests.items()}
    if look.sha256:
        digests["sha256"] = look.sha256
    return Result(
        entry_id=look.item.entry.id,
        outcome=outcome,
        reason=reason,
        bytes_read=look.bytes_read,
        type=look.item.type,
        digests=digests,
        matches=look.matches,
        reread_differs=bool(look.reread_sha256),
        reread_sha256=look.reread_sha256,
        preview=look.preview,
    )


def _outcome(look: Look) -> tuple[Outcome, str]:
    if look.trouble:
        return Outcome.UNREADABLE, look.trouble
    if look.known:
        return Outcome.KNOWN, f"in the set {look.known}"
    if look.excluded:
        return Outcome.EXCLUDED, look.excluded
    return Outcome.EXAMINED, ""
