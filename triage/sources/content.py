"""Content: the bytes of one data stream, read the fastest way that is exact."""

from collections.abc import Iterator, Sequence
from typing import Any, Protocol

from triage.errors import SourceError
from triage.evidence import FileEntry, Run, Storage
from triage.sources.entries import WOF
from triage.sources.file_systems import FileSystems
from triage.sources.reader import NOT_OPENED, READ_FAILED, TOO_SHORT, ContentError, Reader

CHUNK = 1 << 20
"""Bytes; what is read at once from large content."""
AMBIGUOUS = "its stream shares its number with another of the file, which would be read instead"
WOF_COMPRESSED = "compressed by Windows (WOF), which is not supported"


class Content(Protocol):
    """The bytes of one stream. Reading raises ContentError, and nothing else."""

    size: int

    def read_at(self, offset: int, length: int) -> bytes:
        """`length` bytes from `offset`, fewer only at the end."""
        ...

    def chunks(self, size: int = CHUNK) -> Iterator[bytes | memoryview]:
        """All of it in order, at most `size` bytes at once.

        A memoryview is good only until the next chunk is asked for.
        """
        ...


class RunsContent:
    """A stream that lies in whole runs on the device: read with preadv."""

    __slots__ = ("_reader", "_runs", "size")

    def __init__(self, reader: Reader, runs: Sequence[Run], size: int) -> None:
        """`runs` in device bytes, their lengths summing to `size`."""
        self.size = size
        self._reader = reader
        self._runs = _merged(runs)

    def read_at(self, offset: int, length: int) -> bytes:
        """`length` bytes from `offset`, fewer only at the end. Raises ContentError."""
        length = min(length, self.size - offset)
        if length <= 0 or offset < 0:
            return b""
        pieces = []
        for run in self._runs:
            if offset < run.length:
                piece = min(length, run.length - offset)
                pieces.append(self._piece(run, offset, piece))
                length -= piece
                offset = 0
                if not length:
                    break
            else:
                offset -= run.length
        return pieces[0] if len(pieces) == 1 else b"".join(pieces)

    def _piece(self, run: Run, offset: int, length: int) -> bytes:
        if run.offset < 0:
            return bytes(length)
        data = self._reader.read_at(run.offset + offset, length)
        if len(data) != length:
            raise ContentError(TOO_SHORT)
        return data

    def chunks(self, size: int = CHUNK) -> Iterator[bytes | memoryview]:
        """All of it, in chunks of at most `size` bytes. Raises ContentError."""
        view = memoryview(bytearray(min(size, self.size)))
        filled = 0
        for run in self._runs:
            done = 0
            while done < run.length:
                piece = view[filled : filled + run.length - done]
                self._fill(run, done, piece)
                done += len(piece)
                filled += len(piece)
                if filled == len(view):
                    yield view
                    filled = 0
        if filled:
            yield view[:filled]

    def _fill(self, run: Run, offset: int, piece: memoryview) -> None:
        if run.offset < 0:
            piece[:] = bytes(len(piece))
        elif self._reader.read_into(run.offset + offset, piece) != len(piece):
            raise ContentError(TOO_SHORT)


class FileSystemContent:
    """A stream read through The Sleuth Kit: resident, compressed, sparse in odd ways."""

    __slots__ = ("_block", "_file", "_id", "_image", "_start", "_type", "size")

    def __init__(self, file_systems: FileSystems, entry: FileEntry) -> None:
        """Raises ContentError if the file system gives no such stream."""
        self.size = entry.size
        self._type = entry.attribute_type
        self._id = entry.attribute_id
        self._image = file_systems.image
        volume = file_systems.volume(entry.volume_id)
        self._start = volume.offset
        try:
            self._block = int(file_systems.opened(volume).info.block_size)
            self._file = file_systems.file(entry)
        except (OSError, SourceError) as error:
            raise ContentError(NOT_OPENED) from error
        if self._type and not file_systems.leads_to(entry):
            raise ContentError(AMBIGUOUS)
        if entry.storage is Storage.FILE_SYSTEM and not entry.stream and _is_wof(self._file):
            raise ContentError(WOF_COMPRESSED)

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
        block, start = self._block, self._start
        for attribute in self._file:
            if attribute.info.type != self._type or attribute.info.id != self._id:
                continue
            for run in attribute:
                first = start + run.addr * block
                last = first + run.len * block - 1
                if run.flags == 0 and any(a <= last and first <= z for a, z in self._image.bad):
                    return True
        return not self._type

    def chunks(self, size: int = CHUNK) -> Iterator[bytes | memoryview]:
        """All of it, in chunks of at most `size` bytes. Raises ContentError."""
        for offset in range(0, self.size, size):
            yield self.read_at(offset, size)


def _merged(runs: Sequence[Run]) -> list[Run]:
    """Adjacent runs, and adjacent holes, as one."""
    merged: list[Run] = []
    for run in runs:
        last = merged[-1] if merged else None
        if last and (
            last.offset + last.length == run.offset
            if run.offset >= 0 and last.offset >= 0
            else last.offset == run.offset
        ):
            merged[-1] = Run(last.offset, last.length + run.length)
        else:
            merged.append(run)
    return merged


def _is_wof(file: Any) -> bool:
    try:
        return any(attribute.info.name == WOF for attribute in file)
    except OSError:
        return False
