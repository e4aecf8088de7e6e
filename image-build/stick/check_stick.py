#!/usr/bin/env python3
"""Whether a stick is what the lab published.

  check_stick.py --image seek-live.iso /dev/sdX                 byte by byte against the image
  check_stick.py --image seek-live.iso --key SHA256:… /dev/sdX  and by whose key its evidence partitions are enrolled

Nothing is written and nothing is mounted. Check the image's own digest first. A line a check: `ok`, `look` (a person has to
hold it against the lab's list) or `WRONG`; the exit code is 3 if anything is wrong, 1 if it could not be checked.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

from boot_files import NotAsMadeError, boot_files
from evidence_partition import ACTIVE, EFI_TYPE, FORMAT, LABEL, NAMESPACE, SECOND_ENTRY, SECTOR
from make_stick import device_facts, fail, is_lab_key

PIECE = 4 << 20
BOOT_CODE = 440
TABLE_SECTORS = 34
"""The protective table, the header, and 128 entries: what differs because a partition was added."""
OURS = re.compile(r"seek/(stick\.pub|set-signers|lab-keys|enrolled/[0-9a-f]{32}\.json(\.sig)?)")
"""What `make stick` puts into the boot partition; all else there is the image's."""
MOST_TOLD = 12
ALTERED = 3


class Said(NamedTuple):
    """One line."""

    how: str
    text: str


def main() -> int:
    """Check, line by line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("stick", type=Path, help="the stick, /dev/sdX, or a copy of it in a file")
    parser.add_argument("--image", type=Path, required=True, help="the image that the lab published")
    parser.add_argument("--key", metavar="FINGERPRINT", help="of the key that enrolled it, from the lab's list: SHA256:…")
    options = parser.parse_args()
    os.environ["PATH"] += ":/usr/sbin:/sbin"
    for path in (options.stick, options.image):
        if not os.access(path, os.R_OK):
            fail(f"{path} cannot be read", "name the stick and the image; reading a device takes root")
    wrong = False
    for said in check(options.stick, options.image, options.key):
        print(f"{said.how:<5}  {said.text}", flush=True)
        wrong |= said.how == "WRONG"
    return ALTERED if wrong else 0


def check(stick: Path, image: Path, key: str | None) -> Iterator[Said]:
    """All of it, in the order in which a stick starts."""
    with stick.open("rb") as written, image.open("rb") as published:
        os.posix_fadvise(written.fileno(), 0, 0, os.POSIX_FADV_DONTNEED)
        ours, theirs = table(image), table(stick)
        boot = next((part for part in ours if part["type"].lower() == EFI_TYPE), None)
        if boot is None:
            fail(f"{image} is no image of seek: it has no boot partition", "name seek-live-VERSION.iso")
        yield from of_first_sector(written.fileno(), published.fileno())
        yield from of_partitions(ours, theirs)
        yield from of_bytes(written.fileno(), published.fileno(), ours, boot)
        place, length = boot["start"] * SECTOR, boot["size"] * SECTOR
        pieces = [os.pread(each.fileno(), length, place) for each in (written, published)]
        try:
            found, expected = (boot_files(piece) for piece in pieces)
        except NotAsMadeError as error:
            yield Said("WRONG", f"the boot partition: {error}")
            return
    yield from of_boot_files(found, expected)
    yield from of_enrolment(found, theirs, serial_of(stick), key)


def table(path: Path) -> list[dict[str, Any]]:
    """The partitions. Ends where there is no table."""
    done = subprocess.run(["sfdisk", "--json", str(path)], capture_output=True, text=True, check=False)
    if done.returncode:
        fail(
            f"{path} has no partition table that can be read: {done.stderr.strip()}",
            "is it the right stick? Name the whole of it",
        )
    found: list[dict[str, Any]] = json.loads(done.stdout)["partitiontable"].get("partitions", [])
    return found


def of_first_sector(written: int, published: int) -> Iterator[Said]:
    """What a BIOS starts, and which partitions it is told of."""
    ours, theirs = (os.pread(each, SECTOR, 0) for each in (published, written))
    if ours[:BOOT_CODE] != theirs[:BOOT_CODE] or ours[510:] != theirs[510:]:
        yield Said("WRONG", "the first sector does not begin as the image's: what a BIOS starts is another program")
        return
    entries = theirs[SECOND_ENTRY : SECOND_ENTRY + 48]
    if theirs[0x1C2] != 0xEE or entries not in {ACTIVE + bytes(48 - len(ACTIVE)), bytes(48)}:
        yield Said("WRONG", "the first sector names partitions that the image does not have")
    else:
        yield Said("ok", "the first sector is the image's")


def of_partitions(ours: list[dict[str, Any]], theirs: list[dict[str, Any]]) -> Iterator[Said]:
    """The image's, each in its place, and one for evidence behind them."""
    left = {_told(part) for part in theirs}
    missing = [part for part in ours if _told(part) not in left]
    further = [part for part in theirs if _told(part) not in {_told(each) for each in ours}]
    evidence = [part for part in further if part.get("name") == LABEL]
    for part in missing:
        yield Said("WRONG", f"a partition of the image's is missing or changed: at sector {part['start']}")
    for part in further:
        if part not in evidence[:1]:
            yield Said(
                "WRONG", f"a partition that make stick does not make: at sector {part['start']}, {str(part.get('name', ''))!r}"
            )
    if not missing and len(further) == len(evidence[:1]):
        yield Said("ok", "its partitions are the image's" + (", and one for evidence" if evidence else ""))
    if not evidence:
        yield Said("look", "it has no evidence partition: findings need another stick")


def _told(part: dict[str, Any]) -> tuple[object, ...]:
    return part["start"], part["size"], part["type"].lower(), str(part.get("uuid", "")).lower(), part.get("attrs", "")


def of_bytes(written: int, published: int, ours: list[dict[str, Any]], boot: dict[str, Any]) -> Iterator[Said]:
    """Every byte up to the end of the image's last partition, but for the table and the boot partition's."""
    begin, end = boot["start"] * SECTOR, (boot["start"] + boot["size"]) * SECTOR
    last = max((part["start"] + part["size"]) * SECTOR for part in ours)
    compared, differ = 0, 0
    first = -1
    for start, stop in ((TABLE_SECTORS * SECTOR, begin), (end, last)):
        for place in range(start, stop, PIECE):
            length = min(PIECE, stop - place)
            one, other = (os.pread(each, length, place) for each in (written, published))
            compared += length
            if one != other or len(one) != length:
                differ += 1
                first = place if first < 0 else first
    if differ:
        yield Said(
            "WRONG", f"the system on it is not the image's: {differ} pieces of {PIECE >> 20} MiB differ, the first at {first}"
        )
    else:
        yield Said("ok", f"the system on it is the image's, every byte of {compared / 1e6:.0f} MB")


def of_boot_files(found: dict[str, bytes], expected: dict[str, bytes]) -> Iterator[Said]:
    """The files that UEFI starts from, and nothing besides what make stick adds."""
    changed = [path for path in expected if path not in found or found[path] != expected[path]]
    added = [path for path in found if path not in expected and not OURS.fullmatch(path)]
    for path in changed[:MOST_TOLD]:
        yield Said("WRONG", f"the boot partition: {path!r} is {'changed' if path in found else 'missing'}")
    for path in added[:MOST_TOLD]:
        yield Said("WRONG", f"the boot partition: {path!r} is not the image's")
    if len(changed) + len(added) > 2 * MOST_TOLD:
        yield Said("WRONG", f"the boot partition: {len(changed) + len(added)} files in all")
    if not changed and not added:
        yield Said("ok", f"the boot partition has the image's {len(expected)} files, unchanged")


def of_enrolment(
    found: dict[str, bytes], partitions: list[dict[str, Any]], serial: str | None, key: str | None
) -> Iterator[Said]:
    """By whose key which evidence partitions are enrolled; whether this stick's own is."""
    public = found.get("seek/stick.pub", b"")
    fingerprint = fingerprint_of(public)
    if not fingerprint:
        yield Said("WRONG", "no key enrols evidence partitions: the stick was not made by make stick, or not to its end")
        return
    if key is None:
        yield Said("look", f"it is enrolled by the key {fingerprint}: is it in your list?")
    elif key.strip() == fingerprint:
        yield Said("ok", f"it is enrolled by the key {fingerprint}")
    else:
        yield Said("WRONG", f"it is enrolled by another key: {fingerprint}")
    enrolled = []
    for path in sorted(path for path in found if path.startswith("seek/enrolled/") and path.endswith(".json")):
        fields = signed_fields(found[path], found.get(f"{path}.sig", b""), public)
        if fields is None:
            yield Said("WRONG", f"{path!r} is not signed by the stick's key")
        else:
            enrolled.append(fields)
            yield Said("look", f"evidence goes to partition {fields['partition_uuid']} of the disk {fields['disk_serial']!r}")
    yield from of_own_partition(enrolled, partitions, serial)
    yield from of_set_signers(found.get("seek/set-signers"))
    yield from of_lab_keys(found.get("seek/lab-keys"))


def of_own_partition(enrolled: list[dict[str, str]], partitions: list[dict[str, Any]], serial: str | None) -> Iterator[Said]:
    """The evidence partition that lies on the stick itself."""
    for part in (part for part in partitions if part.get("name") == LABEL):
        mine = [fields for fields in enrolled if fields["partition_uuid"].lower() == str(part.get("uuid", "")).lower()]
        if not mine:
            yield Said("WRONG", "the evidence partition on it is not enrolled: the stick will not open it")
        elif serial is not None and serial not in {fields["disk_serial"] for fields in mine}:
            yield Said("WRONG", f"it is a copy: its serial number is {serial!r}, and another is enrolled")
        else:
            yield Said(
                "ok", "the evidence partition on it is enrolled" + ("" if serial is None else f" for serial number {serial!r}")
            )


def of_set_signers(listed: bytes | None) -> Iterator[Said]:
    """Who may sign hash sets, by the list on the stick."""
    if listed is None:
        yield Said("look", "it has no list of who may sign hash sets")
        return
    lines = [line for line in listed.decode(errors="replace").splitlines() if line.strip() and not line.startswith("#")]
    named = ", ".join(ascii(line.split()[0]) for line in lines[:MOST_TOLD])
    yield Said("look", f"hash sets may be signed by {len(lines)}: {named}")


def of_lab_keys(listed: bytes | None) -> Iterator[Said]:
    """Who alone can open bundles, by the list on the stick: whole, for another's key would read all of them."""
    if listed is None:
        yield Said("look", "it has no keys of a lab: bundles lie open on the evidence stick")
        return
    for line in [line for line in listed.splitlines() if line.strip() and not line.startswith(b"#")]:
        known = "" if is_lab_key(line.strip()) else ", which is no such key"
        words = " ".join(line.decode(errors="replace").split()[:2])
        yield Said("WRONG" if known else "look", f"bundles are closed for {ascii(words)[1:-1]}{known}")


def serial_of(stick: Path) -> str | None:
    """What the device itself says; None of a file."""
    return None if stick.is_file() else str(device_facts(stick)["serial"])


def fingerprint_of(public: bytes) -> str:
    """As ssh-keygen prints it; empty if it is no key, or more: a second line would let another key sign."""
    if b"\n" in public.strip():
        return ""
    done = subprocess.run(["ssh-keygen", "-l", "-f", "-"], input=public, capture_output=True, check=False)
    words = done.stdout.decode(errors="replace").split()
    return words[1] if done.returncode == 0 and len(words) > 1 else ""


def signed_fields(document: bytes, signature: bytes, public: bytes) -> dict[str, str] | None:
    """What an enrolment says, if the stick's key signed it."""
    with tempfile.TemporaryDirectory(prefix="seek-check-") as name:
        folder = Path(name)
        (folder / "signers").write_bytes(b'seek-stick namespaces="%b" %b\n' % (NAMESPACE.encode(), public.strip()))
        (folder / "signature").write_bytes(signature)
        done = subprocess.run(
            ["ssh-keygen", "-Y", "verify", "-f", "signers", "-I", "seek-stick", "-n", NAMESPACE, "-s", "signature"],
            input=document, capture_output=True, check=False, cwd=folder,
        )  # fmt: skip
    if done.returncode:
        return None
    try:
        fields = json.loads(document)
        wanted = {name: str(fields[name]) for name in ("id", "partition_uuid", "disk_serial")}
        return wanted if fields["format"] == FORMAT else None
    except (ValueError, KeyError, TypeError):
        return None


if __name__ == "__main__":
    sys.exit(main())
