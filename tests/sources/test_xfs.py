"""XFS: what mkfs.xfs made and what Linux wrote is read as they have it."""

import hashlib
import random
import struct
from pathlib import Path

import pytest

from tests.endings.rows.images import IMAGES, unpacked
from tests.making.stacks import MIB, xfs_volume
from tests.sources.conftest import Open, digest, sha256
from triage.evidence import FileEntry, Storage
from triage.sources import ContentError, Source
from triage.sources.walk import AGAIN, LEFT_UNALLOCATED, NOT_OPENED
from triage.sources.xfs_inodes import ELSEWHERE
from triage.sources.xfs_log import XfsLog
from triage.sources.xfs_shape import XfsShape
from triage.sources.xfs_walk import FREE_LOST, GONE, NO_INODES, PARTS_LOST

FILES = {
    **{f"folder{n % 3}/deep/{n:03}.txt": random.Random(n).randbytes(n * 97) for n in range(60)},
    **{f"many/a-name-that-is-long-enough-for-leaves-{n:04}": b"%d" % n for n in range(900)},
    "large.bin": random.Random(5).randbytes(2 * MIB),
    "empty": b"",
    "x" * 255: b"a long name",
}
FORMS = {
    "version 5": (),
    "version 4": ("-m", "crc=0"),
    "small blocks, large directories": ("-b", "size=1024", "-n", "size=8192"),
    "version 4, names without kinds": ("-m", "crc=0,finobt=0", "-n", "ftype=0", "-i", "size=256"),
    "inodes of 2 KiB": ("-i", "size=2048"),
}


def _walked(source: Source, **options: bool) -> tuple[dict[str, FileEntry], list[str], list[str]]:
    volume = source.volumes[-1]
    walk = source.walk(volume, **options)
    entries = {entry.path: entry for entry in walk}
    return entries, walk.caps, walk.notes


def _truth(name: str) -> dict[str, str]:
    lines = (IMAGES / f"{name}.md5").read_text().splitlines()
    return {line[34:]: line[:32] for line in lines}


def _md5(source: Source, entry: FileEntry) -> str:
    content = b"".join(map(bytes, source.content(entry).chunks()))
    return hashlib.md5(content, usedforsecurity=False).hexdigest()


def _patched(path: Path, at: int, data: bytes) -> None:
    with path.open("r+b") as file:
        file.seek(at)
        file.write(data)


def _shape(source: Source) -> XfsShape:
    return source._tree(source.volumes[0].id)._opened.shape  # type: ignore[attr-defined, no-any-return]


def _inode_at(source: Source, entry: FileEntry) -> int:
    return _shape(source).byte_of_inode(entry.meta_address)


@pytest.mark.parametrize("form", FORMS)
def test_all_that_its_own_tool_put_there_is_found(form: str, tmp_path: Path, opened: Open) -> None:
    xfs_volume(tmp_path / "disk", FILES, *FORMS[form], "-L", "name", size=24 * MIB)
    source = opened(tmp_path / "disk")
    (volume,) = source.volumes
    assert (volume.state, volume.label, volume.unread) == ("readable", "name", ())
    entries, caps, notes = _walked(source)
    found = {e.path: digest(source, e) for e in entries.values() if e.storage is not Storage.NONE}
    assert found == {name: sha256(content) for name, content in FILES.items() if content}
    assert entries["empty"].size == 0
    assert entries["many"].kind == "directory"
    assert (caps, notes) == ([], [])


def test_what_linux_wrote_before_the_power_was_cut_is_read_from_its_log(
    tmp_path: Path, opened: Open
) -> None:
    """Linux's own replay, of a copy, gave the digests."""
    source = opened(unpacked(tmp_path, "xfs-power-cut"))
    outer, inner = source.volumes
    assert (outer.state, inner.state, inner.layer, inner.unread) == (
        "container", "readable", "log", ())  # fmt: skip
    entries, caps, _ = _walked(source)
    files = {path: e for path, e in entries.items() if e.kind == "file" and e.allocated}
    assert {path: _md5(source, e) for path, e in files.items()} == _truth("xfs-power-cut.truth")
    assert caps == []


def test_what_was_deleted_is_found_with_its_content(tmp_path: Path, opened: Open) -> None:
    """Those of a directory in its inode lost their names; one was deleted while it was open."""
    source = opened(unpacked(tmp_path, "xfs-power-cut"))
    entries, _, notes = _walked(source)
    deleted = [e for e in entries.values() if not e.allocated and e.storage is not Storage.NONE]
    found = {_md5(source, entry): entry for entry in deleted}
    truth = _truth("xfs-power-cut.gone")
    assert set(truth.values()) <= set(found)
    assert found[truth["while open"]].allocated_meta
    assert not found[truth["holiday/gone 2.txt"]].allocated_meta
    assert not entries["letters/letter number 047.txt"].allocated_name
    assert any(note.startswith("deleted files") for note in notes)
    left_out, _, _ = _walked(source, unallocated=False)
    assert all(entry.allocated for entry in left_out.values())


def test_content_of_another_file_is_not_taken_for_that_of_a_deleted_one(
    tmp_path: Path, opened: Open
) -> None:
    """The blocks that a free inode names are not free."""
    path = tmp_path / "disk"
    xfs_volume(path, {"a": b"a" * 5000, "b": b"b" * 5000})
    source = opened(path)
    entries, _, _ = _walked(source)
    at = _inode_at(source, entries["a"])
    _patched(path, at + 2, b"\0\0")
    raw = path.read_bytes()
    _patched(path, raw.index(b"IAB3") + 56 + 8, b"\xff" * 8)
    entries, caps, _ = _walked(opened(path))
    assert not any(entry.orphan for entry in entries.values())
    assert (entries["a"].allocated_meta, entries["a"].storage) == (False, Storage.NONE)
    assert any(cap.startswith(NO_INODES) for cap in caps)


def test_a_log_that_is_not_understood_is_said_not_to_be_replayed(
    tmp_path: Path, opened: Open
) -> None:
    path = unpacked(tmp_path, "xfs-power-cut")
    source = opened(path)
    shape = _shape(source)
    oldest = XfsLog(source.bytes_of(source.volumes[0].id), shape).last().tail & 0xFFFFFFFF
    _patched(path, shape.log + oldest * 512 + 512, bytes(512))
    (volume,) = opened(path).volumes
    assert volume.state == "readable"
    assert any("log was not replayed" in words for words in volume.unread)
    entries, _, _ = _walked(opened(path))
    assert "notes.txt" in entries
    assert "latest.txt" not in entries


def test_the_log_of_a_clean_volume_is_left_alone(tmp_path: Path, opened: Open) -> None:
    xfs_volume(tmp_path / "disk", {"a": b"a"})
    (volume,) = opened(tmp_path / "disk").volumes
    assert (volume.state, volume.layer, volume.reason) == ("readable", "", "")


def test_paths_and_what_lies_beside_are_found(tmp_path: Path, opened: Open) -> None:
    xfs_volume(tmp_path / "disk", FILES)
    source = opened(tmp_path / "disk")
    entries, _, _ = _walked(source)
    (volume,) = source.volumes
    many = "many/a-name-that-is-long-enough-for-leaves-"
    paths = (f"{many}0899", f"{many}0900", "folder1/deep/001.txt", "no/way", "empty/below")
    assert [source.presence.gone(volume.id, path) for path in paths] == [
        False, True, False, True, True]  # fmt: skip
    one = entries["folder1/deep/001.txt"]
    assert source.beside(one, "004.txt", 4 * 97) == FILES["folder1/deep/004.txt"]
    assert source.beside(one, "004.txt", 4 * 97 - 1) == b""
    with pytest.raises(ContentError):
        source.beside(one, "nothing", 8000)


def test_a_directory_that_names_the_root_is_not_entered_again(tmp_path: Path, opened: Open) -> None:
    path = tmp_path / "disk"
    xfs_volume(path, {"a/b": b"b", "c": b"c"})
    source = opened(path)
    entries, _, _ = _walked(source)
    at = _inode_at(source, entries["a"]) + 176
    raw = path.read_bytes()[at : at + 32]
    own = struct.pack(">I", entries["a/b"].meta_address)
    _patched(path, at + raw.index(own), struct.pack(">I", _shape(source).root))
    entries, _, notes = _walked(opened(path))
    assert {path for path, e in entries.items() if e.allocated_name} == {"a", "a/b", "c"}
    assert any(note.startswith(AGAIN) for note in notes)
    assert any(e.orphan and e.size == 1 for e in entries.values()), "it has no name any more"


def test_a_directory_that_cannot_be_read_is_said_and_what_was_in_it_is_found(
    tmp_path: Path, opened: Open
) -> None:
    path = tmp_path / "disk"
    xfs_volume(path, {"a/b/c": b"c" * 3000, "a/d": b"d" * 10})
    source = opened(path)
    entries, _, _ = _walked(source)
    _patched(path, _inode_at(source, entries["a"]) + 56, bytes(8))
    entries, caps, _ = _walked(opened(path))
    assert any(cap.startswith(NOT_OPENED) for cap in caps)
    sizes = {(e.path.rpartition("/")[2][:6], e.size) for e in entries.values() if e.size}
    assert sizes == {("c", 3000), ("Orphan", 10)}


def test_what_no_directory_names_beyond_the_most_is_said(tmp_path: Path, opened: Open) -> None:
    path = tmp_path / "disk"
    xfs_volume(path, {f"a/{number}": b"%d" % number for number in range(7)})
    source = opened(path)
    entries, _, _ = _walked(source)
    _patched(path, _inode_at(source, entries["a"]) + 56, bytes(8))
    for room in (7, 6, 3):
        source = opened(path)
        walk = source.walk(source.volumes[0], orphan_cap=room)
        assert len(list(walk)) == 1 + room
        cut = f"the list of orphans was cut off after {room}"
        assert (cut in walk.caps) is (room < 7), room
    _, _, notes = _walked(opened(path), unallocated=False)
    assert f"{LEFT_UNALLOCATED}: 7" in notes


def test_a_directory_that_ends_within_a_block_is_said(tmp_path: Path, opened: Open) -> None:
    """Its last block is of 8 KiB, of which its extent has but four."""
    path = tmp_path / "disk"
    names = {f"a/{'n' * 90}{number:03}": b"x" for number in range(40)}
    xfs_volume(path, names, "-b", "size=1024", "-n", "size=8192", size=24 * MIB)
    source = opened(path)
    entries, caps, _ = _walked(source)
    assert caps == []
    extent = _inode_at(source, entries["a"]) + 176
    raw = bytearray(path.read_bytes()[extent : extent + 16])
    raw[15] = raw[15] - 4
    _patched(path, extent, bytes(raw))
    entries, caps, _ = _walked(opened(path))
    assert caps == [f"{PARTS_LOST}: 1"]


def test_where_deleted_files_cannot_be_told_it_is_said(tmp_path: Path, opened: Open) -> None:
    path = tmp_path / "disk"
    xfs_volume(path, {"a": b"a" * 5000, "b": b"b" * 5000})
    source = opened(path)
    entries, _, _ = _walked(source)
    _patched(path, _inode_at(source, entries["a"]) + 2, b"\0\0")
    raw = path.read_bytes()
    _patched(path, raw.index(b"IAB3") + 56 + 8, b"\xff" * 8)
    _patched(path, _shape(source).group_start(0) + 512, b"none")
    _, _, notes = _walked(opened(path))
    assert f"{FREE_LOST}: 1" in notes
    for place in range(64):  # free inodes of the first chunk that are none any more
        at = _shape(source).byte_of_inode(entries["b"].meta_address // 64 * 64 + place)
        if raw[at + 2 : at + 4] == b"\0\0":
            _patched(path, at, b"no")
    _, _, notes = _walked(opened(path))
    assert any(note.startswith(GONE) for note in notes)


def test_a_damaged_block_of_a_directory_is_said(tmp_path: Path, opened: Open) -> None:
    path = tmp_path / "disk"
    xfs_volume(path, FILES)
    raw = path.read_bytes()
    first = next(at for at in range(0, len(raw), 4096) if raw[at : at + 4] == b"XDD3")
    _patched(path, first + 64, b"\x01" * 2000)
    entries, caps, _ = _walked(opened(path))
    assert len(entries) > 800
    assert any(cap.startswith(PARTS_LOST) for cap in caps)


def test_extents_that_contradict_each_other_are_not_read(tmp_path: Path, opened: Open) -> None:
    path = tmp_path / "disk"
    xfs_volume(path, {"a": b"a" * 5000})
    source = opened(path)
    entries, _, _ = _walked(source)
    at = _inode_at(source, entries["a"])
    for patch, words in (
        ((at + 79, b"\x7f"), "its list of extents is damaged"),
        ((at + 176 + 8, b"\x7f"), "its list of extents is damaged"),
        ((at + 91, b"\x01"), ELSEWHERE),
    ):
        broken = tmp_path / "broken"
        broken.write_bytes(path.read_bytes())
        _patched(broken, *patch)
        source = opened(broken)
        entries, _, _ = _walked(source)
        assert entries["a"].size == 5000
        assert digest(source, entries["a"]) == words


def test_features_that_are_not_known_are_said(tmp_path: Path, opened: Open) -> None:
    path = tmp_path / "disk"
    xfs_volume(path, {"a": b"a"})
    _patched(path, 216, struct.pack(">I", 0x4000_0000))
    (volume,) = opened(path).volumes
    assert volume.state == "unsupported"
    assert "later Linux" in volume.reason


@pytest.mark.parametrize("at", [8, 84, 88, 120, 124])
def test_a_superblock_that_contradicts_itself_is_damage(
    at: int, tmp_path: Path, opened: Open
) -> None:
    path = tmp_path / "disk"
    xfs_volume(path, {"a": b"a"})
    _patched(path, at, b"\xff\xff\xff\xff")
    (volume,) = opened(path).volumes
    assert volume.state in ("damaged", "unsupported")


START, COMMIT = 1, 2
GIVEN_UP = 2


def _transaction(
    number: int, flags: int, at: int, data: bytes, *, ends: bool = True
) -> list[bytes]:
    """One that lays 128 bytes at `at`; after xfs_log_format.h."""
    told = struct.pack("<HHHHqII", 0x123C, 1 if flags else 2, flags, 1, at // 512, 1, 1)
    parts = [struct.pack("<IIII", 0x5452414E, 0, number, 1), told, *(() if flags else (data,))]
    if flags:
        told = told[:20] + bytes(4)
    said = [(START, b""), *((0, part) for part in parts), *(((COMMIT, b""),) if ends else ())]
    return [struct.pack(">IIBBH", number, len(part), 0x69, how, 0) + part for how, part in said]


def _log_of(path: Path, shape: XfsShape, *transactions: list[bytes]) -> None:
    """One record, behind that which mkfs.xfs wrote."""
    said = [operation for each in transactions for operation in each]
    data = bytearray(b"".join(said))
    data += bytes(-len(data) % 512)
    header = bytearray(512)
    struct.pack_into(">IIIIQQ", header, 0, 0xFEEDBABE, 1, 2, len(data), 1 << 32 | 2, 1 << 32 | 2)
    struct.pack_into(">I", header, 40, len(said))
    struct.pack_into(">I", header, 300, 1)
    header[304:320] = path.read_bytes()[32:48]
    struct.pack_into(">I", header, 320, 32768)
    for number in range(len(data) // 512):
        header[44 + 4 * number : 48 + 4 * number] = data[512 * number : 512 * number + 4]
        struct.pack_into(">I", data, 512 * number, 1)
    _patched(path, shape.log + 1024, bytes(header) + bytes(data))


@pytest.mark.parametrize(
    ("case", "expected"),
    [("ended", b"new!"), ("not ended", b"aaaa"), ("given up", b"aaaa"), ("anew", b"anew")],
)
def test_of_the_log_what_ended_is_laid_and_what_was_given_up_is_not(
    case: str, expected: bytes, tmp_path: Path, opened: Open
) -> None:
    path = tmp_path / "disk"
    xfs_volume(path, {"a": b"a" * 5000})
    source = opened(path)
    entries, _, _ = _walked(source)
    at, shape = entries["a"].runs[0].offset, _shape(source)
    laid, gone = _transaction(1, 0, at, b"new!" * 32), _transaction(2, GIVEN_UP, at, b"")
    cases = {
        "ended": [laid],
        "not ended": [_transaction(3, 0, at + 4096, b"b" * 128),
                      _transaction(1, 0, at, b"new!" * 32, ends=False)],
        "given up": [laid, gone],
        "anew": [laid, gone, _transaction(3, 0, at, b"anew" * 32)],
    }  # fmt: skip
    _log_of(path, shape, *cases[case])
    source = opened(path)
    assert source.volumes[-1].layer == "log"
    entries, _, _ = _walked(source)
    assert source.content(entries["a"]).read_at(0, 4) == expected


def test_a_record_of_which_a_sector_was_not_written_is_not_there(
    tmp_path: Path, opened: Open
) -> None:
    path = tmp_path / "disk"
    xfs_volume(path, {"a": b"a" * 5000})
    source = opened(path)
    entries, _, _ = _walked(source)
    at, shape = entries["a"].runs[0].offset, _shape(source)
    _log_of(path, shape, _transaction(1, 0, at, b"new!" * 32))
    _patched(path, shape.log + 1024 + 512, bytes(4))
    source = opened(path)
    entries, _, _ = _walked(source)
    assert source.content(entries["a"]).read_at(0, 4) == b"aaaa"
