"""The images under test, and a loud word when they or the emulator are not there."""

from __future__ import annotations

import dataclasses
import os
import shutil
import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))

import machine

REPOSITORY = Path(__file__).resolve().parents[2]
IMAGES = Path(os.environ.get("SEEK_IMAGES", REPOSITORY / "build/image"))


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Image:
    """A built image, and what is needed to start it without its boot menu."""

    iso: Path
    kernel: Path
    initrd: Path
    command_line: str

    def started_with(self, *words: str, without: tuple[str, ...] = ()) -> tuple[Path, Path, str]:
        """Kernel, initrd and command line, with a root shell on the second serial line."""
        kept = [word for word in self.command_line.split() if word not in without]
        line = " ".join([*kept, "console=tty1", "console=ttyS0,115200", "systemd.debug_shell=ttyS1", *words])
        return self.kernel, self.initrd, line


def image_named(name: str) -> Image:
    """Find a built image; say loudly what is missing."""
    if shutil.which(machine.QEMU) is None:
        pytest.skip(f"BOOT TESTS SKIPPED: {machine.QEMU} is not installed; run: make image-setup", allow_module_level=True)
    iso = IMAGES / f"{name}.iso"
    if not iso.exists():
        pytest.skip(f"BOOT TESTS SKIPPED: {iso.name} is not built; run: make boot-test", allow_module_level=True)
    return Image(
        iso=iso,
        kernel=IMAGES / f"{name}.vmlinuz",
        initrd=IMAGES / f"{name}.initrd",
        command_line=(IMAGES / f"{name}.command-line").read_text().strip(),
    )


@pytest.fixture(scope="session")
def stick_image() -> Image:
    """The image that goes onto sticks."""
    return image_named("seek-live")


@pytest.fixture(scope="session")
def test_image() -> Image:
    """The same recipe with nothing pruned, tools that write, and layers that can be left out."""
    return image_named("seek-live-test")
