"""The guide dies and the scan does not; the guide that comes back shows it, and its result."""

import os
import signal
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from cli.guide import running, stick
from tests.cli.stage import Console, Stage, staged
from tests.conftest import SEEK
from tests.scan import cut_off
from triage.bundle.checking.verify import verify


@pytest.fixture(scope="module")
def suspect(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    return cut_off.suspect(tmp_path_factory.mktemp("suspect"), files=2500)


@pytest.fixture
def stage(
    suspect: tuple[Path, Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Stage]:
    disk, known = suspect
    with staged(tmp_path, disk, known, disk.parent / "profile.yaml") as made:
        monkeypatch.setattr(stick, "RUN", made.run)
        yield made


def _held(stage: Stage, number: int) -> None:
    """Stop the scan's process, or let it go on: so that its end comes when a test wants it."""
    while not running.progress().latest:
        assert running.is_running()
    for pid in running._holders():
        os.kill(pid, number)


WAYS: dict[str, Callable[[Console], None]] = {"killed": Console.kill, "hung up": Console.hang_up}


@pytest.mark.parametrize("way", WAYS)
def test_a_scan_outlives_its_guide_and_the_next_one_follows_it_to_its_result(
    stage: Stage, way: str
) -> None:
    first = stage.begin_scan()
    _held(stage, signal.SIGSTOP)
    WAYS[way](first)
    second = stage.console()
    second.wait_for("QUICK SCAN RUNNING")
    _held(stage, signal.SIGCONT)
    screen = second.wait_for("switch off safely")
    (bundle,) = stage.bundles
    verified = verify(bundle)
    assert (verified.failed, verified.partial) == (None, "")
    assert "FINDINGS: 26" in screen
    assert bundle.name in screen
    assert verified.fingerprint in screen


def test_a_result_that_nobody_has_seen_is_shown_first_and_only_until_it_was(stage: Stage) -> None:
    stage.begin_scan().kill()
    while running.is_running():
        pass
    second = stage.console()
    second.wait_for("FINDINGS: 26[\\s\\S]*switch off safely")
    second.kill()  # before anybody could read it
    third = stage.console()
    third.wait_for("FINDINGS: 26[\\s\\S]*switch off safely")
    third.press("b", "ENTER start")
    third.kill()
    stage.console().wait_for("Portugu")
    assert len(stage.bundles) == 1


def test_another_console_joins_the_scan_and_can_end_it(stage: Stage) -> None:
    first = stage.begin_scan()
    _held(stage, signal.SIGSTOP)
    second = stage.console()  # as on the serial line
    second.wait_for("QUICK SCAN RUNNING")
    second.press("q", "Stopping")
    _held(stage, signal.SIGCONT)
    for console in (first, second):
        console.wait_for("switch off safely")
    (bundle,) = stage.bundles
    assert verify(bundle).failed is None


def test_a_scan_that_was_killed_is_said_to_have_failed(stage: Stage) -> None:
    first = stage.begin_scan()
    _held(stage, signal.SIGKILL)
    first.wait_for("THE SCAN FAILED")


def test_a_sealed_set_s_passphrase_is_asked_for_by_the_guide_that_came_back(
    suspect: tuple[Path, Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    disk, known = suspect
    passphrase, closed = tmp_path / "passphrase", tmp_path / "closed.seekset"
    passphrase.write_text("open sesame\n")
    subprocess.run([SEEK, "hash-set", "build", str(known), "--name", "closed", "--out", str(closed),
                    "--sealed", "--passphrase-file", str(passphrase)], check=True)  # fmt: skip
    with staged(tmp_path, disk, closed, disk.parent / "profile.yaml") as stage:
        monkeypatch.setattr(stick, "RUN", stage.run)
        first = stage.begin_scan()
        first.wait_for("Passphrase of the hash set")
        first.kill()
        second = stage.console()
        second.wait_for("Passphrase of the hash set")
        second.press("open sesame\r", "FINDINGS: 26[\\s\\S]*switch off safely")
        assert verify(stage.bundles[0]).failed is None


def test_what_is_kept_for_the_guide_stays_small(stage: Stage) -> None:
    stage.begin_scan().wait_for("switch off safely")
    assert running.progress().findings == 26
    assert running.progress_file().stat().st_size < 10_000
