"""Volumes of other kinds: listed, and every file's MD5, beside dissect.target and dfvfs.

    python -m tests.bench volumes

All read the same images, in one run, each in a process of its own; counted is the processor time of
listing, and of listing and reading, without what the import takes. The others are installed in
build/peers (requirements/peers.txt, by their hashes) and are never loaded into seek. Of what two of
them read the digests must be the same.
"""

import hashlib
import json
import os
import random
import subprocess
import sys
import tempfile
import time
import venv
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from tests.bench.measure import table
from tests.disks import ext_volume, ntfs_volume
from tests.locked import bitlocker, luks
from tests.making.apfs import MadeVolume, apfs_container
from tests.making.stacks import btrfs_volume, xfs_volume
from triage.devices.attached import identify
from triage.devices.opening import open_read_only
from triage.evidence import EntryKind, VolumeState
from triage.secret import typed
from triage.sources import Source
from triage.sources.encrypted import LUKS

ROOT = Path(__file__).parents[2]
PEERS, WANTED = ROOT / "build/peers", ROOT / "requirements/peers.txt"
MIB = 1 << 20
SMALL, LARGE = (int(each) for each in os.environ.get("SEEK_BENCH_FILES", "1000,16").split(","))
"""Files of 1 to 8 KiB, and of a MiB."""
ROUNDS = 2
READS = {"dissect": ("xfs", "apfs", "btrfs", "bitlocker", "luks2"),
         "dfvfs": ("xfs", "bitlocker")}  # fmt: skip
"""dfvfs knows neither btrfs nor LUKS2; of the APFS that is made here it finds no root."""


def run() -> str:
    """The table."""
    _install()
    rows = []
    with tempfile.TemporaryDirectory() as folder:
        for kind, make in MAKERS.items():
            image = Path(folder) / kind
            make(image, _files())
            rows.append(_row(kind, image))
            image.unlink()
        ciphers = _openssl()
    title = (
        f"## Volumes: {SMALL:,} small files and {LARGE} of a MiB, listed, and their MD5\n\n"
        "Entries a second of listing; MB a second of listing and reading. By processor time.\n\n"
    )
    heads = ("", "seek, entries/s", "dissect", "dfvfs", "seek, MB/s", "dissect", "dfvfs",
             "seek / the faster, listing", "reading")  # fmt: skip
    return title + table(heads, rows) + ciphers


def _files() -> dict[str, bytes]:
    chance = random.Random(21)
    small = {
        f"home/u{n % 40}/f{n}.txt": chance.randbytes(chance.randrange(1024, 8192))
        for n in range(SMALL)
    }
    return small | {f"pictures/p{n}.jpg": chance.randbytes(MIB) for n in range(LARGE)}


def _room(files: Mapping[str, bytes]) -> int:
    return (sum(map(len, files.values())) * 3 // 2 // MIB + 64) * MIB


def _bitlocked(path: Path, files: Mapping[str, bytes]) -> None:
    """The metadata is put where nothing else is, or the log of NTFS, which nobody reads."""
    plain = path.with_name("plain")
    for more in range(0, 1024, 128):
        size = _room(files) + more * MIB
        ntfs_volume(plain, size, files)
        raw = plain.read_bytes()
        holes = (raw[at : at + length] for at, length in bitlocker.holes(size))
        if not any(each.strip(b"\0\xff") for each in holes):
            break
    bitlocker.volume(path, raw, ("clear",), method=bitlocker.XTS_128)
    plain.unlink()


def _in_luks(path: Path, files: Mapping[str, bytes]) -> None:
    plain = path.with_name("plain")
    ext_volume(plain, _room(files), files)
    luks.volume(path, plain.read_bytes())
    plain.unlink()


MAKERS: dict[str, Callable[[Path, Mapping[str, bytes]], None]] = {
    "xfs": lambda path, files: xfs_volume(path, files, size=max(_room(files), 320 * MIB)),
    "apfs": lambda path, files: apfs_container(
        path, [MadeVolume(files)], size=_room(files), in_a_leaf=40, in_a_branch=100
    ),
    "btrfs": lambda path, files: btrfs_volume(path, files, size=max(_room(files), 256 * MIB)),
    "bitlocker": _bitlocked,
    "luks2": _in_luks,
}


def _row(kind: str, image: Path) -> tuple[str, ...]:
    ways = ["seek", *(peer for peer, kinds in READS.items() if kind in kinds)]
    told: dict[str, dict[str, Any]] = {}
    for _ in range(ROUNDS):
        for way in ways:
            now = _told(way, kind, image)
            best = told.setdefault(way, now)
            for key in ("listing", "all"):
                best[key] = min(best[key], now[key])
    wanted = {hashlib.md5(each, usedforsecurity=False).hexdigest() for each in _files().values()}
    for way, each in told.items():
        if not wanted <= set(each["digests"]):
            raise RuntimeError(f"{way} does not read all of {kind}")
    listing = {way: each["entries"] / each["listing"] for way, each in told.items()}
    reading = {way: each["bytes"] / 1e6 / each["all"] for way, each in told.items()}
    cells = [kind]
    for speed in (listing, reading):
        cells += [f"{speed[way]:,.0f}" if way in speed else "-" for way in ("seek", *READS)]
    for speed in (listing, reading):
        faster = max(value for way, value in speed.items() if way != "seek")
        cells.append(f"**{speed['seek'] / faster:.1f}**")
    return tuple(cells)


def _told(way: str, kind: str, image: Path) -> dict[str, Any]:
    own = (sys.executable, "-m", "tests.bench.volumes", kind, str(image))
    peer = (str(PEERS / "bin/python"), str(Path(__file__).with_name("volume_peers.py")), way, kind,
            str(image))  # fmt: skip
    done = subprocess.run(
        own if way == "seek" else peer, check=True, capture_output=True, text=True, cwd=ROOT
    )
    told: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return told


def _install() -> None:
    """The others, into a place of their own."""
    if (PEERS / "whole").exists():
        return
    venv.create(PEERS, with_pip=True, clear=True)
    pip = (str(PEERS / "bin/pip"), "install", "-q", "--disable-pip-version-check")
    subprocess.run((*pip, "--require-hashes", "--no-deps", "-r", str(WANTED)), check=True)
    (PEERS / "whole").touch()


def _openssl() -> str:
    command = ("openssl", "speed", "-seconds", "2", "-bytes", "8192", "-evp", "aes-256-xts")
    said = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    return f"\n`{' '.join(command)}`: {said.split()[-1]} bytes a second.\n"


def _ours(kind: str, image: Path) -> dict[str, Any]:
    """What seek's own readers take, in a process of their own."""
    device = identify(image, "d0")
    descriptors = open_read_only(device)
    keys: dict[str, bytes] = {}
    if kind == "luks2":
        outer = Source(device, descriptors)
        found = LUKS.key_from(outer.bytes_of("d0v1"), typed(luks.PASSPHRASE))
        keys = {"d0v1": found[0]} if found else {}

    def files(source: Source) -> list[Any]:
        return [
            entry
            for volume in source.volumes
            if volume.state is VolumeState.READABLE
            for entry in source.walk(volume, unallocated=False)
            if entry.kind is EntryKind.FILE and not entry.stream
        ]

    begun = time.process_time()
    entries = len(files(Source(device, descriptors, keys=keys)))
    listed = time.process_time()
    source, size, digests = Source(device, descriptors, keys=keys), 0, []
    for entry in files(source):
        told = hashlib.md5(usedforsecurity=False)
        if entry.size:
            for chunk in source.content(entry).chunks():
                told.update(chunk)
                size += len(chunk)
        digests.append(told.hexdigest())
    done = time.process_time()
    return {"entries": entries, "bytes": size, "listing": listed - begun, "all": done - listed,
            "digests": sorted(digests)}  # fmt: skip


if __name__ == "__main__":
    print(json.dumps(_ours(sys.argv[1], Path(sys.argv[2]))))
