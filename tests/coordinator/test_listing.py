"""The volumes of several devices are listed at the same time, and a dead surveyor costs none."""

from collections.abc import Iterator
from contextlib import ExitStack, suppress
from pathlib import Path

import pytest

from tests import disks
from triage.coordinator.foreman import Foreman
from triage.coordinator.listing import open_device
from triage.coordinator.pool import Died, Pool, Worker
from triage.devices.attached import identify
from triage.evidence import Device
from triage.plan.order import Batch
from triage.profile import Profile
from triage.wire.messages import Ready, Role, Setup, Surveyed

LOOKS_FOR_NOTHING = Profile(name="none", description="looks for nothing", detectors=())


@pytest.fixture
def held() -> Iterator[ExitStack]:
    with ExitStack() as stack:
        yield stack


def foreman_of(devices: list[Device], held: ExitStack) -> Foreman:
    opened = {device.id: open_device(device, held) for device in devices}
    return Foreman(
        pool=held.enter_context(Pool()),
        survey_setups={
            name: Setup(role=Role.SURVEY, devices=(each,), profile=LOOKS_FOR_NOTHING)
            for name, each in opened.items()
        },
        examiners_wanted=0,
        entry_seconds=0,
    )


def two_devices(folder: Path) -> list[Device]:
    found = []
    for number, file_system in enumerate(("ext4", "ntfs")):
        image = folder / f"{file_system}.img"
        disks.many_files(image, file_system, 3, 30_000)
        found.append(identify(image, f"d{number}"))
    return found


def file_systems(foreman: Foreman, devices: list[Device]) -> list[list[str]]:
    return [[v.file_system for v in foreman.list_volumes(device)] for device in devices]


@pytest.fixture
def devices(tmp_path: Path) -> list[Device]:
    return two_devices(tmp_path)


@pytest.fixture
def foreman(devices: list[Device], held: ExitStack) -> Foreman:
    made = foreman_of(devices, held)
    made.start_surveyors()
    return made


def _kill_unheard(worker: Worker) -> None:
    """However fast it was: what it has said already is read here, and by nobody else."""
    worker.channel.setblocking(True)
    assert worker.channel.recv(1), "it never came to be"
    worker.process.kill()
    with suppress(ConnectionResetError):  # what it was asked may lie there unread
        while worker.channel.recv(1 << 16):
            pass
    worker.channel.setblocking(False)


def test_each_device_gets_its_own_volumes_whichever_is_asked_first(
    devices: list[Device], foreman: Foreman
) -> None:
    assert file_systems(foreman, devices[::-1]) == [["ntfs"], ["ext4"]]
    assert foreman.roll.deaths.told == []


def test_a_surveyor_that_dies_while_another_is_heard_is_started_anew(
    devices: list[Device], foreman: Foreman
) -> None:
    _kill_unheard(foreman.pool.workers[1])
    assert file_systems(foreman, devices) == [["ext4"], ["ntfs"]]
    assert len(foreman.roll.deaths.told) == 1


def test_a_surveyor_that_dies_after_its_answer_is_started_anew_for_the_walk(
    devices: list[Device], foreman: Foreman
) -> None:
    (volume,) = foreman.list_volumes(devices[0])
    worker = foreman.pool.workers[0]
    foreman.pool.end(worker)
    foreman._surveys.hear_of_volumes(worker, Died(reason="killed"))
    foreman.queue_survey(volume, 0)
    foreman.all_are_queued()
    news = list(foreman.work(Batch, lambda: False))
    assert any(isinstance(each, Surveyed) and not each.caps for each in news)


def test_a_surveyor_whose_ready_is_a_lie_lists_nothing(
    devices: list[Device], foreman: Foreman
) -> None:
    worker = foreman.pool.workers[0]
    foreman._surveys.hear_of_volumes(worker, Ready(confinement=("x" * 10_000,)))
    assert file_systems(foreman, devices) == [["ext4"], ["ntfs"]]
    assert worker not in foreman.pool.workers
    assert len(foreman.roll.deaths.told) == 1
