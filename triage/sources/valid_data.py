"""Which NTFS files have a valid data length below their size, and how many files there are.

Behind that length the clusters hold whatever lay there before, and NTFS says zeros. The Sleuth
Kit honours it when it reads, but pytsk3 does not show it, so the MFT is looked through here: of
each non-resident $DATA attribute the real size (byte 48) and the initialised size (byte 56). Such
files are read through The Sleuth Kit. Layout after "[MS-FSA]" and the linux-ntfs documentation.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from triage.sources.entries import NTFS_RESERVED
from triage.sources.mft import IN_USE, Mft
from triage.sources.reader import ContentError

Records = npt.NDArray[np.uint8]

FILE = int.from_bytes(b"FILE", "little")
FILE_SIGN = np.frombuffer(b"FILE", np.uint8)
DATA, END = 0x80, 0xFFFFFFFF
MOST_ATTRIBUTES = 64
"""In one record; more do not fit."""


@dataclass(slots=True)
class LookedThrough:
    """What the MFT says as a whole."""

    shortened: set[int] = field(default_factory=set)
    """Addresses of files whose valid data ends before their size."""
    in_use: int = 0
    """Files' first records in use, from NTFS_RESERVED on; -1 if not all of them could be read."""


def look_through(mft: Mft) -> LookedThrough:
    """All of its records, once, from front to back."""
    told = LookedThrough()
    record = mft.record_size
    try:
        first = 0
        for chunk in mft.table.chunks():
            count = len(chunk) // record
            raw = np.frombuffer(chunk, np.uint8, count * record).reshape(count, record)
            told.in_use += _in_use(raw, first)
            told.shortened.update(_in_chunk(raw, first))
            first += count
    except ContentError:
        told.in_use = -1
    return told


def addresses_in_use(mft: Mft) -> Iterator[int]:
    """Of files' first records in use, from NTFS_RESERVED on, as far as they can be read."""
    record, first = mft.record_size, 0
    try:
        for chunk in mft.table.chunks():
            count = len(chunk) // record
            raw = np.frombuffer(chunk, np.uint8, count * record).reshape(count, record)
            skipped = max(0, NTFS_RESERVED - first)
            for place in np.flatnonzero(_are_in_use(raw[skipped:])):
                yield first + skipped + int(place)
            first += count
    except ContentError:
        return


def _in_use(raw: Records, first: int) -> int:
    """How many of these records are in use and the first of their file."""
    return int(_are_in_use(raw[max(0, NTFS_RESERVED - first) :]).sum())


def _are_in_use(mine: Records) -> npt.NDArray[np.bool_]:
    signed = (mine[:, :4] == FILE_SIGN).all(axis=1)
    further = mine[:, 32:40].any(axis=1)
    used: npt.NDArray[np.bool_] = signed & (mine[:, 22] & IN_USE != 0) & ~further
    return used


def _in_chunk(raw: Records, first: int) -> Iterator[int]:
    """Addresses in a chunk of whole records, the first of which has the address `first`.

    Attributes lie on multiples of 8; where one does not, its file is given as well, so that The
    Sleuth Kit reads it.
    """
    _fix_up(raw)
    record = raw.shape[1]
    words, longs = raw.reshape(-1).view("<u4"), raw.reshape(-1).view("<u8")
    here = np.flatnonzero(raw[:, :4].copy().view("<u4")[:, 0] == FILE) * record
    at = here + (words[(here + 20) >> 2] & 0xFFFF)
    for _ in range(MOST_ATTRIBUTES):
        keep = (at >= here) & (at + 64 <= here + record)
        here, at = here[keep], at[keep]
        odd = at & 7 != 0
        kind, length = words[at >> 2], words[(at >> 2) + 1].astype(np.int64)
        long = at >> 3
        outside = (kind == DATA) & (words[(at >> 2) + 2] & 0xFF != 0) & (longs[long + 2] == 0)
        for place in here[odd | (outside & (longs[long + 7] < longs[long + 6]))]:
            base = int(longs[(place >> 3) + 4]) & 0xFFFFFFFFFFFF
            yield base or first + int(place) // record
        keep = ~odd & (kind != END) & (length >= 24) & (length <= record)
        here, at = here[keep], at[keep] + length[keep]
        if not len(at):
            return


def _fix_up(raw: Records) -> None:
    """Put back the last two bytes of each sector, which the update sequence array keeps."""
    sectors = raw.shape[1] // 512
    places = raw[:, 4].astype(np.int64) | raw[:, 5].astype(np.int64) << 8
    for place in sorted(set(places.tolist())):  # np.unique imports more, and a worker cannot
        if not 8 <= place <= raw.shape[1] - 2 * sectors - 2:
            continue
        rows = slice(None) if (places == place).all() else np.flatnonzero(places == place)
        for sector in range(sectors):
            kept, last = int(place) + 2 + 2 * sector, 512 * sector + 510
            raw[rows, last : last + 2] = raw[rows, kept : kept + 2]
