"""Where the files of a growing bundle go: into a folder, as they are, or into an envelope."""

from collections.abc import Sequence
from pathlib import Path
from typing import Protocol

from triage.bundle.format import layout
from triage.bundle.writing.durable import (
    NewFile,
    Patience,
    RunningDigest,
    insist,
    sync_folder,
    write_once,
)


class GrowingFile(Protocol):
    """What is only ever appended to. `size` and `digest` are of what anybody would read in it."""

    shown: str
    size: int

    @property
    def buffer(self) -> bytearray:
        """Append here what may wait; `flush` hands it on."""
        ...

    @property
    def digest(self) -> str:
        """SHA-256 of all that was handed on."""
        ...

    def flush(self) -> None:
        """Hand on all of the buffer."""

    def sync(self) -> None:
        """Flush; and of a file in a folder, wait until it is on the medium."""

    def close(self) -> str:
        """Sync, and no more comes; the SHA-256 of all."""
        ...

    def abandon(self) -> None:
        """Let go of it as it is. May be called twice."""


class BundleFiles(Protocol):
    """All files of one bundle."""

    def begin(self, folder: Path) -> None:
        """The bundle's folder is there, new and empty."""

    def growing(self, name: str) -> GrowingFile:
        """A new file, to be appended to."""
        ...

    def write(self, name: str, content: bytes) -> str:
        """A whole file; its SHA-256."""
        ...

    def commit(self) -> None:
        """Return when all that was handed on is on the medium."""

    def sync_names(self) -> None:
        """Return when all names are on the medium."""

    def sync_previews(self) -> None:
        """Return when the names of previews are."""

    def finish(self, sealed: str, signer: str) -> None:
        """The bundle is whole. `sealed`: when, UTC. `signer`: the key's fingerprint."""

    def abandon(self) -> None:
        """Let go of all as it is."""


class OpenFiles:
    """In a folder, for whoever has it."""

    def __init__(self, patience: Patience, folder: Path = Path()) -> None:
        """`folder`: of a bundle that is gone on with."""
        self._patience = patience
        self._folder = folder

    def begin(self, folder: Path) -> None:
        """See BundleFiles."""
        self._folder = folder
        (folder / layout.MEDIA).mkdir(mode=0o700)

    def growing(self, name: str) -> GrowingFile:
        """See BundleFiles."""
        return NewFile(self._folder / name, shown=name, patience=self._patience)

    def taken_up(self, name: str, size: int, digest: RunningDigest) -> GrowingFile:
        """A file of an earlier run, of which so many bytes stay."""
        return NewFile.taken_up(
            self._folder / name, shown=name, size=size, digest=digest, patience=self._patience
        )

    def write(self, name: str, content: bytes) -> str:
        """See BundleFiles."""
        return write_once(self._folder / name, content, shown=name, patience=self._patience)

    def commit(self) -> None:
        """Each file was waited for already."""

    def sync_names(self) -> None:
        """See BundleFiles."""
        folder = self._folder
        self._sync((folder / layout.MEDIA, folder, folder.parent), str(folder))

    def sync_previews(self) -> None:
        """See BundleFiles."""
        self._sync((self._folder / layout.MEDIA,), layout.MEDIA)

    def _sync(self, folders: Sequence[Path], what: str) -> None:
        def sync() -> None:
            for folder in folders:
                sync_folder(folder)

        insist(sync, what, self._patience)

    def finish(self, sealed: str, signer: str) -> None:
        """Its manifest says so."""

    def abandon(self) -> None:
        """Each of its files is let go of by whoever has it."""
