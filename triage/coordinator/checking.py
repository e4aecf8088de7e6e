"""What a worker's messages must hold beyond their types. Whatever does not ends that worker.

A worker parses hostile bytes and may have been taken over by them. It can lie about the entries
that it was given; it cannot speak of others, nor of another device's volumes, nor fill the
coordinator's memory.
"""

import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from math import isfinite

import msgspec

from triage.containers.kinds import KINDS
from triage.coordinator.allowance import words_of
from triage.errors import WorkerError
from triage.evidence import LARGEST, Device, FileEntry, Volume, chain_of
from triage.findings import (
    HELD_BY,
    FramesSeen,
    ListedMember,
    Match,
    Opened,
    Outcome,
    Result,
    lie_within,
)
from triage.match_kinds import MatchKind
from triage.plan.rows import Rows
from triage.preview_jpeg import is_preview
from triage.undecoded import KINDS as UNDECODED
from triage.wire.messages import (
    LIBRARIES,
    Decodes,
    Describe,
    Described,
    Description,
    EntriesMet,
    Gather,
    Gathered,
    Glanced,
    Ready,
    Results,
    Settled,
    Spots,
    StaysLocked,
    Surveyed,
    Unlock,
    Unlocked,
    Volumes,
)

MOST_VOLUMES = 4096
DEEPEST = 6
"""Volumes that one may lie inside of."""
MOST_CAPS = 256
MOST_UNREAD = 64
MOST_MATCHES = 256
LONGEST_TEXT = 4096
"""Characters of a reason, a label, a limit in words."""
LONGEST_PATH = 1 << 20
"""Characters; 512 folders deep with names of 255 characters, each shown as an escape."""
LONGEST_REASON = 300
"""Characters in which a describer says why there is nothing of a file: they are counted by it."""
MOST_LOOKS = 128
LONGEST_MANNER = 80
LONGEST_PREVIEW = 4 * 1024 * 1024
_DIGITS = {"md5": 32, "sha1": 40, "sha256": 64}
"""Of a digest in hex."""
_BYTES = {name: digits // 2 for name, digits in _DIGITS.items()}
_PDQ_BYTES = 32
_HEX = frozenset("0123456789abcdef")
_OF_EXAMINERS = frozenset({Outcome.EXAMINED, Outcome.KNOWN, Outcome.NOT_REACHED})
_DECODED = re.compile(r"(image|video)/[A-Za-z0-9][A-Za-z0-9.+_-]*")
_VERSION = re.compile(r"[0-9][0-9A-Za-z.+~-]{0,39}")

_unpack = msgspec.msgpack.Decoder(FileEntry).decode


@dataclass(frozen=True, slots=True, kw_only=True)
class Listed:
    """Entries that a survey met, checked."""

    volume: Volume
    rows: Rows
    entries: tuple[FileEntry, ...]
    """Those of `rows`."""
    settled: tuple[Settled, ...]

    @property
    def count(self) -> int:
        """How many there are in all."""
        return len(self.entries) + len(self.settled)

    def from_id(self, first: int) -> "Listed":
        """The same without the entries that come before that id."""
        if not first:
            return self
        before = {n for n, entry in enumerate(self.entries) if entry.id < first}
        return Listed(
            volume=self.volume,
            rows=self.rows.changed(before, {}) if before else self.rows,
            entries=tuple(entry for entry in self.entries if entry.id >= first),
            settled=tuple(each for each in self.settled if each.entry.id >= first),
        )


def listed(volume: Volume, next_id: int, reply: EntriesMet) -> Listed:
    """A batch of a survey: the next entries of that volume, without a gap. Raises WorkerError."""
    try:
        rows = Rows.from_bytes(reply.rows)
        entries = tuple(map(_unpack, rows.each_packed()))
    except (ValueError, msgspec.DecodeError) as error:
        raise WorkerError(f"a survey sent what is not in the protocol: {error}") from error
    whole = (*entries, *(each.entry for each in reply.settled))
    ids = sorted([entry.id for entry in whole])
    if ids != list(range(next_id, next_id + len(whole))):
        raise WorkerError("a survey numbered its entries out of order")
    if {entry.volume_id for entry in whole} - {volume.id}:
        raise WorkerError("a survey named entries of another volume")
    sizes = [entry.size for entry in whole]
    longest = max((max(len(e.path), len(e.stream), len(e.raw_path)) for e in whole), default=0)
    if min(sizes, default=0) < 0 or max(sizes, default=0) > LARGEST or longest > LONGEST_PATH:
        raise WorkerError("a survey named an entry with an absurd size or name")
    if sizes[: len(entries)] != rows.columns["sizes"].tolist():
        raise WorkerError("a survey placed entries by other sizes than they have")
    for entry in whole:
        if entry.inside is not None and entry.inside.entry_id >= entry.id:
            raise WorkerError("a survey named an entry inside another that it had not listed")
    for each in reply.settled:
        if each.outcome in _OF_EXAMINERS:
            raise WorkerError("a survey settled an entry as only who read it could")
        _check_matches(each.matches)
        _check_texts((each.reason,))
    return Listed(volume=volume, rows=rows, entries=entries, settled=reply.settled)


def check_results(
    batch: Sequence[FileEntry], reply: Results, sets: int = 0, *, listed: bool = False
) -> None:
    """One honest-looking result for each entry of the batch. Raises WorkerError.

    `sets`: so many hash sets the worker was given. `listed`: members are wanted one by one.
    """
    results = reply.results
    _check_altered(reply.altered, sets)
    if [*reply.entry_ids] != [entry.id for entry in batch] or len(results) != len(batch):
        raise WorkerError("a worker answered for entries that it was not given")
    for entry, result in zip(batch, results, strict=True):
        if not 0 <= result.bytes_read <= LARGEST:
            raise WorkerError("a worker says that it read an absurd number of bytes")
        if result.container or result.locked:
            _check_container(result)
        if result.opened is not None:
            _check_opened(result, result.opened)
        elif result.untried and not result.locked:
            raise WorkerError("a worker left passwords untried on what is not encrypted")
        if result.undecoded and not _is_undecoded(result):
            raise WorkerError("a worker named a picture of a kind that there is not")
        if result.frames is not None:
            _check_frames(result.frames)
        if result.matches:
            _check_matches(result.matches)
            _check_parts(entry, result)
        elif result.position is not None:
            raise WorkerError("a worker says where something was taken that is no finding")
    _check_listed(reply, listed=listed)
    if reply.previews:
        _check_previews(reply)


def _check_frames(seen: FramesSeen) -> None:
    if seen.first > seen.last:
        raise WorkerError("a worker says that a video's last frame stands before its first")
    scenes = [*seen.scenes]
    among = all(seen.first <= at <= seen.last for at in scenes) and len(scenes) < seen.count
    if not among or scenes != sorted(scenes):
        raise WorkerError("a worker says that scenes are where no frame of the video stands")


def _check_listed(reply: Results, *, listed: bool) -> None:
    if not reply.members.keys() <= set(reply.entry_ids) or (reply.members and not listed):
        raise WorkerError("a worker listed members of what it was not asked about")
    for entry_id, result in zip(reply.entry_ids, reply.results, strict=True):
        if result.opened is not None or entry_id in reply.members:
            _check_members(result, reply.members.get(entry_id, ()))


def _check_members(result: Result, members: Sequence[ListedMember]) -> None:
    """As many as are said, the first, without a gap."""
    said = result.opened.listed if result.opened is not None else 0
    if len(members) != said:
        raise WorkerError("a worker listed other members than it says")
    if [each.number for each in members] != list(range(1, said + 1)):
        raise WorkerError("a worker numbered members out of order")
    if not KINDS.issuperset(each.container for each in members if each.container):
        raise WorkerError("a worker named a container of a kind that there is not")


def _check_altered(altered: Sequence[int], sets: int) -> None:
    if altered and not set(range(sets)).issuperset(altered):
        raise WorkerError("a worker found a hash set altered that it was not given")
    if len(set(altered)) != len(altered):
        raise WorkerError("a worker found a hash set altered twice")


def _check_parts(entry: FileEntry, result: Result) -> None:
    if not lie_within(result.matches, entry.size):
        raise WorkerError("a worker told of a part that lies outside its entry")


def _check_previews(reply: Results) -> None:
    found = {
        entry_id
        for entry_id, result in zip(reply.entry_ids, reply.results, strict=True)
        if result.matches
    }
    if not found.issuperset(reply.previews):
        raise WorkerError("a worker sent a preview of what it has no match for")
    if max(map(len, reply.previews.values())) > LONGEST_PREVIEW:
        raise WorkerError("a worker sent a preview that is too large")
    if not all(map(is_preview, reply.previews.values())):
        raise WorkerError("a worker sent a preview that is not a small JPEG and nothing else")


def check_decodes(batch: Sequence[FileEntry], before: str, reply: Decodes) -> None:
    """The one entry in hand, told once, a picture or a video. Raises WorkerError.

    `before`: what it has told already.
    """
    if [entry.id for entry in batch] != [reply.entry_id] or before:
        raise WorkerError("a worker decodes what it was not given, or twice")
    if not _DECODED.fullmatch(reply.mime):
        raise WorkerError("a worker decodes what is no type")


def check_spotted(batch: Sequence[FileEntry], before: Collection[int], reply: Spots) -> None:
    """Matches by digest alone, of entries of that batch, each told once. Raises WorkerError.

    `before`: ids of those that it has told already.
    """
    ids = [spot.entry_id for spot in reply.spots]
    if len(set(ids)) != len(ids) or not set(before).isdisjoint(ids):
        raise WorkerError("a worker told of an entry twice")
    if not {entry.id for entry in batch}.issuperset(ids):
        raise WorkerError("a worker told of entries that it was not given")
    for spot in reply.spots:
        if {match.kind for match in spot.matches} != {MatchKind.HASH_SET}:
            raise WorkerError("a worker told of more than a digest, or of nothing")
        _check_matches(spot.matches)
        if not all(map(_is_by_digest, spot.matches)):
            raise WorkerError("a worker told of a digest that is none")


def _is_by_digest(match: Match) -> bool:
    digits = _DIGITS.get(match.provenance.get("algorithm", ""))
    digest = match.provenance.get("digest", "")
    return len(digest) == digits and set(digest) <= _HEX


def check_glanced(batch: Sequence[FileEntry], reply: Glanced) -> None:
    """Ids of that batch, each at most once. Raises WorkerError."""
    ids = {entry.id for entry in batch}
    if not ids.issuperset(reply.promising):
        raise WorkerError("a worker glanced at entries that it was not given")
    if len(set(reply.promising)) != len(reply.promising):
        raise WorkerError("a worker glanced at an entry twice")


def check_volumes(device: Device, reply: Volumes) -> tuple[Volume, ...]:
    """The volumes of that device, each once. Raises WorkerError."""
    volumes = reply.volumes
    if len(volumes) > MOST_VOLUMES or len({volume.id for volume in volumes}) != len(volumes):
        raise WorkerError("a survey named too many volumes, or one twice")
    before: dict[str, Volume] = {}
    for volume in volumes:
        own = volume.device_id == device.id and volume.id.startswith(f"{device.id}v")
        if not own or not 0 <= volume.offset <= LARGEST or not 0 <= volume.size <= LARGEST:
            raise WorkerError("a survey named a volume that cannot be on that device")
        _check_inside(device, volume, before)
        before[volume.id] = volume
        if max(len(volume.unread), len(volume.protectors)) > MOST_UNREAD:
            raise WorkerError("a survey named too much that a volume holds besides")
        _check_texts(words_of(volume))
    return volumes


def _check_inside(device: Device, volume: Volume, before: Mapping[str, Volume]) -> None:
    """In a volume that was named before it, as its id says, and not too deep."""
    inside = volume.inside
    if bool(inside) != bool(volume.layer) or (not inside and volume.on_device >= 0):
        raise WorkerError("a survey named a layer without a volume, or a volume without a layer")
    if not inside:
        return
    if inside not in before or not volume.id.startswith(f"{inside}."):
        raise WorkerError("a survey named a volume inside one that it did not name before")
    if len(chain_of(volume, before)) > DEEPEST or not -1 <= volume.on_device <= device.size:
        raise WorkerError("a survey named a volume that cannot lie where it says")


def check_surveyed(volume: Volume, reply: Surveyed) -> None:
    """The end of that volume's walk. Raises WorkerError."""
    if reply.volume_id != volume.id or not 0 <= reply.content_bytes <= LARGEST:
        raise WorkerError("a survey ended that was not asked for")
    if len(reply.caps) > MOST_CAPS or len(reply.notes) > MOST_CAPS:
        raise WorkerError("a survey named too many limits")
    _check_texts((*reply.caps, *reply.notes))


def check_unlocked(asked: Unlock, reply: Unlocked | StaysLocked) -> None:
    """About that volume; a key, by what protects it. Raises WorkerError."""
    if reply.volume_id != asked.volume.id:
        raise WorkerError("a worker spoke of a volume that it was not asked about")
    if isinstance(reply, StaysLocked):
        return
    if reply.protector not in asked.volume.protectors:
        raise WorkerError("a worker opened a volume by what does not protect it")
    if bool(reply.found_in) != (asked.secret is None):
        raise WorkerError("a worker says that it found what it was given")


def check_gathered(asked: Gather, reply: Gathered) -> None:
    """About that volume. Raises WorkerError."""
    if reply.volume_id != asked.volume.id:
        raise WorkerError("a worker spoke of a volume that it was not asked about")


def check_ready(reply: Ready) -> None:
    """A few short names of layers, and versions of libraries that there are. Raises WorkerError."""
    if len(reply.confinement) > 32 or any(len(layer) > 80 for layer in reply.confinement):
        raise WorkerError("a worker named layers that there are not")
    if not reply.libraries.keys() <= LIBRARIES:
        raise WorkerError("a worker named a library that it does not have")
    if not all(map(_VERSION.fullmatch, reply.libraries.values())):
        raise WorkerError("a worker gave a version that is none")


def check_described(asked: Describe, reply: Described) -> None:
    """One description for each file: digests, and a PDQ or why there is none; or why there is
    nothing. Raises WorkerError.
    """
    if len(reply.files) != len(asked.sizes):
        raise WorkerError("a worker described files that it was not given")
    for each in reply.files:
        _check_digests(asked, each)
        _check_looks(asked, each)
        if max(len(each.left_out), len(each.trouble)) > LONGEST_REASON:
            raise WorkerError("a worker sent a text that is too long")


def _check_digests(asked: Describe, each: Description) -> None:
    widths = {name: len(digest) for name, digest in each.digests.items()}
    if widths != ({} if each.left_out else _BYTES):
        raise WorkerError("a worker gave digests that are none")
    if len(each.pdq) not in {0, _PDQ_BYTES}:
        raise WorkerError("a worker gave a PDQ that is none")
    without = bool(each.trouble or each.left_out or not asked.decode)
    if without == bool(each.pdq):
        raise WorkerError("a worker gave a PDQ of what it did not decode, or none of what it did")


def _check_looks(asked: Describe, each: Description) -> None:
    if bool(each.looks) != (asked.looks and bool(each.pdq)) or len(each.looks) > MOST_LOOKS:
        raise WorkerError("a worker gave other hashes than it was asked for")
    for look in each.looks:
        if len(look.value) != _PDQ_BYTES or len(look.manner) > LONGEST_MANNER:
            raise WorkerError("a worker gave a hash that is none")


def _check_container(result: Result) -> None:
    if result.container not in KINDS or result.outcome not in HELD_BY:
        raise WorkerError("a worker named a container of a kind that there is not")


def _check_opened(result: Result, opened: Opened) -> None:
    kinds = {opened.kind, *opened.unopened}
    if not kinds <= KINDS or result.outcome not in HELD_BY or result.container:
        raise WorkerError("a worker looked into a container of a kind that there is not")
    if not UNDECODED.issuperset(opened.undecoded):
        raise WorkerError("a worker named a picture in a container of a kind that there is not")
    further = (opened.locked, opened.damaged, opened.passed_by)
    if opened.containers < 1 or max(further) > opened.members + opened.containers:
        raise WorkerError("a worker counted more of a container's members than it has")
    if len(opened.locked_names) > opened.locked or opened.containers > opened.members + 1:
        raise WorkerError("a worker counted more of a container's members than it has")


def _is_undecoded(result: Result) -> bool:
    return result.undecoded in UNDECODED and result.outcome is Outcome.EXAMINED


def _check_matches(matches: Sequence[Match]) -> None:
    if len(matches) > MOST_MATCHES:
        raise WorkerError("a worker gave too many reasons for one entry")
    for match in matches:
        if not all(isfinite(number or 0.0) for number in (match.score, match.threshold)):
            raise WorkerError("a worker gave a score that is no number")
        told = match.provenance
        _check_texts((match.detector, match.reason, *told, *told.values()))
        if len(told) > 64:
            raise WorkerError("a worker gave too many reasons for one entry")


def _check_texts(texts: Sequence[str]) -> None:
    if any(len(text) > LONGEST_TEXT for text in texts):
        raise WorkerError("a worker sent a text that is too long")
