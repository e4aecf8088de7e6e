#!/usr/bin/env python3
"""Writes the image to a stick, adds the evidence partition and enrols it.

  make_stick.py --image seek-live.iso /dev/sdX           a USB stick: asks twice, shows model, serial and size
  make_stick.py --image seek-live.iso /dev/sdX /dev/sdY  several, one after the other: asked about once, listed at the end
  make_stick.py --image seek-live.iso --file FILE        the same to a file, for tests
  make_stick.py --enrol-with KEY --boot FILE --file FILE another evidence stick for a boot stick made earlier

Enrolling: see evidence_partition.py. The private key is thrown away unless --keep-key says where it should stay, to enrol
further evidence sticks later. Several sticks that are made at once have one key, and so one fingerprint; a key that was kept
is taken for further boot sticks by --enrol-with.
What was written is read back, past what this computer remembers of it.
"""

from __future__ import annotations

import argparse
import dataclasses
import json
import os
import re
import shutil
import stat
import sys
import tempfile
from pathlib import Path
from typing import Any, NoReturn

from evidence_partition import (
    ALIGNMENT,
    COPIED,
    EFI_TYPE,
    MINIMUM_EVIDENCE_SECTORS,
    SECTOR,
    Partition,
    StickError,
    compare,
    fingerprint,
    make_evidence,
    move_table_to_the_end,
    new_key,
    read_back,
    run,
    table_of,
)

KEY_TYPES = (b"ssh-", b"sk-ssh-", b"sk-ecdsa-", b"ecdsa-")
"""How a public key begins that nobody's name stands before."""
MOST_SIGNERS = 1 << 20
"""Bytes of a list of signers."""
BECH32 = b"qpzry9x8gf2tvdw0s3jn54khce6mua7l"
AGE_KEY = re.compile(rb"age1[02-9ac-hj-np-z]{58}")
SSH_KEY = re.compile(rb"ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAI[A-P][A-Za-z0-9+/]{42}(?: |$)")


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """What a stick says of itself; size in bytes."""

    serial: str
    model: str
    size: int


def main() -> None:
    """Make the sticks that the command line names."""
    try:
        make_each(read_options())
    except StickError as error:
        fail(str(error), error.hint)


def make_each(options: argparse.Namespace) -> None:
    """Make each stick, step by step."""
    check_programs()
    check_set_signers(options.set_signers)
    check_lab_keys(options.lab_keys)
    sticks = {stick: check_stick(options, number, stick) for number, stick in enumerate(options.sticks)}
    ask_twice(options, sticks)
    with tempfile.TemporaryDirectory(prefix="seek-stick-") as folder:
        key = take_key(options, Path(folder))
        keep_key(options, key)
        for stick, facts in sticks.items():
            with tempfile.TemporaryDirectory(prefix="stick-", dir=folder) as work:
                made = make(options, stick, facts, key=key, work=Path(work))
            print(f"{stick}\tserial number {facts.serial}\tevidence partition {made.uuid}\tkey {fingerprint(key)}")


def make(options: argparse.Namespace, stick: Path, facts: Facts, *, key: Path, work: Path) -> Partition:
    """One stick: the image, the evidence partition, its enrolment; all of it read back."""
    if options.image:
        write_image(options.image, stick, options)
    else:
        empty_table(stick, options)
    lists = {"set-signers": options.set_signers, "lab-keys": options.lab_keys}
    further = {name: path for name, path in lists.items() if path}
    boot = options.boot or stick
    evidence, written = make_evidence(stick, boot=boot, serial=facts.serial, key=key, work=work, further=further)
    say(f"reading {stick} back")
    read_back(written)
    if options.image:
        compare_image(options.image, stick)
    return evidence


def read_options() -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("devices", type=Path, nargs="*", metavar="device", help="the USB stick, /dev/sdX; all on it is lost")
    parser.add_argument("--file", type=Path, nargs="+", help="make files instead of sticks")
    parser.add_argument("--size", type=int, default=1024, help="size of that file in MiB")
    parser.add_argument("--serial", nargs="+", default=["SEEKSTICK"], help="the serial number that each file's disk will have")
    parser.add_argument("--image", type=Path, help="the image to write; without it, an evidence stick only")
    parser.add_argument("--boot", type=Path, help="the boot stick that a further evidence stick is enrolled with")
    parser.add_argument("--enrol-with", type=Path, metavar="KEY", help="the boot stick's private key, kept by --keep-key")
    parser.add_argument("--keep-key", type=Path, help="keep the stick's private key in this new file")
    parser.add_argument(
        "--set-signers", type=Path, metavar="LIST", help="who may sign hash sets, an OpenSSH allowed_signers file"
    )
    parser.add_argument("--lab-keys", type=Path, metavar="LIST", help="public keys of the lab, which alone can then open bundles")
    parser.add_argument("--force", action="store_true", help="also a device that is not on USB")
    options = parser.parse_args()
    if bool(options.devices) == bool(options.file):
        parser.error("name a device, or --file FILE")
    options.sticks = list(dict.fromkeys(options.file or options.devices))
    if options.file and len(options.serial) != len(options.sticks):
        parser.error("name a --serial for each --file")
    if options.keep_key and options.keep_key.exists():
        parser.error(
            f"{options.keep_key} is there already; to make further boot sticks with that key: --enrol-with {options.keep_key}"
        )
    if not options.image and not (options.boot and options.enrol_with):
        parser.error("--image is missing; or name --boot and --enrol-with for a further evidence stick")
    return options


def check_programs() -> None:
    """Everything that is called must be there before anything is written."""
    os.environ["PATH"] += ":/usr/sbin:/sbin"
    missing = [name for name in ("sfdisk", "mkfs.exfat", "mcopy", "mmd", "ssh-keygen", "lsblk") if not shutil.which(name)]
    if missing:
        fail(f"missing: {', '.join(missing)}", "run: make image-setup")


def check_set_signers(signers: Path | None) -> None:
    """A list that is none would show on scene, and a private key be on every stick."""
    if signers is None:
        return
    content, listed = read_list(signers, "the list of signers", "name it: SET_SIGNERS=FILE")
    lines = [line.split() for line in listed]
    unnamed = any(len(line) < 3 or line[0].startswith(KEY_TYPES) for line in lines)
    if len(content) > MOST_SIGNERS or b"PRIVATE KEY" in content or not lines or unnamed:
        fail(
            f"{signers} is no list of signers",
            'a line a person: NAME namespaces="seek-hash-set@v1" TYPE KEY, see docs/verifying.md',
        )


def read_list(path: Path, what: str, hint: str) -> tuple[bytes, list[bytes]]:
    """A list that the technician gave: its bytes, one more than it may have at most, and the lines that say something."""
    try:
        with path.open("rb") as stream:
            content = stream.read(MOST_SIGNERS + 1)
    except OSError as error:
        fail(f"{what} cannot be read: {path}: {error.strerror}", hint)
    return content, [line for line in content.splitlines() if line.strip() and not line.startswith(b"#")]


def check_lab_keys(keys: Path | None) -> None:
    """A bundle closed for nobody, or a private key on every stick, would show too late."""
    if keys is None:
        return
    content, lines = read_list(keys, "the lab's keys", "name them: LAB_KEYS=FILE")
    others = [line for line in lines if not is_lab_key(line.strip())]
    if len(content) > MOST_SIGNERS or not lines or others:
        fail(f"{keys} is no list of public keys of a lab", "a line a key: age1… or ssh-ed25519 AAAA…, see docs/verifying.md")


def is_lab_key(line: bytes) -> bool:
    """An ed25519 key of OpenSSH's, or one of age's that was not mistyped (Bech32, BIP 173)."""
    if SSH_KEY.match(line):
        return True
    if not AGE_KEY.fullmatch(line):
        return False
    letters = b"age"
    check = 1
    for value in [*(each >> 5 for each in letters), 0, *(each & 31 for each in letters), *map(BECH32.index, line[4:])]:
        top, check = check >> 25, (check & 0x1FFFFFF) << 5 ^ value
        for bit, generator in enumerate((0x3B6A57B2, 0x26508E6D, 0x1EA119FA, 0x3D4233DD, 0x2A1462B3)):
            check ^= generator if top >> bit & 1 else 0
    return check == 1


def check_stick(options: argparse.Namespace, number: int, stick: Path) -> Facts:
    """Refuse what must not be overwritten, or what is too small, before anything is written."""
    if options.file:
        facts = Facts(serial=options.serial[number], model="a file", size=options.size * 1024 * 1024)
    else:
        facts = check_device(options, stick)
    image = options.image.stat().st_size if options.image else 0
    needed = image + (MINIMUM_EVIDENCE_SECTORS + 4 * ALIGNMENT) * SECTOR
    if facts.size < needed:
        fail(
            f"{stick} is too small: {facts.size / 1e6:.0f} MB, where {needed / 1e6:.0f} MB are needed", "take one of 8 GB or more"
        )
    return facts


def check_device(options: argparse.Namespace, stick: Path) -> Facts:
    """A whole USB stick that nobody uses and that says its serial number."""
    if not stick.exists() or not stat.S_ISBLK(stick.stat().st_mode):
        fail(f"{stick} is not a device", "name a whole USB stick, /dev/sdX, or use --file")
    facts = device_facts(stick)
    if facts["type"] != "disk":
        fail(f"{stick} is a {facts['type']}, not a whole disk", "name the whole stick, /dev/sdX without a number")
    if facts["mounted"]:
        fail(f"{stick} is in use: {', '.join(facts['mounted'])}", "unmount it first; this is never forced")
    if facts["tran"] != "usb" and not options.force:
        fail(f"{stick} is not on USB ({facts['tran'] or 'unknown'})", "take a USB stick; --force if you are sure")
    if not facts["serial"]:
        fail(f"{stick} tells no serial number", "take another stick: this one cannot be told from its copies")
    return Facts(serial=str(facts["serial"]), model=str(facts["model"]), size=int(facts["size"]))


def device_facts(stick: Path) -> dict[str, Any]:
    """Model, serial number, size, transport and what is mounted, from lsblk."""
    columns = "PATH,TYPE,TRAN,MODEL,SERIAL,SIZE,MOUNTPOINTS"
    tree = json.loads(run("lsblk", "--json", "--bytes", "--output", columns, str(stick)))["blockdevices"][0]
    facts = {name: (tree[name] or "") for name in ("type", "tran", "model", "serial")}
    return {**facts, "size": int(tree["size"]), "mounted": mounted_below(tree)}


def mounted_below(tree: dict[str, Any]) -> list[str]:
    """Every place where the device or a part of it is mounted."""
    own = [place for place in tree.get("mountpoints", []) if place]
    return own + [place for child in tree.get("children", []) for place in mounted_below(child)]


def ask_twice(options: argparse.Namespace, sticks: dict[Path, Facts]) -> None:
    """Show what would be lost, and have it confirmed in two different ways; of several sticks their number is the second."""
    serials = [facts.serial for facts in sticks.values()]
    if len(set(serials)) < len(serials):
        fail("two of these sticks tell the same serial number", "take others: they cannot be told from each other")
    if options.file:
        return
    for stick, facts in sticks.items():
        say(f"{stick}: {facts.model}, serial number {facts.serial}, {facts.size / 1e9:.1f} GB")
    say("Everything on it will be lost." if len(sticks) == 1 else f"Everything on these {len(sticks)} sticks will be lost.")
    if input("Type yes to go on: ").strip() != "yes":
        fail("stopped; nothing was written", "start again with the right stick")
    if len(sticks) == 1:
        if input(f"Type its serial number ({serials[0]}): ").strip() != serials[0]:
            fail("that is not its serial number; nothing was written", "look at the stick, and start again")
    elif input("Type how many sticks are to be overwritten: ").strip() != str(len(sticks)):
        fail("that is not their number; nothing was written", "look at the list, and start again")


def take_key(options: argparse.Namespace, work: Path) -> Path:
    """The stick's key: a fresh one, or the one that a boot stick was made with."""
    key = work / "stick-key"
    if options.enrol_with:
        shutil.copyfile(options.enrol_with, key)
        key.chmod(0o600)
        (work / "stick-key.pub").write_text(run("ssh-keygen", "-y", "-f", str(key)))
    else:
        new_key(key)
    return key


def write_image(image: Path, stick: Path, options: argparse.Namespace) -> None:
    """Copy the image to the start of the stick, and move its partition table's copy to the end."""
    say(f"writing {image}")
    with image.open("rb") as source, stick.open("wb" if options.file else "r+b") as target:
        shutil.copyfileobj(source, target, COPIED)
        if options.file:
            target.truncate(options.size * 1024 * 1024)
        target.flush()
        os.fsync(target.fileno())
    move_table_to_the_end(stick)


def empty_table(stick: Path, options: argparse.Namespace) -> None:
    """A stick that holds evidence only: an empty partition table."""
    if options.file:
        with stick.open("wb") as target:
            target.truncate(options.size * 1024 * 1024)
    run("sfdisk", "--quiet", str(stick), stdin="label: gpt\n")


def compare_image(image: Path, stick: Path) -> None:
    """All of the image's partitions but the boot partition, where the enrolment lies: that was read back before.

    The first and last sectors, where the partition table lies, differ from what it was.
    """
    with image.open("rb") as source, stick.open("rb") as written:
        os.posix_fadvise(written.fileno(), 0, 0, os.POSIX_FADV_DONTNEED)
        for part in (part for part in table_of(image)["partitions"] if part["type"].lower() != EFI_TYPE):
            place, end = part["start"] * SECTOR, (part["start"] + part["size"]) * SECTOR
            while place < end and (data := os.pread(source.fileno(), min(COPIED, end - place), place)):
                compare(stick, written.fileno(), place, data)
                place += len(data)


def keep_key(options: argparse.Namespace, key: Path) -> None:
    """Keep the private key only where that was asked for; otherwise it goes with the temporary folder."""
    if options.keep_key:
        with os.fdopen(os.open(options.keep_key, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as stream:
            stream.write(key.read_text())


def say(text: str) -> None:
    """Tell the person what happens."""
    print(text, file=sys.stderr)


def fail(text: str, hint: str) -> NoReturn:
    """Stop with what is wrong and what to do."""
    say(f"error: {text}\nhint:  {hint}")
    sys.exit(1)


if __name__ == "__main__":
    main()
