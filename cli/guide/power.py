"""Whether the machine runs on its battery: it may go off in mid-scan."""

from pathlib import Path

SUPPLIES = Path("/sys/class/power_supply")


def percent_left(folder: Path = SUPPLIES) -> int | None:
    """Per cent in the battery, of several in the fullest; None with the mains or without one.

    A mouse has a battery too: its scope is `Device`, and it is not asked.
    """
    left = []
    for supply in sorted(folder.glob("*")):
        kind = _text(supply / "type")
        if kind in {"Mains", "USB"} and _text(supply / "online") == "1":
            return None
        if kind == "Battery" and _text(supply / "scope") != "Device":
            charge = _text(supply / "capacity")
            if _text(supply / "status") == "Discharging" and charge.isdigit():
                left.append(min(int(charge), 100))
    return max(left, default=None)


def _text(path: Path) -> str:
    try:
        return path.read_text(errors="replace").strip()
    except OSError:
        return ""
