"""Suspect disks for the boot tests, made on the host without root and without a mount; all content is benign.

Those that need a kernel's own drivers and a power cut are finished inside an emulated machine: `templates.py`.
"""

from __future__ import annotations

import shutil
import subprocess
import zlib
from collections.abc import Callable
from pathlib import Path

from tests.boot.machine import Disk
from tests.disks import ext_volume, gpt_disk, ntfs_volume
from tests.locked import bitlocker, luks

MIB = 1024 * 1024
SIZE = 48 * MIB
SWAP_HEADER = 4096
HELD = {"FAT": ("fat16",), "BITLOCKER": ("bitlocker", "ntfs"), "LUKS": ("luks2", "ext4"), "BTRFS": ("btrfs",), "MD1": ("md", "lvm", "ext4")}
"""Each holds a picture of its own that poses as a document, within volumes in volumes, by what they are; MD1 is half of an array."""
POSING_BYTES = 32 * 1024
ICON_SIDE = 48
"""No classifier scores what is as small: for one that it does, the emulator takes half a minute on a loaded host."""
CHEAP = ("--pbkdf", "argon2id", "--pbkdf-memory", "4096", "--pbkdf-force-iterations", "4", "--pbkdf-parallel", "2")
"""What a passphrase costs to try: the emulator is slow."""


def run(*command: str | Path, stdin: str = "") -> str:
    """Run a tool of the host; an error when it fails."""
    path = "/usr/sbin:/sbin:/usr/bin:/bin"
    done = subprocess.run([str(word) for word in command], input=stdin, capture_output=True, text=True, check=False, env={"PATH": path})
    if done.returncode != 0:
        raise RuntimeError(f"{command}: {done.stdout}{done.stderr}")
    return done.stdout


def empty(path: Path, size: int = SIZE) -> Path:
    """A disk of zeros."""
    path.unlink(missing_ok=True)
    with path.open("wb") as stream:
        stream.truncate(size)
    return path


def plain(path: Path) -> None:
    """A disk of recognisable bytes that no file system claims."""
    path.write_bytes(b"suspect " * (SIZE // 8))


def card(path: Path) -> None:
    """The same for an SD card, whose size is a power of two."""
    path.write_bytes(b"suspect " * (64 * MIB // 8))


def ext4(path: Path) -> None:
    """A clean ext4 with one file."""
    run("mkfs.ext4", "-q", "-F", "-O", "^metadata_csum", "-U", "11111111-2222-4333-8444-555555555555", empty(path))
    note = path.with_suffix(".txt")
    note.write_text("a benign file\n")
    run("debugfs", "-w", "-R", f"write {note} note.txt", path)


def dirty_ext4(path: Path) -> None:
    """An ext4 whose journal holds a transaction that was never finished."""
    ext4(path)
    commands = "jo\njw -b 4000 /etc/services\njc\n"
    run("debugfs", "-w", "-f", "-", path, stdin=commands)
    if "needs_recovery" not in run("dumpe2fs", "-h", path):
        raise RuntimeError("the journal is not dirty")


def ext4_with_journal_error(path: Path) -> None:
    """An ext4 whose journal carries an error: mounting it writes to the superblock, read-only or not."""
    ext4(path)
    block = int(run("debugfs", "-R", "bmap <8> 0", path).strip())
    block_size = next(int(line.split()[-1]) for line in run("dumpe2fs", "-h", path).splitlines() if line.startswith("Block size"))
    with path.open("r+b") as volume:
        volume.seek(block * block_size + 0x20)
        volume.write((5).to_bytes(4, "big"))


def picture(number: int = 0, side: int = 96) -> bytes:
    """A small benign PNG: a colour gradient, another one for each number."""
    rows = b"".join(b"\0" + bytes(value & 255 for x in range(side) for value in (x * 2, y * 2, 128 + number)) for y in range(side))

    def chunk(kind: bytes, data: bytes) -> bytes:
        return len(data).to_bytes(4, "big") + kind + data + zlib.crc32(kind + data).to_bytes(4, "big")

    header = side.to_bytes(4, "big") * 2 + b"\x08\x02\0\0\0"
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b"")


def posing(disk: str) -> bytes:
    """The picture that poses as a document within one of `HELD`, as long as each of them; but for FAT's one of an icon's size."""
    number = list(HELD).index(disk)
    return picture(number, ICON_SIDE if number else 96).ljust(POSING_BYTES, b"\0")


def fat(path: Path) -> None:
    """A FAT volume with a picture that poses as a document: a finding. Beside it lies what opens the LUKS volume."""
    run("mkfs.vfat", "--invariant", "-n", "PHOTOS", empty(path))
    found, saved = path.with_suffix(".png"), path.with_suffix(".txt")
    found.write_bytes(posing("FAT"))
    saved.write_text(f"Recovery key: {luks.PASSPHRASE}\n")
    run("mcopy", "-i", path, found, "::/holiday.doc")
    run("mcopy", "-i", path, saved, "::/LUKS recovery.txt")


def suspended_bitlocker(path: Path) -> None:
    """A BitLocker volume that a clear key opens, as while protection is suspended; within it NTFS, with a picture that poses as a document."""
    plain = path.with_suffix(".plain")
    ntfs_volume(plain, 16 * MIB, {**bitlocker.LAID_FIRST, "holiday.doc": posing("BITLOCKER")})
    bitlocker.volume(path, plain.read_bytes(), ("tpm", "clear"))
    plain.unlink()


def luks2(path: Path) -> None:
    """A LUKS2 volume, whose passphrase costs little to try; within it ext4, with a picture that poses as a document."""
    plain = path.with_suffix(".plain")
    ext_volume(plain, 16 * MIB, {"holiday.doc": posing("LUKS")})
    luks.volume(path, plain.read_bytes(), sector=4096, derivation=CHEAP)
    plain.unlink()


def ntfs(path: Path) -> None:
    """An NTFS volume."""
    run("mkntfs", "-F", "-q", "-f", "-p", "0", "-s", "512", "-H", "16", "-S", "63", empty(path))


def swap(path: Path, size: int = 96 * MIB) -> None:
    """A valid swap area."""
    run("mkswap", empty(path, size))


def large_swap(path: Path) -> None:
    """One that a hibernated system fits into."""
    swap(path, 600 * MIB)


def suspended(path: Path) -> None:
    """A swap area that claims to hold a hibernated system."""
    swap(path)
    with path.open("r+b") as volume:
        volume.seek(SWAP_HEADER - 10)
        volume.write(b"S1SUSPEND\0")


def photograph(number: int) -> bytes:
    """The content of one of the photographs below."""
    return picture(number) + bytes(40_000)


def photographs(path: Path, count: int) -> None:
    """A partitioned disk with a FAT volume: so many pictures, half of which pose as documents, which is a finding."""
    part = path.with_suffix(".part")
    run("mkfs.vfat", "--invariant", "-n", "PHOTOS", empty(part, 40 * MIB))
    folder = path.with_suffix(".files")
    folder.mkdir()
    for number in range(count):
        (folder / f"holiday{number}.{('doc', 'png')[number % 2]}").write_bytes(photograph(number))
    run("mcopy", "-i", part, *sorted(folder.iterdir()), "::")
    partitioned(path, part, "Data")


def partitioned(path: Path, part: Path, name: str) -> None:
    """A GPT disk with one partition, copied from a file."""
    sectors = part.stat().st_size // 512
    empty(path, part.stat().st_size + 4 * MIB)
    run("sfdisk", "--quiet", path, stdin=f"label: gpt\nstart=2048, size={sectors}, name={name}\n")
    with path.open("r+b") as disk, part.open("rb") as source:
        disk.seek(2048 * 512)
        shutil.copyfileobj(source, disk)


def impostor(path: Path) -> None:
    """A suspect's disk with a partition that is labelled like our evidence partition."""
    part = path.with_suffix(".part")
    run("mkfs.exfat", "-L", "SEEK-EVID", empty(part, 24 * MIB))
    partitioned(path, part, "SEEK-EVIDENCE")


MAKERS: dict[str, Callable[[Path], None]] = {
    "PLAIN": plain,
    "DMDISK": plain,
    "SCSI": plain,
    "NVME": plain,
    "EXT4": dirty_ext4,
    "EXT4DM": dirty_ext4,
    "EXT4FSCK": dirty_ext4,
    "EXT4LOOP": dirty_ext4,
    "EXT4ERR": ext4_with_journal_error,
    "FAT": fat,
    "USB": plain,
    "USBFAT": fat,
    "CARD": card,
    "RAID": plain,
    "ZONED": plain,
    "NTFS": ntfs,
    "BITLOCKER": suspended_bitlocker,
    "LUKS": luks2,
    "SWAP": large_swap,
    "SWAP2": swap,
    "SUSPENDED": suspended,
}
# made inside an emulated machine, because they need the kernel's own drivers and a power cut; one of HELD begins as its picture
MADE_INSIDE = r"""
modprobe -a xfs btrfs raid1; modprobe dm-mirror raid1_resync_throttle=1
X=$(disk XFS); mkfs.xfs -q -f $X && mkdir -p /tmp/x && mount $X /tmp/x && cp /etc/passwd /tmp/x/ && sync -f /tmp/x && mv /tmp/x/passwd /tmp/x/moved && xfs_io -x -c 'shutdown -f' /tmp/x
M=$(disk MD1); head -c POSING_BYTES $M >/tmp/held; dd if=/dev/zero of=$M bs=POSING_BYTES count=1; mdadm --create /dev/md9 --run --level=1 --raid-devices=2 --metadata=1.2 $M $(disk MD2)
pvcreate -qy /dev/md9 && vgcreate -qy --setautoactivation n house /dev/md9 && lvcreate -qy --wipesignatures n -L 24M -n photos house && mkfs.ext4 -q /dev/house/photos
mkdir -p /tmp/h && mount /dev/house/photos /tmp/h && cp /tmp/held /tmp/h/holiday.doc && sync -f /tmp/h && umount /tmp/h
L=$(disk LVM); printf 'label: gpt\nsize=40M\nsize=40M\nsize=8M\n' | sfdisk -q $L && udevadm settle && pvcreate -qy ${L}1 ${L}2 ${L}3 && vgcreate -qy suspects ${L}1 ${L}2 ${L}3
lvcreate -qy --type mirror -m1 -L 32M -n mirrored suspects
B=$(disk BTRFS); head -c POSING_BYTES $B >/tmp/held; mkfs.btrfs -q -f $B
mkdir -p /tmp/b && mount -o commit=3000 $B /tmp/b && cp /etc/passwd /tmp/b/ && cp /tmp/held /tmp/b/holiday.doc && sync -f /tmp/b
for n in 1 2 3 4; do dd if=/dev/urandom of=/tmp/b/synced$n bs=64k count=4 conv=fsync; btrfs inspect-internal dump-super $B | grep 'log_root[[:space:]]*[1-9]' && break; done
""".replace("POSING_BYTES", str(POSING_BYTES))
INSIDE_SIZES = {"XFS": 320 * MIB, "BTRFS": 128 * MIB, "LVM": 96 * MIB, "MD1": SIZE, "MD2": SIZE}
BUSES = {"SCSI": "scsi", "NVME": "nvme", "XFS": "scsi", "BTRFS": "usb", "FAT": "usb", "USB": "usb", "USBFAT": "usb", "CARD": "sd", "RAID": "raid", "ZONED": "zoned", "NTFS": "scsi", "SWAP": "virtio"}

# A suspect's four drives, one on each kind of bus; together they hold everything that tempts a system to write.
DRIVES = {
    "SATADRIVE": ("sata", ("EXT4", "NTFS", "BITLOCKER", "LUKS", "SWAP", "PLAIN", "DMDISK", "SEEK-EVIDENCE")),
    "SCSIDRIVE": ("scsi", ("XFS", "EXT4ERR", "SWAP2")),
    "NVMEDRIVE": ("nvme", ("BTRFS", "MD1", "MD2", "SUSPENDED")),
    "USBDRIVE": ("usb", ("FAT", "SEEK-EVIDENCE")),
    "LVMDRIVE": ("scsi", ()),
}
TYPES = {"SWAP": "swap", "SWAP2": "swap", "SUSPENDED": "swap", "MD1": "raid", "MD2": "raid", "FAT": "basic data", "NTFS": "basic data", "BITLOCKER": "basic data", "SEEK-EVIDENCE": "basic data"}


def drives(templates: Path, folder: Path) -> list[Disk]:
    """Those drives, from the finished templates; partitions are named after what they hold."""
    evidence_alike = folder / "SEEK-EVIDENCE.img"
    run("mkfs.exfat", "-L", "SEEK-EVID", empty(evidence_alike, 24 * MIB))
    made = []
    for serial, (bus, parts) in DRIVES.items():
        file = folder / f"{serial}.img"
        if parts:
            volumes = [evidence_alike if part == "SEEK-EVIDENCE" else templates / f"{part}.img" for part in parts]
            gpt_disk(file, volumes, names=list(parts), types=[TYPES.get(part, "linux") for part in parts])
        else:
            shutil.copyfile(templates / "LVM.img", file)
        made.append(Disk(name=serial.lower(), file=file, bus=bus, serial=serial))
    return made
