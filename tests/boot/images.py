"""The built images: where they are, and how they are started without their boot menu."""

from __future__ import annotations

import dataclasses
import os
from pathlib import Path

REPOSITORY = Path(__file__).resolve().parents[2]
IMAGES = Path(os.environ.get("SEEK_IMAGES", REPOSITORY / "build/image"))
WORDS_OF_LAYER_5 = ("noresume", "nohibernate", "raid=noautodetect", "systemd.swap=0", "systemd.gpt_auto=0", "lockdown=integrity")
WITHOUT_GUIDE = tuple(f"systemd.mask={unit}.service" for unit in ("seek-guide@tty1", "seek-guide@ttyS0", "seek-ready"))
ALL_LAYERS = ("read-only-flag", "bpf-programs", "unprivileged-reading", "command-line")
"""Those that a test image can leave out at its start."""

IN_AN_EMULATOR = ("no_timer_check",)
"""A loaded host delivers an emulated timer's first interrupts so late that the kernel takes the timer for broken, panics, and goes off."""

Parts = tuple[Path, Path, str]
"""Kernel, first root file system, kernel command line."""


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Image:
    """A built image, and what is needed to start it without its boot menu."""

    iso: Path
    kernel: Path
    initrd: Path
    command_line: str

    def started_with(self, *words: str, without: tuple[str, ...] = ()) -> Parts:
        """With more words on the command line, and a root shell on the second serial line."""
        kept = [word for word in self.command_line.split() if word not in without]
        line = " ".join([*kept, "console=tty1", "console=ttyS0,115200", "systemd.debug_shell=ttyS1", *IN_AN_EMULATOR, *words])
        return self.kernel, self.initrd, line

    def with_layers_off(self, off: tuple[str, ...] = ALL_LAYERS) -> Parts:
        """Without these write-block layers and without a guide; the test image alone obeys."""
        words = [f"seek.off={','.join(name for name in off if name != 'command-line')}"] if off else []
        return self.started_with(*WITHOUT_GUIDE, *words, without=WORDS_OF_LAYER_5 if "command-line" in off else ())


def named(name: str, folder: Path = IMAGES) -> Image:
    """A built image. Raises FileNotFoundError."""
    return Image(
        iso=(folder / f"{name}.iso").resolve(strict=True),
        kernel=folder / f"{name}.vmlinuz",
        initrd=folder / f"{name}.initrd",
        command_line=(folder / f"{name}.command-line").read_text().strip(),
    )
