"""What a set says of an entry: category, size and sources, unpacked and, if sealed, decrypted."""

import mmap
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from triage.evidence import Value
from triage.hashsets.layout import Header, SetHeader, entry_format
from triage.hashsets.pieces import PartPieces
from triage.hashsets.records import Bytes
from triage.hashsets.table import opaque

if TYPE_CHECKING:
    from triage.hashsets.sealing import SetKey

Numbers = npt.NDArray[np.int64]

_PART = "entries"


class SetEntry(Value, frozen=True, gc=False):
    """What a set says of one digest."""

    category: str
    """Empty: uncategorised."""
    size: int | None
    """Bytes, where the source gives it."""
    sources: tuple[str, ...]


class SetEntries:
    """The entries of a mapped file. Raises IndexError for what no entry of a whole file says."""

    def __init__(
        self,
        file: mmap.mmap,
        layout: SetHeader,
        header: Header,
        key: "SetKey | None",
        pieces: PartPieces,
    ) -> None:
        """`pieces`: asked before anything of the part is believed."""
        section = layout.section(_PART)
        self._start = section.offset if section else 0
        self._file = file
        self._pieces = pieces
        self._count = layout.entries
        self._key = key
        """Of a sealed file."""
        self._width = layout.entry_width
        self._split = 1 + layout.source_width
        self._unpack = entry_format(layout).unpack_from
        self._unknown = (1 << 8 * layout.size_width) - 1
        self._labels = [category.label for category in header.categories]
        names = header.sources
        self._sources = [tuple(names[n] for n in c) for c in header.combinations]

    def one(self, number: int) -> SetEntry:
        """The entry of that number."""
        if not 0 <= number < self._count:
            raise IndexError(number)
        start = number * self._width
        if self._pieces.left:
            self._pieces.check_bytes(start, start + self._width)
        if self._key:
            data = self._file[self._start + start : self._start + start + self._width]
            parts = self._unpack(self._key.mask(_PART, data, start))
        else:
            parts = self._unpack(self._file, self._start + start)
        size = parts[2] if len(parts) == 3 else _wide(parts)
        return SetEntry(
            self._labels[parts[0]],
            None if size == self._unknown else size,
            self._sources[parts[1]],
        )

    def many(self, numbers: Numbers) -> list[SetEntry]:
        """The entries of these numbers, in order."""
        rows = self._rows(numbers)
        columns = (rows[:, :1], rows[:, 1 : self._split], rows[:, self._split :])
        labels, sources, unknown = self._labels, self._sources, self._unknown
        return [
            SetEntry(labels[category], None if size == unknown else size, sources[source])
            for category, source, size in zip(*map(_numbers, columns), strict=True)
        ]

    def categories(self, numbers: Numbers) -> npt.NDArray[np.uint8]:
        """The bare number of each one's category: DECOY of what comes from no record."""
        return self._rows(numbers)[:, 0]

    def _rows(self, numbers: Numbers) -> Bytes:
        if len(numbers) and not 0 <= int(numbers.min()) <= int(numbers.max()) < self._count:
            raise IndexError(int(numbers.max()))
        if self._pieces.left:
            self._pieces.check_places(numbers * self._width)
            self._pieces.check_places(numbers * self._width + self._width - 1)
        length = self._count * self._width
        data = np.frombuffer(self._file, dtype=np.uint8, count=length, offset=self._start)
        rows = opaque(data.reshape(-1, self._width))[numbers]
        bytes_ = rows.view(np.uint8).reshape(-1, self._width)
        return self._key.mask_rows(_PART, bytes_, numbers) if self._key else bytes_


def _wide(parts: tuple[int, ...]) -> int:
    """A size that is not of three parts: none at all, or a lower and an upper one."""
    return parts[2] | parts[3] << 32 if len(parts) == 4 else 0


def _numbers(column: Bytes) -> list[int]:
    """Little-endian numbers of any width, a row each."""
    wide = np.zeros((len(column), 8), dtype=np.uint8)
    wide[:, : column.shape[1]] = column
    numbers: list[int] = wide.view("<u8").ravel().tolist()
    return numbers
