"""The beginning of a volume, and what a signature in it says."""

import struct
import uuid
from dataclasses import dataclass, replace

from triage.evidence import Protector, VolumeState
from triage.sources.bytes import Bytes, stretch_of
from triage.sources.reader import ContentError

HEAD = 69632
"""Bytes; the furthest superblocks (btrfs, reiserfs, UFS2) lie at 64 KiB."""
NOT_YET = "this version cannot read it"
NEEDS_KEY = "the key or password is needed"


@dataclass(frozen=True, slots=True, kw_only=True)
class Recognised:
    """What a signature says of a volume."""

    name: str
    state: VolumeState = VolumeState.READABLE
    """READABLE: The Sleuth Kit knows it; whether it opens is tried later."""
    label: str = ""
    uuid: str = ""
    reason: str = ""
    block_size: int = 0
    length: int = 0
    """Bytes that the file system says it takes; 0: it is not known here."""
    protectors: tuple[Protector, ...] = ()
    """What the key of an encrypted one is protected by."""
    part_of: str = ""
    """Of a member of an array: which, as `Volume.part_of` says it."""
    unread: tuple[str, ...] = ()
    """What it holds besides its files as they are read here."""


class Head:
    """The beginning of a volume, with reads that never fail: short and absent bytes are zeros."""

    __slots__ = ("_head", "_offset", "_reader", "size")

    def __init__(self, reader: Bytes, offset: int, size: int) -> None:
        """Of the volume at `offset`, `size` bytes long."""
        self._reader = reader
        self._offset = offset
        self.size = size
        self._head = b""
        self._head = self.bytes(0, HEAD)

    @property
    def held(self) -> Bytes:
        """All that begins there."""
        return stretch_of(self._reader, self._offset, self.size)

    def bytes(self, offset: int, length: int) -> bytes:
        """`length` bytes; zeros beyond the volume and where it cannot be read."""
        if offset >= 0 and offset + length <= len(self._head):
            return self._head[offset : offset + length]
        if offset < 0:
            return bytes(length)
        there = max(0, min(length, self.size - offset))
        try:
            data = self._reader.read_at(self._offset + offset, there)
        except ContentError:
            data = b""
        return data.ljust(length, b"\0")

    def text(self, offset: int, length: int, encoding: str = "utf-8") -> str:
        """Text up to the first NUL, without spaces around it."""
        raw = self.bytes(offset, length).decode(encoding, "replace")
        return raw.split("\0")[0].strip()

    def uuid(self, offset: int) -> str:
        """Sixteen bytes as a UUID; empty if all are zero."""
        raw = self.bytes(offset, 16)
        return str(uuid.UUID(bytes=raw)) if any(raw) else ""

    def number(self, offset: int, layout: str) -> int:
        """One number in struct's notation."""
        return int(struct.unpack(layout, self.bytes(offset, struct.calcsize(layout)))[0])


def no_files(name: str, reason: str, **more: str | int) -> Recognised:
    """What holds no files by its nature."""
    found = Recognised(name=name, state=VolumeState.NO_FILES, reason=reason)
    return replace(found, **more)  # type: ignore[arg-type]


def not_yet(name: str, reason: str = NOT_YET, **more: str | int) -> Recognised:
    """What is recognised and cannot be read, with the reason."""
    found = Recognised(name=name, state=VolumeState.UNSUPPORTED, reason=reason)
    return replace(found, **more)  # type: ignore[arg-type]
