"""Thunderbolt and USB4 devices that the firmware has not let in: nobody here sees a disk in one.

To let one in is to change a setting of the machine, and to give a device its memory: the stick
does not (docs/write-block.md).
"""

from pathlib import Path

from cli.guide.sysfs import text

DEVICES = Path("/sys/bus/thunderbolt/devices")


def not_let_in(folder: Path = DEVICES) -> list[str]:
    """What each calls itself; empty where there are none, or all were let in."""
    doors = [path for path in sorted(folder.glob("*")) if text(path / "authorized") == "0"]
    names = [f"{text(path / 'vendor_name')} {text(path / 'device_name')}".strip() for path in doors]
    return [name or path.name for name, path in zip(names, doors, strict=True)]
