from collections.abc import Iterator

import pytest

from triage.plan.spool import Spool


@pytest.fixture
def spool() -> Iterator[Spool]:
    each = Spool()
    yield each
    each.close()


def test_what_was_put_in_is_read_in_any_order(spool: Spool) -> None:
    starts = spool.put(b"abcdef", [1, 2, 3])
    assert starts == [0, 1, 3]
    assert spool.read([3, 0, 1], [3, 1, 2]) == [b"def", b"a", b"bc"]


def test_what_comes_later_is_read_though_the_rest_was_read_before(spool: Spool) -> None:
    first = spool.put(b"first", [5])
    assert spool.read(first, [5]) == [b"first"]
    big = bytes(range(256)) * 64
    later = spool.put(big, [len(big)])
    assert later == [5]
    assert spool.read([5, 0], [len(big), 5]) == [big, b"first"]


def test_nothing_is_read_of_an_empty_spool(spool: Spool) -> None:
    assert spool.put(b"", []) == []
    assert spool.read([], []) == []
