"""The file systems of one device, opened once each and kept."""

from collections import Counter
from collections.abc import Sequence
from typing import Any

from triage.errors import SourceError, why
from triage.evidence import FileEntry, Volume
from triage.sources.entries import NTFS_DATA, Maker, attributes, default_stream
from triage.sources.mft import Mft, is_crowded
from triage.sources.mft_records import DataStream
from triage.sources.reader import ContentError, Reader
from triage.sources.tsk import TskImage, open_file_system

MFT = 0
_DATA = frozenset({NTFS_DATA})


class FileSystems:
    """Opens each volume's file system at first use and keeps it. One for each worker."""

    def __init__(self, reader: Reader, volumes: Sequence[Volume] = ()) -> None:
        """`volumes` of the reader's device."""
        self.reader = reader
        self.image = TskImage(reader)
        self._volumes = {volume.id: volume for volume in volumes}
        self._opened: dict[str, Any] = {}
        self._last: Any = None
        self._crowded = False
        self._streams: dict[str, DataStream] | None = None
        self._mfts: dict[str, Mft | None] = {}
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
                    f"does not open: {why(error)}.",
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
            self._crowded, self._streams = _is_crowded(self._last), None
            self._last_wanted = wanted
        return self._last

    def is_crowded(self, entry: FileEntry) -> bool:
        """Whether The Sleuth Kit cannot tell the file's streams apart. Raises as `file`."""
        if self._volumes[entry.volume_id].file_system != "ntfs":
            return False
        self.file(entry)
        return self._crowded

    def stream(self, entry: FileEntry, name: str) -> DataStream | None:
        """A crowded file's stream; None if it is not there, or not alone with its name."""
        if self._streams is None:
            mft = self.mft(self._volumes[entry.volume_id])
            listed = mft.streams(entry.meta_address) if mft else []
            names = Counter(each.shown for each in listed)
            self._streams = {each.shown: each for each in listed if names[each.shown] == 1}
        return self._streams.get(name)

    def mft(self, volume: Volume) -> Mft | None:
        """The MFT of an NTFS volume; None if it does not lie in plain runs."""
        if volume.id not in self._mfts:
            self._mfts[volume.id] = self._open_mft(volume)
        return self._mfts[volume.id]

    def _open_mft(self, volume: Volume) -> Mft | None:
        try:
            file_system = self.opened(volume)
            main = default_stream(attributes(file_system.open_meta(inode=MFT), _DATA))
            runs = Maker(volume, file_system.info).runs_of(main) if main else ()
            return Mft(self.reader, volume.offset, runs, main[3]) if main and runs else None
        except (OSError, SourceError, ContentError):
            return None


def _is_crowded(file: Any) -> bool:
    numbers = [(stream[0], stream[1]) for stream in attributes(file, _DATA)]
    meta = file.info.meta
    return is_crowded(numbers, meta.nlink if meta is not None else 0)
