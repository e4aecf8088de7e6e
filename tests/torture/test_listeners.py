"""A sample of the fifty lost listeners: each way once."""

from pathlib import Path

import pytest

from tests.torture import kills, listeners


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> kills.Undisturbed:
    return kills.undisturbed(tmp_path_factory.mktemp("suspect"), files=1500)


@pytest.mark.parametrize("number", range(len(listeners.WAYS)))
def test_a_scan_whose_listener_is_lost_is_sealed_and_says_the_same(
    whole: kills.Undisturbed,
    tmp_path: Path,
    number: int,
) -> None:
    assert listeners.lose(whole, tmp_path / "out", number) == []
