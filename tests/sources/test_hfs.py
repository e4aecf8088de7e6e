"""HFS+ with files that macOS packed: each is read as its owner sees it, or it is said why not."""

import random
import zlib
from pathlib import Path

import pytest

from tests.making.hfsplus import (
    COMPRESSED,
    NODE,
    PACKED,
    Made,
    bare_fork,
    hfs_volume,
    packed,
    zlib_fork,
)
from tests.making.packed_by_macos import by_lzfse, by_lzvn
from tests.sources.conftest import Open, digest, sha256
from triage.evidence import FileEntry, Storage
from triage.sources import Source
from triage.sources.bytes import MadeBytes
from triage.sources.decmpfs import UNKNOWN
from triage.sources.hfs_attributes import BROKEN, ELSEWHERE, HfsAttributes
from triage.sources.reader import ContentError
from triage.sources.unpacking import BAD

TEXT = (b"words of a text, again and again; " * 6000)[:150_000]
SHORT = TEXT[:2600]
UNITS = [TEXT[at : at + 65536] for at in range(0, len(TEXT), 65536)]


def _made(kind: int, size: int, held: bytes = b"", fork: bytes = b"") -> Made:
    return Made(flags=COMPRESSED, attributes={PACKED: packed(kind, size, held)}, resource=fork)


FILES = {
    "by zlib": (_made(3, len(SHORT), zlib.compress(SHORT)), SHORT),
    "by zlib, left as it is": (_made(3, 4, b"\xfftext"), b"text"),
    "by zlib, in the fork": (
        _made(4, len(TEXT), fork=zlib_fork([zlib.compress(each) for each in UNITS])), TEXT),
    "by LZVN": (_made(7, len(SHORT), by_lzvn(SHORT)), SHORT),
    "by LZVN, in the fork": (
        _made(8, len(TEXT), fork=bare_fork([by_lzvn(each) for each in UNITS])), TEXT),
    "plain": (_made(9, 4, b"\xcctext"), b"text"),
    "by LZFSE": (_made(11, len(SHORT), by_lzfse(SHORT)), SHORT),
    "by LZFSE, in the fork": (
        _made(12, len(TEXT), fork=bare_fork([by_lzfse(each) for each in UNITS])), TEXT),
    "not packed": (Made(data=TEXT[:9000], resource=b"of old programs" * 9), TEXT[:9000]),
    "said to be packed, and not how": (Made(data=SHORT, flags=COMPRESSED), SHORT),
    "empty": (_made(3, 0, b"\xff"), b""),
}  # fmt: skip


def _entries(source: Source) -> dict[str, FileEntry]:
    (volume,) = source.volumes
    walk = source.walk(volume)
    found = {each.path: each for each in walk if not each.stream and each.kind == "file"}
    assert walk.caps == []
    return found


@pytest.fixture
def volume(tmp_path: Path) -> Path:
    """With many others beside them, so that each tree has an index."""
    others = {f"other {n:03}": Made(data=b"x", attributes={"note": b"n" * 900}) for n in range(80)}
    hfs_volume(tmp_path / "disk", {**{name: made for name, (made, _) in FILES.items()}, **others})
    return tmp_path / "disk"


def test_what_macos_packed_is_unpacked_in_each_way(volume: Path, opened: Open) -> None:
    source = opened(volume)
    entries = _entries(source)
    assert len(entries) == len(FILES) + 80
    for name, (_, content) in FILES.items():
        assert entries[name].size == len(content), name
        if content:
            assert digest(source, entries[name]) == sha256(content), name
            assert source.reread(entries[name]).read_at(len(content) - 3, 99) == content[-3:]
    assert entries["not packed"].storage is Storage.RUNS


def test_a_way_that_is_not_known_and_a_fork_that_is_not_there_are_said(
    tmp_path: Path, opened: Open
) -> None:
    hfs_volume(tmp_path / "disk", {
        "lzbitmap": _made(14, 500), "no fork": _made(8, 500),
        "cut": _made(3, 9, zlib.compress(b"a")),
        "none": Made(flags=COMPRESSED, attributes={PACKED: b"none" + bytes(12)}),
    })  # fmt: skip
    source = opened(tmp_path / "disk")
    entries = _entries(source)
    assert digest(source, entries["lzbitmap"]) == UNKNOWN.format(kind=14)
    assert {digest(source, entries[name]) for name in ("no fork", "cut", "none")} == {BAD}


@pytest.mark.parametrize("how", ["its kind is another", "its tree is gone"])
def test_a_packed_file_whose_attribute_cannot_be_read_is_not_taken_for_an_empty_one(
    how: str, tmp_path: Path, opened: Open
) -> None:
    hfs_volume(tmp_path / "disk", {"a": FILES["by zlib"][0]})
    raw = bytearray((tmp_path / "disk").read_bytes())
    at = raw.index(b"fpmc")
    if how == "its kind is another":
        raw[at - 13] = 0x20
    else:
        leaf = raw.rindex(b"\xff\x01\0\x01", 0, at) - 8
        raw[leaf + 10 : leaf + 12] = b"\0\0"
    (tmp_path / "disk").write_bytes(raw)
    source = opened(tmp_path / "disk")
    entry = _entries(source)["a"]
    assert entry.size > 0
    assert digest(source, entry) == (ELSEWHERE if "kind" in how else BROKEN)


class _Held(MadeBytes):
    def __init__(self, raw: bytes | bytearray) -> None:
        self._raw, self.size = raw, len(raw)

    def read_at(self, offset: int, length: int) -> bytes:
        return bytes(self._raw[offset : offset + length])


def test_a_tree_with_flipped_bits_gives_the_attribute_or_a_reason(volume: Path) -> None:
    raw = volume.read_bytes()
    right = packed(3, len(SHORT), zlib.compress(SHORT))
    number = next(n for n in range(16, 110) if HfsAttributes(_Held(raw)).packing(n) == right)
    begin = raw.index(b"fpmc") // NODE * NODE - 10 * NODE
    chance, told = random.Random(7), set[bool]()
    for _ in range(60):
        copy = bytearray(raw)
        for _ in range(chance.choice((1, 9, 60, 400))):
            in_header = chance.random() < 0.3
            begins, length = (1024, 512) if in_header else (begin, 14 * NODE)
            place = begins + chance.randrange(length)
            copy[place] ^= 1 << chance.randrange(8)
        try:
            found = HfsAttributes(_Held(copy)).packing(number)
        except ContentError:
            found = None
        told.add(found == right)
    assert told == {True, False}
