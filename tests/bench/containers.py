"""Taking members out of archives: how fast, beside bsdtar and Python's zipfile, in one run.

    python -m tests.bench containers

All make the MD5 of what comes out; ours does so as a worker does, within its budget. By CPU time,
user and system, of all processes: bsdtar and md5sum are two. Half of the content does not shrink.
"""

import hashlib
import os
import random
import resource
import subprocess
import tempfile
import zipfile
from collections.abc import Callable
from pathlib import Path

from tests.bench import container_disk
from tests.bench.measure import table
from tests.members.writing import archived
from triage.containers.recognising import recognise
from triage.members.member import ContainerBytes
from triage.members.opening import openers
from triage.members.tally import MemberBudget, MemberTally
from triage.members.walking import Hashing, MemberWalk, Wishes

FILES = int(os.environ.get("SEEK_BENCH_FILES", "120"))
BYTES = 250_000
ROUNDS = 3
FORMS = (
    ("zip, stored", "zip", "", "zip:compression=store"),
    ("zip, deflated", "zip", "", ""),
    ("tar", "pax", "", ""),
    ("tar.gz", "pax", "gzip", ""),
    ("tar.zst", "pax", "zstd", ""),
    ("tar.xz", "pax", "xz", ""),
    ("7z", "7zip", "", ""),
    ("cpio", "cpio_newc", "", ""),
)  # fmt: skip


class _OnDisk:
    """A container's bytes, read as a worker reads them."""

    def __init__(self, descriptor: int) -> None:
        self._descriptor = descriptor
        self.size = os.fstat(descriptor).st_size

    def read_at(self, offset: int, length: int) -> bytes:
        """As many as there are."""
        return os.pread(self._descriptor, length, offset)


def run() -> str:
    """The table."""
    chance = random.Random(7)
    files = {
        f"2019/{n}.jpg": chance.randbytes(BYTES // 2) + b"words and words " * (BYTES // 32)
        for n in range(FILES)
    }
    total = sum(map(len, files.values()))
    rows = []
    with tempfile.TemporaryDirectory() as folder:
        for name, form, packed, options in FORMS:
            path = Path(folder) / "archive"
            path.write_bytes(
                archived(form, files, packed=packed, options=options, room=2 * total + 10_000_000)
            )
            rows.append(_row(name, path, total))
    title = f"## Members of archives: {FILES} of {BYTES:,} bytes each, their MD5\n\n"
    heads = ("MB a second of CPU", "seek", "bsdtar -xO, md5sum", "zipfile, MD5", "seek / bsdtar")
    return title + table(heads, rows) + "\n" + container_disk.run()


def _row(name: str, path: Path, total: int) -> tuple[str, ...]:
    ways: dict[str, Callable[[Path], object]] = {"seek": _ours, "bsdtar": _bsdtar}
    if zipfile.is_zipfile(path):
        ways["zipfile"] = _zipfile
    best = {way: float("inf") for way in ways}
    for _ in range(ROUNDS + 1):
        for way, act in ways.items():
            begun = _cpu()
            act(path)
            best[way] = min(best[way], _cpu() - begun)
    speed = {way: total / 1e6 / seconds for way, seconds in best.items()}
    zips = f"{speed['zipfile']:.0f}" if "zipfile" in speed else "-"
    ratio = f"**{speed['seek'] / speed['bsdtar']:.2f}**"
    return name, f"{speed['seek']:.0f}", f"{speed['bsdtar']:.0f}", zips, ratio


def _cpu() -> float:
    """Seconds, of this process and those that it waited for."""
    used = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return sum(each.ru_utime + each.ru_stime for each in used)


def _ours(path: Path) -> int:
    openers()
    descriptor = os.open(path, os.O_RDONLY)
    try:
        content: ContainerBytes = _OnDisk(descriptor)
        held = recognise(content.read_at(0, 65536), content.size, "x", content.read_at)
        if held is None:
            raise RuntimeError("it is no container")
        wishes = Wishes(all_of=lambda *_: True, hashers=_hashers)
        tally = MemberTally(budget=MemberBudget(), of=content.size)
        for taken in MemberWalk(tally, wishes).members(content, held, "x"):
            hashlib.md5(taken.content, usedforsecurity=False).hexdigest()
        if tally.stopped or tally.damaged or tally.members != FILES:
            raise RuntimeError(f"not all of it came out: {tally}")
        return tally.members
    finally:
        os.close(descriptor)


def _hashers() -> dict[str, Hashing]:
    return {"md5": hashlib.md5(usedforsecurity=False)}


def _bsdtar(path: Path) -> None:
    with (
        subprocess.Popen(["bsdtar", "-xOf", str(path)], stdout=subprocess.PIPE) as taking,
        subprocess.Popen(["md5sum"], stdin=taking.stdout, stdout=subprocess.DEVNULL) as making,
    ):
        if making.wait() or taking.wait():
            raise RuntimeError("bsdtar or md5sum failed")


def _zipfile(path: Path) -> None:
    with zipfile.ZipFile(path) as archive:
        for each in archive.infolist():
            hashlib.md5(archive.read(each), usedforsecurity=False).hexdigest()
