"""The power goes at any moment: what was said is there, and a bundle is sealed whole or goes on."""

import random
from pathlib import Path

import pytest

from tests.bundle import samples
from tests.bundle.medium import Medium
from triage.bundle.checking.folder import BundleFolder
from triage.bundle.checking.verify import verify
from triage.bundle.format import layout
from triage.bundle.format.document import Document
from triage.bundle.rendering.html import spread
from triage.bundle.writing.journal import Journal
from triage.bundle.writing.resuming import is_sealed
from triage.bundle.writing.signing import open_signer
from triage.bundle.writing.writer import BundleWriter
from triage.evidence import Device
from triage.findings import Coverage, Outcome, Result

SEALED = 10**9
"""Said when `seal` has returned."""
FINDINGS, PLAIN = 5, 30
TORN = 40
"""Power cuts after the last calls, each with another chance."""


class Told:
    """A bundle that was written on a medium that remembers, from nothing to its signature."""

    def __init__(self, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        self.root = folder / "medium"
        self.root.mkdir()
        self.device = samples.image(folder)
        self.medium = Medium(self.root)
        with open_signer(None) as signer, self.medium.recorded(monkeypatch):
            writer = samples.begun(self.root, self.device)
            self._write(writer)
            sealed = writer.seal(self.document(), signer)
            self.medium.say(SEALED)
        self.name = sealed.name
        self.lines = len((sealed / layout.ENTRIES).read_bytes().splitlines())

    def _write(self, writer: BundleWriter) -> None:
        self.coverage = Coverage()
        for number in range(FINDINGS + PLAIN):
            entry = samples.entry(number)
            result = Result(outcome=Outcome.EXAMINED)
            result = samples.found(number) if number < FINDINGS else result
            self.coverage.list_entry(entry.volume_id, entry.size)
            self.coverage.settle(entry.volume_id, entry.size, result.outcome, result.reason)
            writer.entry(entry, result, preview=_preview(number))
            if result.matches or number % 7 == 0:
                writer.commit()
                self.medium.say(number + 1)

    def document(self) -> Document:
        return samples.document(self.device, self.coverage)


def _preview(number: int) -> bytes:
    return samples.preview(number) if number < FINDINGS else b""


@pytest.fixture
def told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Told:
    monkeypatch.setattr(spread, "PER_FILE", FINDINGS - 1)  # so that the report has two files
    return Told(tmp_path, monkeypatch)


def _judge(told: Told, calls: int, place: Path, chance: random.Random | None) -> str:
    """What is wrong with what a power cut after so many calls leaves; empty if nothing is."""
    place.mkdir()
    said = told.medium.after_power_cut(calls, place, chance)
    bundle = place / told.name
    if bundle.exists() and is_sealed(BundleFolder(bundle)):
        failed = verify(bundle).failed
        return f"sealed, and step {failed.number}: {failed.detail}" if failed else ""
    if said == SEALED:
        return "it was said to be sealed, and is not"
    if not said:
        return ""
    journal = Journal(bundle)
    if journal.lines < said:
        return f"{said} were said, and {journal.lines} are certain"
    return _gone_on_with(told, journal, told.device)


def _gone_on_with(told: Told, journal: Journal, device: Device) -> str:
    """Finish the bundle as a resumed scan does."""
    writer = BundleWriter.taken_up(journal, samples.CASE, [device])
    document = told.document()
    samples.log_start(writer, document)
    for number in range(journal.lines, FINDINGS + PLAIN):
        result = Result(outcome=Outcome.EXAMINED)
        result = samples.found(number) if number < FINDINGS else result
        writer.entry(samples.entry(number), result, preview=_preview(number))
    with open_signer(None) as signer:
        failed = verify(writer.seal(document, signer)).failed
    return f"gone on with, and step {failed.number}: {failed.detail}" if failed else ""


def test_a_power_cut_after_any_call_takes_nothing_that_was_said(told: Told, tmp_path: Path) -> None:
    wrong = {
        calls: why
        for calls in range(len(told.medium.calls) + 1)
        if (why := _judge(told, calls, tmp_path / f"cut{calls}", None))
    }
    assert wrong == {}


def test_whatever_chance_kept_of_what_was_not_synced_does_no_harm(
    told: Told, tmp_path: Path
) -> None:
    count = len(told.medium.calls)
    moments = [*range(0, count, 3), *(count - n for n in range(12) for _ in range(TORN // 8))]
    wrong = [
        (calls, seed, why)
        for seed, calls in enumerate(moments)
        if (why := _judge(told, calls, tmp_path / f"torn{seed}", random.Random(seed)))
    ]
    assert wrong == []


def test_the_medium_that_forgets_has_what_was_written_when_all_was_synced(
    told: Told, tmp_path: Path
) -> None:
    """The control: it is the bundle, to the byte."""
    place = tmp_path / "again"
    place.mkdir()
    assert told.medium.after_power_cut(len(told.medium.calls), place, None) == SEALED
    real = {f.relative_to(told.root): f.read_bytes() for f in told.root.rglob("*") if f.is_file()}
    again = {f.relative_to(place): f.read_bytes() for f in place.rglob("*") if f.is_file()}
    assert again == real
    assert told.lines == FINDINGS + PLAIN
