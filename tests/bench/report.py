"""The report of very many findings: rendered again, and printed by Chromium.

python -m tests.bench report

Findings are of three kinds by turns, five in six with a preview (a scan keeps 500). `all listed`
counts the lines of findings over all of its files, each once. Each measurement is a process of its
own; Chromium's many are all waited for, those too whose parent was killed, so that their processor
time is counted.
"""

import ctypes
import os
import re
import resource
import subprocess
import tempfile
import time
from pathlib import Path

import pikepdf

from tests.bench.measure import measure, table
from tests.bundle import browser, samples
from tests.demo import SEEK

COUNTS = (200, 2_000, 20_000)
MIB = 1 << 20
_SET_CHILD_SUBREAPER = 36
"""Of prctl(2): whose parent is gone becomes our child."""
_LINE = re.compile(r'id="line-(\d+)"')


def run(counts: tuple[int, ...] = COUNTS) -> str:
    """The table."""
    found = browser.programs()
    if found is None:
        return f"## The report\n\n{browser.MISSING}\n"
    rows = []
    for count in counts:
        with tempfile.TemporaryDirectory(prefix="seek-bench-") as folder:
            rows += _measured(Path(folder), count, found[0])
    head = ["what", "wall s", "cpu s", "peak MB", "files", "MB", "pages", "all listed"]
    return "\n## The report\n\n" + table(head, rows)


def _measured(folder: Path, count: int, chromium: str) -> list[list[str]]:
    bundle = samples.sealed(folder, findings=count)
    page = folder / "page.html"
    made = measure([SEEK, "report", str(bundle), "--out", str(page)], watch_memory=True)
    files = sorted(folder.glob("page*.html"))
    size = sum(file.stat().st_size for file in files) / MIB
    listed = sorted(
        int(number) for file in files for number in _LINE.findall(file.read_text(encoding="utf-8"))
    )
    whole = "yes" if listed == list(range(1, count + 1)) else f"NO: {len(set(listed)):,}"
    rendered = [
        f"{count:,} findings: rendered", f"{made.wall:.1f}", f"{made.cpu:.1f}",
        f"{made.peak / MIB:.0f}", str(len(files)), f"{size:.1f}", "", whole,
    ]  # fmt: skip
    return [rendered, _printed(folder, count, chromium, files)]


def _printed(folder: Path, count: int, chromium: str, files: list[Path]) -> list[str]:
    """The largest of its files, as people print one at a time."""
    largest = max(files, key=lambda file: file.stat().st_size)
    paper = folder / "page.pdf"
    wall, cpu = _with_all_processes(
        [chromium, "--headless=new", "--no-sandbox", "--disable-gpu", "--no-pdf-header-footer",
         f"--user-data-dir={folder / 'browser'}", f"--print-to-pdf={paper}", largest.as_uri()]
    )  # fmt: skip
    with pikepdf.open(paper) as pdf:
        pages = len(pdf.pages)
    which = "its one file" if len(files) == 1 else "the largest of its files"
    return [
        f"{count:,} findings: {which} to PDF", f"{wall:.1f}", f"{cpu:.1f}", "", "1",
        f"{paper.stat().st_size / MIB:.1f}", str(pages), "",
    ]  # fmt: skip


def _with_all_processes(command: list[str]) -> tuple[float, float]:
    """Seconds on the clock until it ended, and of the processor in all that it started."""
    ctypes.CDLL(None).prctl(_SET_CHILD_SUBREAPER, 1, 0, 0, 0)
    before, begun = resource.getrusage(resource.RUSAGE_CHILDREN), time.monotonic()
    subprocess.run(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, check=True)
    wall = time.monotonic() - begun
    while True:
        try:
            os.wait()
        except ChildProcessError:
            break
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return wall, after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
