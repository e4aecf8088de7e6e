"""The compiled file: what merging keeps, and what is refused."""

import errno
import os
import subprocess
import sys
from pathlib import Path

import msgspec
import pytest

from tests.bench import generate_hash_sets as generate
from tests.hashsets import material
from triage.errors import HashSetError, SigningError, UsageError
from triage.hashsets import sorting
from triage.hashsets.categories import Rules, checked_map, load_map
from triage.hashsets.exporting import ExportFormat, export
from triage.hashsets.hash_set import HashSet, open_set
from triage.hashsets.importing import BuildOrder, build, ready
from triage.hashsets.layout import BLOCK, pack_block
from triage.hashsets.signing import sign, signer_of
from triage.hashsets.unfinished import unfinished
from triage.profile import SetKind

A, B, C, D = ("a" * 32, "b" * 32, "c" * 32, "d" * 32)
SA, SB, SC = ("a" * 40, "b" * 40, "c" * 40)


def _write(folder: Path, name: str, text: str) -> Path:
    path = folder / name
    path.write_text(text)
    return path


def _built(folder: Path, *inputs: Path, name: str = "lab", rules: Rules | None = None) -> HashSet:
    out = folder / f"{name}.set"
    order = BuildOrder(inputs=inputs, name=name, kind=SetKind.NOTABLE, rules=rules or Rules())
    build(order, out)
    return open_set(out)


def test_duplicates_keep_the_more_serious_category_every_source_and_the_size(
    tmp_path: Path,
) -> None:
    one = _write(tmp_path, "one.csv", f"md5,category,size\n{A},3,\n{B},0,7\n{B},,\n")
    two = _write(tmp_path, "two.csv", f"md5,category,size\n{A},1,9\n{C},2,5\n")
    three = _write(tmp_path, "three.txt", f"{A}\n")
    with _built(tmp_path, one, two, three) as merged:
        entry = merged.find("md5", bytes.fromhex(A))
        assert entry is not None
        assert (entry.category, entry.size) == ("1", 9)
        assert set(entry.sources) == {"one.csv", "two.csv", "three.txt"}
        assert merged.header.entries == 3
        assert [(c.label, c.entries) for c in merged.header.categories] == [
            *(("1", 1), ("2", 1), ("3", 0), ("", 1))
        ]


def test_a_record_with_another_digest_of_an_entry_joins_it(tmp_path: Path) -> None:
    both = _write(tmp_path, "both.csv", f"md5,sha1,category\n{A},{SA},3\n{B},{SB},3\n")
    only = _write(tmp_path, "only.csv", f"sha1,category,size\n{SA},1,4\n{SC},2,5\n")
    with _built(tmp_path, both, only) as merged:
        assert merged.header.entries == 3
        by_md5 = merged.find("md5", bytes.fromhex(A))
        assert by_md5 == merged.find("sha1", bytes.fromhex(SA))
        assert by_md5 is not None
        assert (by_md5.category, by_md5.size, len(by_md5.sources)) == ("1", 4, 2)
        assert merged.header.covers == ("sha1",)


def test_two_files_with_one_md5_are_both_found_by_sha1(tmp_path: Path) -> None:
    path = _write(tmp_path, "collision.csv", f"md5,sha1\n{A},{SA}\n{A},{SB}\n{C},{SC}\n")
    with _built(tmp_path, path) as first:
        assert first.header.entries == 2
        assert all(first.find("sha1", bytes.fromhex(digest)) for digest in (SA, SB, SC))
    with _built(tmp_path, tmp_path / "lab.set", name="again") as again:
        assert all(again.find("sha1", bytes.fromhex(digest)) for digest in (SA, SB, SC))
        assert again.header.digests == {"md5": 2, "sha1": 3}


def test_merging_compiled_sets_loses_nothing(tmp_path: Path) -> None:
    make = (material.vics2, material.icse, material.hashdeep, material.pdq)
    inputs = [each(tmp_path).path for each in make]
    with _built(tmp_path, *inputs, name="one") as one:  # noqa: SIM117 - the second reads the first
        with _built(tmp_path, tmp_path / "one.set", name="two") as two:
            assert two.header.digests == one.header.digests
            kept = {category for category in one.header.categories if category.entries}
            assert set(two.header.categories) == kept
            for algorithm, texts in (("md5", material.MD5), ("sha256", material.SHA256)):
                digests = [bytes.fromhex(text) for text in texts]
                assert two.find_many(algorithm, digests) == one.find_many(algorithm, digests)
            for algorithm in ("pdq", "photodna"):
                assert (two.values(algorithm)[0] == one.values(algorithm)[0]).all()


def test_category_filter_and_map(tmp_path: Path) -> None:
    path = _write(tmp_path, "a.csv", f"md5,category\n{A},A1\n{B},B2\n{C},\n{D},9\n")
    lab = load_map(_write(tmp_path, "map.yaml", "map: {A1: 1, B2: 2}\norder: [2, 1]\n"))
    with _built(tmp_path, path, name="mapped", rules=Rules(lab=lab)) as mapped:
        labels = [category.label for category in mapped.header.categories]
        assert labels == ["2", "1", "9", ""]
    with _built(tmp_path, path, name="only", rules=Rules(lab=lab, only=frozenset("1"))) as only:
        assert only.header.entries == 1
        assert only.header.dropped == {"another category": 2, "no category": 1}


@pytest.mark.parametrize("raw", [[1], {"mop": {}}, {"map": [1]}, {"order": "x"}])
def test_a_map_that_is_not_understood_says_where(raw: object) -> None:
    with pytest.raises(HashSetError, match=r"map\.yaml"):
        checked_map(raw, "map.yaml")


def test_strict_stops_at_the_first_bad_record(tmp_path: Path) -> None:
    path = _write(tmp_path, "a.md5", f"{A}\nnothing here\n{B}\n")
    order = BuildOrder(inputs=[path], name="a", kind=SetKind.NOTABLE, strict=True)
    with pytest.raises(HashSetError, match=r"a\.md5, line 2"):
        build(order, tmp_path / "a.set")
    assert not list(tmp_path.glob("*.set")) + list(tmp_path.glob(".*.part"))


def test_the_empty_file_is_dropped_in_every_algorithm(tmp_path: Path) -> None:
    empty = "d41d8cd98f00b204e9800998ecf8427e"
    sha1 = "da39a3ee5e6b4b0d3255bfef95601890afd80709"
    path = _write(tmp_path, "a.csv", f"md5,sha1\n{empty},\n,{sha1}\n{A},{SA}\n{empty},{sha1}\n")
    with _built(tmp_path, path) as hash_set:
        assert hash_set.header.entries == 1
        assert hash_set.header.dropped == {"the empty file": 3}


def test_subtract_leaves_out_what_any_digest_names(tmp_path: Path) -> None:
    path = _write(tmp_path, "a.csv", f"md5,sha1\n{A},{SA}\n{B},{SB}\n{C},{SC}\n")
    with ready(_write(tmp_path, "b.txt", f"{A}\n{SB}\n")) as without:
        order = BuildOrder(inputs=[path], name="rest", kind=SetKind.NOTABLE, without=without)
        build(order, tmp_path / "rest.set")
    with open_set(tmp_path / "rest.set") as rest:
        assert rest.header.entries == 1
        assert rest.find("md5", bytes.fromhex(C))


_IDENTITY = """
import sys
from pathlib import Path
from triage.hashsets.importing import ready
print(ready(Path(sys.argv[1])).sha256)
"""


@pytest.mark.parametrize("name", ["mixed", "vics2", "iped", "icse"])
def test_a_list_compiled_in_passing_has_the_same_digest_each_time(
    name: str, tmp_path: Path
) -> None:
    path = material.EVERY[name](tmp_path).path
    seen = set()
    for number in (1, 2):
        os.utime(path, (number, number))
        command = [sys.executable, "-c", _IDENTITY, str(path)]
        environment = os.environ | {"PYTHONHASHSEED": str(number)}
        seen.add(subprocess.check_output(command, env=environment))
    assert len(seen) == 1


def test_a_build_in_many_runs_gives_the_same_file_as_one_in_memory(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Half the records come twice, some have no MD5, some only a SHA-1, some two SHA-1s."""
    generate.write_csv(tmp_path / "a.csv", 40_000)
    lines = (tmp_path / "a.csv").read_text().splitlines()
    cells = [line.split(",") for line in lines[1:]]
    again = [f"{m},{s},,3" for m, s, _, _ in cells[::2]]
    other = [f",{s},{size}," for _, s, size, _ in cells[::7]]
    two = [f"{m},{s[::-1]},," for m, s, _, _ in cells[::11]]
    _write(tmp_path, "b.csv", "\n".join(["md5,sha1,size,category", *again, *other, *two]))
    inputs = [tmp_path / "a.csv", tmp_path / "b.csv"]
    order = BuildOrder(inputs=inputs, name="x", kind=SetKind.NOTABLE, created="2026-01-01T00:00:00")
    whole = build(order, tmp_path / "whole.set")
    for name, rows in (("RUN_ROWS", 700), ("_SLICE_ROWS", 900), ("_SAMPLE", 32)):
        monkeypatch.setattr(sorting, name, rows)
    monkeypatch.setattr(sorting, "_HELD_ROWS", 5000)
    runs = build(order, tmp_path / "runs.set")
    assert (tmp_path / "runs.set").read_bytes() == (tmp_path / "whole.set").read_bytes()
    assert runs.duplicates == whole.duplicates > 20_000


def test_nothing_is_overwritten(tmp_path: Path) -> None:
    path = _write(tmp_path, "a.md5", A)
    _built(tmp_path, path).close()
    with pytest.raises(UsageError, match="exists already"):
        _built(tmp_path, path)


def test_another_builds_unfinished_file_is_left_alone(tmp_path: Path) -> None:
    path = _write(tmp_path, "a.md5", A)
    with unfinished(tmp_path / "lab.set") as other:
        other.write(b"of another build")
        other.flush()
        with pytest.raises(HashSetError, match="Another build is writing"):
            _built(tmp_path, path)
        assert (tmp_path / ".lab.set.part").read_text() == "of another build"
    assert sorted(each.name for each in tmp_path.iterdir()) == ["a.md5"]


KILLED = """
import sys
from pathlib import Path
from triage.hashsets.unfinished import unfinished

with unfinished(Path(sys.argv[1])) as file:
    file.write(b"half a set" * 100_000)
    file.flush()
    print("writing", flush=True)
    sys.stdin.read()
"""


def test_what_a_killed_build_left_is_in_nobody_s_way(tmp_path: Path) -> None:
    path = _write(tmp_path, "a.md5", A)
    command = [sys.executable, "-c", KILLED, str(tmp_path / "lab.set")]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as build:
        assert build.stdout is not None
        assert build.stdout.readline() == b"writing\n"
        with pytest.raises(HashSetError, match="Another build is writing"):
            _built(tmp_path, path)
        build.kill()
    assert (tmp_path / ".lab.set.part").stat().st_size == 1_000_000
    with _built(tmp_path, path) as made:
        assert made.find("md5", bytes.fromhex(A))
        made.verify()
        assert made.layout.body_end <= (tmp_path / "lab.set").stat().st_size < 1_000_000
    assert sorted(each.name for each in tmp_path.iterdir()) == ["a.md5", "lab.set"]


def test_a_build_that_ends_takes_no_other_s_file_with_it(tmp_path: Path) -> None:
    """Renamed, where there are no links: the name is another build's by then."""
    out = tmp_path / "lab.set"
    with unfinished(out):
        (tmp_path / ".lab.set.part").rename(out)
        other = _write(tmp_path, ".lab.set.part", "of another build")
    assert other.read_text() == "of another build"


def test_a_name_that_leads_elsewhere_is_not_followed(tmp_path: Path) -> None:
    path = _write(tmp_path, "a.md5", A)
    (tmp_path / ".lab.set.part").symlink_to(tmp_path / "elsewhere")
    with pytest.raises(HashSetError, match="cannot be written"):
        _built(tmp_path, path)
    assert not (tmp_path / "elsewhere").exists()


def test_a_stick_without_links_takes_a_set_too(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What exFAT says to link(2); no such file system can be mounted everywhere that tests run."""

    def refused(*_: object) -> None:
        raise PermissionError(errno.EPERM, os.strerror(errno.EPERM))

    monkeypatch.setattr(os, "link", refused)
    path = _write(tmp_path, "a.md5", A)
    with _built(tmp_path, path) as made:
        assert made.find("md5", bytes.fromhex(A))
    with pytest.raises(UsageError, match="exists already"):
        _built(tmp_path, path)
    assert sorted(each.name for each in tmp_path.iterdir()) == ["a.md5", "lab.set"]


@pytest.mark.parametrize("form", [ExportFormat.CSV, ExportFormat.VICS])
def test_an_export_reads_back_the_same(form: ExportFormat, tmp_path: Path) -> None:
    with _built(tmp_path, material.vics2(tmp_path).path) as first:
        out = tmp_path / "out"
        with out.open("w") as file:
            assert export(first, form, file) == 300
        with ready(out) as again:
            assert again.header.digests == first.header.digests
            digests = [bytes.fromhex(text) for text in material.MD5]
            for one, two in zip(
                first.find_many("md5", digests), again.find_many("md5", digests), strict=True
            ):
                assert one is not None
                assert two is not None
                assert (one.category, one.size) == (two.category, two.size)


def test_a_csv_export_keeps_entries_that_only_look_alike(tmp_path: Path) -> None:
    alike = "f" * 32 + "0" * 32, "a5" * 144
    source = _write(tmp_path, "alike.csv", f"md5,pdq,photodna\n,{alike[0]},\n,,{alike[1]}\n{A},,\n")
    with _built(tmp_path, source) as first:
        out = tmp_path / "out"
        with out.open("w") as file:
            assert export(first, ExportFormat.CSV, file) == 3
        assert all(value in out.read_text() for value in (*alike, A))
        with ready(out) as again:
            assert again.header.digests == first.header.digests


def _damaged(path: Path, at: int, *, cut: bool = False) -> Path:
    data = bytearray(path.read_bytes())
    data[at] ^= 0x40
    path.write_bytes(data[:at] if cut else data)
    return path


def _set(folder: Path) -> Path:
    _built(folder, material.vics2(folder).path).close()
    return folder / "lab.set"


@pytest.mark.parametrize(
    ("at", "cut", "reason"),
    [
        (0, False, "not a compiled hash set"),
        (7, False, "format version"),
        (9, False, "altered"),
        (60, False, "altered: its header"),
        (2000, True, "header is cut off"),
        (6000, True, "truncated"),
    ],
)
def test_a_damaged_header_is_refused_at_once(
    at: int, cut: bool, reason: str, tmp_path: Path
) -> None:
    with pytest.raises(HashSetError, match=reason):
        open_set(_damaged(_set(tmp_path), at, cut=cut))


def test_any_altered_part_is_found_by_a_check(tmp_path: Path) -> None:
    path = _set(tmp_path)
    with open_set(path) as hash_set:
        sections = hash_set.layout.sections
        hash_set.verify()
    whole = path.read_bytes()
    for section in sections:
        _damaged(path, section.offset + section.length // 2)
        with pytest.raises(HashSetError, match=f"'{section.name}'"):
            ready(path)
        path.write_bytes(whole)


def test_a_set_whose_description_was_altered_is_not_opened(tmp_path: Path) -> None:
    """It says what the set is called, and whether it is of notable or of known material."""
    path = _set(tmp_path)
    whole = path.read_bytes()
    assert whole.count(b'"notable"') == 1
    path.write_bytes(whole.replace(b'"notable"', b'"known"  '))
    with pytest.raises(HashSetError, match="'about'"):
        open_set(path)


@pytest.mark.parametrize(
    "change", [{"index_bits": 10**9}, {"width": 0}, {"prefix": 3}, {"filter_words": 0}]
)
def test_a_header_with_impossible_measures_is_refused(
    change: dict[str, int], tmp_path: Path
) -> None:
    path = _set(tmp_path)
    with open_set(path) as hash_set:
        layout = hash_set.layout
    first = msgspec.structs.replace(layout.tables[0], **change)
    forged = msgspec.structs.replace(layout, tables=(first, *layout.tables[1:]))
    path.write_bytes(pack_block(forged) + path.read_bytes()[BLOCK:])
    with pytest.raises(HashSetError, match="measures are odd"):
        open_set(path)


def test_bytes_that_nothing_claims_are_refused(tmp_path: Path) -> None:
    path = _set(tmp_path)
    path.write_bytes(path.read_bytes() + bytes(70_000))
    with pytest.raises(HashSetError, match="no part of it claims"):
        open_set(path)


def test_a_signature_names_the_builder_and_no_other(tmp_path: Path) -> None:
    path = _set(tmp_path)
    for name in ("mine", "other"):
        command = ["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", str(tmp_path / name)]
        subprocess.run(command, check=True)
    signers = {
        name: _write(
            tmp_path, f"{name}.signers", f"{name} {(tmp_path / f'{name}.pub').read_text()}"
        )
        for name in ("mine", "other")
    }
    with open_set(path) as unsigned, pytest.raises(HashSetError, match="not signed"):
        signer_of(unsigned, signers["mine"])
    sign(path, tmp_path / "mine")
    with ready(path) as signed:
        assert signer_of(signed, signers["mine"]) == "mine"
        with pytest.raises(HashSetError, match="not of anyone"):
            signer_of(signed, signers["other"])
        block = tmp_path / "block"
        block.write_bytes(path.read_bytes()[:4096])
        (tmp_path / "block.sig").write_bytes(path.read_bytes()[signed.layout.body_end :])
    stock = ["ssh-keygen", "-Y", "verify", "-f", str(signers["mine"]), "-I", "mine"]
    stock += ["-n", "seek-hash-set@v1", "-s", str(tmp_path / "block.sig")]
    with block.open("rb") as file:
        assert subprocess.run(stock, stdin=file, check=False, capture_output=True).returncode == 0
    with pytest.raises(SigningError):
        sign(path, tmp_path / "absent")
