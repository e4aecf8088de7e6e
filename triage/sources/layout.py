"""Slots of a partition table as pieces that do not overlap and fill the device."""

from dataclasses import dataclass, field

from triage.sources.tables import Slot

ALL_BEYOND = "it lies beyond the end of the device"
"""Of all of a slot: the device was longer when that was written, or the image was cut off."""


@dataclass(slots=True, kw_only=True)
class Piece:
    """A slot as it can be: clipped, with what was wrong about it."""

    start: int
    end: int
    description: str
    notes: list[str] = field(default_factory=list)
    unread: list[str] = field(default_factory=list)
    """What is there besides what will be read of it."""
    claimed: bool = True
    beyond: int = 0
    """Bytes that its slot claims beyond the end of the device."""
    part_of: str = ""
    """Of a member of an array that the table itself tells: which, as `Volume.part_of` has it."""


def lay_out(slots: list[Slot], size: int) -> list[Piece]:
    """Slots as pieces that do not overlap and fill 0 to `size`; what was clipped is said."""
    pieces: list[Piece] = []
    for slot in sorted(slots, key=lambda slot: (slot.start, -slot.end)):
        _place(pieces, slot, size)
    return _fill(pieces, size)


def _place(pieces: list[Piece], slot: Slot, size: int) -> None:
    piece = Piece(start=slot.start, end=min(slot.end, size), description=slot.description)
    if slot.start >= size or slot.end <= slot.start:
        pieces.append(_without_bytes(slot, size))
        return
    if slot.end > size:
        piece.beyond = slot.end - size
        piece.notes.append(f"it claims {piece.beyond} bytes beyond the end of the device")
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


def _without_bytes(slot: Slot, size: int) -> Piece:
    """What nothing is there of. If that is for want of a device so long, it was not read."""
    piece = Piece(start=min(slot.start, size), end=min(slot.start, size),
                  description=slot.description)  # fmt: skip
    if slot.end <= slot.start:
        piece.notes.append("it ends before it begins")
    else:
        piece.unread.append(ALL_BEYOND)
    return piece


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
