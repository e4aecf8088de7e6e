"""Whatever a listener does, the scan goes on, is sealed, and its log says what the listener did."""

import json
import re
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.scan import cut_off, sticks
from tests.workers import scanning
from triage.bundle.checking.verify import verify
from triage.scan import scan
from triage.scan.events import (
    Advanced,
    DeviceSeen,
    Event,
    FindingTold,
    Paused,
    Sealed,
    Stage,
    VolumeSeen,
)
from triage.scan.telling import TOLD_AT_ONCE, Telling

FAILED = "whoever listens failed; the scan goes on"


@pytest.fixture(scope="module")
def suspect(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    return cut_off.suspect(tmp_path_factory.mktemp("suspect"), files=600)


class UnspeakableError(Exception):
    """An error that cannot even say what it is."""

    def __str__(self) -> str:
        raise ValueError("no words")


def _scan(suspect: tuple[Path, Path], out: Path, tell: Callable[[Event], None]) -> Path:
    search = scanning.search_of(suspect[0], out=out, hash_sets=(suspect[1],))
    return Path(scan(search, tell=tell).bundle)


def _complaints(bundle: Path) -> list[dict[str, str]]:
    records = [json.loads(line) for line in (bundle / "log.jsonl").read_text().splitlines()]
    return [record["fields"] for record in records if record["event"] == FAILED]


@pytest.mark.parametrize(
    ("error", "said"),
    [
        (BrokenPipeError(32, "Broken pipe"), "BrokenPipeError: [Errno 32] Broken pipe"),
        (UnicodeEncodeError("latin-1", "写", 0, 1, "ordinal"), "UnicodeEncodeError: 'latin-1'"),
        (StopIteration(), "StopIteration"),
        (UnspeakableError(), "UnspeakableError"),
        (ValueError("x" * 100_000), "ValueError: xxx"),
        (ValueError("\udcff\x1b[2J"), "ValueError: \\udcff\x1b[2J"),
    ],
    ids=lambda each: type(each).__name__,
)
def test_a_listener_that_always_raises_costs_nothing_but_its_own_hearing(
    suspect: tuple[Path, Path], tmp_path: Path, error: Exception, said: str
) -> None:
    def tell(event: Event) -> None:
        raise error

    bundle = _scan(suspect, tmp_path / "out", tell)
    verified = verify(bundle)
    assert (verified.failed, verified.partial) == (None, "")
    (complaint,) = _complaints(bundle)
    assert complaint["error"].startswith(said)
    assert len(complaint["error"]) <= 600
    assert re.fullmatch(r"[A-Z]\w+, .*test_telling.py:\d+", complaint["at"])


@pytest.mark.parametrize("kind", [DeviceSeen, VolumeSeen, FindingTold, Advanced, Sealed])
def test_an_event_that_cannot_be_rendered_silences_no_other(
    suspect: tuple[Path, Path], tmp_path: Path, kind: type[Event]
) -> None:
    heard: list[Event] = []
    failures: list[Event] = []

    def tell(event: Event) -> None:
        if isinstance(event, kind) and len(failures) < TOLD_AT_ONCE - 1:
            failures.append(event)
            raise LookupError("a kind without a word")
        heard.append(event)

    bundle = _scan(suspect, tmp_path / "out", tell)
    assert verify(bundle).failed is None
    found = sum(bool(line.finding) for line in scanning.lines_of(bundle))
    assert sum(isinstance(event, FindingTold) for event in [*heard, *failures]) == found
    assert (kind is Sealed) != any(isinstance(event, Sealed) for event in heard)
    assert len(_complaints(bundle)) == (kind is not Sealed)  # by then the log is closed


@pytest.mark.parametrize("error", [KeyboardInterrupt, SystemExit, GeneratorExit])
def test_an_interrupt_inside_a_listener_closes_and_signs(
    suspect: tuple[Path, Path], tmp_path: Path, error: type[BaseException]
) -> None:
    def tell(event: Event) -> None:
        if isinstance(event, FindingTold):
            raise error

    verified = verify(_scan(suspect, tmp_path / "out", tell))
    assert (verified.failed, verified.partial) == (None, "interrupted")


@pytest.mark.root
def test_a_listener_that_raises_on_the_watchers_thread_leaves_the_scan_alone(
    suspect: tuple[Path, Path], tmp_path: Path
) -> None:
    with sticks.stick(tmp_path) as stick:

        def tell(event: Event) -> None:
            if isinstance(event, FindingTold) and event.finding.number == 1:
                stick.stop_answering()
            if isinstance(event, Paused):
                stick.answer()
                raise LookupError("no word for it")

        bundle = _scan(suspect, stick.place / "out", tell)
        assert verify(bundle).failed is None
        (complaint,) = _complaints(bundle)
        assert complaint["at"].startswith("Paused, ")


def _progress() -> Advanced:
    return Advanced(
        stage=Stage.EXAMINE, seconds=1.0, listed_entries=1, done_entries=1, done_bytes=1,
        left_entries=0, left_bytes=0, unreadable_entries=0, findings=0,
    )  # fmt: skip


def test_a_dead_listener_is_not_told_fifty_thousand_more_times() -> None:
    called: list[Event] = []

    def tell(event: Event) -> None:
        called.append(event)
        raise BrokenPipeError

    telling = Telling(tell)
    for _ in range(50_000):
        telling(_progress())
    assert TOLD_AT_ONCE <= len(called) < 50


def test_a_listener_that_can_hear_again_is_told_again(monkeypatch: pytest.MonkeyPatch) -> None:
    now = [100.0]
    monkeypatch.setattr("triage.scan.telling.time.monotonic", lambda: now[0])
    heard: list[float] = []
    deaf = True

    def tell(event: Event) -> None:
        if deaf:
            raise OSError(28, "No space left on device")
        heard.append(now[0])

    telling = Telling(tell)
    for _ in range(100):
        telling(_progress())
        now[0] += 0.25
    deaf = False
    for _ in range(200):
        telling(_progress())
        now[0] += 0.25
    assert len(heard) > 60
