"""The volumes of a device: what its tables claim, clipped to what can be, and the rest.

The lengths of the volumes of a device sum to its size: sectors that no volume claims are
listed as volumes too.
"""

from collections.abc import Callable
from dataclasses import dataclass, field

from triage.evidence import Device, Volume, VolumeState
from triage.sources.reader import Reader
from triage.sources.signatures import Recognised, recognise
from triage.sources.tables import (
    Slot,
    Table,
    read_gpt,
    read_mbr,
    read_other,
    sector_sizes,
)
from triage.sources.tsk import NAMES, TskImage, open_file_system

NO_CLAIM = "no volume claims these sectors"


@dataclass(slots=True, kw_only=True)
class Piece:
    """A slot as it can be: clipped, with what was wrong about it."""

    start: int
    end: int
    description: str
    notes: list[str] = field(default_factory=list)
    claimed: bool = True


def list_volumes(reader: Reader, device: Device) -> list[Volume]:
    """All volumes of a device or image in the order in which they lie."""
    table = _table(reader, device.sector_size)
    whole = recognise(reader, 0, reader.size)
    if table is None or (whole is not None and not _is_partitioned(reader, table)):
        pieces = [Piece(start=0, end=reader.size, description="whole device")]
    else:
        pieces = lay_out(table.slots, reader.size)
        if table.notes and pieces:
            pieces[0].notes.extend(table.notes)
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


def _volume(reader: Reader, image: TskImage, device: Device, id_: str, piece: Piece) -> Volume:
    length = piece.end - piece.start
    make: Callable[..., Volume] = lambda **more: Volume(  # noqa: E731
        id=id_,
        device_id=device.id,
        offset=piece.start,
        size=length,
        description=piece.description,
        **more,
    )
    if not piece.claimed:
        return make(state=VolumeState.UNCLAIMED, reason=NO_CLAIM)
    found = recognise(reader, piece.start, length) if length else None
    if found is None:
        return make(state=VolumeState.UNRECOGNISED, reason=_said("no known signature", piece.notes))
    state, reason = found.state, found.reason
    if found.name in NAMES:
        state, reason = _trial(image, piece.start, found)
    return make(
        state=state,
        reason=_said(reason, piece.notes),
        file_system=found.name,
        label=found.label,
        uuid=found.uuid,
        block_size=found.block_size,
    )


def _trial(image: TskImage, offset: int, found: Recognised) -> tuple[VolumeState, str]:
    """Open the file system once: does it list its root directory?"""
    try:
        file_system = open_file_system(image, offset, found.name)
        file_system.open_dir(inode=file_system.info.root_inum)
    except OSError as error:
        return VolumeState.DAMAGED, f"the file system does not open: {error}"
    return VolumeState.READABLE, ""


def _said(reason: str, notes: list[str]) -> str:
    return "; ".join([reason, *notes] if reason else notes)
