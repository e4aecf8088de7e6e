"""Boxes of ISO base media files (ISO/IEC 14496-12, 4.2; QuickTime's atoms): MP4, MOV, 3GP, HEIF."""

from collections.abc import Iterator
from typing import NamedTuple

from triage.media.window import Window

END = 1 << 62
"""Of content whose length nobody says."""
MOST_BOXES = 256
"""Side by side."""


class Box(NamedTuple):
    """One box, and where its content lies."""

    kind: bytes
    at: int
    end: int


def boxes(window: Window, at: int = 0, end: int = END, most: int = MOST_BOXES) -> Iterator[Box]:
    """The boxes from one place to another, side by side. Size 0: to the end; 1: 64 bits follow."""
    for _ in range(most):
        raw = window.at(at, 16)
        if len(raw) < 8 or at + 8 > end:
            return
        size, header = int.from_bytes(raw[:4], "big"), 8
        if size == 0:
            size = end - at
        elif size == 1:
            size, header = int.from_bytes(raw[8:16], "big"), 16
        if size < header:
            return
        yield Box(raw[4:8], at + header, min(at + size, end))
        at += size


def box_in(window: Window, outer: Box, *path: bytes) -> Box | None:
    """The first box of each kind in the first of the one before it; None if one is missing."""
    found: Box | None = outer
    for kind in path:
        if found is None:
            return None
        within = boxes(window, found.at, found.end)
        found = next((box for box in within if box.kind == kind), None)
    return found
