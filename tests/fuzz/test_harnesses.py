"""Every harness, a little: what earlier runs saved, and random edits of honest inputs."""

import random
import tracemalloc

import pytest

from tests.fuzz import hash_sets
from tests.fuzz.all import HARNESSES
from tests.fuzz.mutation import mutated
from tests.hashsets import material

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


def test_an_entry_s_number_in_a_bundle_made_anew_costs_no_memory() -> None:
    """A row for each number up to the highest took gigabytes for one line."""
    (seed,) = HARNESSES["forged_bundle"].seeds()
    assert seed.count(b'"id":2,') == 1
    tracemalloc.start()
    try:
        HARNESSES["forged_bundle"].run(seed.replace(b'"id":2,', b'"id":899999999,'))
        _, most = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert most < 50_000_000


def test_every_format_of_hash_sets_is_fuzzed() -> None:
    begun_with = (hash_sets.TEXTS, hash_sets.SIGNALS, hash_sets.DOCUMENTS, hash_sets.BINARIES)
    assert {name for names in begun_with for name in names} == set(material.EVERY)
