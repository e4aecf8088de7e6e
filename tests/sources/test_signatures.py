"""What cannot be read yet is at least called by its name."""

import os
import random
import shutil
import struct
import subprocess
import uuid
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.sources.conftest import Open, Unpacked
from triage.evidence import Volume

MIB = 1 << 20
IDENTITY = "12345678-1234-4678-9234-567812345678"


def _volume(path: Path, opened: Open) -> Volume:
    volumes = opened(path).volumes
    assert len(volumes) == 1
    return volumes[0]


def _run(path: Path, size: int, *command: str) -> None:
    if shutil.which(command[0]) is None:
        pytest.skip(f"{command[0]} is not installed")
    with path.open("wb") as file:
        file.truncate(size)
    subprocess.run([*command, str(path)], check=True, capture_output=True)


MAKERS: dict[str, tuple[int, tuple[str, ...]]] = {
    "xfs": (320 * MIB, ("mkfs.xfs", "-q", "-L", "name", "-m", f"uuid={IDENTITY}")),
    "btrfs": (128 * MIB, ("mkfs.btrfs", "-q", "-L", "name", "-U", IDENTITY)),
    "swap": (4 * MIB, ("mkswap", "-L", "name", "-U", IDENTITY)),
}


@pytest.mark.parametrize("name", MAKERS)
def test_what_the_stock_tools_make_is_recognised(name: str, tmp_path: Path, opened: Open) -> None:
    size, command = MAKERS[name]
    _run(tmp_path / "disk", size, *command)
    found = _volume(tmp_path / "disk", opened)
    assert (found.file_system, found.label, found.uuid) == (name, "name", IDENTITY)
    states = {"swap": "no_files", "xfs": "readable", "btrfs": "readable"}
    assert found.state == states[name]
    assert bool(found.reason) == (name == "swap")


@pytest.mark.parametrize("version", ["1", "2"])
def test_luks_is_encrypted(version: str, tmp_path: Path, opened: Open) -> None:
    key = tmp_path / "key"
    key.write_bytes(b"benign")
    _run(
        tmp_path / "disk", 32 * MIB, "cryptsetup", "luksFormat", "-q", "--type", f"luks{version}",
        "--uuid", IDENTITY, "--key-file", str(key), "--pbkdf", "pbkdf2",
        "--pbkdf-force-iterations", "1000",
    )  # fmt: skip
    found = _volume(tmp_path / "disk", opened)
    assert (found.file_system, found.state) == (f"luks{version}", "encrypted")
    assert found.uuid == IDENTITY


def _bitlocker(*protectors: int, to_go: bool = False) -> dict[int, bytes]:
    """A BitLocker header and one metadata block with these protectors. No key, no content."""
    entries = b"".join(
        struct.pack("<HHHH", 60, 2, 8, 1) + bytes(26) + struct.pack("<H", code) + bytes(24)
        for code in protectors
    )
    header = struct.pack("<III", 48 + len(entries), 1, 48).ljust(48, b"\0")
    block = b"-FVE-FS-".ljust(64, b"\0") + header + entries
    if to_go:
        boot = {3: b"MSWIN4.1", 424: bytes.fromhex("3bd66749292ed84a8399f6a339e3d001"),
                440: struct.pack("<Q", MIB)}  # fmt: skip
    else:
        boot = {3: b"-FVE-FS-", 176: struct.pack("<Q", MIB)}
    return boot | {MIB: block}


CRAFTED: dict[str, tuple[dict[int, bytes], str, str]] = {
    "bitlocker": (_bitlocker(0x0100, 0x0800), "encrypted", "TPM, recovery password"),
    "bitlocker to go": (_bitlocker(0x2000, to_go=True), "encrypted", "password"),
    "apfs": ({32: b"NXSB\0\x10\0\0", 72: uuid.UUID(IDENTITY).bytes}, "damaged", "checkpoint"),
    "refs": ({3: b"ReFS\0\0\0\0"}, "unsupported", "cannot"),
    "f2fs": ({1024: struct.pack("<I", 0xF2F52010)}, "unsupported", "cannot"),
    "lvm": ({512: b"LABELONE", 536: b"LVM2 001"}, "unsupported", "logical volumes"),
    "md": ({4096: struct.pack("<II", 0xA92B4EFC, 1)}, "unsupported", "RAID (1.2, level 0)"),
    "zfs": ({131072 + 4096: struct.pack("<Q", 0x00BAB10C)}, "unsupported", "cannot"),
    "vmfs": ({MIB: struct.pack("<I", 0xC001D00D)}, "unsupported", "cannot"),
    "jfs": ({32768: b"JFS1"}, "unsupported", "cannot"),
    "reiserfs": ({65536 + 52: b"ReIsEr2Fs"}, "unsupported", "cannot"),
    "squashfs": ({0: b"hsqs"}, "unsupported", "cannot"),
    "udf": ({32769: b"BEA01", 34817: b"NSR03"}, "damaged", "no tree"),
    "hfs": ({1024: b"BD", 1060: b"\x04Disk"}, "unsupported", "cannot"),
    "core storage": ({10: b"\x10\0", 88: b"CS"}, "encrypted", "FileVault"),
    "swap": ({4086: b"S1SUSPEND\0"}, "no_files", "hibernation"),
    "ext journal": ({1080: b"\x53\xef", 1120: struct.pack("<I", 8)}, "no_files", "no files"),
}


@pytest.mark.parametrize("name", CRAFTED)
def test_a_signature_is_recognised_where_the_format_puts_it(
    name: str, tmp_path: Path, opened: Open
) -> None:
    writes, state, words = CRAFTED[name]
    _write(tmp_path / "disk", 8 * MIB, writes)
    found = _volume(tmp_path / "disk", opened)
    assert (found.file_system, found.state) == (name, state)
    assert words in found.reason


def _write(path: Path, size: int, writes: dict[int, bytes]) -> None:
    with path.open("wb") as file:
        file.truncate(size)
        for place, data in writes.items():
            file.seek(place)
            file.write(data)


def test_suspended_bitlocker_is_said(tmp_path: Path, opened: Open) -> None:
    _write(tmp_path / "disk", 8 * MIB, _bitlocker(0x0800, 0x0000))
    assert "suspended" in _volume(tmp_path / "disk", opened).reason


@pytest.mark.parametrize("version", ["1.0", "0.90"])
def test_a_raid_member_is_recognised_by_its_end(version: str, tmp_path: Path, opened: Open) -> None:
    size = 8 * MIB
    place = size - 65536 if version == "0.90" else ((size // 512 - 16) & ~7) * 512
    number = 0 if version == "0.90" else 1
    _write(tmp_path / "disk", size, {place: struct.pack("<II", 0xA92B4EFC, number)})
    found = _volume(tmp_path / "disk", opened)
    assert found.file_system == "md"
    assert version in found.reason


def _hostile_bitlocker(chance: random.Random) -> dict[int, bytes]:
    return _bitlocker(0x0100) | {MIB + 64: chance.randbytes(200)}


HOSTILE: tuple[Callable[[random.Random], dict[int, bytes]], ...] = (
    _hostile_bitlocker,
    lambda chance: {0: b"LUKS\xba\xbe" + chance.randbytes(500)},
    lambda chance: {3: b"NTFS    " + chance.randbytes(500)},
    lambda chance: {3: b"EXFAT   " + chance.randbytes(500)},
    lambda chance: {1080: b"\x53\xef" + chance.randbytes(900), 1024: chance.randbytes(56)},
    lambda chance: {1024: b"H+" + chance.randbytes(500)},
    lambda chance: {0: b"\xeb\x3c\x90MSDOS5.0\0\2" + chance.randbytes(500)},
    lambda chance: {32769: b"CD001" + chance.randbytes(2000)},
    lambda chance: {8192 + 1372: struct.pack("<I", 0x00011954), 8192: chance.randbytes(1300)},
    lambda chance: {0: chance.randbytes(70000)},
)


@pytest.mark.parametrize("seed", range(10))
@pytest.mark.parametrize("number", range(len(HOSTILE)))
def test_a_signature_before_nonsense_never_stops_the_listing(
    number: int, seed: int, tmp_path: Path, opened: Open
) -> None:
    _write(tmp_path / "disk", 4 * MIB, HOSTILE[number](random.Random(seed)))
    source = opened(tmp_path / "disk")
    for volume in source.volumes:
        assert volume.reason or volume.state == "readable"
        if volume.state == "readable":
            list(source.walk(volume))


@pytest.mark.parametrize(
    ("name", "file_system", "state"),
    [
        ("apfs.raw", "apfs", "container"),
        ("hfsplus.raw", "hfs+", "readable"),
        ("iso9660.raw", "iso9660", "readable"),
    ],
)
def test_other_peoples_images_are_recognised(
    name: str, file_system: str, state: str, opened: Open, unpacked: Unpacked
) -> None:
    source = opened(unpacked(name))
    found = source.volumes[0]
    assert (found.file_system, found.state) == (file_system, state)
    if state == "readable":
        paths = {entry.path.lower() for entry in source.walk(found)}
        assert "passwords.txt" in {os.path.basename(path) for path in paths}  # noqa: PTH119
