"""DuckDB, as this store wants it: it fetches nothing, and its spilled pages stay in the store."""

import os
from pathlib import Path

import duckdb

from lab import layout
from lab.engines.asking import Rows, question
from lab.store import LabStore
from triage.errors import StoreError, why


def connect(store: LabStore, file: Path | None = None, *, write: bool = False) -> "Connection":
    """A database of its own, or one of the store. Raises StoreError."""
    settings: dict[str, str | bool | int | float | list[str]] = {
        "autoinstall_known_extensions": "false",
        "autoload_known_extensions": "false",
        "temp_directory": str(store / layout.SPILL / str(os.getpid())),
        "preserve_insertion_order": "false",
    }
    try:
        name = str(file) if file else ":memory:"
        held = duckdb.connect(name, read_only=bool(file) and not write, config=settings)
        held.execute("SET enable_progress_bar = false")  # it would stand between the answers
        held.execute("SET parquet_metadata_cache = true")  # of 2,000 files, asked several times
        return Connection(held)
    except duckdb.Error as error:
        raise StoreError(
            f"{file or 'DuckDB'} cannot be opened: {why(error)}.",
            hint="`seek lab rebuild` makes what is derived anew.",
        ) from error


class Connection:
    """A database, whose errors are words."""

    def __init__(self, held: duckdb.DuckDBPyConnection) -> None:
        """Use `connect`."""
        self._held = held

    def do(self, sql: str, values: object = None) -> Rows:
        """Run it; its rows. Raises StoreError."""
        try:
            return self._held.execute(sql, values).fetchall()
        except duckdb.Error as error:
            raise StoreError(
                f"The store cannot answer: {why(error)}.",
                hint="Ask again; if it stays so, `seek lab rebuild`.",
            ) from error

    def ask(self, query: str, values: object = None) -> Rows:
        """The rows of one of `queries/`."""
        return self.do(question(query), values)

    def close(self) -> None:
        """Let it go."""
        self._held.close()


def quoted(path: Path) -> str:
    """A path as SQL writes a text: where DuckDB takes no parameter."""
    return "'" + str(path).replace("'", "''") + "'"
