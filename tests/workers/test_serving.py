"""A worker does what its role is for, and answers anything else with a word and goes on."""

import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack
from importlib import resources
from pathlib import Path

import pytest

from tests.coordinator import pooled
from triage import profile
from triage.coordinator.describers import setup_with
from triage.coordinator.pool import Pool
from triage.errors import SeekError
from triage.evidence import Device, SourceKind
from triage.wire.messages import (
    MOST_SAID,
    Describe,
    Described,
    Description,
    DigestAlone,
    Examine,
    Failed,
    Glance,
    Inbox,
    ListVolumes,
    LookUp,
    OpenedDevice,
    Ready,
    Request,
    Role,
    Setup,
    Survey,
    TryModel,
    UseVolumes,
    Volumes,
    frame,
)
from triage.workers import serving

SKIMAGE = Path(str(resources.files("skimage"))) / "data"
WORK = """
import sys
from triage.workers import serving
sys.exit(serving.work(int(sys.argv[1]), 2, ()))
"""
OPENING = """
import errno, sys
from triage.errors import WorkerError
from triage.workers import serving, survey
def begin(self):
    try:
        open("/etc/passwd").close()
    except OSError as error:
        raise WorkerError(errno.errorcode[error.errno])
survey.SurveyTasks.begin = begin
sys.exit(serving.work(int(sys.argv[1]), 2, ()))
"""
NOT_A_SURVEYOR_S: tuple[Request, ...] = (
    Examine(entries=()),
    Glance(entries=()),
    LookUp(entries=()),
    DigestAlone(entries=()),
    UseVolumes(volumes=()),
    Describe(sizes=()),
    TryModel(),
)


@pytest.fixture
def held() -> Iterator[ExitStack]:
    with ExitStack() as stack:
        yield stack


def test_a_surveyor_does_no_examiner_s_work_and_goes_on(tmp_path: Path, held: ExitStack) -> None:
    with Pool() as pool:
        worker = pool.start(pooled.setup_of(tmp_path, held, Role.SURVEY))
        pooled.heard(pool, worker, Ready)
        for request in (*NOT_A_SURVEYOR_S, pooled.setup_of(tmp_path, held, Role.SURVEY)):
            pool.send(worker, request)
            failed = pooled.heard(pool, worker, Failed)
            assert failed == Failed(message=f"A surveyor cannot do {type(request).__name__}")
        pool.send(worker, ListVolumes(device_id="d0"))
        assert isinstance(pooled.heard(pool, worker, Volumes), Volumes)


def test_an_examiner_does_no_surveyor_s_work(tmp_path: Path, held: ExitStack) -> None:
    setup = pooled.equipped(tmp_path, held, Role.EXAMINE, "quick")
    with Pool() as pool:
        surveyor = pool.start(pooled.setup_of(tmp_path, held, Role.SURVEY))
        pool.send(surveyor, ListVolumes(device_id="d0"))
        listed = pooled.heard(pool, surveyor, Volumes)
        assert isinstance(listed, Volumes)
        worker = pool.start(setup)
        pooled.heard(pool, worker, Ready)
        for request in (
            Survey(volume=listed.volumes[0], first_id=0),
            ListVolumes(device_id="d0"),
            Describe(sizes=()),
            TryModel(),
        ):
            pool.send(worker, request)
            failed = pooled.heard(pool, worker, Failed)
            assert failed == Failed(message=f"An examiner cannot do {type(request).__name__}")


def test_a_describer_does_nobody_else_s_work_and_goes_on() -> None:
    ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    with ours, theirs, Pool() as pool, (SKIMAGE / "coffee.png").open("rb") as picture:
        worker = pool.start(setup_with(files=theirs.fileno()))
        ready = pooled.heard(pool, worker, Ready)
        assert isinstance(ready, Ready)
        assert {"seccomp", "no new privileges", "not root"} <= set(ready.confinement)
        for request in (*NOT_A_SURVEYOR_S[:4], ListVolumes(device_id="d0"), TryModel()):
            pool.send(worker, request)
            failed = pooled.heard(pool, worker, Failed)
            assert failed == Failed(message=f"A describer cannot do {type(request).__name__}")
        size = Path(picture.name).stat().st_size
        socket.send_fds(ours, [b"."], [picture.fileno(), picture.fileno(), picture.fileno()])
        pool.send(worker, Describe(sizes=(size, size + 1, size), looks=True))
        described = pooled.heard(pool, worker, Described)
        assert isinstance(described, Described)
        whole, short, again = described.files
        assert whole.pdq == whole.looks[0].value
        assert whole == again, "where its reader has read to is nobody's business"
        assert short == Description(left_out="it became shorter while it was read")


def test_what_it_says_of_a_failure_is_short_enough_to_be_heard() -> None:
    said = serving._failed(SeekError("x" * (MOST_SAID + 1)))
    assert said == Failed(message="x" * MOST_SAID)


@pytest.mark.parametrize("first", [b"", frame(ListVolumes(device_id="d0"))])
def test_a_worker_that_is_given_no_set_up_ends(first: bytes) -> None:
    ours, theirs = socket.socketpair()
    with ours, theirs:
        ours.sendall(first)
        ours.shutdown(socket.SHUT_WR)
        done = subprocess.run(
            [sys.executable, "-c", WORK, str(theirs.fileno())],
            pass_fds=(theirs.fileno(),), capture_output=True, text=True, check=False,
        )  # fmt: skip
        theirs.close()
        assert done.returncode == 2, done.stderr
        assert ours.recv(1) == b"", "it has said nothing"


def test_what_somebody_sent_in_is_loaded_by_who_may_open_nothing_any_more() -> None:
    ours, theirs = socket.socketpair()
    with ours, theirs:
        nobody = Device(id="d0", path="x", kind=SourceKind.IMAGE, size=0)
        setup = Setup(role=Role.SURVEY, profile=profile.load("quick"), devices=(
            OpenedDevice(device=nobody, descriptors=(), sizes=()),))  # fmt: skip
        ours.sendall(frame(setup))
        done = subprocess.run(
            [sys.executable, "-c", OPENING, str(theirs.fileno())],
            pass_fds=(theirs.fileno(),), capture_output=True, text=True, check=False,
        )  # fmt: skip
        theirs.close()
        assert done.returncode == 1, done.stderr
        (reply,) = Inbox().feed(ours.recv(1 << 16))
        assert isinstance(reply, Failed)
        assert reply.message in {"EPERM", "EACCES"}
