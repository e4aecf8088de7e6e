"""Files that are created once, written and on the medium before anybody relies on them."""

import errno
import os
from collections.abc import Callable, Iterable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext, suppress
from hashlib import sha256
from pathlib import Path
from typing import Protocol

from triage.errors import EvidenceStickError, StickFullError, there_already

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


_FULL = (errno.ENOSPC, errno.EDQUOT)
_CHUNK = 1 << 20
_PIECES_AT_ONCE = 32 << 20


class RunningDigest(Protocol):
    """What `hashlib.sha256` gives."""

    def update(self, data: bytes | memoryview, /) -> None:
        """Take more bytes in."""

    def copy(self) -> "RunningDigest":
        """The same, to go on separately."""
        ...

    def hexdigest(self) -> str:
        """Of all bytes so far."""
        ...


class Patience(Protocol):
    """What to do while the medium lets one wait, and when it refuses."""

    def __call__(self, error: EvidenceStickError) -> None:
        """Return when it is worth trying again; raise to give up."""

    def watching(self) -> AbstractContextManager[None]:
        """Within it, something waits for the medium."""


class _None:
    def __call__(self, error: EvidenceStickError) -> None:
        raise error

    def watching(self) -> AbstractContextManager[None]:
        return nullcontext()


give_up: Patience = _None()
"""No patience."""


@contextmanager
def storage_errors(what: str) -> Iterator[None]:
    """Turn an OSError into EvidenceStickError with a hint; an existing file into UsageError."""
    try:
        yield
    except FileExistsError as error:
        raise there_already(what) from error
    except OSError as error:
        why = os.strerror(error.errno) if error.errno else str(error)
        hint = _HINTS.get(error.errno or 0, "Use another stick or another folder (--out).")
        kind = StickFullError if error.errno in _FULL else EvidenceStickError
        raise kind(f"Cannot write {what}: {why}.", hint=hint) from error


def insist(action: Callable[[], None], what: str, patience: Patience) -> None:
    """Do it, again and again if the medium refuses and patience lasts."""
    while True:
        try:
            with patience.watching(), storage_errors(what):
                action()
        except EvidenceStickError as error:
            patience(error)
        else:
            return


def sync_folder(folder: Path) -> None:
    """Make the folder's own entries durable."""
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


class NewFile:
    """A file that did not exist before, only ever appended to, with the digest of what was written.

    When the medium refuses, `patience` is asked; what was not yet certain to be on the medium is
    then written again, into the same file and no other. Raises EvidenceStickError when patience
    ends, UsageError when the file exists.
    """

    def __init__(self, path: Path, *, shown: str, patience: Patience = give_up) -> None:
        """Create it. `shown` is what messages call it."""
        self._begin(path, shown, patience)
        self._insist(self._create)

    @classmethod
    def taken_up(
        cls,
        path: Path,
        *,
        shown: str,
        size: int,
        digest: "RunningDigest",
        patience: Patience = give_up,
    ) -> "NewFile":
        """One of an earlier run: its first `size` bytes, of that digest, stay; the rest goes."""
        file = cls.__new__(cls)
        file._begin(path, shown, patience)
        file.size = file._certain = size
        file._sha256, file._sha256_certain = digest.copy(), digest.copy()
        file._insist(file._mend)
        return file

    def _begin(self, path: Path, shown: str, patience: Patience) -> None:
        self.shown = shown
        self.size = 0
        self._path = path
        self._patience = patience
        self._handle = -1
        self._buffer = bytearray()
        self._uncertain = bytearray()
        """Written, and not yet on the medium for certain."""
        self._certain = 0
        self._sha256: RunningDigest = sha256()
        self._sha256_certain: RunningDigest = sha256()
        self._broken = False
        self._dirty = True

    @property
    def buffer(self) -> bytearray:
        """Append here what may wait; `flush` writes it."""
        return self._buffer

    @property
    def digest(self) -> str:
        """SHA-256 of all that was written so far."""
        return self._sha256.hexdigest()

    def flush(self) -> None:
        """Hand all of the buffer to the operating system."""
        if self._buffer:
            self._insist(self._write)

    def sync(self) -> None:
        """Flush, and wait until it is on the medium."""
        if self._buffer or self._dirty:
            self._insist(self._sync)

    def close(self) -> str:
        """Sync and close; the SHA-256 of all that was written."""
        self.sync()
        self.abandon()
        return self._sha256.hexdigest()

    def abandon(self) -> None:
        """Close without waiting for the medium. May be called twice."""
        if self._handle >= 0:
            with suppress(OSError):
                os.close(self._handle)
            self._handle = -1

    def _insist(self, action: Callable[[], None]) -> None:
        def mended() -> None:
            if self._broken:
                self._mend()
            action()

        insist(mended, self.shown, self._patience)

    def _create(self) -> None:
        flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC
        self._handle = os.open(self._path, flags, 0o600)

    def _write(self) -> None:
        self._dirty = True
        buffer = self._buffer
        while buffer:
            try:
                done = os.write(self._handle, buffer)
            except OSError as error:
                self._broken = error.errno not in _FULL
                raise
            self._sha256.update(memoryview(buffer)[:done])
            self._uncertain += memoryview(buffer)[:done]
            self.size += done
            del buffer[:done]

    def _sync(self) -> None:
        self._write()
        try:
            os.fsync(self._handle)
        except OSError:
            # The kernel may have dropped the pages: from here on nothing uncertain is on it.
            self._broken = True
            raise
        self._uncertain.clear()
        self._certain = self.size
        self._sha256_certain = self._sha256.copy()
        self._dirty = False

    def _mend(self) -> None:
        """Open it by its name again, make sure that it is the same file, write what was uncertain.

        1. It is there, and a plain file.  2. Its first bytes are those that were certain.
        3. Whatever follows them goes.  4. What was uncertain is written again and waited for.
        """
        flags = os.O_RDWR | os.O_NOFOLLOW | os.O_CLOEXEC
        with storage_errors(self.shown):
            handle = os.open(self._path, flags)
            try:
                if _prefix_digest(handle, self._certain) != self._sha256_certain.hexdigest():
                    raise EvidenceStickError(
                        f"{self.shown} is not the file that was being written.",
                        hint="Is this another stick? Put the right one back.",
                    )
                os.ftruncate(handle, self._certain)
                os.lseek(handle, self._certain, os.SEEK_SET)
                rest = memoryview(bytes(self._uncertain))
                while rest:
                    rest = rest[os.write(handle, rest) :]
                os.fsync(handle)
            except BaseException:
                os.close(handle)
                raise
        self.abandon()
        self._handle = handle
        self._broken = False


def write_once(path: Path, content: bytes, *, shown: str, patience: Patience = give_up) -> str:
    """Create the file, write, sync; its SHA-256."""
    file = NewFile(path, shown=shown, patience=patience)
    try:
        file.buffer.extend(content)
        return file.close()
    finally:
        file.abandon()


def write_pieces(path: Path, pieces: Iterable[bytes], *, shown: str) -> str:
    """The same, of what comes piece by piece; whatever stops the pieces, no half file is left."""
    file = NewFile(path, shown=shown)
    try:
        for piece in pieces:
            file.buffer.extend(piece)
            if len(file.buffer) >= _PIECES_AT_ONCE:
                file.sync()  # what is on the medium is held in memory no more
        return file.close()
    except BaseException:
        with suppress(OSError):
            path.unlink()
        raise
    finally:
        file.abandon()


def _prefix_digest(handle: int, size: int) -> str:
    digest, done = sha256(), 0
    while done < size and (part := os.pread(handle, min(_CHUNK, size - done), done)):
        digest.update(part)
        done += len(part)
    return digest.hexdigest() if done == size else ""
