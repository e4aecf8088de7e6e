"""Orders in which content could be read, on modelled drives: seconds and bytes to what is notable.

Deciding costs nothing in the model, and every order reads every file once.
"""

import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from tests.bench import delayed
from triage.devices.attached import identify
from triage.devices.opening import open_read_only
from triage.evidence import FileEntry, Storage
from triage.plan.order import Order
from triage.plan.rows import Rows
from triage.plan.tiers import Planner
from triage.profile import load
from triage.sources import Source

SHARES = (0.0, 0.5, 0.9, 1.0)
"""Of the notable; 0: the first of them."""
PICTURE_SECONDS = 0.015
"""What looking at one takes, for the size of batches."""


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


def seeks_order(entries: Sequence[FileEntry], notable: set[str], *, rotating: bool) -> list[Read]:
    """As seek's plan hands them out, each finding moving its neighbours up. Glances are not
    counted: no picture of this disk is large enough for one."""
    planner, rows, order = Planner(load("quick")), Rows(), Order()
    placed = ((entry, planner.place(entry)) for entry in entries)
    for entry, placement in placed:
        if placement.outcome is None:
            rows.add(entry, placement, entry.position)
    order.add(rows, rotating=rotating)
    order.sort()
    read: list[Read] = []
    while batch := order.next_batch():
        read += map(read_of, batch.entries)
        order.examined(batch.entries, PICTURE_SECONDS * len(batch.entries), pictures=True)
        for entry in batch.entries:
            if entry.path in notable:
                order.promote_neighbours(entry)
    order.close()
    return read


def _position(entry: FileEntry) -> int:
    """Resident content lies in the MFT, which is read anyway: at its record's place."""
    return entry.position if entry.position >= 0 else entry.meta_address * 1024


def megabytes_to_first(order: Sequence[Read], notable: set[str]) -> float:
    """How much is read by when the first notable file has been."""
    return _reached(order, notable, DRIVES[0])[0][1] / 1e6


def curve(label: str, order: Sequence[Read], notable: set[str]) -> list[list[str]]:
    """Rows of a table: seconds and share of the bytes to each share of the notable, by drive."""
    drives = [drive for drive in DRIVES if drive.name in label] or list(DRIVES)
    total = sum(read.size for read in order)
    rows = []
    for drive in drives:
        reached = _reached(order, notable, drive)
        marks = [max(0, round(share * len(reached)) - 1) for share in SHARES]
        cells = [
            f"{reached[mark][0]:.2f} s, {reached[mark][1] / total:.2%}" if reached else "never"
            for mark in marks
        ]
        rows.append([label.partition(",")[0], drive.name, *cells])
    return rows


def _reached(order: Sequence[Read], notable: set[str], drive: Drive) -> list[tuple[float, int]]:
    """Seconds and bytes after which each notable file has been read."""
    seconds, done, head = 0.0, 0, -1
    reached = []
    for read in order:
        gap = read.position - head
        through = gap * drive.byte if gap >= 0 else drive.jump
        seconds += min(drive.jump, through) + read.size * drive.byte
        head = read.position + read.size
        done += read.size
        if read.path in notable:
            reached.append((seconds, done))
    return reached
