"""A layer: the one of tests/sources/toys, as a module of the program."""

import re

from tests.adding.recipes import UNDEFINED, Step, Toy
from tests.mutants.copies import ROOT

TEST = '''\
"""What lies below the layer is listed, read and found."""

from pathlib import Path

from tests import disks
from tests.workers import scanning
from triage.findings import Outcome
from triage.sources.pebbles import HEADER, KEY_AT, MAGIC, SIZE_AT

KEY = 0x5A


def _below(plain: bytes) -> bytes:
    head = MAGIC + bytes([KEY]).ljust(SIZE_AT - KEY_AT, b"\\0") + len(plain).to_bytes(8, "little")
    return head.ljust(HEADER, b"\\0") + bytes(byte ^ KEY for byte in plain)


def test_what_is_in_it_takes_part_in_a_scan(tmp_path: Path) -> None:
    plain, held, disk = (tmp_path / name for name in ("plain", "held", "disk"))
    disks.fat_volume(plain, 4 << 20, {"a/one.txt": b"harmless "}, bits=12)
    held.write_bytes(_below(plain.read_bytes()).ljust(5 << 20, b"\\0"))
    disks.gpt_disk(disk, [held])
    scanned = scanning.run(disk, out=tmp_path / "out")
    assert scanned.line("a/one.txt").result.outcome is Outcome.EXAMINED
    assert "pebbles" in {volume.layer for volume in scanned.document.volumes}
'''
_WHOLE = (ROOT / "tests/sources/toys/xored.py").read_text(encoding="utf-8")
_OURS, _, _ = _WHOLE.partition("\n\nLAYERS.append(")
_ALONE = re.sub(r"from triage\.sources\.layers import .*\n", "", _OURS)
MODULE = _ALONE.replace("xored", "pebbles").replace("XORED BYTES", "ODD PEBBLES") + "\n"
ROW = """\
LAYERS: list[Layer] = [
    Layer(name="pebbles", recognise=recognise, open=lambda held: {"": XoredBytes(held)}),
"""
SCANNED = "tests/sources/test_pebbles.py::test_what_is_in_it_takes_part_in_a_scan"
TRIED = "tests/sources/test_toys.py::test_every_layer_and_tree_has_tests_of_its_own"

TOY = Toy(
    recipe="A layer",
    name="pebbles",
    steps=(
        Step(file="triage/sources/pebbles.py", added=MODULE, noticed=(SCANNED,)),
        Step(
            file="triage/sources/layers.py",
            added="from triage.sources.pebbles import XoredBytes, recognise\n",
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
        Step(file="tests/sources/test_pebbles.py", added=TEST, noticed=(TRIED,)),
    ),
)
