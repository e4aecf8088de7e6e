"""A scan that was cut off is gone on with: nothing lost, nothing doubled, no other device."""

import json
import shutil
from dataclasses import replace as exchange
from pathlib import Path

import pytest
from msgspec.structs import replace

from cli.resume import Places, search_again
from tests.scan import cut_off
from tests.workers import scanning
from triage.bundle.checking.verify import verify
from triage.bundle.format import layout, schema
from triage.bundle.writing import journal, writer
from triage.errors import BundleError, SourceError, UsageError
from triage.findings import Outcome
from triage.languages import Language
from triage.scan import Earlier, ledger, scan
from triage.scan.events import Advanced, Event, FindingTold, Resumed


@pytest.fixture(scope="module")
def suspect(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    return cut_off.suspect(tmp_path_factory.mktemp("suspect"), files=900)


@pytest.fixture(scope="module")
def whole(suspect: tuple[Path, Path], tmp_path_factory: pytest.TempPathFactory) -> Path:
    return cut_off.finished(*suspect, tmp_path_factory.mktemp("whole"))


@pytest.fixture
def cut(suspect: tuple[Path, Path], tmp_path: Path) -> Path:
    """An unsealed bundle with some outcomes: stopped where a kill would stop it."""
    return _stopped(suspect, tmp_path / "out", sealing=False)


def _stopped(
    suspect: tuple[Path, Path],
    out: Path,
    *,
    sealing: bool,
    language: Language = Language.ENGLISH,
) -> Path:
    """Stop a scan after its first findings, as Ctrl-C does, or by breaking off."""
    told: list[Event] = []

    def wants_stop() -> bool:
        found = sum(isinstance(event, FindingTold) for event in told)
        if not sealing and found >= 3:
            raise KeyboardInterrupt
        return sealing and found > 0

    disk, known = suspect
    profile = scanning.PLAIN
    search = scanning.search_of(disk, out=out, profile=profile, hash_sets=(known,))
    search = exchange(search, language=language)
    try:
        scan(search, tell=told.append, wants_stop=wants_stop)
    except KeyboardInterrupt:
        assert not sealing
    return cut_off.bundle_in(out)


def test_no_outcome_is_told_that_a_power_cut_at_that_moment_would_take(
    suspect: tuple[Path, Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ledger, "PROGRESS_SECONDS", 0.0)
    monkeypatch.setattr(writer, "SYNC_SECONDS", 0.0)
    told: list[tuple[int, int]] = []

    def tell(event: Event) -> None:
        if isinstance(event, Advanced | FindingTold):
            shown = event.done_entries if isinstance(event, Advanced) else event.finding.number
            out = tmp_path / "out"
            certain = journal.Journal(cut_off.bundle_in(out)).lines if shown else 0
            told.append((shown, certain))

    search = scanning.search_of(
        suspect[0], out=tmp_path / "out", profile=scanning.PLAIN, hash_sets=(suspect[1],)
    )
    scan(search, tell=tell)
    assert [each for each in told if each[0] > each[1]] == []
    assert len({shown for shown, _ in told}) > 10


def _resume(bundle: Path) -> tuple[Path, list[Event]]:
    earlier = Earlier(bundle)
    told: list[Event] = []
    sealed = scan(search_again(earlier), tell=told.append, earlier=earlier)
    return Path(sealed.bundle), told


def test_what_was_done_is_not_done_again(cut: Path) -> None:
    before = journal.Journal(cut)
    assert before.lines
    bundle, told = _resume(cut)
    (resumed,) = [event for event in told if isinstance(event, Resumed)]
    assert bundle == cut
    assert resumed.carried_entries == before.lines
    assert resumed.findings >= 3
    lines = scanning.lines_of(bundle)
    assert len({line.entry.id for line in lines}) == len(lines)
    assert verify(bundle).failed is None
    assert not any(line.result.outcome is Outcome.NOT_REACHED for line in lines)


def test_the_report_stays_in_the_language_that_the_scan_was_given(
    suspect: tuple[Path, Path], tmp_path: Path
) -> None:
    cut = _stopped(suspect, tmp_path / "out", sealing=False, language=Language.POLISH)
    bundle, _ = _resume(cut)
    assert schema.decode((bundle / layout.FINDINGS).read_bytes()).language is Language.POLISH
    assert '<html lang="pl">' in (bundle / layout.REPORT).read_text(encoding="utf-8")
    assert verify(bundle).failed is None


def test_a_torn_last_line_is_looked_at_again(cut: Path) -> None:
    file = cut / "entries.jsonl"
    certain = file.read_bytes()[: journal.Journal(cut).size]
    file.write_bytes(certain + b'{"id": 77, "volume_id": "d0v2", "pa')
    with (cut / "log.jsonl").open("ab") as log:
        log.write(b'{"seq":99')
    assert Earlier(cut).dropped == 1
    bundle, _ = _resume(cut)
    assert verify(bundle).failed is None


def test_a_damaged_record_ends_what_is_believed(cut: Path) -> None:
    file = cut / "entries.jsonl"
    data = bytearray(file.read_bytes())
    data[len(data) // 2] ^= 1
    file.write_bytes(data)
    believed = journal.Journal(cut)
    assert believed.size <= len(data) // 2
    assert verify(_resume(cut)[0]).failed is None


def test_a_sealed_partial_bundle_stays_and_a_new_one_carries_on(
    suspect: tuple[Path, Path], tmp_path: Path
) -> None:
    sealed = _stopped(suspect, tmp_path / "out", sealing=True)
    before = {f: f.read_bytes() for f in sealed.rglob("*") if f.is_file()}
    found_before = len(json.loads((sealed / "findings.json").read_bytes())["findings"])
    bundle, told = _resume(sealed)
    (resumed,) = [event for event in told if isinstance(event, Resumed)]
    assert resumed.findings + resumed.findings_again == found_before
    assert bundle != sealed
    assert {f: f.read_bytes() for f in sealed.rglob("*") if f.is_file()} == before
    assert verify(bundle).failed is None
    document = json.loads((bundle / "findings.json").read_bytes())
    assert document["resumed"][0]["bundle"] == sealed.name
    assert document["resumed"][0]["carried_entries"] > 0
    assert not document["partial"]


def test_a_finished_scan_has_nothing_to_resume(whole: Path) -> None:
    with pytest.raises(UsageError, match="nothing to resume"):
        Earlier(whole)


def test_another_device_in_the_old_ones_place_is_refused(
    cut: Path, suspect: tuple[Path, Path], tmp_path: Path
) -> None:
    other = tmp_path / "other.img"
    shutil.copy(suspect[0], other)
    with other.open("r+b") as file:
        file.seek(600)
        file.write(b"another")
    with pytest.raises(SourceError, match=r"other\.img is not what was scanned"):
        search_again(Earlier(cut), source=[str(other)])
    with pytest.raises(SourceError, match=r"nowhere\.img is not there"):
        search_again(Earlier(cut), source=[str(tmp_path / "nowhere.img")])
    same = tmp_path / "moved.img"
    shutil.copy(suspect[0], same)
    assert search_again(Earlier(cut), source=[str(same)]).devices[0].path == str(same)


@pytest.mark.parametrize("name", ["serial", "model", "wwn"])
def test_a_device_of_another_serial_model_or_wwn_is_refused_though_its_bytes_are_the_same(
    cut: Path, name: str
) -> None:
    """A copy of the suspect's disk on another disk: what the scan had was not this device."""
    earlier = _begun_with_another(cut, **{name: "ANOTHER"})
    with pytest.raises(SourceError, match="another device is in its place"):
        search_again(earlier)


def test_a_device_of_another_size_is_refused_though_its_ends_are_the_same(cut: Path) -> None:
    earlier = _begun_with_another(cut, size=512)
    with pytest.raises(SourceError, match="another device is in its place"):
        search_again(earlier)


def _begun_with_another(bundle: Path, **said: object) -> Earlier:
    """As if the scan had begun with a device of which this was another."""
    earlier = Earlier(bundle)
    (device,) = earlier.terms.devices
    earlier.terms = replace(earlier.terms, devices=(replace(device, **said),))
    return earlier


@pytest.mark.parametrize("left", [0, 1, 100, -1])
def test_a_sealing_that_was_cut_off_in_its_manifest_is_gone_on_with(
    whole: Path, tmp_path: Path, left: int
) -> None:
    bundle = tmp_path / "out" / whole.name
    shutil.copytree(whole, bundle)
    manifest = bundle / "manifest.sha256"
    text = manifest.read_bytes()
    manifest.write_bytes(text[:left] + bytes(len(text[left:])))
    assert verify(bundle).failed
    again, _ = _resume(bundle)
    assert again == bundle
    assert verify(bundle).failed is None


@pytest.mark.parametrize("name", ["manifest.sha256", "entries.jsonl", "findings.json"])
def test_a_sealed_bundle_that_was_changed_is_never_gone_on_with(
    whole: Path, tmp_path: Path, name: str
) -> None:
    bundle = tmp_path / "out" / whole.name
    shutil.copytree(whole, bundle)
    data = bytearray((bundle / name).read_bytes())
    data[len(data) // 2] ^= 1
    (bundle / name).write_bytes(data)
    before = {f: f.read_bytes() for f in bundle.rglob("*") if f.is_file()}
    with pytest.raises(BundleError):
        search_again(Earlier(bundle))
    assert {f: f.read_bytes() for f in bundle.rglob("*") if f.is_file()} == before


def test_other_hash_sets_are_refused(cut: Path, tmp_path: Path) -> None:
    other = tmp_path / "other.txt"
    other.write_text("".join(f"{n:064x}\n" for n in range(3)))
    earlier = Earlier(cut)
    again = search_again(earlier, sets=Places(files=(other,)))
    with pytest.raises(BundleError, match="not those"):
        scan(again, tell=lambda _: None, earlier=earlier)
