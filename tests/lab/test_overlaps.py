"""What links cases: all that was planted, and none besides; the rarest first."""

from pathlib import Path

import pytest

from lab.derived import serial_says_something
from lab.overlaps import Overlap, overlaps_of
from lab.priorities import priorities_of
from lab.store import LabStore
from lab.trends import TrendBy, trend
from lab.weighing import weights_of
from tests.lab.bundles import Seen, digest_of, looks, sealed
from tests.lab.conftest import reading, take
from triage.captured import Capture
from triage.errors import StoreError
from triage.findings import Outcome

CAMERA = Capture(make="Nikon", model="D70", serial="3045872", taken="2026-01-02T03:04:05")
NO_CAMERA = Capture(make="Nikon", model="D70", serial="0000000")


def found(store: LabStore, *, case: str | None = None, whatever: bool = False) -> list[Overlap]:
    with reading(store) as (held, _):
        return overlaps_of(held, weights_of(store).overlaps, case=case, whatever=whatever)


def pairs(overlaps: list[Overlap]) -> dict[tuple[str, str], Overlap]:
    return {(each.one, each.other): each for each in overlaps}


def test_all_that_was_planted_is_found_and_none_besides(store: LabStore, tmp_path: Path) -> None:
    of_every_windows = Seen(content="system", type="application/octet-stream")
    cases = {
        "C1": [Seen(content="shared"), Seen(content="a", pdq=looks(1)), of_every_windows],
        "C2": [Seen(content="shared"), Seen(content="b", pdq=looks(2)), of_every_windows],
        "C3": [Seen(content="c", pdq=looks(1, 31)), Seen(content="d", pdq=looks(2, 32))],
        "C4": [Seen(content="e", capture=CAMERA), Seen(content="known", outcome=Outcome.KNOWN)],
        "C5": [Seen(content="f", capture=CAMERA), Seen(content="known", outcome=Outcome.KNOWN)],
        "C6": [Seen(content="g", capture=NO_CAMERA), Seen(content="shared", whole=False)],
        "C7": [Seen(content="h", capture=NO_CAMERA)],
    }  # fmt: skip
    serials = {"C6": "S2ABNX0H123456", "C7": "S2ABNX0H123456", "C1": "0123456789", "C2": "0000"}
    take(store, *(sealed(tmp_path / case, case, seen, serial=serials.get(case, ""))
                  for case, seen in cases.items()))  # fmt: skip
    overlaps = pairs(found(store))
    assert set(overlaps) == {("C1", "C2"), ("C1", "C3"), ("C4", "C5"), ("C6", "C7")}
    assert overlaps["C1", "C2"].exact == [digest_of("shared")]
    assert overlaps["C1", "C3"].looks == [(digest_of("a"), digest_of("c"), 31)]
    assert overlaps["C4", "C5"].cameras == ["Nikon D70 3045872"]
    assert overlaps["C6", "C7"].devices == ["SAMSUNG MZ7LN256 S2ABNX0H123456"]
    assert set(pairs(found(store, case="C3"))) == {("C1", "C3")}
    assert len(pairs(found(store, whatever=True))["C1", "C2"].exact) == 2
    assert [each.one for each in found(store)] == ["C6", "C4", "C1", "C1"]
    for overlap in overlaps.values():
        assert "no other case has the rarest of it" in overlap.reasons

    with reading(store) as (held, _):
        weights = weights_of(store)
        first = priorities_of(held, weights.priorities, list(overlaps.values()))
        assert {each.case for each in first} == set(cases)
        said = {each.case: " ".join(each.reasons) for each in first}
        assert "shares something with 2 other cases" in said["C1"]
        assert "1 picture or video that a camera says it took" in said["C4"]
        assert "shares" not in said["C3"] or "1 other case" in said["C3"]


def test_what_more_cases_have_weighs_less_and_what_most_have_links_nothing(
    store: LabStore, tmp_path: Path
) -> None:
    weights = store / "weights.yaml"
    weights.write_text(weights.read_text().replace("most_cases: 50", "most_cases: 4"))
    seen = [
        [Seen(content="everywhere", pdq=looks(9, n)), *([Seen(content="three")] if n < 3 else []),
         *([Seen(content="two", pdq=looks(5))] if n < 2 else [])]
        for n in range(5)
    ]  # fmt: skip
    take(store, *(sealed(tmp_path / str(n), f"C{n}", each) for n, each in enumerate(seen)))
    overlaps = found(store)
    assert [(each.one, each.other) for each in overlaps] == [
        ("C0", "C1"),
        ("C0", "C2"),
        ("C1", "C2"),
    ]
    assert [round(each.weight, 2) for each in overlaps] == [1.5, 0.5, 0.5]
    assert overlaps[1].rarest == 3
    assert "3 cases have the rarest of it" in overlaps[1].reasons


def test_one_case_s_own_exhibits_are_no_overlap(store: LabStore, tmp_path: Path) -> None:
    seen = [Seen(content="shared", pdq=looks(1), capture=CAMERA)]
    take(store, *(sealed(tmp_path / str(n), "C1", seen, exhibit=f"E{n}", serial="S2ABNX0H123456")
                  for n in range(2)))  # fmt: skip
    assert found(store) == []


def test_looks_link_whenever_the_bundles_came(store: LabStore, tmp_path: Path) -> None:
    """One by one or at once: pictures that came before are compared with those that come."""
    for n in range(3):
        take(
            store, sealed(tmp_path / str(n), f"C{n}", [Seen(content=str(n), pdq=looks(1, 10 * n))])
        )
    one_by_one = {pair: each.looks for pair, each in pairs(found(store)).items()}
    assert {pair: looks[0][2] for pair, looks in one_by_one.items()} == {
        ("C0", "C1"): 10, ("C0", "C2"): 20, ("C1", "C2"): 10
    }  # fmt: skip


def test_copies_of_one_picture_are_one_reason(store: LabStore, tmp_path: Path) -> None:
    for case in "AB":
        seen = [Seen(content=f"{case}{n}", pdq=looks(1, n)) for n in range(4)]
        take(store, sealed(tmp_path / case, case, seen))
    (overlap,) = found(store)
    assert len(overlap.looks) == 4


@pytest.mark.parametrize(
    ("serial", "says"),
    [("3045872", True), ("S2ABNX0H123456", True), ("0000000", False), ("", False), ("n/a", False),
     ("0123456789ABCDEF", False), ("1111111111", False), ("000012", False), ("Unknown", False)],
)  # fmt: skip
def test_a_serial_number_that_is_nobody_s_own_links_nothing(serial: str, says: bool) -> None:
    assert serial_says_something(serial) is says


def test_figures_that_rest_on_few_cases_are_not_shown(store: LabStore, tmp_path: Path) -> None:
    for n in range(3):
        kind = "image/png" if n == 2 else "image/jpeg"
        seen = [Seen(content=f"{n}", finding=True, type=kind), Seen(content="no finding")]
        take(store, sealed(tmp_path / str(n), f"C{n}", seen))
    with reading(store) as (held, _):
        by_kind = trend(held, TrendBy.KIND, weights_of(store).trends)
        by_type = trend(held, TrendBy.TYPE, weights_of(store).trends)
        for by in TrendBy:
            trend(held, by, weights_of(store).trends)
    assert [(row.what, row.contents, row.cases) for row in by_kind.rows] == [("hash_set", 3, 3)]
    assert (by_type.rows, by_type.suppressed) == ((), 2)


def test_weights_that_nobody_understands_are_refused(store: LabStore) -> None:
    (store / "weights.yaml").write_text("overlaps: {exact: many}\n")
    with pytest.raises(StoreError, match=r"weights\.yaml cannot be used"):
        weights_of(store)
