"""Files that macOS packed: what comes out is what went in, and damage is an outcome.

By hand it was held against files of real Macs, which are not ours to give away.
"""

import random
import struct
from collections.abc import Callable

import pytest

from tests.making.packed_by_macos import by_lzfse, by_lzvn
from triage.sources import ContentError
from triage.sources.decmpfs import unpacking
from triage.sources.lzfse import unpacked as of_lzfse
from triage.sources.lzvn import copy_back
from triage.sources.lzvn import unpacked as of_lzvn
from triage.sources.runs import BytesContent

WORDS = [random.Random(n).randbytes(3 + n % 9).hex().encode() for n in range(300)]
TEXTS = {
    "one byte": b"x",
    "text": b" ".join(random.Random(1).choices(WORDS, k=2500)),
    "one byte, often": b"a" * 9000,
    "noise": random.Random(2).randbytes(5000),
    "noise from far back": random.Random(3).randbytes(20_000) * 3,
    "a pattern": b"abcdefg" * 700 + b"!" + b"abcdefg" * 90,
}


@pytest.mark.parametrize("name", TEXTS)
def test_what_lzvn_packed_is_unpacked(name: str) -> None:
    assert of_lzvn(by_lzvn(TEXTS[name]), len(TEXTS[name])) == TEXTS[name]


@pytest.mark.parametrize("name", TEXTS)
def test_what_lzfse_packed_is_unpacked(name: str) -> None:
    assert of_lzfse(by_lzfse(TEXTS[name]), len(TEXTS[name])) == TEXTS[name]


@pytest.mark.parametrize("pack", [by_lzvn, by_lzfse])
def test_no_more_comes_out_than_was_said(pack: Callable[[bytes], bytes]) -> None:
    packed = pack(b"a" * 9000)
    unpack = of_lzvn if pack is by_lzvn else of_lzfse
    assert unpack(packed, 100) == b"a" * 100


def test_blocks_of_several_kinds_follow_each_other() -> None:
    raw = b"bvx-" + struct.pack("<I", 4) + b"text"
    lzvn = by_lzvn(TEXTS["a pattern"])
    within = b"bvxn" + struct.pack("<II", len(TEXTS["a pattern"]), len(lzvn)) + lzvn
    packed = raw + within + by_lzfse(TEXTS["text"])
    whole = b"text" + TEXTS["a pattern"] + TEXTS["text"]
    assert of_lzfse(packed, len(whole)) == whole


@pytest.mark.parametrize("kind", [7, 11])
def test_damage_is_an_outcome_and_ends(kind: int) -> None:
    pack = by_lzvn if kind == 7 else by_lzfse
    size = len(TEXTS["text"])
    packed, wrong = pack(TEXTS["text"]), 0
    for seed in range(100):
        chance = random.Random(seed)
        damaged = bytearray(packed)
        for _ in range(chance.choice((1, 3, 9))):
            damaged[chance.randrange(len(damaged))] ^= 1 << chance.randrange(8)
        if seed % 5 == 0:
            del damaged[chance.randrange(len(damaged)) :]
        attribute = b"fpmc" + struct.pack("<IQ", kind, size) + bytes(damaged)
        try:
            assert unpacking(attribute, BytesContent(b"")).size == size
        except ContentError:
            wrong += 1
    assert wrong > 9


@pytest.mark.parametrize("back", [0, -1, 5])
def test_nothing_is_copied_from_before_the_beginning(back: int) -> None:
    with pytest.raises(ContentError):
        copy_back(bytearray(b"four"), back, 9)
