"""The table of all entries holds whatever a suspect calls a file, and what a disk says of time."""

from datetime import datetime
from pathlib import Path

import duckdb
import pytest

from lab.engines.duck import connect
from lab.entries import Filed, rows_of, write_rows
from lab.store import create_store
from tests.bundle import samples
from triage.bundle.format.entries import EntryLine
from triage.bundle.writing.exports import read_document
from triage.evidence import FileEntry, Run, Storage, Timestamps
from triage.findings import Match, Outcome, Result
from triage.match_kinds import MatchKind

NAMES = ["it's", 'a"b', "x\x00y", "\u202egnp.exe", "new\nline", "{'a': 1}", "NULL", ""]
BEGINS = 1 << 20
"""Where the volume lies on the samples' device."""
FILED = Filed("d" * 64, "2026/'1'", "A1")


def _line(number: int, path: str, times: Timestamps) -> EntryLine:
    inside = Match(
        kind=MatchKind.HASH_SET, detector="x", reason="", provenance={"part": "p", "category": "9"}
    )
    return EntryLine(
        FileEntry(id=number, volume_id="d0v1", path=path, size=5, storage=Storage.RUNS,
                  runs=(Run(-1, 2), Run(4096, 3)), times=times),
        Result(outcome=Outcome.EXAMINED, digests={"md5": "0" * 32, "sha1": "no digest"},
               matches=(inside,), scores={"a 'model'": 0.25}),
    )  # fmt: skip


def _table(tmp_path: Path, lines: list[EntryLine]) -> list[tuple[object, ...]]:
    (tmp_path / "made").mkdir()
    document = read_document(samples.sealed(tmp_path / "made"))
    held = connect(create_store(tmp_path / "store"))
    out = tmp_path / "it's.parquet"
    try:
        write_rows(held, rows_of(FILED, document, lines), out)
    finally:
        held.close()
    assert not list(tmp_path.glob("*.lines"))
    with duckdb.connect() as asked:
        rows: list[tuple[object, ...]] = asked.execute(
            'SELECT path, "case", md5, sha1, created, modified, changed, accessed, place, '
            "category, scores FROM read_parquet($file) ORDER BY entry", {"file": str(out)}
        ).fetchall()  # fmt: skip
        return rows


def test_no_name_breaks_the_table_or_becomes_something_else(tmp_path: Path) -> None:
    lines = [_line(number, name, Timestamps()) for number, name in enumerate(NAMES)]
    rows = _table(tmp_path, lines)
    assert [row[0] for row in rows] == NAMES
    for row in rows:
        case, md5, sha1 = row[1:4]
        assert (case, md5, sha1) == ("2026/'1'", "0" * 32, None)
        assert row[8:] == (BEGINS + 4096, "", {"a 'model'": 0.25})


@pytest.mark.parametrize("beyond", [1e18, -1e18, 1e300, 253402300800.0, -62135596801.0])
def test_a_time_that_no_calendar_holds_is_none_and_stops_nothing(
    tmp_path: Path, beyond: float
) -> None:
    times = Timestamps(created=1.5, modified=beyond, changed=-5.0, accessed=253402300799.0)
    ((*_, created, modified, changed, accessed, _, _, _),) = _table(
        tmp_path, [_line(0, "a", times)]
    )
    assert modified is None
    assert created == datetime(1970, 1, 1, 0, 0, 1, 500_000)  # noqa: DTZ001 - as the table has it
    assert changed == datetime(1969, 12, 31, 23, 59, 55)  # noqa: DTZ001
    assert accessed == datetime(9999, 12, 31, 23, 59, 59)  # noqa: DTZ001
