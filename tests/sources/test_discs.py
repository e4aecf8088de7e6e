"""Discs: every tree that they have, in every session, by its longest names."""

import random
import shutil
import struct
from pathlib import Path

import pytest

from tests.endings.rows.images import unpacked
from tests.making.stacks import run
from tests.making.udf import udf_volume
from tests.sources.conftest import Open, digest, sha256
from triage.evidence import FileEntry, Storage
from triage.sources import Source
from triage.sources.discs import CLOSED, LOST, TOO_MANY
from triage.sources.udf import VIRTUAL
from triage.sources.walk import AGAIN, NOT_OPENED

FILES = {
    "A long name with blanks.text": b"a" * 3000,
    "folder/ñandú.txt": b"b" * 100,
    "folder/" + "x" * 120 + ".jpeg": random.Random(2).randbytes(50_000),
    "folder/deep/er/still/and/more/levels/than/eight/of them/c": b"c",
}


def _disc(path: Path, files: dict[str, bytes], *options: str) -> None:
    source = path.with_name(f"{path.name}.files")
    for name, content in files.items():
        (source / name).parent.mkdir(parents=True, exist_ok=True)
        (source / name).write_bytes(content)
    run("xorriso", "-as", "mkisofs", "-quiet", *options, "-o", path, source)
    shutil.rmtree(source)


def _walked(source: Source) -> tuple[list[FileEntry], list[str], list[str]]:
    (volume,) = source.volumes
    walk = source.walk(volume)
    return list(walk), walk.caps, walk.notes


def _digests(source: Source, entries: list[FileEntry]) -> dict[str, str]:
    return {e.path: digest(source, e) for e in entries if e.storage is not Storage.NONE}


@pytest.mark.parametrize("options", [(), ("-J", "-joliet-long")])
def test_names_of_rock_ridge_are_listed_once(
    options: tuple[str, ...], tmp_path: Path, opened: Open
) -> None:
    _disc(tmp_path / "disc", FILES, "-R", *options)
    source = opened(tmp_path / "disc")
    entries, caps, notes = _walked(source)
    assert _digests(source, entries) == {name: sha256(raw) for name, raw in FILES.items()}
    assert caps == []
    assert bool(notes) == bool(options)
    assert all(entry.times.modified for entry in entries)


def test_a_picture_that_only_one_of_the_trees_names_is_listed(tmp_path: Path, opened: Open) -> None:
    """Rock Ridge's has it no more; Joliet's has."""
    _disc(tmp_path / "disc", {"a.txt": b"a", "hidden.txt": b"hidden"}, "-R", "-J")
    raw = bytearray((tmp_path / "disc").read_bytes())
    begin = raw.index(b"HIDDEN.TXT") - 33
    raw[begin : begin + raw[begin]] = bytes(raw[begin])
    (tmp_path / "disc").write_bytes(raw)
    source = opened(tmp_path / "disc")
    entries, _, notes = _walked(source)
    assert [entry.path for entry in entries] == ["a.txt", "hidden.txt"]
    assert any("Joliet alone: 1" in note for note in notes)


def test_every_session_is_listed(tmp_path: Path, opened: Open) -> None:
    source = opened(unpacked(tmp_path, "cd-multisession"))
    (volume,) = source.volumes
    assert volume.unread == ()
    entries, caps, _ = _walked(source)
    assert len([entry for entry in entries if entry.kind == "file"]) == 5
    assert caps == []


def test_a_udf_tree_beside_an_empty_one_is_listed(tmp_path: Path, opened: Open) -> None:
    source = opened(unpacked(tmp_path, "iso-empty-udf-full"))
    entries, caps, notes = _walked(source)
    assert len([entry for entry in entries if entry.kind == "file"]) == 4
    assert "ñandú" in " ".join(entry.path for entry in entries)
    assert caps == []
    assert any("UDF alone" in note for note in notes)


@pytest.mark.parametrize("metadata", [False, True])
def test_udf_is_read_with_a_metadata_partition_and_without(
    metadata: bool, tmp_path: Path, opened: Open
) -> None:
    files = {"a.txt": b"a" * 300, "ü large": random.Random(3).randbytes(70_001), "gone": b"g" * 900}
    udf_volume(tmp_path / "disc", files, metadata=metadata, deleted=("gone",))
    source = opened(tmp_path / "disc")
    (volume,) = source.volumes
    assert (volume.file_system, volume.state, volume.unread) == ("udf", "readable", ())
    entries, caps, _ = _walked(source)
    assert _digests(source, entries) == {name: sha256(raw) for name, raw in files.items()}
    assert [e.path for e in entries if not e.allocated] == ["gone"]
    assert caps == []
    assert source.presence.gone(volume.id, "gone")
    assert source.beside(entries[0], "ü large", 80_000) == files["ü large"]


def test_udf_in_increments_is_named(tmp_path: Path, opened: Open) -> None:
    udf_volume(tmp_path / "disc", {"a": b"a"}, kind_of_map=b"*UDF Virtual Partition")
    (volume,) = opened(tmp_path / "disc").volumes
    assert (volume.state, volume.reason) == ("unsupported", VIRTUAL)


def test_a_directory_that_leads_back_to_the_root_is_not_entered(
    tmp_path: Path, opened: Open
) -> None:
    path = tmp_path / "disc"
    _disc(path, {"folder/a": b"a", "b": b"b"}, "-R")
    raw = bytearray(path.read_bytes())
    root = raw[32768 + 156 + 2 : 32768 + 156 + 18]
    at = raw.index(b"FOLDER") - 33
    raw[at + 2 : at + 18] = root
    path.write_bytes(raw)
    entries, _, notes = _walked(opened(path))
    assert sorted(entry.path for entry in entries) == ["b", "folder"]
    assert any(note.startswith(AGAIN) for note in notes)


def test_a_directory_outside_of_the_disc_is_said(tmp_path: Path, opened: Open) -> None:
    path = tmp_path / "disc"
    _disc(path, {"folder/a": b"a", "b": b"b"}, "-R")
    raw = bytearray(path.read_bytes())
    at = raw.index(b"FOLDER") - 33
    struct.pack_into("<I", raw, at + 2, 0x7FFFFFFF)
    path.write_bytes(raw)
    entries, caps, _ = _walked(opened(path))
    assert sorted(entry.path for entry in entries) == ["b", "folder"]
    assert any(cap.startswith(NOT_OPENED) for cap in caps)


def test_directories_beyond_the_most_are_said(tmp_path: Path, opened: Open) -> None:
    _disc(tmp_path / "disc", {f"{n}/a": b"%d" % n for n in range(6)}, "-R")
    source = opened(tmp_path / "disc")
    walk = source.walk(source.volumes[0], most_folders=3)
    assert sum(entry.kind == "file" for entry in walk) == 2
    assert walk.caps == [f"{TOO_MANY}: 4"]


def test_a_tree_whose_root_is_none_is_said_beside_the_others(tmp_path: Path, opened: Open) -> None:
    _disc(tmp_path / "disc", {"a.txt": b"a"}, "-R", "-J")
    raw = bytearray((tmp_path / "disc").read_bytes())
    at = next(at for at in range(32768, len(raw), 2048) if raw[at] == 2)
    raw[at + 156] = 0
    (tmp_path / "disc").write_bytes(raw)
    (volume,) = opened(tmp_path / "disc").volumes
    assert volume.unread == (CLOSED.format(count=1),)
    assert [entry.path for entry in _walked(opened(tmp_path / "disc"))[0]] == ["a.txt"]


def test_a_name_of_udf_that_is_none_is_counted(tmp_path: Path, opened: Open) -> None:
    """It claims to be written in letters that there are not."""
    path = tmp_path / "disc"
    udf_volume(path, {"first": b"f" * 300, "second": b"s" * 300})
    raw = path.read_bytes()
    name = b"\x10" + "second".encode("utf-16-be")
    path.write_bytes(raw.replace(name, b"\x11" + name[1:]))
    entries, caps, _ = _walked(opened(path))
    assert [entry.path for entry in entries] == ["first"]
    assert caps == [f"{LOST}: 1"]


@pytest.mark.parametrize("lie", ["endless", "too long"])
def test_fields_of_rock_ridge_that_go_on_too_far_are_counted(
    lie: str, tmp_path: Path, opened: Open
) -> None:
    path = tmp_path / "disc"
    _disc(path, {"a" * 240 + ".txt": b"a"}, "-R")
    raw = bytearray(path.read_bytes())
    at = raw.index(b"CE\x1c\x01", raw.index(b"AAAAAAAA"))
    block, offset = (struct.unpack_from("<I", raw, at + place)[0] for place in (4, 12))
    if lie == "too long":
        struct.pack_into("<I", raw, at + 20, 1 << 20)
    else:
        area = block * 2048 + offset
        raw[area : area + 28] = raw[at : at + 28]
    path.write_bytes(raw)
    entries, caps, _ = _walked(opened(path))
    assert len(entries) == 1
    assert caps == [f"{LOST}: 1"]


def test_files_that_lie_packed_on_a_disc_are_not_taken_for_what_they_are_not(
    tmp_path: Path, opened: Open
) -> None:
    """By zisofs: what lies there is not the file."""
    text = b"a line that packs well\n" * 9000
    (tmp_path / "text").write_bytes(text)
    run(
        "xorriso", "-outdev", tmp_path / "disc", "-map", tmp_path / "text", "/text",
        "-set_filter_r", "--zisofs", "/", "--", "-commit",
    )  # fmt: skip
    source = opened(tmp_path / "disc")
    (entry,) = [entry for entry in _walked(source)[0] if entry.path == "text"]
    assert entry.size == len(text)
    assert "packed" in digest(source, entry)
