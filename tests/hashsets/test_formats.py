"""Every format is recognised by what is in it, and all of its records arrive."""

import base64
import io
import json
import re
from pathlib import Path
from types import ModuleType

import pytest

from tests.hashsets import material
from triage.errors import HashSetError
from triage.hashsets import sniffing
from triage.hashsets.exporting import ExportFormat, export
from triage.hashsets.hash_set import HashSet
from triage.hashsets.importing import ready
from triage.hashsets.inputs import opened
from triage.hashsets.sniffing import sniff

READERS = "triage.hashsets.readers."
PAGE = Path(__file__).parents[2] / "docs/formats/hash-set.md"


def _hex(algorithm: str) -> list[str]:
    return {"md5": material.MD5, "sha1": material.SHA1, "sha256": material.SHA256}[algorithm]


@pytest.mark.parametrize("name", material.EVERY)
def test_format_is_recognised_and_all_records_arrive(name: str, tmp_path: Path) -> None:
    made = material.EVERY[name](tmp_path)
    with ready(made.path) as hash_set:
        imported = hash_set.imported
        assert imported is not None
        assert imported.format == made.format
        assert (imported.records, imported.bad) == (made.count, 0)
        assert imported.dropped == made.dropped
        assert hash_set.header.entries == len(material.CONTENTS)
        for algorithm in made.digests:
            assert _all_found(hash_set, algorithm, made)
            assert hash_set.find(algorithm, bytes(len(_hex(algorithm)[0]) // 2)) is None


def test_every_reader_has_a_sample(tmp_path: Path) -> None:
    modules = [it for it in vars(sniffing).values() if isinstance(it, ModuleType)]
    readers = {it.__name__ for it in modules if it.__name__.startswith(READERS)}
    read = set()
    for make in material.EVERY.values():
        with opened(make(tmp_path).path) as source:
            way = sniff(source).read
        read.add(getattr(way, "func", way).__module__)
    assert read == readers


def test_every_format_is_named_where_people_look_for_it(tmp_path: Path) -> None:
    """By its first word: in the page's table, and in what is said of a file that is none."""
    table = PAGE.read_text(encoding="utf-8").partition("| format | taken |")[2].lower()
    (tmp_path / "none").write_bytes(b"\x00\x01 no set at all")
    with opened(tmp_path / "none") as source, pytest.raises(HashSetError) as refused:
        sniff(source)
    for made in (make(tmp_path) for make in material.EVERY.values()):
        word = made.format.split()[0].lower()
        assert re.search(rf"^\| [^|]*\b{word}", table, re.MULTILINE), word
        assert word in refused.value.hint.lower()


def _all_found(hash_set: HashSet, algorithm: str, made: material.Made) -> bool:
    digests = [bytes.fromhex(text) for text in _hex(algorithm)]
    entries = hash_set.find_many(algorithm, digests)
    sizes = [entry.size if entry else -1 for entry in entries]
    assert sizes == (material.SIZES if made.sized else [None] * len(digests))
    return all(entry is not None and entry.category == made.category for entry in entries)


def test_vics_records_read_in_one_go_and_one_by_one_are_the_same(tmp_path: Path) -> None:
    """A record with an alternative hash is read by itself, and so is all that comes with it."""
    made = []
    kinds: tuple[dict[str, list[str]], ...] = ({}, {"AlternativeHashes": []})
    for more in kinds:
        records = [
            {"MD5": m.upper(), "SHA1": s if n % 3 else None, "MediaSize": size or None}
            | {"Category": [1, "2", 0, None][n % 4]}
            | more
            for n, (m, s, _, size) in enumerate(material.ALL)
        ]
        path = tmp_path / "lab.json"
        path.write_text(json.dumps({"@odata.context": material.VICS_2, "value": records}))
        with ready(path) as hash_set:
            made.append((hash_set.header, hash_set.sha256))
            assert hash_set.header.entries == len(records)
    assert made[0] == made[1]


def test_mixed_list_finds_each_digest_by_its_own_algorithm(tmp_path: Path) -> None:
    with ready(material.mixed(tmp_path).path) as hash_set:
        assert hash_set.header.digests == {"md5": 100, "sha1": 100, "sha256": 100}
        assert hash_set.find("sha1", bytes.fromhex(material.SHA1[150]))
        assert hash_set.find("sha1", bytes.fromhex(material.SHA1[0])) is None
        assert hash_set.find("sha256", bytes.fromhex(material.SHA256[250]))


def test_photodna_is_carried_untouched(tmp_path: Path) -> None:
    with ready(material.icse(tmp_path).path) as hash_set:
        values, links = hash_set.values("photodna")
        assert {value.tobytes() for value in values} == set(material.PHOTODNA)
        assert links is not None
        row = [value.tobytes() for value in values].index(material.PHOTODNA[9])
        expected = hash_set.numbers_of("md5", [bytes.fromhex(material.MD5[9])])
        assert int(links[row]) == expected[0]


def test_photodna_of_vics_comes_out_as_it_went_in(tmp_path: Path) -> None:
    """Character by character, through a compiled set; a broken one costs no MD5."""
    texts = {
        m: base64.b64encode(p).decode()
        for m, p in zip(material.MD5, material.PHOTODNA, strict=True)
    }
    media = [{"MediaID": n, "MD5": m, "PhotoDNA": p} for n, (m, p) in enumerate(texts.items())]
    media[7]["PhotoDNA"] = "AAAA"
    del texts[material.MD5[7]]
    whole = {"@odata.context": material.VICS_2, "value": media}
    path = tmp_path / "in.json"
    path.write_text(json.dumps(whole), encoding="utf-8")
    out = io.StringIO()
    with ready(path) as hash_set:
        export(hash_set, ExportFormat.VICS, out)
        assert hash_set.find("md5", bytes.fromhex(material.MD5[7]))
        assert hash_set.header.kept_without == {"its photodna": 1}
    records = json.loads(out.getvalue())["value"]
    assert {r["MD5"].lower(): r["PhotoDNA"] for r in records if "PhotoDNA" in r} == texts


def test_values_of_all_who_exchange_them_become_one_index(tmp_path: Path) -> None:
    """A list, a ThreatExchange export and VICS AlternativeHashes that hold the same pictures."""
    with ready(material.pdq(tmp_path).path) as lists:
        expected = lists.values("pdq")[0].tolist()
    media = [
        {"MediaID": n, "AlternativeHashes": [{"HashName": "PDQ", "HashValue": value.upper()}]}
        for n, value in enumerate(material.SHA256)
    ]
    vics = tmp_path / "vics.json"
    vics.write_text(json.dumps({"@odata.context": material.VICS_2, "value": media}))
    for path in (vics, material.signals(tmp_path).path, material.vpdq(tmp_path).path):
        with ready(path) as hash_set:
            assert hash_set.values("pdq")[0].tolist() == expected


def test_frames_of_a_vpdq_signal_are_taken_one_by_one(tmp_path: Path) -> None:
    values = material.SHA256[:5]
    frames = [f"{n},{100 if n else 20},{value},{n}.0" for n, value in enumerate(values)]
    signal = json.dumps(frames).replace('"', '""')
    path = tmp_path / "exchange.csv"
    path.write_text(f'signal_type,signal_str\nvpdq,"{signal}"\nvpdq,"[]"\n', encoding="utf-8")
    with ready(path) as hash_set:
        found = {value.tobytes().hex() for value in hash_set.values("pdq")[0]}
        assert found == set(values[1:])
        assert hash_set.imported is not None
        assert hash_set.imported.bad == 1


def test_pdq_lists_are_mapped_rows_of_32_bytes(tmp_path: Path) -> None:
    with ready(material.pdq(tmp_path).path) as hash_set:
        values, _ = hash_set.values("pdq")
        assert sorted(value.tobytes().hex() for value in values) == sorted(material.SHA256)
        assert not values.flags.owndata
        assert hash_set.algorithms == frozenset()


def test_iped_sets_become_sources(tmp_path: Path) -> None:
    with ready(material.iped(tmp_path).path) as hash_set:
        entry = hash_set.find("md5", bytes.fromhex(material.MD5[3]))
        assert entry is not None
        assert entry.sources == ("lab", "partner")


def test_delta_says_what_it_does_not_apply(tmp_path: Path) -> None:
    with ready(material.rds3_delta(tmp_path).path) as hash_set:
        assert hash_set.imported is not None
        assert hash_set.imported.notes == ["not applied: 1 of the delta's deletions and changes"]
