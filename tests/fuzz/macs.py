"""Harnesses for what lies on a Mac's disk: APFS, and files that macOS packed."""

import struct
import tempfile
import zlib
from functools import cache
from pathlib import Path

from tests.fuzz.harness import Harness
from tests.making.apfs import BLOCK, Files, Made, MadeVolume, apfs_container, summed
from triage.errors import SourceError
from triage.evidence import Volume, VolumeState
from triage.media.window import InMemory
from triage.sources import ContentError
from triage.sources.apfs import ApfsTree
from triage.sources.apfs_container import open_
from triage.sources.bytes import MadeBytes
from triage.sources.decmpfs import unpacked_size, unpacking
from triage.sources.runs import BytesContent

PACKED = b"com.apple.decmpfs"
SIZE = 64 * BLOCK


class Held(MadeBytes):
    """A disk in memory."""

    def __init__(self, data: bytes) -> None:
        self._data, self.size = data, len(data)

    def read_at(self, offset: int, length: int) -> bytes:
        return InMemory(self._data).read_at(offset, length)


def apfs(data: bytes) -> None:
    """A container in which bytes were changed and all sums are right, all its volumes, and the
    beginnings of their files. `data`: of each change, three bytes of where, and the byte."""
    raw = bytearray(_container())
    for at in range(0, min(len(data), 400) - 3, 4):
        raw[int.from_bytes(data[at : at + 3], "little") % len(raw)] = data[at + 3]
    blocks = [bytes(raw[at : at + BLOCK]) for at in range(0, len(raw), BLOCK)]
    held = Held(b"".join(summed(each) if any(each[:8]) else each for each in blocks))
    for number, inside in enumerate(open_(held).values()):
        volume = Volume(id=f"d0v1.{number}", device_id="d0", offset=0, size=inside.size,
                        state=VolumeState.READABLE)  # fmt: skip
        if not inside.size:
            continue
        tree = ApfsTree(inside, volume)
        for count, entry in enumerate(tree.walk(0)):
            if count > 10_000:
                raise AssertionError("a small container gives entries without end")
            if entry.size and count < 50:
                try:
                    tree.content(entry).read_at(0, 70_000)
                except ContentError:
                    continue


def packed_by_macos(data: bytes) -> None:
    """An attribute of 64 bytes, and a resource fork behind it."""
    for packing, fork in ((data, b""), (data[:64], data[64:])):
        try:
            content = unpacking(packing, BytesContent(fork))
        except ContentError:
            continue
        if content.size != unpacked_size(packing):
            raise AssertionError("it is not as long as it says")
        content.read_at(max(0, content.size - 70_000), 140_000)


@cache
def _container() -> bytes:
    packing = b"fpmc" + struct.pack("<IQ", 3, 400) + zlib.compress(bytes(400))
    now: Files = {"a/b.txt": b"text" * 99, "packed": Made(flags=0x20, attributes={PACKED: packing})}
    before: Files = {**now, "gone": Made(b"gone" * 3000, pieces=2)}
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "disk"
        apfs_container(path, [MadeVolume(now, earlier=[("one", before)])], size=SIZE)
        return path.read_bytes()


def _changes() -> tuple[bytes, ...]:
    """Of the superblocks and of every node that is in use."""
    raw = _container()
    used = [at for at in range(0, len(raw), BLOCK) if any(raw[at : at + 8])]
    places = [at + n for at in used for n in (*range(32, 64, 5), BLOCK - 90, BLOCK - 48)]
    return (b"", *(at.to_bytes(3, "little") + b"\x07" for at in places))


def _packings() -> tuple[bytes, ...]:
    lzvn = b"\xe5hello\x38\x05\xe1!" + b"\xf0\x40\xa0\x14\x00\x06" + bytes(7)
    fse = b"bvx2" + struct.pack("<IQQQ", 40, 4 | 3 << 20 | 1 << 40 | 7 << 60, 7 << 60 | 2 << 40, 45)
    return (
        b"fpmc" + struct.pack("<IQ", 3, 400) + zlib.compress(bytes(400)),
        b"fpmc" + struct.pack("<IQ", 7, 11) + lzvn,
        b"fpmc" + struct.pack("<IQ", 11, 40) + fse + bytes(range(60)) + b"bvx$",
        b"fpmc" + struct.pack("<IQ", 11, 4) + b"bvx-\x04\0\0\0textbvx$",
        (b"fpmc" + struct.pack("<IQ", 8, 70_000)).ljust(64, b"\0")
        + struct.pack("<III", 12, 20, 30) + lzvn * 2,
    )  # fmt: skip


HARNESSES = (
    Harness(name="apfs", run=apfs, seeds=_changes, answers=(ContentError, SourceError)),
    Harness(name="packed_by_macos", run=packed_by_macos, seeds=_packings, answers=(ContentError,)),
)
