"""Scans that are killed at a chosen moment, and resumed; what their bundles say, compared."""

import hashlib
import os
import random
import shutil
import signal
import subprocess
import sys
import time
from contextlib import suppress
from pathlib import Path
from typing import Any

import msgspec

from tests.disks import ext_volume, fat_volume, gpt_disk
from tests.workers.scanning import lines_of
from triage.bundle.checking.verify import verify
from triage.bundle.format import schema
from triage.bundle.format.entries import EntryLine

SEEK = str(Path(sys.executable).with_name("seek"))
PROFILE = """\
name: cut-off
description: for tests that kill it
detectors: [{use: hash_set}, {use: type}, {use: names, lists: [sample]}]
"""
NOT_BEGUN = (
    "scan.json is missing",
    "entries.jsonl is missing",
    "nothing in it is certain",
    "nothing to resume",
)
"""What resuming says of a scan that was killed before its first line, or after its last."""
SPENT = ("at", "after", "looked_at_as", "number", "preview")
"""What tells when something was found, and after what: a second run comes to it another way."""


def suspect(folder: Path, *, files: int = 1500) -> tuple[Path, Path]:
    """A disk with an ext4 and a FAT volume, and a list of the digests of some of its files."""
    chance = random.Random(7)
    contents = {
        f"home/u{n % 20}/f{n:05}.{'txt' if n % 3 else 'jpg'}": chance.randbytes(600 + n % 4000)
        for n in range(files)
    }
    ext_volume(folder / "ext", (16 << 20) + files * 8192, contents)
    fat_volume(folder / "fat", 40 << 20, {f"D{n % 3}/F{n}.TXT": b"%d" % n * 99 for n in range(60)})
    gpt_disk(folder / "disk.img", [folder / "ext", folder / "fat"])
    listed = [hashlib.sha256(c).hexdigest() for n, c in enumerate(contents.values()) if n % 97 == 0]
    (folder / "notable.txt").write_text("\n".join(listed) + "\n")
    known = folder / "notable.seekset"
    subprocess.run([SEEK, "hash-set", "build", str(folder / "notable.txt"), "--out", str(known),
                    "--name", "notable", "--kind", "notable"], check=True)  # fmt: skip
    (folder / "profile.yaml").write_text(PROFILE)
    return folder / "disk.img", known


def command(disk: Path, known: Path, out: Path) -> list[str]:
    return [SEEK, "scan", str(disk), "--profile", str(disk.parent / "profile.yaml"), "--hash-set",
            str(known), "--out", str(out), "--workers", "1", "--case", "CUT"]  # fmt: skip


def finished(disk: Path, known: Path, out: Path) -> Path:
    """A scan that nobody disturbs; its bundle. Raises AssertionError if it does not end well."""
    done = subprocess.run(command(disk, known, out), check=False, capture_output=True, text=True)
    assert done.returncode in (0, 3), f"exit {done.returncode}: {done.stdout}{done.stderr}"
    return bundle_in(out)


def killed_and_resumed(disk: Path, known: Path, out: Path, after: float) -> tuple[Path, int] | None:
    """Kill -9 after so many seconds, once or twice, resume to the end; None: it was done before.

    Gives the bundle and how many entries had been carried over.
    """
    if not _killed(command(disk, known, out), after):
        return None
    if not out.exists() or not any(out.iterdir()):
        return finished(disk, known, out), 0
    bundle = bundle_in(out)
    again = [SEEK, "resume", str(bundle)]
    if after * 1000 % 3 < 1 and not _killed(again, after) and (bundle / "findings.json").exists():
        return bundle, 0
    done = subprocess.run(again, check=False, capture_output=True, text=True)
    if done.returncode not in (0, 3):
        if any(word in done.stderr for word in NOT_BEGUN[:-1]):
            shutil.rmtree(out)  # killed before its first line: there is nothing to resume
            return finished(disk, known, out), 0
        if "nothing to resume" in done.stderr:
            return bundle, 0  # killed after it was sealed
        raise AssertionError(done.stdout + done.stderr)
    document = schema.decode((bundle / "findings.json").read_bytes())
    return bundle, document.resumed[-1].carried_entries


def worker_killed(disk: Path, known: Path, out: Path, after: float, which: float) -> Path | None:
    """Kill -9 one of the scan's workers after so many seconds; the scan goes on by itself.

    `which`: of the processes that it has then, 0 to 1. None: it was done before.
    """
    process = subprocess.Popen(
        command(disk, known, out), stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True
    )
    try:
        _, said = process.communicate(timeout=after)
    except subprocess.TimeoutExpired:
        while not (workers := workers_of(process.pid)) and process.poll() is None:
            time.sleep(0.005)
        if workers:
            with suppress(ProcessLookupError):
                os.kill(workers[int(which * len(workers))], signal.SIGKILL)
        _, said = process.communicate()
        if process.returncode not in (0, 3):
            raise AssertionError(f"exit {process.returncode}: {said}") from None
        return bundle_in(out) if workers else None
    return None


def workers_of(pid: int) -> list[int]:
    """The fork server and its workers; not the ssh-keygen that signs, nor what is to become it."""
    try:
        children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
        own = [int(each) for each in children]
        mine = [
            each for each in own if b"triage.workers" in Path(f"/proc/{each}/cmdline").read_bytes()
        ]
    except OSError:
        return []
    return mine + [each for child in own for each in workers_of(child)]


def _killed(arguments: list[str], after: float) -> bool:
    process = subprocess.Popen(
        arguments, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True,
        start_new_session=True,
    )  # fmt: skip
    try:
        _, said = process.communicate(timeout=after)
    except subprocess.TimeoutExpired:
        process.send_signal(signal.SIGKILL)
        process.communicate()
        return True
    if process.returncode not in (0, 3) and not any(word in said for word in NOT_BEGUN):
        raise AssertionError(f"exit {process.returncode}: {said}")
    return False


def bundle_in(out: Path) -> Path:
    return max(out.iterdir(), key=lambda each: each.stat().st_mtime)


def same(one: Path, other: Path) -> list[str]:
    """What differs between two bundles, times and the order in which things were found aside."""
    wrong = [f"step {s.number}: {s.detail}" for b in (one, other) if (s := verify(b).failed)]
    if [_told(line) for line in sorted(lines_of(one), key=_id)] != [
        _told(line) for line in sorted(lines_of(other), key=_id)
    ]:
        wrong.append("entries differ")
    mine, theirs = (schema.decode((b / "findings.json").read_bytes()) for b in (one, other))
    if mine.coverage != theirs.coverage:
        wrong.append("coverage differs")
    if {f.entry.id for f in mine.findings} != {f.entry.id for f in theirs.findings}:
        wrong.append("findings differ")
    if mine.partial or theirs.partial:
        wrong.append("partial")
    return wrong


def _id(line: EntryLine) -> int:
    return line.entry.id


def _told(line: EntryLine) -> dict[str, Any]:
    said: dict[str, Any] = msgspec.to_builtins(line)
    found = said.pop("found", {})
    return said | {k: v for k, v in found.items() if k not in SPENT}
