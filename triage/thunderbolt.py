"""Thunderbolt and USB4 devices, and whether the firmware has let them in: of one that it kept out
nobody here sees a disk.

To let one in is to change a setting of the machine, which some firmware keeps, and to give the
device its memory: the stick does not (docs/write-block.md). The small files are described in the
kernel's Documentation/ABI/testing/sysfs-bus-thunderbolt.
"""

from dataclasses import dataclass
from pathlib import Path

DEVICES = Path("/sys/bus/thunderbolt/devices")
WITHOUT_DISKS = frozenset({"dponly", "usbonly", "nopcie"})
"""Security levels by which nothing at that port gets a PCI Express lane; the kernel shows no
`authorized` there."""
MOST_DEVICES, LONGEST_NAME = 32, 80


@dataclass(frozen=True, slots=True, kw_only=True)
class ThunderboltDevice:
    """One that is plugged in: a dock, a case with disks."""

    name: str
    """What it calls itself, at most LONGEST_NAME letters: its own to choose."""
    let_in: bool


def plugged_in(folder: Path = DEVICES) -> tuple[ThunderboltDevice, ...]:
    """Each of them, but no more than MOST_DEVICES; none where the machine has no such port."""
    doors = [path for path in sorted(folder.glob("*-*")) if _is_device(path)]
    return tuple(
        ThunderboltDevice(name=_name(door), let_in=_is_let_in(door))
        for door in doors[:MOST_DEVICES]
    )


def _is_device(door: Path) -> bool:
    """Not another computer, not a service, not (number 0) the port's own router."""
    told = _text(door / "uevent").splitlines()
    return "DEVTYPE=thunderbolt_device" in told and not door.name.endswith("-0")


def _name(door: Path) -> str:
    names = f"{_text(door / 'vendor_name')} {_text(door / 'device_name')}".strip()
    return names[:LONGEST_NAME] or door.name


def _is_let_in(door: Path) -> bool:
    port = door.parent / f"domain{door.name.partition('-')[0]}"
    return _text(port / "security") not in WITHOUT_DISKS and _text(door / "authorized") != "0"


def _text(path: Path) -> str:
    try:
        return path.read_text(errors="replace").strip()
    except OSError:
        return ""
