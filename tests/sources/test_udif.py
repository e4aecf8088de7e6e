"""dmg: what `qemu-img` makes of one is what is read; what cannot be unpacked is said."""

import random
import struct
import subprocess
from pathlib import Path

import pytest

from tests.disks import ext_volume, gpt_disk
from tests.making.dmg import CHUNK, KINDS, dmg, ended
from tests.making.stacks import MIB
from tests.sources.conftest import Open, digests, sha256
from triage.containers.recognising import recognise as kind_of
from triage.evidence import HEAD_BYTES
from triage.media.window import InMemory
from triage.members import disk_images
from triage.members.member import Opening
from triage.sources import ContentError
from triage.sources.bytes import MadeBytes
from triage.sources.udif import BY_ADC, DmgBytes

FILES = {
    f"f{n}.bin": random.Random(n).randbytes(90_000) + bytes(70_000) + b"x" * n for n in range(9)
}


class _Held(MadeBytes):
    def __init__(self, raw: bytes) -> None:
        self._raw, self.size = raw, len(raw)

    def read_at(self, offset: int, length: int) -> bytes:
        return self._raw[offset : offset + length]

    def below(self, offset: int, length: int) -> int | None:
        return offset


def _all(image: bytes) -> bytes:
    held = DmgBytes(_Held(image))
    return b"".join(held.read_at(at, MIB) for at in range(0, held.size, MIB))


@pytest.fixture(scope="module")
def disk(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    folder = tmp_path_factory.mktemp("disk")
    ext_volume(folder / "ext", 8 * MIB, FILES)
    gpt_disk(folder / "disk", [folder / "ext"])
    return (folder / "disk").read_bytes()


@pytest.mark.parametrize(
    "kinds", [("zlib",), ("bzip2",), ("lzma",), ("lzfse",), ("zlib", "raw", "bzip2", "lzma")]
)
def test_a_disk_packed_in_any_way_is_the_disk(disk: bytes, kinds: tuple[str, ...]) -> None:
    assert _all(dmg(disk, *kinds, tables=3)) == disk


@pytest.mark.parametrize("kinds", [("zlib",), ("zlib", "raw")])
def test_qemu_img_reads_the_same(disk: bytes, kinds: tuple[str, ...], tmp_path: Path) -> None:
    """The image is made here, and so its form is held against another reader."""
    (tmp_path / "disk.dmg").write_bytes(dmg(disk, *kinds, tables=2))
    command = ["qemu-img", "convert", "-f", "dmg", "-O", "raw", "disk.dmg", "raw"]
    subprocess.run(command, check=True, cwd=tmp_path, capture_output=True)
    assert (tmp_path / "raw").read_bytes() == disk


def test_its_files_are_found_as_on_the_disk(disk: bytes, tmp_path: Path, opened: Open) -> None:
    (tmp_path / "disk.dmg").write_bytes(dmg(disk, "zlib", "lzfse"))
    source = opened(tmp_path / "disk.dmg")
    assert (source.volumes[0].state, source.volumes[0].file_system) == ("container", "dmg")
    found = {path: sha for (path, _), sha in digests(source).items() if path in FILES}
    assert found == {path: sha256(content) for path, content in FILES.items()}


def test_one_that_lies_about_as_a_file_is_looked_into(disk: bytes) -> None:
    image = dmg(disk, "zlib")
    held = kind_of(image[:HEAD_BYTES], len(image), "a.dmg", InMemory(image).read_at)
    assert held is not None
    opening = Opening(kind=held.kind, left_closed=lambda: None)
    members = {
        member.name.partition("/")[2]: b"".join(member.chunks())
        for member in disk_images.members(InMemory(image), opening)
    }
    assert members == FILES


def test_where_plain_chunks_lie_is_told_and_where_packed_ones_lie_is_not(disk: bytes) -> None:
    held = DmgBytes(_Held(dmg(disk, "raw", "zlib")))
    assert held.below(512, 1024) == 512
    assert held.below(CHUNK - 512, 1024) is None
    assert held.below(2 * CHUNK - 512, 512) is None


def test_a_chunk_that_cannot_be_unpacked_is_said_and_the_others_are_read() -> None:
    plain = random.Random(1).randbytes(2 * CHUNK)
    held = DmgBytes(_Held(dmg(plain, "zlib", "adc")))
    assert held.read_at(0, CHUNK) == plain[:CHUNK]
    with pytest.raises(ContentError) as caught:
        held.read_at(CHUNK, 512)
    assert caught.value.reason == BY_ADC


ROW = (KINDS["zlib"], 0, 512, 0, 100)


@pytest.mark.parametrize(
    ("rows", "sectors"),
    [
        ([ROW], 512),
        ([(KINDS["raw"], 0, 512, 0, 100)], 512),
        ([(KINDS["raw"], 0, 512, 1 << 60, CHUNK)], 512),
        ([(KINDS["zlib"], 0, 1 << 50, 0, 100)], 1 << 50),
        ([(KINDS["zlib"], 0, 512, 0, 1 << 60)], 512),
        ([(KINDS["lzma"], 0, 512, 0, 100)], 512),
        ([(KINDS["lzfse"], 0, 512, 0, 100)], 512),
        ([(KINDS["bzip2"], 0, 512, 0, 100)], 512),
        ([ROW, ROW, (KINDS["raw"], 0, 1 << 54, 0, 512)], 512),
    ],
)
def test_what_a_list_says_that_cannot_be_is_an_error_of_that_chunk(
    rows: list[tuple[int, int, int, int, int]], sectors: int
) -> None:
    held = DmgBytes(_Held(ended(b"\xff" * 600, [rows], sectors)))
    with pytest.raises(ContentError):
        held.read_at(0, CHUNK)


def test_a_list_without_chunks_or_of_an_unknown_kind_is_refused() -> None:
    for rows in ([(0xFFFFFFFF, 0, 8, 0, 0)], [(0x80000009, 0, 8, 0, 100)]):
        with pytest.raises(ContentError):
            DmgBytes(_Held(ended(bytes(600), [rows], 8)))
    broken = bytearray(dmg(b"x" * CHUNK, "raw"))
    struct.pack_into(">QQ", broken, len(broken) - 512 + 216, 1 << 60, 1000)
    with pytest.raises(ContentError):
        DmgBytes(_Held(bytes(broken)))


def test_more_zeros_than_there_is_room_for_come_piece_by_piece() -> None:
    held = DmgBytes(_Held(ended(b"", [[(0, 0, 1 << 40, 0, 0)]], 1 << 40)))
    assert held.size == 1 << 49
    assert held.read_at(1 << 48, MIB) == bytes(MIB)


def test_a_disk_that_only_ends_as_a_dmg_does_hides_nothing(
    disk: bytes, tmp_path: Path, opened: Open
) -> None:
    other = dmg(b"x" * CHUNK, "zlib")
    (tmp_path / "disk").write_bytes(disk + other)
    found = {path for (path, _) in digests(opened(tmp_path / "disk"))}
    assert set(FILES) <= found
