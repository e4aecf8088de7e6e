"""What a disk's table gives to Windows' dynamic volumes, as one slot: the database among it.

On a disk with an MBR the database lies behind all slots, in the last MiB; on one with a GPT in a
slot of its own, and Windows' reserved one may lie between that and the data.
"""

from triage.sources.bytes import Bytes, stretch_of
from triage.sources.ldm import member_in
from triage.sources.ldm_database import SECTOR, header_in
from triage.sources.reader import ContentError
from triage.sources.tables import PartitionTable, Slot

LDM = "Windows LDM"
"""How the descriptions of slots of these types begin."""
DYNAMIC = f"{LDM}: a dynamic disk"
RESERVED = "Microsoft reserved"
HEADER_AT = 6 * SECTOR
"""Of a disk with an MBR."""


def as_one(reader: Bytes, table: PartitionTable) -> str:
    """Make one slot of them, if the database is where it belongs and can be read: of which group;
    empty where the table is left as it was."""
    mine = [slot for slot in table.slots if slot.description.startswith(LDM)]
    if not mine:
        return ""
    start, end = min(slot.start for slot in mine), max(slot.end for slot in mine)
    if table.kind == "MBR":
        end = _end_of_database(reader)
    others = [slot for slot in table.slots if slot not in mine]
    between = [slot for slot in others if slot.start < end and slot.end > start]
    if not start < end <= reader.size or not all(_is_reserved(slot) for slot in between):
        return ""
    member = member_in(stretch_of(reader, start, end - start))
    if member is None or member.begun != start:
        return ""
    try:
        found = member.database
    except ContentError:
        return ""
    if not found.volumes:
        return ""
    one = Slot(start=start, end=end, description=DYNAMIC)
    table.slots = [*(slot for slot in others if slot not in between), one]
    return member.header.group


def _is_reserved(slot: Slot) -> bool:
    return slot.description.startswith(RESERVED)


def _end_of_database(reader: Bytes) -> int:
    """Where it ends by the disk's first private header; without that, with the disk."""
    try:
        header = header_in(reader.read_at(HEADER_AT, SECTOR))
    except ContentError:
        header = None
    return reader.size if header is None else header.config + header.config_size
