"""Commands that are really run: when each notable file was found, and what was promised."""

import json
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

from tests.bench.measure import family
from tests.bench.orders import SHARES
from triage.workers.serving import EXAMINERS_GIVE_WAY

_SHA1 = re.compile(rb"'sha1'>([0-9a-f]{40})")


@dataclass(slots=True, kw_only=True)
class Recall:
    """Seconds from the start of a command."""

    found: dict[str, float] = field(default_factory=dict)
    """Notable path to when it was named."""
    read: dict[str, int] = field(default_factory=dict)
    """Notable path to the bytes of content that had been read by then; seek alone."""
    listed: float = 0.0
    """When the first device was named; 0 where none is."""
    ended: float = 0.0
    """0: it was ended at its time limit."""
    limit: float = 0.0
    pid: int = 0
    """Of the command."""
    promises: list[tuple[float, float, float]] = field(default_factory=list)
    """When, how many seconds were said to be left, and the share of the entries done."""

    def cells(self, notable: int) -> list[str]:
        """Seconds to the first, 50, 90 and 100 % of the notable, and to the end."""
        times = sorted(self.found.values())
        cells = []
        for share in SHARES:
            mark = max(1, round(share * notable))
            cells.append(f"{times[mark - 1]:.1f}" if mark <= len(times) else self._never())
        return [*cells, f"{self.ended:.0f}" if self.ended else self._never()]

    def megabytes(self, notable: int, content: int) -> list[str]:
        """What had been read at those marks, and its share of all content."""
        amounts = sorted(self.read.values())
        marks = (max(1, round(share * notable)) for share in SHARES)
        return [
            f"{amounts[m - 1] / 1e6:.0f} ({amounts[m - 1] / content:.0%})"
            if m <= len(amounts)
            else ""
            for m in marks
        ]

    def _never(self) -> str:
        return "never" if self.ended else f"not in {self.limit:.0f}"


def seek(
    image: Path, known: Path, out: Path, notable: Mapping[str, str], *, rotating: bool,
    profile: str = "quick", workers: int = 0, limit: float = 0.0,
) -> Recall:  # fmt: skip
    """A scan. An image does not say whether it rotates: the device's record is told so."""
    code = (
        "import sys, msgspec, triage.scan.given as s\n"
        "one = s.identify\n"
        "s.identify = lambda path, id: msgspec.structs.replace(one(path, id), rotational="
        f"{rotating})\n"
        "from cli.__main__ import main\n"
        "sys.exit(main())\n"
    )
    command = [sys.executable, "-c", code, "scan", str(image), "--profile", profile, "--hash-set",
               str(known), "--out", str(out), "--json", "--workers", str(workers),
               "--time-limit", f"{limit or 36_000:.0f} s"]  # fmt: skip
    recall = Recall()
    for now, line in _lines(command, recall):
        event = json.loads(line)
        match event["event"]:
            case "device":
                recall.listed = recall.listed or now
            case "spotted" | "finding":
                path = event.get("finding", event)["entry"]["path"]
                if path in notable:
                    recall.found.setdefault(path, now)
                    recall.read.setdefault(path, _read_by_examiners(recall.pid))
            case "progress" if event.get("seconds_left") is not None:
                share = event["done_entries"] / max(1, event["listed_entries"])
                recall.promises.append((now, event["seconds_left"], share))
    if limit and recall.ended > limit:
        recall.ended, recall.limit = 0.0, limit
    return recall


def recovered(
    image: Path,
    folder: Path,
    notable: Mapping[str, str],
    sizes: Mapping[str, int],
    *,
    limit: float = 0.0,
) -> Recall:
    """tsk_recover, then hashdeep over what it took out, each match noted as it is printed.

    `sizes` by path: a file of another size than its digest's is none of hashdeep's matches.
    """
    hashes, taken = folder / "hashes.txt", folder / "taken"
    hashes.write_text(
        "%%%% HASHDEEP-1.0\n%%%% size,sha256,filename\n"
        + "".join(f"{sizes[path]},{digest},x\n" for path, digest in notable.items())
    )
    recall = Recall(limit=limit)
    command = f"tsk_recover -a {image} {taken} >/dev/null && exec stdbuf -oL hashdeep -c sha256 "
    command += f"-r -m -k {hashes} {taken}"
    for now, line in _lines(["sh", "-c", command], recall):
        path = os.fsdecode(line).rstrip("\n").partition("/taken/")[2]
        if path in notable:
            recall.found.setdefault(path, now)
    return recall


def walked(image: Path, sha1: Mapping[str, str], *, limit: float = 0.0) -> Recall:
    """fiwalk with digests, its output searched as it comes."""
    recall = Recall(limit=limit)
    for now, line in _lines(["fiwalk", "-x", str(image)], recall):
        digest = _SHA1.search(line) if b"'sha1'" in line else None
        if digest is not None and digest[1].decode() in sha1:
            recall.found.setdefault(sha1[digest[1].decode()], now)
    return recall


def _read_by_examiners(pid: int) -> int:
    """Bytes that the examiners below that process, which give way, have asked the system for."""
    total = 0
    for each in family(pid)[1:]:
        with suppress(OSError):
            if os.getpriority(os.PRIO_PROCESS, each) < EXAMINERS_GIVE_WAY:
                continue
            told = Path(f"/proc/{each}/io").read_text().split()
            total += int(told[told.index("rchar:") + 1])
    return total


def _lines(command: Sequence[str], recall: Recall) -> Iterator[tuple[float, bytes]]:
    """Each line with its seconds; the end, or the limit, goes into the recall."""
    begun = time.monotonic()
    process = subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, start_new_session=True
    )
    assert process.stdout is not None
    recall.pid = process.pid
    if recall.limit:
        signal.signal(signal.SIGALRM, lambda *_: os.killpg(process.pid, signal.SIGKILL))
        signal.alarm(max(1, round(recall.limit)))
    try:
        for line in process.stdout:
            yield time.monotonic() - begun, line
        code = process.wait()
    finally:
        signal.alarm(0)
    recall.ended = time.monotonic() - begun if code != -signal.SIGKILL else 0.0
