"""What one case shares is asked in other words than what all do, and the answers are the same."""

from collections.abc import Iterator

import pytest

from lab import derived
from lab.engines.duck import Connection
from tests.lab.chance import CASES, store_by_chance

SOME = [f"C{case:03}" for case in range(0, CASES, 11)]


@pytest.fixture(scope="module")
def held(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Connection]:
    store = store_by_chance(tmp_path_factory.mktemp("chance") / "store")
    held = derived.read_derived(store)
    yield held
    held.close()


@pytest.mark.parametrize("most", [5, 20, 50, 68])
@pytest.mark.parametrize("question", ["exact", "look"])
def test_a_case_shares_with_others_what_is_told_of_it_where_all_are_asked(
    held: Connection, question: str, most: int
) -> None:
    asked: dict[str, object] = {"most": most, **({"all": False} if question == "exact" else {})}
    whole = held.ask(question, asked)
    assert whole, (question, most)
    for case in SOME:
        of_case = held.ask(f"{question}_of_case", {**asked, "case": case})
        assert of_case == [row for row in whole if case in row[:2]]


def test_a_case_shares_contents_of_every_kind_where_they_are_asked_for(held: Connection) -> None:
    asked: dict[str, object] = {"most": 50, "all": True}
    whole = held.ask("exact", asked)
    assert len(whole) > len(held.ask("exact", {**asked, "all": False}))
    for case in SOME:
        assert held.ask("exact_of_case", {**asked, "case": case}) == [
            row for row in whole if case in row[:2]
        ]
