"""A process that gives up its rights as a worker does, and says what is left: JSON on its output.

`calls`     every system call by its number, with arguments that mean nothing: the errno of each
`clones`    `clone` with each of the flags that follow, and no stack: the errno of each
`growing`   a write to a file that was opened for writing before
`landlock`  what Landlock alone refuses
`earlier`   what a thread may do that was there before
`later`     what a thread may do that is begun afterwards, of all that attempts.py tries
`threads`   how far one gets that begins threads without end
`layers`    the names of those that are on
"""

import ctypes
import errno
import json
import os
import resource
import socket
import sys
import threading
from collections.abc import Callable
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[2]))

from tests.workers import attempts
from triage.workers import confine

NUMBERS = set(range(500)) - {335, 336}
"""Without two that are the kernel's own return from a probe: no filter sees them, and whoever calls
them from elsewhere is killed."""
_libc = ctypes.CDLL(None, use_errno=True)


def _asked(number: int, *arguments: int) -> str:
    ctypes.set_errno(0)
    mine = os.getpid()
    done = _libc.syscall(ctypes.c_long(number), *map(ctypes.c_long, arguments))
    if os.getpid() != mine:
        os._exit(0)
    return "done" if done >= 0 else errno.errorcode.get(ctypes.get_errno(), "unknown")


def _calls(*let_through: str) -> dict[str, str]:
    confine.confine(memory_bytes=0)
    left = NUMBERS - set(map(int, let_through))
    return {str(number): _asked(number, *[-1] * 6) for number in sorted(left)}


def _clones(number: str, *flags: str) -> dict[str, str]:
    confine.confine(memory_bytes=0)
    return {each: _asked(int(number), int(each), 0, 0, 0, 0) for each in flags}


def _growing(path: str) -> dict[str, str]:
    file = os.open(path, os.O_WRONLY | os.O_CREAT)
    confine.confine(memory_bytes=0)
    return {"write": _tried(lambda: os.write(file, b"more"))}


def _landlock(folder: str) -> dict[str, str]:
    below = os.open(folder, os.O_RDONLY)
    layer = confine._no_paths((below,))
    return {
        "layer": layer,
        "read outside": _tried(lambda: os.open("/etc/passwd", os.O_RDONLY)),
        "list outside": _tried(lambda: next(Path("/").iterdir())),
        "make inside": _tried(lambda: os.open(f"{folder}/new", os.O_CREAT | os.O_WRONLY)),
        "change inside": _tried(lambda: os.open(f"{folder}/a", os.O_WRONLY)),
        "connect": _tried(lambda: socket.create_connection(("127.0.0.1", 9))),
        "read inside": _tried(lambda: os.open(f"{folder}/a", os.O_RDONLY)),
        "list inside": _tried(lambda: next(Path(folder).iterdir())),
    }


def _earlier() -> dict[str, str]:
    asked, came = threading.Event(), dict[str, str]()

    def opens() -> None:
        asked.wait()
        came["open"] = _tried(lambda: os.open("/etc/passwd", os.O_RDONLY))
        came["user"] = "root" if os.geteuid() == 0 else "not root"

    thread = threading.Thread(target=opens)
    thread.start()
    confine.confine(memory_bytes=0)
    asked.set()
    thread.join()
    return came


def _later(path: str) -> dict[str, str]:
    attempts.source.append(os.open(path, os.O_RDONLY))
    came = dict[str, str]()
    confine.confine(memory_bytes=1 << 30)

    def tries() -> None:
        for name in (*attempts.ATTEMPTS, *attempts.ON_A_DEVICE, *attempts.ALLOWED):
            came[name] = attempts.tried(name)

    thread = threading.Thread(target=tries)
    thread.start()
    thread.join()
    return came


def _threads(at_most: str) -> dict[str, str]:
    resource.setrlimit(resource.RLIMIT_NPROC, (int(at_most), int(at_most)))
    over = threading.Event()
    confine.confine(memory_bytes=0)
    begun, came = [], "begun"
    try:
        for _ in range(int(at_most) + 1):
            begun.append(threading.Thread(target=over.wait))
            begun[-1].start()
    except RuntimeError:
        came = "refused"
        begun.pop()
    over.set()
    for thread in begun:
        thread.join()
    return {"one more": came}


def _layers() -> dict[str, str]:
    return dict.fromkeys(confine.confine(memory_bytes=1 << 32), "on")


def _tried(act: Callable[[], object]) -> str:
    try:
        act()
    except OSError as error:
        return errno.errorcode.get(error.errno or 0, str(error))
    return "done"


MODES: dict[str, Callable[..., dict[str, str]]] = {
    "calls": _calls,
    "clones": _clones,
    "growing": _growing,
    "landlock": _landlock,
    "earlier": _earlier,
    "later": _later,
    "threads": _threads,
    "layers": _layers,
}

if __name__ == "__main__":
    print(json.dumps(MODES[sys.argv[1]](*sys.argv[2:])))
