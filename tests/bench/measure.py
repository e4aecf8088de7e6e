"""Times whole commands: wall, CPU and memory of a command and of everything that it starts.

Memory is watched in a run of its own: looking through the pages of several processes twenty times
a second takes a part of the second core, and would be counted against whoever uses both.
"""

import os
import statistics
import subprocess
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from tests.memory import most_of

SAMPLE_SECONDS = 0.05


@dataclass(frozen=True, slots=True, kw_only=True)
class Measured:
    """One run, or the median of several."""

    wall: float
    """Seconds."""
    cpu: float
    """Seconds, user and system, of all processes."""
    peak: int
    """Bytes of memory in all processes together at the same moment (proportional set size), or the
    most of one of them; 0 if nobody watched."""


def measure(
    command: Sequence[str], *, codes: tuple[int, ...] = (0,), watch_memory: bool = False
) -> Measured:
    """Run it once, its output thrown away. Raises RuntimeError for another exit code."""
    begun = time.monotonic()
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    sampler = Sampler(process.pid) if watch_memory else None
    _, status, usage = os.wait4(process.pid, 0)
    wall = time.monotonic() - begun
    process.returncode = os.waitstatus_to_exitcode(status)
    peak = sampler.stop() if sampler else 0
    if process.returncode not in codes:
        raise RuntimeError(f"{command[0]} ended with {process.returncode}")
    return Measured(wall=wall, cpu=usage.ru_utime + usage.ru_stime, peak=peak)


def medians(runs: int, contenders: dict[str, Callable[[bool], Measured]]) -> dict[str, Measured]:
    """Each contender in turn, A B C A B C …, after one round that only tells the memory.

    A contender is told whether to watch its memory.
    """
    first = {name: run(True) for name, run in contenders.items()}
    rounds = [{name: run(False) for name, run in contenders.items()} for _ in range(runs)]
    return {
        name: _median([each[name] for each in rounds], peak=first[name].peak) for name in contenders
    }


def table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """A Markdown table."""
    lines = ["| " + " | ".join(head) + " |", "|" + "|".join("---" for _ in head) + "|"]
    lines += ["| " + " | ".join(row) + " |" for row in rows]
    return "\n".join(lines) + "\n"


def _median(runs: Sequence[Measured], *, peak: int) -> Measured:
    return Measured(
        wall=statistics.median(run.wall for run in runs),
        cpu=statistics.median(run.cpu for run in runs),
        peak=peak,
    )


class Sampler(threading.Thread):
    """Watches the memory of a process and all below it."""

    def __init__(self, pid: int) -> None:
        super().__init__(daemon=True)
        self._pid = pid
        self._peak = 0
        self._over = threading.Event()
        self.start()

    def run(self) -> None:
        while not self._over.wait(SAMPLE_SECONDS):
            there = family(self._pid)
            self._peak = max(self._peak, sum(map(memory, there)), *map(most_of, there))

    def stop(self) -> int:
        self._over.set()
        self.join()
        return self._peak


def family(pid: int) -> list[int]:
    """The process and all that it started, as far as they still are."""
    try:
        below = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    except OSError:
        return []
    return [pid, *(each for child in below for each in family(int(child)))]


def memory(pid: int) -> int:
    """Proportional set size, bytes; resident size where that may not be read."""
    try:
        text = Path(f"/proc/{pid}/smaps_rollup").read_text()
        return next(int(line.split()[1]) * 1024 for line in text.splitlines() if "Pss:" in line)
    except (OSError, StopIteration):
        return _resident(pid)


def _resident(pid: int) -> int:
    try:
        return int(Path(f"/proc/{pid}/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")
    except OSError:
        return 0
