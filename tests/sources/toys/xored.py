"""A layer: behind a header every byte is another one XOR a constant."""

from triage.evidence import VolumeState
from triage.sources.bytes import Bytes, MadeBytes
from triage.sources.layers import LAYERS, Layer
from triage.sources.signatures import Head, Recognised

MAGIC = b"XORED BYTES\0"
KEY_AT, SIZE_AT = 12, 16
HEADER = 1536
"""Bytes; no multiple of what is salvaged at once, so that it must be asked where a byte lies."""


class XoredBytes(MadeBytes):
    """The plain bytes."""

    def __init__(self, held: Bytes) -> None:
        head = held.read_at(0, HEADER)
        self._held = held
        self._plain = bytes(byte ^ head[KEY_AT] for byte in range(256))
        self.size = int.from_bytes(head[SIZE_AT : SIZE_AT + 8], "little")
        self.sector_size = held.sector_size

    def read_at(self, offset: int, length: int) -> bytes:
        return self._held.read_at(HEADER + offset, length).translate(self._plain)

    def below(self, offset: int, length: int) -> int | None:
        return self._held.below(HEADER + offset, length)


def recognise(head: Head) -> Recognised | None:
    """By the magic at its beginning."""
    if head.bytes(0, len(MAGIC)) != MAGIC:
        return None
    return Recognised(name="xored", state=VolumeState.ENCRYPTED, reason="every byte is another")


LAYERS.append(Layer(name="xored", recognise=recognise, open=lambda held: {"": XoredBytes(held)}))


def make(plain: bytes, key: int, *, claimed: int | None = None) -> bytes:
    """For tests: `plain` below the layer, that says that it is so many bytes."""
    size = len(plain) if claimed is None else claimed
    head = MAGIC + bytes([key]).ljust(SIZE_AT - KEY_AT, b"\0") + size.to_bytes(8, "little")
    return head.ljust(HEADER, b"\0") + plain.translate(bytes(byte ^ key for byte in range(256)))
