"""Files that are created once, written and on the medium before anybody relies on them."""

import errno
import os
from collections.abc import Iterator
from contextlib import contextmanager
from hashlib import sha256
from pathlib import Path

from triage.errors import BundleError, EvidenceStickError

_HINTS = {
    errno.ENOSPC: "It is full. Free some space or use another stick, then scan again.",
    errno.EDQUOT: "It is full. Free some space or use another stick, then scan again.",
    errno.EROFS: "It is read-only. Look for a lock switch, or use another stick.",
    errno.EIO: "It does not answer, or was pulled out. Do not trust it any more; use another one.",
    errno.ENODEV: "It was pulled out. Put it back, or use another one.",
    errno.ENXIO: "It was pulled out. Put it back, or use another one.",
    errno.EACCES: "You may not write there. Choose another folder with --out.",
    errno.EPERM: "You may not write there. Choose another folder with --out.",
    errno.ENOTDIR: "A file is in the way. Choose another folder with --out.",
    errno.ENOENT: "The folder is gone. Was the stick pulled out?",
}


@contextmanager
def storage_errors(what: str) -> Iterator[None]:
    """Turn an OSError into EvidenceStickError with a hint; an existing file into BundleError."""
    try:
        yield
    except FileExistsError as error:
        raise BundleError(
            f"Cannot write {what}: it is there already.", hint="Nothing was overwritten."
        ) from error
    except OSError as error:
        why = os.strerror(error.errno) if error.errno else str(error)
        hint = _HINTS.get(error.errno or 0, "Use another stick or another folder (--out).")
        raise EvidenceStickError(f"Cannot write {what}: {why}.", hint=hint) from error


def sync_folder(folder: Path) -> None:
    """Make the folder's own entries durable."""
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


class NewFile:
    """A file that did not exist before, only ever appended to, with the digest of what was written.

    Raises EvidenceStickError when the medium refuses, BundleError when the file exists.
    """

    def __init__(self, path: Path, *, shown: str) -> None:
        """Create it. `shown` is what messages call it."""
        self.shown = shown
        self.size = 0
        self._sha256 = sha256()
        self._buffer = bytearray()
        self._dirty = True
        with storage_errors(shown):
            flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC
            self._handle = os.open(path, flags, 0o600)

    @property
    def buffer(self) -> bytearray:
        """Append here what may wait; `flush` writes it."""
        return self._buffer

    def flush(self) -> None:
        """Hand all of the buffer to the operating system."""
        if not self._buffer:
            return
        with storage_errors(self.shown), memoryview(self._buffer) as view:
            done = 0
            while done < len(view):
                done += os.write(self._handle, view[done:])
        self._sha256.update(self._buffer)
        self.size += len(self._buffer)
        self._dirty = True
        self._buffer.clear()

    def sync(self) -> None:
        """Flush, and wait until it is on the medium."""
        self.flush()
        if self._dirty:
            with storage_errors(self.shown):
                os.fsync(self._handle)
            self._dirty = False

    def close(self) -> str:
        """Sync and close; the SHA-256 of all that was written."""
        self.sync()
        self.abandon()
        return self._sha256.hexdigest()

    def abandon(self) -> None:
        """Close without waiting for the medium. May be called twice."""
        if self._handle >= 0:
            os.close(self._handle)
            self._handle = -1


def write_once(path: Path, content: bytes, *, shown: str) -> str:
    """Create the file, write, sync; its SHA-256."""
    file = NewFile(path, shown=shown)
    try:
        file.buffer.extend(content)
        return file.close()
    finally:
        file.abandon()
