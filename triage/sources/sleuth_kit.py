"""The tree of a file system that The Sleuth Kit reads."""

from collections.abc import Collection
from dataclasses import replace
from typing import Any

from triage.errors import SourceError
from triage.evidence import FileEntry, Volume, VolumeState
from triage.sources.bytes import Bytes
from triage.sources.content import through_file_system
from triage.sources.entries import NAME_ALLOCATED
from triage.sources.file_system import FileSystem, image_of
from triage.sources.reader import NOT_OPENED, ContentError
from triage.sources.signatures import Recognised
from triage.sources.tree import MOST_NAMES, TOO_MANY_NAMES, Content
from triage.sources.tsk import in_one_line, label_of, open_file_system, try_root
from triage.sources.walk import Walk


class SleuthKitTree:
    """Opens its file system at first use."""

    def __init__(self, held: Bytes, volume: Volume) -> None:
        """`held`: the volume's bytes."""
        self._file_system = FileSystem(held, volume)

    def walk(self, first_id: int, **options: Any) -> Walk:
        """`options` as for `Walk`. Raises SourceError."""
        return Walk(self._file_system, first_id=first_id, **options)

    def content(self, entry: FileEntry) -> Content:
        """The entry's bytes through The Sleuth Kit, wherever it can read them. Raises
        ContentError."""
        return through_file_system(self._file_system, entry)

    def reread(self, entry: FileEntry) -> Content | None:
        """As `Tree` has it; what was read under a name that The Sleuth Kit passes over has no
        number of its own there."""
        return self.content(entry) if entry.meta_address else None

    def beside(self, entry: FileEntry, name: str, most: int) -> bytes:
        """As `Tree` has it."""
        folder = entry.path.rpartition("/")[0]
        try:
            file = self._file_system.opened.open(path=f"/{folder}/{name}" if folder else f"/{name}")
            size = int(file.info.meta.size) if file.info.meta else 0
            if not 0 < size <= most:
                return b""
            content: bytes = file.read_random(0, size)
        except (OSError, SourceError, ValueError) as error:
            raise ContentError(NOT_OPENED) from error
        return content

    def names(self, folder: str) -> Collection[str]:
        """As `Tree` has it."""
        names: set[str] = set()
        try:
            directory: Any = self._file_system.opened.open_dir(path=f"/{folder}")
            for entry in directory:
                name = entry.info.name
                if name is not None and name.flags == NAME_ALLOCATED and name.name:
                    names.add(name.name.decode(errors="backslashreplace"))
                if len(names) > MOST_NAMES:
                    raise ContentError(TOO_MANY_NAMES)
        except (OSError, SourceError, ValueError) as error:
            raise ContentError(NOT_OPENED) from error
        return names


def tried(held: Bytes, found: Recognised) -> Recognised:
    """Open the file system once: does it list its root directory, and what is its label?"""
    try:
        file_system = open_file_system(image_of(held), found.name)
        try_root(file_system, found.name)
    except OSError as error:
        reason = f"the file system does not open: {in_one_line(error)}"
        return replace(found, state=VolumeState.DAMAGED, reason=reason, unread=())
    label = found.label or label_of(file_system, found.name)
    return replace(found, label=label, block_size=file_system.info.block_size)
