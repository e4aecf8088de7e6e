"""Spark, for a store of a whole country: the questions of `queries/`, over the store's own Parquet.

It runs on this machine alone, and nobody else reaches it, unless SPARK_CONF_DIR is set: then what
Spark's own `spark-defaults.conf` says there holds: which cluster, how much memory. The small tables
over all bundles are handed to it as Parquet, too. What it spills stays in the store, and is gone at
the end.
"""

import logging
import os
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from shutil import rmtree
from typing import Any

from py4j.protocol import Py4JError
from pyspark.errors import PySparkException
from pyspark.sql import Column, SparkSession
from pyspark.sql import functions as sf

from lab import derived, layout
from lab.engines.asking import Rows, question
from lab.engines.dialect import for_spark
from lab.engines.duck import Connection, quoted
from lab.referrals.keeping import see_marks
from lab.store import LabStore
from triage.errors import StoreError, why

CONFIGURED = "SPARK_CONF_DIR"
_MEMORY = "4g"
"""Of the one process, where nobody says otherwise."""
_NESTED = "look_of_case"
"""Spark makes anew what a question names and uses more than once, and here each of it uses another:
it asks `look` instead, whose rows of the case are the same."""
_ERRORS = "SQLQueryContextLogger"
_QUIET = """\
status = fatal
appender.none.type = Null
appender.none.name = none
rootLogger.level = off
rootLogger.appenderRef.none.ref = none
"""
"""log4j's, and as little is said by PySpark: what goes wrong is an error here, and said once."""


class SparkConnection:
    """The tables of a store, in Spark."""

    def __init__(self, session: SparkSession, spill: Path) -> None:
        """Use `connect_spark`."""
        self._session = session
        self._spill = spill

    def ask(self, query: str, values: Mapping[str, object] | None = None) -> Rows:
        """The rows of one of `queries/`. Raises StoreError."""
        if query == _NESTED:
            of_all = self.ask("look", {"most": (values or {})["most"]})
            return [row for row in of_all if (values or {})["case"] in row[:2]]
        given = {name: _as_column(value) for name, value in (values or {}).items()}
        with _in_words():
            return [tuple(map(_plain, row)) for row in
                    self._session.sql(for_spark(question(query)), given).collect()]  # fmt: skip

    def table(self, name: str, files: Sequence[Path]) -> None:
        """Call these rows of Parquet so."""
        self._session.read.parquet(*map(str, files)).createOrReplaceTempView(name)

    def view(self, name: str, sql: str) -> None:
        """Call what DuckDB's words select so."""
        self._session.sql(for_spark(sql)).createOrReplaceTempView(name)

    def close(self) -> None:
        """End it, and what it spilled."""
        with suppress(PySparkException, Py4JError, OSError):  # it has ended by itself
            self._session.stop()
        rmtree(self._spill, ignore_errors=True)


def connect_spark(store: LabStore) -> SparkConnection:
    """With all tables that `derived.read_derived` has. Raises StoreError."""
    held = derived.read_derived(store)
    try:
        spill = store / layout.SPILL / str(os.getpid())
        spill.mkdir(parents=True, exist_ok=True)
        connection = SparkConnection(_session(spill), spill)
        try:
            with _in_words():
                _hand_over(store, held, connection, spill)
        except BaseException:
            connection.close()
            raise
        return connection
    except OSError as error:
        raise StoreError(
            f"Spark has no room in {store.path}: {why(error)}.",
            hint="It spills there: is there room, and may you write?",
        ) from error
    finally:
        held.close()


def _session(spill: Path) -> SparkSession:
    """Raises StoreError where there is no Java, or Spark does not start."""
    quiet = spill / "log4j2.properties"
    quiet.write_text(_QUIET)
    java = f"-Djava.io.tmpdir={spill} -Dlog4j2.configurationFile={quiet.as_uri()} -XX:-UsePerfData"
    builder = SparkSession.builder.appName("seek lab")
    if CONFIGURED not in os.environ:
        builder = builder.master("local[*]")
        alone = {
            "spark.driver.bindAddress": "127.0.0.1",
            "spark.driver.host": "127.0.0.1",
            "spark.driver.memory": _MEMORY,
            "spark.local.dir": str(spill),
            "spark.sql.shuffle.partitions": str(os.cpu_count() or 1),
        }
        for name, value in alone.items():
            builder = builder.config(name, value)
    fixed = {
        "spark.driver.extraJavaOptions": java,
        "spark.sql.catalogImplementation": "in-memory",
        "spark.sql.session.timeZone": "UTC",
        "spark.sql.warehouse.dir": str(spill),
        "spark.log.level": "OFF",
        "spark.ui.enabled": "false",
        "spark.ui.showConsoleProgress": "false",
    }
    for name, value in fixed.items():
        builder = builder.config(name, value)
    logging.getLogger(_ERRORS).setLevel(logging.CRITICAL + 1)
    with _in_words():
        return builder.getOrCreate()


def _hand_over(store: LabStore, held: Connection, connection: SparkConnection, spill: Path) -> None:
    """Sightings as they lie in the store; what is small, copied."""
    see_marks(held, store)
    for name in (*derived.SMALL, "referred"):
        connection.table(name, [_copied(held, name, spill)])
    files = [store.sightings(bundle) for (bundle,) in held.do("SELECT bundle FROM bundle")]
    connection.table("sighting", files or [_copied(held, "sighting", spill)])
    connection.view("picture", derived.PICTURE)


def _copied(held: Connection, name: str, spill: Path) -> Path:
    file = spill / f"{name}.parquet"
    held.do(f"COPY (SELECT * FROM {name}) TO {quoted(file)} (FORMAT parquet)")  # noqa: S608
    return file


def _as_column(value: object) -> Column:
    """A value of a `$name`."""
    if isinstance(value, Sequence) and not isinstance(value, (str, bytes)):
        return sf.array(*map(_as_column, value))
    return sf.lit(bytearray(value) if isinstance(value, bytes) else value)


def _plain(value: Any) -> Any:
    """As DuckDB gives it."""
    if isinstance(value, bytearray):
        return bytes(value)
    return [_plain(each) for each in value] if isinstance(value, list) else value


@contextmanager
def _in_words() -> Iterator[None]:
    try:
        yield
    except (PySparkException, Py4JError, OSError) as error:
        first = (str(error).strip().splitlines() or [type(error).__name__])[0]
        raise StoreError(
            f"Spark cannot answer: {first}.",
            hint="It needs Java 17 or 21, memory and room. Without --engine, DuckDB answers.",
        ) from error
