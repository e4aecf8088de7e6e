"""The evidence of a scan as a worker holds it: inherited descriptors, no paths."""

from triage.evidence import FileEntry, SourceKind, Storage, Volume
from triage.sources import content, directories
from triage.sources.content import Content
from triage.sources.file_systems import FileSystems
from triage.sources.reader import Reader
from triage.workers.messages import OpenedDevice


class Evidence:
    """Content of any entry of the scan. Every method raises ContentError, and nothing else."""

    def __init__(self, devices: tuple[OpenedDevice, ...]) -> None:
        self._devices = {opened.device.id: opened for opened in devices}
        self._readers = {
            id_: Reader(opened.descriptors, opened.sizes)
            for id_, opened in self._devices.items()
            if opened.device.kind is not SourceKind.DIRECTORY
        }
        self._file_systems: dict[str, FileSystems] = {}
        self._roots: dict[str, int] = {}

    def use(self, volumes: tuple[Volume, ...]) -> None:
        """Learn of the volumes that entries lie on."""
        for volume in volumes:
            if volume.id in self._file_systems or volume.id in self._roots:
                continue
            reader = self._readers.get(volume.device_id)
            if reader is None:
                self._roots[volume.id] = self._devices[volume.device_id].descriptors[0]
            else:
                self._file_systems[volume.id] = FileSystems(reader, [volume])

    def whole(self, entry: FileEntry) -> bytes:
        """All of its bytes."""
        if entry.storage is Storage.DIRECTORY:
            return self.content(entry).read_at(0, entry.size)
        return content.read_small(self._file_systems[entry.volume_id], entry)

    def content(self, entry: FileEntry) -> Content:
        """Its bytes, read the fastest way that is exact."""
        if entry.storage is Storage.DIRECTORY:
            return directories.open_content(self._roots[entry.volume_id], entry)
        return content.open_content(self._file_systems[entry.volume_id], entry)

    def reread(self, entry: FileEntry) -> Content:
        """Its bytes once more, through The Sleuth Kit where that is possible."""
        if entry.storage is Storage.DIRECTORY:
            return self.content(entry)
        return content.reread(self._file_systems[entry.volume_id], entry)
