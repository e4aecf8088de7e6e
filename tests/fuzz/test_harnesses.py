"""Every harness, a little: what earlier runs saved, and random edits of honest inputs."""

import random

import pytest

from tests.fuzz.all import HARNESSES
from tests.fuzz.mutation import mutated

TIMES = 60


@pytest.mark.parametrize("name", HARNESSES)
def test_it_survives_what_was_saved(name: str) -> None:
    harness = HARNESSES[name]
    for path in harness.saved:
        harness.survives(path.read_bytes())


@pytest.mark.parametrize("name", HARNESSES)
def test_it_survives_random_edits(name: str) -> None:
    chance = random.Random(name)
    seeds = HARNESSES[name].seeds()
    for seed in seeds:
        HARNESSES[name].survives(seed)
    for _ in range(TIMES):
        HARNESSES[name].survives(mutated(chance.choice(seeds), chance))
