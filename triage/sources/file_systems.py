"""The file systems of one device, opened once each and kept."""

from collections.abc import Sequence
from typing import Any

from triage.errors import SourceError
from triage.evidence import FileEntry, Volume
from triage.sources.reader import Reader
from triage.sources.tsk import TskImage, open_file_system


class FileSystems:
    """Opens each volume's file system at first use and keeps it. One for each worker."""

    def __init__(self, reader: Reader, volumes: Sequence[Volume] = ()) -> None:
        """`volumes` of the reader's device."""
        self.reader = reader
        self.image = TskImage(reader)
        self._volumes = {volume.id: volume for volume in volumes}
        self._opened: dict[str, Any] = {}

    def volume(self, volume_id: str) -> Volume:
        """The volume of that id. Raises KeyError."""
        return self._volumes[volume_id]

    def opened(self, volume: Volume) -> Any:
        """Its pytsk3.FS_Info. Raises SourceError if it does not open."""
        if volume.id not in self._opened:
            try:
                self._opened[volume.id] = open_file_system(
                    self.image, volume.offset, volume.file_system
                )
            except (OSError, KeyError) as error:
                raise SourceError(
                    f"The {volume.file_system or 'unknown'} file system of {volume.id} "
                    f"does not open: {error}",
                    hint="It is listed as damaged; the lab can look at its sectors.",
                ) from error
        return self._opened[volume.id]

    def file(self, entry: FileEntry) -> Any:
        """The pytsk3.File behind an entry. Raises OSError or SourceError."""
        return self.opened(self._volumes[entry.volume_id]).open_meta(inode=entry.meta_address)
