"""Pictures of many bundles are compared a shard at a time, and what comes of it is all there is."""

from itertools import combinations
from pathlib import Path

import pytest

from lab import derived
from lab.engines.duck import connect, quoted
from lab.layout import DERIVED
from lab.store import LabStore
from tests.lab.bundles import Seen, looks, sealed
from tests.lab.conftest import reading, take
from triage.alike import FLOOD, FURTHEST
from triage.errors import StoreError


def _differ(one: bytes, other: bytes) -> int:
    return (int.from_bytes(one) ^ int.from_bytes(other)).bit_count()


def _seen(values: list[bytes]) -> list[Seen]:
    return [Seen(content=value.hex(), pdq=value) for value in values]


@pytest.mark.parametrize("shard", [7, derived.SHARD])
def test_each_pair_is_found_once_whatever_comes_when_and_what_floods_has_none(
    store: LabStore, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, shard: int
) -> None:
    monkeypatch.setattr(derived, "SHARD", shard)
    few = [looks(number, flipped) for number in range(20) for flipped in (0, 9, 31, 60)]
    flat = int.from_bytes(looks(99))
    flood = [(flat ^ (1 << bit)).to_bytes(32) for bit in range(FLOOD + 1)]
    first, second = few[::3] + flood[::2], few[1::3] + few[2::3] + flood[1::2]
    take(store, sealed(tmp_path / "one", "C1", _seen(first)))
    take(store, sealed(tmp_path / "two", "C2", _seen(second)))
    with reading(store) as (held, _):
        found = held.do("SELECT a, b, bits FROM alike ORDER BY a, b")
        flooded = {pdq for (pdq,) in held.do("SELECT pdq FROM flood")}
        keys = held.do("SELECT count(*) FROM alike a JOIN sighting s ON s.pdq = a.a"
                       " WHERE s.pdq_key <> a.a_key")  # fmt: skip
    assert flooded == set(flood[1::2])  # what came when there were enough of them
    told = sorted({*few, *flood} - flooded)
    wanted = [
        (*pair, bits) for pair in combinations(told, 2) if (bits := _differ(*pair)) <= FURTHEST
    ]
    assert found == wanted
    assert len(found) > 60
    assert keys == [(0,)]


def test_what_an_older_seek_derived_is_derived_anew(store: LabStore, tmp_path: Path) -> None:
    take(store, sealed(tmp_path / "one", "C1", _seen([looks(1), looks(2)])))
    held = connect(store, store / DERIVED, write=True)
    held.do("ALTER TABLE alike DROP COLUMN a_key")
    rows, old = (store.sightings(store.bundles()[0]).with_suffix(end) for end in (".parquet", ".o"))
    less = f"SELECT * EXCLUDE (content_key, pdq_key) FROM read_parquet({quoted(rows)})"  # noqa: S608
    held.do(f"COPY ({less}) TO {quoted(old)} (FORMAT parquet)")
    held.close()
    old.rename(rows)
    with pytest.raises(StoreError) as refused, reading(store) as (held, _):
        held.ask("look_of_case", {"case": "C1", "most": 50})
    assert "rebuild" in refused.value.hint
    take(store, sealed(tmp_path / "two", "C2", _seen([looks(1, 3)])))
    with reading(store) as (held, _):
        assert len(held.ask("look_of_case", {"case": "C1", "most": 50})) == 1
