"""A layer whose volumes share its bytes, as those of an APFS container do, or snapshots of one.

Each is the whole pool, with the volume's own first block where the pool's was.
"""

from collections.abc import Mapping

from tests.sources.toys import blobs
from triage.sources.bytes import Bytes, MadeBytes
from triage.sources.layers import LAYERS, Layer
from triage.sources.signatures import Head, Recognised, not_yet

MAGIC = b"POOL OF BLOBS\0"
BLOCK = 4096
MOST_VOLUMES = 16


class PoolVolume(MadeBytes):
    """The pool as one of its volumes has it."""

    def __init__(self, held: Bytes, first_block: int) -> None:
        self._held = held
        self._first = held.read_at(first_block, BLOCK)
        self.size = held.size
        self.sector_size = held.sector_size

    def read_at(self, offset: int, length: int) -> bytes:
        first = self._first[offset : offset + length] if offset < BLOCK else b""
        return first + self._held.read_at(offset + len(first), length - len(first))

    def below(self, offset: int, length: int) -> int | None:
        return None if offset < BLOCK else self._held.below(offset, length)


def recognise(head: Head) -> Recognised | None:
    return not_yet("pool") if head.bytes(0, len(MAGIC)) == MAGIC else None


def volumes_of(held: Bytes) -> Mapping[str, Bytes]:
    count = min(held.read_at(len(MAGIC), 1)[0], MOST_VOLUMES)
    blocks = held.read_at(len(MAGIC) + 1, count)
    return {f"volume {n}": PoolVolume(held, at * BLOCK) for n, at in enumerate(blocks)}


LAYERS.append(Layer(name="pool", recognise=recognise, open=volumes_of))


def make(volumes: list[Mapping[str, bytes]], size: int) -> bytes:
    """For tests: the list of each volume has a block; what they hold lies behind."""
    at = BLOCK * (len(volumes) + 1)
    firsts, contents = b"", b""
    for volume in volumes:
        listed = blobs.MAGIC + len(volume).to_bytes(4, "little")
        for name, content in volume.items():
            where = at + len(contents), len(content), len(content)
            listed += blobs.LISTED.pack(len(name.encode()), False, *where) + name.encode()
            contents += content
        firsts += listed.ljust(BLOCK, b"\0")
    head = MAGIC + bytes([len(volumes), *range(1, len(volumes) + 1)])
    return (head.ljust(BLOCK, b"\0") + firsts + contents).ljust(size, b"\0")
