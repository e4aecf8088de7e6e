"""Harnesses for hash sets: every reader, by what it reads, and the compiled file."""

import hashlib
import os
import struct
import tempfile
from collections.abc import Callable
from pathlib import Path
from unittest import mock

import numpy as np

from tests.fuzz.harness import Harness, in_a_file
from tests.hashsets import material
from triage.errors import HashSetError, ModelError, ProfileError
from triage.hashsets.categories import load_map
from triage.hashsets.hash_set import HashSet
from triage.hashsets.importing import BuildOrder, build
from triage.hashsets.inputs import opened
from triage.hashsets.layout import BLOCK, is_compiled
from triage.hashsets.records import Imported
from triage.hashsets.sniffing import sniff
from triage.profile import SetKind

TEXTS = ("plain", "mixed", "utf16", "bsd", "md5sum", "sha256sum", "csv", "icse", "hashkeeper",
         "rds2", "hashdeep")  # fmt: skip
SIGNALS = ("pdq", "signals", "printed_signals", "vpdq")
DOCUMENTS = ("vics2", "vics13", "caid", "vics_case", "ncmec", "rds3_delta")
BINARIES = ("encase", "tsk_index", "kdb", "iped", "rds3", "rds2_zip", "gzipped")
FEW = 3
_FIXED = struct.Struct("<8sI32s")


def any_format(data: bytes) -> None:
    """Any file that a lab may give: recognised by what is in it, and read to its end."""

    def use(folder: Path) -> None:
        with opened(folder / "set") as source:
            if is_compiled(source.head()[:8]):
                return
            imported = Imported(name="set")
            for _ in sniff(source).read(source, imported):
                pass

    in_a_file("set", data, use)


def compiled_set(data: bytes) -> None:
    """A compiled file, its header's digest made right: every look-up, without the check of it."""
    descriptor = os.memfd_create("set")
    try:
        os.write(descriptor, _forged(data))
        with HashSet.from_fd(descriptor) as hash_set:
            _look_up(hash_set)
            hash_set.verify()
    finally:
        os.close(descriptor)


def category_map(data: bytes) -> None:
    """A lab's own names for categories."""
    in_a_file("map.yaml", data, lambda folder: load_map(folder / "map.yaml"))


def _look_up(hash_set: HashSet) -> None:
    for algorithm in sorted(hash_set.algorithms):
        digests = [bytes.fromhex(d) for d in getattr(material, algorithm.upper())[:FEW]]
        hash_set.find_many(algorithm, digests)
        hash_set.find_many(algorithm, digests * 20)
    if hash_set.layout.entries:
        hash_set.entries(np.arange(min(FEW, hash_set.layout.entries), dtype=np.int64))
    list(map(hash_set.sizes.__contains__, (0, 17, 2**40)))
    for table in hash_set.layout.tables:
        if table.algorithm in ("pdq", "photodna"):
            hash_set.values(table.algorithm)
    hash_set.index()


def _forged(data: bytes) -> bytes:
    """The digest of the header made what it should be: beyond it is what is to be reached."""
    if len(data) < BLOCK:
        return data
    magic, length, _ = _FIXED.unpack_from(data)
    text = data[_FIXED.size : _FIXED.size + length]
    return _FIXED.pack(magic, length, hashlib.sha256(text).digest()) + data[_FIXED.size :]


def _made(names: tuple[str, ...]) -> tuple[bytes, ...]:
    few = {name: getattr(material, name)[:FEW] for name in
           ("CONTENTS", "MD5", "SHA1", "SHA256", "PHOTODNA", "SIZES", "ALL")}  # fmt: skip
    with tempfile.TemporaryDirectory() as folder, mock.patch.multiple(material, **few):
        return tuple(material.EVERY[name](Path(folder)).path.read_bytes() for name in names)


def _built() -> tuple[bytes, ...]:
    made = []
    with tempfile.TemporaryDirectory() as folder:
        for number, seed in enumerate(_made(("hashdeep", "csv", "pdq", "icse"))):
            given, out = Path(folder) / f"in{number}", Path(folder) / f"out{number}"
            given.write_bytes(seed)
            build(BuildOrder(inputs=[given], name="set", kind=SetKind.NOTABLE), out)
            made.append(out.read_bytes())
    return tuple(made)


def _harness(name: str, run: Callable[[bytes], None], seeds: Callable[[], tuple[bytes, ...]],
             *answers: type[Exception]) -> Harness:  # fmt: skip
    return Harness(name=name, run=run, seeds=seeds, answers=answers or (HashSetError,))


HARNESSES = (
    _harness("lists_of_digests", any_format, lambda: _made(TEXTS)),
    _harness("perceptual_lists", any_format, lambda: _made(SIGNALS)),
    _harness("documents_of_digests", any_format, lambda: _made(DOCUMENTS)),
    _harness("databases_and_archives", any_format, lambda: _made(BINARIES)),
    _harness("compiled_set", compiled_set, _built),
    _harness("category_map", category_map, lambda: (b"labels: {1: a}\n", b"{}"),
             HashSetError, ProfileError, ModelError),
)  # fmt: skip
