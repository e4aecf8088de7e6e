"""APFS: what Apple's own system wrote, and what is written here after its reference, is read."""

import random
import struct
import zlib
from collections.abc import Mapping, Sequence
from pathlib import Path

import pytest

from tests.making.apfs import BLOCK, YEAR, Files, Made, MadeVolume, apfs_container, summed
from tests.making.stacks import run
from tests.sources.conftest import Open, Unpacked, digest, sha256
from triage.evidence import FileEntry, Hindrance, Storage, VolumeState
from triage.sources import ContentError, Source
from triage.sources.apfs_container import OLDER
from triage.sources.apfs_nodes import NODES_LOST, sum_of
from triage.sources.apfs_volume import SNAPSHOTS_CLOSED
from triage.sources.apfs_walk import AS_NOW, LEFT_UNALLOCATED, ODD_ITEMS, UNNAMED
from triage.sources.decmpfs import UNKNOWN

LARGE = random.Random(5).randbytes(300_000)
FILES: Files = {
    **{f"folder {n % 5}/deep/{n:03}.txt": random.Random(n).randbytes(n * 97) for n in range(90)},
    "large.bin": Made(LARGE, pieces=5),
    "a sparse one": Made(
        bytes(BLOCK) + b"x" * BLOCK + bytes(3 * BLOCK) + b"end", holes=(0, 2, 3, 4)
    ),
    "empty": b"",
    "ü" * 127: b"a long name",
}


def _walked(
    source: Source, number: int = 1, **options: bool
) -> tuple[dict[str, FileEntry], Sequence[str], Sequence[str]]:
    walk = source.walk(source.volumes[number], **options)
    entries = {entry.shown_path: entry for entry in walk}
    return entries, walk.caps, walk.notes


def _contents(files: Files) -> dict[str, bytes]:
    return {path: made.content if isinstance(made, Made) else made for path, made in files.items()}


def _found(source: Source, entries: Mapping[str, FileEntry]) -> dict[str, str]:
    return {
        path: digest(source, entry) if entry.storage is not Storage.NONE else sha256(b"")
        for path, entry in entries.items()
        if entry.kind == "file"
    }


def _told(files: Files) -> dict[str, str]:
    return {path: sha256(content) for path, content in _contents(files).items()}


def test_what_a_mac_wrote_is_read(unpacked: Unpacked, opened: Open) -> None:
    source = opened(unpacked("apfs.raw"))
    container, volume = source.volumes
    assert (container.state, container.file_system) == (VolumeState.CONTAINER, "apfs")
    assert (volume.state, volume.label, volume.layer) == ("readable", "apfs_test", "apfs volume 1")
    entries, caps, notes = _walked(source)
    assert (list(caps), list(notes)) == ([], [])
    assert {path for path, entry in entries.items() if not path.startswith(".fseventsd")} == {
        "a_directory", "a_directory/a_file", "a_directory/another_file", "passwords.txt", "a_link",
        "a_directory/a_resourcefork", "a_directory/a_resourcefork:com.apple.ResourceFork",
    }  # fmt: skip
    content = source.content(entries["passwords.txt"]).read_at(0, 200)
    assert content.startswith(b"place,user,password\n")
    assert entries["passwords.txt"].storage is Storage.RUNS
    fork = source.content(entries["a_directory/a_resourcefork:com.apple.ResourceFork"])
    assert fork.read_at(0, 99) == b"My resource fork\n"
    assert entries["a_link"].kind == "link"
    assert entries["passwords.txt"].times.modified is not None


@pytest.mark.parametrize(
    ("hashed", "in_a_leaf", "in_a_branch"), [(True, 4, 8), (False, 4, 8), (True, 1, 3)]
)
def test_all_that_was_written_is_found_at_any_depth(
    hashed: bool, in_a_leaf: int, in_a_branch: int, tmp_path: Path, opened: Open
) -> None:
    path, volume = tmp_path / "disk", MadeVolume(FILES, hashed=hashed)
    apfs_container(path, [volume], in_a_leaf=in_a_leaf, in_a_branch=in_a_branch)
    source = opened(path)
    entries, caps, notes = _walked(source)
    assert _found(source, entries) == _told(FILES)
    assert (list(caps), list(notes)) == ([], [])
    assert entries["folder 1/deep"].kind == "directory"
    assert entries["large.bin"].storage is Storage.RUNS
    assert len(entries["large.bin"].runs) == 5
    again = source.reread(entries["large.bin"])
    assert again.read_at(99_995, 10) == LARGE[99_995:100_005]
    assert entries["empty"].times.created == YEAR


def test_an_empty_one_of_another_tools_is_empty(tmp_path: Path, opened: Open) -> None:
    """mkapfs, of apfsprogs."""
    with (tmp_path / "disk").open("wb") as file:
        file.truncate(128 << 20)
    run("mkapfs", "-L", "a name", tmp_path / "disk")
    source = opened(tmp_path / "disk")
    assert [volume.state for volume in source.volumes] == ["container", "readable"]
    assert source.volumes[1].label == "a name"
    assert _walked(source) == ({}, [], [])


def test_volumes_are_told_apart_and_what_macos_has_them_for_is_said(
    tmp_path: Path, opened: Open
) -> None:
    volumes = [
        MadeVolume({"one.txt": b"one"}, name="Macintosh HD", role=0x1, sealed=True),
        MadeVolume({"two.txt": b"two"}, name="Macintosh HD - Data", role=0x40),
    ]
    apfs_container(tmp_path / "disk", volumes)
    source = opened(tmp_path / "disk")
    container, system, data = source.volumes
    assert container.uuid == "12345678-1234-4678-9234-567812345678"
    assert [system.label, data.label] == ["Macintosh HD", "Macintosh HD - Data"]
    assert (system.reason, data.reason) == (
        "macOS has it for: System",
        "macOS has it for: Data",
    )
    assert [list(_walked(source, number)[0]) for number in (1, 2)] == [["one.txt"], ["two.txt"]]


def test_a_sealed_system_is_read_by_its_own_tree_of_extents(tmp_path: Path, opened: Open) -> None:
    apfs_container(tmp_path / "disk", [MadeVolume(FILES, sealed=True)], in_a_leaf=2, in_a_branch=4)
    source = opened(tmp_path / "disk")
    entries, caps, _ = _walked(source)
    assert _found(source, entries) == _told(FILES)
    assert list(caps) == []


def test_clones_further_names_and_streams_are_found(tmp_path: Path, opened: Open) -> None:
    files: Files = {
        "large.bin": Made(LARGE, pieces=3),
        "clone.bin": Made(LARGE, clone_of="large.bin"),
        "here/linked": Made(b"linked", links=("there/too", "and here")),
        "forked": Made(b"data", attributes={b"com.apple.ResourceFork": b"fork", b"long": LARGE}),
        "noted": Made(b"data", attributes={b"com.apple.quarantine": b"0081;"}),
    }
    apfs_container(tmp_path / "disk", [MadeVolume(files)])
    source = opened(tmp_path / "disk")
    entries, caps, _ = _walked(source)
    assert _found(source, entries) == {
        **_told(files),
        "there/too": sha256(b"linked"),
        "and here": sha256(b"linked"),
        "forked:com.apple.ResourceFork": sha256(b"fork"),
        "forked:long": sha256(LARGE),
    }
    assert list(caps) == []
    assert entries["clone.bin"].runs == entries["large.bin"].runs


def test_a_file_whose_inode_does_not_say_its_name_has_the_one_that_its_folder_says(
    tmp_path: Path, opened: Open
) -> None:
    files: Files = {"a/b.txt": Made(b"b", nameless=True), "a/c.txt": b"c"}
    apfs_container(tmp_path / "disk", [MadeVolume(files)])
    assert set(_walked(opened(tmp_path / "disk"))[0]) == {"a", "a/b.txt", "a/c.txt"}


def test_what_was_deleted_while_it_was_open_is_found_as_deleted(
    tmp_path: Path, opened: Open
) -> None:
    volume = MadeVolume({"here": b"here"}, deleted_open={"0x1f-dead": b"gone"})
    apfs_container(tmp_path / "disk", [volume])
    source = opened(tmp_path / "disk")
    entries, _, _ = _walked(source)
    gone = entries["private-dir/0x1f-dead"]
    assert (gone.allocated_name, gone.allocated_meta) == (False, True)
    assert digest(source, gone) == sha256(b"gone")
    left, _, notes = _walked(source, unallocated=False)
    assert list(left) == ["here"]
    assert list(notes) == ["unallocated names, left out as the profile asks: 1"]


def test_what_lies_in_icloud_alone_is_said_to(tmp_path: Path, opened: Open) -> None:
    files: Files = {"holiday.heic": Made(b"", flags=0x40000000, attributes={b"x": b"y"})}
    apfs_container(tmp_path / "disk", [MadeVolume(files)])
    entries, _, _ = _walked(opened(tmp_path / "disk"))
    assert entries["holiday.heic"].hindrance is Hindrance.CLOUD


def _packed(kind: int, size: int, data: bytes = b"") -> bytes:
    return b"fpmc" + struct.pack("<IQ", kind, size) + data


def _zlib_fork(content: bytes) -> bytes:
    units = [content[at : at + 65536] for at in range(0, len(content), 65536)]
    packed = [b"\xff" + unit if n == 1 else zlib.compress(unit) for n, unit in enumerate(units)]
    places, at = b"", 4 + 8 * len(units)
    for each in packed:
        places += struct.pack("<II", at, len(each))
        at += len(each)
    block = struct.pack("<I", len(units)) + places + b"".join(packed)
    return struct.pack(">IIII", 256, 260 + len(block), 4 + len(block), 50).ljust(256, b"\0") + (
        struct.pack(">I", len(block)) + block + bytes(50)
    )


def _fork(units: Sequence[bytes]) -> bytes:
    places = [4 * (len(units) + 1)]
    for each in units:
        places.append(places[-1] + len(each))
    return struct.pack(f"<{len(places)}I", *places) + b"".join(units)


TEXT = b"".join(b"line %d of what is packed\n" % n for n in range(9_000))


def test_files_that_macos_packed_are_unpacked(tmp_path: Path, opened: Open) -> None:
    plain = random.Random(8).randbytes(70_000)
    fork = b"com.apple.ResourceFork"
    files: Files = {
        "zlib": Made(flags=0x20, attributes={
            b"com.apple.decmpfs": _packed(3, 2600, zlib.compress(TEXT[:2600]))}),
        "left as it is": Made(flags=0x20, attributes={
            b"com.apple.decmpfs": _packed(3, 4, b"\xfftext")}),
        "zlib in the fork": Made(flags=0x20, attributes={
            b"com.apple.decmpfs": _packed(4, len(TEXT)), fork: _zlib_fork(TEXT)}),
        "plain in the fork": Made(flags=0x20, attributes={
            b"com.apple.decmpfs": _packed(10, len(plain)),
            fork: _fork([b"\xcc" + plain[:65536], b"\xcc" + plain[65536:]])}),
        "lzvn left as it is": Made(flags=0x20, attributes={
            b"com.apple.decmpfs": _packed(8, len(plain)),
            fork: _fork([b"\x06" + plain[:65536], b"\x06" + plain[65536:]])}),
        "lzfse": Made(flags=0x20, attributes={
            b"com.apple.decmpfs": _packed(11, 4, b"bvx-\x04\0\0\0textbvx$")}),
    }  # fmt: skip
    apfs_container(tmp_path / "disk", [MadeVolume(files)])
    source = opened(tmp_path / "disk")
    entries, _, _ = _walked(source)
    told = {
        "zlib": TEXT[:2600], "left as it is": b"text", "zlib in the fork": TEXT,
        "plain in the fork": plain, "lzvn left as it is": plain, "lzfse": b"text",
    }  # fmt: skip
    assert _found(source, entries) == {path: sha256(content) for path, content in told.items()}
    assert {path: entry.size for path, entry in entries.items()} == {
        path: len(content) for path, content in told.items()
    }
    middle = source.content(entries["zlib in the fork"]).read_at(65_530, 20)
    assert middle == TEXT[65_530:65_550]


def test_a_packing_that_is_not_known_or_damaged_is_an_outcome(tmp_path: Path, opened: Open) -> None:
    fork = b"com.apple.ResourceFork"
    files: Files = {
        "by lzbitmap": Made(flags=0x20, attributes={b"com.apple.decmpfs": _packed(14, 500)}),
        "too short": Made(flags=0x20, attributes={
            b"com.apple.decmpfs": _packed(3, 2700, zlib.compress(TEXT[:2600]))}),
        "huge": Made(flags=0x20, attributes={b"com.apple.decmpfs": _packed(8, 1 << 62)}),
        "no table": Made(flags=0x20, attributes={
            b"com.apple.decmpfs": _packed(4, 1 << 20), fork: bytes(300)}),
        "not so packed": Made(b"as it is", flags=0x20),
    }  # fmt: skip
    apfs_container(tmp_path / "disk", [MadeVolume(files)])
    source = opened(tmp_path / "disk")
    found = _found(source, _walked(source)[0])
    assert found == {
        "by lzbitmap": UNKNOWN.format(kind=14),
        "too short": "it is packed there, and damaged",
        "huge": "it is packed there, and damaged",
        "no table": "it is packed there, and damaged",
        "not so packed": sha256(b"as it is"),
    }


def test_a_snapshot_tells_only_what_is_otherwise_in_it(tmp_path: Path, opened: Open) -> None:
    first = {**FILES, "gone.txt": b"gone", "changed.txt": Made(b"as it was", written=YEAR - 9)}
    second = {**first, "between.txt": b"between"}
    now = {**FILES, "changed.txt": b"as it is"}
    volume = MadeVolume(now, earlier=[("monday", first), ("tue/sday", second)])
    apfs_container(tmp_path / "disk", [volume])
    source = opened(tmp_path / "disk")
    entries, caps, notes = _walked(source)
    monday = "$Snapshots/monday of 2023-11-14 22:13 UTC"
    tuesday = "$Snapshots/tue:sday of 2023-11-15 22:13 UTC"
    assert _found(source, entries) == {
        **_told(now),
        f"{monday}/gone.txt": sha256(b"gone"),
        f"{monday}/changed.txt": sha256(b"as it was"),
        f"{tuesday}/between.txt": sha256(b"between"),
    }
    assert list(caps) == []
    assert notes[0] == ("monday of 2023-11-14 22:13 UTC: entries that are otherwise in it: 2")
    gone = entries[f"{monday}/gone.txt"]
    assert source.reread(gone).read_at(0, 9) == b"gone"
    assert source.beside(gone, "changed.txt", 99) == b"as it was"
    (_, held) = source.volumes
    paths = (f"{monday}/gone.txt", f"{monday}/between.txt", "gone.txt", "changed.txt")
    assert [source.presence.gone(held.id, path) for path in paths] == [False, True, True, False]


def test_what_there_is_no_room_for_is_not_said_to_be_as_now(tmp_path: Path, opened: Open) -> None:
    before = {**FILES, **{f"gone {number}": b"%d" % number for number in range(9)}}
    apfs_container(tmp_path / "disk", [MadeVolume(FILES, earlier=[("monday", before)])])
    source = opened(tmp_path / "disk")
    entries, caps, notes = _walked(source)
    assert list(caps) == []
    limited = source.walk(source.volumes[1], most_entries=len(entries) - 4)
    assert len(list(limited)) == len(entries) - 4
    assert limited.caps == [f"the listing stopped after {len(entries) - 4:,} entries"]
    (told, known) = (_as_now(each) for each in (limited.notes, notes))
    assert told <= known


def _as_now(notes: Sequence[str]) -> int:
    found = [note for note in notes if note.startswith(AS_NOW)]
    return int(found[0].rpartition(" ")[2].replace(",", "")) if found else 0


def test_a_snapshot_whose_record_is_cut_off_is_counted(tmp_path: Path, opened: Open) -> None:
    path = tmp_path / "disk"
    apfs_container(path, [MadeVolume({"a": b"a"}, earlier=[("monday", {"b": b"b"})])])
    assert _walked(opened(path))[1] == []
    (leaf,) = _blocks(path, 2, 0x10)
    _patched(path, leaf, 56 + 6, struct.pack("<H", 49))
    assert _walked(opened(path))[1] == [f"{SNAPSHOTS_CLOSED}: 1"]


def test_what_lies_beside_a_file_is_found(tmp_path: Path, opened: Open) -> None:
    apfs_container(tmp_path / "disk", [MadeVolume(FILES)])
    source = opened(tmp_path / "disk")
    entry = _walked(source)[0]["folder 1/deep/001.txt"]
    assert source.beside(entry, "006.txt", 9_999) == random.Random(6).randbytes(6 * 97)
    assert source.beside(entry, "006.txt", 9) == b""
    with pytest.raises(ContentError):
        source.beside(entry, "007.txt", 9_999)


# What a suspect may have written.


def _blocks(path: Path, kind: int, under: int = 0) -> list[int]:
    """Blocks with objects of a kind, and of what they are in."""
    raw = path.read_bytes()
    found = []
    for at in range(0, len(raw), BLOCK):
        told, sub = struct.unpack_from("<II", raw, at + 24)
        if told & 0xFFFF == kind and sub == under and any(raw[at : at + 8]):
            found.append(at)
    return found


def _patched(path: Path, block: int, at: int, data: bytes, *, sum_too: bool = True) -> None:
    raw = bytearray(path.read_bytes())
    raw[block + at : block + at + len(data)] = data
    if sum_too:
        raw[block : block + BLOCK] = summed(bytes(raw[block : block + BLOCK]))
    path.write_bytes(bytes(raw))


def test_the_sum_of_a_block_is_as_the_reference_has_it() -> None:
    for size in (4096, 16384):
        for seed in range(3):
            raw = random.Random(seed).randbytes(size) if seed else b"\xff" * size
            assert sum_of(raw) == int.from_bytes(summed(raw)[:8], "little")


def test_the_newest_checkpoint_that_is_whole_is_taken(tmp_path: Path, opened: Open) -> None:
    """The older ones lead to a container without a volume; then they lead nowhere."""
    path = tmp_path / "disk"
    apfs_container(path, [MadeVolume({"a.txt": b"a"})])
    whole = path.read_bytes()
    for block in (0, 2 * BLOCK):
        _patched(path, block, 160, whole[4 * BLOCK + 160 : 4 * BLOCK + 168])
        _patched(path, block, 184, bytes(8))
    assert list(_walked(opened(path))[0]) == ["a.txt"]
    path.write_bytes(whole)
    assert list(_walked(opened(path))[0]) == ["a.txt"]
    _patched(path, 4 * BLOCK, 200, b"\xff", sum_too=False)
    (volume,) = opened(path).volumes
    assert volume.state == "damaged"


@pytest.mark.parametrize("how", ["it is not whole", "it leads nowhere"])
def test_where_the_newest_checkpoint_is_damaged_and_an_older_one_is_taken_that_is_said(
    how: str, tmp_path: Path, opened: Open
) -> None:
    path = tmp_path / "disk"
    apfs_container(path, [MadeVolume({"a.txt": b"a"})])
    assert opened(path).volumes[0].unread == ()
    _patched(path, 2 * BLOCK, 0, path.read_bytes()[4 * BLOCK : 5 * BLOCK])
    _patched(path, 4 * BLOCK, 16, struct.pack("<Q", 21))
    assert opened(path).volumes[0].unread == ()
    if how == "it is not whole":
        _patched(path, 4 * BLOCK, 200, b"\xff", sum_too=False)
    else:
        _patched(path, 4 * BLOCK, 160, bytes(8))
    source = opened(path)
    assert list(_walked(source)[0]) == ["a.txt"]
    assert source.volumes[0].unread == (OLDER,)


def test_a_first_superblock_whose_sum_is_wrong_still_leads_to_the_others(
    tmp_path: Path, opened: Open
) -> None:
    path = tmp_path / "disk"
    apfs_container(path, [MadeVolume({"a.txt": b"a"})])
    _patched(path, 0, 300, b"\xff", sum_too=False)
    assert list(_walked(opened(path))[0]) == ["a.txt"]


def test_a_container_whose_first_block_is_gone_is_read_by_the_next(
    tmp_path: Path, opened: Open
) -> None:
    path = tmp_path / "disk"
    apfs_container(path, [MadeVolume({"a.txt": b"a"})])
    _patched(path, 0, 0, bytes(BLOCK), sum_too=False)
    source = opened(path)
    assert [volume.state for volume in source.volumes] == ["container", "container", "readable"]
    assert source.volumes[1].layer == "backup"
    assert list(_walked(source, 2)[0]) == ["a.txt"]


def test_what_a_lost_node_held_is_said_to_be_missing(tmp_path: Path, opened: Open) -> None:
    path = tmp_path / "disk"
    apfs_container(path, [MadeVolume(FILES)])
    whole = _walked(opened(path))[0]
    _patched(path, _blocks(path, 3, 0xE)[9], 100, b"\xff", sum_too=False)
    entries, caps, _ = _walked(opened(path))
    assert 0 < len(entries) < len(whole)
    assert any(cap.startswith(NODES_LOST) for cap in caps)


def test_a_tree_that_leads_back_into_itself_ends(tmp_path: Path, opened: Open) -> None:
    """Each child of the root is its first, or the root itself."""
    path = tmp_path / "disk"
    apfs_container(path, [MadeVolume(FILES)])
    (root,) = _blocks(path, 2, 0xE)
    count = struct.unpack_from("<I", path.read_bytes(), root + 36)[0]
    end = BLOCK - 40
    first = path.read_bytes()[root + end - 8 : root + end]
    for child, wanted in ((0, first), (1, struct.pack("<Q", 1028))):
        values = first + wanted * (count - 1)
        _patched(path, root, end - len(values), values)
        entries, caps, _ = _walked(opened(path))
        assert any(cap.startswith(NODES_LOST) for cap in caps), child
        assert len(entries) < 80


def test_folders_that_lie_in_each_other_get_a_place_of_their_own(
    tmp_path: Path, opened: Open
) -> None:
    path = tmp_path / "disk"
    apfs_container(path, [MadeVolume({"one/two/file": b"x"})], in_a_leaf=100)
    (leaf,) = _blocks(path, 2, 0xE)
    raw = path.read_bytes()[leaf : leaf + BLOCK]
    name = raw.index(b"one\0", 2000)
    inode = name - 8 - 92
    two = raw.index(b"two\0", 2000) - 8 - 92
    own = struct.unpack_from("<Q", raw, two)[0]
    _patched(path, leaf, inode, struct.pack("<Q", own + 1))
    entries, caps, _ = _walked(opened(path))
    assert any(entry.startswith("$Lost") and entry.endswith("/file") for entry in entries)
    assert any(cap.startswith("folders whose own place") for cap in caps)


def _as_records(path: Path, old: bytes, new: bytes) -> None:
    """Something in the one leaf of a small volume's files by what is as long."""
    (leaf,) = _blocks(path, 2, 0xE)
    at = path.read_bytes()[leaf : leaf + BLOCK].index(old)
    _patched(path, leaf, at, new)


def test_a_packed_file_that_does_not_say_how_is_not_taken_for_an_empty_one(
    tmp_path: Path, opened: Open
) -> None:
    """The attribute has another name, or is none."""
    path = tmp_path / "disk"
    packed = {b"com.apple.decmpfs": _packed(3, 4, b"\xfftext")}
    for old, new in ((b"decmpfs\0", b"decmpfz\0"), (b"fpmc", b"none")):
        files: Files = {"a": Made(flags=0x20, attributes=packed)}
        apfs_container(path, [MadeVolume(files)], in_a_leaf=100)
        assert _walked(opened(path))[1] == []
        _as_records(path, old, new)
        assert _walked(opened(path))[1] == [f"{ODD_ITEMS}: 1"]


def test_a_file_without_a_name_is_left_out_as_the_profile_asks_and_said(
    tmp_path: Path, opened: Open
) -> None:
    """Its inode is said to be in a folder that there is not."""
    path = tmp_path / "disk"
    apfs_container(path, [MadeVolume({"a": Made(b"a", nameless=True)})], in_a_leaf=100)
    _as_records(path, struct.pack("<QQ", 2, 16), struct.pack("<QQ", 9999, 16))
    assert list(_walked(opened(path))[0]) == ["$OrphanFiles/OrphanFile-16"]
    entries, _, notes = _walked(opened(path), unallocated=False)
    assert (entries, list(notes)) == ({}, [f"{LEFT_UNALLOCATED}: 1"])


def test_a_name_that_leads_to_no_file_is_counted_beside_a_file_that_has_too_many(
    tmp_path: Path, opened: Open
) -> None:
    """Of both together there are as many as there should be."""
    path = tmp_path / "disk"
    apfs_container(path, [MadeVolume({"a": b"a", "b": b"b"})], in_a_leaf=100)
    assert _walked(opened(path))[1] == []
    _as_records(path, struct.pack("<QQH", 17, YEAR * 10**9, 8),
                struct.pack("<QQH", 9999, YEAR * 10**9, 8))  # fmt: skip
    entries, caps, _ = _walked(opened(path))
    assert (set(entries), list(caps)) == ({"a", "b"}, [f"{UNNAMED}: 1"])


def test_an_attribute_that_is_none_is_counted(tmp_path: Path, opened: Open) -> None:
    """It is said to lie elsewhere, and does not say where."""
    path = tmp_path / "disk"
    files: Files = {"a": Made(b"a", attributes={b"note": b"text"})}
    apfs_container(path, [MadeVolume(files)], in_a_leaf=100)
    assert _walked(opened(path))[1] == []
    _as_records(path, struct.pack("<HH", 2, 4) + b"text", struct.pack("<HH", 1, 4) + b"text")
    entries, caps, _ = _walked(opened(path))
    assert (list(entries), list(caps)) == (["a"], [f"{ODD_ITEMS}: 1"])


def test_content_that_would_lie_beyond_the_container_is_not_read(
    tmp_path: Path, opened: Open
) -> None:
    path = tmp_path / "disk"
    apfs_container(path, [MadeVolume({"a.txt": b"a"})], in_a_leaf=100)
    (leaf,) = _blocks(path, 2, 0xE)
    raw = path.read_bytes()[leaf : leaf + BLOCK]
    extent = raw.index(struct.pack("<Q", BLOCK), 2000)
    for wrong in (1 << 60, 4096, 0xFFFFFFFFFFFFFFFF):
        _patched(path, leaf, extent + 8, struct.pack("<Q", wrong))
        source = opened(path)
        entries, caps, _ = _walked(source)
        assert digest(source, entries["a.txt"]).startswith("its pieces contradict")
        assert len(caps) == 1


def test_content_of_which_no_piece_is_there_is_not_taken_for_zeros(
    tmp_path: Path, opened: Open
) -> None:
    path = tmp_path / "disk"
    apfs_container(path, [MadeVolume({"a.txt": b"a" * 9000})], in_a_leaf=100)
    (leaf,) = _blocks(path, 2, 0xE)
    raw = path.read_bytes()[leaf : leaf + BLOCK]
    _patched(path, leaf, raw.index(struct.pack("<Q", 3 * BLOCK), 2000), struct.pack("<Q", BLOCK))
    source = opened(path)
    assert digest(source, _walked(source)[0]["a.txt"]).startswith("its pieces contradict")


def test_half_of_a_fusion_drive_and_a_damaged_volume_are_named(
    tmp_path: Path, opened: Open
) -> None:
    path = tmp_path / "disk"
    apfs_container(path, [MadeVolume({"a": b"a"})], features=0x102)
    (volume,) = opened(path).volumes
    assert volume.state == "unsupported"
    assert "Fusion" in volume.reason
    apfs_container(path, [MadeVolume({"a": b"a"}), MadeVolume({"b": b"b"}, name="second")])
    _patched(path, _blocks(path, 0xD)[0], 500, b"\xff", sum_too=False)
    container, lost, second = opened(path).volumes
    assert (container.state, lost.state, second.state) == ("container", "unsupported", "readable")
    assert lost.reason == "its superblock, or what leads to it, is damaged"


def test_an_encrypted_volume_is_named_with_what_to_ask_for(tmp_path: Path, opened: Open) -> None:
    apfs_container(tmp_path / "disk", [MadeVolume({"a": b"a"}, flags=0x8), MadeVolume(flags=0)])
    _, filevault, by_file = opened(tmp_path / "disk").volumes
    assert (filevault.state, by_file.state) == ("encrypted", "encrypted")
    assert "FileVault" in filevault.reason
    assert "chip" in by_file.reason


@pytest.mark.parametrize("name", [b"\xff\xfe", b"a/b", b"..", b"\x1b[2J"])
def test_names_that_are_none_are_shown_and_lead_nowhere(
    name: bytes, tmp_path: Path, opened: Open
) -> None:
    path = tmp_path / "disk"
    apfs_container(path, [MadeVolume({"n" * len(name): b"x"})], in_a_leaf=100)
    (leaf,) = _blocks(path, 2, 0xE)
    raw = path.read_bytes()[leaf : leaf + BLOCK]
    _patched(path, leaf, raw.rindex(b"n" * len(name) + b"\0"), name)
    source = opened(path)
    (entry,) = _walked(source)[0].values()
    assert digest(source, entry) == sha256(b"x")
    assert (entry.raw_path or entry.path.encode()).endswith(name)
