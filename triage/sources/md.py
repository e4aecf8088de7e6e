"""Linux RAID (MD): arrays put together of their members, or of as many of them as are here.

Levels linear, 0, 1, 4, 5, 6 and 10. A half of a mirror is read by itself. A mirror with its
superblock at the end (1.0, 0.90) needs no layer: its data begins where the disk does.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from triage.sources.arrays import Assembly
from triage.sources.bytes import Bytes, stretch_of
from triage.sources.joined import ConcatenatedBytes, MirroredBytes, StripedBytes
from triage.sources.md_superblock import (
    BY_DATA,
    FAULTY,
    LINEAR,
    MIRROR,
    MdSuperblock,
    superblock_in,
)
from triage.sources.parity import LAYOUTS, ParityBytes
from triage.sources.raid10 import MirroredStripes
from triage.sources.reader import ContentError
from triage.sources.signatures import Head, Recognised
from triage.sources.signatures.linux import md

BY_SIZE = frozenset({*BY_DATA, MIRROR})
"""Levels whose members may differ in size."""
BEHIND = 1
"""Changes of the array that a member may have missed: the power may be cut between two writes."""
MOST_MEMBERS = 256
SAMPLES, SAMPLE = 64, 64 * 1024
"""Places at which halves of a mirror are held against each other, and bytes of each."""
SPARE = {0xFFFF: "a spare", 0xFFFE: "one that was thrown out of the array", 0xFFFD: "its journal"}
NO_MEMBER = "it says of itself that it is {what}"
NOT_WHOLE = "the array was being rebuilt onto it, and not all of it is there"
STALE = "it is stale: {count} changes of the array are not on it"
OTHERWISE = "its superblock contradicts those of the others"
DAMAGED = "its superblock is damaged"
TWICE = "another says that it is the same member"
DIFFERS = "what it holds is not what the other half holds"
CHANGES = "its form was being changed when it was last written, and only Linux can read it so"
ORIGINAL = 1
"""Layout of a RAID 0 of members that differ in size, as Linux had it before 3.14."""


@dataclass(slots=True, kw_only=True)
class _Chosen:
    """Which members an array is made of."""

    of: MdSuperblock
    """The freshest."""
    by_role: dict[int, tuple[int, Bytes]] = field(default_factory=dict)
    """The number of a member, and what it gives."""
    left_out: dict[int, str] = field(default_factory=dict)


def recognise(head: Head) -> Recognised | None:
    """Any member but a half of a mirror that can be read as it is."""
    return md(head)


def open_(held: Bytes) -> Mapping[str, Bytes]:
    """What one member holds by itself, by the array's name."""
    return join([held]).gives


def join(members: Sequence[Bytes]) -> Assembly:
    """Put them together. Raises ContentError."""
    chosen = _chosen(members)
    first = chosen.of
    if not chosen.by_role:
        raise ContentError(next(iter(chosen.left_out.values())))
    made, missing = _made(chosen)
    used = sorted(number for number, _ in chosen.by_role.values())
    return Assembly(
        words=_words(first),
        gives={first.name: made},
        used=tuple(used),
        left_out=chosen.left_out,
        missing=missing,
    )


def _words(said: MdSuperblock) -> str:
    return f"a Linux RAID {_LEVELS.get(said.level, said.level)} of {said.members} members"


_LEVELS = {LINEAR: "linear"}


def _chosen(members: Sequence[Bytes]) -> _Chosen:
    """Those that agree with the freshest. Raises ContentError if none is fit."""
    said = [superblock_in(_Places(held)) for held in members]
    sound = [each for each in said if each is not None and each.sound]
    able = sound or [each for each in said if each is not None]
    if not able:
        raise ContentError(DAMAGED)
    chosen = _Chosen(of=max(able, key=lambda each: (each.role < FAULTY, each.events)))
    twice: set[int] = set()
    for number, (held, one) in enumerate(zip(members, said, strict=True)):
        why = _unfit(one, chosen.of, only=len(members) == 1)
        if one is None or why:
            chosen.left_out[number] = why
        elif one.role in chosen.by_role or one.role in twice:
            chosen.left_out[number] = TWICE
            twice.add(one.role)
        else:
            chosen.by_role[one.role] = number, stretch_of(held, one.offset, one.size)
    if chosen.of.level == MIRROR:
        _leave_out_what_differs(chosen)
    else:
        _leave_out_doubtful(chosen, twice, said)
    return chosen


class _Places:
    """A member, of which nothing but its superblock is read."""

    def __init__(self, held: Bytes) -> None:
        self._held = held
        self.size = held.size

    def bytes(self, offset: int, length: int) -> bytes:
        """As `SuperblockHolder` has it."""
        try:
            return self._held.read_at(offset, length).ljust(length, b"\0")
        except ContentError:
            return bytes(length)


def _unfit(one: MdSuperblock | None, first: MdSuperblock, *, only: bool) -> str:
    """Why a member is not used."""
    if one is None or not (one.sound or only):
        return DAMAGED
    if one.role >= FAULTY:
        return NO_MEMBER.format(what=SPARE.get(one.role, "no member"))
    if one.form != first.form or one.array != first.array or one.role >= one.members:
        return OTHERWISE
    if one.size != first.size and first.level not in BY_SIZE:
        return OTHERWISE
    if first.events - one.events > BEHIND:
        return STALE.format(count=f"{first.events - one.events:,}")
    return NOT_WHOLE if one.partly else ""


def _leave_out_doubtful(
    chosen: _Chosen, twice: set[int], said: Sequence[MdSuperblock | None]
) -> None:
    """Of two that say that they are the same member, one is a copy, or neither is believed."""
    for role in twice:
        number, _ = chosen.by_role[role]
        first = said[number]
        others = (said[n] for n, why in chosen.left_out.items() if why is TWICE)
        same = (each for each in others if each is not None and each.role == role)
        if first is not None and any(each.device != first.device for each in same):
            del chosen.by_role[role]
            chosen.left_out[number] = TWICE


def _leave_out_what_differs(chosen: _Chosen) -> None:
    """Of mirrors each that is not as the first is read by itself: who could have made one the half
    of another's array could hide what that holds."""
    halves = sorted(chosen.by_role.items(), key=lambda each: each[1][0])
    for role, (number, held) in halves[1:]:
        if not are_alike(halves[0][1][1], held):
            del chosen.by_role[role]
            chosen.left_out[number] = DIFFERS


def are_alike(one: Bytes, other: Bytes) -> bool:
    """Whether halves of a mirror hold the same, at places all over them; where one cannot be read
    the other is needed."""
    size = min(one.size, other.size)
    for number in range(SAMPLES):
        at = max(0, size - SAMPLE) * number // (SAMPLES - 1)
        try:
            if one.read_at(at, SAMPLE) != other.read_at(at, SAMPLE):
                return False
        except ContentError:
            continue
    return True


def mirror_of(name: str, halves: Sequence[Bytes]) -> dict[str, Bytes]:
    """One volume of that name; where halves differ, each by itself."""
    if all(are_alike(halves[0], each) for each in halves[1:]):
        return {name: halves[0] if len(halves) == 1 else MirroredBytes(halves)}
    return {name: halves[0]} | {f"{name}, half {n}": h for n, h in enumerate(halves) if n}


def _made(chosen: _Chosen) -> tuple[Bytes, str]:
    """The array, and what is said of members that are missing. Raises ContentError."""
    said = chosen.of
    if said.changes:
        raise ContentError(CHANGES)
    if not 1 <= said.members <= MOST_MEMBERS:
        raise ContentError(f"an array of {said.members:,} members, which is not put together")
    parts = [
        chosen.by_role[role][1] if role in chosen.by_role else None for role in range(said.members)
    ]
    there = [part for part in parts if part is not None]
    missing = [role for role, part in enumerate(parts) if part is None]
    if said.level == MIRROR:
        halves = sorted(chosen.by_role.values(), key=lambda each: each[0])
        alone = len(halves) == 1
        told = "one half of a mirror, read by itself" if alone else ""
        return halves[0][1] if alone else MirroredBytes([half for _, half in halves]), told
    if any(part.size <= 0 for part in there):
        raise ContentError("an array of members without a byte")
    if said.level == LINEAR:
        return _in_line(_all(parts, missing), said.chunk), ""
    if not 512 <= said.chunk <= 1 << 30 or said.chunk % 512:
        raise ContentError(f"an array with chunks of {said.chunk:,} bytes, which cannot be")
    if said.level == 0:
        return _striped(_all(parts, missing), said), ""
    told = f"without {_named(missing)}: read by what the others hold" if missing else ""
    if said.level == 10:
        return MirroredStripes(parts, said.chunk, said.layout, said.size), told
    return _with_parity(parts, missing, said), told


def _with_parity(
    parts: Sequence[Bytes | None], missing: Sequence[int], said: MdSuperblock
) -> Bytes:
    layout = said.layout if said.level != 4 else 0
    if layout not in LAYOUTS.get(said.level, ()):
        raise ContentError(f"level {said.level} in the layout {said.layout}, which is not read")
    spare = 2 if said.level == 6 else 1
    if len(parts) <= spare or len(missing) > spare:
        raise ContentError(f"of its {len(parts)} members it lacks {_named(missing)}")
    return ParityBytes(parts, said.chunk, said.size, level=said.level, layout=layout)


def _all(parts: Sequence[Bytes | None], missing: Sequence[int]) -> list[Bytes]:
    """Raises ContentError where one is missing."""
    if missing:
        raise ContentError(f"of its {len(parts)} members it lacks {_named(missing)}")
    return [part for part in parts if part is not None]


def _named(missing: Sequence[int]) -> str:
    shown = ", ".join(str(role) for role in missing[:8])
    return f"number {shown}{' and more' if len(missing) > 8 else ''} (counted from 0)"


def _in_line(parts: Sequence[Bytes], chunk: int) -> Bytes:
    whole = [stretch_of(each, 0, each.size // chunk * chunk if chunk else each.size)
             for each in parts]  # fmt: skip
    return ConcatenatedBytes(whole)


def _striped(parts: Sequence[Bytes], said: MdSuperblock) -> Bytes:
    """In zones where the members differ in size: of the second on the smallest takes no part."""
    chunk = said.chunk
    sizes = [part.size // chunk * chunk for part in parts]
    zones: list[Bytes] = []
    begun, done = 0, 0
    for end in sorted(set(sizes)):
        if end <= begun:
            continue
        taking = [part for part, size in zip(parts, sizes, strict=True) if size >= end]
        turn = done // chunk % len(taking) if said.layout == ORIGINAL else 0
        stretches = [stretch_of(part, begun, end - begun) for part in taking]
        zones.append(StripedBytes(stretches[turn:] + stretches[:turn], chunk))
        done += zones[-1].size
        begun = end
    if not zones:
        raise ContentError("an array of members without a byte")
    return zones[0] if len(zones) == 1 else ConcatenatedBytes(zones)
