"""A lab's own pictures to records of a hash set: the pictures stay where they are.

A picture becomes its MD5, SHA-1, SHA-256, size and PDQ; nothing else of it is kept.
"""

import hashlib
import os
from collections.abc import Iterator
from pathlib import Path

from triage.detectors.pdq import QUALITY, pdq
from triage.detectors.pictures import DECODABLE, UndecodableError, decode
from triage.detectors.types import type_of
from triage.errors import HashSetError, why
from triage.hashsets.importing import Given
from triage.hashsets.records import Imported, SetRecord

_LARGEST = 1 << 30
"""Bytes; larger files are left out, and counted."""
_NAMED = 20
"""So many pictures without a PDQ are named; the others are counted."""


def given(folder: Path) -> Given:
    """The pictures below `folder`, to be built into a set; links are not followed."""

    def records(imported: Imported) -> Iterator[SetRecord]:
        return _records(folder, imported)

    return Given(name=folder.name or str(folder), format="own pictures", records=records)


def _records(folder: Path, imported: Imported) -> Iterator[SetRecord]:
    """Raises HashSetError if the folder cannot be read."""
    for path in _files(folder):
        content, reason = _content(path)
        if reason:
            imported.drop(reason)
            continue
        value, reason = _pdq(content)
        if reason:
            imported.drop(f"no PDQ of it, its digests only: {reason}")
            if len(imported.notes) < _NAMED:
                imported.notes.append(f"{path.relative_to(folder)}: {reason}")
        yield SetRecord(
            md5=hashlib.md5(content, usedforsecurity=False).digest(),
            sha1=hashlib.sha1(content, usedforsecurity=False).digest(),
            sha256=hashlib.sha256(content).digest(),
            pdq=value,
            size=len(content),
        )


def _files(folder: Path) -> Iterator[Path]:
    def stop(error: OSError) -> None:
        raise HashSetError(
            f"{error.filename} cannot be read: {why(error)}.", hint="Check the folder."
        ) from error

    for parent, folders, names in os.walk(folder, onerror=stop):
        folders.sort()
        paths = (Path(parent, name) for name in sorted(names))
        yield from (path for path in paths if path.is_file() and not path.is_symlink())


def _content(path: Path) -> tuple[bytes, str]:
    """A picture's content, or why there is none."""
    try:
        if path.stat().st_size > _LARGEST:
            return b"", "larger than 1 GiB"
        content = path.read_bytes()
    except OSError as error:
        return b"", error.strerror or "cannot be read"
    return content, "" if type_of(content) in DECODABLE else "not a picture"


def _pdq(content: bytes) -> tuple[bytes, str]:
    """The value, or why there is none."""
    try:
        hashed = pdq(decode(content, type_of(content)).pixels)
    except UndecodableError as error:
        return b"", error.reason
    if hashed.quality < QUALITY:
        return b"", "it says too little for a perceptual hash"
    return hashed.value, ""
