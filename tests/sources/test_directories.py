"""A folder is read below its own descriptor only, and no link leads out of it."""

import os
from collections.abc import Iterator
from pathlib import Path

import msgspec
import pytest

from tests.sources.conftest import Open, digest, sha256
from tests.unprivileged import public_folder, unprivileged
from triage.evidence import EntryKind, FileEntry, Storage
from triage.sources import ContentError, Source


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    inside = tmp_path / "inside"
    (inside / "a" / "b").mkdir(parents=True)
    (inside / "a" / "one").write_bytes(b"one" * 1000)
    (inside / "a" / "b" / "two").write_bytes(b"two")
    (inside / "empty").touch()
    (tmp_path / "secret").write_bytes(b"not to be read")
    return inside


def _entries(source: Source) -> dict[str, FileEntry]:
    return {entry.path: entry for entry in source.walk(source.volumes[0])}


def test_files_are_listed_with_their_content(folder: Path, opened: Open) -> None:
    source = opened(folder)
    found = _entries(source)
    assert sorted(found) == ["a", "a/b", "a/b/two", "a/one", "empty"]
    assert digest(source, found["a/one"]) == sha256(b"one" * 1000)
    assert source.small(found["a/b/two"]) == b"two"
    assert source.reread(found["a/one"]).read_at(1, 3) == b"neo"
    assert found["empty"].storage is Storage.NONE
    assert source.volumes[0].id == "d0v0"
    assert source.volumes[0].file_system == "directory"


def test_links_are_listed_and_never_followed(folder: Path, opened: Open) -> None:
    (folder / "link").symlink_to("../secret")
    (folder / "up").symlink_to("..")
    found = _entries(opened(folder))
    assert found["link"].kind is EntryKind.LINK
    assert found["up"].kind is EntryKind.LINK
    assert not any(path.startswith("up/") for path in found)


def test_a_file_exchanged_for_a_link_is_not_read(folder: Path, opened: Open) -> None:
    source = opened(folder)
    entry = _entries(source)["a/one"]
    (folder / "a" / "one").unlink()
    (folder / "a" / "one").symlink_to("../../secret")
    with pytest.raises(ContentError):
        source.content(entry)


def test_a_folder_exchanged_for_a_link_is_not_entered(folder: Path, opened: Open) -> None:
    source = opened(folder)
    entry = _entries(source)["a/b/two"]
    (folder / "a" / "b").rename(folder.parent / "b")
    (folder / "a" / "b").symlink_to("../../b")
    with pytest.raises(ContentError):
        source.content(entry)


@pytest.mark.parametrize("path", ["../secret", "a/../../secret", "/etc/hostname", "", "a//one"])
def test_an_entry_that_names_something_outside_is_not_read(
    path: str, folder: Path, opened: Open
) -> None:
    source = opened(folder)
    entry = _entries(source)["a/one"]
    with pytest.raises(ContentError):
        source.content(msgspec.structs.replace(entry, path=path))


def test_a_file_that_changed_is_said_to_have_changed(folder: Path, opened: Open) -> None:
    source = opened(folder)
    entry = _entries(source)["a/one"]
    (folder / "a" / "one").write_bytes(b"longer" * 1000)
    with pytest.raises(ContentError, match="changed"):
        source.content(entry)


def test_pipes_and_sockets_are_listed_and_not_opened(folder: Path, opened: Open) -> None:
    os.mkfifo(folder / "pipe")
    entry = _entries(opened(folder))["pipe"]
    assert (entry.kind, entry.storage) == (EntryKind.OTHER, Storage.NONE)


def test_names_that_are_not_utf8_are_kept_and_opened(folder: Path, opened: Open) -> None:
    name = os.fsencode(folder) + b"/caf\xe9"
    os.mkdir(name)  # noqa: PTH102
    with open(name + b"/\xff", "wb") as file:  # noqa: PTH123
        file.write(b"found")
    source = opened(folder)
    entry = _entries(source)["caf\\xe9/\\xff"]
    assert entry.raw_path == b"caf\xe9/\xff"
    assert digest(source, entry) == sha256(b"found")


def test_hard_links_are_counted_once(folder: Path, opened: Open) -> None:
    source = opened(folder)
    walk = source.walk(source.volumes[0])
    list(walk)
    before = walk.content_bytes
    (folder / "again").hardlink_to(folder / "a" / "one")
    walk = source.walk(source.volumes[0])
    assert "again" in [entry.path for entry in walk]
    assert walk.content_bytes == before


def test_very_deep_folders_are_cut_off_and_that_is_said(folder: Path, opened: Open) -> None:
    place = os.open(folder, os.O_RDONLY)
    for _ in range(300):
        os.mkdir("d", dir_fd=place)
        below = os.open("d", os.O_RDONLY, dir_fd=place)
        os.close(place)
        place = below
    os.close(place)
    source = opened(folder)
    walk = source.walk(source.volumes[0])
    assert len(list(walk)) < 300
    assert any("too deep" in cap for cap in walk.caps)


@pytest.fixture
def closed() -> Iterator[Path]:
    with public_folder() as folder:
        (folder / "a").mkdir(mode=0)
        (folder / "empty").touch()
        yield folder
        (folder / "a").chmod(0o700)


def test_a_closed_folder_is_said(closed: Path, opened: Open) -> None:
    source = opened(closed)
    with unprivileged():
        walk = source.walk(source.volumes[0])
        assert sorted(entry.path for entry in walk) == ["a", "empty"]
    assert any("could not be opened" in cap for cap in walk.caps)


def test_the_walk_leaves_no_descriptor_open(folder: Path, opened: Open) -> None:
    source = opened(folder)
    before = len(os.listdir("/proc/self/fd"))  # noqa: PTH208
    list(source.walk(source.volumes[0]))
    walk = iter(source.walk(source.volumes[0]))
    next(walk)
    walk.close()  # type: ignore[attr-defined]
    for entry in _entries(source).values():
        if entry.storage is not Storage.NONE:
            digest(source, entry)
    assert len(os.listdir("/proc/self/fd")) == before  # noqa: PTH208
