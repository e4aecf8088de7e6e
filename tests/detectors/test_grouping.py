import numpy as np

from triage.detectors.grouping import FLOOD, Shown, grouped

RNG = np.random.default_rng(9)


def value() -> np.ndarray:
    return RNG.integers(0, 256, 32, dtype=np.uint8)


def near(original: np.ndarray, bits: int) -> bytes:
    flat = np.unpackbits(original)
    flat[RNG.choice(256, bits, replace=False)] ^= 1
    return np.packbits(flat).tobytes()


def test_copies_and_near_duplicates_are_looked_at_once() -> None:
    one, other = value(), value()
    found = grouped(
        [
            Shown(entry_id=10, sha256="a", pdq=one.tobytes()),
            Shown(entry_id=11, sha256="b", pdq=other.tobytes()),
            Shown(entry_id=12, sha256="a", pdq=one.tobytes()),
            Shown(entry_id=13, sha256="c", pdq=near(one, 20)),
            Shown(entry_id=14, sha256="d"),
            Shown(entry_id=15, sha256="d"),
            Shown(entry_id=16),
            Shown(entry_id=17),
        ]
    )
    assert [group.members for group in found] == [[10, 12, 13], [11], [14, 15], [16], [17]]
    assert found[0].different == 2
    assert [group.leader for group in found] == [10, 11, 14, 16, 17]


def test_likeness_is_not_passed_on() -> None:
    """b looks like a, c like b, but not like a: c leads a group of its own."""
    a = value()
    flat = np.unpackbits(a)
    flat[:25] ^= 1
    b = np.packbits(flat)
    flat[25:50] ^= 1
    c = np.packbits(flat)
    found = grouped([Shown(entry_id=n, pdq=each.tobytes()) for n, each in enumerate((a, b, c))])
    assert [group.members for group in found] == [[0, 1], [2]]


def test_three_hundred_copies_of_thirty_pictures_are_thirty_groups() -> None:
    originals = [value() for _ in range(30)]
    copies = [
        Shown(
            entry_id=number,
            sha256=str(number),
            pdq=near(originals[number % 30], number % 32),
            set_values=(originals[number % 30].tobytes().hex(),),
        )
        for number in range(300)
    ]
    found = grouped(copies)
    assert len(found) == 30
    assert sorted(len(group.members) for group in found) == [10] * 30
    assert not any(group.flood for group in found)


def test_an_entry_that_matches_absurdly_much_is_said_once() -> None:
    noisy = value()
    found = grouped(
        [
            Shown(
                entry_id=n, sha256=str(n), pdq=near(noisy, 31), set_values=(noisy.tobytes().hex(),)
            )
            for n in range(FLOOD + 5)
        ]
    )
    assert len(found) == 1
    assert found[0].flood
    same = [Shown(entry_id=n, sha256="x", set_values=("aa",)) for n in range(FLOOD + 5)]
    assert not grouped(same)[0].flood


def test_nothing_gives_no_groups() -> None:
    assert grouped([]) == []
