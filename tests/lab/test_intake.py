"""What gets into a store, and what does not."""

import json
import shutil
from pathlib import Path

import pytest

from lab.intake import Taken, take_in
from lab.layout import OPENED
from lab.settling import writing
from lab.store import LabStore, create_store, open_store
from tests.bundle import samples
from tests.lab.bundles import Seen, digest_of, looks, sealed
from tests.lab.conftest import faults, reading, take
from triage.bundle.envelope import age, bech32
from triage.bundle.envelope.identities import of_file
from triage.bundle.envelope.recipients import X25519, Recipient
from triage.bundle.writing.signing import new_key, open_signer
from triage.errors import StoreError, UsageError
from triage.findings import Outcome

FIRST = Path(__file__).parents[1] / "bundle/first_format"
"""A bundle as seek 0.1.0 made them before its release."""


def one(taken: list[Taken]) -> Taken:
    """The only one."""
    (only,) = taken
    return only


def test_a_bundle_is_taken_in_as_it_was_signed(store: LabStore, tmp_path: Path) -> None:
    bundle = sealed(tmp_path / "a", "2026/1", [Seen(content="one", finding=True)])
    taken = one(take(store, bundle))
    assert (taken.refused, taken.case, taken.there_already) == (None, "2026/1", False)
    for file in bundle.rglob("*"):
        if file.is_file():
            copy = store.bundle(taken.digest) / file.relative_to(bundle)
            assert copy.read_bytes() == file.read_bytes()
    assert faults(store) == []


def test_asked_twice_it_is_there_once(store: LabStore, tmp_path: Path) -> None:
    bundle = sealed(tmp_path / "a", "2026/1", [Seen(content="one")])
    take(store, bundle)
    renamed = bundle.rename(tmp_path / "another name")
    again = one(take(store, renamed))
    assert again.there_already
    assert len(store.bundles()) == 1
    with reading(store) as (held, _):
        assert held.do("SELECT count(*) FROM sighting") == [(1,)]


def _closed_for(secret: bytes, folder: Path) -> Path:
    """An envelope that this key opens."""
    to = Recipient(kind=X25519, raw=age.public_of(secret))
    seen = [Seen(content="one", finding=True, preview=samples.preview(1))]
    return sealed(folder, "2026/1", seen, recipients=(to,))


def test_a_bundle_that_was_closed_for_the_lab_is_opened_by_its_key_alone(
    store: LabStore, tmp_path: Path
) -> None:
    ours, another = bytes(range(32)), bytes(range(1, 33))
    keys = {}
    for name, secret in (("ours", ours), ("another", another)):
        (tmp_path / name).write_text(bech32.encode("age-secret-key-", secret).upper())
        keys[name] = of_file(tmp_path / name)
    envelope = _closed_for(ours, tmp_path / "a")
    refused = one(take(store, envelope)).refused
    assert refused is not None
    assert "only the lab can open" in refused.message
    with writing(store) as writer:
        assert one(list(take_in(writer, [envelope], identities=keys["another"]))).refused
        taken = one(list(take_in(writer, [envelope], identities=keys["ours"])))
        assert (taken.refused, taken.case, taken.bundle) == (None, "2026/1", envelope)
        again = one(list(take_in(writer, [envelope], identities=keys["ours"])))
        assert again.there_already
    assert not (store / OPENED).exists()
    assert faults(store) == []


def test_a_scan_that_was_cut_off_before_it_was_signed_stays_out(
    store: LabStore, tmp_path: Path
) -> None:
    (tmp_path / "key").write_text(bech32.encode("age-secret-key-", bytes(range(32))).upper())
    to = Recipient(kind=X25519, raw=age.public_of(bytes(range(32))))
    begun = samples.begun(tmp_path / "out", samples.image(tmp_path), recipients=(to,))
    begun.begin()
    begun.commit()
    begun.abandon()
    with writing(store) as writer:
        taken = one(list(take_in(writer, [begun.folder], identities=of_file(tmp_path / "key"))))
    assert taken.refused is not None
    assert "cut off before its bundle was signed" in taken.refused.message
    assert not (store / OPENED).exists()
    assert store.bundles() == []


@pytest.mark.parametrize("name", ["entries.jsonl", "findings.json", "manifest.sha256", "log.jsonl",
                                  "manifest.sha256.sig", "scan.json"])  # fmt: skip
def test_a_bundle_with_one_flipped_byte_is_refused(
    store: LabStore, tmp_path: Path, name: str
) -> None:
    bundle = sealed(tmp_path / "a", "2026/1", [Seen(content="one", finding=True)])
    content = bytearray((bundle / name).read_bytes())
    content[len(content) // 2] ^= 1
    (bundle / name).write_bytes(content)
    taken = one(take(store, bundle, case="2026/1"))
    assert taken.refused is not None
    assert store.bundles() == []
    assert {file.name for file in store.path.iterdir()} & {"incoming"} == set()
    assert faults(store) == []


def test_one_that_is_refused_does_not_stop_the_others(store: LabStore, tmp_path: Path) -> None:
    good = [sealed(tmp_path / str(n), f"2026/{n}", [Seen(content=str(n))]) for n in range(2)]
    (tmp_path / "none").mkdir()
    linked = tmp_path / "linked"
    shutil.copytree(good[0], linked)
    (linked / "entries.jsonl").unlink()
    (linked / "entries.jsonl").symlink_to(good[1] / "entries.jsonl")
    said = take(store, good[0], tmp_path / "none", tmp_path / "gone", linked, good[1])
    assert [taken.refused is None for taken in said] == [True, False, False, True, True]
    assert said[3].there_already  # its manifest is the first one's, and nothing else is looked at
    assert len(store.bundles()) == 2


def test_a_link_in_a_bundle_is_not_followed(store: LabStore, tmp_path: Path) -> None:
    bundle = sealed(tmp_path / "a", "2026/1", [Seen(content="one")])
    (bundle / "entries.jsonl").rename(tmp_path / "elsewhere")
    (bundle / "entries.jsonl").symlink_to(tmp_path / "elsewhere")
    taken = one(take(store, bundle))
    assert taken.refused is not None
    assert "link" in taken.refused.message
    assert store.bundles() == []


def test_a_store_with_a_list_takes_those_who_are_on_it_alone(tmp_path: Path) -> None:
    keys = [tmp_path / "listed", tmp_path / "stranger"]
    lines = [new_key(key, comment="", ask=False).line for key in keys]
    listed = tmp_path / "signers"
    listed.write_text(f'stick-1 namespaces="seek-bundle@v1" {lines[0]}\n')
    store = create_store(tmp_path / "store", signers=listed)
    bundles = []
    for number, key in enumerate(keys):
        with open_signer(key) as signer:
            seen = [Seen(content=str(number))]
            bundles.append(sealed(tmp_path / f"b{number}", "2026/1", seen, signer=signer))
    first, second = take(store, *bundles)
    assert first.refused is None
    assert first.signer_checked
    assert second.refused is not None
    assert "list of signers" in second.refused.message
    with reading(store) as (held, _):
        assert held.do("SELECT principal FROM bundle") == [("stick-1",)]


def test_a_bundle_without_a_case_is_refused_until_somebody_says_which(
    store: LabStore, tmp_path: Path
) -> None:
    bundle = sealed(tmp_path / "a", "", [Seen(content="one")])
    assert isinstance(one(take(store, bundle)).refused, UsageError)
    assert one(take(store, bundle, case="2026/9")).case == "2026/9"
    other = sealed(tmp_path / "b", "2026/1", [Seen(content="two")])
    assert isinstance(one(take(store, other, case="2026/9")).refused, UsageError)


def test_what_a_suspect_named_stays_text(store: LabStore, tmp_path: Path) -> None:
    names = [samples.NASTY, "a\x00b", "'; DROP TABLE bundle; --", '\ufeff,"x"\t\\N', "{}[]\u2028"]
    seen = [Seen(content=str(n), path=name) for n, name in enumerate(names)]
    assert one(take(store, sealed(tmp_path / "a", "2026/1", seen))).refused is None
    with reading(store) as (held, _):
        rows = held.do("SELECT path FROM sighting ORDER BY entry")
    assert [path for (path,) in rows] == names


def test_what_was_not_read_whole_is_a_sighting_without_content(
    store: LabStore, tmp_path: Path
) -> None:
    seen = [Seen(content="one"), Seen(content="two", whole=False, outcome=Outcome.EXCLUDED)]
    take(store, sealed(tmp_path / "a", "2026/1", seen))
    with reading(store) as (held, _):
        ((row),) = held.ask("cases")
        assert row[8:11] == (1, 2, 1)
        assert held.do("SELECT content FROM sighting ORDER BY entry") == [
            (bytes.fromhex(digest_of("one")),), (None,)
        ]  # fmt: skip


def test_while_one_writes_no_other_does_and_reading_goes_on(
    store: LabStore, tmp_path: Path
) -> None:
    take(store, sealed(tmp_path / "a", "2026/1", [Seen(content="one")]))
    with writing(store), reading(store) as (held, _):
        with pytest.raises(StoreError, match="Another process is writing"):
            take(store)
        assert held.do("SELECT count(*) FROM sighting") == [(1,)]


def test_who_reads_goes_on_with_what_was_there_while_bundles_come(
    store: LabStore, tmp_path: Path
) -> None:
    take(store, sealed(tmp_path / "a", "2026/1", [Seen(content="one", pdq=looks(1))]))
    with reading(store) as (held, _):
        take(store, sealed(tmp_path / "b", "2026/2", [Seen(content="two", pdq=looks(2))]))
        assert held.do("SELECT count(*) FROM bundle") == [(1,)]
        assert held.do("SELECT count(*) FROM sighting") == [(1,)]
    with reading(store) as (held, _):
        assert held.do("SELECT count(*) FROM bundle") == [(2,)]


def test_what_is_derived_is_made_again_the_same(store: LabStore, tmp_path: Path) -> None:
    bundles = [
        sealed(tmp_path / str(n), f"2026/{n % 2}",
               [Seen(content=f"{n}", pdq=looks(1, n)), Seen(content="shared", pdq=looks(7))])
        for n in range(3)
    ]  # fmt: skip
    for bundle in bundles:
        take(store, bundle)

    def all_of_it() -> list[list[str]]:
        with reading(store) as (held, _):
            tables = ("bundle", "device", "alike", "looked", "sighting")
            return [sorted(map(repr, held.do(f"FROM {table}"))) for table in tables]

    before = all_of_it()
    assert len(before[2]) == 3
    gone, *cut_off = (store / "sightings").iterdir()
    gone.unlink()
    for file in cut_off:
        file.write_bytes(file.read_bytes()[:-9])
    (store / "lab.duckdb").write_bytes(b"garbage")
    with writing(store, again=True):
        pass
    assert all_of_it() == before
    assert faults(store) == []


def test_a_changed_store_is_told(store: LabStore, tmp_path: Path) -> None:
    take(store, sealed(tmp_path / "a", "2026/1", [Seen(content="one", finding=True)]))
    (digest,) = store.bundles()
    entries = store.bundle(digest) / "entries.jsonl"
    entries.write_bytes(entries.read_bytes().replace(b"someone", b"anybody"))
    assert any("entries.jsonl is not what was signed" in fault for fault in faults(store))


def test_a_log_that_was_cut_off_is_told(store: LabStore, tmp_path: Path) -> None:
    take(store, sealed(tmp_path / "a", "2026/1", [Seen(content="one")]))
    log = store / "audit.jsonl"
    assert json.loads(log.read_text())["event"] == "imported"
    line = json.loads(log.read_text())
    line["fields"]["by"] = "nobody"
    log.write_text(json.dumps(line, separators=(",", ":")) + "\n")
    assert faults(store) == [f"The audit log does not hold what it held on {line['utc'][:10]}."]


def test_a_bundle_that_nobody_imported_is_refused(store: LabStore, tmp_path: Path) -> None:
    bundle = sealed(tmp_path / "a", "2026/1", [Seen(content="one")])
    shutil.copytree(bundle, store.bundle("0" * 64))
    with pytest.raises(StoreError, match="nobody imported it"), writing(store):
        pass


def test_a_folder_that_is_no_store_is_said_to_be_none(tmp_path: Path) -> None:
    with pytest.raises(StoreError, match="is no store"):
        open_store(tmp_path)
    with pytest.raises(UsageError, match="exists already"):
        create_store(tmp_path)


def test_rows_are_derived_of_a_bundle_of_the_first_format_too(store: LabStore) -> None:
    """Those have no BLAKE3: every sighting is one without content, and links nothing."""
    (first,) = (path for path in FIRST.iterdir() if path.is_dir())
    taken = one(take(store, first))
    assert taken.refused is None
    with reading(store) as (held, _):
        ((count, contents),) = held.do("SELECT count(*), count(content) FROM sighting")
    assert count > 0
    assert contents == 0
