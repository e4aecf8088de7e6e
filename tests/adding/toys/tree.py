"""A file system that The Sleuth Kit does not read: the one of tests/sources/toys."""

import re

from tests.adding.recipes import UNDEFINED, Step, Toy
from tests.mutants.copies import ROOT

TEST = '''\
"""What such a file system holds is listed, read and found."""

from pathlib import Path

from tests import disks
from tests.workers import scanning
from triage.findings import Outcome
from triage.sources.pebbles import LISTED, MAGIC

TEXT = b"harmless\\n" * 9


def _volume(size: int) -> bytes:
    at = len(MAGIC) + 4 + LISTED.size + len(b"one.txt")
    listed = LISTED.pack(len(b"one.txt"), False, at, len(TEXT), len(TEXT))
    return (MAGIC + b"\\1\\0\\0\\0" + listed + b"one.txt" + TEXT).ljust(size, b"\\0")


def test_what_is_in_it_takes_part_in_a_scan(tmp_path: Path) -> None:
    volume, disk = tmp_path / "volume", tmp_path / "disk"
    volume.write_bytes(_volume(4 << 20))
    disks.gpt_disk(disk, [volume])
    scanned = scanning.run(disk, out=tmp_path / "out")
    assert scanned.line("one.txt").result.outcome is Outcome.EXAMINED
    assert "pebbles" in {volume.file_system for volume in scanned.document.volumes}
'''
_WHOLE = (ROOT / "tests/sources/toys/blobs.py").read_text(encoding="utf-8")
_OURS, _, _ = _WHOLE.partition("\n\nTREES.append(")
MODULE = (
    re.sub(r"from triage\.sources\.trees import .*\n", "", _OURS)
    .replace('"blobs"', '"pebbles"')
    .replace("NAMED BLOBS", "ODD PEBBLES")
    + "\n"
)
ROW = '    TreeReader(names=("pebbles",), open=BlobTree, recognise=recognise_blobs),\n'
IMPORT = """\
from triage.sources.pebbles import BlobTree
from triage.sources.pebbles import recognise as recognise_blobs
"""
SCANNED = "tests/sources/test_pebbles.py::test_what_is_in_it_takes_part_in_a_scan"
TRIED = "tests/sources/test_toys.py::test_every_layer_and_tree_has_tests_of_its_own"

TOY = Toy(
    recipe="A file system",
    name="pebbles",
    steps=(
        Step(file="triage/sources/pebbles.py", added=MODULE, noticed=(SCANNED,)),
        Step(
            file="triage/sources/trees.py",
            added=IMPORT,
            before="from triage.sources.signatures import Head",
            noticed=(UNDEFINED,),
        ),
        Step(
            file="triage/sources/trees.py",
            added=ROW,
            before="]\n\n\ndef recognised(",
            noticed=(SCANNED,),
        ),
        Step(file="tests/sources/test_pebbles.py", added=TEST, noticed=(TRIED,)),
    ),
)
