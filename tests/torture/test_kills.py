"""A sample of the two hundred kills, and what chance seldom gives: all workers at once."""

import os
import signal
from contextlib import suppress
from pathlib import Path

import pytest

from tests.scan import cut_off
from tests.torture import kills
from tests.workers import scanning
from triage.scan import scan
from triage.scan.events import Advanced, Event, VolumeSeen


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> kills.Undisturbed:
    return kills.undisturbed(tmp_path_factory.mktemp("suspect"), files=900)


@pytest.mark.parametrize("number", range(9))
def test_a_killed_scan_ends_as_if_undisturbed(
    whole: kills.Undisturbed, tmp_path: Path, number: int
) -> None:
    assert kills.kill(whole, tmp_path / "out", number).differs == []


@pytest.mark.parametrize("moment", [VolumeSeen, Advanced])
def test_all_workers_killed_at_once_lose_nothing(
    whole: kills.Undisturbed, tmp_path: Path, moment: type[Event]
) -> None:
    killed: list[int] = []

    def tell(event: Event) -> None:
        if isinstance(event, moment) and not killed:
            killed.extend(cut_off.workers_of(os.getpid()))
            for worker in killed:
                with suppress(ProcessLookupError):
                    os.kill(worker, signal.SIGKILL)

    search = scanning.search_of(whole.disk, out=tmp_path / "out", hash_sets=(whole.known,))
    calm = scan(search, tell=lambda _: None)
    sealed = scan(search, tell=tell)
    assert len(killed) >= 2
    assert cut_off.same(Path(calm.bundle), Path(sealed.bundle)) == []
