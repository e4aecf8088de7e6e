"""Content that The Sleuth Kit reads, and what lies in the MFT where that cannot."""

from collections.abc import Iterator

from msgspec.structs import replace

from triage.errors import SourceError
from triage.evidence import FileEntry, Storage
from triage.sources.decmpfs import unpacking
from triage.sources.entries import HFS_RESOURCE, META_PACKED, NTFS_CONTENT, WOF, attributes
from triage.sources.file_system import FileSystem
from triage.sources.mft_records import DataStream
from triage.sources.reader import NOT_OPENED, READ_FAILED, TOO_SHORT, ContentError
from triage.sources.reparse import REPARSE, point_of
from triage.sources.runs import CHUNK, BytesContent, RunsContent
from triage.sources.tree import Content
from triage.sources.wof import Packing, WofContent, packing_in

AMBIGUOUS = "it cannot be told from another stream of its file"
COMPRESSED = "a compressed stream of a file with very many streams, which is not supported"
OUTSIDE = "its content is said to lie beyond the end of its volume"
_POINT = frozenset({REPARSE})
_RESOURCE = frozenset({HFS_RESOURCE})


class FileSystemContent:
    """A stream read through The Sleuth Kit: resident, compressed, sparse in odd ways."""

    __slots__ = ("_block", "_file", "_id", "_image", "_type", "size")

    def __init__(self, file_system: FileSystem, entry: FileEntry) -> None:
        """Raises ContentError if the file system gives no such stream."""
        self.size = entry.size
        self._type = entry.attribute_type
        self._id = entry.attribute_id
        self._image = file_system.image
        try:
            self._block = int(file_system.opened.info.block_size)
            self._file = file_system.file(entry)
        except (OSError, SourceError) as error:
            raise ContentError(NOT_OPENED) from error
        if self._reaches(file_system.volume.size):
            raise ContentError(OUTSIDE)  # those are another volume's bytes, whatever they are

    def read_at(self, offset: int, length: int) -> bytes:
        """`length` bytes from `offset`, fewer only at the end. Raises ContentError."""
        length = min(length, self.size - offset)
        if length <= 0 or offset < 0:
            return b""
        pieces = []
        for start in range(offset, offset + length, CHUNK):
            wanted = min(CHUNK, offset + length - start)
            pieces.append(self._read(start, wanted))
            if self._image.bad and self._touches_bad():
                raise ContentError(READ_FAILED)
            if len(pieces[-1]) != wanted:
                raise ContentError(TOO_SHORT)
        return pieces[0] if len(pieces) == 1 else b"".join(pieces)

    def _read(self, offset: int, length: int) -> bytes:
        try:
            if self._type:
                data: bytes = self._file.read_random(offset, length, self._type, self._id)
            else:
                data = self._file.read_random(offset, length)
        except OSError as error:
            raise ContentError(NOT_OPENED) from error
        return data

    def _touches_bad(self) -> bool:
        """Whether a place that was given as zeros lies in this stream's clusters, or could."""
        bad = self._image.bad
        touches = any(a <= last and first <= z for first, last in self._places() for a, z in bad)
        return touches or not self._type

    def _reaches(self, end: int) -> bool:
        """Whether a whole block of the stream lies beyond that byte of what The Sleuth Kit sees."""
        try:
            return any(last - self._block >= end for _, last in self._places())
        except OSError as error:
            raise ContentError(NOT_OPENED) from error

    def _places(self) -> Iterator[tuple[int, int]]:
        """First and last byte, in the volume's, of each run of the stream."""
        for attribute in self._file:
            if attribute.info.type != self._type or attribute.info.id != self._id:
                continue
            for run in attribute:
                if run.flags == 0:
                    first = run.addr * self._block
                    yield first, first + run.len * self._block - 1

    def chunks(self, size: int = CHUNK) -> Iterator[bytes | memoryview]:
        """All of it, in chunks of at most `size` bytes. Raises ContentError."""
        for offset in range(0, self.size, size):
            yield self.read_at(offset, size)


def through_file_system(file_system: FileSystem, entry: FileEntry) -> Content:
    """A stream that does not lie in plain runs. Raises ContentError.

    By The Sleuth Kit; from the MFT where that cannot tell the file's streams apart.
    """
    try:
        crowded = file_system.is_crowded(entry)
    except (OSError, SourceError) as error:
        raise ContentError(NOT_OPENED) from error
    if not entry.stream and entry.storage is Storage.FILE_SYSTEM:
        by_macos = _by_macos(file_system, entry)
        if by_macos is not None:
            return unpacking(by_macos, _fork(file_system, entry))
        packing = _packing(file_system, entry)
        if packing is not None:
            return WofContent(_packed(file_system, entry), entry.size, packing)
    if not crowded:
        return FileSystemContent(file_system, entry)
    stream = file_system.stream(entry, entry.stream)
    if stream is None or stream.size != entry.size:
        raise ContentError(AMBIGUOUS)
    return _of_stream(file_system, stream)


def _of_stream(file_system: FileSystem, stream: DataStream) -> Content:
    if stream.compressed:
        raise ContentError(COMPRESSED)
    if not stream.extents:
        return BytesContent(stream.resident)
    block = int(file_system.opened.info.block_size)
    runs = stream.runs_in(file_system.volume.size, block)
    if runs is None:
        raise ContentError(TOO_SHORT)
    return RunsContent(file_system.held, runs, stream.size)


def _by_macos(file_system: FileSystem, entry: FileEntry) -> bytes | None:
    """How macOS packed the content; None if it did not. Raises ContentError."""
    if file_system.volume.file_system != "hfs+":
        return None
    try:
        meta = file_system.file(entry).info.meta
    except (OSError, SourceError) as error:
        raise ContentError(NOT_OPENED) from error
    is_packed = meta is not None and meta.flags & META_PACKED
    return file_system.packing(entry.meta_address) if is_packed else None


def _fork(file_system: FileSystem, entry: FileEntry) -> Content:
    """The resource fork, in which it lies packed; nothing where it has none. Raises
    ContentError."""
    for type_, id_, _, size, *_ in attributes(file_system.file(entry), _RESOURCE):
        there = replace(entry, size=size, attribute_type=type_, attribute_id=id_)
        return FileSystemContent(file_system, there)
    return BytesContent(b"")


def _packing(file_system: FileSystem, entry: FileEntry) -> Packing | None:
    """How Windows packed the content; None if it did not. Raises ContentError."""
    if file_system.volume.file_system != "ntfs":
        return None
    file = file_system.file(entry)
    point = next((id_ for type_, id_, *_ in attributes(file, _POINT)), None)
    return None if point is None else packing_in(point_of(file, point))


def _packed(file_system: FileSystem, entry: FileEntry) -> Content:
    """The stream in which it lies packed. Raises ContentError."""
    name = WOF.decode()
    if file_system.is_crowded(entry):
        stream = file_system.stream(entry, name)
        if stream is None:
            raise ContentError(AMBIGUOUS)
        return _of_stream(file_system, stream)
    for found in attributes(file_system.file(entry), NTFS_CONTENT):
        if found[2] == WOF:
            there = replace(
                entry, stream=name, size=found[3], attribute_type=found[0], attribute_id=found[1]
            )
            return FileSystemContent(file_system, there)
    raise ContentError(NOT_OPENED)
