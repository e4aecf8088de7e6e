"""Who is measured beside whom over hash sets: seek, SQLite, hfind and a Python set.

A builder turns a source of `generate_hash_sets` into the file that it asks; an asker opens that
file in a fresh process, asks it digests, and tells how that went. All work in one folder, whose
files have fixed names.
"""

import resource
import sqlite3
import subprocess
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

from tests.bench import generate_hash_sets as generate
from triage.hashsets.hash_set import open_set
from triage.hashsets.importing import BuildOrder, build
from triage.profile import SetKind

_CACHE_KIB = 1 << 20
"""Memory that SQLite may keep of its pages; its own choice, 2 MB, would be no fair peer."""


class Builder(NamedTuple):
    """One way to get from a source to a file that can be asked."""

    source: str
    """The source's name in the folder."""
    write: Callable[[Path, int], None]
    made: str
    """What all its files' names begin with."""
    run: Callable[[Path, Path], None]


class Answered(NamedTuple):
    """What an asker saw."""

    open_ms: float
    per_second: float
    """By the clock."""
    per_cpu_second: float
    """By the processor's time, which bears company; of child processes too."""
    found: int
    private_mb: int
    """Anonymous memory of the process, what was asked included."""


def _seek(source: Path, out: Path) -> None:
    build(BuildOrder(inputs=[source], name="bench", kind=SetKind.NOTABLE), out)


def _sqlite(source: Path, out: Path) -> None:
    """Into a plain table first, then in order of the key: the quickest way that SQLite has."""
    database = sqlite3.connect(out)
    for setting in ("journal_mode = OFF", "synchronous = OFF", f"cache_size = -{_CACHE_KIB}"):
        database.execute(f"PRAGMA {setting}")
    database.execute("CREATE TEMP TABLE raw(md5, sha1, size, category)")
    with source.open() as file:
        next(file)
        rows = (line.split(",") for line in file)
        database.executemany(
            "INSERT INTO raw VALUES (?, ?, ?, ?)",
            ((bytes.fromhex(m), bytes.fromhex(s), int(n), int(c)) for m, s, n, c in rows),
        )
    columns = "md5 BLOB PRIMARY KEY, sha1 BLOB, size INTEGER, category INTEGER"
    database.execute(f"CREATE TABLE t({columns}) WITHOUT ROWID")
    database.execute("INSERT OR IGNORE INTO t SELECT * FROM raw ORDER BY md5")
    database.execute("CREATE INDEX i ON t(sha1)")
    database.commit()
    database.close()


def _hfind(source: Path, out: Path) -> None:
    """hfind writes its index beside the list that it is of, and wants both."""
    out.symlink_to(source.name)
    subprocess.run(["hfind", "-i", "md5sum", str(out)], check=True, capture_output=True)


BUILDERS = {
    "seek, CSV": Builder("set.csv", generate.write_csv, "seek.set", _seek),
    "seek, VICS 2.0": Builder("set.json", generate.write_vics, "vics.set", _seek),
    "seek, RDSv3": Builder("rds.db", generate.write_rds, "rds.set", _seek),
    "seek, list of MD5": Builder("list.md5", generate.write_md5s, "list.set", _seek),
    "SQLite WITHOUT ROWID, CSV": Builder("set.csv", generate.write_csv, "lite.db", _sqlite),
    "hfind -i, list of MD5": Builder("list.md5", generate.write_md5s, "hfind.md5", _hfind),
}


def seek_single(folder: Path, asked: list[bytes], warm: bool, _: int) -> Answered:
    """One `find` after the other, as where one file is waiting."""

    def ask(subject: Any, digests: list[bytes]) -> int:
        find = subject.find
        return sum(find("md5", digest) is not None for digest in digests)

    return _timed(lambda: open_set(folder / "seek.set"), ask, asked, warm)


def seek_batched(folder: Path, asked: list[bytes], warm: bool, _: int) -> Answered:
    """All in one `find_many`, as where files are many."""

    def ask(subject: Any, digests: list[bytes]) -> int:
        return sum(entry is not None for entry in subject.find_many("md5", digests))

    return _timed(lambda: open_set(folder / "seek.set"), ask, asked, warm)


def sqlite(folder: Path, asked: list[bytes], warm: bool, _: int) -> Answered:
    """One SELECT after the other, by the primary key, the file mapped."""

    def opened() -> sqlite3.Connection:
        database = sqlite3.connect(folder / "lite.db")
        database.execute(f"PRAGMA mmap_size = {1 << 40}")
        return database

    def ask(database: Any, digests: list[bytes]) -> int:
        query = "SELECT size, category FROM t WHERE md5 = ?"
        return sum(database.execute(query, (d,)).fetchone() is not None for d in digests)

    return _timed(opened, ask, asked, warm)


def hfind(folder: Path, asked: list[bytes], warm: bool, _: int) -> Answered:
    """`hfind -e -f LIST`: one process for the first tenth of what is asked."""
    listed = folder / "asked.txt"
    some = asked[: max(1, len(asked) // 10)]
    listed.write_text("".join(f"{digest.hex()}\n" for digest in some))

    def ask(path: Any, _: list[bytes]) -> int:
        command = ["hfind", "-e", "-f", str(listed), str(path)]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        return sum("Hash Not Found" not in line for line in done.stdout.splitlines())

    return _timed(lambda: folder / "hfind.md5", ask, some, warm)


def python_set(_: Path, asked: list[bytes], warm: bool, count: int) -> Answered:
    """A `set` of bytes; opening it is filling it."""

    def filled() -> set[bytes]:
        return {
            md5[at : at + 16]
            for md5, _, _, _ in generate.chunks(count)
            for at in range(0, len(md5), 16)
        }

    def ask(there: Any, digests: list[bytes]) -> int:
        return sum(digest in there for digest in digests)

    return _timed(filled, ask, asked, warm)


class Asker(NamedTuple):
    """One way to ask, and the builder (by name) of the file that is asked."""

    ask: Callable[[Path, list[bytes], bool, int], Answered]
    builder: str = ""


ASKERS = {
    "seek, one by one": Asker(seek_single, "seek, CSV"),
    "seek, batched": Asker(seek_batched, "seek, CSV"),
    "SQLite": Asker(sqlite, "SQLite WITHOUT ROWID, CSV"),
    "hfind": Asker(hfind, "hfind -i, list of MD5"),
    "Python set": Asker(python_set),
}


def _timed(
    open_: Callable[[], Any], ask: Callable[[Any, list[bytes]], int], asked: list[bytes], warm: bool
) -> Answered:
    """Open, ask once unmeasured if it is to be warm, and ask."""
    begun = time.perf_counter()
    subject = open_()
    opened = time.perf_counter() - begun
    if warm:
        ask(subject, asked)
    begun, cpu = time.perf_counter(), cpu_seconds()
    found = ask(subject, asked)
    wall, cpu = time.perf_counter() - begun, max(cpu_seconds() - cpu, 1e-9)
    return Answered(opened * 1000, len(asked) / wall, len(asked) / cpu, found, _private_mb())


def cpu_seconds() -> float:
    """Of this process and of its children that have ended."""
    children = resource.getrusage(resource.RUSAGE_CHILDREN)
    return time.process_time() + children.ru_utime + children.ru_stime


def _private_mb() -> int:
    status = Path("/proc/self/status").read_text().splitlines()
    return int(next(line.split()[1] for line in status if line.startswith("RssAnon"))) // 1024
