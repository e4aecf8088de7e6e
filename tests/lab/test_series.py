"""Series: who belongs together, and that this stays so."""

from pathlib import Path

import pytest

from lab import series
from lab.erasing import erase
from lab.settling import writing
from lab.store import LabStore
from tests.lab.bundles import Seen, looks, sealed
from tests.lab.conftest import reading, take
from triage.errors import UsageError


def listed(store: LabStore) -> dict[int, series.Series]:
    with reading(store) as (held, decided):
        return {each.number: each for each in series.list_series(held, decided)}


@pytest.fixture
def chained(store: LabStore, tmp_path: Path) -> LabStore:
    """Two cases with a chain: each picture looks like the next, the first not like the last."""
    for case, steps in (("A", (0, 25)), ("B", (50, 70))):
        seen = [Seen(content=f"{n}", pdq=looks(1, n)) for n in steps]
        take(store, sealed(tmp_path / case, case, seen))
    return store


def test_likeness_is_not_passed_on(chained: LabStore) -> None:
    found = listed(chained)
    assert [each.pictures for each in found.values()] == [2, 2]
    one, other = found.values()
    assert (one.bridges, other.bridges) == ((other.number,), (one.number,))


def test_series_stay_when_cases_arrive(chained: LabStore, tmp_path: Path) -> None:
    before = listed(chained)
    seen = [Seen(content=f"new {n}", pdq=looks(1, n)) for n in (5, 40, 60)]
    take(chained, sealed(tmp_path / "C", "C", [*seen, Seen(content="x", pdq=looks(8))]))
    after = listed(chained)
    assert set(before) <= set(after)
    for number, each in before.items():
        assert set(each.cases) <= set(after[number].cases)
        assert after[number].pictures >= each.pictures


def test_a_person_joins_and_splits_and_the_history_says_so(
    chained: LabStore, tmp_path: Path
) -> None:
    one, other = listed(chained)
    with writing(chained) as writer:
        series.join(writer.decided, one, other, "j.doe")
        series.name(writer.decided, one, "the red chair", "j.doe")
        with pytest.raises(UsageError):
            series.join(writer.decided, other, one, "j.doe")
    take(chained, sealed(tmp_path / "C", "C", [Seen(content="n", pdq=looks(1, 52))]))
    joined = listed(chained)
    assert list(joined) == [one]
    assert (joined[one].pictures, joined[one].name) == (5, "the red chair")
    assert joined[one].cases == ("A", "B", "C")
    with writing(chained) as writer:
        series.split(writer.decided, other, "k.roe")
        with pytest.raises(UsageError, match="joined to none"):
            series.split(writer.decided, other, "k.roe")
    assert {number: each.pictures for number, each in listed(chained).items()} == {one: 2, other: 3}
    with reading(chained) as (_, decided):
        said = [(what, by) for what, by, _ in series.history(decided, one)]
    assert said == [
        (f"series {other} was joined to it", "j.doe"),
        ("named the red chair", "j.doe"),
        (f"series {other} was split from it", "k.roe"),
    ]


def test_a_series_whose_first_picture_is_erased_keeps_its_number(
    chained: LabStore, tmp_path: Path
) -> None:
    take(
        chained,
        sealed(tmp_path / "C", "C", [Seen(content=f"n{n}", pdq=looks(1, n)) for n in (2, 3)]),
    )
    (first, _) = sorted(listed(chained))
    with writing(chained) as writer:
        erase(writer, "A", "order 7")
    after = listed(chained)
    assert after[first].cases == ("C",)
    assert after[first].pictures == 2
