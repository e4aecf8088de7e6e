"""Whether the machine runs on its battery: it may go off in mid-scan."""

from pathlib import Path

from cli.guide.sysfs import text

SUPPLIES = Path("/sys/class/power_supply")


def percent_left(folder: Path = SUPPLIES) -> int | None:
    """Per cent in the battery, of several in the fullest; None with the mains or without one.

    A mouse has a battery too: its scope is `Device`, and it is not asked.
    """
    left = []
    for supply in sorted(folder.glob("*")):
        kind = text(supply / "type")
        if kind in {"Mains", "USB"} and text(supply / "online") == "1":
            return None
        if kind == "Battery" and text(supply / "scope") != "Device":
            charge = text(supply / "capacity")
            if text(supply / "status") == "Discharging" and charge.isdigit():
                left.append(min(int(charge), 100))
    return max(left, default=None)
