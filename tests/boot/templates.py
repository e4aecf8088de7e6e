"""The suspects' disks as whole-disk files: most made on the host, the rest inside the test image, once for all tests."""

from __future__ import annotations

import fcntl
import hashlib
import shutil
from pathlib import Path

from tests.boot import suspects
from tests.boot.attempts import laid_ready
from tests.boot.images import Image
from tests.boot.machine import Disk, Machine, running

SATA_PORTS = 5  # the sixth is for a disc drive
PATIENCE = 1200


def made(image: Image, keep: Path) -> Path:
    """The folder of finished disks for this wording of suspects.py; made by the first who asks."""
    folder = keep / hashlib.sha256(Path(suspects.__file__).read_bytes()).hexdigest()[:12]
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not (folder / "finished").exists():
            make_on_host(folder)
            make_inside(image, folder)
            (folder / "finished").touch()
    return folder


def make_on_host(folder: Path) -> None:
    """Those that ordinary tools make; those that need a kernel driver hold nothing yet but what is to be laid in them."""
    for name, maker in suspects.MAKERS.items():
        maker(folder / f"{name}.img")
    for name, size in suspects.INSIDE_SIZES.items():
        disk = suspects.empty(folder / f"{name}.img", size)
        if name in suspects.HELD:
            with disk.open("r+b") as stream:
                stream.write(suspects.posing(name))


def make_inside(image: Image, folder: Path) -> None:
    """Start the test image with nothing on, fill the disks, and keep them as a power cut leaves them."""
    work = folder / "work"
    work.mkdir(exist_ok=True)
    disks = [disk for disk in disks_in(folder) if disk.file.stem in suspects.INSIDE_SIZES]
    with running(Machine(work, [*disks, stick(image, work)], kernel=image.with_layers_off())) as machine:
        booted(machine)
        for line in suspects.MADE_INSIDE.strip().splitlines():
            machine.run(line, 600)
        machine.cut_power()
    shutil.rmtree(work)


def stick(image: Image, folder: Path) -> Disk:
    """A copy of the image, as the stick that the machine is started with."""
    file = folder / "stick.iso"
    shutil.copyfile(image.iso, file)
    return Disk(name="stick", file=file, bus="usb", serial="SEEKSTICK")


def booted(machine: Machine) -> None:
    """Wait for the root shell and lay the attempts' tools ready."""
    machine.open_shell(PATIENCE)
    machine.run("systemctl is-system-running --wait || true; for try in $(seq 30); do udevadm settle && break; done", PATIENCE)
    for line in laid_ready():
        machine.run(line, 600)


def disks_in(folder: Path) -> list[Disk]:
    """How each disk is attached: SATA has few ports, the rest goes to the other buses."""
    plugged: list[Disk] = []
    for name in [*suspects.MAKERS, *suspects.INSIDE_SIZES]:
        sata_used = sum(disk.bus == "sata" for disk in plugged)
        bus = suspects.BUSES.get(name) or ("sata" if sata_used < SATA_PORTS else "scsi")
        plugged.append(Disk(name=name.lower(), file=folder / f"{name}.img", bus=bus, serial=name))
    return plugged


def copied(source: Path, target: Path) -> list[Disk]:
    """A fresh set of the same disks."""
    shutil.rmtree(target, ignore_errors=True)
    target.mkdir(parents=True)
    for file in source.glob("*.img"):
        shutil.copyfile(file, target / file.name)
    return disks_in(target)
