"""Hash sets measured beside hfind, SQLite and a Python set.

    python -m tests.bench hash_sets                                  every table, up to 10 million
    python -m tests.bench.hash_sets build look-up gate --rows 51000000 --folder /var/tmp/sets

With a folder the files stay there, and what is there already is not made again: so the large run
can be done in pieces (`--only NAME` takes some of the contenders). It needs 25 GB. Every
measurement is a process of its own, so that its memory is its own.
"""

import argparse
import multiprocessing
import os
import random
import resource
import statistics
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from tests.bench import generate_hash_sets as generate
from tests.bench.hash_set_peers import ASKERS, BUILDERS, Answered, Builder, cpu_seconds
from tests.bench.measure import table
from tests.memory import most_of

ASKED = 200_000
COLD = 2_000
BUILD_ROWS = 5_000_000
LOOK_UP_ROWS = (1_000_000, 10_000_000)
ROUNDS = 3


class Spent(NamedTuple):
    """What one process took."""

    wall: float
    cpu: float
    peak_mb: int
    said: Any


def run() -> str:
    """Every table, in a temporary folder."""
    with tempfile.TemporaryDirectory(prefix="seek-sets-") as name:
        parts = [builds(Path(name), BUILD_ROWS)]
        parts += [look_ups(Path(name), rows) for rows in LOOK_UP_ROWS]
    return "\n".join([*parts, gating()])


def main() -> None:
    """The tables that are asked for."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("parts", nargs="+", choices=("build", "look-up", "gate"))
    parser.add_argument("--rows", type=int, default=1_000_000)
    parser.add_argument("--folder", type=Path, required=True, help="where the files stay")
    parser.add_argument("--only", nargs="*", default=[], help="names, or their beginnings")
    wanted = parser.parse_args()
    makers = {
        "build": lambda: builds(wanted.folder, wanted.rows, wanted.only),
        "look-up": lambda: look_ups(wanted.folder, wanted.rows, wanted.only),
        "gate": lambda: gating(wanted.rows),
    }
    for part in wanted.parts:
        print(makers[part](), flush=True)


def builds(folder: Path, rows: int, only: Sequence[str] = ()) -> str:
    """Rows a second, peak memory and size of the file, of each way to build. One round."""
    place = _place(folder, rows)
    lines = []
    for name in _named(BUILDERS, only):
        spent = _built(place, BUILDERS[name], rows)
        size = sum(path.lstat().st_size for path in _files(place, BUILDERS[name]))
        lines.append(
            [name, f"{spent.wall:.1f}", f"{rows / spent.wall:,.0f}", f"{rows / spent.cpu:,.0f}",
             f"{spent.peak_mb:,}", f"{size / rows:.1f}"]
        )  # fmt: skip
    head = ("", "wall s", "rows/s", "rows/s of CPU", "peak MB", "bytes/row")
    return f"## Build: {rows:,} rows\n\n{table(head, lines)}"


def look_ups(folder: Path, rows: int, only: Sequence[str] = ()) -> str:
    """Look-ups a second by MD5: present and absent, warm and with the files' pages dropped."""
    place = _place(folder, rows)
    asked = dict(zip(("present", "absent"), _asked(place, rows), strict=True))
    lines = []
    for name in _named(ASKERS, only):
        builder = BUILDERS.get(ASKERS[name].builder)
        if builder and not _files(place, builder):
            _built(place, builder, rows)
        answers = {
            (kind, warm): _answered(place, name, digests, warm, rows)
            for kind, digests in asked.items()
            for warm in (True, False)
            if warm or builder
        }
        lines.append([name, *_told(answers)])
    head = ("", "present", "absent", "present, cold", "absent, cold", "open ms", "private MB")
    return f"## Look-ups a second [of CPU]: {rows:,} entries\n\n{table(head, lines)}"


def gating(entries: int = 1_000_000, files: int = 500_000) -> str:
    """Which share of the files, and of their bytes, is not read on a realistic distribution."""
    drawn = np.random.default_rng(7)
    there = np.unique(generate.realistic_sizes(entries, drawn), return_counts=True)[0]
    on_disk = _disk_sizes(files, drawn)
    passed = ~np.isin(on_disk, there)
    line = [f"{entries:,}", f"{passed.mean():.1%}", f"{on_disk[passed].sum() / on_disk.sum():.1%}"]
    return f"## Size gate: {files:,} files\n\n" + table(
        ("entries", "files not read", "bytes not read"), [line]
    )


def _disk_sizes(files: int, drawn: np.random.Generator) -> npt.NDArray[np.int64]:
    """A home computer: half small system files, a third pictures, the rest programs and videos."""
    kinds = drawn.choice(4, files, p=[0.5, 0.33, 0.15, 0.02])
    sizes = np.empty(files)
    for kind, (median, sigma) in enumerate([(4e3, 2.0), (3e5, 1.3), (1e6, 1.8), (3e8, 1.2)]):
        some = kinds == kind
        sizes[some] = drawn.lognormal(np.log(median), sigma, int(some.sum()))
    return np.clip(sizes, 1, 60e9).astype(np.int64)


def _built(place: Path, builder: Builder, rows: int) -> Spent:
    source = place / builder.source
    if not source.exists():
        builder.write(source, rows)
    for stale in _files(place, builder):
        stale.unlink()
    return _apart(builder.run, source, place / builder.made)


def _answered(place: Path, name: str, digests: list[bytes], warm: bool, rows: int) -> Answered:
    """The median of some rounds; wrong answers end the run."""
    answers = []
    builder = BUILDERS.get(ASKERS[name].builder)
    for number in range(ROUNDS if builder else 1):
        for path in _files(place, builder) if builder else ():
            if not warm:
                _drop_from_cache(path)
            elif not number:
                _read_into_cache(path)
        some = digests if warm else digests[:COLD]
        answers.append(Answered(*_apart(ASKERS[name].ask, place, some, warm, rows).said))
    middle = statistics.median_low(answer.per_second for answer in answers)
    return next(answer for answer in answers if answer.per_second == middle)


def _told(answers: dict[tuple[str, bool], Answered]) -> list[str]:
    cells = []
    for warm in (True, False):
        for kind in ("present", "absent"):
            answer = answers.get((kind, warm))
            cells.append(_speed(answer) if answer else "")
    present, absent = answers["present", True], answers["absent", True]
    if not present.found or absent.found:
        raise RuntimeError(f"wrong answers: {present.found} present, {absent.found} absent")
    return [*cells, f"{present.open_ms:,.1f}", f"{present.private_mb:,}"]


def _speed(answer: Answered) -> str:
    """Warm ones are bound by the processor: its time beside the clock's, for a busy machine."""
    return f"{_round(answer.per_second)} [{_round(answer.per_cpu_second)}]"


def _round(number: float) -> str:
    """Three figures: more are noise."""
    return f"{float(f'{number:.3g}'):,.0f}"


def _asked(place: Path, rows: int) -> tuple[list[bytes], list[bytes]]:
    """Digests that are in the sets, from all over, and as many that are not."""
    kept = place / "asked"
    if not kept.exists():
        step = max(1, rows // ASKED)
        kept.write_bytes(b"".join(_every(md5, step) for md5, _, _, _ in generate.chunks(rows)))
    blob = kept.read_bytes()
    present = [blob[at : at + 16] for at in range(0, len(blob), 16)]
    random.Random(1).shuffle(present)
    return present, [os.urandom(16) for _ in present]


def _every(md5s: bytes, step: int) -> bytes:
    return b"".join(md5s[at : at + 16] for at in range(0, len(md5s), 16 * step))


def _place(folder: Path, rows: int) -> Path:
    place = folder / str(rows)
    place.mkdir(parents=True, exist_ok=True)
    return place


def _files(place: Path, builder: Builder) -> list[Path]:
    return sorted(path for path in place.iterdir() if path.name.startswith(builder.made))


def _named(all_: dict[str, Any], only: Sequence[str]) -> list[str]:
    return [name for name in all_ if not only or name.startswith(tuple(only))]


def _read_into_cache(path: Path) -> None:
    """From front to back, which a disk does much faster than the look-ups would."""
    with path.open("rb", buffering=0) as file:
        while file.read(1 << 24):
            pass


def _drop_from_cache(path: Path) -> None:
    """Ask the kernel to forget this file's pages (needs no root)."""
    descriptor = os.open(path, os.O_RDONLY)
    os.fdatasync(descriptor)
    os.posix_fadvise(descriptor, 0, 0, os.POSIX_FADV_DONTNEED)
    os.close(descriptor)


def _apart(run: Callable[..., Any], *arguments: Any) -> Spent:
    """Run it in a process of its own."""
    parent, child = multiprocessing.Pipe()
    process = multiprocessing.get_context("spawn").Process(
        target=_report, args=(child, run, arguments)
    )
    process.start()
    child.close()
    spent: Spent = parent.recv()
    process.join()
    return spent


def _report(pipe: Any, run: Callable[..., Any], arguments: tuple[Any, ...]) -> None:
    begun, cpu = time.perf_counter(), cpu_seconds()
    said = run(*arguments)
    wall, cpu = time.perf_counter() - begun, cpu_seconds() - cpu
    of_children = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss * 1024
    peak = max(most_of(), of_children)  # theirs has ours, which is no more than ours
    pipe.send(Spent(wall, max(cpu, 1e-9), peak >> 20, said))


if __name__ == "__main__":
    main()
