"""Content that The Sleuth Kit reads, and what lies in the MFT where that cannot."""

from collections.abc import Iterator
from typing import Any

from triage.errors import SourceError
from triage.evidence import FileEntry, Storage
from triage.sources.entries import WOF
from triage.sources.file_system import FileSystem
from triage.sources.mft_records import DataStream
from triage.sources.reader import NOT_OPENED, READ_FAILED, TOO_SHORT, ContentError
from triage.sources.runs import CHUNK, BytesContent, RunsContent
from triage.sources.tree import Content

AMBIGUOUS = "it cannot be told from another stream of its file"
COMPRESSED = "a compressed stream of a file with very many streams, which is not supported"
OUTSIDE = "its content is said to lie beyond the end of its volume"
WOF_COMPRESSED = "compressed by Windows (WOF), which is not supported"


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
        if entry.storage is Storage.FILE_SYSTEM and not entry.stream and _is_wof(self._file):
            raise ContentError(WOF_COMPRESSED)
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
    if not crowded:
        return FileSystemContent(file_system, entry)
    if not entry.stream and file_system.stream(entry, WOF.decode()):
        raise ContentError(WOF_COMPRESSED)
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


def _is_wof(file: Any) -> bool:
    try:
        return any(attribute.info.name == WOF for attribute in file)
    except OSError:
        return False
