"""Running the image's own programs, and reading the maps of the write-block programs."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Sequence
from pathlib import Path

MAPS = "/sys/fs/bpf/seek/maps"
MAPS_OF_COMMANDS = "/sys/fs/bpf/seek/maps-ioctl_guard"
MAPS_OF_MOUNTS = "/sys/fs/bpf/seek/maps-mount_guard"
GUARDS = ("device_guard/guard_open", "ioctl_guard/guard_ioctl", "mount_guard/guard_mount")


def run(*command: str, stdin: bytes | None = None) -> subprocess.CompletedProcess[str]:
    """Run a program to its end and keep what it said."""
    done = subprocess.run(command, input=stdin, capture_output=True, check=False)
    return subprocess.CompletedProcess(
        command, done.returncode, done.stdout.decode(errors="replace"), done.stderr.decode(errors="replace")
    )


def refused(path: str) -> dict[str, int]:
    """Read a map of refusals: device number -> how many."""
    done = run("bpftool", "-j", "map", "dump", "pinned", path)
    if done.returncode != 0 or not done.stdout.strip():
        return {}
    entries = [entry.get("formatted", entry) for entry in json.loads(done.stdout)]
    return {f"{entry['key']['major']}:{entry['key']['minor']}": int(entry["value"]) for entry in entries}


def refused_opens() -> dict[str, int]:
    """Opens for writing that were refused, by device number."""
    return refused(f"{MAPS}/refused_opens")


def refused_commands() -> dict[str, int]:
    """Device commands that were refused, by device number; under 0:0 stand mounts that were refused."""
    return {**refused(f"{MAPS_OF_COMMANDS}/refused_commands"), **refused(f"{MAPS_OF_MOUNTS}/refused_mounts")}


def missing_guards() -> list[str]:
    """Guards that are not loaded."""
    return [guard for guard in GUARDS if not Path("/sys/fs/bpf/seek", guard).exists()]


def allowed() -> set[str]:
    """Device numbers that may be opened for writing."""
    return set(refused(f"{MAPS}/allowed"))


def allow(major: int, minor: int) -> None:
    """Let one device number be opened for writing."""
    change_allowed("update", major, minor, ["value", *bytes_of(1, 8)])


def disallow(major: int, minor: int) -> None:
    """Take that leave away again; no trouble if it was never given."""
    change_allowed("delete", major, minor, [])


def change_allowed(verb: str, major: int, minor: int, rest: Sequence[str]) -> None:
    """Change the map of devices that may be written."""
    run("bpftool", "map", verb, "pinned", f"{MAPS}/allowed", "key", *bytes_of(major, 4), *bytes_of(minor, 4), *rest)


def bytes_of(number: int, length: int) -> list[str]:
    """A number as bpftool wants it: its bytes, lowest first."""
    return [str(byte) for byte in number.to_bytes(length, "little")]
