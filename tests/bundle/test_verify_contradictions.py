"""Bundles that their own signer made to contradict themselves: bytes and signature are right."""

from collections.abc import Callable, Iterator
from contextlib import nullcontext
from pathlib import Path
from typing import Any

import msgspec
import pytest

from tests.bundle import samples
from triage.bundle.checking import crosscheck
from triage.bundle.checking.steps import StepOutcome
from triage.bundle.checking.verify import verify
from triage.bundle.format import auditlog, entries, layout, schema
from triage.bundle.format.document import Document, LogEnd
from triage.bundle.format.reckoning import reckon
from triage.bundle.rendering import html
from triage.bundle.rendering.html import spread
from triage.bundle.writing.signing import Signer, new_key, open_signer
from triage.ending import Ending, How
from triage.errors import VerificationError
from triage.evidence import Inside, Relation
from triage.findings import Match, Outcome, Tally
from triage.match_kinds import MatchKind

SCHEMA, NAMED, LOG, COVERAGE, FINDINGS, REPORT, RUNS = 7, 8, 9, 10, 11, 12, 13
LOGGED = 16


@pytest.fixture
def signer(tmp_path: Path) -> Iterator[Signer]:
    new_key(tmp_path / "key", comment="insider", ask=False)
    with open_signer(tmp_path / "key") as opened:
        yield opened


@pytest.fixture
def bundle(tmp_path: Path, signer: Signer) -> Path:
    return samples.sealed(tmp_path, signer=signer)


def failing_step(bundle: Path) -> int:
    failed = verify(bundle).failed
    assert failed is not None
    assert failed.detail.isprintable()
    return failed.number


def rewrite(bundle: Path, signer: Signer, change: Callable[[Document], Document]) -> None:
    """Another findings.json, its own report with it, signed again."""
    document = change(schema.decode((bundle / layout.FINDINGS).read_bytes()))
    (bundle / layout.FINDINGS).write_bytes(schema.encode(document))
    (bundle / layout.REPORT).write_text(html.render(document), encoding="utf-8")
    samples.sign_again(bundle, signer)


def lines_of(bundle: Path, name: str) -> list[bytes]:
    return (bundle / name).read_bytes().splitlines(keepends=True)


def test_signing_again_without_a_change_still_verifies(bundle: Path, signer: Signer) -> None:
    rewrite(bundle, signer, lambda document: document)
    assert verify(bundle).failed is None


def test_a_field_that_the_schema_does_not_know(bundle: Path, signer: Signer) -> None:
    text = (bundle / layout.FINDINGS).read_bytes()
    (bundle / layout.FINDINGS).write_bytes(text.replace(b"{", b'{"note": "",', 1))
    samples.sign_again(bundle, signer)
    assert failing_step(bundle) == SCHEMA


def test_a_key_that_is_there_twice(bundle: Path, signer: Signer) -> None:
    text = (bundle / layout.FINDINGS).read_bytes()
    (bundle / layout.FINDINGS).write_bytes(text.replace(b"{", b'{"partial": true,', 1))
    samples.sign_again(bundle, signer)
    assert failing_step(bundle) == SCHEMA


@pytest.mark.parametrize(
    "text", [b"[" * 100_000, b'{"a":' * 100_000, b"\xff", b"", b"null", b'{"format":1e999}']
)
def test_json_that_is_no_document(bundle: Path, signer: Signer, text: bytes) -> None:
    (bundle / layout.FINDINGS).write_bytes(text)
    samples.sign_again(bundle, signer)
    assert failing_step(bundle) == SCHEMA


def test_a_document_that_names_another_signer(bundle: Path, signer: Signer) -> None:
    with open_signer(None) as other:
        rewrite(bundle, signer, lambda d: msgspec.structs.replace(d, signer=other.statement))
    assert failing_step(bundle) == NAMED


def test_a_document_that_names_the_key_but_shows_another_fingerprint(
    bundle: Path, signer: Signer
) -> None:
    shown = msgspec.structs.replace(signer.statement, fingerprint="SHA256:" + "A" * 43)
    rewrite(bundle, signer, lambda d: msgspec.structs.replace(d, signer=shown))
    assert failing_step(bundle) == NAMED


def test_a_document_and_files_that_name_another_key_under_the_signers_fingerprint(
    bundle: Path, signer: Signer
) -> None:
    with open_signer(None) as other:
        shown = msgspec.structs.replace(signer.statement, public_key=other.statement.public_key)
    for name, text in layout.signer_files(shown.public_key).items():
        (bundle / name).write_bytes(text)
    rewrite(bundle, signer, lambda d: msgspec.structs.replace(d, signer=shown))
    assert failing_step(bundle) == NAMED


def test_an_allowed_signers_file_with_one_more_key(bundle: Path, signer: Signer) -> None:
    with (bundle / layout.ALLOWED_SIGNERS).open("a") as file:
        file.write("signer ssh-ed25519 AAAA\n")
    samples.sign_again(bundle, signer)
    assert failing_step(bundle) == NAMED


def test_an_audit_log_that_was_cut_off(bundle: Path, signer: Signer) -> None:
    (bundle / layout.LOG).write_bytes(b"".join(lines_of(bundle, layout.LOG)[:-1]))
    samples.sign_again(bundle, signer)
    assert failing_step(bundle) == LOG


def test_an_audit_log_with_a_record_changed_or_taken_out(bundle: Path, signer: Signer) -> None:
    whole = lines_of(bundle, layout.LOG)
    changed = [line.replace(b"quick", b"thick") for line in whole]
    assert changed != whole
    for lines in (changed, whole[1:], [whole[0], whole[0]], [b"{}\n"], [whole[0][:-1]]):
        (bundle / layout.LOG).write_bytes(b"".join(lines))
        samples.sign_again(bundle, signer)
        assert failing_step(bundle) == LOG


def test_an_audit_log_made_anew(bundle: Path, signer: Signer) -> None:
    chain = auditlog.Chain()
    (bundle / layout.LOG).write_bytes(chain.line("nothing happened", {}) + b"\n")
    samples.sign_again(bundle, signer)
    assert failing_step(bundle) == LOG
    end: LogEnd = chain.end
    rewrite(bundle, signer, lambda d: msgspec.structs.replace(d, log=end))
    assert failing_step(bundle) == LOGGED


def add_examined(document: Document) -> Document:
    volume = document.coverage.volumes["d0v1"]
    volume.outcomes[Outcome.EXAMINED].add(5)
    volume.listed.add(5)
    return document


def drop_reason(document: Document) -> Document:
    document.coverage.volumes["d0v1"].reasons.popitem()
    return document


def unbalance(document: Document) -> Document:
    document.coverage.volumes["d0v1"].outcomes[Outcome.UNREADABLE] = Tally()
    return document


def add_volume(document: Document) -> Document:
    document.coverage.settle("d0v9", 100, Outcome.EXAMINED, "")
    document.coverage.list_entry("d0v9", 100)
    return document


def fewer_containers(document: Document) -> Document:
    document.coverage.volumes["d0v1"].containers["zip"].entries -= 1
    return document


def smaller_containers(document: Document) -> Document:
    document.coverage.volumes["d0v1"].containers["zip"].bytes -= 1
    return document


def no_locked_containers(document: Document) -> Document:
    document.coverage.volumes["d0v1"].containers["zip"].locked = 0
    return document


def another_kind(document: Document) -> Document:
    kinds = document.coverage.volumes["d0v1"].containers
    kinds["docx"] = kinds.pop("pdf")
    return document


def one_kind_less(document: Document) -> Document:
    del document.coverage.volumes["d0v1"].containers["mbox"]
    return document


def fewer_undecoded(document: Document) -> Document:
    document.coverage.volumes["d0v1"].undecoded["camera raw"].entries -= 1
    return document


def undecoded_of_another_kind(document: Document) -> Document:
    kinds = document.coverage.volumes["d0v1"].undecoded
    kinds["JPEG XL"] = kinds.pop("JPEG XR")
    return document


CHANGES = [
    add_examined, drop_reason, unbalance, add_volume, fewer_containers, smaller_containers,
    no_locked_containers, another_kind, one_kind_less, fewer_undecoded, undecoded_of_another_kind,
]  # fmt: skip


@pytest.mark.parametrize("change", CHANGES)
def test_coverage_that_the_entries_do_not_bear_out(
    bundle: Path, signer: Signer, change: Callable[[Document], Document]
) -> None:
    rewrite(bundle, signer, change)
    assert failing_step(bundle) == COVERAGE


def test_entries_that_were_taken_out_doubled_or_spoiled(bundle: Path, signer: Signer) -> None:
    whole = lines_of(bundle, layout.ENTRIES)
    for lines in (whole[1:], [*whole, whole[-1]], [*whole, b"{}\n"], [*whole, b"[" * 99_999]):
        (bundle / layout.ENTRIES).write_bytes(b"".join(lines))
        samples.sign_again(bundle, signer)
        assert failing_step(bundle) == COVERAGE


@pytest.mark.parametrize(("other", "right"), [(0, True), (999, False)])
def test_an_entry_that_lies_in_one_that_is_not_listed(
    bundle: Path, signer: Signer, other: int, right: bool
) -> None:
    lines = lines_of(bundle, layout.ENTRIES)
    last = entries.decode(lines[-1])
    inside = Inside(entry_id=other, how=Relation.PART, offset=4096)
    entry = msgspec.structs.replace(last.entry, inside=inside)
    changed = msgspec.json.encode(msgspec.structs.replace(last, entry=entry)) + b"\n"
    (bundle / layout.ENTRIES).write_bytes(b"".join([*lines[:-1], changed]))
    samples.sign_again(bundle, signer)
    assert failing_step(bundle) == (RUNS if right else COVERAGE)


def test_an_entry_that_is_told_and_counted_twice(bundle: Path, signer: Signer) -> None:
    lines = lines_of(bundle, layout.ENTRIES)
    (bundle / layout.ENTRIES).write_bytes(b"".join([*lines, lines[-2]]))
    again = entries.decode(lines[-2])
    assert not again.finding

    def count(document: Document) -> Document:
        document.coverage.list_entry(again.entry.volume_id, again.entry.size)
        document.coverage.settle(
            again.entry.volume_id, again.entry.size, again.result.outcome, again.result.reason
        )
        return document

    rewrite(bundle, signer, count)
    assert failing_step(bundle) == COVERAGE


@pytest.mark.parametrize("which", [0, 1, -1])
def test_a_finding_kept_silent(bundle: Path, signer: Signer, which: int) -> None:
    def silence(document: Document) -> Document:
        findings = list(document.findings)
        del findings[which]
        return msgspec.structs.replace(document, findings=tuple(findings))

    rewrite(bundle, signer, silence)
    assert failing_step(bundle) == FINDINGS


def test_a_finding_kept_silent_with_its_preview(bundle: Path, signer: Signer) -> None:
    """The last one: neither the numbers nor the previews of the others betray it."""
    last = schema.decode((bundle / layout.FINDINGS).read_bytes()).findings[-1]
    (bundle / last.found.preview).unlink()
    rewrite(bundle, signer, lambda d: msgspec.structs.replace(d, findings=d.findings[:-1]))
    assert failing_step(bundle) == FINDINGS


def replaced(**changes: Any) -> Callable[[Document], Document]:
    def change(document: Document) -> Document:
        first = samples.altered(document.findings[0], **changes)
        return msgspec.structs.replace(document, findings=(first, *document.findings[1:]))

    return change


@pytest.mark.parametrize(
    "changes",
    [
        {"result": {"digests": {"sha256": "0" * 64}}},
        {"result": {"reread_sha256": "a" * 64}},
        {"result": {"scores": {"a model": 0.5}}},
        {"result": {"matches": (Match(kind=MatchKind.NAME, detector="names", reason="another"),)}},
        {"result": {"bytes_read": 7}},
        {"result": {"type": "text/plain"}},
        {"found": {"after": 0.5}},
        {"found": {"at": "2026-11-21T21:50:24.250Z"}},
        {"found": {"looked_at_as": "a thumbnail"}},
        {"found": {"preview": ""}},
        {"found": {"group": 1}},
        {"entry": {"runs_left_out": 3}},
        {"entry": {"path": "Users/other"}},
    ],
)
def test_a_finding_told_in_two_ways(bundle: Path, signer: Signer, changes: Any) -> None:
    rewrite(bundle, signer, replaced(**changes))
    assert failing_step(bundle) == FINDINGS


@pytest.mark.parametrize(("group", "right"), [(1, True), (2, False), (3, False), (9, False)])
def test_a_group_that_no_earlier_finding_leads(bundle: Path, group: int, right: bool) -> None:
    """Told alike in both files, so that only the sense of it is wrong."""
    document = schema.decode((bundle / layout.FINDINGS).read_bytes())
    first, second, *others = document.findings
    second = samples.altered(second, found={"group": group})
    document = msgspec.structs.replace(document, findings=(first, second, *others))
    lines = map(entries.decode, (bundle / layout.ENTRIES).read_bytes().splitlines())
    found = {line.found.number: line for line in lines if line.found}
    found[2] = msgspec.structs.replace(found[2], found=second.found)
    tallied = crosscheck.Tallied(findings=found, numbers=len(found))
    previews = {finding.found.preview for finding in document.findings if finding.found.preview}
    with nullcontext() if right else pytest.raises(VerificationError, match="finding 2 is in"):
        crosscheck.compare_findings(document, tallied, previews)


def test_a_preview_that_no_finding_names(bundle: Path, signer: Signer) -> None:
    (bundle / "media/f000099.jpg").write_bytes(samples.preview(1))
    samples.sign_again(bundle, signer)
    assert failing_step(bundle) == FINDINGS


def test_a_report_that_tells_another_story(bundle: Path, signer: Signer) -> None:
    text = (bundle / layout.REPORT).read_text(encoding="utf-8")
    (bundle / layout.REPORT).write_text(text.replace("3 findings", "No findings"))
    samples.sign_again(bundle, signer)
    assert failing_step(bundle) == REPORT


@pytest.fixture
def in_two_files(tmp_path: Path, signer: Signer, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(spread, "PER_FILE", 2)
    return samples.sealed(tmp_path, signer=signer)


def test_a_further_file_of_the_report_that_tells_another_story(
    in_two_files: Path, signer: Signer
) -> None:
    assert verify(in_two_files).failed is None
    file = in_two_files / "report_002.html"
    file.write_text(file.read_text(encoding="utf-8").replace("open-nsfw", "another"))
    samples.sign_again(in_two_files, signer)
    assert failing_step(in_two_files) == REPORT


def test_a_further_file_of_the_report_that_is_not_there(in_two_files: Path, signer: Signer) -> None:
    (in_two_files / "report_002.html").unlink()
    samples.sign_again(in_two_files, signer)
    assert failing_step(in_two_files) == REPORT


@pytest.mark.parametrize("name", ["report_002.html", "report_001.html", "report_999999.html"])
def test_a_file_of_the_report_that_nothing_renders(bundle: Path, signer: Signer, name: str) -> None:
    (bundle / name).write_bytes((bundle / layout.REPORT).read_bytes())
    samples.sign_again(bundle, signer)
    assert failing_step(bundle) == REPORT


@pytest.mark.parametrize("renderer", ["0" * 64, "", "202fa43e"])
def test_a_report_of_a_renderer_of_zeros_fails_unless_it_is_allowed_by_its_name(
    bundle: Path, signer: Signer, renderer: str
) -> None:
    """It would switch the comparison off, and the report could tell any story."""
    other = schema.decode((bundle / layout.FINDINGS).read_bytes()).tool
    other = msgspec.structs.replace(other, renderer=renderer, version="9.9")
    rewrite(bundle, signer, lambda d: msgspec.structs.replace(d, tool=other))
    assert failing_step(bundle) == REPORT
    with pytest.raises(VerificationError) as raised:
        verify(bundle, renderers=["1" * 64]).raise_if_failed()
    assert "--renderer" in raised.value.hint
    result = verify(bundle, renderers=[renderer])
    assert result.failed is None
    assert result.steps[REPORT - 1].outcome is StepOutcome.NOT_CHECKED
    assert "9.9" in result.steps[REPORT - 1].detail


def test_a_document_that_claims_to_have_looked_at_all(bundle: Path, signer: Signer) -> None:
    """One of its volumes is encrypted: the ending that it tells is not what the rest comes to."""
    complete = Ending(how=How.COMPLETE)
    rewrite(bundle, signer, lambda d: msgspec.structs.replace(d, ending=complete))
    assert failing_step(bundle) == COVERAGE


def test_a_document_that_tells_its_own_ending_verifies(bundle: Path, signer: Signer) -> None:
    rewrite(bundle, signer, lambda d: msgspec.structs.replace(d, ending=reckon(d)))
    result = verify(bundle)
    assert result.failed is None
    assert "ENCRYPTED volumes, not looked into: 1" in result.not_seen
