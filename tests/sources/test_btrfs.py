"""btrfs: what mkfs.btrfs made and what Linux wrote is read as they have it."""

import hashlib
import random
import struct
import subprocess
from pathlib import Path

import pytest

from tests.endings.rows.images import IMAGES, unpacked
from tests.making.stacks import MIB, btrfs_volume
from tests.sources.conftest import Open, digest, sha256
from triage.evidence import FileEntry, Storage, Volume
from triage.sources import ContentError, Source
from triage.sources.btrfs_content import extents_of
from triage.sources.btrfs_nodes import NODES_LOST
from triage.sources.btrfs_walk import NO_TREES, UNNAMED, keep
from triage.sources.lzo import unpacked as lzo_unpacked
from triage.sources.unpacking import inflated, of_zstandard

SUPERBLOCK, ROOT_AT, CHUNK_ROOT_AT = 65536, 80, 88


def _walked(source: Source, **options: bool) -> tuple[dict[str, FileEntry], list[str], list[str]]:
    (volume,) = source.volumes
    walk = source.walk(volume, **options)
    entries = {entry.path: entry for entry in walk}
    return entries, walk.caps, walk.notes


def _truth(name: str) -> dict[str, str]:
    lines = (IMAGES / f"{name}.truth.md5").read_text().splitlines()
    return {line[34:]: line[:32] for line in lines}


def _md5(source: Source, entry: FileEntry) -> str:
    content = b"".join(map(bytes, source.content(entry).chunks()))
    return hashlib.md5(content, usedforsecurity=False).hexdigest()


FILES = {
    **{f"folder {n % 5}/deep/{n:03}.txt": random.Random(n).randbytes(n * 97) for n in range(120)},
    "large.bin": random.Random(5).randbytes(3 * MIB),
    "empty": b"",
    "x" * 255: b"a long name",
}


@pytest.mark.parametrize("profile", ["single", "dup"])
def test_all_that_its_own_tool_put_there_is_found(
    profile: str, tmp_path: Path, opened: Open
) -> None:
    btrfs_volume(tmp_path / "disk", FILES, "-d", profile, "-m", profile, "-L", "name")
    source = opened(tmp_path / "disk")
    (volume,) = source.volumes
    assert (volume.state, volume.label, volume.unread) == ("readable", "name", ())
    entries, caps, notes = _walked(source)
    found = {e.path: digest(source, e) for e in entries.values() if e.storage is not Storage.NONE}
    assert found == {name: sha256(content) for name, content in FILES.items() if content}
    assert entries["empty"].size == 0
    assert (caps, notes) == ([], [])
    assert entries["large.bin"].storage is Storage.RUNS
    reread = source.reread(entries["large.bin"])
    assert reread.read_at(MIB - 5, 10) == FILES["large.bin"][MIB - 5 : MIB + 5]


def test_what_the_tool_gives_back_is_what_is_read(tmp_path: Path, opened: Open) -> None:
    """`btrfs restore` is the other reader."""
    btrfs_volume(tmp_path / "disk", FILES)
    (tmp_path / "out").mkdir()
    restored = ["btrfs", "restore", str(tmp_path / "disk"), str(tmp_path / "out")]
    subprocess.run(restored, check=True, capture_output=True)
    source = opened(tmp_path / "disk")
    entries, _, _ = _walked(source)
    files = [path for path in (tmp_path / "out").rglob("*") if path.is_file()]
    assert len(files) == len(FILES)
    for path in files:
        entry = entries[str(path.relative_to(tmp_path / "out"))]
        assert not entry.size or digest(source, entry) == sha256(path.read_bytes())


def test_what_linux_packed_is_unpacked_and_a_snapshot_tells_only_what_is_otherwise_in_it(
    tmp_path: Path, opened: Open
) -> None:
    """zlib, LZO and Zstandard, in a subvolume, of which there is a snapshot."""
    source = opened(unpacked(tmp_path, "btrfs-packed"))
    entries, caps, notes = _walked(source)
    truth = _truth("btrfs-packed")
    files = {path: e for path, e in entries.items() if e.kind == "file"}
    assert {path: _md5(source, entry) for path, entry in files.items()} == {
        path: md5
        for path, md5 in truth.items()
        if not path.startswith("before/") or path in ("before/letter.txt", "before/gone.txt")
    }
    assert caps == []
    assert any(note.startswith("snapshot before of 20") for note in notes)
    assert any("as in the subvolume" in note for note in notes)


def test_a_path_and_what_lies_beside_it_are_found_in_a_subvolume(
    tmp_path: Path, opened: Open
) -> None:
    source = opened(unpacked(tmp_path, "btrfs-packed"))
    entries, _, _ = _walked(source)
    (volume,) = source.volumes
    paths = ("home/lzo/900.txt", "home/lzo/901.txt", "before/gone.txt", "home/gone.txt", "no/way")
    assert [source.presence.gone(volume.id, path) for path in paths] == [
        False, True, False, True, True]  # fmt: skip
    beside = source.beside(entries["home/lzo/900.txt"], "5000.txt", 8000)
    told = hashlib.md5(beside, usedforsecurity=False).hexdigest()
    assert told == _truth("btrfs-packed")["home/lzo/5000.txt"]
    assert source.beside(entries["home/lzo/900.txt"], "5000.txt", 4999) == b""
    with pytest.raises(ContentError):
        source.beside(entries["home/lzo/900.txt"], "nothing", 8000)


def _patched(path: Path, at: int, data: bytes) -> None:
    with path.open("r+b") as file:
        file.seek(at)
        file.write(data)


def _place(path: Path, logical: int) -> list[int]:
    """Where the copies of a node are: it says itself where it belongs."""
    raw = path.read_bytes()
    told = struct.pack("<Q", logical)
    return [at for at in range(0, len(raw), 4096) if raw[at + 48 : at + 56] == told and any(
        raw[at : at + 32]) and raw[at + 64 : at + 72] != b"_BHRfS_M"]  # fmt: skip


def test_a_copy_stands_in_for_a_node_that_is_damaged(tmp_path: Path, opened: Open) -> None:
    path = tmp_path / "disk"
    btrfs_volume(path, FILES, "-m", "dup")
    root = struct.unpack("<Q", path.read_bytes()[SUPERBLOCK + ROOT_AT :][:8])[0]
    first, second = _place(path, root)
    _patched(path, first, b"\xff" * 4096)
    entries, caps, _ = _walked(opened(path))
    assert set(FILES) <= set(entries)
    assert caps == []
    _patched(path, second, b"\xff" * 4096)
    (volume,) = opened(path).volumes
    assert volume.state == "damaged"


def test_what_a_lost_node_held_is_said_to_be_missing(tmp_path: Path, opened: Open) -> None:
    path = tmp_path / "disk"
    btrfs_volume(path, FILES, "-m", "single")
    source = opened(path)
    tree = source._tree(source.volumes[0].id)
    nodes = tree._opened  # type: ignore[attr-defined]
    root = tree._trees[5].root  # type: ignore[attr-defined]
    top = nodes.node(root)
    assert top[100] > 0, "more than one leaf"
    leaf = struct.unpack_from("<Q", top, 101 + 17)[0]
    for place in _place(path, leaf):
        _patched(path, place, b"\xff" * 4096)
    entries, caps, _ = _walked(opened(path))
    assert entries
    assert any(cap.startswith(NODES_LOST) for cap in caps)


def test_a_tree_that_leads_back_into_itself_ends(tmp_path: Path, opened: Open) -> None:
    path = tmp_path / "disk"
    btrfs_volume(path, FILES, "-m", "single")
    source = opened(path)
    tree = source._tree(source.volumes[0].id)
    nodes = tree._opened  # type: ignore[attr-defined]
    root = tree._trees[5].root  # type: ignore[attr-defined]
    top = bytearray(nodes.node(root))
    count = struct.unpack_from("<I", top, 96)[0]
    first = top[101 + 17 : 101 + 25]
    for number in range(count):
        top[101 + 33 * number + 17 :][:8] = first
        top[101 + 33 * number + 17 : 101 + 33 * number + 25] = first
    _patched(path, _place(path, root)[0], bytes(top))
    entries, caps, _ = _walked(opened(path))
    assert entries
    assert any(cap.startswith(NODES_LOST) for cap in caps)


def test_a_subvolume_whose_item_is_cut_off_is_counted(tmp_path: Path, opened: Open) -> None:
    path = unpacked(tmp_path, "btrfs-packed")
    source = opened(path)
    whole, caps, _ = _walked(source)
    assert caps == []
    nodes = source._tree(source.volumes[0].id)._opened  # type: ignore[attr-defined]
    root = nodes.superblock.root
    item = nodes.node(root).index(struct.pack("<QB", 256, 132))
    for place in _place(path, root):
        _patched(path, place + item + 21, struct.pack("<I", 100))
    entries, caps, _ = _walked(opened(path))
    assert 0 < len(entries) < len(whole)
    assert f"{NO_TREES}: 1" in caps


def test_pieces_beyond_the_most_are_not_taken_for_zeros() -> None:
    inline = struct.pack("<QQBBHB", 1, 1, 0, 0, 0, 0) + b"x"
    pieces: list[tuple[int, bytes]] = []
    for at in range(3):
        keep(pieces, at, inline, most=3)
    assert len(extents_of(pieces, 9) or ()) == 3
    for at in range(3, 9):
        keep(pieces, at, inline, most=3)
    assert extents_of(pieces, 9) is None
    assert len(pieces) == 4


def test_a_log_that_was_not_replayed_is_said(tmp_path: Path, opened: Open) -> None:
    path = tmp_path / "disk"
    btrfs_volume(path, FILES)
    _patched(path, SUPERBLOCK + 96, struct.pack("<Q", 1 << 20))
    (volume,) = opened(path).volumes
    assert any("log was not replayed" in words for words in volume.unread)


@pytest.mark.parametrize(
    "packed",
    [b"", b"\x00", b"\x11", b"\x12", b"\xff" * 40, b"\x15abcd\x20\x00\x00", b"\x00" * 5000],
)
def test_lzo_that_is_none_is_refused_and_never_grows(packed: bytes) -> None:
    with pytest.raises(ContentError):
        lzo_unpacked(packed, 4096)


def test_a_piece_that_would_unpack_to_more_than_it_says_is_cut_off() -> None:
    import zlib

    import zstandard

    bomb = bytes(50 * MIB)
    assert len(inflated(zlib.compress(bomb), 4096)) == 4096
    assert len(of_zstandard(zstandard.compress(bomb), 4096)) == 4096


def test_deleted_subvolumes_are_left_out_where_the_profile_asks(
    tmp_path: Path, opened: Open
) -> None:
    path = tmp_path / "disk"
    btrfs_volume(path, {"a": b"a"})
    volume: Volume = opened(path).volumes[0]
    walk = opened(path).walk(volume, unallocated=False)
    assert [entry.path for entry in walk] == ["a"]


def test_a_name_that_leads_to_no_file_is_counted_beside_a_file_that_has_too_many(
    tmp_path: Path, opened: Open
) -> None:
    """Of both together there are as many as there should be."""
    btrfs_volume(tmp_path / "disk", {"a name": b"a", "another": b"b"})
    assert _walked(opened(tmp_path / "disk"))[1] == []
    raw = bytearray((tmp_path / "disk").read_bytes())
    at, changed = raw.find(b"a name"), 0
    while at >= 0:
        if raw[at - 22] == 1 and struct.unpack_from("<H", raw, at - 3)[0] == len("a name"):
            struct.pack_into("<Q", raw, at - 30, 9999)
            changed += 1
        at = raw.find(b"a name", at + 1)
    assert changed >= 2
    (tmp_path / "disk").write_bytes(raw)
    entries, caps, _ = _walked(opened(tmp_path / "disk"))
    assert (set(entries), caps) == ({"a name", "another"}, [f"{UNNAMED}: 1"])
