"""One store that is served for all tests of a module: what they change, they change apart."""

from collections.abc import Iterator
from dataclasses import dataclass

import pytest

from lab.store import LabStore
from tests.lab.pages.served import make_store, serving


@dataclass(frozen=True, slots=True)
class Place:
    """A store and where it is served."""

    store: LabStore
    address: str


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Place]:
    store = make_store(tmp_path_factory.mktemp("place"))
    with serving(store) as address:
        yield Place(store, address)
