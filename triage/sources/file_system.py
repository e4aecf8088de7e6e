"""The file system of one volume as The Sleuth Kit has it, opened once and kept."""

from collections import Counter
from typing import Any

from triage.errors import SourceError, why
from triage.evidence import FileEntry, Volume
from triage.sources.bigalloc import with_single_blocks
from triage.sources.bytes import Bytes
from triage.sources.entries import NTFS_DATA, Maker, attributes, default_stream
from triage.sources.hfs_attributes import HfsAttributes
from triage.sources.large_clusters import with_usual_clusters
from triage.sources.mft import Mft, is_crowded
from triage.sources.mft_records import DataStream
from triage.sources.reader import ContentError, Reader
from triage.sources.tsk import TskImage, open_file_system

MFT = 0
_DATA = frozenset({NTFS_DATA})


class FileSystem:
    """Opens at first use."""

    def __init__(self, held: Bytes, volume: Volume) -> None:
        """`held`: the volume's bytes."""
        self.held = held
        self.volume = volume
        self.image = image_of(held)
        self._opened: Any = None
        self._last: Any = None
        self._crowded = False
        self._streams: dict[str, DataStream] | None = None
        self._mft: Mft | None = None
        self._attributes: HfsAttributes | None = None
        self._has_mft: bool | None = None
        """None: not looked yet."""
        self._last_wanted: int | None = None

    @property
    def opened(self) -> Any:
        """Its pytsk3.FS_Info. Raises SourceError if it does not open."""
        if self._opened is None:
            name = self.volume.file_system
            try:
                self._opened = open_file_system(self.image, name)
            except (OSError, KeyError) as error:
                raise SourceError(
                    f"The {name or 'unknown'} file system of {self.volume.id} "
                    f"does not open: {why(error)}.",
                    hint="It is listed as damaged; the lab can look at its sectors.",
                ) from error
        return self._opened

    def file(self, entry: FileEntry) -> Any:
        """The pytsk3.File behind an entry. Raises OSError or SourceError.

        The last one is kept: opening loads all streams of a file, and there may be thousands.
        """
        if self._last_wanted != entry.meta_address:
            self._last_wanted = None
            self._last = self.opened.open_meta(inode=entry.meta_address)
            self._crowded, self._streams = _is_crowded(self._last), None
            self._last_wanted = entry.meta_address
        return self._last

    def is_crowded(self, entry: FileEntry) -> bool:
        """Whether The Sleuth Kit cannot tell the file's streams apart. Raises as `file`."""
        if self.volume.file_system != "ntfs":
            return False
        self.file(entry)
        return self._crowded

    def stream(self, entry: FileEntry, name: str) -> DataStream | None:
        """A crowded file's stream; None if it is not there, or not alone with its name."""
        if self._streams is None:
            mft = self.mft
            listed = mft.streams(entry.meta_address) if mft else []
            names = Counter(each.shown for each in listed)
            self._streams = {each.shown: each for each in listed if names[each.shown] == 1}
        return self._streams.get(name)

    def packing(self, address: int) -> bytes | None:
        """How macOS packed a file of HFS+, as its attribute has it; None if it did not. Raises
        ContentError."""
        if self._attributes is None:
            self._attributes = HfsAttributes(self.held)
        return self._attributes.packing(address)

    @property
    def mft(self) -> Mft | None:
        """The MFT of an NTFS volume; None if it does not lie in plain runs."""
        if self._has_mft is None:
            self._mft = self._open_mft()
            self._has_mft = self._mft is not None
        return self._mft

    def _open_mft(self) -> Mft | None:
        try:
            file_system = self.opened
            main = default_stream(attributes(file_system.open_meta(inode=MFT), _DATA))
            runs = Maker(self.volume, file_system.info).runs_of(main) if main else ()
            return Mft(self.held, runs, main[3]) if main and runs else None
        except (OSError, SourceError, ContentError):
            return None


def image_of(held: Bytes) -> TskImage:
    """What The Sleuth Kit is given of a volume: what it claims of itself beyond the volume's end,
    if anything is there. Raises OSError."""
    whole = held.with_what_follows() if isinstance(held, Reader) else held
    return TskImage(with_single_blocks(with_usual_clusters(whole)))


def _is_crowded(file: Any) -> bool:
    numbers = [(stream[0], stream[1]) for stream in attributes(file, _DATA)]
    meta = file.info.meta
    return is_crowded(numbers, meta.nlink if meta is not None else 0)
