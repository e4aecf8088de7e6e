"""A hash-set format: a magic, and SHA-1 digests one after the other."""

from tests.adding.recipes import UNDEFINED, Step, Toy

READER = '''\
"""Pebbles: a magic, and behind it SHA-1 digests of 20 bytes each."""

from collections.abc import Iterator

import numpy as np

from triage.hashsets.inputs import ImportFile
from triage.hashsets.records import Imported, RecordBatch

MAGIC = b"PEBBLES\\0"
_SHA1 = 20
_AT_ONCE = _SHA1 << 15


def read(source: ImportFile, imported: Imported) -> Iterator[RecordBatch]:
    """Batches of the SHA-1 digests."""
    source.read(len(MAGIC))
    rest, number = b"", 0
    while block := source.read(_AT_ONCE):
        rest += block
        count = len(rest) // _SHA1
        if count:
            rows = np.frombuffer(rest[: count * _SHA1], dtype=np.uint8).reshape(count, _SHA1)
            yield RecordBatch(count=count, digests={"sha1": rows}, present={})
        rest, number = rest[count * _SHA1 :], number + count
    if rest:
        imported.broken(number + 1, f"cut off after {len(rest)} of {_SHA1} bytes", unit="record")
'''
SNIFFED = """\
    if head.startswith(pebbles.MAGIC):
        return Format("Pebbles", pebbles.read)
"""
SAMPLE = """\
def pebbles(folder: Path) -> Made:
    path = folder / "lab.pebbles"
    path.write_bytes(b"PEBBLES\\0" + b"".join(map(bytes.fromhex, SHA1)))
    return Made(path, "Pebbles", {"sha1"})


"""
FORMATS = "tests/hashsets/test_formats.py"
ARRIVES = f"{FORMATS}::test_format_is_recognised_and_all_records_arrive[pebbles]"
SAMPLED = f"{FORMATS}::test_every_reader_has_a_sample"
TOLD = f"{FORMATS}::test_every_format_is_named_where_people_look_for_it"
FUZZED = "tests/fuzz/test_harnesses.py::test_every_format_of_hash_sets_is_fuzzed"

TOY = Toy(
    recipe="A hash-set format",
    name="pebbles",
    steps=(
        Step(file="triage/hashsets/readers/pebbles.py", added=READER, noticed=(ARRIVES,)),
        Step(
            file="triage/hashsets/sniffing.py",
            added="    pebbles,\n",
            before="    tsk_index,\n",
            noticed=(UNDEFINED,),
        ),
        Step(
            file="triage/hashsets/sniffing.py",
            added=SNIFFED,
            before="    if head.startswith(encase.MAGIC):",
            noticed=(ARRIVES,),
        ),
        Step(
            file="triage/hashsets/sniffing.py",
            added='Pebbles,"\n    " ',
            before="EnCase .hash, HashKeeper",
            noticed=(TOLD,),
        ),
        Step(
            file="tests/hashsets/material.py",
            added=SAMPLE,
            before="def tsk_index(",
            noticed=(SAMPLED,),
        ),
        Step(
            file="tests/hashsets/material.py",
            added="pebbles, ",
            before="rds2_zip, gzipped, rds3, rds3_delta",
            noticed=(SAMPLED,),
        ),
        Step(
            file="tests/fuzz/hash_sets.py",
            added='"pebbles", ',
            before='"rds2_zip"',
            noticed=(FUZZED,),
        ),
        Step(
            file="docs/formats/hash-set.md",
            added="| Pebbles | SHA-1 | |\n",
            before="| HashKeeper |",
            noticed=(TOLD,),
        ),
    ),
)
