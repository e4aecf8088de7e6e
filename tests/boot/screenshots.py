"""Screenshots of the guide, of a running scan and of the result, from the emulated screen: for the README.

python3 tests/boot/screenshots.py FOLDER
"""

from __future__ import annotations

import sys
import tempfile
import time
from pathlib import Path

import sticks
import suspects
from conftest import image_named
from machine import Disk, Machine, running
from test_boot_modes import PATIENCE


def main() -> None:
    """Lead the guide on the screen with keys, and take three pictures."""
    out = Path(sys.argv[1])
    out.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        image = image_named("seek-live")
        sticks.make_boot_stick(image.iso, folder / "boot.img", serial="SEEKSTICK1")
        suspects.fat(folder / "SUSPECT.img")
        suspects.impostor(folder / "IMPOSTOR.img")
        disks = [
            Disk(name="suspect", file=folder / "SUSPECT.img", serial="WD-WX12A3456789"),
            Disk(name="impostor", file=folder / "IMPOSTOR.img", bus="nvme", serial="S4EVNX0R12345"),
            Disk(name="stick", file=folder / "boot.img", bus="usb", serial="SEEKSTICK1"),
        ]
        with running(Machine(folder / "pc", disks, kernel=image.started_with())) as machine:
            take_pictures(machine, out)


def take_pictures(machine: Machine, out: Path) -> None:
    """The serial console's guide tells when the screen's own is likely to be as far."""
    machine.open_shell(PATIENCE)
    machine.serial.wait_for("Portugu", PATIENCE)
    machine.press("1")
    time.sleep(10)
    machine.press("1")
    machine.run("while ! pgrep -f 'seek devices' >/dev/null; do sleep 1; done; while pgrep -f 'seek devices' >/dev/null; do sleep 1; done; sleep 5", PATIENCE)
    machine.screenshot(out / "guide.png")
    machine.press("ret")
    machine.run("while ! pgrep -f 'seek scan' >/dev/null; do sleep 1; done; sleep 25", PATIENCE)
    for number in range(6):
        machine.screenshot(out / f"scan-{number}.png")
        time.sleep(8)
    machine.run("while pgrep -f 'seek scan' >/dev/null; do sleep 1; done; sleep 6", PATIENCE)
    machine.screenshot(out / "result.png")


if __name__ == "__main__":
    main()
