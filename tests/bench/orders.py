"""Orders in which content could be read, on modelled drives: seconds and bytes to what is notable.

Deciding costs nothing in the model, and every order reads every file once.
"""

import os
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from tests.bench import delayed
from triage.devices.attached import identify
from triage.devices.opening import open_read_only
from triage.evidence import HEAD_BYTES, FileEntry, Storage
from triage.plan.order import Job, Order
from triage.plan.rows import Rows
from triage.plan.tiers import Planner
from triage.profile import load
from triage.sources import Source

SHARES = (0.0, 0.5, 0.9, 1.0)
"""Of the notable; 0: the first of them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Drive:
    """What a jump and a byte cost, seconds."""

    name: str
    jump: float
    byte: float


DRIVES = (
    Drive(name="rotating", jump=delayed.SEEK_SECONDS, byte=1 / delayed.BYTES_PER_SECOND),
    Drive(name="solid state", jump=0.0001, byte=1 / 500e6),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Read:
    """An entry whose content is read."""

    path: str
    position: int
    size: int


def walked(image: Path) -> list[FileEntry]:
    """Every entry with content, as the file system lists them."""
    device = identify(str(image), "d0")
    descriptors = open_read_only(device)
    source = Source(device, descriptors)
    try:
        return [
            entry
            for volume in source.volumes
            if volume.state == "readable"
            for entry in source.walk(volume)
            if entry.storage is not Storage.NONE and entry.size
        ]
    finally:
        for descriptor in descriptors:
            os.close(descriptor)


def read_of(entry: FileEntry) -> Read:
    """Its content, read whole."""
    return Read(path=entry.path, position=_position(entry), size=entry.size)


def seeks_order(
    entries: Sequence[FileEntry],
    notable: set[str],
    *,
    rotating: bool,
    look: float = 0.0,
    room: int = 0,
    sweeps: bool = True,
) -> list[Read]:
    """As seek's plan hands them out, each finding moving its neighbours up. `look`: seconds that a
    picture takes all workers once it is read. `room`: of memory, where a set is there to look up
    in. `sweeps`: False has tiers alone, as while the survey goes on."""
    rows, order = _placed(entries), Order(look=look, room=room)
    if room:
        order.look_up_first()
    order.add(rows, rotating=rotating)
    if sweeps:
        order.sort()
    seen: set[int] = set()
    head, drive = Head(), DRIVES[0 if rotating else 1]
    while batch := order.next_batch():
        begun = head.seconds
        if batch.job is Job.GLANCE:
            for entry in batch.entries:
                head.read(Read(path="", position=_position(entry), size=HEAD_BYTES), drive)
            order.glanced(batch, (), head.seconds - begun + look * len(batch.entries))
            continue
        for entry in batch.entries:
            if entry.id not in seen:
                head.read(read_of(entry), drive)
            seen.add(entry.id)
        if batch.job is Job.LOOK_UP:
            known = [entry.id for entry in batch.entries if entry.path in notable]
            order.glanced(batch, known, head.seconds - begun)
            continue
        spent = head.seconds - begun + look * len(batch.entries)
        order.examined(batch.entries, spent, pictures=True)
        for entry in batch.entries:
            if entry.path in notable:
                order.promote_neighbours(entry)
    order.close()
    return head.done


def _placed(entries: Sequence[FileEntry]) -> Rows:
    planner, rows = Planner(load("quick")), Rows()
    for entry in entries:
        placement = planner.place(entry)
        if placement.outcome is None:
            rows.add(entry, placement, entry.position)
    return rows


@dataclass(slots=True)
class Head:
    """Of a drive: where it is, and what it has read."""

    done: list[Read] = field(default_factory=list)
    at: int = -1
    seconds: float = 0.0

    def read(self, read: Read, drive: Drive) -> None:
        """Go there and read it."""
        gap = read.position - self.at
        through = gap * drive.byte if gap >= 0 else drive.jump
        self.seconds += min(drive.jump, through) + read.size * drive.byte
        self.at = read.position + read.size
        self.done.append(read)


def _position(entry: FileEntry) -> int:
    """Resident content lies in the MFT, which is read anyway: at its record's place."""
    return entry.position if entry.position >= 0 else entry.meta_address * 1024


def megabytes_to_first(order: Sequence[Read], notable: set[str]) -> float:
    """How much is read by when the first notable file has been."""
    return reached(order, notable, DRIVES[0])[0][1] / 1e6


def curve(label: str, order: Sequence[Read], notable: set[str]) -> list[list[str]]:
    """Rows of a table: seconds and share of the bytes to each share of the notable, by drive."""
    drives = [drive for drive in DRIVES if drive.name in label] or list(DRIVES)
    total = sum(read.size for read in order)
    rows = []
    for drive in drives:
        times = reached(order, notable, drive)
        marks = [max(0, round(share * len(times)) - 1) for share in SHARES]
        cells = [
            f"{times[mark][0]:.2f} s, {times[mark][1] / total:.2%}" if times else "never"
            for mark in marks
        ]
        rows.append([label.partition(",")[0], drive.name, *cells])
    return rows


def reached(order: Sequence[Read], notable: set[str], drive: Drive) -> list[tuple[float, int]]:
    """Seconds and bytes after which each notable file has been read."""
    head, done = Head(), 0
    reached = []
    for read in order:
        head.read(read, drive)
        done += read.size
        if read.path in notable:
            reached.append((head.seconds, done))
    return reached
