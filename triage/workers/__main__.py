"""The fork server: `python -I -m triage.workers CONTROL`. See coordinator/children.py.

For each request to fork: import what such a worker needs, fork it, say its number. What is said to
be asked for next is imported while the coordinator loads its equipment.
"""

import gc
import os
import socket
import sys
import time
import traceback
from collections.abc import Iterator

import msgspec

from triage.wire.forking import MOST_DESCRIPTORS, PID, Fork, Prepare
from triage.workers import serving
from triage.workers.confine import die_with_coordinator
from triage.workers.imports import import_at_once, import_for

_ROOM = 4096
_decode = msgspec.msgpack.Decoder(Fork | Prepare).decode


def main() -> int:
    """Serve one coordinator until it closes the socket; returns the exit code."""
    gc.disable()
    die_with_coordinator()
    import_at_once()
    with socket.socket(fileno=int(sys.argv[1])) as control:
        for wanted, descriptors in _requests(control):
            import_for(wanted.kind)
            if isinstance(wanted, Prepare):
                continue
            gc.freeze()  # a worker's collector must not touch, and so copy, what all share
            pid = _fork(descriptors)
            for descriptor in descriptors:
                os.close(descriptor)
            control.send(PID.pack(pid))
    return 0


def _requests(control: socket.socket) -> Iterator[tuple[Fork | Prepare, list[int]]]:
    while True:
        wanted, descriptors = _receive(control)
        while isinstance(wanted, Fork) and len(descriptors) < wanted.descriptors:
            again, more = _receive(control)
            descriptors += more
            if again is None:
                return
        if wanted is None:
            return
        yield wanted, descriptors


def _receive(control: socket.socket) -> tuple[Fork | Prepare | None, list[int]]:
    message, descriptors, _, _ = socket.recv_fds(control, _ROOM, MOST_DESCRIPTORS)
    return (_decode(message) if message else None), list(descriptors)


def _fork(descriptors: list[int]) -> int:
    """The number of a new worker, orphaned, so that it is the coordinator's; 0 if there is none."""
    reading, writing = os.pipe()
    try:
        between = os.fork()
        if not between:
            _bear(descriptors, writing)
        os.waitpid(between, 0)
        os.close(writing)
        said = os.read(reading, PID.size)
        return int(PID.unpack(said)[0]) if len(said) == PID.size else 0
    except OSError:
        return 0
    finally:
        os.close(reading)


def _bear(descriptors: list[int], writing: int) -> None:
    """In the process between: fork the worker, say its number, end. Never returns."""
    try:
        between = os.getpid()
        pid = os.fork()
        if not pid:
            _await_orphanhood(between)
            _live(descriptors)
        os.write(writing, PID.pack(pid))
    finally:
        os._exit(0)


def _await_orphanhood(parent: int) -> None:
    """Until the parent is the coordinator: a worker asks to die when its parent does."""
    while os.getppid() == parent:
        time.sleep(0.0005)


def _live(descriptors: list[int]) -> None:
    """In the worker. Never returns."""
    code = 1
    try:
        channel, complaints, *given = descriptors
        code = serving.work(channel, complaints, given)
    except BaseException:  # noqa: BLE001 - it is told, and this process ends
        traceback.print_exc()
        sys.stderr.flush()
    finally:
        os._exit(code)


if __name__ == "__main__":
    sys.exit(main())
