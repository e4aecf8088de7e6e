"""Block devices as the kernel describes them in sysfs; nothing here opens one."""

from __future__ import annotations

import dataclasses
from pathlib import Path

SYSFS = Path("/sys/class/block")
VIRTUAL = ("loop", "ram", "zram", "dm-", "md")


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class BlockDevice:
    """One disk or partition."""

    name: str
    major: int
    minor: int
    disk: str
    read_only: bool
    partition_label: str
    partition_uuid: str
    by_usb: bool
    serial: str
    sectors: int

    @property
    def node(self) -> str:
        """Where it is opened."""
        return f"/dev/{self.name}"

    @property
    def number(self) -> str:
        """The device number, as MAJOR:MINOR."""
        return f"{self.major}:{self.minor}"

    @property
    def is_partition(self) -> bool:
        """Tell a partition from a whole disk."""
        return self.name != self.disk


def attached() -> list[BlockDevice]:
    """Every real disk and partition, whole disks before their partitions."""
    names = sorted(path.name for path in SYSFS.iterdir() if not path.name.startswith(VIRTUAL))
    return [described(name) for name in names]


def described(name: str) -> BlockDevice:
    """Read what the kernel and udev know about one device."""
    folder = (SYSFS / name).resolve()
    major, minor = (int(part) for part in text(folder / "dev").split(":"))
    disk = folder.parent if (folder / "partition").exists() else folder
    facts = dict(line.split("=", 1) for line in text(folder / "uevent").splitlines() if "=" in line)
    known = udev_facts(f"{major}:{minor}")
    return BlockDevice(
        name=name,
        major=major,
        minor=minor,
        disk=disk.name,
        read_only=text(folder / "ro") == "1",
        partition_label=facts.get("PARTNAME", ""),
        partition_uuid=known.get("ID_PART_ENTRY_UUID", facts.get("PARTUUID", "")).lower(),
        by_usb="/usb" in str(folder),
        serial=serial_of(disk),
        sectors=int(text(folder / "size") or 0),
    )


def serial_of(disk: Path) -> str:
    """The disk's serial number, as udev read it from the drive."""
    facts = udev_facts(text(disk / "dev"))
    return facts.get("ID_SERIAL_SHORT") or text(disk / "device/serial") or text(disk / "serial")


def udev_facts(number: str) -> dict[str, str]:
    """What udev's database holds about a device number."""
    lines = text(Path(f"/run/udev/data/b{number}")).splitlines()
    return dict(line[2:].split("=", 1) for line in lines if line.startswith("E:") and "=" in line)


def counters(name: str) -> dict[str, int]:
    """How many requests the kernel has sent to a device, and how many of them could have changed it."""
    fields = [int(field) for field in text(SYSFS / name / "stat").split()]
    fields += [0] * (17 - len(fields))
    return {
        "reads": fields[0],
        "sectors_read": fields[2],
        "writes": fields[4],
        "sectors_written": fields[6],
        "discards": fields[11],
        "flushes": fields[15],
    }


def text(path: Path) -> str:
    """A small file's text without surrounding space; empty when it is not there."""
    try:
        return path.read_text(errors="replace").strip()
    except OSError:
        return ""
