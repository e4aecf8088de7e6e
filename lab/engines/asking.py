"""What is asked, of whichever engine."""

from enum import StrEnum
from pathlib import Path
from typing import Any, Protocol

QUERIES = Path(__file__).parents[1] / "queries"
Rows = list[tuple[Any, ...]]


class EngineName(StrEnum):
    """Who answers."""

    DUCKDB = "duckdb"
    SPARK = "spark"


class Answering(Protocol):
    """The tables of a store, in whichever engine."""

    def ask(self, query: str, values: Any = None) -> Rows:
        """The rows of one of `queries/`; `values`: of its `$names`. Raises StoreError."""

    def close(self) -> None:
        """Let it go."""


def question(query: str) -> str:
    """Its text."""
    return (QUERIES / f"{query}.sql").read_text(encoding="utf-8")
