"""Boot tests 1 to 3 and the good half of 4: BIOS, UEFI and Secure Boot, from power-on to the switched-off machine."""

from __future__ import annotations

import os
import time
from pathlib import Path

import pytest

import matrix
import sticks
import suspects
from attempts import ATTEMPTS, PRELUDE
from conftest import REPOSITORY, Image
from machine import Disk, Machine, running

pytestmark = pytest.mark.boot
PATIENCE = 3600
PICTURES = Path(os.environ.get("SEEK_PHOTOGRAPHS", REPOSITORY / "tests/boot/photographs"))
ON_EVERY_BUS = {"EXT4": "sata", "SWAP": "virtio", "SUSPENDED": "nvme", "FAT": "usb", "EXT4ERR": "scsi", "NTFS": "sata", "PLAIN": "sata"}


def suspects_on_every_bus(folder: Path) -> list[Disk]:
    """A disk on each kind of bus, each of a kind that tempts a system to write."""
    disks = []
    for name, bus in ON_EVERY_BUS.items():
        suspects.MAKERS[name](folder / f"{name}.img")
        disks.append(Disk(name=name.lower(), file=folder / f"{name}.img", bus=bus, serial=name))
    suspects.impostor(folder / "IMPOSTOR.img")
    suspects.impostor(folder / "IMPOSTORUSB.img")
    return [
        *disks,
        Disk(name="impostor", file=folder / "IMPOSTOR.img", bus="scsi", serial="IMPOSTOR"),
        Disk(name="impostorusb", file=folder / "IMPOSTORUSB.img", bus="usb", serial="IMPOSTORUSB"),
    ]


def search(machine: Machine, marks: dict[str, float]) -> str:
    """Lead the guide from the language to the result, over the serial console; the result's text."""
    began = time.monotonic()
    machine.serial.wait_for("Portugu", PATIENCE)
    marks["guide"] = time.monotonic() - began
    machine.serial.type("1")
    machine.serial.wait_for("six layers tested", PATIENCE)
    machine.serial.wait_for("/dev/sd.*ENTER start", PATIENCE)
    machine.screenshot(machine.folder / "guide.png")
    machine.serial.type("\r")
    machine.serial.wait_for("QUICK SCAN RUNNING", PATIENCE)
    marks["scan"] = time.monotonic() - began
    result = machine.serial.wait_for("(FINDINGS: |NO FINDINGS|SCAN FAILED).*switch off safely", PATIENCE).group(0)
    marks["result"] = time.monotonic() - began
    return result


@pytest.mark.parametrize("firmware", ["bios", "uefi", "secure-boot"])
def test_from_power_on_to_a_verified_bundle(firmware: str, stick_image: Image, tmp_path: Path) -> None:
    boot, evidence = tmp_path / "boot.img", tmp_path / "evidence.img"
    sticks.make_boot_stick(stick_image.iso, boot, serial="SEEKSTICK1", keep_key=tmp_path / "key")
    sticks.make_evidence_stick(boot, tmp_path / "key", evidence, serial="SEEKEVID1")
    wipe_own_evidence(boot)
    sticks.ask_for_root_shell(boot)
    disks = suspects_on_every_bus(tmp_path)
    before = matrix.digests(disks)
    boot_stick = Disk(name="stick", file=boot, bus="usb", serial="SEEKSTICK1", bootable=True)
    evidence_stick = Disk(name="evidence", file=evidence, bus="usb", serial="SEEKEVID1")
    marks: dict[str, float] = {}

    with running(Machine(tmp_path / "pc", [*disks, boot_stick, evidence_stick], firmware=firmware)) as machine:
        result = search(machine, marks)
        assert "FINDINGS: " in result
        assert "NO FINDINGS" not in result
        refused = attempt_everything(machine, disks)
        assert machine.writes_to("stick") == (0, 0)
        assert machine.writes_to("evidence")[0] > 0
        posed = machine.run("cat /run/seek/evidence-refused.jsonl")
        machine.serial.type("\r")
        machine.serial.wait_for("MAY BE PULLED", PATIENCE)
        assert machine.stopped_by_itself(PATIENCE)

    print(f"{firmware}: seconds from power-on: {marks}; {len(refused)} attempts, none arrived")
    assert "IMPOSTORUSB" in posed
    assert "not on USB" in posed
    assert matrix.digests(disks) == before
    bundles = sticks.take_out(evidence, tmp_path / "taken")
    assert bundles
    for bundle in bundles:
        sticks.check_with_stock_tools(bundle)


def wipe_own_evidence(boot: Path) -> None:
    """Take the boot stick's own evidence partition away, so that the boot stick has no reason ever to be written."""
    suspects.run("sgdisk", "--delete=4", boot)


def attempt_everything(machine: Machine, disks: list[Disk]) -> list[str]:
    """As root, on the very image that goes onto sticks: nothing arrives at any suspect's disk."""
    machine.open_shell(60)
    machine.run(PRELUDE.strip().replace("\n", "; "), 60)
    names = {disk.serial for disk in disks}
    attempts = [attempt for attempt in ATTEMPTS if not attempt.needs_tools and attempt.disk in names]
    cells = matrix.try_all(machine, disks, attempts)
    assert [name for name, cell in cells.items() if cell == "W"] == []
    assert all(counts == (0, 0) for counts in matrix.arrived(machine, disks).values())
    return list(cells)
