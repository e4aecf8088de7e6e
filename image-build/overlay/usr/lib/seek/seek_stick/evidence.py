"""Opens the one enrolled evidence partition for writing, and closes it again.

What is checked before a partition may be written, in this order; each step names what it stops:
1. the write block is on                        (or a test image's recorded override)
2. its partition table calls it SEEK-EVIDENCE   (anything else is not looked at)
3. it hangs on USB                              (a suspect's built-in disk with our label)
4. a signed enrolment names its partition UUID  (a suspect's USB disk with our label)
5. that enrolment names its disk's serial       (a copy of our evidence stick)
6. mounted read-only, it holds the enrolment's random id   (a copy that lies about its serial, an older stick)
Only then: the partition alone enters the map of devices that may be written, and its read-only flag is lifted.
"""

from __future__ import annotations

import json
import os
import pwd
import time
from pathlib import Path

from seek_stick import block_devices, programs
from seek_stick.block_devices import BlockDevice, text
from seek_stick.enrolment import Enrolment, enrolments
from seek_stick.write_block import LAYERS_OFF, OVERRIDE, RUN, TEST_IMAGE

LABEL = "SEEK-EVIDENCE"
MOUNT = RUN / "evidence"
LOOK = RUN / "evidence-look"
STATE = RUN / "evidence.json"
NUMBER = RUN / "evidence.number"
REFUSED = RUN / "evidence-refused.jsonl"
WRITABLE = RUN / "writable"
IDENTITY_FILE = "seek-evidence.id"


class NotOursError(Exception):
    """A partition that is not opened, and why: in a code for the guide, which has words for it in
    the languages of the guide, and in words."""

    def __init__(self, code: str, reason: str) -> None:
        super().__init__(reason)
        self.code = code


def status() -> dict[str, object]:
    """Whether the evidence partition is open, and what was refused."""
    return {"open": STATE.exists() and is_mounted(MOUNT), "evidence": json.loads(text(STATE) or "null"), "refused": refused()}


def refused() -> list[object]:
    """Every partition that posed as ours, with the reason why it was not opened."""
    return [json.loads(line) for line in text(REFUSED).splitlines()]


def open_evidence() -> dict[str, object]:
    """Look at every partition that is labelled like ours and open the one that is enrolled."""
    if status()["open"]:
        note_further_candidates()
        return status()
    known = enrolments()
    for candidate in candidates():
        try:
            open_partition(candidate, check(candidate, known))
        except NotOursError as reason:
            note_refusal(candidate, reason.code, str(reason))
        else:
            break
    return status()


def candidates() -> list[BlockDevice]:
    """Step 2: partitions whose table calls them SEEK-EVIDENCE."""
    return [each for each in block_devices.attached() if each.is_partition and each.partition_label == LABEL]


def note_further_candidates() -> None:
    """While one partition is open, no other is; those that pose as ours are recorded."""
    mine = text(NUMBER)
    for candidate in candidates():
        if candidate.number != mine:
            try:
                check(candidate, enrolments())
                note_refusal(candidate, "another_open", "another evidence partition is open")
            except NotOursError as reason:
                note_refusal(candidate, reason.code, str(reason))


def check(candidate: BlockDevice, known: list[Enrolment]) -> Enrolment:
    """Steps 1 and 3 to 6; the partition is mounted read-only at most."""
    # 1
    if any(LAYERS_OFF.glob("*")) and not (TEST_IMAGE.exists() and OVERRIDE.exists()):
        raise NotOursError("block_off", "the write block is not complete")
    # 3
    if not candidate.by_usb:
        raise NotOursError("not_usb", "it is not on USB")
    # 4
    enrolled = [each for each in known if each.partition_uuid == candidate.partition_uuid]
    if not enrolled:
        raise NotOursError("not_enrolled", "no signed enrolment names its partition UUID")
    # 5
    enrolled = [each for each in enrolled if each.disk_serial == candidate.serial]
    if not enrolled:
        raise NotOursError("other_serial", f"enrolled, but its disk has another serial number: {candidate.serial or 'none'}")
    # 6
    identity = identity_on(candidate)
    enrolled = [each for each in enrolled if each.id == identity]
    if not enrolled:
        raise NotOursError("other_id", "enrolled, but it does not hold the enrolment's id")
    return enrolled[0]


def identity_on(candidate: BlockDevice) -> str:
    """Step 6: the id inside the partition, read through a read-only mount."""
    LOOK.mkdir(parents=True, exist_ok=True)
    done = programs.run("mount", "-t", "exfat", "-o", "ro,nosuid,nodev,noexec", candidate.node, str(LOOK))
    if done.returncode != 0:
        raise NotOursError("not_exfat", "enrolled, but it does not mount as exFAT")
    try:
        return text(LOOK / IDENTITY_FILE)
    finally:
        programs.run("umount", str(LOOK))


def open_partition(partition: BlockDevice, enrolment: Enrolment) -> None:
    """Let this one partition be written and mount it for the user seek."""
    disk = block_devices.described(partition.disk)
    let_be_written(partition, disk)
    user = pwd.getpwnam("seek")
    MOUNT.mkdir(parents=True, exist_ok=True)
    # --rw: without it, mount falls back to a read-only mount when the first try fails
    options = f"nosuid,nodev,noexec,noatime,uid={user.pw_uid},gid={user.pw_gid},fmask=0177,dmask=0077,errors=remount-ro"
    done = programs.run("mount", "--rw", "-t", "exfat", "-o", options, partition.node, str(MOUNT))
    if done.returncode != 0:
        take_leave_away()
        raise NotOursError("not_mounted", f"it did not mount: {done.stderr.strip()}")
    write_state(partition, enrolment)


def let_be_written(partition: BlockDevice, disk: BlockDevice) -> None:
    """Lift the read-only flag of the partition and, for that, of its disk; only the partition stays in the map."""
    WRITABLE.mkdir(parents=True, exist_ok=True)
    NUMBER.write_text(partition.number)
    for device in (disk, partition):
        (WRITABLE / device.number).touch()
        programs.allow(device.major, device.minor)
        programs.run("blockdev", "--setrw", device.node)
    programs.disallow(disk.major, disk.minor)
    for sibling in block_devices.attached():
        if sibling.disk == disk.name and sibling.is_partition and sibling.name != partition.name:
            programs.run("blockdev", "--setro", sibling.node)


def write_state(partition: BlockDevice, enrolment: Enrolment) -> None:
    """Tell everyone where the evidence partition is."""
    replace_file(
        STATE,
        {
            "devices": [each.node for each in block_devices.attached() if each.disk == partition.disk],
            "device": partition.node,
            "disk": f"/dev/{partition.disk}",
            "number": partition.number,
            "partition_uuid": partition.partition_uuid,
            "serial": partition.serial,
            "id": enrolment.id,
            "folder": str(MOUNT),
        },
    )


def close_evidence() -> dict[str, object]:
    """Write out what is left, unmount, and make the partition read-only again."""
    os.sync()
    if is_mounted(MOUNT):
        done = programs.run("umount", str(MOUNT))
        if done.returncode != 0:
            return {**status(), "error": done.stderr.strip(), "hint": "wait for the scan to end, or stop it, and close again"}
    STATE.unlink(missing_ok=True)
    take_leave_away()
    return status()


def lose_evidence() -> dict[str, object]:
    """The stick was pulled while it was open: let go of it, so that it can be opened when it comes back."""
    programs.run("umount", "--lazy", str(MOUNT))
    STATE.unlink(missing_ok=True)
    take_leave_away()
    return status()


def take_leave_away() -> None:
    """Nothing may be written any more: empty the map, and flag what is still there read-only."""
    for number in programs.allowed():
        major, minor = number.split(":")
        programs.disallow(int(major), int(minor))
    for marker in WRITABLE.glob("*"):
        marker.unlink()
    for device in block_devices.attached():
        if not device.read_only:
            programs.run("blockdev", "--setro", device.node)
    NUMBER.unlink(missing_ok=True)


def note_refusal(candidate: BlockDevice, code: str, reason: str) -> None:
    """Record a partition that posed as ours, once for each reason."""
    line = {
        "device": candidate.node,
        "serial": candidate.serial,
        "partition_uuid": candidate.partition_uuid,
        "code": code,
        "reason": reason,
    }
    known = [{key: entry.get(key) for key in line} for entry in refused() if isinstance(entry, dict)]
    if line not in known:
        with REFUSED.open("a") as stream:
            stream.write(json.dumps({"at": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()), **line}) + "\n")


def is_mounted(folder: Path) -> bool:
    """Whether something is mounted there."""
    return any(line.split()[4] == str(folder) for line in text(Path("/proc/self/mountinfo")).splitlines())


def replace_file(path: Path, document: object) -> None:
    """Write a file whole, so that no reader sees half of it."""
    fresh = path.with_suffix(".new")
    fresh.write_text(json.dumps(document, indent=1) + "\n")
    fresh.chmod(0o644)
    fresh.rename(path)
