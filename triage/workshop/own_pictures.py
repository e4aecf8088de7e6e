"""A lab's own pictures to records of a hash set: the pictures stay where they are.

A picture becomes its MD5, SHA-1, SHA-256, size and PDQ; nothing else of it is kept.
"""

import os
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

from triage.coordinator.describers import Describers, OpenedFile
from triage.coordinator.pool import Pool
from triage.errors import HashSetError, why
from triage.hashsets.importing import Given
from triage.hashsets.records import Imported, SetRecord
from triage.wire.messages import NOT_A_PICTURE, Description
from triage.workshop.opening import CannotOpenError, open_file

_LARGEST = 1 << 30
"""Bytes; larger files are left out, and counted."""
_NAMED = 20
"""So many files that are not what they seem are named; the others are counted."""
_MOST_REASONS = 50
"""Different ones that are counted each for itself: a worker words some of them."""
_ANOTHER = "for another reason"


def given(folder: Path, workers: int = 0) -> Given:
    """The pictures below `folder`, to be built into a set; links are not followed.

    `workers`: how many look at them at most; 0: one a core.
    """

    def records(imported: Imported) -> Iterator[SetRecord]:
        return _records(folder, imported, workers or os.cpu_count() or 1)

    return Given(name=folder.name or str(folder), format="own pictures", records=records)


def _records(folder: Path, imported: Imported, workers: int) -> Iterator[SetRecord]:
    """Raises HashSetError if the folder cannot be read, WorkerError if no worker starts."""
    files = _opened(folder, imported)
    with Pool() as pool, closing(Describers(pool, wanted=workers).descriptions(files)) as described:
        for file, told in described:
            if told.left_out:
                _drop(imported, told.left_out, file.name)
                continue
            if told.trouble:
                _drop(imported, f"no PDQ of it, its digests only: {told.trouble}", file.name)
            yield _record(file, told)


def _record(file: OpenedFile, told: Description) -> SetRecord:
    got = told.digests
    return SetRecord(
        md5=got["md5"], sha1=got["sha1"], sha256=got["sha256"], pdq=told.pdq, size=file.size
    )


def _drop(imported: Imported, reason: str, name: str) -> None:
    """Count it, and name it unless it is an ordinary file among the pictures."""
    known = reason in imported.dropped or len(imported.dropped) < _MOST_REASONS
    imported.drop(reason if known else _ANOTHER)
    if reason != NOT_A_PICTURE and len(imported.notes) < _NAMED:
        imported.notes.append(f"{name}: {reason.rpartition('its digests only: ')[2]}")


def _opened(folder: Path, imported: Imported) -> Iterator[OpenedFile]:
    for path in _paths(folder):
        name = str(path.relative_to(folder))
        try:
            file = open_file(path, name)
        except CannotOpenError as error:
            _drop(imported, error.reason, name)
            continue
        if file.size > _LARGEST:
            os.close(file.descriptor)
            _drop(imported, "larger than 1 GiB", name)
            continue
        yield file


def _paths(folder: Path) -> Iterator[Path]:
    def stop(error: OSError) -> None:
        raise HashSetError(
            f"{error.filename} cannot be read: {why(error)}.", hint="Check the folder."
        ) from error

    for parent, folders, names in os.walk(folder, onerror=stop):
        folders.sort()
        yield from (Path(parent, name) for name in sorted(names))
