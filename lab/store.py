"""A store: a folder that one process at a time writes, and any number read.

store = open_store(folder)
with store.locked():      # one at a time; lab.writer does this for whoever changes something
    ...
"""

import fcntl
import os
import re
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import msgspec

from lab import layout
from triage.bundle.format.auditlog import utc_now
from triage.bundle.writing.durable import sync_folder, write_once
from triage.bundle.writing.signing import new_key
from triage.errors import StoreError, there_already, why

_DIGEST = re.compile("[0-9a-f]{64}")
_BETWEEN_TRIES = 0.05
"""Seconds."""
_SHIPPED = Path(__file__).with_name(layout.WEIGHTS)
SHIPPED_JURISDICTION = Path(__file__).with_name("jurisdictions") / "default.yaml"


class AboutStore(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """store.json."""

    format: str = layout.FORMAT
    version: int = layout.VERSION
    agency: str = ""
    made: str
    """UTC."""


@dataclass(frozen=True, slots=True)
class LabStore:
    """A folder that is a store."""

    path: Path
    about: AboutStore

    def __truediv__(self, name: str) -> Path:
        """A file or folder in it."""
        return self.path / name

    @property
    def signers(self) -> Path | None:
        """The list of those whose bundles are taken; None: anybody's that verify."""
        listed = self / layout.SIGNERS
        return listed if listed.is_file() else None

    def bundles(self) -> list[str]:
        """Digests of the manifests of all bundles in it, sorted."""
        names = _listed(self / layout.BUNDLES)
        return sorted(name for name in names if _DIGEST.fullmatch(name))

    def bundle(self, digest: str) -> Path:
        """The folder of a bundle in it."""
        return self / layout.BUNDLES / digest

    def sightings(self, digest: str) -> Path:
        """What is derived of that bundle."""
        return self / layout.SIGHTINGS / f"{digest}.parquet"

    @contextmanager
    def locked(self, *, patience: float = 0) -> Iterator[None]:
        """Alone in writing, until the end of the process at the latest; `patience`: so many seconds
        are waited for it. Raises StoreError."""
        handle = os.open(self / layout.LOCK, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        until = time.monotonic() + patience
        while not _taken(handle):
            if time.monotonic() >= until:
                os.close(handle)
                raise StoreError(
                    f"Another process is writing the store {self.path}.",
                    hint="Wait until it has ended; reading goes on meanwhile.",
                )
            time.sleep(_BETWEEN_TRIES)
        try:
            yield
        finally:
            os.close(handle)


def _taken(handle: int) -> bool:
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def create_store(folder: Path, *, agency: str = "", signers: Path | None = None) -> LabStore:
    """An empty store. store.json comes last: a folder without it is none.

    Raises UsageError if the folder is there, StoreError, SigningError.
    """
    if os.path.lexists(folder):
        raise there_already(folder)
    listed = _read(signers) if signers else None
    try:
        folder.mkdir(mode=0o700)
        for name in (layout.BUNDLES, layout.SIGHTINGS, layout.RECEIPTS, layout.HEADS,
                     layout.REFERRALS, layout.REFERRED):  # fmt: skip
            (folder / name).mkdir(mode=0o700)
    except OSError as error:
        raise _unwritable(folder, error) from error
    new_key(folder / layout.KEY, comment=f"store of {agency or 'a lab'}", ask=False)
    write_once(folder / layout.WEIGHTS, _SHIPPED.read_bytes(), shown=layout.WEIGHTS)
    write_once(folder / layout.JURISDICTION, SHIPPED_JURISDICTION.read_bytes(),
               shown=layout.JURISDICTION)  # fmt: skip
    if listed is not None:
        write_once(folder / layout.SIGNERS, listed, shown=layout.SIGNERS)
    about = AboutStore(agency=agency, made=utc_now())
    write_once(folder / layout.STORE, msgspec.json.encode(about), shown=layout.STORE)
    sync_folder(folder)
    return LabStore(folder, about)


def open_store(folder: Path) -> LabStore:
    """Raises StoreError if that is no store."""
    file = folder / layout.STORE
    try:
        about = msgspec.json.decode(file.read_bytes(), type=AboutStore)
    except FileNotFoundError as error:
        raise StoreError(
            f"{folder} is no store of a lab.", hint="`seek lab init FOLDER` makes one."
        ) from error
    except (OSError, msgspec.MsgspecError) as error:
        raise StoreError(
            f"{file} cannot be read: {why(error)}.", hint="Restore it from a copy of the store."
        ) from error
    if (about.format, about.version) != (layout.FORMAT, layout.VERSION):
        raise StoreError(
            f"{folder} is a store of another format ({about.format} {about.version}).",
            hint="Use the seek that made it.",
        )
    return LabStore(folder, about)


def put_in_place(new: Path, file: Path) -> None:
    """What was made under another name gets its own, once all of it is on the medium."""
    with new.open("rb") as made:
        os.fsync(made.fileno())
    new.rename(file)
    sync_folder(file.parent)


def _read(signers: Path) -> bytes:
    try:
        return signers.read_bytes()
    except OSError as error:
        raise StoreError(
            f"The list of signers {signers} cannot be read: {why(error)}.",
            hint="It is an OpenSSH allowed_signers file.",
        ) from error


def _unwritable(folder: Path, error: OSError) -> StoreError:
    return StoreError(
        f"{folder} cannot be made: {why(error)}.", hint="Name a new folder where you may write."
    )


def _listed(folder: Path) -> list[str]:
    try:
        return [each.name for each in folder.iterdir()]
    except OSError as error:
        raise StoreError(
            f"{folder} cannot be listed: {why(error)}.", hint="Is the whole store there?"
        ) from error
