"""What a worker that was taken over tries, and the very errno with which it must be refused.

`python -I attempts.py SOURCE` tries all of it without the sandbox, on a source opened for reading
and writing, and prints what came of it: there each attempt must succeed, or it proves nothing.
"""

import ctypes
import errno
import fcntl
import json
import mmap
import os
import signal
import socket
import struct
import sys
import termios
import threading
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pyseccomp

DONE = "DONE"
COORDINATOR = os.getppid()
INSIDE = "good.txt"
"""A file in the source, where that is a folder."""
source: list[int] = []
"""Descriptor of the device, image or folder."""
_MAP_NORESERVE = 0x4000
_libc = ctypes.CDLL(None, use_errno=True)
_libc.mmap.restype = ctypes.c_void_p


def mark(coordinator: int) -> str:
    """A file that must not come to be."""
    return f"/tmp/seek-test-hostile-{coordinator}"  # noqa: S108


def doomed(coordinator: int) -> str:
    """One that must not go."""
    return f"{mark(coordinator)}-doomed"


def _system_call(name: str, *arguments: object) -> int:
    number = pyseccomp.resolve_syscall(pyseccomp.Arch.NATIVE, name)
    ctypes.set_errno(0)
    done: int = _libc.syscall(ctypes.c_long(number), *arguments)
    if done < 0:
        code = ctypes.get_errno()
        raise OSError(code, os.strerror(code))
    return done


def _end_the_child(pid: int) -> None:
    if not pid:
        os._exit(0)
    os.waitpid(pid, 0)


def _connect() -> None:
    with socket.socket(type=socket.SOCK_DGRAM) as out:
        out.connect(("127.0.0.1", 9))


def _socket_pair() -> None:
    for end in socket.socketpair():
        end.close()


def _clone() -> None:
    none = ctypes.c_long(0)
    _end_the_child(_system_call("clone", ctypes.c_long(signal.SIGCHLD), none, none, none, none))


def _clone3() -> None:
    told = struct.pack("8Q", 0, 0, 0, 0, signal.SIGCHLD, 0, 0, 0)
    _end_the_child(_system_call("clone3", told, ctypes.c_long(len(told))))


def _open_by_flags_in_memory() -> None:
    how = struct.pack("3Q", os.O_WRONLY, 0, 0)
    os.close(_system_call("openat2", ctypes.c_long(source[0]), INSIDE.encode(), how,
                          ctypes.c_long(len(how))))  # fmt: skip


def _write_in_its_place() -> None:
    os.lseek(source[0], 0, os.SEEK_SET)
    os.write(source[0], b"tampered")


def _map() -> None:
    """As the kernel is asked: Python's own mapping begins with a copy of the descriptor."""
    ctypes.set_errno(0)
    page = _libc.mmap(None, 4096, mmap.PROT_WRITE, mmap.MAP_SHARED, source[0], ctypes.c_long(0))
    if page == ctypes.c_void_p(-1).value:
        raise OSError(ctypes.get_errno(), "it cannot be mapped")
    ctypes.memmove(page, b"evil", 4)


def _take_memory() -> None:
    reserved = mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS | _MAP_NORESERVE
    mmap.mmap(-1, 64 << 30, reserved, mmap.PROT_READ).close()


def _thread() -> None:
    begun = threading.Thread(target=_done.append, args=(1,))
    begun.start()
    begun.join()
    if not _done:
        raise OSError(errno.ESRCH, "the thread did nothing")


_done: list[int] = []


@dataclass(frozen=True, slots=True)
class Attempt:
    act: Callable[[], object]
    refused: int = errno.EPERM
    below_a_folder: int = 0
    """The errno where the source is a folder, if it is another one there."""


_BY_LANDLOCK = errno.EACCES

ATTEMPTS = {
    "read-file": Attempt(lambda: Path("/etc/passwd").read_bytes()),
    "new-file": Attempt(lambda: os.open(mark(COORDINATOR), os.O_CREAT | os.O_WRONLY)),
    "open-memory": Attempt(lambda: os.open("/proc/self/mem", os.O_RDWR)),
    "list-folder": Attempt(lambda: next(Path("/").iterdir())),
    "signal-by-the-kernel": Attempt(lambda: fcntl.fcntl(source[0], fcntl.F_SETOWN, COORDINATOR)),
    "signal-of-its-choice": Attempt(lambda: fcntl.fcntl(source[0], fcntl.F_SETSIG, signal.SIGKILL)),
    "unlink": Attempt(lambda: Path(doomed(COORDINATOR)).unlink()),
    "change-mode": Attempt(lambda: os.fchmod(source[0], 0o600)),
    "ioctl": Attempt(lambda: fcntl.ioctl(source[0], termios.FIOCLEX)),
    "connect": Attempt(_connect),
    "socket-pair": Attempt(_socket_pair),
    "pipe": Attempt(os.pipe),
    "exec": Attempt(lambda: os.execv("/bin/true", ["true"])),  # noqa: S606
    "spawn": Attempt(lambda: os.waitpid(os.posix_spawn("/bin/true", ["true"], {}), 0)),
    "fork": Attempt(lambda: _end_the_child(os.fork())),
    "clone": Attempt(_clone),
    "clone3": Attempt(_clone3, refused=errno.ENOSYS),
    "signal": Attempt(lambda: os.kill(COORDINATOR, 0)),
    "become-root": Attempt(lambda: os.setresuid(0, 0, 0)),
    "take-memory": Attempt(_take_memory, refused=errno.ENOMEM),
}
"""On any source. EPERM is seccomp's word, EACCES Landlock's."""

ON_A_DEVICE = {
    "write-at": Attempt(lambda: os.pwrite(source[0], b"tampered", 0)),
    "write-in-its-place": Attempt(_write_in_its_place, refused=errno.EBADF),
    "map": Attempt(_map, refused=errno.EACCES),
    "truncate": Attempt(lambda: os.ftruncate(source[0], 4096)),
    "open-anew": Attempt(lambda: os.open(f"/proc/self/fd/{source[0]}", os.O_RDWR)),
}
"""EBADF and EACCES are what a descriptor that is read-only answers."""

BELOW_A_FOLDER = {
    "write-inside": Attempt(lambda: os.open(INSIDE, os.O_WRONLY, dir_fd=source[0])),
    "new-inside": Attempt(lambda: os.open("new", os.O_CREAT | os.O_WRONLY, dir_fd=source[0])),
    "unnamed-inside": Attempt(lambda: os.open(".", os.O_TMPFILE | os.O_WRONLY, dir_fd=source[0])),
    "mark-inside": Attempt(lambda: os.open(INSIDE, os.O_PATH, dir_fd=source[0])),
    "by-flags-in-memory": Attempt(_open_by_flags_in_memory),
    "above": Attempt(
        lambda: os.open("..", os.O_RDONLY, dir_fd=source[0]), below_a_folder=_BY_LANDLOCK
    ),
    "anywhere": Attempt(
        lambda: os.open("/etc/passwd", os.O_RDONLY, dir_fd=source[0]), below_a_folder=_BY_LANDLOCK
    ),
}

ALLOWED = {"thread": Attempt(_thread, refused=0)}
"""What a decoder needs."""

ALL = ATTEMPTS | ON_A_DEVICE | BELOW_A_FOLDER | ALLOWED


def expected(attempts: dict[str, Attempt], *, below_a_folder: bool = False) -> dict[str, str]:
    """By name, what must come of each in the sandbox."""
    return {
        name: _named(
            each.below_a_folder if below_a_folder and each.below_a_folder else each.refused
        )
        for name, each in attempts.items()
    }


def tried(name: str) -> str:
    """What comes of it: the errno's name, or DONE."""
    try:
        ALL[name].act()
    except OSError as error:
        return _named(error.errno or -1)
    return DONE


def _named(code: int) -> str:
    return errno.errorcode.get(code, f"errno {code}") if code else DONE


def _tried_apart(name: str) -> str:
    """In a process of its own, which may become another program."""
    reading, writing = os.pipe()
    os.set_inheritable(writing, False)
    pid = os.fork()
    if not pid:
        os.write(writing, tried(name).encode())
        os._exit(0)
    os.close(writing)
    said = os.read(reading, 100).decode()
    os.close(reading)
    _, status = os.waitpid(pid, 0)
    return said or (DONE if status == 0 else f"ended {status}")


def main() -> int:
    folder = Path(sys.argv[1]).is_dir()
    source.append(os.open(sys.argv[1], os.O_RDONLY if folder else os.O_RDWR))
    attempts = ATTEMPTS | (BELOW_A_FOLDER if folder else ON_A_DEVICE) | ALLOWED
    print(json.dumps({name: _tried_apart(name) for name in attempts}))
    return 0


if __name__ == "__main__":
    sys.exit(main())
