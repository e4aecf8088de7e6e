"""ext4 with clusters of several blocks (bigalloc), as The Sleuth Kit takes it.

It takes the size of a cluster for one of fragments, and refuses. Only the bitmaps of blocks and the
count of free ones go by clusters; inodes, extents and descriptors name blocks (Linux's
Documentation/filesystems/ext4/bigalloc.rst). So here the superblock says nothing of clusters.
"""

import struct

from triage.sources.bytes import Bytes
from triage.sources.overlaid import OverlaidBytes
from triage.sources.reader import ContentError

SUPERBLOCK, LENGTH = 1024, 1024
BLOCK_AT, CLUSTER_AT, BLOCKS_AT, CLUSTERS_AT, MAGIC_AT, FEATURES_AT = 24, 28, 32, 36, 56, 100
BIGALLOC = 0x200
"""Of the features that a writer has to know."""


def without_clusters(superblock: bytes) -> bytes:
    """The superblock of the same volume; empty where it needs no other, or is none."""
    if len(superblock) < LENGTH or superblock[MAGIC_AT : MAGIC_AT + 2] != b"\x53\xef":
        return b""
    features = struct.unpack_from("<I", superblock, FEATURES_AT)[0]
    if not features & BIGALLOC:
        return b""
    made = bytearray(superblock)
    struct.pack_into("<I", made, FEATURES_AT, features & ~BIGALLOC)
    made[CLUSTER_AT:BLOCKS_AT] = superblock[BLOCK_AT:CLUSTER_AT]
    made[CLUSTERS_AT : CLUSTERS_AT + 4] = superblock[BLOCKS_AT:CLUSTERS_AT]
    return bytes(made)


def with_single_blocks(held: Bytes) -> Bytes:
    """These bytes; where it needs another superblock, that is laid over its own."""
    try:
        superblock = without_clusters(held.read_at(SUPERBLOCK, LENGTH))
    except ContentError:
        return held
    return OverlaidBytes(held, {SUPERBLOCK: superblock}) if superblock else held
