"""A short run of every harness by hypothesis; `make fuzz` runs them for longer."""

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.fuzz.__main__ import mutated
from tests.fuzz.harnesses import HARNESSES, SEEDS, survives


@pytest.mark.parametrize("name", HARNESSES)
def test_it_survives(name: str) -> None:
    @settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
    @given(st.binary(max_size=4000) | st.randoms(use_true_random=False).map(
        lambda chance: mutated(chance.choice(SEEDS.get(name, (b"{}",))), chance)))  # fmt: skip
    def run(data: bytes) -> None:
        survives(HARNESSES[name], data)

    run()
