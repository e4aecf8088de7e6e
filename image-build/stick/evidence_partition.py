"""An evidence partition: its place behind the image, its file system with the identity in it, and its signed enrolment.

Made by `make stick` on the technician's computer, and by a stick that was written from the plain image, at its first start.
Everything is done in files and copied to its place, so that no partition has to be known to the kernel, and nothing mounted.

Enrolling: the partition's UUID, its disk's serial number and a random id go into a small file, signed by the stick's own
key. File, signature and public key lie in the boot partition; the id lies in the evidence partition too.
"""

from __future__ import annotations

import dataclasses
import json
import os
import secrets
import subprocess
import uuid
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from fresh_exfat import put_file, write_at

LABEL = "SEEK-EVIDENCE"
FILE_SYSTEM_LABEL = "SEEK-EVID"
NAMESPACE = "seek-enrolment@v1"
FORMAT = "seek-enrolment 1"
IDENTITY_FILE = "seek-evidence.id"
EFI_TYPE = "c12a7328-f81f-11d2-ba4b-00a0c93ec93b"
SECTOR = 512
ALIGNMENT = 2048
COPIED = 4 * 1024 * 1024
MINIMUM_EVIDENCE_SECTORS = 64 * 1024 * 1024 // SECTOR
SECOND_ENTRY = 0x1CE
ACTIVE = b"\x80" + bytes(11) + b"\1\0\0\0"


class StickError(Exception):
    """Why a stick is not made, and what to do."""

    def __init__(self, text: str, hint: str) -> None:
        super().__init__(text)
        self.hint = hint


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Partition:
    """Where a partition lies on its stick, in sectors, and its UUID."""

    start: int
    sectors: int
    uuid: str


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Written:
    """What was written to a stick: the used parts of a sparse file, from a byte on."""

    stick: Path
    file: Path
    offset: int


def make_evidence(
    stick: Path, *, boot: Path, serial: str, key: Path, work: Path, further: Mapping[str, Path]
) -> tuple[Partition, list[Written]]:
    """The rest of a stick becomes an enrolled evidence partition; what was written is to be read back at the very end.

    boot: the stick whose boot partition takes the enrolment, and `further` files by their name; it may be the same. serial:
    what the stick's disk says. work: an empty folder, kept until it is read back. Raises StickError.
    """
    evidence = add_evidence_partition(stick)
    if boot == stick:
        mark_active(stick)
    identity = secrets.token_hex(16)
    file_system = make_file_system(evidence, identity, work)
    document = work / f"{identity}.json"
    fields = {"format": FORMAT, "id": identity, "partition_uuid": evidence.uuid, "disk_serial": serial}
    document.write_text(json.dumps(fields, indent=1) + "\n")
    run("ssh-keygen", "-q", "-Y", "sign", "-n", NAMESPACE, "-f", str(key), str(document))
    enrolment = {f"enrolled/{name}": work / name for name in (document.name, f"{document.name}.sig")}
    enrolment["stick.pub"] = Path(f"{key}.pub")
    written = [
        Written(stick=stick, file=file_system, offset=evidence.start * SECTOR),
        with_files_in_boot_partition(boot, {**enrolment, **further}, work),
    ]
    for each in written:
        copy_used_parts(each)
    return evidence, written


def read_back(written: list[Written]) -> None:
    """Every byte: a stick that says it has written what it has not is no stick for evidence. Raises StickError."""
    for each in written:
        with each.stick.open("rb") as stick:
            os.posix_fadvise(stick.fileno(), 0, 0, os.POSIX_FADV_DONTNEED)
            for start, data in used_parts(each.file):
                compare(each.stick, stick.fileno(), each.offset + start, data)


def new_key(key: Path) -> None:
    """The stick's key, in a new file, and its public half beside it."""
    run("ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", "seek stick", "-f", str(key))


def fingerprint(key: Path) -> str:
    """The key's fingerprint, as ssh-keygen prints it."""
    return run("ssh-keygen", "-l", "-f", f"{key}.pub").split()[1]


def table_of(stick: Path) -> dict[str, Any]:
    """The partition table, as sfdisk tells it."""
    table: dict[str, Any] = json.loads(run("sfdisk", "--json", str(stick)))["partitiontable"]
    return table


def move_table_to_the_end(stick: Path) -> None:
    """The table's copy lies where the image ended: it belongs into the stick's last sector."""
    run("sfdisk", "--quiet", "--no-reread", "--no-tell-kernel", "--relocate", "gpt-bak-std", str(stick))


def add_evidence_partition(stick: Path) -> Partition:
    """The rest of the stick becomes the evidence partition."""
    table = table_of(stick)
    end = max((entry["start"] + entry["size"] for entry in table.get("partitions", [])), default=ALIGNMENT)
    start = -(-end // ALIGNMENT) * ALIGNMENT
    sectors = (int(table["lastlba"]) + 1 - start) // ALIGNMENT * ALIGNMENT
    if sectors < MINIMUM_EVIDENCE_SECTORS:
        raise StickError("the stick is too small for an evidence partition", "take one of 8 GB or more")
    partition = Partition(start=start, sectors=sectors, uuid=str(uuid.uuid4()))
    line = f"start={start}, size={sectors}, type=EBD0A0A2-B9E5-4433-87C0-68B6B72699C7, uuid={partition.uuid}, name={LABEL}"
    run("sfdisk", "--quiet", "--append", "--no-reread", "--no-tell-kernel", str(stick), stdin=line + "\n")
    return partition


def mark_active(stick: Path) -> None:
    """An empty active partition in the protective table, as the image has: some old BIOSes want it, and sfdisk took it away."""
    with stick.open("r+b") as target:
        sector = bytearray(target.read(SECTOR))
        sector[SECOND_ENTRY : SECOND_ENTRY + len(ACTIVE)] = ACTIVE
        write_at(target, 0, bytes(sector))
        target.flush()
        os.fsync(target.fileno())


def make_file_system(partition: Partition, identity: str, work: Path) -> Path:
    """An exFAT file system with the identity in it, made in a sparse file."""
    image = work / "evidence.img"
    with image.open("wb") as stream:
        stream.truncate(partition.sectors * SECTOR)
    run("mkfs.exfat", "-L", FILE_SYSTEM_LABEL, str(image))
    put_file(image, IDENTITY_FILE, identity.encode())
    return image


def used_parts(image: Path) -> Iterator[tuple[int, bytes]]:
    """What was written to a sparse file, and where; a part is no longer than COPIED."""
    with image.open("rb") as source:
        place = 0
        size = image.stat().st_size
        while place < size:
            try:
                start = os.lseek(source.fileno(), place, os.SEEK_DATA)
            except OSError:
                break
            place = min(os.lseek(source.fileno(), start, os.SEEK_HOLE), start + COPIED)
            yield start, os.pread(source.fileno(), place - start, start)


def copy_used_parts(what: Written) -> None:
    """Copy it to its place; what lies between stays as it is."""
    with what.stick.open("r+b") as target:
        for start, data in used_parts(what.file):
            write_at(target, what.offset + start, data)
        target.flush()
        os.fsync(target.fileno())


def compare(stick: Path, written: int, place: int, data: bytes) -> None:
    """One part of what was written."""
    if os.pread(written, len(data), place) != data:
        raise StickError(
            f"{stick} does not hold what was written to it, at byte {place}",
            "the stick is broken or is not what it says: take another",
        )


def with_files_in_boot_partition(boot: Path, files: Mapping[str, Path], work: Path) -> Written:
    """A copy of the boot partition with these files in its folder seek, by their names there."""
    part = next(each for each in table_of(boot)["partitions"] if each["type"].lower() == EFI_TYPE)
    copy = work / "boot.img"
    offset, length = int(part["start"]) * SECTOR, int(part["size"]) * SECTOR
    with boot.open("rb") as source:
        copy.write_bytes(os.pread(source.fileno(), length, offset))
    for name, path in files.items():
        run("mcopy", "-o", "-i", str(copy), str(path), f"::/seek/{name}")
    return Written(stick=boot, file=copy, offset=offset)


def run(*command: str, stdin: str | None = None) -> str:
    """Run a program; its output, or an end with what it said."""
    done = subprocess.run(command, input=stdin, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise StickError(
            f"{command[0]} failed: {done.stderr.strip() or done.stdout.strip()}", "the stick is not finished; start again"
        )
    return done.stdout
