"""Volumes that nobody can look into, and those that hold nothing."""

from pathlib import Path

from tests import disks
from tests.disks import MIB
from tests.endings.situations import FIRST, Asked, asked, camera, situation
from tests.locked import bitlocker as locked
from triage.ending import Reason


@situation("A whole device that is a LUKS container", Reason.VOLUME_ENCRYPTED)
def luks(folder: Path) -> Asked:
    """Header of LUKS1 by its on-disk format, what follows is noise."""
    path = folder / "laptop.img"
    disks.noise(path, 4 * MIB)
    with path.open("r+b") as file:
        file.write(b"LUKS\xba\xbe\x00\x01" + bytes(200))
    return asked(folder, path)


@situation("One of two volumes is BitLocker's, and known material on the other",
           Reason.VOLUME_ENCRYPTED, findings=1)  # fmt: skip
def bitlocker_beside_findings(folder: Path) -> Asked:
    """What was found does not make up for what nobody looked into."""
    closed = folder / "locked"
    disks.noise(closed, 4 * MIB)
    with closed.open("r+b") as file:
        file.write(b"\xeb\x58\x90-FVE-FS-")
    path = folder / "pc.img"
    disks.gpt_disk(path, [camera(folder, "part"), closed])
    return asked(folder, path, known=[FIRST])


@situation("BitLocker that is suspended: its key lies on it, and it was looked into", findings=1)
def bitlocker_suspended(folder: Path) -> Asked:
    """As many a new Windows 11 machine is that was never signed in to an account."""
    plain, path = folder / "plain", folder / "suspended.img"
    disks.fat_volume(plain, 16 * MIB, {"a.jpg": FIRST}, bits=16)
    locked.volume(path, plain.read_bytes(), ("clear", "tpm"))
    return asked(folder, path, known=[FIRST])


@situation("A file system that this version cannot read (ReFS)", Reason.VOLUME_UNSUPPORTED)
def unsupported(folder: Path) -> Asked:
    """By the signature in its boot sector."""
    path = folder / "server.img"
    disks.noise(path, 4 * MIB)
    with path.open("r+b") as file:
        file.write(bytes(3) + b"ReFS" + bytes(505))
    return asked(folder, path)


@situation("A file system that does not open", Reason.VOLUME_DAMAGED)
def damaged(folder: Path) -> Asked:
    """An ext4 whose group descriptors are overwritten."""
    path = folder / "damaged.img"
    disks.ext_volume(path, 8 * MIB, {"a.jpg": FIRST}, kind="ext4", block=1024)
    with path.open("r+b") as file:
        file.seek(2048)
        file.write(b"\xff" * 4096)
    return asked(folder, path)


@situation("Noise: wiped, or an encrypted container without a header", Reason.VOLUME_UNRECOGNISED)
def noise(folder: Path) -> Asked:
    """It cannot be told which."""
    path = folder / "noise.img"
    disks.noise(path, 4 * MIB)
    return asked(folder, path)


@situation("A small device that is zeros to the last byte")
def all_zeros(folder: Path) -> Asked:
    """All of it was read: there is nothing."""
    path = folder / "zeros.img"
    disks.zeros(path, 4 * MIB)
    return asked(folder, path)
