"""Reading ahead: the kernel is told what a batch will read, so that the device works meanwhile."""

import contextlib
import os
from collections.abc import Callable, Iterable, Iterator

from triage.evidence import FileEntry
from triage.sources import ContentError, Source

GAP = 256 * 1024
"""Bytes between two runs that are read along: less than what a seek costs."""
MOST = 64 * 1024 * 1024
"""Bytes of one batch: page cache that nobody reads in time is wasted."""


def read_ahead(
    source: Source,
    volume_id: str,
    entries: Iterable[FileEntry],
    wanted: Callable[[FileEntry], int],
) -> None:
    """Announce the first `wanted` bytes of each entry of a volume, as far as it is known where on
    a device, or an image in one file, they lie."""
    if source.descriptor < 0:
        return
    try:
        below = source.bytes_of(volume_id).below
    except ContentError:  # whoever reads it will say so
        return
    total = 0
    extents = _extents(entries, wanted)
    there = ((below(start, end - start), end - start) for start, end in extents)
    places = sorted((at, at + length) for at, length in there if at is not None)
    for start, end in _merged(places):
        total += end - start
        if total > MOST:
            return
        with contextlib.suppress(OSError):  # it was only a hint
            os.posix_fadvise(source.descriptor, start, end - start, os.POSIX_FADV_WILLNEED)


def _extents(
    entries: Iterable[FileEntry], wanted: Callable[[FileEntry], int]
) -> Iterator[tuple[int, int]]:
    for entry in entries:
        runs = entry.runs
        left = wanted(entry) if runs else 0
        if len(runs) == 1 and runs[0].offset >= 0:
            if left:
                yield runs[0].offset, runs[0].offset + left
            continue
        for run in runs:
            if left <= 0:
                break
            if run.offset >= 0:
                yield run.offset, run.offset + min(left, run.length)
            left -= run.length


def _merged(extents: Iterable[tuple[int, int]]) -> Iterator[tuple[int, int]]:
    start = end = -1
    for first, last in extents:
        if start >= 0 and first <= end + GAP:
            end = max(end, last)
            continue
        if start >= 0:
            yield start, end
        start, end = first, last
    if start >= 0:
        yield start, end
