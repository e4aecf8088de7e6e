"""Workers are forked from an interpreter that holds nothing; they are the coordinator's own."""

import os
import signal
import socket
import time
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from tests.coordinator import pooled
from triage.coordinator.children import ForkServer
from triage.coordinator.pool import Died, Pool
from triage.wire.forking import PID, Fork, KindOfWorker, kind_of
from triage.wire.messages import ListVolumes, Ready, Role, Volumes

WANTED = Fork(kind=KindOfWorker(role=Role.SURVEY), descriptors=1)
SURVEY_FROM = ("pipe", "socket", "null", "suspect.img")
"""All that a surveyor may hold: its complaints, its channel, nowhere, and its device."""


@pytest.fixture
def held() -> Iterator[ExitStack]:
    with ExitStack() as stack:
        yield stack


def _fork_server_of(pool: Pool) -> int:
    process = pool._fork_server._process
    assert process is not None
    return process.pid


def test_a_worker_is_the_coordinators_child_and_says_how_it_ended(
    tmp_path: Path, held: ExitStack
) -> None:
    with Pool() as pool:
        worker = pool.start(pooled.setup_of(tmp_path, held, Role.SURVEY))
        pooled.heard(pool, worker, Ready)
        status = Path(f"/proc/{worker.process.pid}/status").read_text()
        assert f"PPid:\t{os.getpid()}\n" in status
        os.kill(worker.process.pid, signal.SIGSEGV)
        died = pooled.heard(pool, worker, Died)
    assert isinstance(died, Died)
    assert died.reason == "crashed the reader (SIGSEGV)"


def test_it_holds_what_it_was_given_and_nothing_else(tmp_path: Path, held: ExitStack) -> None:
    secret = tmp_path / "secret"
    secret.write_text("of the coordinator")
    with Pool() as pool, secret.open() as kept:
        os.set_inheritable(kept.fileno(), True)
        for _ in range(2):
            worker = pool.start(pooled.setup_of(tmp_path, held, Role.SURVEY))
            pooled.heard(pool, worker, Ready)
            links = Path(f"/proc/{worker.process.pid}/fd").iterdir()
            targets = [str(link.readlink()) for link in links]
            assert all(any(word in target for word in SURVEY_FROM) for target in targets), targets
            assert sum("socket" in target for target in targets) == 1


def test_the_fork_server_has_one_thread_and_no_evidence_whatever_it_forked(
    tmp_path: Path, held: ExitStack
) -> None:
    with Pool() as pool:
        worker = pool.start(pooled.setup_of(tmp_path, held, Role.EXAMINE, "standard"))
        assert worker.process.pid
        fork_server = Path(f"/proc/{_fork_server_of(pool)}")
        assert len(list((fork_server / "task").iterdir())) == 1
        targets = [str(link.readlink()) for link in (fork_server / "fd").iterdir()]
        assert not any("suspect.img" in target for target in targets)


def test_what_is_asked_for_next_is_imported_meanwhile(tmp_path: Path, held: ExitStack) -> None:
    with Pool() as pool:
        setup = pooled.equipped(tmp_path, held, Role.EXAMINE, "quick")
        surveyor = pool.start(pooled.setup_of(tmp_path, held, Role.SURVEY))
        pool.prepare(kind_of(Role.EXAMINE, setup.profile, hash_sets=False))
        pooled.heard(pool, surveyor, Ready)
        maps = Path(f"/proc/{_fork_server_of(pool)}/maps")
        deadline = time.monotonic() + 60
        while "_imaging" not in maps.read_text() and time.monotonic() < deadline:
            time.sleep(0.01)
        assert "_imaging" in maps.read_text(), "nobody has asked for an examiner yet"
        assert isinstance(pooled.heard(pool, pool.start(setup), Ready), Ready)


def test_one_that_died_while_it_prepared_is_replaced(tmp_path: Path, held: ExitStack) -> None:
    with Pool() as pool:
        setup = pooled.setup_of(tmp_path, held, Role.SURVEY)
        pooled.heard(pool, pool.start(setup), Ready)
        os.kill(_fork_server_of(pool), signal.SIGKILL)
        pool.prepare(kind_of(Role.EXAMINE, setup.profile, hash_sets=False))
        assert isinstance(pooled.heard(pool, pool.start(setup), Ready), Ready)


def test_when_it_is_killed_its_workers_live_on_and_another_takes_its_place(
    tmp_path: Path, held: ExitStack
) -> None:
    with Pool() as pool:
        setup = pooled.setup_of(tmp_path, held, Role.SURVEY)
        first = pool.start(setup)
        pooled.heard(pool, first, Ready)
        killed = _fork_server_of(pool)
        os.kill(killed, signal.SIGKILL)
        while _state(killed) != "Z":
            time.sleep(0.01)
        second = pool.start(setup)
        assert isinstance(pooled.heard(pool, second, Ready), Ready)
        assert _fork_server_of(pool) != killed
        pool.send(first, ListVolumes(device_id="d0"))
        assert isinstance(pooled.heard(pool, first, Volumes), Volumes)


def test_a_worker_that_it_died_before_forking_is_asked_for_again(
    tmp_path: Path, held: ExitStack
) -> None:
    with Pool() as pool:
        setup = pooled.setup_of(tmp_path, held, Role.SURVEY)
        pooled.heard(pool, pool.start(setup), Ready)
        os.kill(_fork_server_of(pool), signal.SIGSTOP)
        worker = pool.start(setup)
        pool.send(worker, ListVolumes(device_id="d0"))
        os.kill(_fork_server_of(pool), signal.SIGKILL)
        assert isinstance(pooled.heard(pool, worker, Volumes), Volumes)


def test_no_process_is_left_behind(tmp_path: Path, held: ExitStack) -> None:
    with Pool() as pool:
        workers = [pool.start(pooled.setup_of(tmp_path, held, Role.SURVEY)) for _ in range(3)]
        numbers = [_fork_server_of(pool), *(worker.process.pid for worker in workers)]
    assert not [number for number in numbers if Path(f"/proc/{number}").exists()]


@pytest.fixture
def answered() -> Iterator[tuple[ForkServer, socket.socket]]:
    """A fork server that the test answers for."""
    ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    with ours, theirs:
        ours.settimeout(5)
        server = ForkServer()
        server._control = ours
        yield server, theirs


def test_its_answers_are_for_whom_it_was_asked_in_that_order(
    answered: tuple[ForkServer, socket.socket],
) -> None:
    server, other_end = answered
    first, second = (server.fork(WANTED, (0,)) for _ in range(2))
    other_end.send(PID.pack(0))
    other_end.send(PID.pack(4_000_000))
    assert (second.pid, first.pid) == (4_000_000, 0)


@pytest.mark.parametrize("said", [b"", b"\x07", PID.pack(7) + b"\x00"])
def test_an_answer_of_another_length_is_its_end(
    said: bytes, answered: tuple[ForkServer, socket.socket]
) -> None:
    server, other_end = answered
    children = [server.fork(WANTED, (0,)) for _ in range(2)]
    other_end.send(said)
    assert [child.pid for child in children] == [0, 0], "none of them ever came to be"


def _state(pid: int) -> str:
    return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
