"""A store with six cases, whose overlaps are planted."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from lab import derived
from lab.decisions import Decisions
from lab.engines.duck import Connection
from lab.intake import Taken, take_in
from lab.layout import DECISIONS
from lab.settling import writing
from lab.store import LabStore, create_store

Taking = Callable[..., list[Taken]]


@pytest.fixture
def store(tmp_path: Path) -> LabStore:
    """An empty one."""
    return create_store(tmp_path / "store", agency="Test")


def take(store: LabStore, *bundles: Path, case: str = "") -> list[Taken]:
    """What became of each bundle."""
    with writing(store) as writer:
        return list(take_in(writer, bundles, case=case))


@contextmanager
def reading(store: LabStore) -> Iterator[tuple[Connection, Decisions]]:
    """As a command does that only asks."""
    held, decided = derived.read_derived(store), Decisions(store / DECISIONS)
    try:
        yield held, decided
    finally:
        held.close()
        decided.close()


def faults(store: LabStore) -> list[str]:
    """What `seek lab verify` says."""
    from lab.checking import faults_of

    with writing(store) as writer:
        return list(faults_of(store, writer.decided))
