"""The picture that stays on the screen is true: what was done, and what was not reached."""

import json
from dataclasses import replace
from pathlib import Path

import pytest
from rich.console import Console

from cli import told
from cli.guide import progress
from cli.guide.state import Progress, State
from cli.live import LiveView
from cli.wording import speaker
from tests.scan import cut_off
from tests.workers import scanning
from triage.findings import Outcome
from triage.scan import scan
from triage.scan.events import Advanced, Event, FindingTold, Stage, encode

SAY = speaker()


@pytest.fixture(scope="module")
def suspect(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    return cut_off.suspect(tmp_path_factory.mktemp("suspect"), files=900)


def scanned(
    suspect: tuple[Path, Path], out: Path, *, stopped: bool, limit: float = 0.0
) -> tuple[Advanced, list[Event], Path, LiveView]:
    """The last progress that was told, everything, the bundle, and the view that heard it."""
    events: list[Event] = []
    search = scanning.search_of(
        suspect[0], out=out, profile=scanning.PLAIN, hash_sets=(suspect[1],)
    )
    search = replace(search, time_limit=limit)
    view = LiveView(search)

    def tell(event: Event) -> None:
        events.append(event)
        view._take_in(event)

    stop = lambda: stopped and any(isinstance(e, FindingTold) for e in events)  # noqa: E731
    bundle = Path(scan(search, tell=tell, wants_stop=stop).bundle)
    last = [event for event in events if isinstance(event, Advanced)][-1]
    assert last.stage is Stage.SEAL
    return last, events, bundle, view


def drawn(view: LiveView) -> str:
    screen = Console(width=80, height=25, force_terminal=False, record=True, highlight=False)
    with screen.capture() as captured:
        screen.print(view._picture())
    return captured.get()


def not_reached(bundle: Path) -> list[int]:
    lines = scanning.lines_of(bundle)
    return [line.entry.size for line in lines if line.result.outcome is Outcome.NOT_REACHED]


def test_after_ctrl_c_it_says_what_was_not_reached(
    suspect: tuple[Path, Path], tmp_path: Path
) -> None:
    last, _, bundle, view = scanned(suspect, tmp_path / "out", stopped=True)
    sizes = not_reached(bundle)
    assert last.left_entries == len(sizes) > 0
    assert last.left_bytes == sum(sizes)
    assert last.done_entries + last.left_entries == last.listed_entries
    picture = drawn(view)
    assert "100 %" not in picture
    assert "to do" not in picture
    assert f"missed  {len(sizes):,} entries" in picture
    assert "NOT FINISHED" in picture


def test_after_the_time_limit_too(suspect: tuple[Path, Path], tmp_path: Path) -> None:
    last, _, bundle, view = scanned(suspect, tmp_path / "out", stopped=False, limit=0.01)
    assert last.left_entries == len(not_reached(bundle))
    assert not last.listed_all
    assert "100 %" not in drawn(view)
    assert "and that was not all" in drawn(view)


def test_a_scan_that_reached_all_says_so(suspect: tuple[Path, Path], tmp_path: Path) -> None:
    last, _, bundle, view = scanned(suspect, tmp_path / "out", stopped=False)
    assert not not_reached(bundle)
    assert (last.left_entries, last.left_bytes, last.listed_all) == (0, 0, True)
    assert last.done_entries == last.listed_entries == len(scanning.lines_of(bundle))
    assert "100 %" in drawn(view)
    assert told.doing(SAY, last) == "Closing and signing"


@pytest.mark.parametrize("stopped", [True, False])
def test_the_guide_and_the_log_say_the_same(
    stopped: bool, suspect: tuple[Path, Path], tmp_path: Path
) -> None:
    last, _, bundle, _ = scanned(suspect, tmp_path / "out", stopped=stopped)
    guide = Progress()
    guide.take_in(json.loads(encode(last)))
    shown = "\n".join(progress.lines(State(), guide, 9))
    missed = len(not_reached(bundle))
    assert any("not reached: " in line for line in told.lines(SAY, last)) == stopped
    assert (f"Not reached           {missed:,} " in shown) == stopped
    full = f"[{'#' * progress.BAR}]"
    assert (full in shown) != stopped
