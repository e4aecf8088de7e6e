"""What an entry's bytes are not: encrypted, in the cloud, in a store; and what only looks so."""

import shutil
import struct
from collections.abc import Callable
from pathlib import Path

import msgspec
import pytest

from tests import disks
from tests.endings.rows.images import unpacked
from tests.endings.situations import Asked, Situation, asked
from tests.endings.told import scan
from tests.making import ntfs
from tests.sources.conftest import Open, digest, sha256
from triage import profile as profiles
from triage.ending import Reason
from triage.evidence import FileEntry, Hindrance, Storage
from triage.findings import Outcome
from triage.plan.tiers import Planner
from triage.profile import Family
from triage.sources import Source
from triage.sources.reader import NOT_OPENED

CLOUD, DEDUP, WOF, UNHEARD_OF = 0x9000701A, 0x80000013, 0x80000017, 0x80000099
CONTENT = bytes(range(256)) * 800
HOLE = 1 << 20


def _entries(source: Source) -> dict[tuple[str, str], FileEntry]:
    return {(e.path, e.stream): e for v in source.volumes for e in source.walk(v)}


def _outcome(entry: FileEntry) -> tuple[Outcome | None, str]:
    profile = profiles.load("standard")
    placement = Planner(profile).place(entry)
    return placement.outcome, placement.reason


def test_efs_cloud_and_deduplicated_files_have_outcomes_of_their_own(
    tmp_path: Path, opened: Open
) -> None:
    source = opened(unpacked(tmp_path, "ntfs-reparse"))
    told = {path: _outcome(e) for (path, stream), e in _entries(source).items() if not stream}
    assert told["efs.bmp"] == (Outcome.ENCRYPTED, "encrypted by Windows (EFS)")
    assert told["onedrive.bmp"][0] is Outcome.ELSEWHERE
    assert "cloud" in told["onedrive.bmp"][1]
    assert told["dedup.bmp"][0] is Outcome.ELSEWHERE
    assert "deduplicated" in told["dedup.bmp"][1]
    assert told["appexec.bmp"][0] is Outcome.ELSEWHERE
    assert told["plain.bmp"][0] is told["onedrive_hydrated.jpg"][0] is None


def test_a_folder_that_linux_encrypted_is_told_from_its_neighbours(
    tmp_path: Path, opened: Open
) -> None:
    found = _entries(opened(unpacked(tmp_path, "ext4-fscrypt")))
    told = {path: _outcome(entry) for (path, _), entry in found.items()}
    inside = [said for path, said in told.items() if path.startswith("vault/")]
    assert len(inside) == 4
    assert set(inside) == {(Outcome.ENCRYPTED, "encrypted by Linux (fscrypt), and so is its name")}
    assert told["plain.jpg"][0] is None


def _with_points(path: Path, points: dict[str, int]) -> None:
    """A volume of sparse files, each with a reparse point: only a hole, or a hole and content."""
    ntfs.make(path, 24 << 20, label="")
    with ntfs.filling(path) as volume:
        for name, tag in points.items():
            if name.startswith("whole"):
                volume.file(f"/{name}", CONTENT)
            elif name.startswith("part"):
                volume.file(f"/{name}", CONTENT, hole=HOLE)
            else:
                volume.file(f"/{name}", b"x", hole=HOLE)
            if tag:
                volume.reparse(f"/{name}", tag)


def test_a_cloud_file_of_which_a_part_is_here_is_looked_at_and_said_to_be_one(
    tmp_path: Path, opened: Open
) -> None:
    points = {"part cloud": CLOUD, "part dedup": DEDUP, "part odd": UNHEARD_OF, "part plain": 0,
              "whole cloud": CLOUD, "whole dedup": DEDUP}  # fmt: skip
    _with_points(tmp_path / "disk", points)
    source = opened(tmp_path / "disk")
    entries = _entries(source)
    told = {name: entries[name, ""].hindrance for name in points}
    assert told == {
        "part cloud": Hindrance.PARTLY,
        "part dedup": Hindrance.PARTLY,
        "part odd": Hindrance.NONE,
        "part plain": Hindrance.NONE,
        "whole cloud": Hindrance.NONE,
        "whole dedup": Hindrance.NONE,
    }
    assert all(_outcome(entries[name, ""])[0] is None for name in points)
    assert digest(source, entries["whole cloud", ""]) == sha256(CONTENT)


def test_a_part_of_a_file_has_no_digest_and_is_not_called_examined(
    tmp_path: Path, digests_only: Path
) -> None:
    """Zeros stand for what is not here: their digest would be another file's."""

    def make(folder: Path) -> Asked:
        _with_points(folder / "disk", {"part cloud": CLOUD, "whole cloud": CLOUD})
        (folder / "set.md5").write_text("d41d8cd98f00b204e9800998ecf8427f\n")
        return Asked(sources=[folder / "disk"], sets=[folder / "set.md5"],
                     profile=digests_only.read_text())  # fmt: skip

    told = scan(Situation(name="", make=make, reasons=frozenset()), tmp_path)
    assert told.exit_code == 3
    (unseen,) = told.sealed.ending.mattering
    assert (unseen.reason, unseen.count) == (Reason.ENTRY_ELSEWHERE, 1)
    lines = (Path(told.sealed.bundle) / "entries.jsonl").read_text().splitlines()
    (partly,) = [line for line in lines if '"part cloud"' in line]
    assert "only a part of its content" in partly
    assert "digests" not in partly


def test_a_document_of_which_a_part_is_here_is_counted_as_that_and_ends_no_worker(
    tmp_path: Path,
) -> None:
    """A container that is not all here is not said to be one that nobody opened."""

    def make(folder: Path) -> Asked:
        ntfs.make(folder / "disk", 24 << 20, label="")
        with ntfs.filling(folder / "disk") as volume:
            volume.file("/part.pdf", b"%PDF-1.7\n" + b"1 0 obj\n" * 3000)
            volume.append("/part.pdf", b"trailer", at=HOLE)
            volume.reparse("/part.pdf", CLOUD)
        return asked(folder, folder / "disk")

    told = scan(Situation(name="", make=make, reasons=frozenset()), tmp_path)
    assert {each.reason for each in told.sealed.ending.mattering} == {Reason.ENTRY_ELSEWHERE}
    assert told.document.coverage.volumes["d0v1"].containers == {}


@pytest.mark.parametrize("tag", [CLOUD, DEDUP, WOF, UNHEARD_OF, 0])
def test_what_is_only_holes_is_elsewhere_if_a_reparse_point_says_where(
    tag: int, tmp_path: Path, opened: Open
) -> None:
    """The content is cut away by hand: ntfs-3g makes no file that is only a hole."""
    _with_points(tmp_path / "disk", {"hole": tag})
    _only_a_hole(tmp_path / "disk", HOLE + 1)
    entry = _entries(opened(tmp_path / "disk"))["hole", ""]
    expected = {CLOUD: Hindrance.CLOUD, DEDUP: Hindrance.DEDUPLICATED, WOF: Hindrance.ARCHIVED,
                UNHEARD_OF: Hindrance.ELSEWHERE, 0: Hindrance.NONE}  # fmt: skip
    assert entry.hindrance is expected[tag]
    assert _outcome(entry)[0] is (Outcome.ELSEWHERE if tag else None)


def _only_a_hole(path: Path, size: int) -> None:
    """Make the last run of the stream of that size a hole: its head loses the address."""
    raw = bytearray(path.read_bytes())
    for at, real in disks.ntfs_data_attributes(raw):
        if real != size:
            continue
        runs = at + struct.unpack_from("<H", raw, at + 32)[0]
        first = 1 + (raw[runs] & 15) + (raw[runs] >> 4)
        last = runs + first
        of_length = raw[last] & 15
        length = bytes(raw[last + 1 : last + 1 + of_length])
        raw[last] = of_length
        raw[last + 1 : last + 1 + of_length] = length
        raw[last + 1 + of_length] = 0
    path.write_bytes(raw)


def _patched(folder: Path, change: Callable[[bytearray, int], None]) -> Path:
    """ntfs-reparse with its reparse points changed: `change(raw, where their attributes begin)`."""
    path = unpacked(folder, "ntfs-reparse")
    raw = bytearray(path.read_bytes())
    for record in range(0, len(raw), 1024):
        if raw[record : record + 4] != b"FILE":
            continue
        at = record + struct.unpack_from("<H", raw, record + 20)[0]
        while at < record + 1000 and raw[at : at + 4] != b"\xff\xff\xff\xff":
            kind, length = struct.unpack_from("<II", raw, at)
            if kind == 192:
                change(raw, at)
            at += max(8, length)
    path.write_bytes(raw)
    return path


@pytest.mark.parametrize("length", [0, 1, 3, 500, 0x7FFFFFFF, 0xFFFFFFFF])
def test_a_reparse_point_of_absurd_length_stops_nothing_and_hides_no_content(
    length: int, tmp_path: Path, opened: Open
) -> None:
    def change(raw: bytearray, at: int) -> None:
        struct.pack_into("<I", raw, at + 16, length)

    (tmp_path / "before").mkdir()
    whole = opened(unpacked(tmp_path / "before", "ntfs-reparse"))
    source = opened(_patched(tmp_path, change))
    before, entries = _entries(whole), _entries(source)
    for name in ("plain.bmp", "onedrive_hydrated.jpg"):
        assert digest(source, entries[name, ""]) == digest(whole, before[name, ""])
    for name in ("onedrive.bmp", "dedup.bmp", "appexec.bmp"):
        entry = entries[name, ""]
        if _outcome(entry)[0] is None:  # The Sleuth Kit gives no such point
            assert digest(source, entry) in (sha256(bytes(entry.size)), NOT_OPENED)


def test_a_reparse_point_that_is_no_stream_is_not_listed_as_one(
    tmp_path: Path, opened: Open
) -> None:
    _with_points(tmp_path / "disk", {"whole": CLOUD})
    raw = bytearray((tmp_path / "disk").read_bytes())
    for at, size in disks.ntfs_data_attributes(raw):
        if size == len(CONTENT):
            struct.pack_into("<I", raw, at, 0x90)  # its only stream is called something else
    (tmp_path / "disk").write_bytes(raw)
    assert not [key for key in _entries(opened(tmp_path / "disk")) if "REPARSE" in key[1]]


def test_an_encrypted_alternate_stream_is_encrypted_and_its_file_is_not(
    tmp_path: Path, opened: Open
) -> None:
    stream = CONTENT[:5000]
    disks.ntfs_volume(tmp_path / "disk", 16 << 20, {"a.bin": CONTENT},
                      streams={("a.bin", "more"): stream})  # fmt: skip
    raw = bytearray((tmp_path / "disk").read_bytes())
    for at, size in disks.ntfs_data_attributes(raw):
        if size == len(stream):
            raw[at + 13] |= 0x40
    (tmp_path / "disk").write_bytes(raw)
    found = _entries(opened(tmp_path / "disk"))
    assert found["a.bin", ""].hindrance is Hindrance.NONE
    assert found["a.bin", "more"].hindrance is Hindrance.EFS


def test_a_name_that_is_ciphertext_excludes_nothing() -> None:
    """A profile that asks for pictures by their names leaves out films, and not what only
    seems to be one."""
    usual = profiles.load("standard")
    profile = msgspec.structs.replace(
        usual, look_at=msgspec.structs.replace(usual.look_at, content=(Family.PICTURES,))
    )
    entry = FileEntry(id=0, volume_id="d0v1", path="vault/\x8a7.mp4", size=50_000,
                      storage=Storage.FILE_SYSTEM)  # fmt: skip
    for hindrance, outcome in (
        (Hindrance.NONE, Outcome.EXCLUDED),
        (Hindrance.FSCRYPT, Outcome.ENCRYPTED),
        (Hindrance.EFS, Outcome.EXCLUDED),
    ):
        hindered = msgspec.structs.replace(entry, hindrance=hindrance)
        assert Planner(profile).place(hindered).outcome is outcome


@pytest.mark.parametrize(
    ("at", "value"),
    [
        (40, b"\0\0\0\0"),
        (40, b"\1\0\0\0"),
        (88, b"\0\0"),
        (88, b"\xff\xff"),
        (254, b"\0\0"),
        (254, b"\xff\xff"),
        (24, b"\x07\0\0\0"),
    ],
)
def test_an_absurd_superblock_beside_fscrypt_stops_nothing(
    at: int, value: bytes, tmp_path: Path, opened: Open
) -> None:
    path = unpacked(tmp_path, "ext4-fscrypt")
    with path.open("r+b") as disk:
        disk.seek(1024 + at)
        disk.write(value)
    for volume in (source := opened(path)).volumes:
        if volume.state == "readable":
            list(source.walk(volume))


def test_a_feature_alone_encrypts_nothing(tmp_path: Path, opened: Open) -> None:
    disks.ext_volume(tmp_path / "disk", 16 << 20, {"a.bin": CONTENT})
    with (tmp_path / "disk").open("r+b") as disk:
        disk.seek(1024 + 98)
        disk.write(b"\x01")  # ENCRYPT, of incompatible features
    source = opened(tmp_path / "disk")
    entry = _entries(source)["a.bin", ""]
    assert entry.hindrance is Hindrance.NONE
    assert digest(source, entry) == sha256(CONTENT)


def test_a_record_that_windows_keeps_empty_hides_no_file(tmp_path: Path, opened: Open) -> None:
    """Record 20 is the file system's own only as long as nothing is in it."""
    disks.ntfs_volume(tmp_path / "disk", 16 << 20, {"a.bin": CONTENT})
    path = tmp_path / "disk"
    raw = bytearray(path.read_bytes())
    table = next(at for at in range(0, len(raw), 1024) if raw[at : at + 4] == b"FILE")
    where = _record_of(raw, table, len(CONTENT))
    moved = table + 20 * 1024
    raw[moved : moved + 1024] = raw[where : where + 1024]
    struct.pack_into("<I", raw, moved + 44, 20)
    sequence = struct.unpack_from("<H", raw, where + 16)[0]
    raw[where : where + 1024] = bytes(1024)
    _point_index_at(raw, (where - table) // 1024, 20, sequence)
    path.write_bytes(raw)
    source = opened(path)
    found = [e for (name, _), e in _entries(source).items() if name == "a.bin"]
    assert [e.meta_address for e in found] == [20]
    assert found[0].storage is not Storage.NONE
    assert digest(source, found[0]) == sha256(CONTENT)


def _record_of(raw: bytearray, table: int, size: int) -> int:
    (at,) = [at for at, real in disks.ntfs_data_attributes(raw) if real == size]
    return table + (at - table) // 1024 * 1024


def _point_index_at(raw: bytearray, record: int, other: int, sequence: int) -> None:
    """In index entries (which begin with a file reference) put another record's number."""
    old = struct.pack("<IHH", record, 0, sequence)
    new = struct.pack("<IHH", other, 0, sequence)
    at = raw.find(old)
    while at >= 0:
        raw[at : at + 8] = new
        at = raw.find(old, at + 1)


def test_what_is_in_the_folder_of_deleted_files_is_a_file(tmp_path: Path, opened: Open) -> None:
    source = opened(unpacked(tmp_path, "ntfs-extend-deleted"))
    entries = _entries(source)
    (deleted,) = [e for (path, _), e in entries.items() if path.startswith("$Extend/$Deleted/")]
    assert deleted.size
    assert _outcome(deleted)[0] is None
    assert _outcome(entries["$Extend/$Reparse", ""])[0] is Outcome.NO_CONTENT


def test_names_of_encrypted_and_distant_files_are_held_against_the_labs_list(
    tmp_path: Path,
) -> None:
    def make(folder: Path) -> Asked:
        (folder / "words.txt").write_text("efs\nonedrive\n")
        profile = (
            "name: n\ndescription: n\ndetectors:\n  - {use: hash_set}\n"
            f"  - {{use: names, lists: [{folder / 'words.txt'}]}}\n"
        )
        shutil.copyfile(unpacked(folder, "ntfs-reparse"), folder / "disk")
        (folder / "set.md5").write_text("d41d8cd98f00b204e9800998ecf8427f\n")
        return Asked(sources=[folder / "disk"], sets=[folder / "set.md5"], profile=profile)

    told = scan(Situation(name="", make=make, reasons=frozenset()), tmp_path)
    found = {finding.entry.path: finding.entry.hindrance for finding in told.document.findings}
    assert found["efs.bmp"] is Hindrance.EFS
    assert found["onedrive.bmp"] is Hindrance.CLOUD
    assert Reason.ENTRY_ENCRYPTED in {each.reason for each in told.sealed.ending.mattering}
