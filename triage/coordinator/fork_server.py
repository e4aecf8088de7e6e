"""The fork server's process and the socket to it, started by a command as the first thing it does.

So this module imports next to nothing: the fork server imports while the command does.
"""

import ctypes
import socket
import subprocess
import sys

from triage.errors import WorkerError, why

COMMAND = (sys.executable, "-I", "-m", "triage.workers")
"""-I: no environment, no user site, no current folder on the path."""
_ENVIRONMENT = {"LC_ALL": "C.UTF-8", "OPENBLAS_NUM_THREADS": "1"}
"""One thread for numpy's products too: a second one spins on the core of another worker."""
_PR_SET_CHILD_SUBREAPER = 36

Spawned = tuple["subprocess.Popen[bytes]", socket.socket]
"""The process, and our end of the socket."""

_early: list[Spawned] = []


def begin_early() -> None:
    """Start the next pool's fork server now. What fails is tried again, and told, by the pool."""
    try:
        _early.append(spawn())
    except WorkerError:
        return


def begun_early() -> Spawned | None:
    """The one that was started early, for whoever asks first."""
    return _early.pop() if _early else None


def spawn() -> Spawned:
    """A new one. Raises WorkerError."""
    _adopt_orphans()
    ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    with theirs:
        try:
            return _process(theirs.fileno()), ours
        except OSError as error:
            ours.close()
            raise WorkerError(
                f"A worker process cannot start: {why(error)}.",
                hint="Free some memory and start again.",
            ) from error


def _process(control: int) -> "subprocess.Popen[bytes]":
    return subprocess.Popen(
        [*COMMAND, str(control)],
        pass_fds=(control,),
        env=_ENVIRONMENT,
        cwd="/",
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,  # Ctrl-C is the coordinator's to hear
    )


def _adopt_orphans() -> None:
    """From here on, processes whose parent ends become this one's: man 2 PR_SET_CHILD_SUBREAPER."""
    ctypes.CDLL(None).prctl(_PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)
