"""The file of a set that is being built: under a name of its own, until it is complete.

Whoever builds holds a lock on it, which the kernel lets go when the process ends, however that
ends: so what a build left that was killed is told from what another one is writing.
"""

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO

from triage.errors import HashSetError, there_already

_FLAGS = os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC


@contextmanager
def unfinished(out: Path) -> Iterator[IO[bytes]]:
    """An empty file beside `out`, whose name is gone in the end.

    Raises HashSetError if another build has it.
    """
    part = _part(out)
    with _locked(part, out) as file:
        try:
            file.truncate()
            yield file
        finally:
            with suppress(OSError):
                if _is_named(file, part):
                    part.unlink()


def give_name(out: Path) -> None:
    """Give a complete file its name, never another file's."""
    part = _part(out)
    try:
        os.link(part, out)
    except FileExistsError as error:
        raise there_already(out) from error
    except OSError:  # FAT and exFAT, which sticks have, know no links
        if out.exists():
            raise
        part.rename(out)


def _part(out: Path) -> Path:
    return out.with_name(f".{out.name}.part")


def _locked(part: Path, out: Path) -> IO[bytes]:
    """The file of that name, locked; opened anew if a build ended in between and removed it."""
    while True:
        file, is_new = _opened(part)
        try:
            _lock(file, part, out, is_new=is_new)
            if _is_named(file, part):
                return file
        except BaseException:
            file.close()
            raise
        file.close()


def _opened(part: Path) -> tuple[IO[bytes], bool]:
    try:
        return os.fdopen(os.open(part, _FLAGS | os.O_EXCL, 0o666), "r+b"), True
    except FileExistsError:
        return os.fdopen(os.open(part, _FLAGS, 0o666), "r+b"), False


def _lock(file: IO[bytes], part: Path, out: Path, *, is_new: bool) -> None:
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError as error:
        raise HashSetError(
            f"Another build is writing {out.name}.", hint="Wait until it ends, or name another."
        ) from error
    except OSError as error:  # some network file systems have no locks
        if not is_new:
            raise HashSetError(
                f"{part} is there: another build is writing {out.name}, or one was cut off.",
                hint="Remove it if no build is running.",
            ) from error


def _is_named(file: IO[bytes], part: Path) -> bool:
    """Whether the file still has that name."""
    try:
        return os.path.samestat(os.fstat(file.fileno()), part.lstat())
    except FileNotFoundError:
        return False
