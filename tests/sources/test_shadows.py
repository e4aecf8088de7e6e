"""Shadow copies of NTFS: what they have otherwise than the volume is listed, with their date."""

import lzma
import struct
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.making import packed_by_windows, shadows
from tests.making.ntfs import Filling
from tests.sources.conftest import IMAGES, Open, digest, sha256
from tests.workers import scanning
from triage.bundle.checking.verify import verify
from triage.evidence import FileEntry, Storage
from triage.sources import ContentError, Source
from triage.sources.contained import ContainedBytes
from triage.sources.runs import BytesContent
from triage.sources.shadow_bytes import MOST_STATES, ShadowBytes, states
from triage.sources.shadow_walk import (
    AS_NOW,
    BAD_RECORDS,
    CLOSED,
    GIVEN_UP,
    LEFT_STREAMS,
    LOST_BYTES,
    NOT_OPENED,
    ODD_PATHS,
    OF_STORES,
)
from triage.sources.trees import open_tree
from triage.sources.vss import BLOCK, ODD, blocks_of, stores_of

OLD, NEW = bytes(range(256)) * 900, b"new" * 90_000
PACKED = packed_by_windows.text(50_000)
SYSLOG = "0420b023f8dc1b71ff25191ce4ce88d10028f99f99f7c21532611f4c273aeae9"
NEWER, OLDER = (
    f"$Snapshots/shadow copy {number} of 2014-05-{12 + number} 16:53:20 UTC/" for number in (2, 1)
)


def _first(volume: Filling) -> None:
    for folder in ("/a", "/gone", "/gone/deeper"):
        volume.directory(folder)
    volume.file("/a/old", OLD)
    volume.file("/a/kept", OLD[:90_000])
    volume.file("/note", b"first")
    volume.file("/gone/deeper/secret", NEW[:70_000])
    volume.file("/with", b"main", streams={"s": b"stream" * 2000})
    held = packed_by_windows.packed(PACKED, 4096)
    packed_by_windows.put(volume, "/packed", len(PACKED), held, packed_by_windows.point(0))
    volume.link("/a/old", "/a/other name")


def _second(volume: Filling) -> None:
    for path in ("/gone/deeper/secret", "/gone/deeper", "/gone"):
        volume.delete(path)
    volume.append("/note", b"second, longer", 0)


def _third(volume: Filling) -> None:
    volume.append("/a/old", b"x" * 300_000, 0)
    volume.file("/added", NEW)
    volume.delete("/with")
    volume.delete("/packed")


def _made(folder: Path) -> Path:
    shadows.shadowed_volume(folder / "disk", [_first, _second, _third])
    return folder / "disk"


def _listed(source: Source) -> tuple[dict[tuple[str, str], FileEntry], list[str], list[str]]:
    walk = source.walk(source.volumes[0])
    entries = {(each.path, each.stream): each for each in walk}
    assert sorted(each.id for each in entries.values()) == list(range(walk.next_id))
    return entries, walk.caps, walk.notes


def test_what_copies_have_otherwise_is_listed_last_and_read(tmp_path: Path, opened: Open) -> None:
    source = opened(_made(tmp_path))
    entries, caps, notes = _listed(source)
    of_copies = {key: each for key, each in entries.items() if key[0].startswith("$Snapshots/")}
    assert min(each.id for each in of_copies.values()) == len(entries) - len(of_copies)
    expected = {
        (NEWER + "a/old", ""): OLD,
        (NEWER + "a/other name", ""): OLD,
        (NEWER + "with", ""): b"main",
        (NEWER + "with", "s"): b"stream" * 2000,
        (NEWER + "packed", ""): PACKED,
        (NEWER + "packed", packed_by_windows.STREAM): packed_by_windows.packed(PACKED, 4096),
        (OLDER + "note", ""): b"first",
        (OLDER + "gone/deeper/secret", ""): NEW[:70_000],
    }
    with_content = {key for key, each in of_copies.items() if each.size}
    assert with_content == set(expected)
    for key, content in expected.items():
        assert digest(source, of_copies[key]) == sha256(content), key
        assert sha256(source.reread(of_copies[key]).read_at(0, len(content))) == sha256(content)
    assert digest(source, entries["note", ""]) == sha256(b"second, longer")
    assert caps == []
    assert any(each.startswith(AS_NOW) for each in notes)
    assert [each for each in notes if "otherwise in it" in each] == [
        f"{NEWER.split('/')[1]}: entries that are otherwise in it: 6",
        f"{OLDER.split('/')[1]}: entries that are otherwise in it: 4",
    ]


def test_alternate_streams_of_copies_are_left_out_with_the_others(
    tmp_path: Path, opened: Open
) -> None:
    source = opened(_made(tmp_path))
    walk = source.walk(source.volumes[0], streams=False)
    entries = list(walk)
    assert (NEWER + "with") in {each.path for each in entries}
    assert not [each for each in entries if each.stream]
    assert f"{LEFT_STREAMS}: 2" in walk.notes


def test_content_of_a_copy_lies_in_the_volume_s_own_bytes(tmp_path: Path, opened: Open) -> None:
    path = _made(tmp_path)
    entries, _, _ = _listed(opened(path))
    secret = entries[OLDER + "gone/deeper/secret", ""]
    assert secret.storage is Storage.RUNS
    raw = path.read_bytes()
    content = b"".join(raw[each.offset : each.offset + each.length] for each in secret.runs)
    assert content == NEW[:70_000]


def test_neighbours_of_what_a_copy_has_are_the_copy_s(tmp_path: Path, opened: Open) -> None:
    source = opened(_made(tmp_path))
    entries, _, _ = _listed(source)
    assert source.beside(entries[NEWER + "with", ""], "note", 99) == b"second, longer"
    assert source.beside(entries[OLDER + "note", ""], "note", 99) == b"first"
    (volume,) = source.volumes
    tree = open_tree(source.bytes_of(volume.id), volume)
    assert "secret" in tree.names(OLDER + "gone/deeper")
    assert "gone" not in tree.names("")


# what a copy has and cannot be listed is counted


def _record_of(raw: bytes, name: str) -> int:
    """Where a store keeps the record of the file in use of that name."""
    at = -1
    while (at := raw.find(b"FILE0", at + 1)) >= 0:
        record = raw[at : at + 1024]
        if at % 1024 == 0 and record[22] == 1 and name.encode("utf-16-le") in record:
            return at
    raise AssertionError(name)


def _altered(path: Path, alter: Callable[[bytearray, int], None]) -> Path:
    """The volume with the record of the file that only the older copy has made something else."""
    raw = bytearray(path.read_bytes())
    alter(raw, _record_of(bytes(raw), "secret"))
    path.write_bytes(raw)
    return path


def _torn(raw: bytearray, at: int) -> None:
    raw[at + 510] ^= 0xFF


def _damaged(raw: bytearray, at: int) -> None:
    raw[at : at + 4] = b"BAAD"


def _without_name(raw: bytearray, at: int) -> None:
    """Its names become attributes of a kind that says nothing."""
    here = at + struct.unpack_from("<H", raw, at + 20)[0]
    while (kind := struct.unpack_from("<I", raw, here)[0]) != 0xFFFFFFFF:
        if kind == 0x30:
            struct.pack_into("<I", raw, here, 0x40)
        here += struct.unpack_from("<I", raw, here + 4)[0]


def _beyond_the_end(raw: bytearray, at: int) -> None:
    """The store's block with the record is said to lie where nothing is."""
    block = at - at % BLOCK
    place = raw.find(struct.pack("<QQII", 0, block, 0, 0)) + 8
    assert place > 8
    struct.pack_into("<Q", raw, place, 1 << 40)


ALTERED = {
    NOT_OPENED: _torn,
    BAD_RECORDS: _damaged,
    ODD_PATHS: _without_name,
}


@pytest.mark.parametrize("word", ALTERED)
def test_a_file_of_a_copy_that_cannot_be_listed_is_counted(
    word: str, tmp_path: Path, opened: Open
) -> None:
    entries, caps, _ = _listed(opened(_altered(_made(tmp_path), ALTERED[word])))
    assert OLDER + "gone/deeper/secret" not in {path for path, _ in entries}
    assert (OLDER + "note", "") in entries
    assert caps == [f"{word}: 1"]


def test_records_of_a_copy_that_lie_nowhere_are_counted(tmp_path: Path, opened: Open) -> None:
    entries, caps, _ = _listed(opened(_altered(_made(tmp_path), _beyond_the_end)))
    assert OLDER + "gone/deeper/secret" not in {path for path, _ in entries}
    assert [each.split(": ")[0] for each in caps] == [BAD_RECORDS]


def test_bytes_of_a_copy_that_lie_nowhere_are_counted(tmp_path: Path, opened: Open) -> None:
    path = _made(tmp_path)
    raw = bytearray(path.read_bytes())
    _beyond_the_end(raw, raw.find(OLD[:4096], raw.find(shadows.head(3, 0)[:24])))
    path.write_bytes(raw)
    entries, caps, _ = _listed(opened(path))
    assert (NEWER + "packed", "") in entries
    assert [each.split(": ")[0] for each in caps] == [LOST_BYTES]


def test_what_was_given_up_before_a_copy_was_made_is_only_said(
    tmp_path: Path, opened: Open
) -> None:
    def giving_up(volume: Filling) -> None:
        volume.delete("/gone/deeper/secret")

    def changing(volume: Filling) -> None:
        volume.file("/another", b"in its record", streams={})

    shadows.shadowed_volume(tmp_path / "disk", [_first, giving_up, changing])
    _, caps, notes = _listed(opened(tmp_path / "disk"))
    assert caps == []
    assert f"{GIVEN_UP}: 1" in notes


@pytest.mark.parametrize("room", [0, 3, 7])
def test_what_there_is_no_room_for_is_said(room: int, tmp_path: Path, opened: Open) -> None:
    source = opened(_made(tmp_path))
    entries, _, _ = _listed(source)
    of_copies = sum(path.startswith("$Snapshots/") for path, _ in entries)
    most = len(entries) - of_copies + room
    walk = source.walk(source.volumes[0], most_entries=most)
    assert len(list(walk)) == most
    assert f"the listing of shadow copies stopped after {most:,} entries" in walk.caps
    walk = source.walk(source.volumes[0], most_entries=len(entries))
    assert len(list(walk)) == len(entries)
    assert walk.caps == []


def _of_blocks(path: Path, name: str) -> Path:
    """An image of which the blocks that are not zeros are kept, each behind its place."""
    raw = lzma.decompress((IMAGES / f"{name}.blocks.xz").read_bytes())
    with path.open("wb") as image:
        image.truncate(struct.unpack_from("<Q", raw)[0])
        for at in range(8, len(raw), 8 + 4096):
            image.seek(struct.unpack_from("<Q", raw, at)[0])
            image.write(raw[at + 8 : at + 8 + 4096])
    return path


def test_the_shadow_copies_that_windows_made_are_read(tmp_path: Path, opened: Open) -> None:
    """Of plaso's test data; what is not read of it is zeros."""
    source = opened(_of_blocks(tmp_path / "disk", "vsstest"))
    entries, caps, notes = _listed(source)
    found = [each for (path, _), each in entries.items() if path.startswith("$Snapshots")]
    assert [each.path for each in found] == [
        "$Snapshots/shadow copy 1 of 2013-12-03 06:35:09 UTC/syslog"
    ]
    content = source.content(found[0]).read_at(0, 5000)
    assert sha256(content) == SYSLOG
    assert caps == []
    assert any(each.startswith(OF_STORES) for each in notes)


def test_a_scan_of_a_volume_with_shadow_copies_verifies(tmp_path: Path) -> None:
    scanned = scanning.run(_made(tmp_path), out=tmp_path / "out")
    assert verify(scanned.bundle).failed is None
    lines = (scanned.bundle / "entries.jsonl").read_text()
    assert "gone/deeper/secret" in lines


# the blocks of stores


def _held(put: dict[int, bytes], size: int = 64 * BLOCK) -> ContainedBytes:
    raw = bytearray(b"".join(bytes([number + 1]) * BLOCK for number in range(size // BLOCK)))
    for at, data in put.items():
        raw[at : at + len(data)] = data
    return ContainedBytes(BytesContent(bytes(raw)))


def _copies(*lists: list[tuple[int, int, int, int, int]]) -> ContainedBytes:
    """A volume whose block N is full of the byte N + 1; its stores, the oldest first."""
    put = {shadows.HEADER_AT: shadows.volume_header(40 * BLOCK)}
    places = [(41 + 2 * number) * BLOCK for number in range(len(lists))]
    made = [(1_400_000_000 + number, at) for number, at in enumerate(places)]
    put[40 * BLOCK] = shadows.catalog(40 * BLOCK, made)
    put |= {at: shadows.listing(at, each) for at, each in zip(places, lists, strict=True)}
    return _held(put)


def _states(held: ContainedBytes) -> dict[int, ShadowBytes]:
    """By number; each is looked at before the next one is asked for."""
    found = {}
    for store, state in states(held, stores_of(held)):
        assert isinstance(state, ShadowBytes)
        found[store.number] = state
    return found


def _byte(held: ContainedBytes, number: int, block: int, within: int = 0) -> int:
    for store, state in states(held, stores_of(held)):
        if store.number == number:
            assert isinstance(state, ShadowBytes)
            return state.read_at(block * BLOCK + within, 1)[0] - 1
    raise AssertionError(number)


def test_an_older_copy_is_its_blocks_over_those_of_newer_ones() -> None:
    held = _copies([(BLOCK, 0, 20 * BLOCK, 0, 0)],
                   [(BLOCK, 0, 21 * BLOCK, 0, 0), (2 * BLOCK, 0, 22 * BLOCK, 0, 0)])  # fmt: skip
    assert [_byte(held, 1, block) for block in range(4)] == [0, 20, 22, 3]
    assert [_byte(held, 2, block) for block in range(4)] == [0, 21, 22, 3]


def test_a_block_that_forwards_is_looked_for_in_the_next_newer_copy() -> None:
    held = _copies([(BLOCK, 5 * BLOCK, 0, 1, 0), (6 * BLOCK, 7 * BLOCK, 0, 1, 0)],
                   [(5 * BLOCK, 0, 25 * BLOCK, 0, 0), (8 * BLOCK, 9 * BLOCK, 0, 1, 0)])  # fmt: skip
    assert _byte(held, 1, 1) == 25
    assert _byte(held, 1, 6) == 7
    assert _byte(held, 2, 8) == 9
    assert _byte(held, 2, 1) == 1


def test_what_was_forwarded_and_then_kept_is_kept_for_where_it_was_first() -> None:
    held = _copies([(BLOCK, 5 * BLOCK, 0, 1, 0), (5 * BLOCK, 0, 25 * BLOCK, 0, 0),
                    (2 * BLOCK, 3 * BLOCK, 0, 1, 0), (3 * BLOCK, 2 * BLOCK, 0, 1, 0)])  # fmt: skip
    assert _byte(held, 1, 1) == 25
    assert _byte(held, 1, 5) == 5


def test_of_an_overlay_only_the_sectors_that_it_names_are_taken() -> None:
    held = _copies([(BLOCK, 0, 20 * BLOCK, 2, 0b101), (BLOCK, 0, 30 * BLOCK, 2, 1 << 31),
                    (2 * BLOCK, 0, 22 * BLOCK, 0, 0), (2 * BLOCK, 0, 23 * BLOCK, 2, 0b10)],
                   [(BLOCK, 0, 21 * BLOCK, 0, 0), (3 * BLOCK, 0, 24 * BLOCK, 2, 1)])  # fmt: skip
    assert [_byte(held, 1, 1, 512 * sector) for sector in (0, 1, 2, 3, 31)] == [20, 21, 20, 21, 20]
    assert [_byte(held, 1, 2, 512 * sector) for sector in (0, 1, 2)] == [22, 23, 22]
    assert [_byte(held, number, 3) for number in (1, 2)] == [3, 24]
    for store, state in states(held, stores_of(held)):
        if store.number == 1:
            assert isinstance(state, ShadowBytes)
            whole = b"".join(state.read_at(at, 512) for at in range(0, 8 * BLOCK, 512))
            assert state.read_at(0, 8 * BLOCK) == whole


def test_what_is_not_used_is_passed_over() -> None:
    assert _byte(_copies([(BLOCK, 0, 20 * BLOCK, 4, 0)]), 1, 1) == 1


LIES: dict[str, Callable[[], dict[int, bytes]]] = {
    "a list that leads back": lambda: {
        41 * BLOCK: shadows.head(3, 41 * BLOCK, 43 * BLOCK),
        43 * BLOCK: shadows.head(3, 43 * BLOCK, 41 * BLOCK),
    },
    "a list beyond the end": lambda: {41 * BLOCK: shadows.head(3, 41 * BLOCK, 1 << 62)},
    "a list that is a catalog": lambda: {41 * BLOCK: shadows.head(2, 41 * BLOCK)},
    "a list of noise": lambda: {41 * BLOCK: bytes(range(256)) * 64},
}


@pytest.mark.parametrize("lie", LIES)
def test_a_list_that_lies_closes_its_copy_and_those_before_it(lie: str) -> None:
    before = {shadows.HEADER_AT: shadows.volume_header(40 * BLOCK),
              40 * BLOCK: shadows.catalog(40 * BLOCK, [(1, 45 * BLOCK), (2, 41 * BLOCK)]),
              45 * BLOCK: shadows.listing(45 * BLOCK, [])}  # fmt: skip
    held = _held(before | LIES[lie]())
    assert all(isinstance(state, ContentError) for _, state in states(held, stores_of(held)))
    with pytest.raises(ContentError, match=ODD):
        blocks_of(held, stores_of(held)[1])


@pytest.mark.parametrize("at", [1, 1 << 40, 63 * BLOCK + 1, 39 * BLOCK])
def test_a_catalog_that_is_none_is_said(at: int, tmp_path: Path, opened: Open) -> None:
    with pytest.raises(ContentError, match=ODD):
        stores_of(_held({shadows.HEADER_AT: shadows.volume_header(at)}))
    path = _made(tmp_path)
    with path.open("r+b") as disk:
        disk.seek(shadows.HEADER_AT)
        disk.write(shadows.volume_header(at))
    entries, caps, _ = _listed(opened(path))
    assert ("a/kept", "") in entries
    assert caps == [f"{CLOSED}: 1"]


def test_a_copy_whose_list_the_catalog_does_not_name_is_said(tmp_path: Path, opened: Open) -> None:
    path = _made(tmp_path)
    raw = bytearray(path.read_bytes())
    catalog = raw.find(shadows.head(2, 0)[:24])
    for entry in range(catalog + 128, catalog + 1024, 128):
        if struct.unpack_from("<Q", raw, entry)[0] == 3 and raw[entry + 16] == 1:
            struct.pack_into("<Q", raw, entry, 1)
    path.write_bytes(raw)
    entries, caps, _ = _listed(opened(path))
    assert (NEWER + "with", "") in entries
    assert caps == [f"{CLOSED}: 1"]


def test_more_copies_than_windows_keeps_are_said_one_by_one() -> None:
    held = _copies([])
    one = stores_of(held)[0]
    found = [state for _, state in states(held, [one] * (MOST_STATES + 3))]
    assert [isinstance(each, ContentError) for each in found] == [False] * MOST_STATES + [True] * 3


def test_blocks_beyond_the_end_make_no_content(tmp_path: Path, opened: Open) -> None:
    path = _made(tmp_path)
    raw = bytearray(path.read_bytes())
    listed = raw.find(shadows.head(3, 0)[:24])
    while listed >= 0:
        for at in range(listed + 128, listed + BLOCK, 32):
            if any(raw[at : at + 32]):
                struct.pack_into("<Q", raw, at + 16, 1 << 40)
        listed = raw.find(shadows.head(3, 0)[:24], listed + 1)
    path.write_bytes(raw)
    source = opened(path)
    entries, caps, _ = _listed(source)
    for each in entries.values():
        if each.path.startswith("$Snapshots") and each.size:
            assert "/" not in digest(source, each)
    assert caps == [f"{CLOSED}: 2"]


def test_no_catalog_is_no_shadow_copy() -> None:
    assert stores_of(_held({})) == []
    assert stores_of(_held({shadows.HEADER_AT: shadows.volume_header(0)})) == []
    assert stores_of(ContainedBytes(BytesContent(b""))) == []
