"""Worker processes: started, spoken to, replaced when they die.

A worker is forked from an interpreter that holds nothing (children.py), with only the
descriptors that it is given. The coordinator waits on all of them at once.
"""

import contextlib
import os
import selectors
import signal
import socket
import time
from collections.abc import Iterator
from dataclasses import dataclass, field

from triage.coordinator.children import Child, ForkServer
from triage.coordinator.doing_without import ILLEGAL
from triage.errors import WorkerError
from triage.wire.descriptors import descriptors_of
from triage.wire.forking import KindOfWorker, fork_for
from triage.wire.messages import Inbox, Reply, Request, Role, Setup, frame

_RECEIVE_BYTES = 1 << 18
_END_SECONDS = 2.0
"""A killed worker is waited for so long; one that the kernel holds ends when the kernel lets it."""

_MOST_BIRTHS = 4
"""The fork server may be killed, or short of memory, before it has forked what it was asked for."""

DECODER_MEMORY_BYTES = 3 * 1024**3
"""RLIMIT_AS of a worker that decodes: address space, of which a classifier touches a small part."""
TOOK_TOO_LONG = "took too long"


@dataclass(frozen=True, slots=True, kw_only=True)
class Died:
    """A worker ended that should not have, or was ended because it took too long."""

    reason: str
    code: int | None = None
    """As `os.waitstatus_to_exitcode` says; None if it was ended, or it is not known."""
    complaint: str = ""
    """What it said last, for the log. It may be anything: nothing is counted by it."""


@dataclass(slots=True, kw_only=True, eq=False)
class Worker:
    """One process, and what it is doing."""

    setup: Setup
    process: Child
    channel: socket.socket
    complaints: int
    """A pipe from its standard error: what it says when it fails in a way that nobody foresaw."""
    births: int = 1
    """How often it was asked for."""
    unanswered: bytearray = field(default_factory=bytearray)
    """All that was sent to it before it first said anything."""
    inbox: Inbox = field(default_factory=Inbox)
    outbox: bytearray = field(default_factory=bytearray)
    has_spoken: bool = False
    deadline: float = float("inf")
    """time.monotonic() by which it must have answered."""


class Pool:
    """All workers of a scan. A context manager: leaving it ends them."""

    def __init__(self) -> None:
        self._selector = selectors.DefaultSelector()
        self._fork_server = ForkServer()
        self.workers: list[Worker] = []
        self._received = memoryview(bytearray(_RECEIVE_BYTES))

    def __enter__(self) -> "Pool":
        return self

    def __exit__(self, *_: object) -> None:
        self._fork_server.close()
        for worker in self.workers:
            worker.process.kill()  # all at once: each takes a while to give back its memory
        for worker in list(self.workers):
            self.end(worker)
        self._selector.close()

    def prepare(self, kind: KindOfWorker) -> None:
        """Workers of that kind are started soon."""
        self._fork_server.prepare(kind)

    def start(self, setup: Setup) -> Worker:
        """Start a worker; its first reply will be Ready. Raises WorkerError."""
        process, channel, complaints = self._fork(setup)
        worker = Worker(setup=setup, process=process, channel=channel, complaints=complaints)
        self._selector.register(channel, selectors.EVENT_READ, worker)
        self.workers.append(worker)
        self.send(worker, setup)
        return worker

    def _fork(self, setup: Setup) -> tuple[Child, socket.socket, int]:
        """A new process, our side of its channel, and the pipe of its complaints."""
        ours, theirs = socket.socketpair()
        complaints, heard = os.pipe()
        os.set_blocking(complaints, False)
        os.set_blocking(heard, False)  # a worker that complains too much is not waited for
        with theirs, os.fdopen(heard, "wb"):
            given = (theirs.fileno(), heard, *descriptors_of(setup))
            process = self._fork_server.fork(fork_for(setup, descriptors=len(given)), given)
        ours.setblocking(False)
        return process, ours, complaints

    def send(self, worker: Worker, request: Request, *, within: float = float("inf")) -> None:
        """Queue a request; the worker must answer within that many seconds."""
        framed = frame(request)
        worker.outbox += framed
        if not worker.has_spoken:
            worker.unanswered += framed
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
        self._let_go(worker)
        worker.process.kill()
        worker.process.wait(_END_SECONDS)  # a dying disk may hold it in the kernel

    def _read(self, worker: Worker) -> Iterator[tuple[Worker, Reply | Died]]:
        try:
            received = worker.channel.recv_into(self._received)
        except BlockingIOError:
            return
        except OSError:
            received = 0
        if not received:
            if not self._is_born_again(worker):
                yield worker, self._bury(worker)
            return
        if not worker.has_spoken:
            worker.has_spoken = True
            worker.unanswered.clear()
        try:
            for reply in worker.inbox.feed(self._received[:received]):
                yield worker, reply
        except WorkerError as error:
            self.end(worker)
            yield worker, Died(reason=error.message)

    def _is_born_again(self, worker: Worker) -> bool:
        """One that never came to be is asked for once more, and told again what it was told; not
        one whose libraries end the fork server."""
        if worker.has_spoken or worker.process.pid or worker.births >= _MOST_BIRTHS:
            return False
        if worker.setup.role is not Role.SURVEY and worker.process.wait(0) == ILLEGAL:
            return False
        worker.births += 1
        self._let_go(worker)
        worker.process, worker.channel, worker.complaints = self._fork(worker.setup)
        worker.outbox[:] = worker.unanswered
        self._selector.register(worker.channel, selectors.EVENT_READ, worker)
        self._flush(worker)
        return True

    def _let_go(self, worker: Worker) -> None:
        self._selector.unregister(worker.channel)
        worker.channel.close()
        os.close(worker.complaints)

    def _bury(self, worker: Worker) -> Died:
        code = worker.process.wait(1)
        complaint = _last_line(worker.complaints)
        self.end(worker)
        return Died(reason=_how_it_ended(code), code=code, complaint=complaint)

    def _flush(self, worker: Worker) -> None:
        with contextlib.suppress(BlockingIOError, BrokenPipeError, ConnectionResetError):
            while worker.outbox:
                del worker.outbox[: worker.channel.send(worker.outbox)]
        wanted = selectors.EVENT_READ | (selectors.EVENT_WRITE if worker.outbox else 0)
        self._selector.modify(worker.channel, wanted, worker)


def _last_line(complaints: int) -> str:
    """The end of a traceback, short and printable: it may quote what a suspect wrote."""
    try:
        text = os.read(complaints, 1 << 16).decode("ascii", "replace")
    except BlockingIOError:
        return ""
    last = next((line for line in reversed(text.split("\n")) if line.strip()), "")
    return "".join(c if c.isprintable() else "?" for c in last)[:200]


def _how_it_ended(code: int | None) -> str:
    if code is None:
        return "ended the reader"
    if code < 0:
        try:
            return f"crashed the reader ({signal.Signals(-code).name})"
        except ValueError:
            return f"crashed the reader (signal {-code})"
    return f"ended the reader (exit {code})"
