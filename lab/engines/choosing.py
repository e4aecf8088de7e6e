"""Which engine answers: DuckDB, or Spark where somebody asks for it."""

from lab import derived
from lab.engines.asking import Answering, EngineName
from lab.store import LabStore
from triage.errors import StoreError


def answering(store: LabStore, engine: EngineName) -> Answering:
    """The store's tables in it. Raises StoreError, also where Spark is not installed."""
    if engine is EngineName.DUCKDB:
        return derived.read_derived(store)
    try:
        from lab.engines.spark import connect_spark  # noqa: PLC0415 - much, where it is asked for
    except ModuleNotFoundError as error:
        raise StoreError(
            f"Spark cannot answer: {error.name} is not installed.",
            hint="From seek's source: pip install '.[scan,lab,lab-spark]' ./lab; and Java 17.",
        ) from error
    return connect_spark(store)
