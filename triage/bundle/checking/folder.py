"""Reading a bundle that may be hostile: no links, no pipes, no file longer than its kind may be."""

import os
import stat
from collections.abc import Callable, Iterator
from hashlib import sha256
from pathlib import Path
from typing import BinaryIO

from triage.bundle.format import layout, merged
from triage.bundle.format.shown import size, visible
from triage.errors import BundleError, VerificationError

_LONGEST_LINE = 64 * 1024**2
_MOST_FILES = 1_000_000
_CHUNK = 1024**2


class BundleFolder:
    """An open bundle. Raises BundleError where there is no such folder.

    Every method raises VerificationError at what no bundle of ours would hold.
    """

    def __init__(self, path: Path, longest: Callable[[str], int | None] = layout.longest) -> None:
        """Open the folder; nothing in it is looked at yet. `longest`: of a file of that name; None
        if there is none such in it."""
        self.path = path
        self._longest = longest
        self.left_by_computers: list[str] = []
        if not path.is_dir():
            raise BundleError(
                f"{visible(str(path))} is not a folder.",
                hint="A bundle is a folder named CASE-EXHIBIT-UTC.",
            )
        if layout.is_envelope(path):
            raise BundleError(
                f"{visible(str(path))} is an envelope, which only the lab can open.",
                hint="In the lab: `seek open ENVELOPE --identity KEY` gives its bundle. On scene a "
                "scan that was cut off is done anew.",
            )
        if longest is layout.longest and merged.is_merged(path):
            raise BundleError(
                f"{visible(str(path))} is no bundle: several were put together there.",
                hint="Give one of those; `seek verify` says which they are.",
            )

    def names(self) -> list[str]:
        """Every file, sorted, previews as `media/…`. All are plain files; others are refused.

        What a computer put there by itself is among `left_by_computers` instead, and is never read.
        """
        found: list[str] = []
        self.left_by_computers = []
        self._list(self.path, "", found)
        return sorted(found)

    def open(self, name: str) -> BinaryIO:
        """A plain file of the layout, no longer than it may be."""
        longest = self._longest(name)
        if longest is None:
            raise VerificationError(f"{visible(name)} is no part of a bundle")
        flags = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC
        try:
            handle = os.open(self.path / name, flags)
        except FileNotFoundError as error:
            raise VerificationError(f"{name} is missing") from error
        except OSError as error:
            why = os.strerror(error.errno or 0)
            raise VerificationError(f"{name} cannot be opened: {why}") from error
        file = os.fdopen(handle, "rb")
        status = os.fstat(handle)
        if not stat.S_ISREG(status.st_mode):
            file.close()
            raise VerificationError(f"{name} is not a plain file")
        if status.st_size > longest:
            file.close()
            raise VerificationError(f"{name} has {size(status.st_size)}; no bundle holds so much")
        return file

    def read(self, name: str) -> bytes:
        """All of a file."""
        with self.open(name) as file:
            return b"".join(_chunks(file, name))

    def digest(self, name: str) -> str:
        """SHA-256 of a file."""
        digest = sha256()
        with self.open(name) as file:
            for chunk in _chunks(file, name):
                digest.update(chunk)
        return digest.hexdigest()

    def lines(self, name: str) -> Iterator[bytes]:
        """The lines of a file, without their line feeds; the last one must have its own."""
        with self.open(name) as file:
            number = 0
            while line := _line(file, name):
                number += 1
                if not line.endswith(b"\n"):
                    raise VerificationError(f"line {number} of {name} is cut off or too long")
                yield line[:-1]

    def _list(self, folder: Path, prefix: str, found: list[str]) -> None:
        try:
            with os.scandir(folder) as listing:
                for item in listing:
                    name = prefix + item.name
                    if item.is_dir(follow_symlinks=False) and name == layout.MEDIA:
                        self._list(folder / item.name, f"{layout.MEDIA}/", found)
                    elif item.is_file(follow_symlinks=False):
                        left = layout.is_left_by_a_computer(name)
                        (self.left_by_computers if left else found).append(name)
                    else:
                        raise VerificationError(f"{visible(name, 100)} is {_what(item)}")
                    if len(found) + len(self.left_by_computers) > _MOST_FILES:
                        raise VerificationError("it holds more files than any bundle")
        except OSError as error:
            why = os.strerror(error.errno or 0)
            raise VerificationError(f"the folder cannot be listed: {why}") from error


def _what(item: os.DirEntry[str]) -> str:
    if item.is_symlink():
        return "a link, not a plain file"
    if item.is_dir(follow_symlinks=False):
        return "a folder that does not belong here"
    return "not a plain file"


def _chunks(file: BinaryIO, name: str) -> Iterator[bytes]:
    try:
        while chunk := file.read(_CHUNK):
            yield chunk
    except OSError as error:
        why = os.strerror(error.errno or 0)
        raise VerificationError(f"{name} cannot be read: {why}") from error


def _line(file: BinaryIO, name: str) -> bytes:
    try:
        return file.readline(_LONGEST_LINE)
    except OSError as error:
        why = os.strerror(error.errno or 0)
        raise VerificationError(f"{name} cannot be read: {why}") from error
