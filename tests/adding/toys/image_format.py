"""A format of images: a disk behind a magic, compressed as a whole."""

from tests.adding.recipes import UNDEFINED, Step, Toy

MODULE = '''\
"""VMware's old COWD, as nobody ever made it: a disk behind the magic, compressed as a whole."""

import zlib

from triage.sources.bytes import Bytes, MadeBytes
from triage.sources.reader import TOO_SHORT, ContentError
from triage.sources.signatures import Head, Recognised, not_yet

MAGIC = b"COWD"
LARGEST = 64 << 20


class PackedBytes(MadeBytes):
    """The plain bytes; none of them lies anywhere below."""

    def __init__(self, held: Bytes) -> None:
        packed = held.read_at(len(MAGIC), min(held.size, LARGEST))
        self._plain = zlib.decompressobj().decompress(packed, LARGEST)
        self.size = len(self._plain)
        if not self.size:
            raise ContentError(TOO_SHORT)

    def read_at(self, offset: int, length: int) -> bytes:
        """As `Bytes` has it."""
        return self._plain[offset : offset + length]


def recognise(head: Head) -> Recognised | None:
    """By the magic at its beginning."""
    return not_yet("pebbles") if head.bytes(0, len(MAGIC)) == MAGIC else None
'''
TEST = '''\
"""A disk in such an image is scanned as the disk is."""

import zlib
from pathlib import Path

from tests import disks
from tests.workers import scanning
from triage.findings import Outcome
from triage.sources.pebbles import MAGIC


def test_what_is_in_it_takes_part_in_a_scan(tmp_path: Path) -> None:
    plain, disk, image = (tmp_path / name for name in ("plain", "disk", "image"))
    disks.fat_volume(plain, 4 << 20, {"a/one.txt": b"harmless "}, bits=12)
    disks.gpt_disk(disk, [plain])
    image.write_bytes(MAGIC + zlib.compress(disk.read_bytes()))
    scanned = scanning.run(image, out=tmp_path / "out")
    assert scanned.line("a/one.txt").result.outcome is Outcome.EXAMINED
'''
ROW = """\
LAYERS: list[Layer] = [
    Layer(
        name="pebbles",
        recognise=recognise,
        open=lambda held: {"": PackedBytes(held)},
        grows=True,
        image=True,
    ),
"""
KNOWN = '    b"COWD": ("VMDK (VMware)", "qemu-img convert -O raw IMAGE OUT.raw"),\n'
SCANNED = "tests/sources/test_pebbles.py::test_what_is_in_it_takes_part_in_a_scan"
TRIED = "tests/sources/test_toys.py::test_every_layer_and_tree_has_tests_of_its_own"

TOY = Toy(
    recipe="An image format",
    name="pebbles",
    steps=(
        Step(file="triage/sources/pebbles.py", added=MODULE, noticed=(SCANNED,)),
        Step(
            file="triage/sources/layers.py",
            added="from triage.sources.pebbles import PackedBytes, recognise\n",
            before="from triage.sources.reader import",
            noticed=(UNDEFINED,),
        ),
        Step(
            file="triage/sources/layers.py",
            added=ROW,
            before="LAYERS: list[Layer] = [\n",
            instead=True,
            noticed=(SCANNED,),
        ),
        Step(
            file="triage/devices/images.py",
            before=KNOWN,
            instead=True,
            noticed=(SCANNED,),
        ),
        Step(file="tests/sources/test_pebbles.py", added=TEST, noticed=(TRIED,)),
    ),
)
