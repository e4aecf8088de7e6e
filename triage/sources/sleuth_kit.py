"""The tree of a file system that The Sleuth Kit reads."""

from collections.abc import Collection, Iterator
from dataclasses import replace
from typing import Any

import msgspec

from triage.errors import SourceError
from triage.evidence import FileEntry, Volume, VolumeState
from triage.sources.bytes import Bytes
from triage.sources.content import through_file_system
from triage.sources.entries import NAME_ALLOCATED
from triage.sources.file_system import FileSystem, image_of
from triage.sources.reader import NOT_OPENED, ContentError
from triage.sources.shadow_bytes import states
from triage.sources.shadow_walk import NUMBER_SHIFT, SNAPSHOTS, ShadowedWalk, folder_of
from triage.sources.signatures import Recognised
from triage.sources.tree import MOST_NAMES, TOO_MANY_NAMES, Content
from triage.sources.tsk import in_one_line, label_of, open_file_system, try_root
from triage.sources.vss import ShadowStore, stores_of
from triage.sources.walk import MOST_ENTRIES, Walk

NO_STORE = ShadowStore(number=0, made=0.0, list_at=0)
"""In place of shadow copies that cannot be told."""


class SleuthKitTree:
    """Opens its file system at first use."""

    def __init__(self, held: Bytes, volume: Volume) -> None:
        """`held`: the volume's bytes."""
        self._held, self._volume = held, volume
        self._file_system = FileSystem(held, volume)
        self._stores: list[ShadowStore] | None = None
        self._kept: tuple[int, FileSystem] | None = None
        """The shadow copy that was asked for last, by its number."""

    def walk(self, first_id: int, **options: Any) -> Walk | ShadowedWalk:
        """`options` as for `Walk`. Raises SourceError."""
        walk = Walk(self._file_system, first_id=first_id, **options)
        most = options.get("most_entries", MOST_ENTRIES)
        try:
            if not self._shadow_copies():
                return walk
            before = self._before()
        except ContentError as error:
            before = iter([(NO_STORE, error)])
        streams = options.get("streams", True)
        return ShadowedWalk(walk, self._file_system, before, most_entries=most, streams=streams)

    def _shadow_copies(self) -> list[ShadowStore]:
        """Raises ContentError."""
        if self._stores is None:
            is_ntfs = self._volume.file_system == "ntfs"
            self._stores = stores_of(self._held) if is_ntfs else []
        return self._stores

    def _before(self) -> Iterator[tuple[ShadowStore, FileSystem | ContentError]]:
        """The file system as its shadow copies have it, the newest first."""
        for store, held in states(self._held, self._shadow_copies()):
            if isinstance(held, ContentError):
                yield store, held
                continue
            try:
                file_system = FileSystem(held, self._volume)
                _ = file_system.opened
            except (OSError, SourceError):
                yield store, ContentError(NOT_OPENED)
            else:
                yield store, file_system

    def _at(self, number: int) -> FileSystem:
        """As that shadow copy has it; 0: as it is now. Raises ContentError."""
        if not number:
            return self._file_system
        if self._kept is None or self._kept[0] != number:
            self._kept = None
            for store, there in self._before():
                if store.number == number and isinstance(there, FileSystem):
                    self._kept = number, there
                    break
            else:
                raise ContentError(NOT_OPENED)
        return self._kept[1]

    def _place(self, path: str) -> tuple[FileSystem, str]:
        """Where a path leads to something, and the path there. Raises ContentError."""
        parts = path.split("/")
        if len(parts) > 1 and parts[0] == SNAPSHOTS:
            for store in self._shadow_copies():
                if parts[1] == folder_of(store):
                    return self._at(store.number), "/".join(parts[2:])
        return self._file_system, path

    def content(self, entry: FileEntry) -> Content:
        """The entry's bytes through The Sleuth Kit, wherever it can read them. Raises
        ContentError."""
        number, type_ = divmod(entry.attribute_type, 1 << NUMBER_SHIFT)
        if number:
            entry = msgspec.structs.replace(entry, attribute_type=type_, runs=())
        return through_file_system(self._at(number), entry)

    def reread(self, entry: FileEntry) -> Content | None:
        """As `Tree` has it; what was read under a name that The Sleuth Kit passes over has no
        number of its own there."""
        return self.content(entry) if entry.meta_address else None

    def beside(self, entry: FileEntry, name: str, most: int) -> bytes:
        """As `Tree` has it."""
        file_system, folder = self._place(entry.path.rpartition("/")[0])
        try:
            file = file_system.opened.open(path=f"/{folder}/{name}" if folder else f"/{name}")
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
        file_system, folder = self._place(folder)
        try:
            directory: Any = file_system.opened.open_dir(path=f"/{folder}")
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
