"""The one rule of how a scan ended, from the books alone: any reader of a bundle can apply it.

The table behind it, with a test for each row, is docs/decisions/how-a-scan-ended.md.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence

from msgspec.structs import replace

from triage.bundle.format.document import Document, Trouble
from triage.ending import NAMED, Ending, How, Reason, Stopped, Unseen
from triage.evidence import Volume, VolumeState
from triage.findings import MOST_BYTES, Outcome
from triage.profile import SetKind

BY_STATE = {
    VolumeState.ENCRYPTED: Reason.VOLUME_ENCRYPTED,
    VolumeState.UNSUPPORTED: Reason.VOLUME_UNSUPPORTED,
    VolumeState.DAMAGED: Reason.VOLUME_DAMAGED,
    VolumeState.UNRECOGNISED: Reason.VOLUME_UNRECOGNISED,
    VolumeState.NO_FILES: Reason.NO_FILES,
}
"""Of volumes that are not readable, by their state; of the others there is nothing to tell here."""

NOT_LOOKED_INTO = frozenset(state for state, reason in BY_STATE.items() if reason.matters)
"""States of volumes in which something may be that nobody looked at."""

_READ = frozenset({VolumeState.READABLE, VolumeState.CONTAINER})
_BY_OUTCOME = {
    Outcome.NOT_REACHED: Reason.NOT_REACHED,
    Outcome.UNREADABLE: Reason.ENTRY_UNREADABLE,
    Outcome.ENCRYPTED: Reason.ENTRY_ENCRYPTED,
    Outcome.ELSEWHERE: Reason.ENTRY_ELSEWHERE,
    Outcome.EXCLUDED: Reason.LEFT_OUT,
    Outcome.KNOWN: Reason.KNOWN,
}

_BY_TROUBLE = (Reason.DEVICE_GONE, Reason.SET_ALTERED, Reason.DETECTOR_LEFT_OUT, Reason.TROUBLE)

_HOW = {
    Stopped.BY_HAND: How.INTERRUPTED,
    Stopped.TIME: How.OUT_OF_TIME,
    Stopped.NO_WORKERS: How.OUT_OF_WORKERS,
}


def reckon(document: Document) -> Ending:
    """How that scan ended. `document.ending` is not looked at."""
    counted = {each.reason: each for each in _counted(document)}
    unseen = tuple(counted[reason] for reason in Reason if reason in counted)
    how = _HOW.get(stopped(document))
    if how is None:
        how = How.NOT_ALL if any(each.reason.matters for each in unseen) else How.COMPLETE
    return Ending(how=how, unseen=unseen)


def ending_of(document: Document) -> Ending:
    """As the document says it; of a bundle that is older than the rule, by the rule."""
    return document.ending or reckon(document)


def stopped(document: Document) -> Stopped:
    """What stopped the scan, by what the document gives as the reason."""
    if not document.partial:
        return Stopped.NOT
    said = document.partial_reason
    return next((each for each in Stopped if each and said.startswith(each)), Stopped.BY_HAND)


def _counted(document: Document) -> Iterator[Unseen]:
    for rule in _RULES:
        yield from rule(document)


def _volumes(document: Document) -> Iterator[Unseen]:
    """By their state, largest first. Those without a byte hold nothing, unless it is said that
    they would if the device went on."""
    there = [volume for volume in document.volumes if volume.size or volume.unread]
    for state, reason in BY_STATE.items():
        yield from _of_volumes(reason, [volume for volume in there if volume.state is state])


def _volumes_in_part(document: Document) -> Iterator[Unseen]:
    more = [volume for volume in document.volumes if volume.unread]
    readable = [volume for volume in more if volume.state in _READ]
    unclaimed = [volume for volume in more if volume.state is VolumeState.UNCLAIMED]
    for reason, those in (
        (Reason.VOLUME_IN_PART, readable),
        (Reason.UNCLAIMED_CONTENT, unclaimed),
    ):
        for each in _of_volumes(reason, those):
            named = tuple(f"{v.id}: {said}" for v in those for said in v.unread)[:NAMED]
            size = each.bytes if reason is Reason.UNCLAIMED_CONTENT else 0
            yield replace(each, named=named, bytes=size)


def _of_volumes(reason: Reason, volumes: Sequence[Volume]) -> Iterator[Unseen]:
    if volumes:
        largest = sorted(volumes, key=lambda volume: -volume.size)[:NAMED]
        yield Unseen(
            reason=reason,
            count=len(volumes),
            bytes=_sum(volume.size for volume in volumes),
            named=tuple(map(_name, largest)),
        )


def _name(volume: Volume) -> str:
    """`d0v2 bitlocker “Data”`."""
    what = volume.file_system or volume.description
    label = f"“{volume.label}”" if volume.label else ""
    return " ".join(filter(None, (volume.id, what, label)))


def _surveys(document: Document) -> Iterator[Unseen]:
    volumes = document.coverage.volumes.values()
    unfinished = tuple(volume.volume_id for volume in volumes if volume.unfinished)
    if unfinished:
        yield Unseen(
            reason=Reason.SURVEY_UNFINISHED, count=len(unfinished), named=unfinished[:NAMED]
        )
    caps = tuple(f"{volume.volume_id}: {cap}" for volume in volumes for cap in volume.caps)
    if caps:
        yield Unseen(reason=Reason.LIMIT, count=len(caps), named=caps[:NAMED])


def _entries(document: Document) -> Iterator[Unseen]:
    for outcome, reason in _BY_OUTCOME.items():
        tally = document.coverage.total(outcome)
        if tally.entries:
            named = (
                _by_count(_whys(document, outcome), ": ") if outcome is Outcome.UNREADABLE else ()
            )
            yield Unseen(reason=reason, count=tally.entries, bytes=tally.bytes, named=named)


def _whys(document: Document, outcome: Outcome) -> dict[str, int]:
    """Why entries have that outcome, each with how many."""
    whys: dict[str, int] = {}
    before = f"{outcome}: "
    for volume in document.coverage.volumes.values():
        for said, tally in volume.reasons.items():
            if said.startswith(before):
                why = said.removeprefix(before)
                whys[why] = whys.get(why, 0) + tally.entries
    return whys


def _containers(document: Document) -> Iterator[Unseen]:
    """Of each kind how many, the most first; the encrypted ones are counted by themselves."""
    opened: dict[str, int] = {}
    locked: dict[str, int] = {}
    size = locked_size = 0
    for volume in document.coverage.volumes.values():
        for kind, tally in volume.containers.items():
            opened[kind] = opened.get(kind, 0) + tally.entries - tally.locked
            locked[kind] = locked.get(kind, 0) + tally.locked
            size += tally.bytes - tally.locked_bytes
            locked_size += tally.locked_bytes
        for kind, looked in volume.inside.items():
            locked[kind] = locked.get(kind, 0) + looked.with_locked
            for held, count in looked.unopened.items():
                opened[held] = opened.get(held, 0) + count
    if count := sum(locked.values()):
        yield Unseen(
            reason=Reason.CONTAINER_ENCRYPTED,
            count=count,
            bytes=_sum([locked_size]),
            named=_by_count(locked),
        )
    if count := sum(opened.values()):
        yield Unseen(
            reason=Reason.CONTAINER_UNOPENED,
            count=count,
            bytes=_sum([size]),
            named=_by_count(opened),
        )


def _undecoded(document: Document) -> Iterator[Unseen]:
    """Of each kind how many, the most first."""
    kinds: dict[str, int] = {}
    size = 0
    for volume in document.coverage.volumes.values():
        for kind, tally in volume.undecoded.items():
            kinds[kind] = kinds.get(kind, 0) + tally.entries
            size += tally.bytes
        for looked in volume.inside.values():
            for kind, count in looked.undecoded.items():
                kinds[kind] = kinds.get(kind, 0) + count
    if count := sum(kinds.values()):
        yield Unseen(
            reason=Reason.PICTURE_UNDECODED,
            count=count,
            bytes=_sum([size]),
            named=_by_count(kinds),
        )


def _by_count(kinds: dict[str, int], between: str = " ") -> tuple[str, ...]:
    most = sorted(kinds.items(), key=lambda each: (-each[1], each[0]))
    return tuple(f"{kind}{between}{count:,}" for kind, count in most if count)[:NAMED]


def _hash_sets(document: Document) -> Iterator[Unseen]:
    """What the profile wanted to compare with, and could not."""
    detectors = document.profile.applied.detectors
    if not any(detector.needs.hash_sets for detector in detectors):
        return
    notable = [used for used in document.hash_sets if used.kind is SetKind.NOTABLE]
    if not notable:
        yield Unseen(reason=Reason.NO_HASH_SET, count=1)
    named = {
        Reason.SET_LEFT_OUT: [f"{left.file}: {left.why}" for left in document.sets_left_out],
        Reason.SET_IN_PART: [f"{u.name}: {u.bad_lines:,}" for u in notable if u.bad_lines],
        Reason.SET_EXPIRED: [f"{u.name}: {u.expired}" for u in notable if u.expired],
    }
    for reason, names in named.items():
        if names:
            yield Unseen(reason=reason, count=len(names), named=tuple(names)[:NAMED])


def _devices(document: Document) -> Iterator[Unseen]:
    """Those of which not one volume is known, which is less than nothing found on them."""
    listed = {volume.device_id for volume in document.volumes}
    named = tuple(device.path for device in document.devices if device.id not in listed)
    if named:
        yield Unseen(reason=Reason.DEVICE_NOT_LISTED, count=len(named), named=named[:NAMED])


def _troubles(document: Document) -> Iterator[Unseen]:
    for reason in _BY_TROUBLE:
        named = tuple(map(_where, (e for e in document.errors if e.unseen is reason)))
        if named:
            yield Unseen(reason=reason, count=len(named), named=named[:NAMED])


def _where(error: Trouble) -> str:
    """Of a set its name: what happened to it, the reason says."""
    return error.where if error.unseen is Reason.SET_ALTERED else f"{error.where}: {error.what}"


def _outside_files(document: Document) -> Iterator[Unseen]:
    """Of a volume that holds others, what is so in them, but no more than it has itself: they may
    share its bytes, or be more than those. They come behind it."""
    inside: dict[str, int] = {}
    outside = 0
    for volume in reversed(document.volumes):
        if volume.state is VolumeState.CONTAINER:
            own = min(volume.size, inside.get(volume.id, 0))
        else:
            own = _outside_files_of(document, volume)
        if volume.inside:
            inside[volume.inside] = inside.get(volume.inside, 0) + own
        else:
            outside += own
    if outside := _sum([outside]):
        yield Unseen(reason=Reason.OUTSIDE_FILES, count=1, bytes=outside)


def _outside_files_of(document: Document, volume: Volume) -> int:
    is_read = volume.state is VolumeState.READABLE
    if not is_read and (volume.state is not VolumeState.UNCLAIMED or volume.unread):
        return 0
    told = document.coverage.volumes.get(volume.id)
    return told.outside_files_bytes if told else volume.size


_RULES: tuple[Callable[[Document], Iterable[Unseen]], ...] = (
    _devices,
    _volumes,
    _volumes_in_part,
    _surveys,
    _entries,
    _containers,
    _undecoded,
    _hash_sets,
    _troubles,
    _outside_files,
)


def _sum(sizes: Iterable[int]) -> int:
    return min(MOST_BYTES, sum(sizes))
