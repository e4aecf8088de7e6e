"""The lab's own files, opened for the workers that are to read them, and for reading alone."""

import os
import stat
from pathlib import Path

from triage.coordinator.describers import OpenedFile
from triage.errors import why

NO_FILE = "no plain file: a folder, a link, a pipe, a socket or a device"


class CannotOpenError(Exception):
    """It cannot be opened, or is nothing to be read. `reason` is one of a few, to be counted."""

    def __init__(self, reason: str) -> None:
        """Carry the reason to the tally."""
        super().__init__(reason)
        self.reason = reason


def open_file(path: Path, name: str, *, follow: bool = False) -> OpenedFile:
    """Open it; a pipe is not waited for. Raises CannotOpenError."""
    flags = os.O_RDONLY | os.O_CLOEXEC | os.O_NONBLOCK | os.O_NOCTTY
    try:
        if not stat.S_ISREG(path.stat(follow_symlinks=follow).st_mode):
            raise CannotOpenError(NO_FILE)
        descriptor = os.open(path, flags | (0 if follow else os.O_NOFOLLOW))
    except OSError as error:
        raise CannotOpenError(why(error)) from error
    return OpenedFile(descriptor=descriptor, size=os.fstat(descriptor).st_size, name=name)
