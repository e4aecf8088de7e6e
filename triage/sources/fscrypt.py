"""Which files of an ext4 volume Linux has encrypted (fscrypt): a flag in each inode says so.

The Sleuth Kit does not show it, and gives the ciphertext. Layout after Linux's fs/ext4/ext4.h.
Nothing is trusted: what cannot be read or lies outside the volume is not called encrypted.
"""

import struct

from triage.sources.bytes import Bytes
from triage.sources.reader import ContentError

SUPERBLOCK = 1024
ENCRYPT, META_GROUPS, WIDE = 0x10000, 0x10, 0x80
"""Features: some files are encrypted; descriptors lie scattered; descriptors are wide."""
ENCRYPTED = 0x800
FLAGS_AT = 0x20
PIECE = 4096
"""Bytes; what is read at once of the inodes. Those of a folder's files are neighbours."""


class EncryptedInodes:
    """Answers for one volume."""

    def __init__(self, held: Bytes, superblock: bytes) -> None:
        self._held = held
        first_block, log_block = struct.unpack_from("<II", superblock, 20)
        self._block = 1024 << log_block
        self._per_group = struct.unpack_from("<I", superblock, 40)[0]
        self._size = struct.unpack_from("<H", superblock, 88)[0]
        self._wide = bool(struct.unpack_from("<I", superblock, 96)[0] & WIDE)
        self._descriptor = struct.unpack_from("<H", superblock, 254)[0] if self._wide else 32
        self._descriptors_at = max((first_block + 1) * self._block, SUPERBLOCK + 1024)
        self._tables: dict[int, int] = {}
        """Where the inodes of a group begin."""
        self._piece_at, self._piece = -1, b""

    def holds(self, address: int) -> bool:
        """Whether the inode of that number is an encrypted one."""
        group, place = divmod(address - 1, self._per_group)
        at = self._table(group) + place * self._size + FLAGS_AT
        piece = at // PIECE * PIECE
        if piece != self._piece_at:
            self._piece_at, self._piece = piece, self._read(piece, PIECE)
        raw = self._piece[at - piece : at - piece + 4]
        return bool(int.from_bytes(raw, "little") & ENCRYPTED)

    def _table(self, group: int) -> int:
        table = self._tables.get(group)
        if table is None:
            raw = self._read(self._descriptors_at + group * self._descriptor, self._descriptor)
            block = int.from_bytes(raw[8:12], "little")
            if self._wide and self._descriptor >= 64:
                block |= int.from_bytes(raw[40:44], "little") << 32
            table = self._tables[group] = block * self._block
        return table

    def _read(self, at: int, length: int) -> bytes:
        try:
            return self._held.read_at(at, length) if at >= 0 else b""
        except ContentError:
            return b""


def encrypted_inodes(held: Bytes) -> EncryptedInodes | None:
    """None unless the volume of these bytes says that some of its files are encrypted."""
    try:
        superblock = held.read_at(SUPERBLOCK, 1024)
    except ContentError:
        return None
    if len(superblock) < 1024 or not _is_usable(superblock):
        return None
    return EncryptedInodes(held, superblock)


def _is_usable(superblock: bytes) -> bool:
    features, log_block = (struct.unpack_from("<I", superblock, at)[0] for at in (96, 24))
    per_group = struct.unpack_from("<I", superblock, 40)[0]
    size = struct.unpack_from("<H", superblock, 88)[0]
    told = features & ENCRYPT and not features & META_GROUPS
    return bool(told) and log_block <= 6 and per_group > 0 and 128 <= size <= 65536
