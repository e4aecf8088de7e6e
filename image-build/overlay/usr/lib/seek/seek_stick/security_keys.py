"""Security keys (FIDO): the only HID devices that may be used, and a note of each that was let in."""

from __future__ import annotations

import json
from pathlib import Path

from seek_stick import programs
from seek_stick.block_devices import text

NOTES = Path("/run/seek/security-keys.jsonl")
CHARACTER_DEVICES = Path("/sys/dev/char")
LONGEST_NAME = 80
MOST_NOTES = 100


def permit(major: int, minor: int) -> None:
    """Let one be used, and note which."""
    programs.permit_character(major, minor)
    with NOTES.open("a") as notes:
        notes.write(json.dumps({"number": f"{major}:{minor}", "name": name_of(f"{major}:{minor}")}) + "\n")


def forget(major: int, minor: int) -> None:
    """Take the leave away; no trouble if it was never given."""
    programs.forget_character(major, minor)


def name_of(number: str) -> str:
    """What it calls itself."""
    lines = text(CHARACTER_DEVICES / number / "device/uevent").splitlines()
    return next((line.removeprefix("HID_NAME=")[:LONGEST_NAME] for line in lines if line.startswith("HID_NAME=")), "")


def let_in() -> list[str]:
    """Those of this start of the machine, each by number and name."""
    notes = [json.loads(line) for line in text(NOTES).splitlines()[:MOST_NOTES]]
    return [f"{note['number']} ({note['name']})" for note in notes]


def strangers() -> list[str]:
    """A line for each character device that has leave and is none of them."""
    numbers = sorted(programs.permitted_characters())
    kinds = {number: (CHARACTER_DEVICES / number / "subsystem").resolve().name for number in numbers}
    return [f"{number} may be opened and is no security key" for number in numbers if kinds[number] != "hidraw"]
