"""A lost stick: whoever finds a sealed set, and has a million candidates, learns nothing."""

import json
import mmap
import os
import subprocess
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest

from tests.bench.generate_hash_sets import chunks, write_csv
from triage.errors import HashSetError
from triage.hashsets.hash_set import HashSet, open_set
from triage.hashsets.importing import BuildOrder, Seal, build
from triage.hashsets.layout import BLOCK
from triage.hashsets.sealing import SetKey
from triage.hashsets.table import DigestTable, heads, word_masks, word_numbers
from triage.hashsets.wrapping import wrap_for_passphrase, wrap_for_ssh_key
from triage.profile import SetKind

COUNT = 100_000
PASSPHRASE = "correct horse"  # noqa: S105 - of a test


@dataclass(frozen=True)
class Sealed:
    """The same list, compiled open and sealed twice."""

    open: Path
    sealed: Path
    again: Path
    key: Path


@pytest.fixture(scope="module")
def sets(tmp_path_factory: pytest.TempPathFactory) -> Sealed:
    folder = tmp_path_factory.mktemp("sealed")
    source = folder / "secret list.csv"
    write_csv(source, COUNT)
    key = folder / "key"
    subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", str(key)], check=True)
    for name in ("open", "sealed", "again"):
        order = BuildOrder(inputs=[source], name="secret name", kind=SetKind.NOTABLE)
        if name != "open":
            fresh = SetKey.fresh()
            public = key.with_suffix(".pub").read_text()
            stanzas = (wrap_for_passphrase(fresh, PASSPHRASE), wrap_for_ssh_key(fresh, public))
            order.seal = Seal(key=fresh, stanzas=stanzas)
        build(order, folder / name)
    return Sealed(folder / "open", folder / "sealed", folder / "again", key)


def _digests(count: int = COUNT) -> tuple[list[bytes], list[bytes], list[int]]:
    md5s: list[bytes] = []
    sha1s: list[bytes] = []
    all_sizes: list[int] = []
    for md5, sha1, sizes, _ in chunks(count):
        md5s += [md5[at : at + 16] for at in range(0, len(md5), 16)]
        sha1s += [sha1[at : at + 20] for at in range(0, len(sha1), 20)]
        all_sizes += sizes
    return md5s, sha1s, all_sizes


def test_with_the_key_the_same_is_found_as_unsealed(sets: Sealed) -> None:
    md5s, sha1s, sizes = _digests()
    absent = [os.urandom(16) for _ in range(COUNT)]
    with open_set(sets.open) as plain, open_set(sets.sealed) as sealed:
        sealed.unlock(PASSPHRASE)
        assert sealed.header.entries == plain.header.entries == COUNT
        assert sealed.header.categories == plain.header.categories
        assert sealed.header.digests == plain.header.digests
        assert sealed.header.covers == plain.header.covers
        assert sealed.find_many("md5", md5s + absent) == plain.find_many("md5", md5s + absent)
        assert sealed.find_many("sha1", sha1s) == plain.find_many("sha1", sha1s)
        assert sealed.find("md5", md5s[5]) == plain.find("md5", md5s[5])
        asked = [*sizes[:5000], *range(5000)]
        assert [s in sealed.sizes for s in asked] == [s in plain.sizes for s in asked]
        assert sealed.sizes.complete


def test_a_locked_set_answers_nothing(sets: Sealed) -> None:
    with open_set(sets.sealed) as sealed:
        assert sealed.locked
        for ask in (
            lambda: sealed.find("md5", bytes(16)),
            lambda: sealed.find_many("md5", [bytes(16)] * 100),
            lambda: sealed.header,
            lambda: sealed.sizes,
            lambda: sealed.entry(0),
        ):
            with pytest.raises(HashSetError, match="sealed"):
                ask()


@pytest.mark.parametrize("wrong", ["", "Correct horse", "correct horse "])
def test_a_wrong_passphrase_is_refused(wrong: str, sets: Sealed) -> None:
    with open_set(sets.sealed) as sealed, pytest.raises(HashSetError, match="does not open"):
        sealed.unlock(wrong)


def test_the_examiners_key_opens_it_and_a_worker_gets_the_sets_key_only(sets: Sealed) -> None:
    md5 = next(chunks(COUNT))[0][:16]
    with open_set(sets.sealed) as sealed:
        key = sealed.unlock_with_key(sets.key)
        with HashSet.from_fd(sealed.descriptor, key=key) as worker:
            assert worker.find("md5", md5) == sealed.find("md5", md5)
    other = sets.key.with_name("other")
    subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", str(other)], check=True)
    with open_set(sets.sealed) as sealed, pytest.raises(HashSetError, match="not sealed to"):
        sealed.unlock_with_key(other)
    with open_set(sets.sealed) as sealed, pytest.raises(HashSetError):
        HashSet.from_fd(sealed.descriptor, key=bytes(32)).close()


def test_no_candidate_digest_or_size_is_in_the_file(sets: Sealed) -> None:
    """Every digest of the set, and its size, searched in every table as a finder would."""
    data = sets.sealed.read_bytes()
    for blob, width in zip(next(chunks(COUNT))[:2], (16, 20), strict=True):
        digests = np.frombuffer(blob, dtype=np.uint8).reshape(-1, width)[:4096]
        for first in (0, 2, 3):
            pieces = np.ascontiguousarray(digests[:, first : first + 8]).view(np.uint64)
            for offset in range(8):
                words = np.frombuffer(data, np.uint64, (len(data) - offset) // 8, offset)
                assert not np.isin(words, pieces).any()
    for secret in (b"secret name", b"secret list", b"notable", b"md5,sha1"):
        assert secret not in data


def test_a_million_candidates_without_the_key_tell_nothing(sets: Sealed) -> None:
    """A finder asks the format's own look-up for bare digests: 100,000 members among a million.

    None is found, and neither the filter nor how full a bucket is tells members from others.
    """
    md5s, sha1s, _ = _digests()
    with open_set(sets.sealed) as sealed, open_set(sets.open) as plain:
        for algorithm, digests, width in (("md5", md5s, 16), ("sha1", sha1s, 20)):
            others = os.urandom(width * 9 * COUNT)
            candidates = np.frombuffer(b"".join(digests) + others, np.uint8).reshape(-1, width)
            head, is_member = heads(candidates), np.arange(len(candidates)) < COUNT
            assert _tells_apart(_front(plain, algorithm), head, is_member)
            assert not _tells_apart(_front(sealed, algorithm), head, is_member)
            table = next(t for t in sealed.layout.tables if t.algorithm == algorithm)
            with mmap.mmap(sealed.descriptor, 0, access=mmap.ACCESS_READ) as file:
                bare = DigestTable(file, sealed.layout, table, sealed.pieces)
                assert (bare.find_many(candidates[:, :16]) < 0).all()
                bare.close()


@dataclass(frozen=True)
class Front:
    """What of a table stands in the open: its filter, its index, and how many bits that takes."""

    words: "np.ndarray[tuple[int], np.dtype[np.uint64]]"
    index: "np.ndarray[tuple[int], np.dtype[np.uint32]]"
    bits: int


def _front(hash_set: HashSet, algorithm: str) -> Front:
    parts = []
    data = hash_set.descriptor
    for part in ("filter", "index"):
        section = hash_set.layout.section(f"{algorithm}.{part}")
        assert section is not None
        parts.append(os.pread(data, section.length, section.offset))
    bits = next(t.index_bits for t in hash_set.layout.tables if t.algorithm == algorithm)
    return Front(np.frombuffer(parts[0], np.uint64), np.frombuffer(parts[1], np.uint32), bits)


def _tells_apart(
    front: Front,
    head: "np.ndarray[tuple[int], np.dtype[np.uint64]]",
    is_member: "np.ndarray[tuple[int], np.dtype[np.bool_]]",
) -> bool:
    """Whether members pass the filter, or lie in full buckets, more often than chance allows."""
    mask = word_masks(head)
    passes = front.words[word_numbers(head, len(front.words))] & mask == mask
    bucket = head >> np.uint64(64 - front.bits)
    rows = front.index[bucket + np.uint64(1)] - front.index[bucket]
    for told in (passes.astype(float), rows.astype(float)):
        members, others = told[is_member], told[~is_member]
        chance = told.std() * (1 / len(members) + 1 / len(others)) ** 0.5
        if abs(members.mean() - others.mean()) > 5 * max(chance, 1e-9):
            return True
    return False


def test_order_entries_and_sizes_look_random(sets: Sealed) -> None:
    """Bytes of rows, entries and sizes are uniform: chi squared within five deviations."""
    data = sets.sealed.read_bytes()
    with open_set(sets.sealed) as sealed:
        parts = {s.name: data[s.offset : s.offset + s.length] for s in sealed.layout.sections}
        widths = {table.algorithm: table.width for table in sealed.layout.tables}
    samples = {
        "entries": parts["entries"],
        "sizes": parts["sizes"],
        "about": parts["about"],
        "md5.rows": parts["md5.rows"][widths["md5"] - 1 :: widths["md5"]],
    }
    for name, sample in samples.items():
        counts = np.bincount(np.frombuffer(sample, dtype=np.uint8), minlength=256)
        expected = len(sample) / 256
        chi = float(((counts - expected) ** 2 / expected).sum())
        assert abs(chi - 255) < 5 * (2 * 255) ** 0.5, name


def test_two_sealings_of_one_list_share_nothing(sets: Sealed) -> None:
    with open_set(sets.sealed) as one, open_set(sets.again) as two:
        assert one.layout.entries != two.layout.entries
        assert COUNT + 1024 <= one.layout.entries <= COUNT * 1.05 + 2048
        assert one.layout.entry_width == two.layout.entry_width
        pairs = [
            (a, b)
            for a, b in zip(one.layout.sections, two.layout.sections, strict=True)
            if a.name.endswith((".rows", "entries", "sizes", "about"))
        ]
        for a, b in pairs:
            first = sets.sealed.read_bytes()[a.offset : a.offset + min(a.length, b.length)]
            second = sets.again.read_bytes()[b.offset : b.offset + len(first)]
            same = np.frombuffer(first, np.uint8) == np.frombuffer(second, np.uint8)
            assert same.mean() < 0.25, a.name


def test_the_header_says_only_how_to_unlock(sets: Sealed) -> None:
    block = sets.sealed.read_bytes()[44:BLOCK].rstrip(b"\0")
    header = json.loads(block)
    assert set(header) == {
        *(
            "version",
            "entries",
            "size_width",
            "source_width",
            "tables",
            "sections",
            "sealed",
            "canaries",
        )
    }


def test_a_sealed_set_cannot_be_taken_apart(sets: Sealed, tmp_path: Path) -> None:
    order = BuildOrder(inputs=[sets.sealed], name="x", kind=SetKind.NOTABLE)
    with pytest.raises(HashSetError, match="sealed"):
        build(order, tmp_path / "x")


def test_altered_secret_parts_are_found(sets: Sealed, tmp_path: Path) -> None:
    copy = tmp_path / "copy"
    with open_set(sets.sealed) as sealed:
        about = sealed.layout.section("about")
    assert about is not None
    data = bytearray(sets.sealed.read_bytes())
    data[about.offset + 5] ^= 1
    copy.write_bytes(data)
    with open_set(copy) as sealed, pytest.raises(HashSetError, match="altered"):
        sealed.unlock(PASSPHRASE)
