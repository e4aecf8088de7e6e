"""Thunderbolt and USB4 devices as the kernel tells of them, and which of them were not let in."""

from pathlib import Path

import pytest

from triage.thunderbolt import LONGEST_NAME, MOST_DEVICES, plugged_in

DISK = {
    "uevent": "DEVTYPE=thunderbolt_device\nUSB4_VERSION=1.0\nUSB4_TYPE=hub",
    "vendor_name": "Maker",
    "device_name": "Fast Disk",
    "authorized": "1",
}
KEPT_OUT = DISK | {"authorized": "0"}
UNTOLD = {name: value for name, value in DISK.items() if name != "authorized"}


def plug_in(folder: Path, entries: dict[str, dict[str, str]], security: str = "user") -> Path:
    """The folder that the kernel shows: the port's own router, and what else there is."""
    doors = {
        "domain0": {"security": security, "uevent": "DEVTYPE=thunderbolt_domain"},
        "0-0": DISK | {"vendor_name": "Host"},
    }
    for name, files in (doors | entries).items():
        (folder / name).mkdir()
        for file, value in files.items():
            (folder / name / file).write_text(value + "\n")
    return folder


def told(folder: Path) -> list[tuple[str, bool]]:
    return [(each.name, each.let_in) for each in plugged_in(folder)]


def test_who_was_let_in_and_who_was_not(tmp_path: Path) -> None:
    folder = plug_in(
        tmp_path, {"0-1": DISK, "0-3": KEPT_OUT | {"device_name": ""}, "0-301": KEPT_OUT}
    )
    assert told(folder) == [("Maker Fast Disk", True), ("Maker", False), ("Maker Fast Disk", False)]


def test_the_port_itself_and_another_computer_at_it_hold_no_disk_for_us(tmp_path: Path) -> None:
    computer = UNTOLD | {"uevent": "DEVTYPE=thunderbolt_xdomain"}
    service = {"uevent": "DEVTYPE=thunderbolt_service"}
    assert told(plug_in(tmp_path, {"0-1": computer, "0-1.0": service, "0-2": {}})) == []


@pytest.mark.parametrize("security", ["dponly", "usbonly", "nopcie"])
def test_a_port_without_lanes_lets_nobody_in_and_tells_no_leave(
    security: str, tmp_path: Path
) -> None:
    assert told(plug_in(tmp_path, {"0-1": UNTOLD}, security)) == [("Maker Fast Disk", False)]


def test_a_machine_without_such_a_port_has_none(tmp_path: Path) -> None:
    assert plugged_in(tmp_path / "none") == ()


def test_a_device_without_a_name_one_with_an_endless_one_and_a_crowd_of_them(
    tmp_path: Path,
) -> None:
    nameless = {name: value for name, value in KEPT_OUT.items() if not name.endswith("_name")}
    endless = KEPT_OUT | {"vendor_name": "\x1b[2J" * 5000}
    crowd = {f"0-{number}": DISK for number in range(100, 100 + 2 * MOST_DEVICES)}
    found = told(plug_in(tmp_path, {"0-1": nameless, "0-10": endless, **crowd}))
    assert found[0] == ("0-1", False)
    assert len(found[1][0]) == LONGEST_NAME
    assert len(found) == MOST_DEVICES
