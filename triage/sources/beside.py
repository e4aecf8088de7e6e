"""The file beside an entry, by name: for formats that are split over two files."""

import os
import stat

from triage.errors import SourceError
from triage.evidence import FileEntry
from triage.sources.beneath import open_beneath
from triage.sources.file_systems import FileSystems
from triage.sources.reader import NOT_OPENED, ContentError


def read_beside(file_systems: FileSystems, entry: FileEntry, name: str, most: int) -> bytes:
    """All of the file of that name in the entry's folder; empty if it holds more than `most`.

    Raises ContentError where there is none, or it cannot be read.
    """
    try:
        file_system = file_systems.opened(file_systems.volume(entry.volume_id))
        file = file_system.open(path=f"/{_path(entry, name)}")
        size = int(file.info.meta.size) if file.info.meta else 0
        if not 0 < size <= most:
            return b""
        content: bytes = file.read_random(0, size)
    except (OSError, SourceError, KeyError) as error:
        raise ContentError(NOT_OPENED) from error
    return content


def read_beside_in_folder(root: int, entry: FileEntry, name: str, most: int) -> bytes:
    """The same where the source is a folder, behind the descriptor `root`."""
    try:
        here = open_beneath(root, _path(entry, name).encode(), folder=False)
    except (OSError, ValueError) as error:
        raise ContentError(NOT_OPENED) from error
    try:
        status = os.fstat(here)
        if not stat.S_ISREG(status.st_mode) or status.st_size > most:
            return b""
        return os.pread(here, status.st_size, 0)
    except OSError as error:
        raise ContentError(NOT_OPENED) from error
    finally:
        os.close(here)


def _path(entry: FileEntry, name: str) -> str:
    folder = entry.path.rpartition("/")[0]
    return f"{folder}/{name}" if folder else name
