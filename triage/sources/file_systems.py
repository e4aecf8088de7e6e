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
        self._last: Any = None
        self._first_of: dict[tuple[int, int], bytes] = {}
        self._last_wanted: tuple[str, int] | None = None

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
        """The pytsk3.File behind an entry. Raises OSError or SourceError.

        The last one is kept: opening loads all streams of a file, and there may be thousands.
        """
        wanted = entry.volume_id, entry.meta_address
        if self._last_wanted != wanted:
            file_system = self.opened(self._volumes[entry.volume_id])
            self._last_wanted = None
            self._last = file_system.open_meta(inode=entry.meta_address)
            self._first_of = _first_of(self._last)
            self._last_wanted = wanted
        return self._last

    def leads_to(self, entry: FileEntry) -> bool:
        """Whether asking the entry's file for its stream gives that stream, and not another.

        NTFS numbers attributes anew in each MFT record: in a file of many records a number may be
        that of several streams, and The Sleuth Kit gives the first.
        """
        self.file(entry)
        first = self._first_of.get((entry.attribute_type, entry.attribute_id))
        if first is None:
            return True
        return first.decode(errors="backslashreplace") == entry.stream


def _first_of(file: Any) -> dict[tuple[int, int], bytes]:
    """The name of the first stream by type and number, where several share them."""
    first: dict[tuple[int, int], bytes] = {}
    shared: set[tuple[int, int]] = set()
    try:
        for attribute in file:
            info = attribute.info
            key = (info.type, info.id)
            if key in first:
                shared.add(key)
            else:
                first[key] = info.name or b""
    except OSError:
        return {}
    return {key: first[key] for key in shared}
