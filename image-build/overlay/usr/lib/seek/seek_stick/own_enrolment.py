"""The first start of a stick that was written from the plain image, as labs with Windows alone write it: it enrols itself.

Beforehand, on the lab's own computer, never on scene. What must be so, in this order; each step names what it stops:
1. the write block is on
2. the disk is the one that this system was started from    (any other stick or disk)
3. it hangs on USB and tells a serial number                (a built-in disk that our image was copied to)
4. nobody has enrolled it: no key lies in its boot partition  (a stick that is in use, whose evidence would be lost)
5. its partition table is the image's alone                 (data that somebody has put behind it)
6. every byte of the system on it has the root hash of what runs  (another stick that was plugged in under its name)
Only then: the disk alone may be written for as long as it takes, and what was written is read back. What can be written is
the partition table, the boot partition's files and the space behind the image.
"""

from __future__ import annotations

import contextlib
import json
import os
import tempfile
from collections.abc import Iterator
from pathlib import Path

import evidence_partition
from evidence_partition import EFI_TYPE, MINIMUM_EVIDENCE_SECTORS, StickError

from seek_stick import block_devices, evidence, programs, write_block
from seek_stick.block_devices import BlockDevice, text
from seek_stick.enrolment import STICK
from seek_stick.write_block import LAYERS_OFF, RUN

LOOK = RUN / "own-look"
STICK_FACTS = RUN / "stick.json"
DISK_UUID = "7365656b-0000-4000-8000-000000000002"
"""Of the image's partition table (steps/medium.sh)."""
AS_PUBLISHED = 3
"""Partitions: the system, the boot partition, and what lies behind it in an ISO."""


class NotNowError(Exception):
    """Why this stick does not enrol itself: in a code for the guide, and in words."""

    def __init__(self, code: str, reason: str) -> None:
        super().__init__(reason)
        self.code = code


def offered() -> dict[str, object]:
    """Whether it could, and which disk it is: what is asked before anybody is asked to confirm it."""
    try:
        disk = check()
    except NotNowError as reason:
        return {"possible": False, "code": reason.code, "reason": str(reason)}
    return {"possible": True, "disk": disk.node, "serial": disk.serial, "bytes": disk.sectors * 512}


def enrol_itself(serial: str) -> dict[str, object]:
    """Do it, if that is the serial number of the stick: whoever typed it has read which stick it is."""
    try:
        disk = check()
        if serial != disk.serial:
            raise NotNowError("other_serial", "that is not this stick's serial number")
        with held(disk), tempfile.TemporaryDirectory(prefix="enrol-", dir=RUN) as folder:
            check_system(disk)
            return made(disk, Path(folder))
    except (NotNowError, StickError, OSError) as reason:
        code = reason.code if isinstance(reason, NotNowError) else "failed"
        return {"enrolled": False, "code": code, "reason": str(reason)}


def check() -> BlockDevice:
    """Steps 1 to 5; the disk."""
    # 1
    if any(LAYERS_OFF.glob("*")):
        raise NotNowError("block_off", "the write block is not complete")
    # 2
    node = json.loads(text(STICK_FACTS) or "{}").get("disk", "")
    disk = next((each for each in block_devices.attached() if each.node == node and not each.is_partition), None)
    if disk is None:
        raise NotNowError("not_there", "the stick that this system was started from is not plugged in")
    # 3
    if not disk.by_usb:
        raise NotNowError("not_usb", "it is not on USB")
    if not disk.serial:
        raise NotNowError("no_serial", "it tells no serial number, so that it could not be told from a copy")
    # 4
    if (STICK / "stick.pub").exists() or list((STICK / "enrolled").glob("*")):
        raise NotNowError("enrolled", "it is enrolled already")
    check_table(disk)
    return disk


def check_table(disk: BlockDevice) -> None:
    """Step 5: the image's own table, and room behind it."""
    try:
        table = evidence_partition.table_of(Path(disk.node))
    except StickError as error:
        raise NotNowError("other_table", str(error)) from error
    parts = table.get("partitions", [])
    end = max((int(part["start"]) + int(part["size"]) for part in parts), default=0)
    boots = [part for part in parts if str(part["type"]).lower() == EFI_TYPE]
    if str(table.get("id", "")).lower() != DISK_UUID or len(parts) > AS_PUBLISHED or len(boots) != 1:
        raise NotNowError("other_table", "its partition table is not the image's")
    if disk.sectors - end < MINIMUM_EVIDENCE_SECTORS + 4 * evidence_partition.ALIGNMENT:
        raise NotNowError("too_small", "there is no room for evidence behind the system")


def check_system(disk: BlockDevice) -> None:
    """Step 6: the system on it, read through a read-only mount, is the one that runs."""
    LOOK.mkdir(parents=True, exist_ok=True)
    for part in (each for each in block_devices.attached() if each.disk == disk.name and each.is_partition):
        if programs.run("mount", "-t", "iso9660", "-o", "ro,nosuid,nodev,noexec", part.node, str(LOOK)).returncode:
            continue
        try:
            files = [str(LOOK / "seek" / name) for name in ("root.squashfs", "root.verity")]
            if programs.run("veritysetup", "verify", *files, write_block.root_hash()).returncode == 0:
                return
        finally:
            programs.run("umount", str(LOOK))
    raise NotNowError("other_system", "the system on it is not the one that runs here")


@contextlib.contextmanager
def held(disk: BlockDevice) -> Iterator[None]:
    """Keep it open: as long as it is, no other device gets its name and number, pulled out or not."""
    descriptor = os.open(disk.node, os.O_RDONLY | os.O_CLOEXEC)
    try:
        facts = os.fstat(descriptor)
        if (os.major(facts.st_rdev), os.minor(facts.st_rdev)) != (disk.major, disk.minor):
            raise NotNowError("not_there", "the stick was pulled out")
        yield
    finally:
        os.close(descriptor)


@contextlib.contextmanager
def may_be_written(disk: BlockDevice) -> Iterator[None]:
    """The whole disk, and nothing else, for as long as it takes."""
    evidence.WRITABLE.mkdir(parents=True, exist_ok=True)
    (evidence.WRITABLE / disk.number).touch()
    programs.allow(disk.major, disk.minor)
    try:
        programs.run("blockdev", "--setrw", disk.node)
        yield
    finally:
        evidence.take_leave_away()


def made(disk: BlockDevice, work: Path) -> dict[str, object]:
    """The evidence partition behind the image, enrolled with a key of this stick's own, which is then gone."""
    stick, key = Path(disk.node), work / "stick-key"
    evidence_partition.new_key(key)
    with may_be_written(disk):
        evidence_partition.move_table_to_the_end(stick)
        partition, written = evidence_partition.make_evidence(
            stick, boot=stick, serial=disk.serial, key=key, work=work, further={}
        )
    evidence_partition.read_back(written)
    return {
        "enrolled": True,
        "serial": disk.serial,
        "partition_uuid": partition.uuid,
        "bytes": partition.sectors * 512,
        "key": evidence_partition.fingerprint(key),
    }
