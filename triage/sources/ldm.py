"""Windows' dynamic disks: the volumes of a group, as far as they lie on the disks that are here.

Simple, spanned, striped, mirrored and RAID 5 (left symmetric). A member is what a disk's table
gives to dynamic volumes, the database among it; which disk it is says its private header.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from triage.sources.arrays import Assembly
from triage.sources.bytes import Bytes, stretch_of
from triage.sources.free_space import said_of_gaps
from triage.sources.joined import ConcatenatedBytes, RefusedBytes, StripedBytes
from triage.sources.ldm_database import (
    CONFIG,
    NO_DATABASE,
    RAID5,
    SECTOR,
    SPANNED,
    STRIPED,
    LdmComponent,
    LdmDatabase,
    LdmHeader,
    LdmPart,
    LdmVolume,
    columns_of,
    database_in,
    header_in,
)
from triage.sources.md import BEHIND, OTHERWISE, STALE, TWICE, mirror_of
from triage.sources.parity import LEFT_SYMMETRIC, ParityBytes
from triage.sources.reader import ContentError
from triage.sources.signatures import Head, Recognised

MOST_VOLUMES = 256
MOST_COLUMNS = 64
ELSEWHERE = "not all of it is here: {missing} is another disk of the group"
CANNOT_BE = "what is said of its pieces cannot be"


@dataclass(frozen=True, slots=True, kw_only=True)
class LdmMember:
    """A member, and what it says."""

    held: Bytes
    header: LdmHeader
    begun: int
    """Where on its disk it begins."""

    @property
    def database(self) -> LdmDatabase:
        """Raises ContentError."""
        config = stretch_of(self.held, self.header.config - self.begun, self.header.config_size)
        return database_in(config)

    def stretch(self, part: LdmPart) -> Bytes:
        """Raises ContentError."""
        start = self.header.data + part.start - self.begun
        if start < 0 or part.size <= 0 or start + part.size > self.held.size:
            raise ContentError("it goes on behind the end of this disk")
        return stretch_of(self.held, start, part.size)


def recognise(_: Head) -> Recognised | None:
    """By nothing at its beginning: who reads a disk's table knows what is given to such volumes."""
    return None


def member_in(held: Bytes) -> LdmMember | None:
    """What a disk's table gives to dynamic volumes, if its private header is there: the last sector
    of the database, which lies at the end (MBR) or the beginning (GPT)."""
    for at in (held.size - SECTOR, (CONFIG - 1) * SECTOR):
        try:
            header = header_in(held.read_at(at, SECTOR) if at >= 0 else b"")
        except ContentError:
            continue
        if header is not None:
            begun = header.config + header.config_size - SECTOR - at
            if begun > 0 and header.config - begun >= 0:
                return LdmMember(held=held, header=header, begun=begun)
    return None


def open_(held: Bytes) -> Mapping[str, Bytes]:
    """The volumes, as far as they lie on this disk."""
    return join([held]).gives


def join(members: Sequence[Bytes]) -> Assembly:
    """The volumes of a group, by the newest database that a disk has. Raises ContentError."""
    said: dict[int, tuple[LdmMember, LdmDatabase]] = {}
    left_out: dict[int, str] = {}
    for number, held in enumerate(members):
        try:
            member = member_in(held)
            if member is None:
                raise ContentError(NO_DATABASE)
            said[number] = member, member.database
        except ContentError as error:
            left_out[number] = error.reason
    if not said:
        raise ContentError(next(iter(left_out.values())))
    first, newest = max(said.values(), key=lambda each: each[1].sequence)
    here: dict[str, tuple[int, LdmMember]] = {}
    for number, (member, database) in said.items():
        behind = newest.sequence - database.sequence
        if member.header.group != first.header.group:
            left_out[number] = OTHERWISE
        elif behind > BEHIND:
            left_out[number] = STALE.format(count=f"{behind:,}")
        elif member.header.disk in here:
            left_out[number] = TWICE
        else:
            here[member.header.disk] = number, member
    group = _Group(newest, {guid: member for guid, (_, member) in here.items()})
    gives = group.volumes()
    reasons = [each.reason for each in gives.values() if isinstance(each, RefusedBytes)]
    if gives and len(reasons) == len(gives):
        raise ContentError("; ".join(dict.fromkeys(reasons)))
    return Assembly(
        words=f"Windows' dynamic disks, a group of {len(newest.disks)}",
        gives=gives,
        used=tuple(sorted(number for number, _ in here.values())),
        left_out=left_out,
        missing=group.missing(),
        unread=group.unread(),
    )


class _Group:
    """A group of disks, as its newest database tells of it."""

    def __init__(self, database: LdmDatabase, here: Mapping[str, LdmMember]) -> None:
        """`here`: by the GUIDs of disks."""
        self._database = database
        self._here = {
            number: here[guid] for number, (guid, _) in database.disks.items() if guid in here
        }

    def volumes(self) -> dict[str, Bytes]:
        """By name; halves of a mirror that differ each by itself."""
        gives: dict[str, Bytes] = {}
        for volume in self._database.volumes[:MOST_VOLUMES]:
            name = volume.name or f"volume {volume.id}"
            name = f"{name} ({volume.id})" if name in gives else name
            gives |= self._given(name, volume)
        return gives

    def missing(self) -> str:
        """Which disks of the group are not here."""
        disks = self._database.disks
        names = [name for number, (_, name) in disks.items() if number not in self._here]
        shown = ", ".join(names[:8]) + (" and more" if len(names) > 8 else "")
        return f"without {shown}" if names else ""

    def unread(self) -> tuple[str, ...]:
        """What of it was not understood, or not looked at."""
        lost, more = self._database.lost, len(self._database.volumes) - MOST_VOLUMES
        told = (
            f"{lost:,} records of its database were not understood" if lost else "",
            f"{more:,} volumes more were not listed" if more > 0 else "",
        )
        spaces = [self._space(number, member) for number, member in self._here.items()]
        return (*filter(None, told), *said_of_gaps(spaces))

    def _space(self, disk: int, member: LdmMember) -> tuple[Bytes, list[tuple[int, int]]]:
        """Where partitions may begin on a disk, and where they do."""
        header = member.header
        begun = max(0, header.data - member.begun)
        held = stretch_of(member.held, begun, header.data_size)
        parts = [part for part in self._database.parts if part.disk == disk]
        return held, [(part.start, part.start + part.size) for part in parts]

    def _given(self, name: str, volume: LdmVolume) -> dict[str, Bytes]:
        halves: list[Bytes] = []
        why = CANNOT_BE
        for component in self._database.components:
            if component.volume != volume.id:
                continue
            try:
                made = self._copy(component)
                halves.append(stretch_of(made, 0, volume.size) if volume.size else made)
            except ContentError as error:
                why = error.reason
        if not halves:
            return {name: RefusedBytes(volume.size, why)}
        return mirror_of(name, halves)

    def _copy(self, component: LdmComponent) -> Bytes:
        """Raises ContentError."""
        parts = [each for each in self._database.parts if each.component == component.id]
        if not parts:
            raise ContentError(CANNOT_BE)
        if component.kind == SPANNED:
            return self._line(sorted(parts, key=lambda part: part.offset))
        columns = list(columns_of(parts))
        if len(columns) != component.columns or not 2 <= len(columns) <= MOST_COLUMNS:
            raise ContentError(CANNOT_BE)
        if not SECTOR <= component.chunk <= 1 << 30:
            raise ContentError(f"chunks of {component.chunk:,} bytes, which cannot be")
        if component.kind == STRIPED:
            return StripedBytes([self._line(column) for column in columns], component.chunk)
        if component.kind == RAID5:
            return self._with_parity(columns, component.chunk)
        raise ContentError(f"a volume of the kind {component.kind}, which is not read")

    def _with_parity(self, columns: Sequence[Sequence[LdmPart]], chunk: int) -> Bytes:
        made: list[Bytes | None] = []
        why = ""
        for column in columns:
            try:
                made.append(self._line(column))
            except ContentError as error:
                why = f"{why}; {error.reason}" if made.count(None) else error.reason
                made.append(None)
        sizes = [each.size for each in made if each is not None]
        if made.count(None) > 1 or len(made) < 3:
            raise ContentError(why or CANNOT_BE)
        return ParityBytes(made, chunk, min(sizes), level=5, layout=LEFT_SYMMETRIC)

    def _line(self, parts: Sequence[LdmPart]) -> Bytes:
        """One behind the other. Raises ContentError."""
        position, made = 0, list[Bytes]()
        for part in parts:
            if part.offset != position:
                raise ContentError(CANNOT_BE)
            if part.disk not in self._here:
                name = self._database.disks.get(part.disk, ("", ""))[1]
                raise ContentError(ELSEWHERE.format(missing=name or "one"))
            made.append(self._here[part.disk].stretch(part))
            position += part.size
        return made[0] if len(made) == 1 else ConcatenatedBytes(made)
