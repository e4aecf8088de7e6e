"""Folders in memory for private keys: each is gone with whoever made it, also one who was killed.

Who makes one holds a lock on it. The system gives the lock up when that process ends, however it
ends; so what is not locked belongs to nobody any more, and the next who needs a folder clears it
away first. Only folders of the same user are looked at, and no link is followed.
"""

import fcntl
import os
import shutil
import stat
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

PREFIX = "seek-signer-"
_MEMORY = Path("/dev/shm")  # noqa: S108 - memory, so that a private key never touches a medium


@contextmanager
def private_folder() -> Iterator[Path]:
    """A folder in memory, if there is such a place; overwritten and removed afterwards."""
    place = _MEMORY if os.access(_MEMORY, os.W_OK | os.X_OK) else Path(tempfile.gettempdir())
    clear_abandoned(place)
    folder, lock = _made(place)
    try:
        yield folder
    finally:
        _remove(folder, lock)
        os.close(lock)


def clear_abandoned(place: Path) -> None:
    """Overwrite and remove what killed processes of this user left there."""
    for folder in place.glob(f"{PREFIX}*"):
        with suppress(OSError):  # another clears it away, or it is somebody else's
            _clear_if_abandoned(folder)


def _clear_if_abandoned(folder: Path) -> None:
    """Raises BlockingIOError where its process lives."""
    lock = _opened(folder)
    try:
        if os.fstat(lock).st_uid == os.geteuid():
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            _remove(folder, lock)
    finally:
        os.close(lock)


def _made(place: Path) -> tuple[Path, int]:
    """A new one, and the descriptor that holds its lock. Between its making and its locking another
    may have cleared it away as nobody's: then one more is made."""
    while True:
        folder = Path(tempfile.mkdtemp(prefix=PREFIX, dir=place))
        with suppress(FileNotFoundError):
            lock = _opened(folder)
            fcntl.flock(lock, fcntl.LOCK_EX)
            if folder.exists():
                return folder, lock
            os.close(lock)


def _opened(folder: Path) -> int:
    return os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC)


def _remove(folder: Path, descriptor: int) -> None:
    for name in os.listdir(descriptor):
        with suppress(OSError):
            _overwrite(name, descriptor)
    shutil.rmtree(folder, ignore_errors=True)


def _overwrite(name: str, folder: int) -> None:
    if not stat.S_ISREG(os.stat(name, dir_fd=folder, follow_symlinks=False).st_mode):
        return
    file = os.open(name, os.O_WRONLY | os.O_NOFOLLOW | os.O_CLOEXEC, dir_fd=folder)
    try:
        os.write(file, bytes(os.fstat(file).st_size))
    finally:
        os.close(file)
