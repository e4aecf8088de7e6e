import numpy as np
import pytest

from triage.alike import FLOOD
from triage.bundle.writing.grouping import Groups
from triage.findings import Match
from triage.match_kinds import MatchKind

RNG = np.random.default_rng(9)
GUESS = Match(kind=MatchKind.CLASSIFIER, detector="x", reason="x")


def value() -> np.ndarray:
    return RNG.integers(0, 256, 32, dtype=np.uint8)


def near(original: np.ndarray, bits: int) -> str:
    flat = np.unpackbits(original)
    flat[RNG.choice(256, bits, replace=False)] ^= 1
    return np.packbits(flat).tobytes().hex()


def like(of: np.ndarray, distance: int = 9) -> Match:
    told = {"set_digest": of.tobytes().hex(), "distance": str(distance)}
    return Match(kind=MatchKind.PERCEPTUAL, detector="x", reason="x", provenance=told)


def leaders(*findings: tuple[dict[str, str], Match]) -> list[int]:
    """The number of each finding's leader; the first finding is number 1."""
    groups = Groups()
    return [
        groups.add(number, digests, (match,)).leader
        for number, (digests, match) in enumerate(findings, start=1)
    ]


def test_copies_and_near_duplicates_are_looked_at_once() -> None:
    one, other = value(), value()
    found = leaders(
        ({"sha256": "a", "pdq": one.tobytes().hex()}, GUESS),
        ({"sha256": "b", "pdq": other.tobytes().hex()}, GUESS),
        ({"sha256": "a", "pdq": one.tobytes().hex()}, GUESS),
        ({"sha256": "c", "pdq": near(one, 20)}, GUESS),
        ({"sha256": "d"}, GUESS),
        ({"sha256": "d"}, GUESS),
        ({}, GUESS),
        ({}, GUESS),
        ({"sha256": "e", "pdq": near(one, 60)}, GUESS),
    )
    assert found == [1, 2, 1, 1, 5, 5, 7, 8, 9]


def test_likeness_is_not_passed_on() -> None:
    """b looks like a, c like b, but not like a: c leads a group of its own."""
    a = value()
    flat = np.unpackbits(a)
    flat[:25] ^= 1
    b = np.packbits(flat)
    flat[25:50] ^= 1
    c = np.packbits(flat)
    assert leaders(*(({"pdq": each.tobytes().hex()}, GUESS) for each in (a, b, c))) == [1, 1, 3]


def test_the_nearest_leader_is_joined() -> None:
    a = value()
    flat = np.unpackbits(a)
    flat[:40] ^= 1
    b = np.packbits(flat)
    flat[:12] ^= 1
    c = np.packbits(flat)
    assert leaders(*(({"pdq": each.tobytes().hex()}, GUESS) for each in (a, b, c))) == [1, 2, 2]


def test_three_hundred_copies_of_thirty_pictures_are_thirty_groups() -> None:
    originals = [value() for _ in range(30)]
    groups = Groups()
    for number in range(300):
        original = originals[number % 30]
        digests = {"sha256": str(number), "pdq": near(original, number % 32)}
        groups.add(number + 1, digests, (like(original),))
    assert len(groups.led_by) == 30
    assert {(g.members, g.different, g.flood) for g in groups.led_by.values()} == {(10, 10, False)}


def test_the_nearest_entry_of_several_sets_counts() -> None:
    groups = Groups()
    a, b = value(), value()
    groups.add(1, {"sha256": "1"}, (like(a),))
    groups.add(2, {"sha256": "2"}, (like(b),))
    assert groups.add(3, {"sha256": "3"}, (like(a, 30), like(b, 4))).leader == 2


def test_an_entry_that_matches_absurdly_much_is_a_flood_and_copies_are_none() -> None:
    noisy = value()
    groups = Groups()
    for number in range(FLOOD + 5):
        digests = {"sha256": str(number), "pdq": value().tobytes().hex()}
        group = groups.add(number + 1, digests, (like(noisy, 31),))
        assert group.flood == (number + 1 >= FLOOD)
    assert len(groups.led_by) == 1
    copies = Groups()
    for number in range(FLOOD + 5):
        group = copies.add(number + 1, {"sha256": "x"}, (like(noisy),))
    assert (group.members, group.different, group.flood) == (FLOOD + 5, 1, False)


OF_A_THUMBNAIL = Match(kind=MatchKind.THUMBNAIL, detector="x", reason="x")
OF_A_PART = Match(kind=MatchKind.HASH_SET, detector="x", reason="x", provenance={"part": "JPEG"})
OF_A_PAGE = Match(
    kind=MatchKind.PERCEPTUAL, detector="x", reason="x", provenance={"frame": "page 2 of 3"}
)


@pytest.mark.parametrize(
    "inside", [OF_A_THUMBNAIL, OF_A_PART, OF_A_PAGE], ids=["thumbnail", "part", "page"]
)
def test_what_was_found_for_a_part_of_it_is_put_to_exact_copies_only(inside: Match) -> None:
    """The picture looks like another; what lies inside it, and matched, does not."""
    one = value()
    found = leaders(
        ({"sha256": "a", "pdq": one.tobytes().hex()}, GUESS),
        ({"sha256": "b", "pdq": near(one, 3)}, inside),
        ({"sha256": "b", "pdq": near(one, 3)}, inside),
        ({"sha256": "c", "pdq": near(one, 3)}, GUESS),
    )
    assert found == [1, 2, 2, 1]


def test_values_that_are_none_group_nothing() -> None:
    assert leaders(({"pdq": "ff"}, GUESS), ({"pdq": "nonsense"}, GUESS), ({"pdq": ""}, GUESS)) == [
        1, 2, 3,
    ]  # fmt: skip
