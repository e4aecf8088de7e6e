"""Physical volumes of a group of LVM, after lvm2's lib/format_text: label, header, area, text."""

import struct
from collections.abc import Mapping, Sequence

EXTENT = 64 * 1024
AREA, FIRST = 4096, 1 << 20
"""Where the area of metadata begins, and the first extent."""


def uuid_of(number: int) -> str:
    """Of a physical volume, without dashes."""
    return f"physical{number:024}"


def physical_volume(number: int, text: str, extents: bytes) -> bytes:
    """One of a group."""
    raw = bytearray(FIRST)
    struct.pack_into("<8sQII8s", raw, 512, b"LABELONE", 1, 0, 32, b"LVM2 001")
    header = uuid_of(number).encode() + struct.pack("<Q", FIRST + len(extents))
    header += struct.pack("<QQQQ", FIRST, 0, 0, 0)
    header += struct.pack("<QQQQ", AREA, FIRST - AREA, 0, 0)
    raw[544 : 544 + len(header)] = header
    body = text.encode() + b"\0"
    area = struct.pack("<I16sIQQ", 0, b" LVM2 x[5A%r0N*>", 1, AREA, FIRST - AREA)
    raw[AREA : AREA + 512] = (area + struct.pack("<QQII", 512, len(body), 0, 0)).ljust(512, b"\0")
    raw[AREA + 512 : AREA + 512 + len(body)] = body
    return bytes(raw) + extents


def text_of(
    volumes: Mapping[str, Sequence[str]], *, physical: int, seqno: int = 3, group: str = "vg"
) -> str:
    """What a group says of itself. `volumes`: the segments of each logical volume."""
    physicals = "".join(
        f'pv{n} {{\nid = "{uuid_of(n)}"\npe_start = {FIRST // 512}\npe_count = 32\n}}\n'
        for n in range(physical)
    )
    logical = "".join(
        f'{name} {{\nid = "x"\nstatus = ["READ", "VISIBLE"]\n'
        + "".join(f"segment{n} {{\n{each}\n}}\n" for n, each in enumerate(segments, 1))
        + "}\n"
        for name, segments in volumes.items()
    )
    return (
        f'{group} {{\nid = "group-{group}"\nseqno = {seqno}\nextent_size = {EXTENT // 512}\n'
        f"physical_volumes {{\n{physicals}}}\nlogical_volumes {{\n{logical}}}\n}}\n"
    )


def segment(start: int, count: int, *stripes: tuple[int, int], stripe: int = 0) -> str:
    """Of extents of physical volumes, in turn if there are several."""
    places = ", ".join(f'"pv{n}", {first}' for n, first in stripes)
    return (
        f'start_extent = {start}\nextent_count = {count}\ntype = "striped"\n'
        f"stripe_count = {len(stripes)}\nstripe_size = {stripe // 512}\nstripes = [{places}]"
    )
