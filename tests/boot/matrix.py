"""The attempts by layer: `python3 tests/boot/matrix.py` makes every attempt under every set of layers and prints the table.

A cell is W when the emulator counted a write or an unmap at any suspect disk during the attempt, else -. The first
column is the positive control: with all layers off, attempts must arrive, or the test proves nothing.
"""

from __future__ import annotations

import argparse
import contextlib
import hashlib
import json
import os
import shutil
import sys
from collections.abc import Iterable
from pathlib import Path

import suspects
from attempts import ATTEMPTS, PRELUDE, Attempt
from machine import Disk, Machine, running

WORDS_OF_LAYER_5 = ("noresume", "nohibernate", "raid=noautodetect", "systemd.swap=0", "systemd.gpt_auto=0")
LAYER_SETS: dict[str, tuple[str, ...]] = {
    "nothing": ("read-only-flag", "bpf-programs", "unprivileged-reading", "command-line"),
    "flag": ("bpf-programs", "unprivileged-reading", "command-line"),
    "BPF": ("read-only-flag", "unprivileged-reading", "command-line"),
    "flag + BPF": ("unprivileged-reading", "command-line"),
    "flag + BPF + command line": (),
}
BOOT_SECONDS = 3600


def make_disks(folder: Path) -> list[Disk]:
    """The suspects' disks; those that need a kernel driver are still empty."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, maker in suspects.MAKERS.items():
        maker(folder / f"{name}.img")
    for name, size in suspects.INSIDE_SIZES.items():
        suspects.empty(folder / f"{name}.img", size)
    return disks_in(folder)


def disks_in(folder: Path) -> list[Disk]:
    """How each disk is attached: SATA has six ports, the rest goes to the other buses."""
    names = [*suspects.MAKERS, *suspects.INSIDE_SIZES]
    plugged: list[Disk] = []
    for name in names:
        sata_used = sum(disk.bus == "sata" for disk in plugged)
        bus = suspects.BUSES.get(name) or ("sata" if sata_used < 6 else "scsi")
        plugged.append(Disk(name=name.lower(), file=folder / f"{name}.img", bus=bus, serial=name))
    return plugged


def copy_disks(source: Path, target: Path) -> list[Disk]:
    """A fresh set of the same disks."""
    shutil.rmtree(target, ignore_errors=True)
    target.mkdir(parents=True)
    for file in source.glob("*.img"):
        shutil.copyfile(file, target / file.name)
    return disks_in(target)


def booted(machine: Machine) -> None:
    """Wait for the root shell and lay the attempts' tools ready."""
    machine.open_shell(BOOT_SECONDS)
    machine.run("systemctl is-system-running --wait || true; udevadm settle", BOOT_SECONDS)
    machine.run(PRELUDE.strip().replace("\n", "; "), 60)


def finish_disks_inside(machine: Machine, disks: list[Disk], templates: Path) -> None:
    """Make the disks that need a kernel driver, keep them as a power cut would leave them, then let go of them."""
    for line in suspects.MADE_INSIDE.strip().splitlines():
        machine.try_to_run(line, 600)
    machine.ask("stop")
    for disk in disks:
        if disk.file.stem in suspects.INSIDE_SIZES:
            shutil.copyfile(disk.file, templates / disk.file.name)
    machine.ask("cont")
    machine.try_to_run(suspects.LET_GO, 600)
    (templates / "finished").touch()


def arrived(machine: Machine, disks: Iterable[Disk]) -> dict[str, tuple[int, int]]:
    """Write and unmap operations at every suspect disk."""
    return {disk.name: machine.writes_to(disk.name) for disk in disks}


def try_all(machine: Machine, disks: list[Disk], attempts: Iterable[Attempt]) -> dict[str, str]:
    """Make every attempt; W or - for each."""
    cells: dict[str, str] = {}
    for attempt in attempts:
        before = arrived(machine, disks)
        with contextlib.suppress(TimeoutError):
            machine.try_to_run(f"D=$(disk {attempt.disk}); {attempt.commands}; sync", 240)
        after = arrived(machine, disks)
        cells[attempt.name] = "W" if after != before else "-"
        print(f"  {cells[attempt.name]}  {attempt.name}", file=sys.stderr, flush=True)
    return cells


def digests(disks: Iterable[Disk]) -> dict[str, str]:
    """SHA-256 of every disk."""
    return {disk.name: hashlib.file_digest(disk.file.open("rb"), "sha256").hexdigest() for disk in disks}


def column(parts: tuple[Path, Path, str], stick: Disk, templates: Path, folder: Path, attempts: Iterable[Attempt]) -> dict[str, str]:
    """One set of layers: boot, attempt everything, compare counters and digests."""
    disks = copy_disks(templates, folder / "disks")
    before = digests(disks)
    with running(Machine(folder, [*disks, stick], kernel=parts)) as machine:
        booted(machine)
        at_boot = {name: counts for name, counts in arrived(machine, disks).items() if counts != (0, 0)}
        if not (templates / "finished").exists():
            finish_disks_inside(machine, disks, templates)
        cells = {"booting alone": "W" if at_boot else "-", **try_all(machine, disks, attempts)}
    changed = [name for name, digest in digests(disks).items() if digest != before[name]]
    cells["SHA-256 of the disks changed"] = "W" if changed else "-"
    return cells


def table(columns: dict[str, dict[str, str]]) -> str:
    """The columns as a Markdown table."""
    names = list(columns)
    rows = list(dict.fromkeys(row for cells in columns.values() for row in cells))
    lines = ["| attempt | " + " | ".join(names) + " |", "|---|" + "---|" * len(names)]
    lines += [f"| {row} | " + " | ".join(columns[name].get(row, "") for name in names) + " |" for row in rows]
    return "\n".join(lines)


def all_columns(image: object, work: Path, names: Iterable[str]) -> dict[str, dict[str, str]]:
    """Every set of layers. The first, with nothing on, also makes the disks that only a kernel driver can make."""
    stick_file = work / "stick.iso"
    work.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(image.iso, stick_file)  # type: ignore[attr-defined]
    stick = Disk(name="stick", file=stick_file, bus="usb", serial="SEEKSTICK")
    templates = work / "templates"
    if not (templates / "finished").exists():
        make_disks(templates)
    columns: dict[str, dict[str, str]] = {}
    for name in names:
        print(name, file=sys.stderr, flush=True)
        columns[name] = column(parts_for(image, LAYER_SETS[name]), stick, templates, work / name.replace(" ", ""), ATTEMPTS)
        (work / "columns.json").write_text(json.dumps(columns, indent=1))
    return columns


def parts_for(image: object, off: tuple[str, ...]) -> tuple[Path, Path, str]:
    """Kernel, initrd and command line with these layers left out."""
    words = [f"systemd.mask={unit}.service" for unit in ("seek-guide@tty1", "seek-guide@ttyS0", "seek-ready")]
    without = WORDS_OF_LAYER_5 if "command-line" in off else ()
    words += [f"seek.off={','.join(name for name in off if name != 'command-line')}"] if off else []
    parts: tuple[Path, Path, str] = image.started_with(*words, without=without)  # type: ignore[attr-defined]
    return parts


def main() -> None:
    """Print the table."""
    from conftest import image_named

    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--work", type=Path, default=Path(os.environ.get("TMPDIR", "/var/tmp")) / "seek-matrix")
    parser.add_argument("layers", nargs="*", default=list(LAYER_SETS))
    options = parser.parse_args()
    print(table(all_columns(image_named("seek-live-test"), options.work, options.layers)))


if __name__ == "__main__":
    main()
