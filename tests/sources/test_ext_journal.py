"""A journal that was not replayed is laid over the volume: as e2fsck would have it, in memory."""

import hashlib
import random
import shutil
import struct
import subprocess
from pathlib import Path

import pytest

from tests.endings.rows.images import IMAGES, unpacked
from tests.making.stacks import MIB, run
from tests.sources.conftest import Open, digests, sha256
from triage.sources import Source

OLD = b"the letter as it was\n".ljust(4096, b".")
NEW = b"the letter as it is now\n".ljust(4096, b".")
LIKE_A_JOURNAL = struct.pack(">I", 0xC03B3998).ljust(4096, b"x")


def _made(path: Path, kind: str = "ext4", *options: str) -> None:
    """A volume with two files of a block each, by stock tools without root."""
    with path.open("wb") as file:
        file.truncate(32 * MIB)
    run(f"mkfs.{kind}", "-q", "-b", "4096", *options, path)
    (path.parent / "old").write_bytes(OLD)
    for name in ("a", "b"):
        run("debugfs", "-w", "-R", f"write {path.parent / 'old'} {name}", path)


def _blocks(path: Path, name: str) -> list[int]:
    told = subprocess.run(
        ["/sbin/debugfs", "-R", f"blocks {name}", path], capture_output=True, check=True, text=True
    )
    return [int(each) for each in told.stdout.split()]


def _block(path: Path, name: str) -> int:
    return _blocks(path, name)[0]


def _logged(path: Path, *commands: str) -> None:
    """What debugfs writes into the journal, which stays there."""
    script = path.with_name("commands")
    script.write_text("\n".join(commands) + "\n")
    run("debugfs", "-w", "-f", script, path)


def _replayed(path: Path) -> dict[str, bytes]:
    """By e2fsck on a copy."""
    copy = path.with_name("copy")
    shutil.copyfile(path, copy)
    program = shutil.which("e2fsck", path="/sbin:/usr/sbin:/usr/bin") or "e2fsck"
    subprocess.run([program, "-fy", copy], check=False, capture_output=True)
    found = {}
    for name in ("a", "b"):
        run("debugfs", "-R", f"dump {name} {path.with_name('dumped')}", copy)
        found[name] = path.with_name("dumped").read_bytes()
    return found


def _read(source: Source) -> dict[str, str]:
    return {path: sha for (path, _), sha in digests(source).items() if path in ("a", "b")}


def test_what_was_written_last_before_the_power_was_cut_is_read(
    tmp_path: Path, opened: Open
) -> None:
    image = unpacked(tmp_path, "ext4-power-cut")
    before = sha256(image.read_bytes())
    source = opened(image)
    outer, inner = source.volumes
    assert (outer.state, inner.state, inner.layer) == ("container", "readable", "journal")
    assert "journal" in outer.reason
    assert inner.unread == ()
    truth = {line[:32] for line in (IMAGES / "ext4-power-cut.truth.md5").read_text().splitlines()}
    found = {
        hashlib.md5(source.content(entry).read_at(0, entry.size), usedforsecurity=False).hexdigest()
        for entry in source.walk(inner)
        if entry.runs
    }
    assert truth <= found
    assert sha256(image.read_bytes()) == before


@pytest.mark.parametrize("kind", ["ext4", "ext3"])
@pytest.mark.parametrize("sums", ["", "-c"])
def test_a_journal_is_read_as_e2fsck_replays_it(
    kind: str, sums: str, tmp_path: Path, opened: Open
) -> None:
    """Blocks and lists of blocks, with checksums and without; what looks like a journal itself."""
    path = tmp_path / "disk"
    _made(path, kind, "-O", "64bit" if kind == "ext4" else "^64bit")
    (tmp_path / "new").write_bytes(NEW)
    (tmp_path / "like").write_bytes(LIKE_A_JOURNAL)
    _logged(
        path, f"jo {sums}".strip(), f"jw -b {_block(path, 'a')} {tmp_path / 'new'}",
        f"jw -b {_block(path, 'b')} {tmp_path / 'like'}", "jc",
    )  # fmt: skip
    told = _replayed(path)
    assert told == {"a": NEW, "b": LIKE_A_JOURNAL}
    assert _read(opened(path)) == {name: sha256(content) for name, content in told.items()}


def test_a_block_that_was_revoked_is_left_as_it_is(tmp_path: Path, opened: Open) -> None:
    path = tmp_path / "disk"
    _made(path)
    (tmp_path / "new").write_bytes(NEW)
    a, b = _block(path, "a"), _block(path, "b")
    _logged(
        path, "jo", f"jw -b {a} {tmp_path / 'new'}", f"jw -b {b} {tmp_path / 'new'}", f"jw -r {a}",
        "jc",
    )  # fmt: skip
    told = _replayed(path)
    assert told == {"a": OLD, "b": NEW}
    assert _read(opened(path)) == {name: sha256(content) for name, content in told.items()}


def _journal_at(path: Path) -> int:
    raw = path.read_bytes()
    return next(
        at
        for at in range(0, len(raw), 4096)
        if raw[at : at + 8] == bytes.fromhex("c03b399800000004")
    )


@pytest.mark.parametrize(
    "damage",
    {
        "no superblock": (0, b"\0" * 12),
        "of another block size": (12, struct.pack(">I", 1024)),
        "it begins behind its end": (28, struct.pack(">I", 1 << 30)),
        "nothing is in it": (28, struct.pack(">I", 0)),
    }.items(),
    ids=lambda each: each[0],
)
def test_a_journal_that_is_not_understood_leaves_the_volume_as_it_is(
    damage: tuple[str, tuple[int, bytes]], tmp_path: Path, opened: Open
) -> None:
    path = tmp_path / "disk"
    _made(path)
    (tmp_path / "new").write_bytes(NEW)
    _logged(path, "jo", f"jw -b {_block(path, 'a')} {tmp_path / 'new'}", "jc")
    at, data = damage[1]
    image = bytearray(path.read_bytes())
    image[_journal_at(path) + at :][: len(data)] = data
    place = _journal_at(path) + at
    image[place : place + len(data)] = data
    path.write_bytes(image)
    source = opened(path)
    (volume,) = source.volumes
    assert volume.state == "readable"
    assert any("journal was not replayed" in words for words in volume.unread)
    assert _read(source)["a"] == sha256(OLD)


@pytest.mark.parametrize("seed", range(8))
def test_a_journal_of_nonsense_stops_nothing(seed: int, tmp_path: Path, opened: Open) -> None:
    path = tmp_path / "disk"
    _made(path)
    (tmp_path / "new").write_bytes(NEW)
    _logged(path, "jo", f"jw -b {_block(path, 'a')} {tmp_path / 'new'}", "jc")
    image = bytearray(path.read_bytes())
    chance, at = random.Random(seed), _journal_at(path)
    for _ in range(60):
        image[at + chance.randrange(12, 3 * 4096)] = chance.randrange(256)
    path.write_bytes(image)
    source = opened(path)
    assert any(volume.state == "readable" for volume in source.volumes)
    assert set(_read(source)) == {"a", "b"}


@pytest.mark.parametrize(
    ("after", "said"), [(1, True), (0, False), (2, False)], ids=["next", "old", "of another"]
)
def test_fast_commits_behind_the_last_transaction_are_said(
    after: int, *, said: bool, tmp_path: Path, opened: Open
) -> None:
    """As Linux 6.18 writes them: at the journal's end, of the transaction that is next."""
    path = tmp_path / "disk"
    _made(path)
    (tmp_path / "new").write_bytes(NEW)
    _logged(path, "jo", f"jw -b {_block(path, 'a')} {tmp_path / 'new'}", "jc")
    at, fast = _journal_at(path), _blocks(path, "<8>")[1 - 64]
    with path.open("r+b") as disk:
        disk.seek(at)
        head = bytearray(disk.read(1024))
        sequence = struct.unpack_from(">I", head, 24)[0]
        struct.pack_into(">I", head, 40, struct.unpack_from(">I", head, 40)[0] | 0x20)
        struct.pack_into(">I", head, 84, 64)
        disk.seek(at)
        disk.write(head)
        disk.seek(fast * 4096)
        disk.write(struct.pack("<HHII", 9, 8, 0, sequence + after))
    source = opened(path)
    outer, inner = source.volumes
    assert inner.layer == "journal"
    assert [("fast commits" in each) for each in outer.unread] == [True] * said
    assert _read(source)["a"] == sha256(NEW)
