"""A stick was lost and came back: what its finder wrote anew is not sealed as the scan's own."""

import base64
import hashlib
import json
import shutil
import subprocess
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import msgspec
import pytest

from cli.resume import search_again
from tests.bundle import samples
from tests.conftest import Seek
from tests.scan import cut_off, forging
from tests.workers import scanning
from triage.bundle.checking import sshsig
from triage.bundle.checking.steps import StepOutcome
from triage.bundle.checking.verify import Verification, verify
from triage.bundle.format import auditlog, schema
from triage.bundle.format.document import Document, Integrity, LogEnd
from triage.bundle.rendering import html
from triage.bundle.writing.journal import Journal
from triage.bundle.writing.private_folder import private_folder
from triage.bundle.writing.signing import new_key, open_signer
from triage.case import Case
from triage.errors import BundleError, VerificationError
from triage.scan import Earlier, scan
from triage.scan.events import Event, FindingTold, ScanKeyMade, TroubleTold

RUNS = 13
CASE = Case(case_number="2026/0417", examiner="A. Examiner", exhibit="EX-3")
NOT_PROVEN = "come from an earlier run whose integrity is not proven"


@dataclass(frozen=True)
class Lab:
    """A suspect's disk, and keys that do not lie on the stick."""

    disk: Path
    known: Path
    key: Path
    stranger: Path
    signers: Path
    """Names the first key alone."""


@pytest.fixture(scope="module")
def lab(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lab]:
    disk, known = cut_off.suspect(tmp_path_factory.mktemp("suspect"), files=300)
    with private_folder() as safe:
        for name in ("examiner", "stranger"):
            new_key(safe / name, comment=name, ask=False)
        signers = safe / "signers"
        signers.write_text("examiner@police " + (safe / "examiner.pub").read_text())
        yield Lab(disk, known, safe / "examiner", safe / "stranger", signers)


class Broken(BaseException):
    """What a kill is to a scan, as far as a test in the same process can be one."""


def _scan(
    lab: Lab,
    out: Path,
    *,
    key: Path | None,
    findings: int,
    killed: bool,
    noted: list[Event] | None = None,
) -> Path:
    """A scan that was killed, or stopped and sealed, after so many findings. `noted`: gets what it
    told."""
    told: list[Event] = noted if noted is not None else []

    def wants_stop() -> bool:
        enough = sum(isinstance(event, FindingTold) for event in told) >= findings
        if enough and killed:
            raise Broken
        return enough

    search = scanning.search_of(lab.disk, out=out, hash_sets=(lab.known,))
    search = replace(search, key=key, case=CASE, clock="as found")
    try:
        return Path(scan(search, tell=told.append, wants_stop=wants_stop).bundle)
    except Broken:
        return cut_off.bundle_in(out)


@pytest.fixture(scope="module")
def killed_once(lab: Lab, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return _scan(lab, tmp_path_factory.mktemp("k") / "out", key=lab.key, findings=2, killed=True)


@pytest.fixture(scope="module")
def another_once(lab: Lab, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return _scan(lab, tmp_path_factory.mktemp("k") / "out", key=lab.key, findings=2, killed=True)


@pytest.fixture(scope="module")
def sealed_once(lab: Lab, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return _scan(lab, tmp_path_factory.mktemp("s") / "out", key=lab.key, findings=2, killed=False)


@pytest.fixture(scope="module")
def whole(lab: Lab, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Nobody disturbed it."""
    return _scan(lab, tmp_path_factory.mktemp("w") / "out", key=lab.key, findings=99, killed=False)


def _copied(bundle: Path, folder: Path) -> Path:
    return Path(shutil.copytree(bundle, folder / "out" / bundle.name))


@pytest.fixture
def killed(killed_once: Path, tmp_path: Path) -> Path:
    """A bundle that was cut off, which a test may spoil."""
    return _copied(killed_once, tmp_path)


@pytest.fixture
def sealed(sealed_once: Path, tmp_path: Path) -> Path:
    """A sealed, partial one."""
    return _copied(sealed_once, tmp_path)


def _resumed(
    bundle: Path,
    *,
    key: Path | None = None,
    signers: Path | None = None,
    scan_keys: Sequence[str] = (),
    killed: bool = False,
) -> tuple[Path, list[Event]]:
    told: list[Event] = []

    def wants_stop() -> bool:
        if killed and any(isinstance(event, FindingTold) for event in told):
            raise Broken
        return False

    earlier = Earlier(bundle, signers=signers, scan_keys=scan_keys)
    search = search_again(earlier, key=key)
    try:
        sealed = scan(search, tell=told.append, wants_stop=wants_stop, earlier=earlier)
    except Broken:
        return bundle, told
    return Path(sealed.bundle), told


def _document(bundle: Path) -> Document:
    return schema.decode((bundle / "findings.json").read_bytes())


def _first_box(bundle: Path) -> str:
    page = (bundle / "report.html").read_text(encoding="utf-8")
    return page[page.index("<main>") : page.index('<section id="findings"')]


def _runs(result: Verification) -> StepOutcome:
    return result.steps[RUNS - 1].outcome


# What is proven.


def test_a_scan_that_nobody_touched_is_proven_by_the_key_that_signs_on(
    killed: Path, lab: Lab, whole: Path
) -> None:
    bundle, told = _resumed(killed)
    (part,) = _document(bundle).resumed
    assert part.integrity is Integrity.PROVEN
    assert part.may_be_cut_short
    result = verify(bundle, signers=lab.signers)
    assert result.failed is None
    assert result.not_proven == ()
    assert _runs(result) is StepOutcome.PASSED
    assert "not proven" not in _first_box(bundle).lower()
    assert not any(isinstance(event, TroubleTold) for event in told)
    assert cut_off.same(bundle, whole) == []


def test_a_key_on_the_list_that_resume_was_given_proves_it_too(killed: Path, lab: Lab) -> None:
    bundle, _ = _resumed(killed, key=lab.stranger, signers=lab.signers)
    (part,) = _document(bundle).resumed
    assert (part.integrity, part.principal) == (Integrity.PROVEN, "examiner@police")
    assert verify(bundle).not_proven == ()


def test_the_labs_list_proves_at_last_what_resume_could_not(
    killed: Path, lab: Lab, tmp_path: Path
) -> None:
    bundle, _ = _resumed(killed, key=lab.stranger)
    assert NOT_PROVEN in verify(bundle).not_proven[0]
    both = tmp_path / "both"
    stranger = Path(f"{lab.stranger}.pub").read_text()
    both.write_text(f"{lab.signers.read_text()}other@police {stranger}")
    assert verify(bundle, signers=both).not_proven == ()
    both.write_text(f"other@police {stranger}")
    assert NOT_PROVEN in verify(bundle, signers=both).not_proven[0]


def _scan_key(told: Sequence[Event]) -> str:
    """What whoever looked at the screen when it began could note."""
    (made,) = (event for event in told if isinstance(event, ScanKeyMade))
    return made.fingerprint


@pytest.mark.parametrize("killed", [True, False], ids=["cut off", "stopped and sealed"])
def test_a_scan_key_that_was_noted_when_the_scan_began_proves_it_without_any_key_of_ones_own(
    lab: Lab, tmp_path: Path, seek: Seek, killed: bool
) -> None:
    told: list[Event] = []
    bundle = _scan(lab, tmp_path / "out", key=None, findings=2, killed=killed, noted=told)
    noted = _scan_key(told)
    again, later = _resumed(bundle, scan_keys=[noted])
    assert again == bundle or not killed
    assert _document(again).resumed[-1].integrity is Integrity.PROVEN
    assert not any(
        isinstance(event, TroubleTold) and NOT_PROVEN in event.message for event in later
    )
    assert verify(again).not_proven == ()
    assert seek("verify", again, "--scan-key", _scan_key(later)).returncode == 0


def test_a_noted_scan_key_proves_in_the_lab_what_was_resumed_without_it(
    lab: Lab, tmp_path: Path, seek: Seek
) -> None:
    told: list[Event] = []
    bundle = _scan(lab, tmp_path / "out", key=None, findings=2, killed=True, noted=told)
    _resumed(bundle)
    assert NOT_PROVEN in verify(bundle).not_proven[0]
    assert verify(bundle, scan_keys=[_scan_key(told)]).not_proven == ()
    assert NOT_PROVEN not in seek("verify", bundle, "--scan-key", _scan_key(told)).stdout


def test_a_bundle_made_anew_has_not_the_scan_key_that_was_noted(
    killed: Path, lab: Lab, tmp_path: Path
) -> None:
    """Whoever had the stick can write all of it anew, and not under that key."""
    told: list[Event] = []
    _scan(lab, tmp_path / "real", key=None, findings=2, killed=True, noted=told)
    with pytest.raises(BundleError, match="No run of that scan has the scan key SHA256:"):
        Earlier(killed, scan_keys=[_scan_key(told)])
    sealed = _scan(lab, tmp_path / "anew", key=None, findings=99, killed=False)
    result = verify(sealed, scan_keys=[_scan_key(told)])
    assert result.failed is not None
    assert result.failed.number == RUNS
    assert "no run has the scan key that was noted" in result.failed.detail


# What is refused.


STEPS_OF_A_FORGER: dict[str, Callable[[Path], None]] = {
    "keyless": forging.chained_anew,
    "with the old signatures": lambda b: forging.chained_anew(b, keeping_the_scan_key=True),
}


@pytest.mark.parametrize("how", STEPS_OF_A_FORGER)
def test_a_bundle_whose_sealing_files_were_deleted_is_not_sealed_again_as_something_else(
    sealed: Path, how: str
) -> None:
    forging.unsealed(sealed)
    forging.stripped(sealed)
    forging.replaced(sealed, case_number="OTHER", examiner="B", exhibit="EX-9", clock="right")
    STEPS_OF_A_FORGER[how](sealed)
    with pytest.raises(BundleError, match="cannot be resumed"):
        Earlier(sealed)


@pytest.mark.parametrize("how", STEPS_OF_A_FORGER)
def test_findings_stripped_from_the_entries_and_the_chain_made_anew_is_refused(
    killed: Path, how: str
) -> None:
    forging.stripped(killed)
    STEPS_OF_A_FORGER[how](killed)
    with pytest.raises(BundleError, match="cannot be resumed"):
        Earlier(killed)


@pytest.mark.parametrize("name", ["case_number", "examiner", "exhibit", "clock"])
def test_a_case_examiner_exhibit_or_clock_replaced_in_scan_json_is_refused(
    killed: Path, name: str
) -> None:
    forging.replaced(killed, **{name: "another"})
    with pytest.raises(BundleError, match=r"scan\.json is not what the scan began with"):
        Earlier(killed)


def test_a_partial_bundle_that_a_stranger_signed_again_is_refused_by_the_list_of_signers(
    sealed: Path, lab: Lab
) -> None:
    with open_signer(lab.stranger) as stranger:
        forging.signed_again(sealed, stranger)
    assert verify(sealed).failed is None, "it is a whole bundle, by another key"
    with pytest.raises(VerificationError, match="step 4"):
        Earlier(sealed, signers=lab.signers)


def test_a_scan_key_of_a_strangers_is_refused(killed: Path, lab: Lab) -> None:
    """Under the examiner's signature of the true one."""
    true = forging.records(killed)[0]["fields"]
    forging.stripped(killed)
    of_the_signer = {name: true[name] for name in ("signer", "kind", "signature")}
    with open_signer(lab.stranger) as stranger:
        forging.made_anew(killed, stranger, under=of_the_signer)
    with pytest.raises(BundleError, match="not one of the scan key"):
        Earlier(killed)


def test_a_run_that_a_stranger_vouches_for_is_refused_by_the_list_of_signers(
    killed: Path, lab: Lab
) -> None:
    forging.stripped(killed)
    with open_signer(lab.stranger) as stranger:
        forging.made_anew(killed, stranger)
    with pytest.raises(BundleError, match="not by a listed signer"):
        Earlier(killed, signers=lab.signers)


def test_a_run_that_names_the_examiner_and_is_vouched_for_by_a_stranger_is_refused(
    killed: Path, lab: Lab
) -> None:
    true = forging.records(killed)[0]["fields"]
    with open_signer(lab.stranger) as stranger:
        forging.made_anew(killed, stranger, under={"signer": true["signer"]})
    with pytest.raises(BundleError, match="another key than it names"):
        Earlier(killed)


def test_a_run_that_was_vouched_for_elsewhere_in_the_log_is_refused(killed: Path, lab: Lab) -> None:
    """A second run, cut out and put behind the first one's beginning: what lay between is gone."""
    log = killed / "log.jsonl"
    first = log.read_bytes().splitlines(keepends=True)
    with open_signer(lab.key) as examiner:
        forging.gone_on_with(killed, examiner)
    second = log.read_bytes().splitlines(keepends=True)
    began = next(n for n, line in enumerate(second) if n and b'"event":"scan key"' in line)
    early = next(n for n, line in enumerate(first) if b'"event":"durable"' in line)
    moved = [json.loads(line) for line in second[began:]]
    chain = auditlog.Chain(auditlog.check(line[:-1] for line in first[: early + 1]))
    lines = [chain.line(each["event"], each["fields"]) + b"\n" for each in moved]
    log.write_bytes(b"".join([*first[: early + 1], *lines]))
    with pytest.raises(BundleError, match="does not go on where the run before it ended"):
        Earlier(killed)


def test_a_log_that_was_emptied_gives_no_case_to_go_on_with(killed: Path) -> None:
    forging.replaced(killed, case_number="OTHER")
    for text in (b"", b'{"seq":0,"utc":'):
        (killed / "log.jsonl").write_bytes(text)
        with pytest.raises(BundleError, match="nothing in it is certain"):
            Earlier(killed)


def _swap_all_but_the_first(one: list[str], other: list[str]) -> list[str]:
    return [one[0], *other[1:]]


def _swap_the_first(one: list[str], other: list[str]) -> list[str]:
    return [other[0], *one[1:]]


def _append(one: list[str], other: list[str]) -> list[str]:
    return [*one, *other]


@pytest.mark.parametrize("mix", [_swap_all_but_the_first, _swap_the_first, _append])
@pytest.mark.parametrize("chained", [False, True])
def test_records_swapped_between_two_scans_of_the_same_signer_are_not_believed(
    killed: Path,
    another_once: Path,
    mix: Callable[[list[str], list[str]], list[str]],
    *,
    chained: bool,
) -> None:
    """As they are, or bound to one another anew."""
    own = (killed / "log.jsonl").read_text().splitlines()
    mixed = mix(own, (another_once / "log.jsonl").read_text().splitlines())
    shutil.copy(another_once / "entries.jsonl", killed)
    if chained:
        forging.written(killed, [json.loads(line) for line in mixed])
    else:
        (killed / "log.jsonl").write_text("\n".join(mixed) + "\n")
    try:
        believed = Journal(killed).log_end
    except BundleError:
        return
    assert mix is _append, "its own records stand, and what does not follow from them is cut off"
    assert not chained
    assert believed.records <= len(own)


def test_the_whole_journal_of_another_scan_of_the_same_signer_is_refused(
    killed: Path, another_once: Path
) -> None:
    for name in ("log.jsonl", "entries.jsonl"):
        shutil.copy(another_once / name, killed)
    with pytest.raises(BundleError, match="began with"):
        Earlier(killed)


# What cannot be refused, because nobody could tell, is said.


def _said_to_be_unproven(bundle: Path, why: str) -> None:
    """In findings.json, in the report, and by `seek verify`."""
    document = _document(bundle)
    assert document.resumed[-1].integrity.why == why
    result = verify(bundle)
    assert result.failed is None
    assert _runs(result) is StepOutcome.NOT_CHECKED
    (said,) = result.not_proven
    last = document.resumed[-1].carried_entries
    assert f"ntries 1 to {last:,} {NOT_PROVEN}; so do case, exhibit, examiner and clock" in said
    assert why in said
    assert said in " ".join(_first_box(bundle).split())


def test_a_key_made_for_that_run_alone_proves_nothing_and_that_is_said(
    lab: Lab, tmp_path: Path, seek: Seek
) -> None:
    bundle = _scan(lab, tmp_path / "out", key=None, findings=2, killed=True)
    again, told = _resumed(bundle)
    assert again == bundle
    _said_to_be_unproven(bundle, Integrity.OF_THAT_RUN.why)
    assert any(isinstance(event, TroubleTold) and NOT_PROVEN in event.message for event in told)
    assert NOT_PROVEN in " ".join(seek("verify", bundle).stdout.split())


def test_a_key_that_lies_unlocked_beside_the_bundle_proves_nothing_and_that_is_said(
    lab: Lab, tmp_path: Path
) -> None:
    new_key(tmp_path / "key", comment="on the stick", ask=False)
    bundle = _scan(lab, tmp_path / "out", key=tmp_path / "key", findings=2, killed=True)
    _resumed(bundle)
    _said_to_be_unproven(bundle, Integrity.OPEN_KEY.why)
    signers = tmp_path / "signers"
    signers.write_text("stick@police " + (tmp_path / "key.pub").read_text())
    assert NOT_PROVEN in verify(bundle, signers=signers).not_proven[0], "a list cannot mend that"


def test_without_a_list_a_partial_bundle_that_a_stranger_signed_again_is_said_to_be_his(
    sealed: Path, lab: Lab
) -> None:
    with open_signer(lab.stranger) as stranger:
        forging.signed_again(sealed, stranger)
    bundle, _ = _resumed(sealed, key=lab.key)
    _said_to_be_unproven(bundle, Integrity.ANOTHER_KEY.why)
    with open_signer(lab.stranger) as stranger:
        assert stranger.statement.fingerprint in verify(bundle).not_proven[0]


def test_a_strangers_run_behind_a_true_one_takes_nothing_from_it_and_is_said_to_be_his(
    killed: Path, lab: Lab
) -> None:
    true = Journal(killed).lines
    with open_signer(lab.stranger) as stranger:
        forging.gone_on_with(killed, stranger)
    forged = Journal(killed).lines
    assert forged == true + 1
    bundle, _ = _resumed(killed)
    proven, not_proven = _document(bundle).resumed
    assert (proven.carried_entries, proven.integrity) == (true, Integrity.PROVEN)
    assert (not_proven.carried_entries, not_proven.integrity) == (forged, Integrity.ANOTHER_KEY)
    result = verify(bundle, signers=lab.signers)
    assert result.failed is None
    (said,) = result.not_proven
    assert said.startswith(f"Entry {forged:,} comes from an earlier run whose integrity is not")
    assert "examiner" not in said, "what was asked for is in the true run"


def test_what_a_strangers_run_says_of_those_before_it_counts_for_nothing(
    lab: Lab, tmp_path: Path
) -> None:
    """It says that a run was proven whose key anybody could have made."""
    bundle = _scan(lab, tmp_path / "out", key=None, findings=2, killed=True)
    with open_signer(lab.stranger) as stranger:
        forging.gone_on_with(bundle, stranger)
    assert Journal(bundle).runs.said[0].integrity is Integrity.PROVEN
    _resumed(bundle, key=lab.key)
    one, two = _document(bundle).resumed
    assert (one.integrity, two.integrity) == (Integrity.OF_THAT_RUN, Integrity.ANOTHER_KEY)
    assert len(verify(bundle).not_proven) == 2


def test_what_is_unproven_stays_so_in_every_bundle_that_carries_it(
    lab: Lab, tmp_path: Path
) -> None:
    bundle = _scan(lab, tmp_path / "out", key=None, findings=1, killed=True)
    _resumed(bundle, key=lab.key, killed=True)
    first = Journal(bundle).runs.said[0].carried_entries
    assert Journal(bundle).lines > first
    again, _ = _resumed(bundle, key=lab.key)
    one, two = _document(again).resumed
    assert (one.integrity, two.integrity) == (Integrity.OF_THAT_RUN, Integrity.PROVEN)
    (said,) = verify(again, signers=lab.signers).not_proven
    assert said.startswith(f"Entries 1 to {first:,} come from an earlier run")


def test_a_new_bundle_says_of_a_sealed_one_what_that_says_of_its_parts(
    lab: Lab, tmp_path: Path
) -> None:
    bundle = _scan(lab, tmp_path / "out", key=None, findings=1, killed=True)
    earlier = Earlier(bundle)
    told: list[Event] = []
    search = search_again(earlier, key=lab.key)
    stop = lambda: any(isinstance(event, FindingTold) for event in told)  # noqa: E731
    partial = Path(scan(search, tell=told.append, wants_stop=stop, earlier=earlier).bundle)
    assert _document(partial).partial
    whole, _ = _resumed(partial, key=lab.key)
    assert whole != partial
    one, two = _document(whole).resumed
    assert (one.integrity, two.integrity) == (Integrity.OF_THAT_RUN, Integrity.PROVEN)
    assert 0 < one.carried_entries < two.carried_entries
    result = verify(whole, signers=lab.signers)
    assert result.failed is None
    assert len(result.not_proven) == 1


# What a signer says cannot contradict what the runs signed.


def _rewritten(bundle: Path, key: Path, change: Callable[[Document], Document]) -> None:
    document = change(_document(bundle))
    (bundle / "findings.json").write_bytes(schema.encode(document))
    (bundle / "report.html").write_text(html.render(document), encoding="utf-8")
    with open_signer(key) as signer:
        samples.sign_again(bundle, signer)


def _failing_step(bundle: Path) -> int:
    failed = verify(bundle).failed
    assert failed is not None
    return failed.number


def test_a_document_that_is_silent_about_an_earlier_run_fails(killed: Path, lab: Lab) -> None:
    bundle, _ = _resumed(killed)
    _rewritten(bundle, lab.key, lambda d: msgspec.structs.replace(d, resumed=()))
    assert _failing_step(bundle) == RUNS


def test_a_line_of_an_earlier_run_that_its_later_signer_changes_is_seen(
    killed: Path, lab: Lab
) -> None:
    bundle, _ = _resumed(killed)
    file = bundle / "entries.jsonl"
    first, rest = file.read_bytes().split(b"\n", 1)
    line = json.loads(first)
    line["entry"]["meta_address"] += 1
    changed = json.dumps(line, separators=(",", ":")).encode()
    assert len(changed) == len(first)
    file.write_bytes(changed + b"\n" + rest)
    with open_signer(lab.key) as signer:
        samples.sign_again(bundle, signer)
    assert _failing_step(bundle) == RUNS


def test_a_scan_json_of_another_case_fails_in_a_sealed_bundle_too(sealed: Path, lab: Lab) -> None:
    forging.replaced(sealed, case_number="OTHER")
    with open_signer(lab.key) as signer:
        samples.sign_again(sealed, signer)
    assert _failing_step(sealed) == RUNS


def test_a_bundle_that_is_signed_by_another_key_than_vouches_for_its_last_run_fails(
    sealed: Path, lab: Lab
) -> None:
    with open_signer(lab.stranger) as stranger:
        forging.signed_again(sealed, stranger, runs_too=False)
    assert _failing_step(sealed) == RUNS


# Cut short: that cannot be seen, and loses nothing.


def test_a_journal_that_is_cut_at_any_record_is_believed_up_to_its_last_commit(
    killed: Path, tmp_path: Path
) -> None:
    log = (killed / "log.jsonl").read_bytes().splitlines(keepends=True)
    committed = {
        number: json.loads(line)["fields"]["entries"]
        for number, line in enumerate(log)
        if json.loads(line)["event"] == "durable"
    }
    assert len(committed) >= 3
    for number in range(len(log) + 1):
        (killed / "log.jsonl").write_bytes(b"".join(log[:number]) + log[0][:9])
        certain = [entries for at, entries in committed.items() if at < number]
        if certain:
            assert Journal(killed).lines == certain[-1], number
        else:
            with pytest.raises(BundleError, match="nothing in it is certain"):
                Journal(killed)


@pytest.mark.parametrize("left", [1, 2])
def test_what_was_cut_off_a_journal_is_looked_at_again_and_nothing_is_lost(
    killed: Path, whole: Path, left: int
) -> None:
    """A finder cuts off commits: what they said is found again, because the survey lists it all."""
    log = (killed / "log.jsonl").read_bytes().splitlines(keepends=True)
    commits = [n for n, line in enumerate(log) if b'"event":"durable"' in line]
    (killed / "log.jsonl").write_bytes(b"".join(log[: commits[left - 1] + 1]))
    kept = Journal(killed).size
    file = killed / "entries.jsonl"
    file.write_bytes(file.read_bytes()[:kept])
    bundle, _ = _resumed(killed)
    assert cut_off.same(bundle, whole) == []
    (part,) = _document(bundle).resumed
    assert part.may_be_cut_short
    assert "may have been cut short" in (bundle / "report.html").read_text()


def test_records_after_the_last_commit_are_signed_by_nobody_and_go(killed: Path) -> None:
    certain = Journal(killed)
    with (killed / "log.jsonl").open("ab") as log:
        log.write(auditlog.Chain(_end_of(killed)).line("forged", {}) + b"\n")
    assert Journal(killed).log_end == certain.log_end
    assert Journal(killed).dropped_records == certain.dropped_records + 1
    bundle, _ = _resumed(killed)
    assert not any(each["event"] == "forged" for each in forging.records(bundle))
    (carried,) = [each for each in forging.records(bundle) if each["event"] == "carried over"]
    assert carried["fields"]["records_cut_off"] == certain.dropped_records + 1


def _end_of(bundle: Path) -> LogEnd:
    return auditlog.check((bundle / "log.jsonl").read_bytes().splitlines())


def test_stock_ssh_keygen_checks_a_commit(killed: Path, tmp_path: Path) -> None:
    """As docs/decisions/custody.md says; nothing of ours is between."""
    key, *_, last = [
        each for each in forging.records(killed) if each["event"] in {"scan key", "durable"}
    ]
    signature = last["fields"].pop("signature")
    signed = b"a commit of seek\n" + msgspec.json.encode(last)
    public = sshsig.parse_public(key["fields"]["key"])
    armored = sshsig.of_raw(public, "seek-journal@v1", base64.b64decode(signature))
    (tmp_path / "sig").write_bytes(armored)
    (tmp_path / "list").write_text(f"run {key['fields']['key']}\n")
    command = [
        "ssh-keygen",
        "-Y",
        "verify",
        "-f",
        "list",
        "-I",
        "run",
        "-n",
        "seek-journal@v1",
        "-s",
        "sig",
    ]
    subprocess.run(command, input=signed, cwd=tmp_path, check=True)
    wrong = subprocess.run(command, input=signed + b" ", cwd=tmp_path, check=False)
    assert wrong.returncode != 0


def test_what_nobody_signed_behind_the_last_commit_gives_up_no_decoder(killed: Path) -> None:
    """The record is chained as it should be; believed, it would keep a resumed scan from decoding
    any picture."""
    log = killed / "log.jsonl"
    seq, last = 0, auditlog.START
    for record, line in auditlog.follow(log.read_bytes().splitlines()):
        seq, last = record.seq + 1, hashlib.sha256(line).hexdigest()
    chain = auditlog.Chain(LogEnd(records=seq, sha256=last))
    with log.open("ab") as file:
        file.write(chain.line("decoder given up", {"type": "image/jpeg"}) + b"\n")
    assert Earlier(killed).given_up == frozenset()
