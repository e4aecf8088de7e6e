import errno
import json
import os
from datetime import UTC, datetime
from pathlib import Path
from types import SimpleNamespace

import msgspec
import pytest

from tests.bundle import samples
from triage.bundle.checking import crosscheck
from triage.bundle.checking.verify import verify
from triage.bundle.format import entries, layout, schema
from triage.bundle.format.document import RUNS_KEPT
from triage.bundle.writing import durable, found, reserve, writer
from triage.bundle.writing.signing import open_signer
from triage.bundle.writing.writer import BundleWriter
from triage.case import Case
from triage.errors import EvidenceStickError, SigningError, UsageError
from triage.evidence import (
    Device,
    EntryKind,
    FileEntry,
    Hindrance,
    Inside,
    Relation,
    Run,
    SourceKind,
    Storage,
    Timestamps,
)
from triage.findings import Coverage, Outcome, Result

NOON = datetime(2026, 11, 21, 12, 0, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("case", "name"),
    [
        (Case(case_number="2026-17", exhibit="HDD 1"), "2026_17-HDD_1-20261121T120000Z"),
        (Case(case_number="", exhibit="../../etc"), "etc-20261121T120000Z"),
        (Case(), "20261121T120000Z"),
        (Case(case_number="..", exhibit="\x1b[2J"), "2J-20261121T120000Z"),
        (Case(case_number="ñandú" * 30), None),
    ],
)
def test_the_folder_is_named_safely(case: Case, name: str | None) -> None:
    made = layout.folder_name(case, NOON)
    assert name is None or made == name
    assert made.isascii()
    assert len(made) < 100
    assert "/" not in made


def test_nothing_is_written_until_there_is_something_to_write(tmp_path: Path) -> None:
    device = samples.image(tmp_path)
    out = tmp_path / "not yet" / "there"
    writer = BundleWriter(out, samples.CASE, [device])
    writer.log("scan started")
    writer.commit()
    assert not out.exists()
    writer.entry(samples.entry(0), Result(outcome=Outcome.EXAMINED))
    assert writer.folder.is_dir()
    writer.abandon()


def test_two_bundles_of_the_same_second_do_not_meet(tmp_path: Path) -> None:
    device = samples.image(tmp_path)
    folders = []
    for number in range(3):
        writer = BundleWriter(tmp_path, samples.CASE, [device], started=NOON)
        writer.entry(samples.entry(number), Result(outcome=Outcome.EXAMINED))
        folders.append(writer.folder.name)
        writer.abandon()
    assert folders == [f"2026_0417-EX_3-20261121T120000Z{end}" for end in ("", "-2", "-3")]


def test_what_was_committed_is_there_after_a_crash_and_is_not_taken_for_sealed(
    tmp_path: Path,
) -> None:
    writer = BundleWriter(tmp_path, samples.CASE, [samples.image(tmp_path)])
    writer.log("scan started")
    samples.fill(writer, 3)
    writer.commit()
    writer.abandon()  # as if killed here
    lines = (writer.folder / layout.ENTRIES).read_bytes().splitlines()
    found = [entries.decode(line).finding for line in lines[:4]]
    assert [finding and finding.number for finding in found] == [1, 2, 3, None]
    assert (writer.folder / "media/f000003.jpg").read_bytes() == samples.preview(2)
    failed = verify(writer.folder).failed
    assert failed
    assert failed.number == 1


def test_a_commit_is_due_by_time(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    now = [1000.0]
    monkeypatch.setattr(writer, "time", SimpleNamespace(monotonic=lambda: now[0]))
    made = BundleWriter(tmp_path, samples.CASE, [samples.image(tmp_path)])
    made.entry(samples.entry(0), Result(outcome=Outcome.EXAMINED))
    due = [made.due]
    now[0] += writer.SYNC_SECONDS
    due.append(made.due)
    made.commit()
    due.append(made.due)
    assert due == [False, True, False]
    assert (made.folder / layout.ENTRIES).stat().st_size > 0
    made.abandon()


def test_a_finding_carries_all_that_its_line_does(tmp_path: Path) -> None:
    made = BundleWriter(tmp_path, samples.CASE, [samples.image(tmp_path)])
    assert made.entry(samples.entry(9), Result(outcome=Outcome.KNOWN)) is None
    finding = made.entry(
        samples.entry(2), samples.found(2), looked_at_as="pictures", preview=samples.preview(2)
    )
    made.commit()
    assert finding is not None
    assert (finding.number, finding.found.preview) == (1, "media/f000001.jpg")
    assert (finding.result, finding.entry) == (samples.found(2), samples.entry(2))
    assert finding.found.looked_at_as == "pictures"
    lines = (made.folder / layout.ENTRIES).read_bytes().splitlines()
    assert entries.decode(lines[-1]).finding == finding
    made.abandon()


def test_a_scan_of_nothing_is_sealed_too(tmp_path: Path) -> None:
    device = samples.image(tmp_path)
    writer = samples.begun(tmp_path / "out", device)
    with open_signer(None) as signer:
        folder = writer.seal(samples.document(device, Coverage(), first=None), signer)
    assert verify(folder).failed is None


def test_after_a_wrong_passphrase_sealing_can_be_tried_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    device = samples.image(tmp_path)
    writer = samples.begun(tmp_path / "out", device)
    made = samples.document(device, samples.fill(writer, 1))
    with open_signer(None) as signer:

        def refuse(message: bytes) -> bytes:
            raise SigningError("wrong passphrase")

        with monkeypatch.context() as patch:
            patch.setattr(signer, "sign", refuse)
            with pytest.raises(SigningError):
                writer.seal(made, signer)
        assert not (writer.folder / layout.MANIFEST).exists()
        assert verify(writer.seal(made, signer)).failed is None


def test_only_the_owner_may_read_a_bundle(sealed_once: Path) -> None:
    assert sealed_once.stat().st_mode & 0o077 == 0
    assert all(file.stat().st_mode & 0o077 == 0 for file in sealed_once.rglob("*"))


def test_file_names_given_as_bytes_that_are_no_utf8_do_not_stop_the_seal(tmp_path: Path) -> None:
    odd = os.fsdecode(b"image-\xff.img")
    device = samples.image(tmp_path)
    device = Device(id="d0", kind=SourceKind.IMAGE, path=device.path, size=1, model=odd)
    writer = samples.begun(tmp_path / "out", device)
    writer.log("trouble", where=odd)
    with open_signer(None) as signer:
        folder = writer.seal(samples.document(device, samples.fill(writer, 1)), signer)
    assert verify(folder).failed is None
    assert (
        "image-\\udcff.img"
        in schema.decode((folder / layout.FINDINGS).read_bytes()).devices[0].model
    )


@pytest.mark.parametrize(
    ("number", "said"),
    [
        (errno.ENOSPC, "full"),
        (errno.EROFS, "read-only"),
        (errno.EIO, "pulled out"),
        (errno.EACCES, "--out"),
    ],
)
def test_trouble_with_the_stick_says_what_to_do(number: int, said: str) -> None:
    with pytest.raises(EvidenceStickError) as raised, durable.storage_errors("findings.json"):
        raise OSError(number, os.strerror(number))
    assert "findings.json" in raised.value.message
    assert said in raised.value.hint


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs /dev/full")
def test_a_full_stick_is_told_as_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    full = os.open("/dev/full", os.O_WRONLY)
    monkeypatch.setattr(os, "open", lambda *_: full)
    with pytest.raises(EvidenceStickError, match="No space left"):
        durable.write_once(tmp_path / "x", b"content", shown="x")


def test_no_file_is_ever_overwritten(tmp_path: Path) -> None:
    (tmp_path / "x").write_bytes(b"before")
    with pytest.raises(UsageError, match="exists already"):
        durable.write_once(tmp_path / "x", b"after", shown="x")
    (tmp_path / "link").symlink_to(tmp_path / "nowhere")
    with pytest.raises(UsageError):
        durable.write_once(tmp_path / "link", b"after", shown="link")
    assert (tmp_path / "x").read_bytes() == b"before"


def test_an_oversized_preview_is_left_out(tmp_path: Path) -> None:
    made = BundleWriter(tmp_path, samples.CASE, [samples.image(tmp_path)])
    finding = made.entry(samples.entry(0), samples.found(0), preview=bytes(5 * 1024**2))
    assert finding
    assert finding.found.preview == ""
    made.abandon()


def test_entries_lines_are_plain_json(sealed_once: Path) -> None:
    lines = (sealed_once / layout.ENTRIES).read_text(encoding="utf-8").splitlines()
    records = [json.loads(line) for line in lines]
    outcomes = {record["result"]["outcome"] for record in records}
    assert outcomes >= {"examined", "excluded", "unreadable"}
    assert records[1]["entry"]["path"] == samples.NASTY
    assert all("found" in record for record in records if "matches" in record["result"])


def test_every_line_says_where_its_content_lies(sealed_once: Path) -> None:
    lines = (sealed_once / layout.ENTRIES).read_text(encoding="utf-8").splitlines()
    plain = [json.loads(line) for line in lines if '"found"' not in line]
    runs = [each["entry"].get("runs") for each in plain if each["entry"].get("size")]
    assert runs
    assert all(len(run) == 1 and len(run[0]) == 2 for run in runs)


def test_of_very_many_runs_the_first_are_told_and_the_others_counted() -> None:
    runs = tuple(Run(8192 * n, 4096) for n in range(RUNS_KEPT + 7))
    scattered = FileEntry(id=1, volume_id="d0v1", path="x", runs=runs)
    buffer = bytearray()
    entries.append(entries.of(scattered, Result(outcome=Outcome.EXAMINED)), buffer)
    told = entries.decode(bytes(buffer)).entry
    assert (told.runs, told.runs_left_out) == (scattered.runs[:RUNS_KEPT], 7)


MOST = 2**63 - 1
WORST = FileEntry(
    id=4_095_999_999_999, volume_id="d999v4095", path="", kind=EntryKind.DIRECTORY, size=MOST,
    allocated_name=False, allocated_meta=False, orphan=True, meta_address=MOST, meta_sequence=MOST,
    attribute_type=2**32 - 1, attribute_id=2**32 - 1, storage=Storage.FILE_SYSTEM,
    hindrance=Hindrance.DEDUPLICATED, times=Timestamps(*(-62135596800.1234567,) * 4),
)  # fmt: skip
INSIDE = Inside(entry_id=4_095_999_999_999, how=Relation.MEMBER, offset=MOST, length=MOST)


@pytest.mark.parametrize("name", ["", "a", "\x01" * 9, "é" * 200])
@pytest.mark.parametrize("runs", [0, 1, 7, RUNS_KEPT + 9])
@pytest.mark.parametrize("inside", [None, INSIDE])
def test_the_room_that_is_kept_for_a_line_is_enough_for_it(
    name: str, runs: int, inside: Inside | None
) -> None:
    """Whatever becomes of the entry when the medium is full and its turn does not come."""
    entry = msgspec.structs.replace(
        WORST, path=name, stream=name, runs=(Run(MOST, MOST),) * runs, inside=inside
    )
    reason = "no worker starts any more: crashed the reader (SIGKILL)"
    unreached = Result(outcome=Outcome.NOT_REACHED, reason=reason)
    buffer = bytearray()
    entries.append(entries.of(entry, unreached), buffer)
    assert len(buffer) <= reserve._line_of(entry)


def test_an_entry_without_times_says_nothing_of_them() -> None:
    buffer = bytearray()
    entry = FileEntry(id=1, volume_id="d0v1", path="x")
    entries.append(entries.of(entry, Result(outcome=Outcome.EXAMINED)), buffer)
    said = b'{"entry":{"id":1,"volume_id":"d0v1","path":"x"},"result":{"outcome":"examined"}}\n'
    assert buffer == said


def test_more_findings_than_the_document_holds_are_all_in_the_entries(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for module in (found, crosscheck):
        monkeypatch.setattr(module, "MOST_FINDINGS", 4)
    folder = samples.sealed(tmp_path, findings=7)
    document = schema.decode((folder / layout.FINDINGS).read_bytes())
    assert (len(document.findings), document.findings_left_out) == (4, 3)
    assert verify(folder).failed is None
    assert len(list((folder / layout.MEDIA).iterdir())) == 4
    report = (folder / layout.REPORT).read_text(encoding="utf-8")
    assert "7 findings" in report
    assert "3 further findings: too many to list here" in report


NAMES_OF_FINDINGS = ("IMG_0001.JPG", "'" * 250, '&"<>' * 500, "\u202e" * 700, "é" * 250)


@pytest.mark.parametrize("name", NAMES_OF_FINDINGS, ids=range(len(NAMES_OF_FINDINGS)))
@pytest.mark.parametrize("same", [False, True])
def test_the_room_that_is_kept_for_findings_is_enough_for_them(
    tmp_path: Path, name: str, same: bool
) -> None:
    """Whatever they are called: the report escapes names, and has each in several places."""

    def taken(findings: int, folder: Path) -> tuple[int, int]:
        folder.mkdir()
        device, coverage = samples.image(folder), Coverage()
        made = samples.begun(folder / "out", device)
        for number in range(findings):
            entry, result = samples.entry(number, f"{number}/{name}"), samples.found(number)
            if same:
                result = msgspec.structs.replace(
                    result, digests=result.digests | {"sha256": "a" * 64}
                )
            coverage.list_entry(entry.volume_id, entry.size)
            coverage.settle(entry.volume_id, entry.size, result.outcome, result.reason)
            made.entry(entry, result)
        with open_signer(None) as signer:
            sealed = made.seal(samples.document(device, coverage), signer)
        files = (layout.FINDINGS, layout.REPORT, layout.MANIFEST)
        written = sum((sealed / file).stat().st_size for file in files)
        return written, reserve.of_findings(made.found)

    few, many = taken(1, tmp_path / "few"), taken(41, tmp_path / "many")
    assert many[0] - few[0] <= many[1] - few[1]


def test_absurdly_long_names_fill_the_document_but_never_stop_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(found, "_ROOM", 5_000_000)
    device = samples.image(tmp_path)
    made = samples.begun(tmp_path / "out", device)
    coverage = Coverage()
    for number in range(3):
        entry = samples.entry(number, "d\u202e" * 1_000_000)
        result = samples.found(number)
        coverage.list_entry(entry.volume_id, entry.size)
        coverage.settle(entry.volume_id, entry.size, result.outcome, result.reason)
        made.entry(entry, result)
    with open_signer(None) as signer:
        folder = made.seal(samples.document(device, coverage), signer)
    assert len(made.found.listed) == 1
    assert verify(folder).failed is None
    assert (folder / layout.REPORT).stat().st_size < 100_000
