"""The volumes of a device: what its tables claim, clipped to what can be, and the rest.

The lengths of the volumes of a device sum to its size: sectors that no volume claims are
listed as volumes too.
"""

from dataclasses import dataclass, field, replace

from triage.evidence import Device, Volume, VolumeState
from triage.sources.reader import Reader
from triage.sources.signatures import Recognised, recognise, without_signature
from triage.sources.tables import (
    Slot,
    Table,
    read_gpt,
    read_mbr,
    read_other,
    sector_sizes,
)
from triage.sources.tsk import (
    NAMES,
    TskImage,
    in_one_line,
    label_of,
    open_file_system,
    try_root,
)

WHOLE = "whole device"
LOST = "not in the partition table"
MIB = 1 << 20
MOST_LOST = 32
SMALLEST_LOST = 64 * 1024
NO_CLAIM = "no volume claims these sectors"


@dataclass(slots=True, kw_only=True)
class Piece:
    """A slot as it can be: clipped, with what was wrong about it."""

    start: int
    end: int
    description: str
    notes: list[str] = field(default_factory=list)
    claimed: bool = True


def folder_volume(device: Device) -> Volume:
    """The one volume of a folder that was given as the source: `d0v0`."""
    return Volume(
        id=f"{device.id}v0",
        device_id=device.id,
        offset=0,
        size=0,
        description="folder, read through this machine's operating system",
        file_system="directory",
        state=VolumeState.READABLE,
    )


def list_volumes(reader: Reader, device: Device) -> list[Volume]:
    """All volumes of a device or image in the order in which they lie."""
    table = _table(reader, device.sector_size)
    whole = recognise(reader, 0, reader.size)
    if table is None or (whole is not None and not _is_partitioned(reader, table)):
        pieces = [Piece(start=0, end=reader.size, description=WHOLE)]
    else:
        pieces = lay_out(table.slots, reader.size)
        if table.notes and pieces:
            pieces[0].notes.extend(table.notes)
    if whole is None:
        pieces = [found for piece in pieces for found in _with_lost(reader, piece)]
    image = TskImage(reader)
    return [
        _volume(reader, image, device, f"{device.id}v{number}", piece)
        for number, piece in enumerate(pieces, 1)
    ]


def _table(reader: Reader, nominal: int) -> Table | None:
    """The table that rules: GPT before MBR before the others."""
    gpt = read_gpt(reader, nominal)
    if gpt is not None:
        hybrid = read_mbr(reader, gpt.sector_size)
        _add_hybrid(gpt, hybrid)
        return gpt
    candidates = [table for size in sector_sizes(nominal) if (table := read_mbr(reader, size))]
    if not candidates:
        return read_other(reader)
    return max(candidates, key=lambda table: _recognised_slots(reader, table))


def _add_hybrid(gpt: Table, mbr: Table | None) -> None:
    """What a hybrid MBR claims beside the GPT."""
    known = {(slot.start, slot.end) for slot in gpt.slots}
    for slot in mbr.slots if mbr else ():
        if (slot.start, slot.end) not in known:
            words = f"{slot.description}, only in the MBR beside the GPT"
            gpt.slots.append(Slot(start=slot.start, end=slot.end, description=words))


def _recognised_slots(reader: Reader, table: Table) -> int:
    return sum(
        slot.end <= reader.size and recognise(reader, slot.start, slot.end - slot.start) is not None
        for slot in table.slots
    )


def _is_partitioned(reader: Reader, table: Table) -> bool:
    """Whether a table beside a file system that begins at sector 0 is to be believed.

    Boot code of a bare FAT or NTFS can look like a table; a hybrid ISO 9660 has both.
    """
    return table.kind == "GPT" or _recognised_slots(reader, table) > 0


def lay_out(slots: list[Slot], size: int) -> list[Piece]:
    """Slots as pieces that do not overlap and fill 0 to `size`; what was clipped is said."""
    pieces: list[Piece] = []
    for slot in sorted(slots, key=lambda slot: (slot.start, -slot.end)):
        _place(pieces, slot, size)
    return _fill(pieces, size)


def _place(pieces: list[Piece], slot: Slot, size: int) -> None:
    piece = Piece(start=slot.start, end=min(slot.end, size), description=slot.description)
    if slot.start >= size or slot.end <= slot.start:
        here = min(slot.start, size)
        pieces.append(Piece(start=here, end=here, description=slot.description,
                            notes=["it lies beyond the end of the device"]))  # fmt: skip
        return
    if slot.end > size:
        piece.notes.append(f"it claims {slot.end - size} bytes beyond the end of the device")
    for other in pieces:
        if other.end <= piece.start or other.start == other.end:
            continue
        piece.notes.append(f"it overlaps {other.description}")
        other.notes.append(f"it overlaps {piece.description}")
        if other.start == piece.start:
            piece.start = min(piece.end, other.end)
        else:
            other.end = piece.start
    pieces.append(piece)


def _fill(pieces: list[Piece], size: int) -> list[Piece]:
    """Add what no piece claims."""
    filled: list[Piece] = []
    position = 0
    for piece in sorted(pieces, key=lambda piece: (piece.start, piece.end)):
        if piece.start > position:
            filled.append(Piece(start=position, end=piece.start, description="", claimed=False))
        filled.append(piece)
        position = max(position, piece.end)
    if position < size:
        filled.append(Piece(start=position, end=size, description="", claimed=False))
    return filled


def _with_lost(reader: Reader, piece: Piece) -> list[Piece]:
    """The piece, or, where nothing claims it, the file systems that still begin in it.

    A partition that was deleted from the table, or all of them, is found where partitions
    commonly begin: at the first whole MiB, at sector 63, and behind one that was found.
    """
    if piece.claimed and piece.description != WHOLE:
        return [piece]
    found: list[Piece] = []
    position = piece.start
    for _ in range(MOST_LOST):
        here = _lost(reader, position, piece.end)
        if here is None:
            break
        if here.start > position:
            found.append(Piece(start=position, end=here.start, description="", claimed=False))
        found.append(here)
        position = here.end
    if not found:
        return [piece]
    found[0].notes.extend(piece.notes)
    if position < piece.end:
        found.append(Piece(start=position, end=piece.end, description="", claimed=False))
    return found


def _lost(reader: Reader, start: int, end: int) -> Piece | None:
    first = -(-start // MIB) * MIB
    for place in dict.fromkeys((start, start + 63 * 512, first, first + MIB)):
        if not 0 < place < end - SMALLEST_LOST:
            continue
        found = recognise(reader, place, end - place)
        if found and found.name in NAMES and SMALLEST_LOST <= found.length <= end - place:
            return Piece(start=place, end=place + found.length, description=LOST)
    return None


def _volume(reader: Reader, image: TskImage, device: Device, id_: str, piece: Piece) -> Volume:
    length = piece.end - piece.start
    found = _found(reader, image, piece)
    return Volume(
        id=id_,
        device_id=device.id,
        offset=piece.start,
        size=length,
        description=piece.description,
        file_system=found.name,
        label=found.label,
        uuid=found.uuid,
        block_size=found.block_size,
        state=found.state,
        reason="; ".join([found.reason, *piece.notes] if found.reason else piece.notes),
    )


def _found(reader: Reader, image: TskImage, piece: Piece) -> Recognised:
    """What a piece holds; the name is empty if that is not known."""
    length = piece.end - piece.start
    if not piece.claimed:
        return Recognised(name="", state=VolumeState.UNCLAIMED, reason=NO_CLAIM)
    if not length:
        return Recognised(name="", state=VolumeState.DAMAGED)
    found = recognise(reader, piece.start, length)
    if found is None:
        state, reason = without_signature(reader, piece.start, length)
        return Recognised(name="", state=state, reason=reason)
    return _tried(image, piece.start, found) if found.name in NAMES else found


def _tried(image: TskImage, offset: int, found: Recognised) -> Recognised:
    """Open the file system once: does it list its root directory, and what is its label?"""
    try:
        file_system = open_file_system(image, offset, found.name)
        try_root(file_system, found.name)
    except OSError as error:
        reason = f"the file system does not open: {in_one_line(error)}"
        return replace(found, state=VolumeState.DAMAGED, reason=reason)
    label = found.label or label_of(file_system, found.name)
    return replace(found, label=label, block_size=file_system.info.block_size)
