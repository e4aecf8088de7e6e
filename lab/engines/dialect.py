"""DuckDB's words in Spark's. What has none there is an error here, before anything is asked."""

import sqlglot
from sqlglot import ErrorLevel
from sqlglot.errors import SqlglotError

from triage.errors import StoreError


def for_spark(sql: str) -> str:
    """The same question; `$name` is `:name` there. Raises StoreError."""
    try:
        said: list[str] = sqlglot.transpile(
            sql, read="duckdb", write="spark", unsupported_level=ErrorLevel.RAISE, comments=False
        )
    except (SqlglotError, ValueError) as error:
        raise StoreError(
            "Spark has no words for this question.", hint="Ask DuckDB: leave --engine out."
        ) from error
    return said[0]
