"""What a worker does from its birth to its end.

1. Take the set-up, and keep only the descriptors that it names.
2. Build all that the role needs.
3. Give up every other right.
4. Load what somebody sent in: models.
5. Only then say Ready, and do what is asked until the channel closes.
"""

import os
import socket
from collections.abc import Iterator, Sequence

from triage.collector import quieten
from triage.errors import SeekError, why
from triage.evidence import SourceKind
from triage.wire.descriptors import arrived
from triage.wire.messages import (
    MOST_SAID,
    Failed,
    Ready,
    Reply,
    Request,
    Role,
    Setup,
    frame,
    requests,
)
from triage.workers.confine import (
    close_all_but,
    confine,
    die_with_coordinator,
    mute,
    refuse_unwalled,
)
from triage.workers.tasks import Tasks, tasks_of
from triage.workers.versions import libraries

EXAMINERS_GIVE_WAY = 3
"""Niceness: where cores are few, the survey gets twice an examiner's share, so that what is left at
the end is work for every core and not the last of a walk; more would delay the first finding."""


def work(channel_number: int, complaints: int, given: Sequence[int]) -> int:
    """Serve one coordinator; returns the exit code. `given`: what the set-up names, in order."""
    die_with_coordinator()
    os.dup2(complaints, 2)
    close_all_but({channel_number, *given})
    with socket.socket(fileno=channel_number) as channel:
        incoming = requests(channel)
        setup = next(incoming, None)
        if not isinstance(setup, Setup):
            return 2
        setup = arrived(setup, given)
        try:
            tasks = tasks_of(setup)
            if setup.role is Role.EXAMINE:
                os.nice(EXAMINERS_GIVE_WAY)
            mute()
            parts = libraries()
            folders = _folders(setup)
            layers = confine(memory_bytes=setup.memory_bytes, folders=folders)
            refuse_unwalled(layers, folders)
            tasks.begin()
        except SeekError as error:
            channel.sendall(frame(_failed(error)))
            return 1
        channel.sendall(frame(Ready(confinement=layers, libraries=parts)))
        quieten()
        _serve(channel, incoming, tasks)
    return 0


def _serve(channel: socket.socket, incoming: Iterator[Request], tasks: Tasks) -> None:
    for request in incoming:
        for reply in _answers(tasks, request):
            channel.sendall(frame(reply))


def _answers(tasks: Tasks, request: Request) -> Iterator[Reply]:
    try:
        yield from tasks.answer(request)
    except SeekError as error:
        yield _failed(error)


def _failed(error: SeekError) -> Failed:
    return Failed(message=why(error)[:MOST_SAID])


def _folders(setup: Setup) -> tuple[int, ...]:
    return tuple(
        opened.descriptors[0]
        for opened in setup.devices
        if opened.device.kind is SourceKind.DIRECTORY
    )
