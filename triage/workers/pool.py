"""Worker processes: started, spoken to, replaced when they die.

A worker is a fresh interpreter with an environment of its own, no arguments but a descriptor
number, and only the descriptors that it is given. The coordinator waits on all of them at once.
"""

import contextlib
import os
import selectors
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass, field

from triage.errors import WorkerError
from triage.workers.messages import Inbox, Reply, Request, Setup, frame

_RECEIVE_BYTES = 1 << 20
_END_SECONDS = 2.0
"""A killed worker is waited for so long; one that the kernel holds ends when the kernel lets it."""

TOOK_TOO_LONG = "took too long"

COMMAND = (sys.executable, "-I", "-m", "triage.workers")
"""-I: no environment, no user site, no current folder on the path."""
_ENVIRONMENT = {"LC_ALL": "C.UTF-8", "OPENBLAS_NUM_THREADS": "1"}
"""One thread for numpy's products too: a second one spins on the core of another worker."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Died:
    """A worker ended that should not have, or was ended because it took too long."""

    reason: str


@dataclass(slots=True, kw_only=True, eq=False)
class Worker:
    """One process, and what it is doing."""

    setup: Setup
    process: subprocess.Popen[bytes]
    channel: socket.socket
    complaints: int
    """A pipe from its standard error: what it says when it fails in a way that nobody foresaw."""
    inbox: Inbox = field(default_factory=Inbox)
    outbox: bytearray = field(default_factory=bytearray)
    deadline: float = float("inf")
    """time.monotonic() by which it must have answered."""

    @property
    def descriptors(self) -> tuple[int, ...]:
        """What it inherited."""
        return descriptors_of(self.setup)


def descriptors_of(setup: Setup) -> tuple[int, ...]:
    """Every descriptor that a worker with this set-up needs, besides its channel."""
    devices = [fd for opened in setup.devices for fd in opened.descriptors]
    sets = [hash_set.descriptor for hash_set in setup.hash_sets]
    return (*devices, *sets, *(model.descriptor for model in setup.models))


class Pool:
    """All workers of a scan. A context manager: leaving it ends them."""

    def __init__(self) -> None:
        self._selector = selectors.DefaultSelector()
        self.workers: list[Worker] = []

    def __enter__(self) -> "Pool":
        return self

    def __exit__(self, *_: object) -> None:
        for worker in list(self.workers):
            self.end(worker)
        self._selector.close()

    def start(self, setup: Setup) -> Worker:
        """Start a worker; its first reply will be Ready. Raises WorkerError."""
        ours, theirs = socket.socketpair()
        complaints, heard = os.pipe()
        os.set_blocking(complaints, False)
        os.set_blocking(heard, False)  # a worker that complains too much is not waited for
        with theirs, os.fdopen(heard, "wb"):
            process = _spawn(theirs.fileno(), descriptors_of(setup), heard)
        ours.setblocking(False)
        worker = Worker(setup=setup, process=process, channel=ours, complaints=complaints)
        self._selector.register(ours, selectors.EVENT_READ, worker)
        self.workers.append(worker)
        self.send(worker, setup)
        return worker

    def send(self, worker: Worker, request: Request, *, within: float = float("inf")) -> None:
        """Queue a request; the worker must answer within that many seconds."""
        worker.outbox += frame(request)
        worker.deadline = time.monotonic() + within
        self._flush(worker)

    def poll(self, timeout: float) -> Iterator[tuple[Worker, Reply | Died]]:
        """What the workers said within `timeout` seconds, and who died. Ends when all is said."""
        for key, events in self._selector.select(timeout):
            worker: Worker = key.data
            if events & selectors.EVENT_WRITE:
                self._flush(worker)
            if events & selectors.EVENT_READ:
                yield from self._read(worker)
        now = time.monotonic()
        for worker in [late for late in self.workers if late.deadline < now]:
            self.end(worker)
            yield worker, Died(reason=TOOK_TOO_LONG)

    def postpone(self, seconds: float) -> None:
        """Give every worker so much longer: it was the coordinator that stood still."""
        for worker in self.workers:
            worker.deadline += seconds

    def end(self, worker: Worker) -> None:
        """Kill a worker; nothing it says afterwards is heard."""
        if worker not in self.workers:
            return
        self.workers.remove(worker)
        self._selector.unregister(worker.channel)
        worker.channel.close()
        with contextlib.suppress(ProcessLookupError):
            os.kill(worker.process.pid, signal.SIGKILL)
        with contextlib.suppress(subprocess.TimeoutExpired):  # a dying disk holds it in the kernel
            worker.process.wait(timeout=_END_SECONDS)
        os.close(worker.complaints)

    def _read(self, worker: Worker) -> Iterator[tuple[Worker, Reply | Died]]:
        try:
            data = worker.channel.recv(_RECEIVE_BYTES)
        except BlockingIOError:
            return
        except OSError:
            data = b""
        if not data:
            yield worker, self._bury(worker)
            return
        try:
            for reply in worker.inbox.feed(data):
                yield worker, reply
        except WorkerError as error:
            self.end(worker)
            yield worker, Died(reason=error.message)

    def _bury(self, worker: Worker) -> Died:
        with contextlib.suppress(subprocess.TimeoutExpired):
            worker.process.wait(timeout=1)
        code = worker.process.returncode
        complaint = _last_line(worker.complaints)
        self.end(worker)
        return Died(reason=_how_it_ended(code) + (f": {complaint}" if complaint else ""))

    def _flush(self, worker: Worker) -> None:
        with contextlib.suppress(BlockingIOError, BrokenPipeError, ConnectionResetError):
            while worker.outbox:
                del worker.outbox[: worker.channel.send(worker.outbox)]
        wanted = selectors.EVENT_READ | (selectors.EVENT_WRITE if worker.outbox else 0)
        self._selector.modify(worker.channel, wanted, worker)


def _spawn(channel: int, descriptors: tuple[int, ...], complaints: int) -> subprocess.Popen[bytes]:
    try:
        return subprocess.Popen(
            [*COMMAND, str(channel)],
            pass_fds=(channel, *descriptors),
            env=_ENVIRONMENT,
            cwd="/",
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=complaints,
            start_new_session=True,  # Ctrl-C is the coordinator's to hear
        )
    except OSError as error:
        raise WorkerError(
            f"A worker process cannot start: {error}", hint="Free some memory and start again."
        ) from error


def _last_line(complaints: int) -> str:
    """The end of a traceback, short and printable: it may quote what a suspect wrote."""
    try:
        text = os.read(complaints, 1 << 16).decode("ascii", "replace")
    except BlockingIOError:
        return ""
    last = next((line for line in reversed(text.split("\n")) if line.strip()), "")
    return "".join(c if c.isprintable() else "?" for c in last)[:200]


def _how_it_ended(code: int | None) -> str:
    if code is not None and code < 0:
        try:
            return f"crashed the reader ({signal.Signals(-code).name})"
        except ValueError:
            return f"crashed the reader (signal {-code})"
    return f"ended the reader (exit {code})"
