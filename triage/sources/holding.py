"""What one piece of a device holds, and what of it will not be read.

Names and states are chosen here; the table of them is docs/decisions/words-for-what-is-not-read.md.
"""

from dataclasses import replace

from triage.evidence import VolumeState
from triage.sources.bytes import Bytes, stretch_of
from triage.sources.dynamic_disks import LDM
from triage.sources.emptiness import SAMPLE, look_at_samples
from triage.sources.encrypted import PERHAPS, PERHAPS_ENCRYPTED, SMALLEST_ENCRYPTED
from triage.sources.layers import layer_at
from triage.sources.layout import Piece
from triage.sources.signatures import (
    LDM_NOT_READ,
    RANDOM,
    Head,
    Recognised,
    is_mirror,
    later_session,
    no_files,
    not_yet,
    recognise_backup,
    without_signature,
)
from triage.sources.tables import holds_table
from triage.sources.trees import reader_of, recognised

NO_CLAIM = "no volume claims these sectors"
MOST_GAP = 8 << 20
"""Bytes that tables leave between volumes: a cylinder of 255 heads is 7.84 MiB."""
HOLDS = "they hold something, and were not looked at"
LDM_TABLE, BIOS_BOOT = f"{LDM} metadata", "BIOS boot"
"""How the descriptions of slots of these types begin."""
PART_OF_DYNAMIC = "part of a group of Windows' dynamic disks"
BESIDE_LDM = "Windows dynamic disk: other volumes in this partition were not read"
MOST_BOOT_CODE = 8 << 20
SPARE = 4096
"""Bytes by which a file system may be longer than what it lies in: a last sector, for its copy of
the first one, holds no files."""
RUN_OUT = 150 * 2048
"""Of a disc: its padding, which no drive need be able to read."""
NESTED = "holds a partition table of its own, which was not read"
MIRROR = "one half of a Linux RAID 1, a mirror: it was read as it is"


def held_in(reader: Bytes, piece: Piece) -> Recognised:
    """What a piece holds; the name is empty if that is not known."""
    length = piece.end - piece.start
    if not piece.claimed:
        return _unclaimed(reader, piece)
    if not length:
        return Recognised(name="", state=VolumeState.DAMAGED)
    if piece.part_of:
        return not_yet("ldm", PART_OF_DYNAMIC, part_of=piece.part_of)
    head = Head(reader, piece.start, length)
    layer = layer_at(head)
    if layer is not None:
        mirror = is_mirror(reader, piece.start, length) or layer[1].part_of
        return replace(layer[1], part_of=mirror)
    found = recognised(head)
    if found is None:
        return _without_signature(reader, piece)
    kind = reader_of(found.name)
    if kind is not None and found.state is VolumeState.READABLE:
        found = kind.tried(stretch_of(reader, piece.start, length), found)
    if found.state is VolumeState.READABLE:
        found = replace(found, unread=(*found.unread, *_besides(reader, piece, found)))
        if mirror := is_mirror(reader, piece.start, length):
            found = replace(found, reason=MIRROR, part_of=mirror)
    return found


def _besides(reader: Bytes, piece: Piece, found: Recognised) -> tuple[str, ...]:
    """What else there is, of which the file system's own beginning says nothing."""
    beyond = _beyond(reader, piece, found)
    if found.name == "iso9660":
        return (*beyond, *later_session(reader, piece.start, piece.end - piece.start))
    return (*beyond, BESIDE_LDM) if piece.description.startswith(LDM) else beyond


def _beyond(reader: Bytes, piece: Piece, found: Recognised) -> tuple[str, ...]:
    """What there would be behind the end: an image was cut off, or a device is not all there."""
    length = piece.end - piece.start
    missing = found.length - length if found.length else piece.beyond
    if missing <= (RUN_OUT if found.name == "iso9660" else SPARE):
        return ()
    where = "the device" if piece.end == reader.size else "its partition"
    return (f"{missing:,} bytes of it would lie beyond the end of {where}, and were not read",)


def _unclaimed(reader: Bytes, piece: Piece) -> Recognised:
    found = Recognised(name="", state=VolumeState.UNCLAIMED, reason=NO_CLAIM)
    length = piece.end - piece.start
    if length <= MOST_GAP:
        return found
    samples = look_at_samples(reader, piece.start, length)
    return found if samples.zero == samples.looked_at else replace(found, unread=(HOLDS,))


def _without_signature(reader: Bytes, piece: Piece) -> Recognised:
    start, length = piece.start, piece.end - piece.start
    if piece.description.startswith(LDM_TABLE):
        return no_files("ldm", "the table of a Windows dynamic disk")
    if piece.description.startswith(LDM):
        return not_yet("ldm", LDM_NOT_READ)
    if holds_table(reader, start, length):
        return not_yet("", NESTED)
    state, reason = without_signature(reader, start, length)
    if state is VolumeState.EMPTY and piece.beyond:
        state, reason = VolumeState.UNRECOGNISED, f"{reason} up to the end of the device"
    unknown = Recognised(name="", state=state, reason=reason)
    if state is not VolumeState.UNRECOGNISED:
        return unknown
    if piece.description.startswith(BIOS_BOOT) and length <= MOST_BOOT_CODE:
        return no_files("", "boot code")
    backup = recognise_backup(reader, start, length)
    if backup is not None and reason != RANDOM:
        return backup
    if backup is not None:
        unknown = replace(unknown, reason=f"{reason}; a backup of an {backup.name} is left there")
    return _perhaps_encrypted(reader, start, length, unknown)


def _perhaps_encrypted(reader: Bytes, start: int, length: int, unknown: Recognised) -> Recognised:
    """With what may open it, if all of it or its beginning looks random: VeraCrypt's volumes say
    nothing of themselves, and are not all written over when they are made."""
    begins_random = look_at_samples(reader, start, min(length, SAMPLE)).random
    if length < SMALLEST_ENCRYPTED or not (begins_random or unknown.reason.startswith(RANDOM)):
        return unknown
    perhaps = f"{unknown.reason}; {PERHAPS_ENCRYPTED}"
    return replace(unknown, reason=perhaps, protectors=PERHAPS)
