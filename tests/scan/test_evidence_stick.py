"""The evidence stick full, read-only, pulled out, exchanged: the scan stands still and goes on."""

import errno
import os
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, nullcontext
from dataclasses import replace as changed
from pathlib import Path
from types import SimpleNamespace

import pytest
from msgspec.structs import replace

from cli.resume import search_again
from tests.bundle import samples
from tests.scan import cut_off, sticks
from tests.workers import scanning
from triage.bundle.checking.verify import verify
from triage.bundle.format import auditlog, layout
from triage.bundle.format.document import Trouble
from triage.bundle.writing import reserve
from triage.bundle.writing.durable import NewFile
from triage.bundle.writing.signing import open_signer
from triage.bundle.writing.writer import BundleWriter
from triage.errors import EvidenceStickError, StickFullError, UnsealedError
from triage.findings import Coverage, Outcome, Result
from triage.scan import Earlier, pause, run, scan
from triage.scan.events import Event, FindingTold, GoesOn, Paused, Standing

LIMIT = 1e6
"""Seconds that no test lasts, unless `clock` is put forward."""
_ROOT = pytest.mark.skipif(os.geteuid() != 0, reason="needs root: a real block device")


@pytest.fixture(scope="module")
def suspect(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    return cut_off.suspect(tmp_path_factory.mktemp("suspect"), files=600)


@pytest.fixture
def stick(tmp_path: Path) -> Iterator[sticks.Stick]:
    with sticks.stick(tmp_path) as made:
        yield made


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """What is in it is added to the seconds that the scan has taken."""
    added: list[float] = []
    moments = SimpleNamespace(monotonic=lambda: time.monotonic() + sum(added))
    monkeypatch.setattr(run, "time", moments)
    return added


def _scan_with(
    suspect: tuple[Path, Path],
    out: Path,
    at_first_finding: Callable[[], None],
    when_paused: Callable[[], None],
    wants_stop: Callable[[], bool] = lambda: False,
) -> tuple[Path, list[Event]]:
    told: list[Event] = []

    def tell(event: Event) -> None:
        told.append(event)
        if isinstance(event, FindingTold) and event.finding.number == 1:
            at_first_finding()
        if isinstance(event, Paused):
            when_paused()

    search = scanning.search_of(suspect[0], out=out, hash_sets=(suspect[1],))
    search = changed(search, time_limit=LIMIT)
    return Path(scan(search, tell=tell, wants_stop=wants_stop).bundle), told


SABOTAGE = {
    "full": (sticks.Stick.fill, sticks.Stick.make_room, Standing.FULL),
    "pulled out": (sticks.Stick.pull_out, sticks.Stick.put_back, Standing.GONE),
    "slow": (sticks.Stick.stop_answering, sticks.Stick.answer, Standing.SLOW),
    "read-only": (sticks.Stick.make_read_only, sticks.Stick.put_back, Standing.GONE),
}


@pytest.mark.root
@_ROOT
@pytest.mark.parametrize("what", SABOTAGE)
def test_it_stands_still_and_goes_on(
    suspect: tuple[Path, Path], stick: sticks.Stick, what: str
) -> None:
    break_it, mend_it, why = SABOTAGE[what]
    bundle, told = _scan_with(
        suspect, stick.place / "out", lambda: break_it(stick), lambda: mend_it(stick)
    )
    paused = [event for event in told if isinstance(event, Paused)]
    assert [event.why for event in paused] == [why]
    assert sum(isinstance(event, GoesOn) for event in told) == 1
    assert verify(bundle).failed is None
    lines = scanning.lines_of(bundle)
    assert len({line.entry.id for line in lines}) == len(lines)
    assert sum(bool(line.finding) for line in lines) == sum(
        isinstance(e, FindingTold) for e in told
    )


@pytest.mark.root
@_ROOT
def test_another_stick_in_its_place_gets_nothing(
    suspect: tuple[Path, Path], stick: sticks.Stick
) -> None:
    looks = []

    def wants_stop() -> bool:
        """Asked many times a second while it stands still: the right stick comes after a while."""
        looks.append(1)
        if len(looks) == before[0] + 30:
            assert [p.name for p in stick.place.iterdir()] == ["lost+found"]
            stick.take_another_out()
            stick.put_back()
        return False

    before = [10**9]

    def paused() -> None:
        before[0] = len(looks)
        stick.put_another_in()

    bundle, _ = _scan_with(suspect, stick.place / "out", stick.pull_out, paused, wants_stop)
    assert verify(bundle).failed is None


@pytest.fixture(params=["ext4", "ext2"])
def full(tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[sticks.Stick]:
    """A stick that will be filled; ext2 gives blocks only to what is written, as exFAT does."""
    with sticks.stick(tmp_path, kind=request.param) as made:
        yield made


@pytest.mark.root
@_ROOT
def test_ctrl_c_while_the_stick_is_full_seals_in_the_room_that_was_kept(
    suspect: tuple[Path, Path], full: sticks.Stick
) -> None:
    wished: list[int] = []
    bundle, told = _scan_with(suspect, full.place / "out", full.fill, lambda: wished.append(1),
                              lambda: bool(wished))  # fmt: skip
    verified = verify(bundle)
    assert (verified.failed, verified.partial) == (None, "interrupted")
    assert any(line.result.outcome is Outcome.NOT_REACHED for line in scanning.lines_of(bundle))
    assert not (bundle / layout.RESERVE).exists()
    assert sum(isinstance(event, Paused) for event in told) == 1


@pytest.mark.root
@_ROOT
def test_the_time_limit_ends_a_scan_that_waits_for_room(
    suspect: tuple[Path, Path], full: sticks.Stick, clock: list[float]
) -> None:
    bundle, _ = _scan_with(suspect, full.place / "out", full.fill, lambda: clock.append(LIMIT))
    assert clock
    verified = verify(bundle)
    assert (verified.failed, verified.partial) == (None, "time limit")


@pytest.mark.root
@_ROOT
def test_the_time_limit_ends_a_scan_whose_stick_does_not_come_back(
    suspect: tuple[Path, Path],
    stick: sticks.Stick,
    clock: list[float],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(pause, "LATE_SECONDS", 0.5)
    with pytest.raises(UnsealedError, match="time limit"):
        _scan_with(suspect, stick.place / "out", stick.pull_out, lambda: clock.append(LIMIT))
    assert len(clock) == 2  # told that it is away, and that it is late


@pytest.mark.root
@_ROOT
def test_a_stick_that_comes_back_after_the_time_limit_gets_its_bundle_signed(
    suspect: tuple[Path, Path], stick: sticks.Stick, clock: list[float]
) -> None:
    def paused() -> None:
        if clock:
            stick.put_back()
        clock.append(LIMIT)

    bundle, told = _scan_with(suspect, stick.place / "out", stick.pull_out, paused)
    assert [event.hint for event in told if isinstance(event, Paused)][1] == pause.LATE
    verified = verify(bundle)
    assert (verified.failed, verified.partial) == (None, "time limit")


@pytest.mark.root
@_ROOT
def test_ctrl_c_while_the_stick_is_away_leaves_what_can_be_resumed(
    suspect: tuple[Path, Path], stick: sticks.Stick
) -> None:
    wished: list[int] = []
    with pytest.raises(UnsealedError) as stopped:
        _scan_with(suspect, stick.place / "out", stick.pull_out, lambda: wished.append(1),
                   lambda: bool(wished))  # fmt: skip
    assert "seek resume" in stopped.value.hint
    stick.put_back()
    bundle = cut_off.bundle_in(stick.place / "out")
    assert (bundle / layout.RESERVE).exists()
    earlier = Earlier(bundle)
    sealed = scan(search_again(earlier), tell=lambda _: None, earlier=earlier)
    assert earlier.carried > 0
    assert verify(Path(sealed.bundle)).failed is None


@pytest.mark.root
@_ROOT
def test_a_scan_that_was_killed_on_a_full_stick_is_resumed_and_sealed_there(
    suspect: tuple[Path, Path], full: sticks.Stick
) -> None:
    """What it had kept for the sealing is what the one that resumes it lives on."""

    def killed() -> bool:
        if filled:
            raise KeyboardInterrupt
        return False

    def fill() -> None:
        full.fill()
        filled.append(1)

    filled: list[int] = []
    with pytest.raises(KeyboardInterrupt):
        _scan_with(suspect, full.place / "out", fill, lambda: None, killed)
    earlier = Earlier(cut_off.bundle_in(full.place / "out"))
    told: list[Event] = []
    sealed = scan(search_again(earlier), tell=told.append, earlier=earlier,
                  wants_stop=lambda: any(isinstance(e, Paused) for e in told))  # fmt: skip
    assert verify(Path(sealed.bundle)).failed is None


NAMES = (
    ("plain/" * 30, 15_000),
    ("\u5199\u771f/" * 40, 12_000),
    ('co"n\\tr\x01ol/' * 20, 7500),
)
"""And how many of them to list: together more than what is kept anyhow, and less than the stick."""


@pytest.mark.root
@_ROOT
@pytest.mark.parametrize(("name", "count"), NAMES)
def test_there_is_room_for_a_line_of_all_that_was_listed_whatever_the_names(
    tmp_path: Path, full: sticks.Stick, name: str, count: int
) -> None:
    """Thousands of entries are listed, and the stick is full before one is reached."""
    device = samples.image(tmp_path)
    writer = samples.begun(full.place / "out", device)
    writer.log(auditlog.STOPPED, reason="interrupted")
    coverage = samples.fill(writer, 3)
    writer.commit()
    listed = [samples.entry(number, f"{name}{number}") for number in range(1000, 1000 + count)]
    writer.expect(listed)
    full.fill()
    with pytest.raises(StickFullError):
        writer.expect(samples.entry(number, name * 40) for number in range(1000))
    assert writer.give_back_room()
    unreached = [Result(outcome=Outcome.NOT_REACHED, reason="interrupted")
                 for e in listed]  # fmt: skip
    writer.plain(list(zip(listed, unreached, strict=True)))
    for entry in listed:
        coverage.list_entry(entry.volume_id, entry.size)
        coverage.settle(entry.volume_id, entry.size, Outcome.NOT_REACHED, "interrupted")
    with open_signer(None) as signer:
        bundle = writer.seal(samples.document(device, coverage, partial="interrupted"), signer)
    assert verify(bundle).failed is None
    assert not (bundle / layout.RESERVE).exists()


@pytest.mark.root
@_ROOT
@pytest.mark.parametrize(("findings", "trouble"), [(2000, 0), (3, 7_000_000)])
def test_there_is_room_for_the_report_of_all_that_was_found_and_went_wrong(
    tmp_path: Path, full: sticks.Stick, findings: int, trouble: int
) -> None:
    """More in document and report than what is kept anyhow."""
    device = samples.image(tmp_path)
    writer = samples.begun(full.place / "out", device)
    writer.log(auditlog.STOPPED, reason="interrupted")
    coverage = Coverage()
    for number in range(findings):
        entry, result = samples.entry(number), samples.found(number)
        writer.entry(entry, result, preview=samples.preview(number))
        coverage.list_entry(entry.volume_id, entry.size)
        coverage.settle(entry.volume_id, entry.size, result.outcome, result.reason)
    writer.expect_bytes(trouble)
    writer.commit()
    full.fill()
    assert writer.give_back_room()
    said = samples.document(device, coverage, partial="interrupted")
    said = replace(said, errors=(Trouble(where="d0", what="x" * trouble),))
    with open_signer(None) as signer:
        bundle = writer.seal(said, signer)
    sizes = [(bundle / name).stat().st_size for name in (layout.FINDINGS, layout.REPORT)]
    assert sum(sizes) > reserve.BASE
    assert verify(bundle).failed is None


@pytest.mark.root
@_ROOT
def test_what_is_kept_shrinks_as_lines_are_written(tmp_path: Path, full: sticks.Stick) -> None:
    """Else a scan would need twice the room that its bundle takes."""
    writer = BundleWriter(full.place / "out", samples.CASE, [samples.image(tmp_path)])
    listed = [samples.entry(number, NAMES[0][0] + str(number)) for number in range(15_000)]
    writer.entry(samples.entry(99_999), Result(outcome=Outcome.EXAMINED))
    writer.expect(listed)
    kept = [(writer.folder / layout.RESERVE).stat().st_size]
    for number in range(0, len(listed), 500):
        part = listed[number : number + 500]
        writer.plain([(e, Result(outcome=Outcome.EXAMINED)) for e in part])
        writer.commit()
        kept.append((writer.folder / layout.RESERVE).stat().st_size)
    assert kept == sorted(kept, reverse=True)
    assert kept[0] > 2 * kept[-1] >= 2 * reserve.BASE
    writer.abandon()


@pytest.mark.root
@_ROOT
def test_a_scan_is_not_begun_where_there_is_no_room_to_close_it(
    suspect: tuple[Path, Path], stick: sticks.Stick
) -> None:
    stick.fill()
    with pytest.raises(StickFullError, match="needs at least") as refused:
        _scan_with(suspect, stick.place / "out", lambda: None, lambda: None)
    assert "--out" in refused.value.hint
    assert not (stick.place / "out").exists()


class Refusals:
    """The n-th call of an operating system function fails."""

    def __init__(self, real: Callable[..., int | None], number: int, *at: int) -> None:
        self.real, self.number, self.at, self.calls = real, number, at, 0

    def __call__(self, *arguments: object) -> int | None:
        self.calls += 1
        if self.calls in self.at:
            raise OSError(self.number, os.strerror(self.number))
        return self.real(*arguments)


class Waits:
    """Patience that keeps what it was told, and gives up after so many times."""

    def __init__(self, most: int = 1000) -> None:
        self.told: list[str] = []
        self.most = most

    def __call__(self, error: EvidenceStickError) -> None:
        self.told.append(error.message)
        if len(self.told) >= self.most:
            raise error

    def watching(self) -> AbstractContextManager[None]:
        return nullcontext()


@pytest.mark.parametrize("number", [errno.ENOSPC, errno.EIO, errno.EROFS, errno.ENODEV])
@pytest.mark.parametrize("call", ["write", "fsync"])
def test_what_was_uncertain_is_written_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, number: int, call: str
) -> None:
    waits = Waits()
    file = NewFile(tmp_path / "f", shown="f", patience=waits)
    monkeypatch.setattr(os, call, Refusals(getattr(os, call), number, 2, 3))
    for part in (b"one\n", b"two\n", b"three\n"):
        file.buffer.extend(part)
        file.sync()
    file.close()
    assert (tmp_path / "f").read_bytes() == b"one\ntwo\nthree\n"
    assert waits.told


def test_a_file_that_is_not_the_one_is_not_written_to(tmp_path: Path) -> None:
    waits = Waits(2)
    file = NewFile(tmp_path / "f", shown="f", patience=waits)
    file.buffer.extend(b"certain\n")
    file.sync()
    (tmp_path / "f").unlink()
    (tmp_path / "f").write_bytes(b"another stick's\n")
    os.close(file._handle)
    file.buffer.extend(b"more\n")
    with pytest.raises(EvidenceStickError):
        file.sync()
    assert "not the file" in waits.told[1]
    assert (tmp_path / "f").read_bytes() == b"another stick's\n"
