"""One opened source, of whatever kind: its volumes, their entries, and the entries' content."""

from collections.abc import Sequence
from typing import Any

from triage.devices.opening import sizes_of
from triage.evidence import Device, FileEntry, Run, SourceKind, Storage, Volume
from triage.sources.beside import read_beside, read_beside_in_folder
from triage.sources.content import Content, through_file_system
from triage.sources.directories import FolderContent, FolderWalk
from triage.sources.file_systems import FileSystems
from triage.sources.presence import Presence
from triage.sources.reader import READ_FAILED, TOO_SHORT, ContentError, Reader
from triage.sources.runs import RunsContent
from triage.sources.volumes import folder_volume, list_volumes
from triage.sources.walk import Walk

NO_BYTES = "there is no content"
STEP = 64 * 1024
MOST_BAD = 64
"""Failed pieces of one entry, from which on the rest is not tried."""


class Source:
    """A device, image or folder behind descriptors that are already open.

    A worker makes one from what it inherited: the device, the descriptors and the volumes that
    were listed before. Nothing is opened by it, save files below a folder's own descriptor.
    """

    def __init__(
        self, device: Device, fds: Sequence[int], volumes: Sequence[Volume] | None = None
    ) -> None:
        """`fds` as `open_read_only` gave them. Without `volumes` they are listed now."""
        self.device = device
        self._fds = tuple(fds)
        self._file_systems: FileSystems | None = None
        if device.kind is SourceKind.DIRECTORY:
            self.volumes = [folder_volume(device)]
            self.presence = Presence(None, self._fds[0])
            return
        self.reader = Reader(self._fds, sizes_of(self._fds))
        self.volumes = list_volumes(self.reader, device) if volumes is None else list(volumes)
        self._file_systems = FileSystems(self.reader, self.volumes)
        self.presence = Presence(self._file_systems)

    def walk(self, volume: Volume, *, first_id: int = 0, **options: Any) -> Walk | FolderWalk:
        """The entries of a readable volume; `options` as for `Walk`. Raises SourceError."""
        if self._file_systems is None:
            return FolderWalk(self._fds[0], volume, first_id=first_id)
        return Walk(self._file_systems, volume, first_id=first_id, **options)

    def content(self, entry: FileEntry) -> Content:
        """The entry's bytes, read the fastest way that is exact. Raises ContentError."""
        if entry.storage is Storage.NONE:
            raise ContentError(NO_BYTES)
        if self._file_systems is None:
            return FolderContent(self._fds[0], entry)
        if entry.storage is Storage.RUNS:
            return RunsContent(self.reader, entry.runs, entry.size)
        return through_file_system(self._file_systems, entry)

    def reread(self, entry: FileEntry) -> Content:
        """The same bytes, through The Sleuth Kit wherever it can read them. Raises ContentError."""
        if self._file_systems is None or entry.storage is Storage.NONE:
            return self.content(entry)
        return through_file_system(self._file_systems, entry)

    def beside(self, entry: FileEntry, name: str, most: int) -> bytes:
        """The file of that name in the entry's folder, if it holds at most so many bytes.

        Raises ContentError where there is none, or it cannot be read.
        """
        if self._file_systems is None:
            return read_beside_in_folder(self._fds[0], entry, name, most)
        return read_beside(self._file_systems, entry, name, most)

    def salvaged(self, entry: FileEntry) -> tuple[bytes, tuple[Run, ...]]:
        """All bytes, tried small round bad sectors: zeros where they fail, and where that is.

        Few pieces are tried once many have failed: a dying device takes seconds for each. Raises
        ContentError where the content does not lie in plain runs.
        """
        if self._file_systems is None or entry.storage is not Storage.RUNS:
            raise ContentError(READ_FAILED)
        content, bad = bytearray(), list[Run]()
        for run in entry.runs:
            if run.offset < 0:
                content += bytes(run.length)
                continue
            for at in range(run.offset, run.offset + run.length, STEP):
                length = min(STEP, run.offset + run.length - at)
                if len(bad) >= MOST_BAD:
                    content += bytes(length)
                    bad.append(Run(at, length))
                    continue
                data, failed = self.reader.salvage(at, length)
                content += data
                bad += [Run(first, last - first + 1) for first, last in failed]
        return bytes(content), tuple(bad)

    def small(self, entry: FileEntry) -> bytes:
        """All bytes of a small entry, by one read where it lies in one run. Raises ContentError."""
        if len(entry.runs) == 1 and entry.runs[0].offset >= 0:
            data = self.reader.read_at(entry.runs[0].offset, entry.size)
            if len(data) != entry.size:
                raise ContentError(TOO_SHORT)
            return data
        return self.content(entry).read_at(0, entry.size)
