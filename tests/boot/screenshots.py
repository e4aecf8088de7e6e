"""Screenshots of the guide, of a running scan and of the result, from the emulated screen: for the README.

python -m tests.boot.screenshots FOLDER
"""

from __future__ import annotations

import re
import sys
import tempfile
import time
from pathlib import Path

from tests.boot import images, sticks, suspects
from tests.boot.agent import PATIENCE, put_hash_set
from tests.boot.machine import Disk, Machine, running
from tests.demo import photographs
from tests.disks import ext_volume, sample_suspect_disk

PICTURES = 20


def main() -> None:
    """Lead the guide on the screen with keys, and take three pictures."""
    out = Path(sys.argv[1])
    out.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir="/var/tmp") as name:
        folder = Path(name)
        image = images.named("seek-live")
        sticks.make_boot_stick(image.iso, folder / "boot.img", serial="4C5300012", size=1200)
        sample = sample_suspect_disk(folder / "SUSPECT.img", photographs())
        album(folder / "ALBUM.img")
        suspects.impostor(folder / "IMPOSTOR.img")
        disks = [
            Disk(name="suspect", file=folder / "SUSPECT.img", serial="WD-WX12A3456789", solid_state=True),
            Disk(name="album", file=folder / "ALBUM.img", serial="Z1E4K7QP", solid_state=True),
            Disk(name="impostor", file=folder / "IMPOSTOR.img", bus="nvme", serial="S4EVNX0R12345"),
            Disk(name="stick", file=folder / "boot.img", bus="usb", serial="4C5300012"),
        ]
        with running(Machine(folder / "pc", disks, kernel=image.started_with("systemd.mask=seek-guide@ttyS0.service"))) as machine:
            machine.open_shell(PATIENCE)
            put_hash_set(machine, "lab-notable.md5", (known.content for known in sample.notable))
            take_pictures(machine, out)


def album(path: Path) -> None:
    """Pictures enough that the scan goes on for a while after the first finding."""
    photos = photographs()
    pictures = {f"home/sam/Pictures/p{n:03}.jpg": photos[n % len(photos)] + b"%d" % n for n in range(PICTURES)}
    ext_volume(path, 2 * sum(map(len, pictures.values())) + (32 << 20), pictures)


def take_pictures(machine: Machine, out: Path) -> None:
    """As an agent would; the root shell reads what stands on the screen, to know when."""
    wait_for_screen(machine, "Portugu")
    machine.press("1")
    wait_for_screen(machine, "keyboard")
    machine.press("1")
    wait_for_screen(machine, "CAMERA")
    machine.press("c")
    wait_for_screen(machine, "Case +>")
    for words in ("2026/114", "J. Roe", "A3", "2 min fast"):
        machine.type_keys(words)
    wait_for_screen(machine, "CAMERA")
    machine.screenshot(out / "guide.png")
    machine.press("ret")
    wait_for_screen(machine, r"FINDINGS +[1-9]")
    machine.screenshot(out / "scan.png")
    wait_for_screen(machine, "switch off safely")
    machine.screenshot(out / "result.png")


def wait_for_screen(machine: Machine, pattern: str) -> None:
    """Wait until the text is on the first console."""
    end = time.monotonic() + PATIENCE
    while not re.search(pattern, machine.run("cat /dev/vcs1 | tr -c '[:print:]' ' '", 300)):
        if time.monotonic() > end:
            raise TimeoutError(pattern)
        time.sleep(1)


if __name__ == "__main__":
    main()
