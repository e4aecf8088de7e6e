"""Room that sealing needs, kept on the medium from the start: a full stick can always be sealed.

It is a file of real blocks beside the others in the bundle's folder, as long as what closing the
bundle would write now: the document and the report, and a line for every entry that was listed and
has none yet. It grows before more is listed, shrinks as lines are written, and goes when the scan
ends. In a sealed bundle there is none.
"""

import ctypes
import errno
import os
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path

from triage.bundle.format import layout
from triage.bundle.format.document import RUNS_KEPT
from triage.bundle.writing.durable import Patience, insist
from triage.bundle.writing.found import FoundSoFar
from triage.evidence import FileEntry

WHAT = "the room that is kept for signing"
_MIB = 1024**2
BASE = 4 * _MIB
"""For what every document and report says: profile, devices, volumes, coverage; for small files,
each of which takes a whole cluster; for a last batch that was listed when the scan was ended."""
LEAST_ROOM = 2 * BASE
"""With less on the medium a scan is not begun."""
STEP = 2 * _MIB
"""It grows and shrinks by so much at a time, and is ahead of what is needed by up to this."""
MOST = 4096 * _MIB - STEP
"""FAT holds no longer file."""
WRITTEN_AT_MOST = 16 * _MIB
"""Where blocks are only had by writing them (FAT, exFAT): for more, room only has to be there."""
LINE = 600
"""Bytes of an unreached entry's line at most, without its name, its runs and where it lies inside
another."""
INSIDE = 150
"""Bytes that say where it lies inside another, at most."""
RUN = 42
"""Bytes of a run at most: two numbers of 64 bits."""
PER_FINDING = 1500
"""Bytes that a finding adds to document, report and manifest; and three times what it says."""

_allocate = ctypes.CDLL(None, use_errno=True).fallocate
_allocate.argtypes = (ctypes.c_int, ctypes.c_int, ctypes.c_int64, ctypes.c_int64)
_UNSUPPORTED = (errno.EOPNOTSUPP, errno.ENOSYS)


class Reserve:
    """The file, and what it has to be enough for.

    `keep` raises StickFullError through `patience` when it can grow no more.
    """

    def __init__(self, patience: Patience) -> None:
        self.size = 0
        """Bytes that are kept."""
        self._patience = patience
        self._folder: Path | None = None
        self._released = False
        self._short = 0
        """So much less is kept than would be, by a run that began on a full medium."""
        self._owed = 0
        """Bytes of the lines of entries that were listed and are not settled, and of what the
        document will say besides."""

    def begin(self, folder: Path, found: FoundSoFar, *, again: bool = False) -> None:
        """There is a folder to keep it in. `again`: an earlier run's was given up for this one, and
        on a full medium the first records of this run took a part of it."""
        self._folder = folder
        if again:
            try:
                self._become(folder / layout.RESERVE, self._wanted(found))
            except OSError as error:
                self._short = STEP if error.errno in {errno.ENOSPC, errno.EDQUOT} else 0
        self.keep(found)

    def owe(self, entries: Iterable[FileEntry]) -> None:
        """These were listed: sooner or later each has a line."""
        self._owed += sum(map(_line_of, entries))

    def owe_bytes(self, amount: int) -> None:
        """The document will be so much longer."""
        self._owed += amount

    def settle(self, entries: Iterable[FileEntry]) -> None:
        """These have their lines."""
        self._owed -= sum(map(_line_of, entries))

    def keep(self, found: FoundSoFar) -> None:
        """Return when what closing the bundle needs now is kept, and not much more."""
        wanted = self._wanted(found)
        if self._folder is None or self._released or self.size - STEP <= wanted <= self.size:
            return
        file = self._folder / layout.RESERVE
        insist(lambda: self._become(file, wanted), WHAT, self._patience)

    def _wanted(self, found: FoundSoFar) -> int:
        """In whole steps."""
        needed = BASE + max(0, self._owed) + of_findings(found)
        return min(MOST, -(-needed // STEP) * STEP) - self._short

    def give_back(self) -> bool:
        """Make its room free, for what is still to be written; False if that was done before."""
        if self._released or self._folder is None:
            return False
        self._released = True
        with suppress(OSError):  # at sealing it must be gone: `remove` makes sure
            (self._folder / layout.RESERVE).unlink()
        return True

    def remove(self) -> None:
        """Return when it is gone from the folder."""
        self._released = True
        folder = self._folder
        if folder is not None:
            insist(lambda: _remove_from(folder), WHAT, self._patience)

    def _become(self, file: Path, wanted: int) -> None:
        if self._released:  # while it was waited for
            return
        flags = os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC
        handle = os.open(file, flags, 0o600)
        try:
            if wanted < os.fstat(handle).st_size:
                os.ftruncate(handle, wanted)
            else:
                _fill(handle, wanted)
        finally:
            os.close(handle)
        self.size = wanted


def of_findings(found: FoundSoFar) -> int:
    """Bytes that these need in document, report and manifest."""
    return 3 * found.room_taken + found.escapes + PER_FINDING * len(found.listed)


def _line_of(entry: FileEntry) -> int:
    """What the line of an entry takes that was not reached. Its name may need escapes."""
    path, runs = entry.path, len(entry.runs)
    name = len(path) + len(entry.stream)
    line = LINE + RUN * (runs if runs < RUNS_KEPT else RUNS_KEPT)
    if entry.inside is not None:
        line += INSIDE
    if path.isascii() and path.isprintable():
        return line + name
    return line + 6 * name + 2 * len(entry.raw_path)


def _remove_from(folder: Path) -> None:
    """Take it out; raises OSError where the folder is gone, with the stick."""
    opened = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        with suppress(FileNotFoundError):
            os.unlink(layout.RESERVE, dir_fd=opened)
    finally:
        os.close(opened)


def _fill(handle: int, size: int) -> None:
    """Give the file so many bytes in blocks of its own."""
    while _allocate(handle, 0, 0, size) != 0:
        number = ctypes.get_errno()
        if number in _UNSUPPORTED:
            _write(handle, size)
            return
        if number != errno.EINTR:
            raise OSError(number, os.strerror(number))


def _write(handle: int, size: int) -> None:
    """The same by writing zeros, up to what that is worth; for the rest there must be room."""
    done, written = os.fstat(handle).st_size, min(size, WRITTEN_AT_MOST)
    while done < written:
        done += os.pwrite(handle, bytes(min(_MIB, written - done)), done)
    room = os.statvfs(handle)
    if room.f_bavail * room.f_frsize < size - written:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
