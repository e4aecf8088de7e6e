"""A lab's store measured beside plain SQLite: one new case's contents against all that is there.

    python -m tests.bench lab                       10 million sightings
    python -m tests.bench.lab --rows 51000000       as many as a task force has files

Sightings are made by chance: three of five are of contents that most bundles have, as of every
Windows, and which link nothing; the rest a bundle has alone, and one in a thousand with another.
Each measurement is a process of its own, so that its memory is its own.
"""

import argparse
import multiprocessing
import resource
import sqlite3
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from lab import derived
from lab.decisions import Decisions
from lab.engines.duck import connect, quoted
from lab.layout import DECISIONS
from lab.overlaps import overlaps_of
from lab.store import LabStore, create_store
from lab.weighing import weights_of
from tests.bench.measure import table
from tests.memory import most_of

ROWS = 10_000_000
BUNDLES = 200
_MAKE = """
COPY (
  SELECT '{digest}' AS bundle, n AS entry, 'd0v1' AS volume, 'Users/someone/' || n AS path,
         2000000 + n AS size, 'image/jpeg' AS type, 'examined' AS outcome,
         unhex(sha256(CASE WHEN n % 5 < 3 THEN 'shared ' || CAST(random() * {shared} AS BIGINT)
                           WHEN n % 1000 = 4 THEN 'pair ' || {pair} || ' ' || n
                           ELSE 'own {bundle} ' || n END)) AS content,
         NULL::BLOB AS md5, NULL::BLOB AS sha1, NULL::BLOB AS sha256, NULL::BLOB AS pdq,
         NULL::DOUBLE AS modified, '' AS make, '' AS model, '' AS serial, '' AS taken,
         NULL::BIGINT AS finding, []::VARCHAR[] AS kinds, false AS notable, '' AS category,
         NULL::DOUBLE AS score
  FROM range({rows}) r(n))
TO {out} (FORMAT parquet, COMPRESSION zstd)"""


def run(rows: int = ROWS) -> str:
    """The table."""
    with tempfile.TemporaryDirectory(prefix="seek-bench-") as folder:
        store = _made(Path(folder), rows)
        lines = [
            _measured("seek lab: one case against all", _one_case, store),
            _measured("seek lab: all cases", _all_cases, store),
            _measured("SQLite: rows and index made", _sqlite_made, store),
            _measured("SQLite: one case against all", _sqlite_one, store),
            _measured("SQLite: all cases", _sqlite_all, store),
        ]
    head = f"\n## A lab's store: {rows:,} sightings in {BUNDLES} bundles of as many cases\n\n"
    return head + table(["what", "wall s", "cpu s", "MiB", "links"], lines)


def _made(folder: Path, rows: int) -> LabStore:
    """A store whose Parquet is real and whose bundles are not there."""
    store = create_store(folder / "store")
    Decisions(store / DECISIONS, write=True).close()
    held = connect(store, store / "lab.duckdb", write=True)
    held.do(derived.TABLES)
    for bundle in range(BUNDLES):
        digest = f"{bundle:064x}"
        own, out = rows // BUNDLES, quoted(store.sightings(digest))
        held.do(_MAKE.format(digest=digest, bundle=bundle, pair=bundle // 2, rows=own, out=out,
                             shared=own * 3 // 5))  # fmt: skip
        held.do("INSERT INTO bundle VALUES (?, ?, ?, '', '', '', '', '', false, 0, '')",
                [digest, str(bundle), f"C{bundle:03}"])  # fmt: skip
    held.close()
    return store


def _one_case(store: LabStore) -> int:
    return _links(store, "C017")


def _all_cases(store: LabStore) -> int:
    return _links(store, None)


def _links(store: LabStore, case: str | None) -> int:
    held = derived.read_derived(store)
    found = overlaps_of(held, weights_of(store).overlaps, case=case)
    return sum(len(each.exact) for each in found)


def _sqlite_made(store: LabStore) -> int:
    held, plain = derived.read_derived(store), sqlite3.connect(store / "plain.sqlite")
    plain.execute("CREATE TABLE sighting (content BLOB, number TEXT)")
    for bundle, number in held.do("SELECT bundle, case_number FROM bundle"):
        rows = held.do("SELECT content, ? FROM sighting WHERE bundle = ?", [number, bundle])
        plain.executemany("INSERT INTO sighting VALUES (?, ?)", rows)
    plain.execute("CREATE INDEX by_content ON sighting (content, number)")
    plain.execute("CREATE INDEX by_number ON sighting (number, content)")
    plain.commit()
    return 0


_SQLITE = """
WITH seen AS (SELECT DISTINCT content, number FROM sighting {where}),
spread AS (SELECT content FROM seen GROUP BY content HAVING count(*) BETWEEN 2 AND 50)
SELECT count(*) FROM spread JOIN seen l USING (content) JOIN seen r USING (content)
WHERE l.number < r.number AND (? IS NULL OR ? IN (l.number, r.number))"""


def _sqlite_one(store: LabStore) -> int:
    where = "WHERE content IN (SELECT content FROM sighting WHERE number = 'C017')"
    plain = sqlite3.connect(store / "plain.sqlite")
    return int(plain.execute(_SQLITE.format(where=where), ["C017"] * 2).fetchone()[0])


def _sqlite_all(store: LabStore) -> int:
    plain = sqlite3.connect(store / "plain.sqlite")
    return int(plain.execute(_SQLITE.format(where=""), [None, None]).fetchone()[0])


def _measured(what: str, work: Callable[[LabStore], int], store: LabStore) -> list[str]:
    with multiprocessing.get_context("spawn").Pool(1) as pool:
        wall, cpu, most, links = pool.apply(_told, (work, store))
    return [what, f"{wall:.1f}", f"{cpu:.1f}", f"{most >> 20:,}", f"{links:,}" if links else ""]


def _told(work: Callable[[LabStore], int], store: LabStore) -> tuple[float, float, int, int]:
    began = time.monotonic()
    links = work(store)
    spent = resource.getrusage(resource.RUSAGE_SELF)
    return time.monotonic() - began, spent.ru_utime + spent.ru_stime, most_of(), links


def main() -> None:
    """With as many rows as asked for."""
    asked = argparse.ArgumentParser()
    asked.add_argument("--rows", type=int, default=ROWS)
    print(run(asked.parse_args().rows))


if __name__ == "__main__":
    main()
