"""The guide's first screens in every language, from the emulated screen of 1280 x 800: to be looked at, as no test can see that they are good.

python -m tests.boot.screens FOLDER [LANGUAGE…]
"""

from __future__ import annotations

import dataclasses
import sys
import tempfile
from pathlib import Path

from cli.guide.asking import LANGUAGES

from tests.boot import images, suspects, templates
from tests.boot.agent import PATIENCE
from tests.boot.machine import Disk, Machine, running
from tests.boot.screenshots import wait_for_screen


def main() -> None:
    """Start once, by UEFI, which has a screen of pixels; then the guide anew for each language."""
    folder_name, *wanted = sys.argv[1:]
    out = Path(folder_name)
    out.mkdir(parents=True, exist_ok=True)
    image = images.named("seek-live")
    with tempfile.TemporaryDirectory(dir="/var/tmp") as name:
        folder = Path(name)
        suspects.photographs(folder / "SUSPECT.img", 4)
        disks = [
            Disk(name="suspect", file=folder / "SUSPECT.img", serial="WD-WX12A3456789"),
            dataclasses.replace(templates.stick(image, folder), bus="virtio"),
        ]
        kernel = image.started_with("systemd.mask=seek-guide@ttyS0.service")
        with running(Machine(folder / "pc", disks, firmware="uefi", kernel=kernel)) as machine:
            machine.open_shell(PATIENCE)
            keys = {str(code): key for key, (code, _) in LANGUAGES.items()}
            for code in wanted or keys:
                take_pictures(machine, keys[code], code, out)


def take_pictures(machine: Machine, key: str, code: str, out: Path) -> None:
    """The choice of the keyboard and the main screen; the first language shows the choice of languages, too."""
    wait_for_screen(machine, "Portugu")
    if not (out / "languages.png").exists():
        machine.screenshot(out / "languages.png")
    machine.press(key)
    wait_for_screen(machine, "Latinoam")
    machine.screenshot(out / f"{code}-keyboard.png")
    machine.press("1")
    wait_for_screen(machine, "/dev/[sv]d")
    machine.screenshot(out / f"{code}-main.png")
    machine.run("systemctl restart seek-guide@tty1", PATIENCE)


if __name__ == "__main__":
    main()
