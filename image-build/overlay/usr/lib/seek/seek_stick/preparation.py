"""Once at the start: which device is the stick, and what its boot partition says about evidence partitions."""

from __future__ import annotations

import contextlib
import shutil
from pathlib import Path

from seek_stick import block_devices, evidence, programs, write_block
from seek_stick.block_devices import BlockDevice, text
from seek_stick.enrolment import STICK

RUN = write_block.RUN
BOOT = RUN / "boot"
ENROLMENT_FILES = ("stick.pub", "build", "set-signers", "lab-keys")
EFI_VARIABLES = Path("/sys/firmware/efi/efivars")
DMI = Path("/sys/class/dmi/id")
SERIAL_NUMBERS = ("product_serial", "chassis_serial", "board_serial")


def prepare() -> None:
    """Make the folders, find the stick, take the enrolments from its boot partition."""
    make_folders()
    show_serial_numbers()
    mount_firmware_variables()
    medium = dict(line.split("=", 1) for line in text(RUN / "medium.txt").splitlines() if "=" in line)
    devices = stick_devices(medium.get("partition", ""))
    take_enrolments(devices)
    evidence.replace_file(
        RUN / "stick.json",
        {
            "devices": [device.node for device in devices],
            "disk": f"/dev/{devices[0].disk}" if devices else "",
            "serial": devices[0].serial if devices else "",
            "in_memory": medium.get("in_memory") == "yes",
            "enrolled": len(list((STICK / "enrolled").glob("*.json"))),
            "media_refused": text(RUN / "media-refused").splitlines(),
            **write_block.build_facts(),
        },
    )


def make_folders() -> None:
    """The user seek's home and the stick's own folders, all in memory."""
    home = RUN / "home"
    home.mkdir(parents=True, exist_ok=True)
    shutil.copytree("/etc/skel", home, dirs_exist_ok=True)
    home.chmod(0o700)
    shutil.chown(home, "seek", "seek")
    (STICK / "enrolled").mkdir(parents=True, exist_ok=True)


def show_serial_numbers() -> None:
    """Of the machine, to every user: the scan writes them down, and the kernel keeps them for root."""
    for name in SERIAL_NUMBERS:
        with contextlib.suppress(OSError):
            (DMI / name).chmod(0o444)


def mount_firmware_variables() -> None:
    """Read-only, to tell whether Secure Boot is on."""
    if EFI_VARIABLES.exists() and not any(EFI_VARIABLES.iterdir()):
        programs.run("mount", "-t", "efivarfs", "-o", "ro,nosuid,nodev,noexec", "efivarfs", str(EFI_VARIABLES))


def stick_devices(medium: str) -> list[BlockDevice]:
    """The disk that the medium was found on, and its partitions."""
    attached = block_devices.attached()
    disk = next((each.disk for each in attached if each.name == medium), "")
    return sorted((each for each in attached if each.disk == disk), key=lambda each: (each.is_partition, each.name))


def take_enrolments(devices: list[BlockDevice]) -> None:
    """Copy the public key and the enrolments out of the stick's boot partition, mounted read-only."""
    BOOT.mkdir(parents=True, exist_ok=True)
    for partition in (each for each in devices if each.is_partition):
        if block_devices.udev_facts(partition.number).get("ID_FS_LABEL") != "SEEK-BOOT":
            continue
        done = programs.run("mount", "-t", "vfat", "-o", "ro,nosuid,nodev,noexec", partition.node, str(BOOT))
        if done.returncode == 0:
            copy_enrolments(BOOT / "seek")
            programs.run("umount", str(BOOT))


def copy_enrolments(source: Path) -> None:
    """Keep what the boot partition says, so that the stick may be pulled."""
    for name in ENROLMENT_FILES:
        if (source / name).is_file():
            shutil.copyfile(source / name, STICK / name)
    for path in sorted((source / "enrolled").glob("*.json*")):
        shutil.copyfile(path, STICK / "enrolled" / path.name)
