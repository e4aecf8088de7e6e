"""Every question of a store has the same rows from Spark as from DuckDB.

`make lab-spark-test` installs what this needs, half a gigabyte, and runs it; the suite does not.
"""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from cli.lab import app
from lab import derived
from lab.engines.asking import QUERIES, question
from lab.engines.duck import Connection
from lab.engines.spark import SparkConnection, connect_spark
from lab.layout import SPILL
from lab.referrals.keeping import see_marks, take_referrals
from lab.settling import judging
from lab.store import LabStore, create_store
from lab.writer import StoreWriter
from tests.lab import reports
from tests.lab.chance import store_by_chance
from triage.errors import StoreError

pytestmark = (
    pytest.mark.filterwarnings(  # PySpark leaves the socket of each answer to the collector
        "ignore::ResourceWarning", "ignore::pytest.PytestUnraisableExceptionWarning"
    )
)
EVERY = sorted(each.stem for each in QUERIES.glob("*.sql"))
MAY_BE_EMPTY = {"listed", "gone"}
"""Of a store where nothing was graded."""


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> LabStore:
    """With everything in it that anybody asks for, referrals too."""
    folder = tmp_path_factory.mktemp("spark")
    made = store_by_chance(folder / "store")
    held = derived.read_derived(made)
    ((digest,),) = held.do("SELECT lower(hex(md5)) FROM sighting WHERE finding IS NOT NULL LIMIT 1")
    held.close()
    with judging(made, "test") as writer:
        _refer(writer, folder, digest)
    return made


def _refer(writer: StoreWriter, folder: Path, digest: str) -> None:
    files = []
    for n in range(3):
        said = reports.cybertip(
            str(1000 + n), email=f"{'j.doe' if n < 2 else 'else'}@example.org", device="77120041",
            ip=[("192.0.2.7", f"2026-03-01T1{n}:00:00Z")], urgent=n == 1,
            files=[reports.file_details(f"f{n}", viewed="true", digest=digest)],
        )  # fmt: skip
        files.append(folder / f"{n}.xml")
        files[-1].write_text(said)
    assert not any(taken.refused for taken in take_referrals(writer, files))


@pytest.fixture(scope="module")
def duck(store: LabStore) -> Iterator[Connection]:
    held = derived.read_derived(store)
    see_marks(held, store)
    yield held
    held.close()


@pytest.fixture(scope="module")
def spark(store: LabStore) -> Iterator[SparkConnection]:
    held = connect_spark(store)
    yield held
    held.close()
    assert list((store / SPILL).iterdir()) == []


@pytest.fixture(scope="module")
def asked(duck: Connection) -> dict[str, Any]:
    """A value for each `$name`, of what is there."""
    content, md5, pdq, bundle = duck.do(
        "SELECT lower(hex(content)), lower(hex(md5)), pdq, bundle FROM sighting"
        " WHERE finding IS NOT NULL AND content IS NOT NULL AND pdq IS NOT NULL"
        " ORDER BY bundle, entry LIMIT 1"
    )[0]
    return {
        "after": 0, "all": False, "bundle": bundle, "case": "C007", "content": content,
        "contents": [bytes(32), bytes.fromhex(content)], "digest": md5,
        "graded": [bytes.fromhex(content)], "high": 0.5, "looks": [pdq, bytes(32)], "models": True,
        "most": 50, "recent": 90 * 86400.0, "report": "", "within": 86400.0, "words": "J.DOE",
    }  # fmt: skip


def _values(asked: dict[str, Any], query: str, duck: Connection) -> dict[str, Any]:
    said = re.sub("--.*", "", question(query))
    values = {name: asked[name] for name in set(re.findall(r"\$([a-z]+)", said))}
    if query.startswith("referral_") and "digest" in values:
        ((digest, report),) = duck.do("SELECT digest, report FROM referred ORDER BY ALL LIMIT 1")
        values |= {"digest": digest, "report": report}
        values |= {"after": ""} if "after" in values else {}
    return values


@pytest.mark.parametrize("query", EVERY)
def test_spark_gives_the_rows_that_duckdb_gives(
    duck: Connection, spark: SparkConnection, asked: dict[str, Any], query: str
) -> None:
    values = _values(asked, query, duck)
    wanted = duck.ask(query, values)
    assert wanted or query in MAY_BE_EMPTY
    assert spark.ask(query, values) == wanted
    if "case" in values and not query.endswith("_of_case"):
        everything = {**values, "case": None}
        assert spark.ask(query, everything) == duck.ask(query, everything)


def test_what_spark_cannot_answer_is_said_in_words(spark: SparkConnection) -> None:
    with pytest.raises(StoreError, match="Spark cannot answer"):
        spark.ask("content", {})


@pytest.mark.parametrize("command", [("overlaps",), ("overlaps", "C007"), ("cases",), ("series",),
                                     ("priorities",), ("trends", "--by", "month")])  # fmt: skip
def test_a_command_says_the_same_from_either_engine(
    store: LabStore, command: tuple[str, ...]
) -> None:
    verb, *more = command
    said = [
        CliRunner().invoke(app, [verb, str(store.path), *more, "--json", "--engine", engine])
        for engine in ("duckdb", "spark")
    ]
    assert [each.exit_code for each in said] == [0, 0], said
    assert said[0].stdout == said[1].stdout
    assert said[0].stdout


def test_an_empty_store_has_no_rows_in_spark_either(tmp_path: Path) -> None:
    empty = create_store(tmp_path / "empty")
    held = connect_spark(empty)
    try:
        assert held.ask("cases") == []
    finally:
        held.close()
