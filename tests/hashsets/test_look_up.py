"""Look-up, held against SQLite and against every odd shape that sorted digests can have."""

import os
import sqlite3
from pathlib import Path

import numpy as np
import pytest

from tests.bench.generate_hash_sets import chunks, write_csv
from triage.hashsets.hash_set import HashSet, open_set
from triage.hashsets.importing import BuildOrder, build, ready
from triage.hashsets.sizes import SizeCollector, SizeGate, Sizes
from triage.profile import SetKind

MILLION = 1_000_000


@pytest.fixture(scope="module")
def million(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("million")
    write_csv(folder / "million.csv", MILLION)
    order = BuildOrder(inputs=[folder / "million.csv"], name="million", kind=SetKind.NOTABLE)
    build(order, folder / "million.set")
    (folder / "million.csv").unlink()
    return folder / "million.set"


def _cut(blob: bytes, width: int) -> list[bytes]:
    return [blob[at : at + width] for at in range(0, len(blob), width)]


def _oracle(count: int) -> sqlite3.Connection:
    database = sqlite3.connect(":memory:")
    columns = "md5 BLOB PRIMARY KEY, sha1 BLOB, size, category"
    database.execute(f"CREATE TABLE t({columns}) WITHOUT ROWID")
    for md5, sha1, sizes, categories in chunks(count):
        rows = zip(_cut(md5, 16), _cut(sha1, 20), sizes, categories, strict=True)
        database.executemany("INSERT INTO t VALUES (?, ?, ?, ?)", rows)
    database.execute("CREATE INDEX i ON t(sha1)")
    database.execute("CREATE TEMP TABLE asked(place INTEGER PRIMARY KEY, digest BLOB)")
    return database


_ASK = {
    "md5": "SELECT place, size, category FROM asked CROSS JOIN t ON t.md5 = digest",
    "sha1": "SELECT place, size, category FROM asked CROSS JOIN t ON t.sha1 = digest",
}


def _said_by_sqlite(
    oracle: sqlite3.Connection, algorithm: str, digests: list[bytes]
) -> dict[int, tuple[int, int]]:
    oracle.execute("DELETE FROM asked")
    oracle.executemany("INSERT INTO asked VALUES (?, ?)", enumerate(digests))
    return {place: (size, category) for place, size, category in oracle.execute(_ASK[algorithm])}


def test_a_million_present_and_a_million_absent_agree_with_sqlite(million: Path) -> None:
    oracle = _oracle(MILLION)
    with open_set(million) as hash_set:
        for number, (md5, sha1, _, _) in enumerate(chunks(MILLION)):
            algorithm, blob, width = (("md5", md5, 16), ("sha1", sha1, 20))[number % 2]
            present = _cut(blob, width)
            digests = present + _cut(os.urandom(len(present) * width), width)
            said = _said_by_sqlite(oracle, algorithm, digests)
            entries = hash_set.find_many(algorithm, digests)
            got = {p: (e.size, int(e.category or 0)) for p, e in enumerate(entries) if e}
            assert got == said
            assert len(said) == len(present)


def test_single_and_batched_look_up_agree(million: Path) -> None:
    md5, sha1, _, _ = next(chunks(MILLION))
    with open_set(million) as hash_set:
        for algorithm, blob, width in (("md5", md5, 16), ("sha1", sha1, 20)):
            digests = _cut(blob, width)[:20_000] + _cut(os.urandom(20_000 * width), width)
            batched = hash_set.find_many(algorithm, digests)
            assert batched == [hash_set.find(algorithm, digest) for digest in digests]
            assert sum(entry is not None for entry in batched) == 20_000


def test_opening_reads_the_header_only(million: Path) -> None:
    def resident() -> int:
        lines = Path("/proc/self/smaps").read_text().split(str(million))[1].splitlines()
        return int(next(line.split()[1] for line in lines if line.startswith("Rss:")))

    with open_set(million) as hash_set:
        before = resident()
        assert hash_set.find("md5", bytes(16)) is None
        assert before < 1024
        assert resident() - before < 1024


def _list(folder: Path, digests: list[bytes]) -> HashSet:
    path = folder / "list.txt"
    path.write_text("\n".join(digest.hex() for digest in digests))
    return ready(path)


SHAPES = {
    "one": [b"\x07" * 16],
    "nearly zeros and ones": [bytes(15) + b"\x02", b"\xff" * 15 + b"\xfc"],
    "counting": [number.to_bytes(16, "big") for number in range(1, 5000)],
    "counting, low bytes first": [number.to_bytes(16, "little") for number in range(1, 5000)],
    "same beginning": [b"\xaa" * 12 + number.to_bytes(4, "big") for number in range(1, 5000)],
    "same end": [number.to_bytes(2, "big") + b"\xbb" * 14 for number in range(1, 5000)],
    "long runs": [bytes([number % 3]) * 8 + number.to_bytes(8, "big") for number in range(1, 9000)],
}


@pytest.mark.parametrize("name", SHAPES)
def test_digests_that_are_not_random_are_found_too(name: str, tmp_path: Path) -> None:
    digests = SHAPES[name]
    near = [bytes([*digest[:-1], digest[-1] ^ 1]) for digest in digests]
    there = set(digests)
    with _list(tmp_path, digests) as hash_set:
        for asked in (digests, near):
            expected = [digest in there for digest in asked]
            assert [e is not None for e in hash_set.find_many("md5", asked)] == expected
            assert [hash_set.find("md5", digest) is not None for digest in asked] == expected


def test_an_algorithm_that_the_set_does_not_have_finds_nothing(tmp_path: Path) -> None:
    with _list(tmp_path, [b"\x07" * 16]) as hash_set:
        assert hash_set.find("sha256", bytes(32)) is None
        assert hash_set.find_many("sha1", [bytes(20)] * 100) == [None] * 100
        assert hash_set.find_many("md5", []) == []


def test_a_worker_looks_up_through_an_inherited_descriptor(million: Path) -> None:
    md5 = next(chunks(MILLION))[0][:16]
    with open_set(million) as hash_set:
        child = os.fork()
        if not child:
            with HashSet.from_fd(hash_set.descriptor) as inherited:
                os._exit(0 if inherited.find("md5", md5) else 1)
        assert os.waitpid(child, 0)[1] == 0


def test_sizes_are_exact(million: Path) -> None:
    there: set[int] = set()
    for _, _, sizes, _ in chunks(MILLION):
        there.update(sizes)
    random = np.random.default_rng(3)
    asked = [*list(there)[:50_000], *random.integers(0, 1 << 33, 50_000).tolist(), 0, 1, 1 << 60]
    with open_set(million) as hash_set:
        assert hash_set.sizes.complete
        assert [size in hash_set.sizes for size in asked] == [size in there for size in asked]


@pytest.mark.parametrize("sealed", [False, True])
def test_sizes_around_the_limit_of_the_bits_are_exact(sealed: bool) -> None:
    there = {*range(65_530, 65_542, 3), *range(1, 60_000, 5), 1 << 40}
    collector = SizeCollector()
    collector.add(np.array(sorted(there), dtype=np.int64))
    part, limit = collector.part(sealed=sealed)
    assert limit == (0 if sealed else 65_536)
    sizes = Sizes(part, limit, complete=True)
    asked = [*range(65_520, 65_550), *range(20), (1 << 40) - 1, 1 << 40, (1 << 40) + 1]
    assert [size for size in asked if size in sizes] == [size for size in asked if size in there]


def test_a_digest_that_stands_across_two_rows_is_absent(tmp_path: Path) -> None:
    """The end of one row and the beginning of the next are not a digest of the set."""
    first, middle, last = b"\x10" * 8, b"\x10" * 4 + b"abcd", b"\x10" * 7 + b"\x11"
    across = [first[:left_out] + middle + last[left_out:] for left_out in range(4)]
    alike = [digest[:8] + b"zzzzzzzz" for digest in across]  # past the filter they are let by these
    rows = [first + middle, last + bytes(8), *alike]
    with _list(tmp_path, rows) as hash_set:
        assert all(hash_set.find("md5", row) for row in rows)
        assert [hash_set.find("md5", row) for row in across] == [None] * 4
        assert hash_set.find_many("md5", across * 50) == [None] * 200


def test_gate_is_off_as_soon_as_one_size_is_missing(tmp_path: Path) -> None:
    path = tmp_path / "sized.csv"
    path.write_text(f"md5,size\n{'a' * 32},10\n{'b' * 32},20\n")
    with ready(path) as sized, _list(tmp_path, [b"\x07" * 16]) as unsized:
        gate = SizeGate([sized.sizes])
        assert gate.on
        assert [gate.may_match(size) for size in (10, 15, 20)] == [True, False, True]
        assert not SizeGate([sized.sizes, unsized.sizes]).on
        assert SizeGate([sized.sizes, unsized.sizes]).may_match(15)
        assert not SizeGate([]).on


def test_a_set_that_nothing_matches_exactly_does_not_open_the_gate(tmp_path: Path) -> None:
    path = tmp_path / "pdq.txt"
    path.write_text("ab" * 32 + ",100\n")
    with ready(path) as looks_alike:
        gate = SizeGate([looks_alike.sizes])
        assert gate.on
        assert not gate.may_match(5)
