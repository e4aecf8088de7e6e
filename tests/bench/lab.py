"""A lab's store measured beside plain SQLite: one new case against all that is there.

    python -m tests.bench lab                      a tenth of a task force's contents: 2 GB of disk
    python -m tests.bench.lab --contents 51000000 --bundles 2000 --one-case
                                                   all, and only what a new case asks: 7 GB
    python -m tests.bench.lab --store FOLDER       a store that tests.bench.lab_store made

Each measurement is a process of its own, so that its memory is its own. What tests.bench.lab_store
plants is found: of each 1,000 contents of a case one is in one other case, and one looks like one
of that case.
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
from lab.overlaps import overlaps_of
from lab.store import LabStore, open_store
from lab.weighing import weights_of
from tests.bench.lab_store import BUNDLES, CONTENTS, make, number
from tests.bench.measure import table
from tests.memory import most_of

_NEW = number(17)
"""The case that came in."""


def run(
    contents: int = CONTENTS,
    bundles: int = BUNDLES,
    *,
    store: Path | None = None,
    one: bool = False,
) -> str:
    """The table. `one`: only what a new case asks."""
    with tempfile.TemporaryDirectory(prefix="seek-bench-") as folder:
        held = open_store(store) if store else make(Path(folder) / "store", contents, bundles)
        lines = [
            _measured("seek lab: contents that one case shares", _exact, held),
            _measured("seek lab: its pictures that look like others", _look, held),
            _measured("seek lab: all overlaps of one case", _overlaps, held),
        ]
        if not one:
            lines += [
                _measured("seek lab: contents that all cases share", _exact_of_all, held),
                _measured("SQLite: rows and index made", _sqlite_made, held),
                _measured("SQLite: contents that one case shares", _sqlite_one, held),
                _measured("SQLite: contents that all cases share", _sqlite_all, held),
            ]
        head = f"\n## A lab's store: {_said(held)}\n\n"
    return head + table(["what", "wall s", "cpu s", "MiB", "found"], lines)


def _said(store: LabStore) -> str:
    held = derived.read_derived(store)
    ((places, bundles),) = held.do(
        "SELECT (SELECT count(*) FROM sighting), (SELECT count(*) FROM bundle)"
    )
    return f"{places:,} sightings in {bundles:,} bundles of as many cases"


def _exact(store: LabStore) -> int:
    asked = {"case": _NEW, "most": weights_of(store).overlaps.most_cases, "all": False}
    return len(derived.read_derived(store).ask("exact_of_case", asked))


def _look(store: LabStore) -> int:
    asked = {"case": _NEW, "most": weights_of(store).overlaps.most_cases}
    return len(derived.read_derived(store).ask("look_of_case", asked))


def _overlaps(store: LabStore) -> int:
    """As `seek lab overlaps STORE CASE`."""
    held = derived.read_derived(store)
    found = overlaps_of(held, weights_of(store).overlaps, case=_NEW)
    return sum(len(each.exact) + len(each.looks) for each in found)


def _exact_of_all(store: LabStore) -> int:
    asked = {"most": weights_of(store).overlaps.most_cases, "all": False}
    return len(derived.read_derived(store).ask("exact", asked))


def _sqlite_made(store: LabStore) -> int:
    held, plain = derived.read_derived(store), sqlite3.connect(store / "plain.sqlite")
    plain.execute("CREATE TABLE sighting (content BLOB, number TEXT)")
    for bundle, case in held.do("SELECT bundle, case_number FROM bundle"):
        rows = held.do(
            "SELECT content, ? FROM sighting WHERE bundle = ? AND type LIKE 'image/%'",
            [case, bundle],
        )
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
    where = "WHERE content IN (SELECT content FROM sighting WHERE number = ?)"
    plain = sqlite3.connect(store / "plain.sqlite")
    return int(plain.execute(_SQLITE.format(where=where), [_NEW] * 3).fetchone()[0])


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
    """With as much as asked for."""
    asked = argparse.ArgumentParser()
    asked.add_argument("--contents", type=int, default=CONTENTS)
    asked.add_argument("--bundles", type=int, default=BUNDLES)
    asked.add_argument("--store", type=Path)
    asked.add_argument("--one-case", action="store_true")
    given = asked.parse_args()
    print(run(given.contents, given.bundles, store=given.store, one=given.one_case))


if __name__ == "__main__":
    main()
