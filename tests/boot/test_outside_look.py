"""What others test write blockers by: NIST's test cases that need no further device (docs/write-block.md has the table).

Commands that change a disk, and tools that write (HWB-01 to HWB-04), are test_write_block.py's; here is the other half: what is
read is what is on the disk, what a disk says of itself is passed on, and a fault of a disk is told.
"""

from __future__ import annotations

import hashlib
from pathlib import Path

import pytest

from tests.boot import matrix, suspects, templates
from tests.boot.images import WITHOUT_GUIDE, Image
from tests.boot.machine import Disk, Machine, running

pytestmark = pytest.mark.boot
SECTOR = 512
BAD = 70_001
"""A sector that the emulated disk cannot read."""
BUSES = ("sata", "scsi", "nvme", "usb", "virtio")
READ = "dd if=$(disk {}) bs=512 skip={} count=1 iflag=direct status=none | sha256sum"


def test_all_is_read_and_told_as_it_is_and_a_bad_sector_as_bad(stick_image: Image, tmp_path: Path) -> None:
    disks = [Disk(name=bus, file=tmp_path / f"{bus}.img", bus=bus, serial=f"{bus.upper()}DISK") for bus in BUSES]
    for disk in disks:
        suspects.photographs(disk.file, 4)
        disk.file.with_suffix(".part").unlink()
    bad = Disk(name="bad", file=tmp_path / "bad.img", serial="BADDISK", bad_sector=BAD)
    suspects.plain(bad.file)
    before = matrix.digests([*disks, bad])
    with running(Machine(tmp_path, [*disks, bad, templates.stick(stick_image, tmp_path)], kernel=stick_image.started_with(*WITHOUT_GUIDE))) as machine:
        templates.booted(machine)
        for disk in disks:
            reads_what_is_there(machine, disk, before[disk.name])
            tells_what_the_disk_tells(machine, disk)
        tells_a_fault_and_reads_the_rest(machine, bad)
        assert set(matrix.arrived(machine, [*disks, bad]).values()) == {(0, 0)}
    assert matrix.digests([*disks, bad]) == before


def reads_what_is_there(machine: Machine, disk: Disk, digest: str) -> None:
    """HWB-05, HWB-06, HWB-07: by plain reads of every byte, and by tools of the trade."""
    assert machine.run(f"sha256sum <$(disk {disk.serial})", 600).split()[0] == digest
    listed = machine.run(f"mmls $(disk {disk.serial}); fls -o 2048 $(disk {disk.serial})", 300)
    assert listed.strip() == (suspects.run("mmls", disk.file) + suspects.run("fls", "-o", "2048", disk.file)).strip()


def tells_what_the_disk_tells(machine: Machine, disk: Disk) -> None:
    """HWB-08: size, sectors and serial number, by which an examiner knows it."""
    told = machine.run(f"D=$(disk {disk.serial}); blockdev --getsize64 --getss --getpbsz $D; lsblk -ndo SERIAL $D").split()
    assert told == [str(disk.file.stat().st_size), str(SECTOR), str(SECTOR), disk.serial]


def tells_a_fault_and_reads_the_rest(machine: Machine, disk: Disk) -> None:
    """HWB-09: an error that the disk reports is reported, and not covered up by other bytes."""
    code, said = machine.try_to_run(f"dd if=$(disk {disk.serial}) of=/dev/null bs=512 skip={BAD} count=1 iflag=direct", 300)
    assert code != 0
    assert "Input/output error" in said
    for sector in (BAD - 1, BAD + 1):
        there = hashlib.sha256(disk.file.read_bytes()[sector * SECTOR : (sector + 1) * SECTOR]).hexdigest()
        assert machine.run(READ.format(disk.serial, sector), 300).split()[0] == there
