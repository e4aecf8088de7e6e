"""Images of disks that lie about as files are read as a device is: their files are members."""

import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.disks import ext_volume, fat_volume, gpt_disk, ntfs_volume
from triage.bundle.rendering.by_hand import by_hand
from triage.containers.recognising import recognise
from triage.evidence import HEAD_BYTES
from triage.findings import Match
from triage.match_kinds import MatchKind
from triage.media.window import InMemory
from triage.members import disk_images
from triage.members.member import DamagedError, LockedError, Opening
from triage.sources import ContentError

JPEG = b"\xff\xd8\xff\xe0" + bytes(range(256)) * 300
FILES = {"Windows/a.dll": b"dll" * 900, "Users/x/a.jpg": JPEG, "readme.txt": b"words " * 300}
FORMATS = {"qcow2": "qcow2", "vmdk": "vmdk", "vdi": "vdi", "vhdx": "vhdx", "vpc": "vhd"}
SECTORS = (2048, 45056)


@pytest.fixture(scope="module")
def disk(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two partitions with the same files."""
    folder = tmp_path_factory.mktemp("disk")
    ntfs_volume(folder / "first", 20 << 20, FILES)
    ext_volume(folder / "second", 8 << 20, FILES)
    gpt_disk(folder / "disk.img", [folder / "first", folder / "second"])
    return folder / "disk.img"


def _members(content: bytes, kind: str = "disk image") -> tuple[dict[str, bytes], int, bool]:
    """What came out, how many volumes were left closed, and whether all of it held together."""
    found: dict[str, bytes] = {}
    left: list[None] = []
    opening = Opening(kind=kind, left_closed=lambda: left.append(None))
    try:
        for member in disk_images.members(InMemory(content), opening):
            found[member.name] = b"".join(member.chunks())
    except DamagedError:
        return found, len(left), False
    return found, len(left), True


def _of_both() -> dict[str, bytes]:
    return {f"sector {sector}/{path}": held for sector in SECTORS for path, held in FILES.items()}


def test_the_files_of_every_partition_come_out_pictures_first(disk: Path) -> None:
    found, left, whole = _members(disk.read_bytes())
    assert found == _of_both()
    assert (left, whole) == (0, True)
    names = [name for name in found if name.startswith("sector 2048/")]
    assert [name.partition("/")[2] for name in names] == [
        "Users/x/a.jpg", "readme.txt", "Windows/a.dll",
    ]  # fmt: skip


@pytest.mark.parametrize("form", FORMATS)
def test_a_virtual_machines_disk_has_the_same_files(disk: Path, tmp_path: Path, form: str) -> None:
    path = tmp_path / "disk"
    subprocess.run(["qemu-img", "convert", "-O", form, disk, path], check=True)
    content = path.read_bytes()
    held = recognise(content[:HEAD_BYTES], len(content), "x", InMemory(content).read_at)
    assert held is not None
    assert held.kind == FORMATS[form]
    assert _members(content, held.kind) == (_of_both(), 0, True)


def test_a_volume_alone_needs_no_place(tmp_path: Path) -> None:
    fat_volume(tmp_path / "stick", 40 << 20, FILES)
    assert _members((tmp_path / "stick").read_bytes())[0] == FILES


def test_a_partition_that_nobody_reads_is_left_closed_and_a_broken_one_is_damage(
    disk: Path,
) -> None:
    content = bytearray(disk.read_bytes())
    at = SECTORS[1] * 512
    content[at : at + 4096] = (bytes(3) + b"ReFS").ljust(4096, b"\x01")
    found, left, whole = _members(bytes(content))
    assert set(found) == {f"sector 2048/{path}" for path in FILES}
    assert (left, whole) == (1, True)
    content = bytearray(disk.read_bytes())
    table = content.index(b"FILE0", SECTORS[0] * 512)
    content[table : table + 16384] = bytes(16384)
    found, left, whole = _members(bytes(content))
    assert found.keys() >= {f"sector {SECTORS[1]}/{path}" for path in FILES}
    assert (left, whole) == (0, False)


def test_half_an_image_gives_what_is_there_and_is_damage(disk: Path) -> None:
    content = disk.read_bytes()
    found, _, whole = _members(content[: SECTORS[1] * 512 + 4096])
    assert {f"sector 2048/{path}": held for path, held in FILES.items()}.items() <= found.items()
    assert not whole


def test_an_encrypted_disk_is_locked() -> None:
    bitlocker = bytearray(1 << 20)
    bitlocker[3:11], bitlocker[510:512] = b"-FVE-FS-", b"\x55\xaa"
    with pytest.raises(LockedError):
        next(disk_images.members(InMemory(bytes(bitlocker)), Opening(kind="disk image")))


class _Failing:
    """A file on a dying disk: from some place on it cannot be read."""

    def __init__(self, content: bytes, until: int) -> None:
        self._content, self._until = content, until
        self.size = len(content)

    def read_at(self, offset: int, length: int) -> bytes:
        """Raises ContentError."""
        if offset + length > self._until:
            raise ContentError("bad sectors")
        return self._content[offset : offset + length]


def test_what_cannot_be_read_of_the_image_is_said_as_that(disk: Path) -> None:
    failing = _Failing(disk.read_bytes(), SECTORS[1] * 512 + (1 << 20))
    with pytest.raises(ContentError, match="bad sectors"):
        _drain(disk_images.members(failing, Opening(kind="disk image")))


def _drain(members: Iterator[object]) -> None:
    for _ in members:
        pass


def test_time_that_is_up_ends_it(disk: Path) -> None:
    opening = Opening(kind="disk image", goes_on=lambda: False)
    assert list(disk_images.members(InMemory(disk.read_bytes()), opening)) == []


@pytest.mark.skipif(not shutil.which("fcat"), reason="The Sleuth Kit is not installed")
@pytest.mark.parametrize(("form", "kind"), [("raw", "disk image"), ("vmdk", "vmdk")])
def test_stock_tools_take_out_the_same_as_the_report_says(
    disk: Path, tmp_path: Path, form: str, kind: str
) -> None:
    subprocess.run(["qemu-img", "convert", "-O", form, disk, tmp_path / "a disk"], check=True)
    for sector in SECTORS:
        told = {"member": f"sector {sector}/Users/x/a.jpg", "part": f"{kind} member"}
        match = Match(detector="h", kind=MatchKind.HASH_SET, reason="r", provenance=told)
        (command,) = by_hand(match, "x/a disk", kind)
        subprocess.run(["sh", "-c", command], check=True, cwd=tmp_path)
        assert (tmp_path / "a.jpg").read_bytes() == JPEG
