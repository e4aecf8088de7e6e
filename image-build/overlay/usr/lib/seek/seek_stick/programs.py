"""Running the image's own programs, and reading the maps of the write-block programs."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Sequence
from pathlib import Path

MAPS = "/sys/fs/bpf/seek/maps"
SECURITY_KEYS = f"{MAPS}/security_keys"
MAPS_OF_COMMANDS = "/sys/fs/bpf/seek/maps-ioctl_guard"
MAPS_OF_MOUNTS = "/sys/fs/bpf/seek/maps-mount_guard"
MAPS_OF_SETTINGS = "/sys/fs/bpf/seek/maps-setting_guard"
MAPS_OF_WATCH = "/sys/fs/bpf/seek/maps-watch"
GUARDS = (
    "device_guard/guard_open",
    *(f"ioctl_guard/guard_{name}" for name in ("ioctl", "ioctl_compat", "uring")),
    *(f"mount_guard/guard_{name}" for name in ("mount", "remount", "new_mount")),
    "setting_guard/guard_setting",
    "watch/watch",
)


def bytes_of(number: int, length: int) -> list[str]:
    """A number as bpftool wants it: its bytes, lowest first."""
    return [str(byte) for byte in number.to_bytes(length, "little")]


LEAVE = ("value", *bytes_of(1, 8))


def run(*command: str, stdin: bytes | None = None) -> subprocess.CompletedProcess[str]:
    """Run a program to its end and keep what it said."""
    done = subprocess.run(command, input=stdin, capture_output=True, check=False)
    return subprocess.CompletedProcess(
        command, done.returncode, done.stdout.decode(errors="replace"), done.stderr.decode(errors="replace")
    )


def entries(path: str) -> dict[str, int]:
    """Read a map by device number: of refusals, how many; of leaves, 1."""
    done = run("bpftool", "-j", "map", "dump", "pinned", path)
    if done.returncode != 0 or not done.stdout.strip():
        return {}
    found = [entry.get("formatted", entry) for entry in json.loads(done.stdout)]
    return {f"{entry['key']['major']}:{entry['key']['minor']}": int(entry["value"]) for entry in found}


def refused_opens() -> dict[str, int]:
    """Opens for writing that were refused, by device number."""
    return entries(f"{MAPS}/refused_opens")


def refused_characters() -> dict[str, int]:
    """Opens of character devices that were refused, by device number."""
    return entries(f"{MAPS}/refused_characters")


def refused_commands() -> dict[str, int]:
    """Device commands and mounts that were refused, by device number; under 0:0 stand mounts of no device yet."""
    counts = dict(entries(f"{MAPS_OF_COMMANDS}/refused_commands"))
    for number, count in entries(f"{MAPS_OF_MOUNTS}/refused_mounts").items():
        counts[number] = counts.get(number, 0) + count
    return counts


def refused_settings() -> int:
    """Changes of a setting, in /sys or of the firmware, that were refused."""
    return sum(entries(f"{MAPS_OF_SETTINGS}/refused_settings").values())


def changing_requests() -> dict[str, int]:
    """Requests that could change a disk, since power-on, by the number of the whole disk; under 0:0 those to controllers."""
    return entries(f"{MAPS_OF_WATCH}/changing_requests")


def all_refused() -> int:
    """Everything that was refused, by any guard."""
    kinds = (refused_opens(), refused_characters(), refused_commands())
    return sum(sum(counts.values()) for counts in kinds) + refused_settings()


def missing_guards() -> list[str]:
    """Guards that are not loaded."""
    return [guard for guard in GUARDS if not Path("/sys/fs/bpf/seek", guard).exists()]


def allowed() -> set[str]:
    """Device numbers that may be opened for writing."""
    return set(entries(f"{MAPS}/allowed"))


def allow(major: int, minor: int) -> None:
    """Let one device number be opened for writing."""
    change(f"{MAPS}/allowed", "update", major, minor, LEAVE)


def disallow(major: int, minor: int) -> None:
    """Take that leave away again; no trouble if it was never given."""
    change(f"{MAPS}/allowed", "delete", major, minor)


def permitted_characters() -> set[str]:
    """Numbers of the character devices that were let in."""
    return set(entries(SECURITY_KEYS))


def permit_character(major: int, minor: int) -> None:
    """Let one character device be used."""
    change(SECURITY_KEYS, "update", major, minor, LEAVE)


def forget_character(major: int, minor: int) -> None:
    """Take that leave away again; no trouble if it was never given."""
    change(SECURITY_KEYS, "delete", major, minor)


def change(path: str, verb: str, major: int, minor: int, rest: Sequence[str] = ()) -> None:
    """Change a map of devices that have a leave."""
    run("bpftool", "map", verb, "pinned", path, "key", *bytes_of(major, 4), *bytes_of(minor, 4), *rest)
