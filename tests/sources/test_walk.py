"""What each file system holds is listed, whatever it does to hide or to mislead."""

from pathlib import Path
from typing import Any

import pytest

from tests import disks
from tests.making import ntfs
from tests.sources.conftest import Open, digest, digests, sha256
from triage.errors import SourceError
from triage.evidence import EntryKind, FileEntry, Storage
from triage.sources import Source

PHOTO = bytes(range(256)) * 300
OTHER = bytes(reversed(range(256))) * 200
FILES = {"a/one.bin": PHOTO, "a/b/two.bin": OTHER, "three.txt": b"short"}


def _entries(source: Source, **options: Any) -> list[FileEntry]:
    return [
        entry
        for volume in source.volumes
        if volume.state == "readable"
        for entry in source.walk(volume, **options)
    ]


def _by_path(source: Source) -> dict[str, FileEntry]:
    return {entry.shown_path: entry for entry in _entries(source)}


def _make(kind: str, path: Path, files: dict[str, bytes]) -> None:
    if kind == "ntfs":
        disks.ntfs_volume(path, 24 << 20, files)
    elif kind == "exfat":
        disks.exfat_volume(path, 24 << 20, files)
    elif kind.startswith("fat"):
        size = {"fat12": 2, "fat16": 24, "fat32": 40}[kind] << 20
        disks.fat_volume(path, size, files, bits=int(kind[3:]))
    else:
        disks.ext_volume(path, 16 << 20, files, kind=kind)


KINDS = ("ntfs", "exfat", "fat12", "fat16", "fat32", "ext2", "ext3", "ext4")


@pytest.mark.parametrize("kind", KINDS)
def test_files_are_listed_with_their_content(kind: str, tmp_path: Path, opened: Open) -> None:
    _make(kind, tmp_path / "disk", FILES)
    source = opened(tmp_path / "disk")
    assert [volume.file_system for volume in source.volumes] == [kind]
    found = {path.lower(): sha for (path, _), sha in digests(source).items()}
    assert {name: sha256(content) for name, content in FILES.items()}.items() <= found.items()


@pytest.mark.parametrize("kind", KINDS)
def test_a_whole_file_comes_in_one_read_too(kind: str, tmp_path: Path, opened: Open) -> None:
    _make(kind, tmp_path / "disk", FILES)
    source = opened(tmp_path / "disk")
    for entry in _entries(source):
        if entry.storage is not Storage.NONE:
            assert sha256(source.small(entry)) == digest(source, entry)


@pytest.mark.parametrize("kind", KINDS)
def test_ids_and_order_are_the_same_for_the_same_bytes(
    kind: str, tmp_path: Path, opened: Open
) -> None:
    _make(kind, tmp_path / "disk", FILES)
    source = opened(tmp_path / "disk")
    first, second = _entries(source), _entries(source)
    assert first == second
    assert [entry.id for entry in first] == list(range(len(first)))


def test_a_name_given_up_on_fat_keeps_its_content(tmp_path: Path, opened: Open) -> None:
    disks.fat_volume(tmp_path / "disk", 24 << 20, FILES, bits=16, deleted=["a/one.bin"])
    found = _by_path(opened(tmp_path / "disk"))
    entry = found["a/_ne.bin"] if "a/_ne.bin" in found else found["a/one.bin"]
    assert not entry.allocated
    assert digest(opened(tmp_path / "disk"), entry) == sha256(PHOTO)


def test_a_file_given_up_on_ntfs_keeps_its_content(tmp_path: Path, opened: Open) -> None:
    disks.ntfs_volume(tmp_path / "disk", 24 << 20, FILES, deleted=["a/one.bin"])
    source = opened(tmp_path / "disk")
    entry = _by_path(source)["a/one.bin"]
    assert not entry.allocated_name
    assert not entry.allocated_meta
    assert digest(source, entry) == sha256(PHOTO)


def test_a_directory_given_up_on_exfat_is_entered(tmp_path: Path, opened: Open) -> None:
    disks.exfat_volume(tmp_path / "disk", 24 << 20, FILES, deleted=["a"])
    source = opened(tmp_path / "disk")
    found = _by_path(source)
    assert digest(source, found["a/b/two.bin"]) == sha256(OTHER)
    assert not found["a/b/two.bin"].allocated


def test_unallocated_names_can_be_left_out_and_that_is_said(tmp_path: Path, opened: Open) -> None:
    disks.exfat_volume(tmp_path / "disk", 24 << 20, FILES, deleted=["a"])
    source = opened(tmp_path / "disk")
    walk = source.walk(source.volumes[0], unallocated=False)
    assert all(entry.allocated for entry in walk)
    assert any("unallocated" in note for note in walk.notes)
    assert not walk.caps


def test_a_reallocated_inode_does_not_lend_its_content_to_the_old_name(
    tmp_path: Path, opened: Open
) -> None:
    """The hostile case: the left-over name of one file leads to the inode of another."""
    disks.ext_volume(
        tmp_path / "disk", 16 << 20, {"old.jpg": PHOTO, "new.txt": OTHER}, kind="ext2",
        commands=["unlink old.jpg", "ln new.txt ttt.jpg", "unlink ttt.jpg"],
    )  # fmt: skip
    source = opened(tmp_path / "disk")
    left = [entry for entry in _entries(source) if not entry.allocated_name and not entry.orphan]
    assert left
    for entry in left:
        assert entry.allocated_meta
        assert entry.storage is Storage.NONE
        assert entry.size == 0


def test_alternate_streams_are_entries_of_their_own(tmp_path: Path, opened: Open) -> None:
    streams = {("three.txt", "small"): b"resident", ("three.txt", "big"): PHOTO}
    disks.ntfs_volume(tmp_path / "disk", 24 << 20, FILES, streams=streams)
    source = opened(tmp_path / "disk")
    found = digests(source)
    assert found["three.txt", "small"] == sha256(b"resident")
    assert found["three.txt", "big"] == sha256(PHOTO)
    assert found["three.txt", ""] == sha256(b"short")
    assert _by_path(source)["three.txt:big"].kind is EntryKind.FILE


def test_streams_can_be_left_out_and_that_is_said(tmp_path: Path, opened: Open) -> None:
    disks.ntfs_volume(tmp_path / "disk", 24 << 20, FILES, streams={("three.txt", "big"): PHOTO})
    source = opened(tmp_path / "disk")
    walk = source.walk(source.volumes[0], streams=False)
    assert not any(entry.stream for entry in walk)
    assert any("alternate streams" in note for note in walk.notes)
    assert not walk.caps


def test_what_ntfs_keeps_for_itself_is_not_content(tmp_path: Path, opened: Open) -> None:
    disks.ntfs_volume(tmp_path / "disk", 24 << 20, FILES)
    found = _by_path(opened(tmp_path / "disk"))
    for name in ("$MFT", "$LogFile", "$Bitmap", "$BadClus", "$Extend/$ObjId"):
        assert found[name].kind is EntryKind.OTHER
        assert found[name].storage is Storage.NONE
    assert "$BadClus:$Bad" not in found


def test_a_stream_hidden_in_the_file_systems_own_file_is_content(
    tmp_path: Path, opened: Open
) -> None:
    """The hostile case: nobody looks into $Secure, so something is kept there."""
    path = tmp_path / "disk"
    disks.ntfs_volume(path, 24 << 20, FILES)
    with ntfs.filling(path) as volume:
        volume.add_stream("/$Secure", "hidden", PHOTO)
    found = digests(opened(path))
    assert found["$Secure", "hidden"] == sha256(PHOTO)


@pytest.mark.parametrize("kind", ["ext2", "ext4"])
def test_names_that_are_not_utf8_are_kept_as_bytes(kind: str, tmp_path: Path, opened: Open) -> None:
    name = b"caf\xe9/b\xffd.bin"
    disks.ext_volume(tmp_path / "disk", 16 << 20, {name: PHOTO, b"caf\xe9/ok": OTHER}, kind=kind)
    found = _by_path(opened(tmp_path / "disk"))
    entry = found["caf\\xe9/b\\xffd.bin"]
    assert entry.raw_path == name
    assert found["caf\\xe9/ok"].raw_path == b"caf\xe9/ok"
    assert entry.path.encode()


def test_a_directory_that_leads_back_to_itself_is_survived(tmp_path: Path, opened: Open) -> None:
    disks.ext_volume(
        tmp_path / "disk", 16 << 20, FILES, commands=["cd a/b", "ln /a again", "ln / root"]
    )
    source = opened(tmp_path / "disk")
    walk = source.walk(source.volumes[0])
    paths = [entry.path for entry in walk]
    assert len(paths) < 20
    assert "a/b/again" in paths
    assert any("lead back" in note for note in walk.notes)
    assert not walk.caps


def test_deep_directories_are_cut_off_and_that_is_said(tmp_path: Path, opened: Open) -> None:
    disks.ext_volume(tmp_path / "disk", 16 << 20, {"/".join("d" * 30) + "/end": PHOTO})
    source = opened(tmp_path / "disk")
    walk = source.walk(source.volumes[0], deepest=10)
    entries = list(walk)
    assert max(entry.path.count("/") for entry in entries if entry.path[0] == "d") == 10 - 1
    assert any("too deep" in cap for cap in walk.caps)
    found = {digest(source, entry) for entry in entries if entry.size and entry.allocated_meta}
    assert sha256(PHOTO) in found, "it is in use, and listed as what no directory names"
    assert "/".join("d" * 30) + "/end" in _by_path(source)


def test_the_walk_stops_after_the_most_entries_and_says_so(tmp_path: Path, opened: Open) -> None:
    disks.ext_volume(tmp_path / "disk", 16 << 20, {f"f{n}": b"x" for n in range(50)})
    source = opened(tmp_path / "disk")
    walk = source.walk(source.volumes[0], most_entries=10)
    assert len(list(walk)) <= 11
    assert any("stopped" in cap for cap in walk.caps)


@pytest.fixture
def with_orphans(tmp_path: Path) -> Path:
    """Six inodes that were given up, and whose names are gone too."""
    disk = tmp_path / "disk"
    files = {f"orphan{number}.bin": _orphan(number) for number in range(6)}
    commands = [each for name in files for each in (f"freei /{name}", f"unlink /{name}")]
    disks.ext_volume(disk, 16 << 20, files | FILES, kind="ext2", commands=commands)
    raw = bytearray(disk.read_bytes())
    for name in files:
        at = raw.index(name.encode())
        raw[at - 8 : at + len(name)] = bytes(8 + len(name))
    disk.write_bytes(raw)
    return disk


def _orphan(number: int) -> bytes:
    return b"%d" % number * 5000


def test_orphans_are_found_and_come_last(with_orphans: Path, opened: Open) -> None:
    source = opened(with_orphans)
    orphans = [entry.orphan for entry in _entries(source)]
    assert orphans == sorted(orphans)
    assert sum(orphans) == 6
    found = {digest(source, entry) for entry in _entries(source) if entry.orphan}
    assert found == {sha256(_orphan(number)) for number in range(6)}


def test_what_has_names_is_listed_before_anyone_looks_for_orphans(
    with_orphans: Path, opened: Open
) -> None:
    """The search may take long, or end its reader: what was listed before it counts."""
    source = opened(with_orphans)
    first, *others = [list(part) for part in source.walk(source.volumes[0]).stretches()]
    assert {entry.orphan for entry in first} == {False}
    assert [entry.orphan for part in others for entry in part] == [True] * 6


def test_the_cap_of_orphans_is_kept_and_said(with_orphans: Path, opened: Open) -> None:
    source = opened(with_orphans)
    walk = source.walk(source.volumes[0], orphan_cap=3)
    assert sum(entry.orphan for entry in walk) == 3
    assert any("orphans was cut off after 3" in cap for cap in walk.caps)
    none = source.walk(source.volumes[0], orphan_cap=0)
    assert not any(entry.orphan for entry in none)


def test_orphans_that_would_cost_a_whole_read_are_not_looked_for(
    tmp_path: Path, opened: Open
) -> None:
    disks.fat_volume(tmp_path / "disk", 24 << 20, FILES, bits=16)
    source = opened(tmp_path / "disk")
    walk = source.walk(source.volumes[0], orphan_search=1 << 20)
    assert not any(entry.orphan for entry in walk)
    assert any("orphans were not looked for" in note for note in walk.notes)
    assert not walk.caps


@pytest.mark.parametrize(("kind", "missed"), [("ext2", True), ("ext4", False)])
def test_only_orphans_that_lead_to_content_are_missed(
    kind: str, missed: bool, tmp_path: Path, opened: Open
) -> None:
    """ext2 leaves in a deleted file's inode where its content lies; ext3 and ext4 do not."""
    disks.ext_volume(tmp_path / "disk", 24 << 20, FILES, kind=kind)
    source = opened(tmp_path / "disk")
    walk = source.walk(source.volumes[0], orphan_search=1000)
    assert not any(entry.orphan for entry in walk)
    said = walk.caps if missed else walk.notes
    assert any("orphans were not looked for" in each for each in said)
    assert bool(walk.caps) == missed


def test_hard_links_are_listed_twice_and_counted_once(tmp_path: Path, opened: Open) -> None:
    big = PHOTO * 10
    disks.ntfs_volume(tmp_path / "one", 24 << 20, {"x/big": big})
    disks.ntfs_volume(tmp_path / "two", 24 << 20, {"x/big": big}, links={"x/again": "x/big"})
    counts = []
    for name in ("one", "two"):
        source = opened(tmp_path / name)
        walk = source.walk(source.volumes[0])
        listed = sum(entry.size == len(big) for entry in walk)
        counts.append((listed, walk.content_bytes))
    assert [listed for listed, _ in counts] == [1, 2]
    assert counts[0][1] == counts[1][1] == -(-len(big) // 4096) * 4096


@pytest.mark.parametrize("kind", ["ntfs", "exfat", "ext4"])
def test_runs_lie_inside_the_volume_and_add_up_to_the_size(
    kind: str, tmp_path: Path, opened: Open
) -> None:
    _make(kind, tmp_path / "volume", FILES)
    disks.gpt_disk(tmp_path / "disk", [tmp_path / "volume", tmp_path / "volume"])
    source = opened(tmp_path / "disk")
    readable = [volume for volume in source.volumes if volume.state == "readable"]
    assert len(readable) == 2
    for volume in readable:
        for entry in source.walk(volume):
            if entry.storage is not Storage.RUNS:
                continue
            assert sum(run.length for run in entry.runs) == entry.size
            for run in entry.runs:
                assert run.offset >= 0
                assert run.offset + run.length <= volume.size
                below = source.bytes_of(volume.id).below(run.offset, run.length)
                assert below == volume.offset + run.offset


def test_a_size_beyond_the_volume_is_not_trusted(tmp_path: Path, opened: Open) -> None:
    disks.exfat_volume(tmp_path / "disk", 24 << 20, FILES, claimed={"a/one.bin": 1 << 50})
    source = opened(tmp_path / "disk")
    entry = _by_path(source).get("a/one.bin")
    if entry is not None and entry.storage is not Storage.NONE:
        assert entry.storage is Storage.FILE_SYSTEM
        assert len(digest(source, entry)) != 64


def test_what_lies_below_an_unallocated_directory_waits_for_no_turn(
    tmp_path: Path, opened: Open
) -> None:
    files = {"gone/many/x.bin": PHOTO, "stays.bin": OTHER}
    commands = ["freei /gone/many/x.bin", "freei /gone/many", "freei /gone", "unlink /gone"]
    disks.ext_volume(tmp_path / "disk", 16 << 20, files, commands=commands)
    found = _entries(opened(tmp_path / "disk"), turn_of=lambda path: int(path.endswith("many")))
    assert [entry.path for entry in found if entry.path.endswith("x.bin")]


def test_a_volume_that_is_not_readable_is_not_walked(tmp_path: Path, opened: Open) -> None:
    disks.zeros(tmp_path / "disk", 4 << 20)
    source = opened(tmp_path / "disk")
    with pytest.raises(SourceError, match="empty"):
        source.walk(source.volumes[0])


@pytest.mark.parametrize("kind", ["ntfs", "ext4", "fat32"])
def test_directories_are_listed_in_their_turn_and_wholly(
    kind: str, tmp_path: Path, opened: Open
) -> None:
    files = {"bin/deep/x.bin": PHOTO, "bin/deep/many/v.bin": OTHER, "lib/y.bin": OTHER,
             "sam/many/u.bin": OTHER, "sam/many/more/many/t.bin": OTHER, "sam/z.bin": OTHER,
             "w.txt": b"w"}  # fmt: skip
    turns = {"bin": 2, "lib": 2, "many": 1}
    _make(kind, tmp_path / "disk", files)
    plain = _entries(opened(tmp_path / "disk"))
    waiting = _entries(
        opened(tmp_path / "disk"),
        turn_of=lambda path: turns.get(path.lower().rpartition("/")[2], 0),
    )
    assert sorted(entry.path for entry in waiting) == sorted(entry.path for entry in plain)
    assert [entry.id for entry in waiting] == list(range(len(waiting)))
    places = [entry.path.lower() for entry in waiting if entry.path.lower() in files]
    assert set(places[:2]) == {"sam/z.bin", "w.txt"}
    assert set(places[2:4]) == {"sam/many/u.bin", "sam/many/more/many/t.bin"}
    assert set(places[4:]) == {"bin/deep/x.bin", "bin/deep/many/v.bin", "lib/y.bin"}
