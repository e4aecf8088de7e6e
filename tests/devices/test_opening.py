"""Evidence is opened for reading only, and only if it is still what it was."""

import fcntl
import os
import subprocess
import sys
from functools import partial
from pathlib import Path

import pytest

from tests import disks
from tests.unprivileged import public_folder, unprivileged
from triage.devices.attached import identify, list_devices, marked
from triage.devices.opening import open_read_only, sizes_of
from triage.errors import SourceError
from triage.evidence import Device, SourceKind
from triage.sources import Reader, Source


@pytest.fixture
def image(tmp_path: Path) -> Path:
    disks.ext_volume(tmp_path / "image.dd", 4 << 20, {"f": b"content"})
    return tmp_path / "image.dd"


def test_descriptors_cannot_write_and_are_not_inherited_by_chance(image: Path) -> None:
    fds = open_read_only(identify(image, "d0"))
    for fd in fds:
        assert fcntl.fcntl(fd, fcntl.F_GETFL) & os.O_ACCMODE == os.O_RDONLY
        assert not os.get_inheritable(fd)
        with pytest.raises(OSError, match="Bad file descriptor"):
            os.pwrite(fd, b"x", 0)
        os.close(fd)


def test_an_image_is_not_changed_by_looking_at_it(image: Path) -> None:
    before = (image.read_bytes(), image.stat().st_mtime_ns)
    device = identify(image, "d0")
    fds = open_read_only(device)
    source = Source(device, fds)
    for volume in source.volumes:
        list(source.walk(volume))
    os.close(fds[0])
    assert (image.read_bytes(), image.stat().st_mtime_ns) == before


def test_an_image_that_changed_its_size_is_refused(image: Path) -> None:
    device = identify(image, "d0")
    with image.open("ab") as file:
        file.write(b"more")
    with pytest.raises(SourceError, match="bytes now"):
        open_read_only(device)


def test_an_image_exchanged_for_something_else_is_refused(image: Path, tmp_path: Path) -> None:
    """The hostile case: between listing and opening, the name comes to mean something else."""
    device = identify(image, "d0")
    other = tmp_path / "other"
    image.rename(other)
    exchanges = (partial(image.symlink_to, other), partial(os.mkfifo, image), image.mkdir)
    for exchange in exchanges:
        exchange()
        with pytest.raises(SourceError) as caught:
            open_read_only(device)
        assert caught.value.message
        image.rmdir() if image.is_dir() and not image.is_symlink() else image.unlink()


def test_no_descriptor_is_left_open_after_a_refusal(image: Path) -> None:
    device = identify(image, "d0")
    image.write_bytes(b"")
    before = len(os.listdir("/proc/self/fd"))  # noqa: PTH208
    with pytest.raises(SourceError):
        open_read_only(device)
    assert len(os.listdir("/proc/self/fd")) == before  # noqa: PTH208


@pytest.mark.parametrize(
    ("path", "words"),
    [("/dev/null", "neither"), ("/nowhere/at/all", "is not there"), ("/dev/tty", "neither")],
)
def test_what_is_no_source_is_refused_with_a_hint(path: str, words: str) -> None:
    with pytest.raises(SourceError, match=words) as caught:
        identify(path, "d0")
    assert caught.value.hint


def test_an_empty_image_is_refused(tmp_path: Path) -> None:
    (tmp_path / "empty.dd").touch()
    with pytest.raises(SourceError, match="is empty"):
        identify(tmp_path / "empty.dd", "d0")


def test_a_loop_of_links_is_refused(tmp_path: Path) -> None:
    (tmp_path / "a").symlink_to(tmp_path / "b")
    (tmp_path / "b").symlink_to(tmp_path / "a")
    with pytest.raises(SourceError):
        identify(tmp_path / "a", "d0")


def test_a_link_to_an_image_is_followed_once_and_then_named(image: Path, tmp_path: Path) -> None:
    (tmp_path / "link").symlink_to(image)
    device = identify(tmp_path / "link", "d0")
    assert device.path == str(image)
    assert device.kind is SourceKind.IMAGE


def test_an_unreadable_image_says_what_to_do() -> None:
    with public_folder() as folder:
        image = folder / "image.dd"
        image.write_bytes(bytes(4096))
        image.chmod(0)
        with unprivileged(), pytest.raises(SourceError, match="cannot be read") as caught:
            identify(image, "d0")
    assert "root" in caught.value.hint


def test_a_child_that_inherits_the_descriptor_needs_no_path(image: Path) -> None:
    """What a worker does: build a Reader from numbers only."""
    fds = open_read_only(identify(image, "d0"))
    code = (
        "import sys; from triage.sources import Reader;"
        "print(Reader([int(sys.argv[1])], [int(sys.argv[2])]).read_at(1080, 2).hex())"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, str(fds[0]), str(sizes_of(fds)[0])],
        pass_fds=fds,
        capture_output=True,
        check=True,
    )
    assert done.stdout.strip() == b"53ef"
    os.close(fds[0])


@pytest.fixture
def split(tmp_path: Path) -> tuple[bytes, Path]:
    data = os.urandom(1_000_003)
    for number, start in enumerate(range(0, len(data), 300_000), 1):
        (tmp_path / f"disk.{number:03}").write_bytes(data[start : start + 300_000])
    return data, tmp_path


def test_a_split_image_reads_as_one(split: tuple[bytes, Path]) -> None:
    data, folder = split
    for given in ("disk.001", "disk.003"):
        device = identify(folder / given, "d0")
        assert device.size == len(data)
        assert device.path.endswith("disk.001")
        fds = open_read_only(device)
        reader = Reader(fds, sizes_of(fds))
        assert reader.read_at(0, len(data) + 5) == data
        assert reader.read_at(299_999, 300_002) == data[299_999:600_001]
        assert reader.read_at(len(data), 1) == b""
        for fd in fds:
            os.close(fd)


@pytest.mark.parametrize("missing", ["disk.001", "disk.002", "disk.003"])
def test_a_missing_part_of_a_split_image_is_an_error(
    missing: str, split: tuple[bytes, Path]
) -> None:
    _, folder = split
    (folder / missing).unlink()
    with pytest.raises(SourceError, match=r"missing|begins with"):
        identify(folder / "disk.004", "d0")


def test_letters_and_zero_based_numbers_are_sequences_too(tmp_path: Path) -> None:
    for endings in (["aa", "ab", "ac"], ["000", "001"], ["00", "01", "02"]):
        stem = f"image{len(endings)}{endings[0]}"
        for ending in endings:
            (tmp_path / f"{stem}.{ending}").write_bytes(b"x" * 512)
        device = identify(tmp_path / f"{stem}.{endings[0]}", "d0")
        assert len(device.parts) == len(endings)


def test_an_ordinary_ending_is_not_a_part(tmp_path: Path) -> None:
    for name in ("disk.dd", "disk.img", "disk.raw", "disk.bin", "disk"):
        (tmp_path / name).write_bytes(b"x" * 512)
        assert identify(tmp_path / name, "d0").parts == ()


@pytest.mark.parametrize(
    ("beginning", "words"),
    [
        (b"EVF2\x0d\x0a\x81", "Ex01"),
        (b"# Disk DescriptorFile", "VMDK"),
        (b"AFF10\x0d\x0a\0", "AFF"),
    ],
)
def test_other_image_formats_are_named_with_what_to_do(
    beginning: bytes, words: str, tmp_path: Path
) -> None:
    (tmp_path / "image").write_bytes(beginning.ljust(4096, b"\0"))
    with pytest.raises(SourceError, match=words) as caught:
        identify(tmp_path / "image", "d0")
    assert "raw" in caught.value.hint or "convert" in caught.value.hint


def test_the_parts_of_an_e01_belong_together(tmp_path: Path) -> None:
    endings = ["E01", *(f"E{n:02}" for n in range(2, 100)), "EAA", "EAB"]
    for ending in endings:
        (tmp_path / f"case.{ending}").write_bytes(b"x")
    parts = identify(tmp_path / "case.E01", "d0").parts
    assert [Path(part).suffix[1:] for part in parts] == endings
    (tmp_path / "case.EAD").write_bytes(b"x")
    with pytest.raises(SourceError, match=r"\.EAC of the split image case is missing"):
        identify(tmp_path / "case.E01", "d0")


ROWS: list[dict[str, object]] = [
    {"name": "sda", "kname": "sda", "path": "/dev/sda", "type": "disk", "size": 1000, "ro": True,
     "rm": False, "rota": True, "tran": "sata", "model": "BIG  DISK ", "serial": "S1",
     "wwn": "0x5", "log-sec": 512, "phy-sec": 4096, "mountpoints": [None],
     "children": [{"kname": "sda1", "path": "/dev/sda1", "type": "part",
                   "mountpoints": ["/", None]},
                  {"kname": "dm-0", "path": "/dev/mapper/x", "type": "crypt",
                   "mountpoints": ["[SWAP]"]}]},
    {"name": "sdb", "kname": "sdb", "path": "/dev/sdb", "type": "disk", "size": "2000",
     "ro": "0", "rm": "1", "rota": "0", "tran": "usb", "model": None, "serial": None,
     "wwn": None, "log-sec": "4096", "phy-sec": "4096", "mountpoint": None},
    {"name": "sdc", "kname": "sdc", "path": "/dev/sdc", "type": "disk", "size": 0},
    {"name": "zram0", "kname": "zram0", "path": "/dev/zram0", "type": "disk", "size": 5},
    {"name": "dm-0", "kname": "dm-0", "path": "/dev/mapper/x", "type": "lvm", "size": 5},
    {"name": "loop0", "kname": "loop0", "path": "/dev/loop0", "type": "loop", "size": 5},
]  # fmt: skip


@pytest.fixture
def lsblk(monkeypatch: pytest.MonkeyPatch) -> None:
    """What lsblk of util-linux 2.38 to 2.41 may say: booleans and numbers, or strings."""
    monkeypatch.setattr("triage.devices.attached._lsblk", lambda *_: [dict(row) for row in ROWS])


@pytest.mark.usefixtures("lsblk")
def test_devices_are_listed_as_lsblk_describes_them(tmp_path: Path) -> None:
    first, second = list_devices(run=tmp_path)
    assert (first.id, first.path, first.model, first.size) == ("d0", "/dev/sda", "BIG DISK", 1000)
    assert (first.physical_sector_size, first.rotational, first.read_only) == (4096, True, True)
    assert (second.size, second.sector_size, second.removable) == (2000, 4096, True)
    assert (second.rotational, second.read_only, second.serial) == (False, False, "")


@pytest.mark.usefixtures("lsblk")
def test_loops_are_listed_only_when_asked_for(tmp_path: Path) -> None:
    names = [device.path for device in list_devices(include_loops=True, run=tmp_path)]
    assert names == ["/dev/sda", "/dev/sdb", "/dev/loop0"]


@pytest.mark.usefixtures("lsblk")
def test_the_sticks_are_marked_by_any_of_their_nodes(tmp_path: Path) -> None:
    (tmp_path / "stick.json").write_text('{"devices": ["/dev/sda1"]}')
    (tmp_path / "evidence.json").write_text('{"devices": ["/dev/sdb", "/dev/sdb1"]}')
    first, second = list_devices(run=tmp_path)
    assert (first.is_stick, first.is_evidence_stick) == (True, False)
    assert (second.is_stick, second.is_evidence_stick) == (False, True)


@pytest.mark.parametrize("text", ["", "[]", '{"devices": 5}', '{"device": []}', "\x00"])
def test_a_mark_that_is_not_understood_stops_everything(text: str, tmp_path: Path) -> None:
    """Better no scan than one of the stick itself, or one that spares a suspect's device."""
    (tmp_path / "stick.json").write_text(text)
    with pytest.raises(SourceError, match="not understood"):
        marked(tmp_path / "stick.json")


@pytest.mark.root
@pytest.mark.skipif(os.geteuid() != 0, reason="needs root for a loop device")
def test_a_real_block_device_is_identified_and_read(image: Path) -> None:
    done = subprocess.run(
        ["losetup", "--find", "--show", "--read-only", str(image)], capture_output=True, check=False
    )
    if done.returncode:
        pytest.skip(f"no loop device: {done.stderr.decode().strip()}")
    node = done.stdout.decode().strip()
    try:
        device = identify(node, "d0")
        assert isinstance(device, Device)
        assert (device.kind, device.size, device.read_only) == ("device", 4 << 20, True)
        assert node in [found.path for found in list_devices(include_loops=True)]
        fds = open_read_only(device)
        assert [volume.state for volume in Source(device, fds).volumes] == ["readable"]
        os.close(fds[0])
    finally:
        subprocess.run(["losetup", "--detach", node], check=True)
