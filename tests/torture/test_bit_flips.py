"""A sample of the thousand: whatever bits are flipped, there is a valid bundle in the end."""

from pathlib import Path

import pytest

from tests.torture import bit_flips

SEEDS = range(40)
SEEDS_OF_OWN = range(2)


@pytest.fixture(scope="module")
def images(tmp_path_factory: pytest.TempPathFactory) -> dict[str, tuple[bytearray, list[int]]]:
    made = bit_flips.make_all(tmp_path_factory.mktemp("images"))
    return {kind: (image, bit_flips.metadata(image)) for kind, image in made.items()}


@pytest.mark.parametrize("seed", SEEDS)
def test_a_flipped_image_ends_with_a_valid_bundle(
    images: dict[str, tuple[bytearray, list[int]]], tmp_path: Path, seed: int
) -> None:
    image, places = images[bit_flips.KINDS[seed % 4]]
    trouble, _ = bit_flips.survives(bit_flips.flipped(image, places, seed), tmp_path)
    assert trouble == ""


@pytest.mark.parametrize("kind", bit_flips.OWN)
@pytest.mark.parametrize("seed", SEEDS_OF_OWN)
def test_what_we_read_ourselves_ends_with_a_valid_bundle_too(
    images: dict[str, tuple[bytearray, list[int]]], tmp_path: Path, seed: int, kind: str
) -> None:
    image, places = images[kind]
    trouble, _ = bit_flips.survives(bit_flips.flipped(image, places, seed), tmp_path)
    assert trouble == ""
