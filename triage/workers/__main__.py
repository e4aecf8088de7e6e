"""What runs in a worker process: `python -I -m triage.workers CHANNEL`.

1. Take the set-up, and keep only the descriptors that it names.
2. Import and build all that the role needs.
3. Give up every other right.
4. Only then say Ready, and do what is asked until the channel closes.
"""

import gc
import socket
import sys
from collections.abc import Iterator

from triage.errors import SeekError
from triage.evidence import SourceKind
from triage.workers.confine import close_all_but, confine, die_with_coordinator, mute
from triage.workers.messages import Failed, Ready, Reply, Request, Setup, frame, requests
from triage.workers.pool import descriptors_of
from triage.workers.tasks import Tasks, tasks_of


def main() -> int:
    """Serve one coordinator; returns the exit code."""
    die_with_coordinator()
    with socket.socket(fileno=int(sys.argv[1])) as channel:
        incoming = requests(channel)
        setup = next(incoming, None)
        if not isinstance(setup, Setup):
            return 2
        close_all_but({channel.fileno(), *descriptors_of(setup)})
        try:
            tasks = tasks_of(setup)
        except SeekError as error:
            channel.sendall(frame(Failed(message=error.message)))
            return 1
        mute()
        layers = confine(memory_bytes=setup.memory_bytes, folders=_folders(setup))
        channel.sendall(frame(Ready(confinement=layers)))
        _quieten_the_garbage_collector()
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
        yield Failed(message=error.message)


def _quieten_the_garbage_collector() -> None:
    """Entries come and go by the hundred thousand, and hardly any is in a cycle."""
    gc.freeze()
    gc.set_threshold(50_000, 20, 100)


def _folders(setup: Setup) -> tuple[int, ...]:
    return tuple(
        opened.descriptors[0]
        for opened in setup.devices
        if opened.device.kind is SourceKind.DIRECTORY
    )


if __name__ == "__main__":
    sys.exit(main())
