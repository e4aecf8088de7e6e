"""The attempts by layer: `python -m tests.boot.matrix` makes every attempt under every set of layers and prints the table.

A cell is W when the emulator counted a write or an unmap at any suspect disk during the attempt, or the bytes of the attempt's own
disk changed (some NVMe commands are not counted); A when neither would show it and the kernel took it; else -. It is ? when the attempt could not be made: its disk was not there, or it
did not come to an end. The first column is the positive control:
with all layers off, attempts must arrive, or the test proves nothing.
"""

from __future__ import annotations

import argparse
import contextlib
import hashlib
import json
import os
import re
import sys
from collections.abc import Iterable
from pathlib import Path

from tests.boot import images, templates
from tests.boot.attempts import ATTEMPTS, Attempt
from tests.boot.images import Image
from tests.boot.machine import Disk, Machine, running

LAYERS_OFF: dict[str, tuple[str, ...]] = {
    "nothing": images.ALL_LAYERS,
    "flag": ("bpf-programs", "unprivileged-reading", "command-line"),
    "BPF": ("read-only-flag", "unprivileged-reading", "command-line"),
    "flag + BPF": ("unprivileged-reading", "command-line"),
    "flag + BPF + command line": (),
}


DIGESTS = "SHA-256 of a disk changed"
SECONDS_FOR_AN_ATTEMPT = 300
"""On a loaded host; an idle one needs a second or two for most."""


def arrived(machine: Machine, disks: Iterable[Disk]) -> dict[str, tuple[int, int]]:
    """Write and unmap operations at every suspect disk."""
    return {disk.name: machine.writes_to(disk.name) for disk in disks}


def try_all(machine: Machine, disks: list[Disk], attempts: Iterable[Attempt]) -> dict[str, str]:
    """Make every attempt; W, - or ? for each."""
    cells: dict[str, str] = {}
    held: dict[str, str] = {}
    for attempt in attempts:
        before = arrived(machine, disks)
        own = [disk for disk in disks if disk.serial == attempt.disk]
        held |= digests(disk for disk in own if disk.name not in held)
        made = "?"
        with contextlib.suppress(TimeoutError, RuntimeError):
            machine.run(f'D=$(disk {attempt.disk}); test -n "$D"', SECONDS_FOR_AN_ATTEMPT)
            code, _ = machine.try_to_run(f"{{ {attempt.commands}; }}; code=$?; sync; (exit $code)", SECONDS_FOR_AN_ATTEMPT)
            made = "A" if attempt.taken and code == 0 else "-"
        after, now = arrived(machine, disks), digests(own)
        changed = any(held[name] != digest for name, digest in now.items())
        cells[attempt.name] = "W" if changed or after != before else made
        held |= now
        print(f"  {cells[attempt.name]}  {attempt.name}", file=sys.stderr, flush=True)
    return cells


def digests(disks: Iterable[Disk]) -> dict[str, str]:
    """SHA-256 of every disk."""
    return {disk.name: digest(disk.file) for disk in disks}


def digest(file: Path) -> str:
    """SHA-256 of a whole file."""
    with file.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def column(image: Image, off: tuple[str, ...], made: Path, folder: Path, attempts: Iterable[Attempt] = ATTEMPTS) -> dict[str, str]:
    """One set of layers: boot by UEFI, whose variables are among what is tried, make the attempts, compare counters and digests."""
    disks = templates.copied(made, folder / "disks")
    before = digests(disks)
    with running(Machine(folder, [*disks, templates.stick(image, folder)], firmware="uefi", kernel=image.with_layers_off(off))) as machine:
        templates.booted(machine)
        at_boot = {name: counts for name, counts in arrived(machine, disks).items() if counts != (0, 0)}
        cells = {"booting alone": "W" if at_boot else "-", **try_all(machine, disks, attempts)}
    changed = [name for name, digest in digests(disks).items() if digest != before[name]]
    cells[DIGESTS] = "W" if changed else "-"
    return cells


def table(told: dict[str, dict[str, str]]) -> str:
    """The columns as a Markdown table."""
    rows = list(dict.fromkeys(row for cells in told.values() for row in cells))
    lines = ["| attempt | " + " | ".join(told) + " |", "|---|" + "---|" * len(told)]
    lines += [f"| {row} | " + " | ".join(cells.get(row, "") for cells in told.values()) + " |" for row in rows]
    return "\n".join(lines)


def main() -> None:
    """Make the columns, keep each in the folder, and print the table of what is kept there."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--work", type=Path, default=Path(os.environ.get("TMPDIR", "/var/tmp")) / "seek-matrix")
    parser.add_argument("--try", dest="pattern", default="", help="only the attempts that this expression finds; the others stay as they were kept")
    parser.add_argument("layers", nargs="*", default=list(LAYERS_OFF))
    options = parser.parse_args()
    image = images.named("seek-live-test")
    made = templates.made(image, images.REPOSITORY / "build/boot-disks")
    wanted = [attempt for attempt in ATTEMPTS if re.search(options.pattern, attempt.name)]
    for name in options.layers:
        print(name, file=sys.stderr, flush=True)
        keep(options.work / "columns.json", name, column(image, LAYERS_OFF[name], made, options.work / name.replace(" ", ""), wanted))
    print(table(kept(options.work / "columns.json")))


def kept(file: Path) -> dict[str, dict[str, str]]:
    """The columns so far."""
    told: dict[str, dict[str, str]] = json.loads(file.read_text()) if file.exists() else {}
    return {name: told[name] for name in LAYERS_OFF if name in told}


def keep(file: Path, name: str, cells: dict[str, str]) -> None:
    """Add to the columns."""
    told = kept(file)
    rows = ["booting alone", *(attempt.name for attempt in ATTEMPTS), DIGESTS]
    merged = {**told.get(name, {}), **cells}
    told[name] = {row: merged[row] for row in rows if row in merged}
    file.write_text(json.dumps(told, indent=1))


if __name__ == "__main__":
    main()
