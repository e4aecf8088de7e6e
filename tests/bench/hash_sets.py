"""Hash sets measured beside hfind, SQLite and a Python set, in one run.

    python -m tests.bench.hash_sets [--build ROWS] [--look-up ROWS ...] [--folder DIR]

Seconds are wall-clock, with the processor's in brackets: on a busy machine only the latter tell
the same story twice. Each measurement is a process of its own, so that its peak memory is its own.
"""

import argparse
import json
import multiprocessing
import os
import random
import resource
import sqlite3
import subprocess
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from tests.bench import generate_hash_sets as generate
from triage.hashsets import Order, build, open_set
from triage.profile import SetKind

ASKED = 200_000
Measured = dict[str, Any]


def main() -> None:
    """Print the tables."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--build", type=int, default=1_000_000, help="rows of the build's inputs")
    parser.add_argument("--look-up", type=int, nargs="*", default=[1_000_000], help="set sizes")
    parser.add_argument("--folder", type=Path, default=None, help="where the files go")
    parser.add_argument("--json", action="store_true")
    wanted = parser.parse_args()
    with tempfile.TemporaryDirectory(dir=wanted.folder) as folder:
        rows = _builds(Path(folder), wanted.build)
        for count in wanted.look_up:
            rows += _look_ups(Path(folder), count)
    rows.append(gating())
    for row in rows:
        print(json.dumps(row) if wanted.json else _line(row))


def gating(files: int = 500_000, entries: int = 1_000_000) -> Measured:
    """Which share of the files, and of their bytes, is not read on a realistic distribution."""
    drawn = np.random.default_rng(7)
    there = np.unique(generate.realistic_sizes(entries, drawn), return_counts=True)[0]
    on_disk = _disk_sizes(files, drawn)
    passed = ~np.isin(on_disk, there)
    return {
        "what": "size gate",
        "case": f"{files:,} files against {entries:,} entries",
        "files not read": f"{passed.mean():.1%}",
        "bytes not read": f"{on_disk[passed].sum() / on_disk.sum():.1%}",
    }


def _disk_sizes(files: int, drawn: np.random.Generator) -> "np.ndarray[Any, np.dtype[np.int64]]":
    """A home computer: half small system files, a third pictures, the rest programs and videos."""
    kinds = drawn.choice(4, files, p=[0.5, 0.33, 0.15, 0.02])
    sizes = np.empty(files)
    for kind, (median, sigma) in enumerate([(4e3, 2.0), (3e5, 1.3), (1e6, 1.8), (3e8, 1.2)]):
        some = kinds == kind
        sizes[some] = drawn.lognormal(np.log(median), sigma, int(some.sum()))
    return np.clip(sizes, 1, 60e9).astype(np.int64)


def _builds(folder: Path, count: int) -> list[Measured]:
    made: list[tuple[str, Callable[[Path, int], None], Callable[[Path, Path], None]]] = [
        ("seek from CSV", generate.write_csv, _seek_build),
        ("seek from VICS 2.0", generate.write_vics, _seek_build),
        ("seek from RDSv3", generate.write_rds, _seek_build),
        ("SQLite WITHOUT ROWID from CSV", generate.write_csv, _sqlite_build),
        ("hfind -i (MD5 only)", generate.write_md5s, _hfind_build),
    ]
    rows = []
    for name, write, run in made:
        source, out = folder / "source", folder / "out"
        write(source, count)
        spent = _apart(run, source, out)
        size = sum(path.stat().st_size for path in folder.iterdir() if path != source)
        rows.append(
            {
                "what": "build",
                "case": f"{name}, {count:,}",
                "rows/s": f"{count / spent['wall']:,.0f} [{count / spent['cpu']:,.0f}]",
                "peak MB": spent["peak"],
                "bytes/row": f"{size / count:.1f}",
            }
        )
        for path in folder.iterdir():
            path.unlink()
    return rows


def _seek_build(source: Path, out: Path) -> None:
    build(Order(inputs=[source], name="bench", kind=SetKind.NOTABLE), out)


def _sqlite_build(source: Path, out: Path) -> None:
    database = sqlite3.connect(out)
    database.execute("PRAGMA journal_mode = OFF")
    columns = "md5 BLOB PRIMARY KEY, sha1 BLOB, size INTEGER, category INTEGER"
    database.execute(f"CREATE TABLE t({columns}) WITHOUT ROWID")
    with source.open() as file:
        next(file)
        rows = (line.split(",") for line in file)
        database.executemany(
            "INSERT OR IGNORE INTO t VALUES (?, ?, ?, ?)",
            ((bytes.fromhex(m), bytes.fromhex(s), int(n), int(c)) for m, s, n, c in rows),
        )
    database.execute("CREATE INDEX i ON t(sha1)")
    database.commit()
    database.close()


def _hfind_build(source: Path, _: Path) -> None:
    subprocess.run(["hfind", "-i", "md5sum", str(source)], check=True, capture_output=True)


def _look_ups(folder: Path, count: int) -> list[Measured]:
    generate.write_csv(folder / "set.csv", count)
    _seek_build(folder / "set.csv", folder / "set")
    _sqlite_build(folder / "set.csv", folder / "set.db")
    (folder / "set.csv").unlink()
    generate.write_md5s(folder / "set.md5", count)
    _hfind_build(folder / "set.md5", folder)
    present, absent = _asked(count)
    rows = []
    for temperature in ("warm", "cold"):
        for name, asked in (("present", present), ("absent", absent)):
            for case, run in _RIVALS.items():
                if temperature == "cold":
                    _drop_from_cache(folder)
                fewer = asked if temperature == "warm" else asked[:2000]
                spent = _apart(run, folder, fewer, temperature == "warm", count)
                rows.append(_look_up_row(case, count, name, temperature, spent))
    for path in folder.iterdir():
        path.unlink()
    return rows


def _look_up_row(case: str, count: int, name: str, temperature: str, spent: Measured) -> Measured:
    said = spent["said"]
    return {
        "what": "look-up",
        "case": f"{case}, {count:,}, {name}, {temperature}",
        "per second": f"{said['asked'] / said['wall']:,.0f} [{said['asked'] / said['cpu']:,.0f}]",
        "open ms": f"{said['open'] * 1000:.1f}",
        "private MB": said["private"],
        "found": said["found"],
    }


def _asked(count: int) -> tuple[list[bytes], list[bytes]]:
    present = []
    for md5, _, _, _ in generate.chunks(count):
        step = max(1, count // ASKED)
        present += [md5[at : at + 16] for at in range(0, len(md5), 16 * step)]
    random.Random(1).shuffle(present)
    return present, [os.urandom(16) for _ in present]


def _timed(
    open_: Callable[[], Any], ask: Callable[[Any, list[bytes]], int], asked: list[bytes], warm: bool
) -> Measured:
    begun = time.perf_counter()
    subject = open_()
    opened = time.perf_counter() - begun
    if warm:
        ask(subject, asked)
    begun, cpu = time.perf_counter(), _cpu()
    found = ask(subject, asked)
    return {
        "open": opened,
        "wall": time.perf_counter() - begun,
        "cpu": max(_cpu() - cpu, 1e-9),
        "asked": len(asked),
        "found": found,
        "private": _private_mb(),
    }


def _seek_single(folder: Path, asked: list[bytes], warm: bool, _: int) -> Measured:
    def ask(subject: Any, digests: list[bytes]) -> int:
        find = subject.find
        return sum(find("md5", digest) is not None for digest in digests)

    return _timed(lambda: open_set(folder / "set"), ask, asked, warm)


def _seek_batched(folder: Path, asked: list[bytes], warm: bool, _: int) -> Measured:
    def ask(subject: Any, digests: list[bytes]) -> int:
        return sum(entry is not None for entry in subject.find_many("md5", digests))

    return _timed(lambda: open_set(folder / "set"), ask, asked, warm)


def _sqlite(folder: Path, asked: list[bytes], warm: bool, _: int) -> Measured:
    def ask(database: Any, digests: list[bytes]) -> int:
        query = "SELECT size, category FROM t WHERE md5 = ?"
        return sum(database.execute(query, (d,)).fetchone() is not None for d in digests)

    return _timed(lambda: sqlite3.connect(folder / "set.db"), ask, asked, warm)


def _python_set(_: Path, asked: list[bytes], warm: bool, count: int) -> Measured:
    def load() -> set[bytes]:
        return {
            md5[at : at + 16]
            for md5, _, _, _ in generate.chunks(count)
            for at in range(0, len(md5), 16)
        }

    return _timed(load, lambda there, digests: sum(d in there for d in digests), asked, warm)


def _hfind(folder: Path, asked: list[bytes], warm: bool, _: int) -> Measured:
    def ask(path: Path, digests: list[bytes]) -> int:
        listed = folder / "asked.txt"
        listed.write_text("".join(f"{digest.hex()}\n" for digest in digests))
        command = ["hfind", "-e", "-f", str(listed), str(path)]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        return sum("Hash Not Found" not in line for line in done.stdout.splitlines())

    return _timed(lambda: folder / "set.md5", ask, asked[:20_000], warm)


_RIVALS: dict[str, Callable[[Path, list[bytes], bool, int], Measured]] = {
    "seek, one by one": _seek_single,
    "seek, batched": _seek_batched,
    "SQLite": _sqlite,
    "hfind -f": _hfind,
    "Python set": _python_set,
}


def _apart(run: Callable[..., Any], *arguments: Any) -> Measured:
    """Run it in a process of its own; wall and processor seconds, peak MB, and what it said."""
    parent, child = multiprocessing.Pipe()
    process = multiprocessing.get_context("spawn").Process(
        target=_report, args=(child, run, arguments)
    )
    process.start()
    child.close()
    measured: Measured = parent.recv()
    process.join()
    return measured


def _report(pipe: Any, run: Callable[..., Any], arguments: tuple[Any, ...]) -> None:
    begun = time.perf_counter()
    said = run(*arguments)
    whose = (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)
    peaks = [resource.getrusage(each).ru_maxrss // 1024 for each in whose]
    pipe.send(
        {
            "wall": time.perf_counter() - begun,
            "cpu": _cpu(),
            "peak": max(peaks),
            "said": said,
        }
    )


def _cpu() -> float:
    children = resource.getrusage(resource.RUSAGE_CHILDREN)
    return time.process_time() + children.ru_utime + children.ru_stime


def _private_mb() -> int:
    status = Path("/proc/self/status").read_text().splitlines()
    return int(next(line.split()[1] for line in status if line.startswith("RssAnon"))) // 1024


def _drop_from_cache(folder: Path) -> None:
    """Ask the kernel to forget these files' pages (needs no root)."""
    for path in folder.iterdir():
        descriptor = os.open(path, os.O_RDONLY)
        os.fdatasync(descriptor)
        os.posix_fadvise(descriptor, 0, 0, os.POSIX_FADV_DONTNEED)
        os.close(descriptor)


def _line(row: Measured) -> str:
    facts = "  ".join(f"{name} {value}" for name, value in row.items() if name not in _TITLE)
    return f"{row['what']:8} {row['case']:52} {facts}"


_TITLE = ("what", "case")

if __name__ == "__main__":
    main()
