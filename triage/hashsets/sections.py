"""Sections of a new file, one after the other; the parts of a table among them."""

from collections.abc import Callable, Iterable, Iterator
from typing import IO, TYPE_CHECKING

import numpy as np
from blake3 import blake3

from triage.hashsets.layout import ALIGN, BLOCK, PIECES, Section, TableHeader
from triage.hashsets.merging import Sorted
from triage.hashsets.perceptual import index_parts
from triage.hashsets.pieces import PieceDigests
from triage.hashsets.records import EXACT, Bytes
from triage.hashsets.table import filter_words, heads, index_bits, word_masks, word_numbers

if TYPE_CHECKING:
    from triage.hashsets.sealing import SetKey


class Sections:
    """Appends sections, and keeps their places and digests."""

    def __init__(self, file: IO[bytes], key: "SetKey | None") -> None:
        """`key`: of a sealed file."""
        self.written: list[Section] = []
        self._file = file
        self._key = key
        self.sealed = key is not None
        file.seek(BLOCK)
        self._end = BLOCK
        self._pieces: list[bytes] = []

    def write(
        self, name: str, chunks: Iterable[bytes | memoryview], *, secret: bool = False
    ) -> None:
        """One section; a secret one is encrypted in a sealed file."""
        offset = -(-self._end // ALIGN) * ALIGN
        self._file.write(bytes(offset - self._end))
        digest, pieces, length = blake3(), PieceDigests(), 0
        mask: Callable[[str, bytes, int], bytes] | None = self._key.mask if self._key else None
        for chunk in chunks:
            data = mask(name, bytes(chunk), length) if secret and mask else chunk
            digest.update(data)
            pieces.update(data)
            self._file.write(data)
            length += len(data)
        self._end = offset + length
        self._pieces.append(pieces.finish())
        self.written.append(
            Section(name=name, offset=offset, length=length, blake3=digest.hexdigest())
        )

    def write_pieces(self) -> None:
        """The digests of the pieces of all that was written; what comes later has none."""
        self.write(PIECES, self._pieces)


def write_table(sections: Sections, table: Sorted, *, first: bool) -> TableHeader:
    """The parts of one algorithm, and what the header says of them; closes the table's files."""
    exact = table.algorithm in EXACT
    bits = index_bits(table.rows) if exact else 0
    prefix = bits // 8
    front = _Front(table.rows, bits) if exact else None
    sections.write(f"{table.algorithm}.rows", _rows(table, prefix, front), secret=not exact)
    if front:
        sections.write(f"{table.algorithm}.index", [front.index()])
        sections.write(f"{table.algorithm}.filter", [front.words.data.cast("B")])
    if not first:
        sections.write(f"{table.algorithm}.links", _read_all(table.links))
    if table.algorithm == "pdq" and not sections.sealed:
        for name, part in index_parts(_mapped(table)):
            sections.write(name, part)
    table.values.close()
    table.links.close()
    return TableHeader(
        algorithm=table.algorithm,
        rows=table.rows,
        width=table.width - prefix,
        prefix=prefix,
        index_bits=bits,
        filter_words=len(front.words) if front else 0,
        linked=not first,
    )


def _mapped(table: Sorted) -> Bytes:
    table.values.flush()
    return np.memmap(table.values, dtype=np.uint8, mode="r", shape=(table.rows, table.width))


class _Front:
    """What stands in front of the rows: the index and the filter, made while they pass by."""

    def __init__(self, rows: int, bits: int) -> None:
        self.words = np.zeros(filter_words(rows), dtype=np.uint64)
        self._counts = np.zeros((1 << bits) + 1, dtype=np.uint32)
        self._shift = np.uint64(64 - bits)
        self._bits = bits

    def add(self, digests: Bytes) -> None:
        """Take the next digests; they come sorted, so that equal words and buckets adjoin."""
        head = heads(digests)
        numbers = word_numbers(head, len(self.words))
        starts = np.flatnonzero(np.r_[True, numbers[1:] != numbers[:-1]])
        self.words[numbers[starts]] |= np.bitwise_or.reduceat(word_masks(head), starts)
        bucket = head >> self._shift if self._bits else np.zeros_like(head)
        distinct, counts = np.unique(bucket, return_counts=True)
        self._counts[distinct + np.uint64(1)] += counts.astype(np.uint32)

    def index(self) -> memoryview:
        """Where each bucket begins, u32, and where the last one ends."""
        return np.cumsum(self._counts, dtype=np.uint32).data.cast("B")


def _rows(table: Sorted, prefix: int, front: _Front | None) -> Iterator[bytes]:
    for block in table.blocks():
        if front:
            front.add(block)
        yield block[:, prefix:].tobytes()


def _read_all(file: IO[bytes]) -> Iterator[bytes]:
    file.seek(0)
    while data := file.read(1 << 22):
        yield data
