"""Which NTFS files have a valid data length below their size.

Behind that length the clusters hold whatever lay there before, and NTFS says zeros. The Sleuth
Kit honours it when it reads, but pytsk3 does not show it, so the MFT is looked through here: of
each non-resident $DATA attribute the real size (byte 48) and the initialised size (byte 56). Such
files are read through The Sleuth Kit. Layout after "[MS-FSA]" and the linux-ntfs documentation.
"""

import struct
from collections.abc import Iterator

import numpy as np
import numpy.typing as npt

from triage.evidence import Run
from triage.sources.content import RunsContent
from triage.sources.reader import ContentError, Reader

Bytes = npt.NDArray[np.uint8]
Numbers = npt.NDArray[np.int64]

DATA = 0x80
MOST_ATTRIBUTES = 64
"""In one record; more do not fit."""
RECORD_SIZES = (512, 1024, 2048, 4096)


def shortened(reader: Reader, offset: int, runs: tuple[Run, ...], size: int) -> frozenset[int]:
    """Addresses of those files. `offset`: the volume's; `runs` and `size`: those of the $MFT."""
    found: set[int] = set()
    try:
        record = _record_size(reader.read_at(offset, 512))
        if record not in RECORD_SIZES:
            return frozenset()
        first = 0
        for chunk in RunsContent(reader, runs, size).chunks():
            count = len(chunk) // record
            raw = np.frombuffer(chunk, np.uint8, count * record).reshape(count, record).copy()
            found.update(_in_chunk(raw, first))
            first += count
    except ContentError:
        return frozenset(found)
    return frozenset(found)


def _record_size(boot: bytes) -> int:
    """Byte 64 of the boot sector: clusters, or, if negative, the exponent of 2."""
    if len(boot) < 512:
        return 0
    sector, cluster = struct.unpack_from("<HB", boot, 11)
    exponent = struct.unpack_from("<b", boot, 64)[0]
    return int(1 << -exponent if -12 <= exponent < 0 else exponent * sector * cluster)


def _in_chunk(raw: Bytes, first: int) -> Iterator[int]:
    """Addresses in a chunk of whole records, the first of which has the address `first`."""
    _fix_up(raw)
    record = raw.shape[1]
    flat = raw.reshape(-1)
    rows = np.flatnonzero((raw[:, :4] == np.frombuffer(b"FILE", np.uint8)).all(axis=1))
    here = rows * record
    at = here + _number(flat, here + 20, 2)
    for _ in range(MOST_ATTRIBUTES):
        keep = (at >= here) & (at + 64 <= here + record)
        here, at = here[keep], at[keep]
        kind, length = _number(flat, at, 4), _number(flat, at + 4, 4)
        keep = (kind != 0xFFFFFFFF) & (length >= 24) & (length <= record)
        here, at, kind, length = here[keep], at[keep], kind[keep], length[keep]
        if not len(at):
            return
        data = (kind == DATA) & (flat[at + 8] != 0) & (_number(flat, at + 16, 8) == 0)
        short = data & (_number(flat, at + 56, 8) < _number(flat, at + 48, 8))
        for place in here[short]:
            base = int(_number(flat, np.array([place + 32]), 6)[0])
            yield base or first + int(place) // record
        at = at + length


def _fix_up(raw: Bytes) -> None:
    """Put back the last two bytes of each sector, which the update sequence array keeps."""
    sectors = raw.shape[1] // 512
    places = raw[:, 4].astype(np.int64) | raw[:, 5].astype(np.int64) << 8
    for place in sorted(set(places.tolist())):
        if not 8 <= place <= raw.shape[1] - 2 * sectors - 2:
            continue
        rows = places == place
        for sector in range(sectors):
            kept = int(place) + 2 + 2 * sector
            raw[rows, 512 * sector + 510] = raw[rows, kept]
            raw[rows, 512 * sector + 511] = raw[rows, kept + 1]


def _number(flat: Bytes, at: Numbers, width: int) -> Numbers:
    """Little-endian numbers of `width` bytes at these places."""
    value = np.zeros(len(at), np.int64)
    for byte in range(width):
        value |= flat[at + byte].astype(np.int64) << (8 * byte)
    return value
