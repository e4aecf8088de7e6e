"""Intel's RAID (Rapid Storage): its volumes, put together of the disks that are here.

Levels 0, 1, 5 and 10, several on one set of disks. Data lies as in Linux' own arrays: RAID 5 is
left asymmetric, RAID 10 has its two copies side by side. Which disk is which is told by serial
numbers; where those are not known (images, bridges of USB), by what is left over, or by the one
order in which most of what the volumes hold is where it says that it is.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from itertools import permutations
from math import perm

from triage.sources.arrays import Assembly
from triage.sources.bytes import Bytes, PiecedBytes, all_of, stretch_of
from triage.sources.free_space import said_of_gaps
from triage.sources.imsm_metadata import ImsmMetadata, ImsmVolume, imsm_in
from triage.sources.joined import MirroredBytes, RefusedBytes, StripedBytes
from triage.sources.md import BEHIND, DAMAGED, OTHERWISE, STALE, TWICE, are_alike, mirror_of
from triage.sources.parity import LEFT_ASYMMETRIC, ParityBytes
from triage.sources.raid10 import MirroredStripes
from triage.sources.reader import ContentError
from triage.sources.signatures import Head, Recognised
from triage.sources.witnesses import witnesses_in

NEAR = 0x102
"""Two copies of each chunk, on neighbouring members."""
MOST_ORDERS = 720
"""Of disks without a name: of six."""
KEPT = 4096
MOST_KEPT = 8192
"""Pieces of a disk that are kept while orders are tried, and their bytes."""
KEPT_FREE = 4 << 20
"""Bytes at the end of a disk that no volume takes: metadata, and room for changes of form."""
NO_ORDER = (
    "which of its disks is which cannot be told: no serial number names them, and what they hold "
    "fits in no order alone"
)
FORM = "its form was being changed when it was last written, and only Intel's driver can read it so"
UNMADE = "its parity was not all made yet, and a member is missing"
LEAST_OF_A_DISK = 0.9
"""Of a disk a mirror takes at least so much, or its halves are searched by themselves."""
SMALL = "it takes less of the disk than it could: who searched the one half would not see the other"
ByNumber = Mapping[int, Bytes]
"""Disks by their numbers in the table."""


@dataclass(slots=True, kw_only=True)
class _Disks:
    """The members that are used."""

    of: ImsmMetadata
    """What the freshest says."""
    members: Sequence[Bytes]
    named: dict[int, int] = field(default_factory=dict)
    """By the number of a disk in the table: which member it is."""
    unnamed: list[int] = field(default_factory=list)
    """Members of which it is not known which disk they are."""
    left_out: dict[int, str] = field(default_factory=dict)

    @property
    def free(self) -> list[int]:
        """Numbers of disks that no member is known to be."""
        used = {number for volume in self.of.volumes for number in volume.disks}
        return sorted(used - self.named.keys())

    def by_number(self, named: Mapping[int, int]) -> dict[int, Bytes]:
        return {number: self.members[member] for number, member in named.items()}


def recognise(_: Head) -> Recognised | None:
    """By nothing at its beginning: a disk is told by its end (`members`), and only whole disks."""
    return None


def open_(held: Bytes) -> Mapping[str, Bytes]:
    """What one disk holds by itself."""
    return join([held]).gives


def join(members: Sequence[Bytes]) -> Assembly:
    """Put them together. Raises ContentError."""
    disks = _chosen(members)
    if disks.of.is_one_mirror:
        return _mirror(disks)
    if disks.unnamed and (named := _order(disks)) is not None:
        disks.named |= named
        disks.unnamed = []
    by_number = disks.by_number(disks.named)
    gives: dict[str, Bytes] = {}
    for number, volume in enumerate(disks.of.volumes):
        name = volume.name or f"volume {number}"
        name = f"{name} ({number})" if name in gives else name
        gives |= _given(name, volume, by_number, [members[each] for each in disks.unnamed])
    reasons = [each.reason for each in gives.values() if isinstance(each, RefusedBytes)]
    if len(reasons) == len(gives):
        raise ContentError("; ".join(dict.fromkeys(reasons)))
    used = sorted((*disks.named.values(), *disks.unnamed))
    lacks = len(disks.free) - len(disks.unnamed)
    return Assembly(
        words=_words(disks.of),
        gives=gives,
        used=tuple(used),
        left_out=disks.left_out,
        missing=f"without {lacks} of its {len(disks.of.disks)} disks" if lacks > 0 else "",
        unread=said_of_gaps([(members[each], _taken(disks.of, members[each])) for each in used]),
    )


def _taken(said: ImsmMetadata, held: Bytes) -> list[tuple[int, int]]:
    """Where on a disk volumes begin and end, and Intel's own end of it."""
    places = [(volume.start, volume.start + volume.each) for volume in said.volumes]
    return [*places, (max(0, held.size - KEPT_FREE), held.size)]


def _words(said: ImsmMetadata) -> str:
    levels = sorted({volume.level for volume in said.volumes})
    told = f"level{'s' if len(levels) > 1 else ''} {', '.join(map(str, levels))}"
    return f"an Intel RAID ({told}) of {len(said.disks)} disks"


def _chosen(members: Sequence[Bytes]) -> _Disks:
    """Those that agree with the freshest. Raises ContentError if none is fit."""
    said = [imsm_in(held) for held in members]
    sound = [each for each in said if each is not None]
    if not sound:
        raise ContentError(DAMAGED)
    first = max(sound, key=lambda each: each.generation)
    disks = _Disks(of=first, members=members)
    for number, (held, one) in enumerate(zip(members, said, strict=True)):
        if one is None:
            disks.left_out[number] = DAMAGED
        elif first.generation - one.generation > BEHIND:
            count = f"{first.generation - one.generation:,}"
            disks.left_out[number] = STALE.format(count=count)
        elif one.family != first.family or _form(one) != _form(first):
            disks.left_out[number] = OTHERWISE
        else:
            _name(disks, number, held.serial)
    if not disks.named and not disks.unnamed:
        raise ContentError(next(iter(disks.left_out.values())))
    return disks


def _form(said: ImsmMetadata) -> object:
    """What every disk must say in the same way."""
    return [(v.level, v.chunk, v.start, v.each, v.disks) for v in said.volumes]


def _name(disks: _Disks, member: int, serial: str) -> None:
    """By its serial number; of two with the same one is a copy, or neither is believed."""
    found = [n for n, each in enumerate(disks.of.disks) if each.is_called(serial)]
    if len(found) != 1:
        disks.unnamed.append(member)
        return
    (number,) = found
    other = disks.named.get(number)
    if other is None:
        disks.named[number] = member
    else:
        disks.left_out[member] = TWICE
        if not are_alike(disks.members[other], disks.members[member]):
            del disks.named[number]
            disks.left_out[other] = TWICE


def _mirror(disks: _Disks) -> Assembly:
    """Each half is read as it is, to the disk's end: a mark that was left over hides nothing."""
    (volume,) = disks.of.volumes
    out = {number for role, number in enumerate(volume.disks) if role in volume.not_in_step}
    behind = {member for number, member in disks.named.items() if number in out}
    there = sorted((*disks.named.values(), *disks.unnamed))
    used = [member for member in there if member not in behind] or there
    halves = [disks.members[member] for member in used]
    for member, half in list(zip(used, halves, strict=True))[1:]:
        why = _why_no_half(volume, halves[0], half)
        if why:
            disks.left_out[member] = why
    kept = [member for member in used if member not in disks.left_out]
    disks.left_out |= dict.fromkeys(set(there) - set(used), "it was being filled, or thrown out")
    halves = [disks.members[member] for member in kept]
    return Assembly(
        words=_words(disks.of),
        gives={volume.name: halves[0] if len(halves) == 1 else MirroredBytes(halves)},
        used=tuple(kept),
        left_out=disks.left_out,
        missing="" if len(halves) > 1 else "one half of a mirror, read as it is",
    )


def _why_no_half(volume: ImsmVolume, one: Bytes, other: Bytes) -> str:
    if volume.each < LEAST_OF_A_DISK * min(one.size, other.size):
        return SMALL
    same = are_alike(stretch_of(one, 0, volume.each), stretch_of(other, 0, volume.each))
    return "" if same else "what it holds is not what the other half holds"


def _given(
    name: str, volume: ImsmVolume, by_number: ByNumber, unnamed: Sequence[Bytes]
) -> dict[str, Bytes]:
    """The volume; halves of a mirror that differ each by itself."""
    try:
        if volume.level != 1:
            if unnamed:
                raise ContentError(NO_ORDER)
            return {name: _made(volume, by_number)}
        return mirror_of(name, _halves(volume, by_number, unnamed))
    except ContentError as error:
        return {name: RefusedBytes(volume.size, error.reason)}


def _halves(volume: ImsmVolume, by_number: ByNumber, unnamed: Sequence[Bytes]) -> list[Bytes]:
    _check(volume)
    held = [
        by_number[number]
        for role, number in enumerate(volume.disks)
        if number in by_number and role not in volume.not_in_step
    ]
    halves = [stretch_of(each, volume.start, volume.each) for each in (*held, *unnamed)]
    if not halves:
        raise ContentError("none of its disks is here")
    return halves


def _check(volume: ImsmVolume) -> None:
    """Raises ContentError for what cannot be."""
    if volume.changes:
        raise ContentError(FORM)
    if not volume.disks or volume.each <= 0 or len(set(volume.disks)) != len(volume.disks):
        raise ContentError("its volume is of no disks, or of none of their bytes")
    if volume.level != 1 and (not 512 <= volume.chunk <= 1 << 30 or volume.chunk % 512):
        raise ContentError(f"an array with chunks of {volume.chunk:,} bytes, which cannot be")


def _made(volume: ImsmVolume, by_number: ByNumber) -> Bytes:
    """All but mirrors of two. Raises ContentError."""
    _check(volume)
    parts = [
        stretch_of(by_number[number], volume.start, volume.each)
        if number in by_number and role not in volume.not_in_step
        else None
        for role, number in enumerate(volume.disks)
    ]
    there = [part for part in parts if part is not None]
    lacks = len(parts) - len(there)
    if volume.level not in (0, 5, 10):
        raise ContentError(f"a volume of the level {volume.level}, which is not read")
    if not there or lacks > (0, 1, len(parts))[(0, 5, 10).index(volume.level)]:
        raise ContentError(f"of the {len(parts)} disks of {volume.name} it lacks {lacks}")
    if volume.level == 0:
        made: Bytes = StripedBytes(there, volume.chunk)
    elif volume.level == 10:
        made = MirroredStripes(parts, volume.chunk, NEAR, volume.each)
    elif lacks and volume.unmade:
        raise ContentError(UNMADE)
    else:
        made = ParityBytes(parts, volume.chunk, volume.each, level=5, layout=LEFT_ASYMMETRIC)
    return stretch_of(made, 0, volume.size) if volume.size else made


def _order(disks: _Disks) -> dict[int, int] | None:
    """Which of the table each of those without a name is; None if that cannot be told."""
    free, unnamed = disks.free, disks.unnamed
    if len(unnamed) > len(free):
        return None
    if len(free) == 1:
        return {free[0]: unnamed[0]}
    if perm(len(free), len(unnamed)) > MOST_ORDERS:
        return None
    kept = [_Kept(held) for held in disks.members]
    counted: dict[object, tuple[int, dict[int, int]]] = {}
    for numbers in permutations(free, len(unnamed)):
        named = dict(zip(numbers, unnamed, strict=True))
        by_number: dict[int, Bytes] = {n: kept[m] for n, m in (disks.named | named).items()}
        same = tuple(_same(volume, disks.named | named) for volume in disks.of.volumes)
        if same not in counted:
            counted[same] = _counted(disks.of.volumes, by_number), named
    best, *others = sorted(counted.values(), key=lambda each: each[0], reverse=True)
    return best[1] if best[0] > max((each[0] for each in others), default=0) else None


def _same(volume: ImsmVolume, named: Mapping[int, int]) -> object:
    """What is the same for orders that give the same bytes."""
    roles = [named.get(number, -1) for number in volume.disks]
    if volume.level == 1:
        return frozenset(roles)
    if volume.level == 10 and len(roles) % 2 == 0:
        return tuple(frozenset(roles[at : at + 2]) for at in range(0, len(roles), 2))
    return tuple(roles)


def _counted(volumes: Sequence[ImsmVolume], by_number: ByNumber) -> int:
    found = 0
    for volume in volumes:
        if volume.level == 1:
            continue
        try:
            found += witnesses_in(_made(volume, by_number))
        except ContentError:
            continue
    return found


class _Kept(PiecedBytes):
    """A disk, of which what was read is kept: all orders read the same places of it."""

    def __init__(self, held: Bytes) -> None:
        self._held = held
        self.size, self.sector_size = held.size, held.sector_size
        self._pieces: dict[int, bytes] = {}

    def piece(self, offset: int, most: int) -> bytes:
        """As `PiecedBytes` has it."""
        number, within = divmod(offset, KEPT)
        raw = self._pieces.get(number)
        if raw is None:
            length = min(KEPT, self.size - number * KEPT)
            raw = all_of(self._held, number * KEPT, length)
            if len(self._pieces) < MOST_KEPT:
                self._pieces[number] = raw
        return raw[within : within + most]
