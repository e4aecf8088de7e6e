"""A sample of the thousand: whatever bits are flipped, there is a valid bundle in the end."""

from pathlib import Path

import pytest

from tests.torture import bit_flips
from tests.torture.bit_flips import Suspect

SEEDS = range(40)
SEEDS_OF_OWN = range(2)


@pytest.fixture(scope="module")
def suspects(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Suspect]:
    return bit_flips.make_all(tmp_path_factory.mktemp("images"))


@pytest.mark.parametrize("seed", SEEDS)
def test_a_flipped_image_ends_with_a_valid_bundle(
    suspects: dict[str, Suspect], tmp_path: Path, seed: int
) -> None:
    disks = bit_flips.flipped(suspects[bit_flips.KINDS[seed % 4]], seed)
    trouble, _ = bit_flips.survives(disks, tmp_path)
    assert trouble == ""


@pytest.mark.parametrize("kind", bit_flips.OWN)
@pytest.mark.parametrize("seed", SEEDS_OF_OWN)
def test_what_we_read_ourselves_ends_with_a_valid_bundle_too(
    suspects: dict[str, Suspect], tmp_path: Path, seed: int, kind: str
) -> None:
    suspect = suspects[kind]
    trouble, _ = bit_flips.survives(bit_flips.flipped(suspect, seed), tmp_path, suspect.secrets)
    assert trouble == ""
