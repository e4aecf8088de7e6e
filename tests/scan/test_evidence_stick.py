"""The evidence stick full, read-only, pulled out, exchanged: the scan stands still and goes on."""

import errno
import os
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path

import pytest

from cli.resume import search_again
from tests.scan import cut_off, sticks
from tests.workers import scanning
from triage.bundle.durable import NewFile
from triage.bundle.verify import verify
from triage.errors import EvidenceStickError, Interrupted
from triage.scan import Earlier, scan
from triage.scan.events import Event, Found, GoesOn, Paused

_ROOT = pytest.mark.skipif(os.geteuid() != 0, reason="needs root: a real block device")


@pytest.fixture(scope="module")
def suspect(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    return cut_off.suspect(tmp_path_factory.mktemp("suspect"), files=600)


@pytest.fixture
def stick(tmp_path: Path) -> Iterator[sticks.Stick]:
    with sticks.stick(tmp_path) as made:
        yield made


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
        if isinstance(event, Found) and event.number == 1:
            at_first_finding()
        if isinstance(event, Paused):
            when_paused()

    search = scanning.search_of(suspect[0], out=out, hash_sets=(suspect[1],))
    return Path(scan(search, tell=tell, wants_stop=wants_stop).bundle), told


SABOTAGE = {
    "full": (sticks.Stick.fill, sticks.Stick.make_room, "full"),
    "pulled out": (sticks.Stick.pull_out, sticks.Stick.put_back, ""),
    "slow": (sticks.Stick.stop_answering, sticks.Stick.answer, "Leave it in"),
    "read-only": (sticks.Stick.make_read_only, sticks.Stick.put_back, "read-only"),
}


@pytest.mark.root
@_ROOT
@pytest.mark.parametrize("what", SABOTAGE)
def test_it_stands_still_and_goes_on(
    suspect: tuple[Path, Path], stick: sticks.Stick, what: str
) -> None:
    break_it, mend_it, says = SABOTAGE[what]
    bundle, told = _scan_with(
        suspect, stick.place / "out", lambda: break_it(stick), lambda: mend_it(stick)
    )
    paused = [event for event in told if isinstance(event, Paused)]
    assert len(paused) == 1
    assert says in paused[0].hint
    assert sum(isinstance(event, GoesOn) for event in told) == 1
    assert verify(bundle).failed is None
    lines = scanning.lines_of(bundle)
    assert len({line.id for line in lines}) == len(lines)
    assert sum(bool(line.finding) for line in lines) == sum(isinstance(e, Found) for e in told)


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


@pytest.mark.root
@_ROOT
def test_ctrl_c_while_it_stands_still_leaves_what_can_be_resumed(
    suspect: tuple[Path, Path], stick: sticks.Stick
) -> None:
    wished: list[int] = []
    with pytest.raises(Interrupted) as stopped:
        _scan_with(suspect, stick.place / "out", stick.fill, lambda: wished.append(1),
                   lambda: bool(wished))  # fmt: skip
    assert "seek resume" in stopped.value.hint
    stick.make_room()
    earlier = Earlier(cut_off.bundle_in(stick.place / "out"))
    sealed = scan(search_again(earlier), tell=lambda _: None, earlier=earlier)
    assert earlier.carried > 0
    assert verify(Path(sealed.bundle)).failed is None


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
