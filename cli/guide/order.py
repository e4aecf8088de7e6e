"""Which devices come first on the main screen, and what gives way where there is no room."""

from cli.guide.state import Answer

Line = tuple[int, str]
"""What it tells of, bytes, and its text."""
HEADING = 1 << 80
"""The bytes of a line that gives way last."""


def likeliest_first(devices: list[Answer]) -> list[Answer]:
    """Built-in disks, then what is plugged in, discs, readers that are empty, our own sticks; of
    each the largest first."""
    return sorted(devices, key=lambda found: (_rank(found["device"]), -_bytes(found["device"])))


def _rank(device: Answer) -> int:
    if device.get("is_stick") or device.get("is_evidence_stick"):
        return 4
    if not _bytes(device):
        return 3
    if str(device["path"]).startswith("/dev/sr"):
        return 2
    return int(bool(device.get("removable")) or device.get("transport") == "usb")


def _bytes(device: Answer) -> int:
    return int(device.get("size") or 0)


def fitted(blocks: list[list[Line]], room: int) -> tuple[list[str], int]:
    """The lines of all devices, a block each that begins with its heading; at most `room` of them,
    with one to spare if any had to give way, and how many had to.

    The smallest volumes of the device that has the most give way first; a heading does when
    nothing but headings is left, the last one first.
    """
    kept = [list(block) for block in blocks]
    total = count = sum(map(len, kept))
    while total > room and count >= room:
        longest = max(reversed(kept), key=len)
        if len(longest) == 1:
            kept.pop()
        else:
            longest.remove(min(longest[1:]))
        count -= 1
    return [text for block in kept for _, text in block], total - count
