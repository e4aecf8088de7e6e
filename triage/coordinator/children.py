"""The fork server: a fresh interpreter that has imported what workers need, and forks them.

It is given nothing but requests to fork: no evidence, no key, no message of a worker. It starts no
thread and imports none that would, so a fork of it is as good as a fresh interpreter, and ready in
milliseconds. Its workers are orphaned on purpose: the kernel gives them to the coordinator, which
can kill them and hears how they ended whatever becomes of the fork server.
"""

import os
import select
import signal
import socket
import subprocess
from collections import deque
from collections.abc import Sequence
from contextlib import suppress

import msgspec

from triage.coordinator.fork_server import begun_early, spawn
from triage.errors import WorkerError
from triage.wire.forking import MOST_DESCRIPTORS, PID, Fork, KindOfWorker, Prepare

_ANSWER_SECONDS = 2.0
"""Longer is only waited for a worker that is not there yet, and ends as soon as it is."""


class Child:
    """A process that was forked for this one, and belongs to it."""

    def __init__(self, fork_server: "ForkServer") -> None:
        self._fork_server = fork_server
        self._pid: int | None = None
        self._code: int | None = None

    @property
    def pid(self) -> int:
        """Its number; 0 if it never came to be. Waits for the fork server's answer."""
        if self._pid is None:
            self._fork_server.hear_of(self)
        return self._pid or 0

    def born(self, pid: int) -> None:
        """The fork server has said its number."""
        self._pid = pid

    def unborn(self, code: int | None) -> None:
        """It never came to be: the fork server ended in that way while it was to bear it."""
        self._pid, self._code = 0, code

    def kill(self) -> None:
        """End it at once. No other process can have its number: it is waited for only below."""
        if self._code is None and self.pid:
            with suppress(ProcessLookupError):
                os.kill(self.pid, signal.SIGKILL)

    def wait(self, seconds: float) -> int | None:
        """How it ended, as `os.waitstatus_to_exitcode` says; None if it has not.

        Of one that never was, how the fork server ended; None if that is not known.
        """
        if self._code is None and self.pid and _has_ended(self.pid, seconds):
            with suppress(ChildProcessError):
                _, status = os.waitpid(self.pid, os.WNOHANG)
                self._code = os.waitstatus_to_exitcode(status)
        return self._code


class ForkServer:
    """Forks workers, from one interpreter for as long as that lives."""

    def __init__(self) -> None:
        self._process: subprocess.Popen[bytes] | None = None
        self._control: socket.socket | None = None
        self._unborn: deque[Child] = deque()

    def prepare(self, kind: KindOfWorker) -> None:
        """Have it import what such a worker needs, before one is asked for."""
        with suppress(WorkerError, OSError):  # it is done, or told, when one is asked for
            control = self._control or self._start()
            control.send(msgspec.msgpack.encode(Prepare(kind=kind)))

    def fork(self, wanted: Fork, descriptors: Sequence[int]) -> Child:
        """A new worker with those descriptors and no other. Raises WorkerError."""
        try:
            self._ask(wanted, descriptors)
        except (BrokenPipeError, ConnectionResetError):
            self.close()
            self._ask(wanted, descriptors)
        child = Child(self)
        self._unborn.append(child)
        return child

    def hear_of(self, child: Child) -> None:
        """Take the answers up to the one that is about the child, if they come soon."""
        while child in self._unborn and self._control is not None:
            try:
                said = self._control.recv(PID.size + 1)
            except TimeoutError:
                return
            except OSError:
                said = b""
            if len(said) != PID.size:
                self._lose_the_unborn()
                return
            self._unborn.popleft().born(PID.unpack(said)[0])

    def close(self) -> None:
        """End it. Workers that it forked live on."""
        if self._process is None or self._control is None:
            return
        self._process.kill()
        self._process.wait()
        while self._unborn:
            self.hear_of(self._unborn[-1])
        self._control.close()
        self._process = self._control = None

    def _lose_the_unborn(self) -> None:
        code = None
        if self._process is not None:
            with suppress(subprocess.TimeoutExpired):
                code = self._process.wait(_ANSWER_SECONDS)
        while self._unborn:
            self._unborn.popleft().unborn(code)

    def _ask(self, wanted: Fork, descriptors: Sequence[int]) -> None:
        control = self._control or self._start()
        message = msgspec.msgpack.encode(wanted)
        for start in range(0, len(descriptors), MOST_DESCRIPTORS):
            socket.send_fds(control, [message], descriptors[start : start + MOST_DESCRIPTORS])

    def _start(self) -> socket.socket:
        self._process, control = begun_early() or spawn()
        control.settimeout(_ANSWER_SECONDS)
        self._control = control
        return control


def _has_ended(pid: int, seconds: float) -> bool:
    try:
        watched = os.pidfd_open(pid)
    except ProcessLookupError:
        return False
    try:
        poll = select.poll()
        poll.register(watched, select.POLLIN)
        return bool(poll.poll(seconds * 1000))
    finally:
        os.close(watched)
