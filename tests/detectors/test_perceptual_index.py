import mmap
from pathlib import Path

import numpy as np
import pytest

from triage.errors import HashSetError
from triage.hashsets.perceptual import NUMBERS, OFFSETS, PerceptualIndex, index_parts, words_of


def altered(value: np.ndarray, bits: int, rng: np.random.Generator) -> np.ndarray:
    flat = np.unpackbits(value)
    flat[rng.choice(256, bits, replace=False)] ^= 1
    return np.packbits(flat)


def by_hand(values: np.ndarray, query: np.ndarray, distance: int) -> set[tuple[int, int]]:
    bits = np.bitwise_count(words_of(values) ^ words_of(query[None])[0]).sum(axis=1, dtype=int)
    return {(int(number), int(bits[number])) for number in np.flatnonzero(bits <= distance)}


@pytest.fixture(scope="module")
def values() -> np.ndarray:
    """Random values; clusters near each other; and many that share bands, as real ones do."""
    rng = np.random.default_rng(11)
    random = rng.integers(0, 256, (20_000, 32), dtype=np.uint8)
    near = [altered(random[7], int(bits), rng) for bits in rng.integers(1, 40, 500)]
    alike = rng.integers(0, 256, (3_000, 32), dtype=np.uint8)
    alike[:, :20] = 0
    return np.concatenate([random, np.array(near), alike, random[:50]])


@pytest.mark.parametrize("distance", [0, 1, 15, 31])
def test_it_finds_exactly_what_comparing_one_by_one_finds(
    values: np.ndarray, distance: int
) -> None:
    rng = np.random.default_rng(5)
    index = PerceptualIndex(values)
    queries = np.array(
        [altered(values[rng.integers(len(values))], int(rng.integers(0, 33)), rng)
         for _ in range(200)] + [values[7], np.zeros(32, np.uint8)]
    )  # fmt: skip
    found = index.search(queries, distance)
    for row, query in enumerate(queries):
        mine = found.queries == row
        ours = set(zip(found.values[mine].tolist(), found.distances[mine].tolist(), strict=True))
        assert ours == by_hand(values, query, distance)
        assert (np.diff(found.distances[mine]) >= 0).all()


def test_few_values_need_no_index() -> None:
    rng = np.random.default_rng(2)
    few = rng.integers(0, 256, (100, 32), dtype=np.uint8)
    index = PerceptualIndex.of_hashes([row.tobytes() for row in few])
    assert len(index) == 100
    assert dict(index_parts(few)) == {}
    found = index.search(few[[3]])
    assert (found.values.tolist(), found.distances.tolist()) == ([3], [0])
    assert len(index.search(few[:0]).values) == 0
    assert len(PerceptualIndex(few[:0]).search(few).values) == 0


def test_the_opposite_is_256_bits_away_and_not_none() -> None:
    value = np.zeros((1, 32), np.uint8)
    assert len(PerceptualIndex(value).search(~value).values) == 0


def test_a_written_index_is_mapped_and_finds_the_same(values: np.ndarray, tmp_path: Path) -> None:
    for name, part in index_parts(values):
        (tmp_path / name).write_bytes(b"".join(part))
    mapped = []
    for name in (OFFSETS, NUMBERS):
        with (tmp_path / name).open("rb") as file:
            mapped.append(memoryview(mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)))
    index = PerceptualIndex(values, *mapped)
    assert index.search(values[:50]).values.tolist() == (
        PerceptualIndex(values).search(values[:50]).values.tolist()
    )


def test_memory_is_at_most_120_bytes_a_value_at_a_million() -> None:
    million = np.zeros((1_000_000, 32), np.uint8)
    million[:, :4] = np.arange(1_000_000, dtype=">u4")[:, None].view(np.uint8)
    assert PerceptualIndex(million).memory / 1_000_000 <= 120


def test_an_altered_index_is_refused_and_never_read_past_its_end(values: np.ndarray) -> None:
    offsets, numbers = (b"".join(part) for _, part in index_parts(values))
    with pytest.raises(HashSetError):
        PerceptualIndex(values, offsets, numbers[:-4])
    with pytest.raises(HashSetError):
        PerceptualIndex(values, offsets[4:], numbers)
    rng = np.random.default_rng(1)
    for part in (0, 1):
        noise = [offsets, numbers]
        noise[part] = rng.integers(0, 2**32, len(noise[part]) // 4, dtype=np.uint32).tobytes()
        with pytest.raises(HashSetError):
            PerceptualIndex(values, *noise).search(values[:20])


def test_a_distance_that_it_cannot_promise_is_refused(values: np.ndarray) -> None:
    with pytest.raises(ValueError, match="31"):
        PerceptualIndex(values).search(values[:1], 32)
