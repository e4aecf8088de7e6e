"""NTFS with clusters of more than 128 sectors, as The Sleuth Kit takes it.

It knows clusters of up to 128 sectors, and refuses what Windows 10 writes for more: a negative
power of two. A sector of NTFS may be larger than the device's, so here the boot sector says the
same cluster in fewer and larger sectors. Nothing else of NTFS counts in sectors; what protects
records against torn writes goes by 512 bytes, whatever the sector is.
"""

import struct

from triage.sources.bytes import SECTORS, Bytes
from triage.sources.mft_records import cluster_size
from triage.sources.overlaid import OverlaidBytes
from triage.sources.reader import ContentError
from triage.sources.signatures.microsoft import LARGEST_CLUSTER

MOST_SECTORS = 128
"""In a cluster."""
NAME_AT, SHAPE_AT, LENGTH_AT = 3, 11, 40


def in_larger_sectors(boot: bytes) -> bytes:
    """The boot sector of the same volume; empty where it needs no other, or is none."""
    if len(boot) < 512 or boot[NAME_AT:SHAPE_AT] != b"NTFS    ":
        return b""
    sector, count = struct.unpack_from("<HB", boot, SHAPE_AT)
    cluster = cluster_size(boot)
    if count <= MOST_SECTORS or sector not in SECTORS or cluster > LARGEST_CLUSTER:
        return b""
    larger = max(sector, cluster // MOST_SECTORS)
    length = struct.unpack_from("<Q", boot, LENGTH_AT)[0] * sector // larger
    made = bytearray(boot)
    struct.pack_into("<HB", made, SHAPE_AT, larger, cluster // larger)
    struct.pack_into("<Q", made, LENGTH_AT, length)
    return bytes(made)


def with_usual_clusters(held: Bytes) -> Bytes:
    """These bytes; where it needs another boot sector, that is laid over its own."""
    try:
        boot = in_larger_sectors(held.read_at(0, 512))
    except ContentError:
        return held
    return OverlaidBytes(held, {0: boot}) if boot else held
