"""Content that lies in whole runs of its volume, and content that is in memory already."""

from collections.abc import Iterator, Sequence

from triage.evidence import Run
from triage.sources.bytes import Bytes
from triage.sources.reader import TOO_SHORT, ContentError

CHUNK = 1 << 20
"""Bytes; what is read at once from large content."""


class RunsContent:
    """A stream that lies in whole runs of a volume: read at once, into place."""

    __slots__ = ("_reader", "_runs", "size")

    def __init__(self, reader: Bytes, runs: Sequence[Run], size: int) -> None:
        """`runs` of these bytes, their lengths summing to `size`."""
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


class BytesContent:
    """A stream whose bytes are in memory."""

    __slots__ = ("_content", "size")

    def __init__(self, content: bytes) -> None:
        """`content`: all of it."""
        self._content = content
        self.size = len(content)

    def read_at(self, offset: int, length: int) -> bytes:
        """`length` bytes from `offset`, fewer only at the end."""
        return self._content[offset : offset + length] if offset >= 0 and length > 0 else b""

    def chunks(self, size: int = CHUNK) -> Iterator[bytes | memoryview]:
        """All of it, in chunks of at most `size` bytes."""
        for offset in range(0, self.size, size):
            yield self._content[offset : offset + size]


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
