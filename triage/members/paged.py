"""A container's bytes, read in small steps and fetched in large ones, and searched without holding
them: a mailbox may have gigabytes."""

import re
from collections.abc import Callable, Iterator

from triage.members.member import MOST_AT_ONCE, ContainerBytes

PAGE = MOST_AT_ONCE
OVERLAP = 1024
"""Bytes; nothing that is searched for is longer."""


class Paged:
    """The same content, its last page in memory."""

    __slots__ = ("_at", "_content", "_goes_on", "_page", "size", "time_is_up")

    def __init__(self, content: ContainerBytes, goes_on: Callable[[], bool] = lambda: True) -> None:
        """`content` as the worker gives it; `goes_on`: see `Opening`."""
        self._content = content
        self._goes_on = goes_on
        self.time_is_up = False
        self._page, self._at = b"", 0
        self.size = content.size

    def read_at(self, offset: int, length: int) -> bytes:
        """`length` bytes from `offset`, fewer only at the end. Raises ContentError."""
        if offset < 0 or length <= 0 or offset >= self.size:
            return b""
        if length > PAGE // 2:
            return self._content.read_at(offset, length)
        begin = offset - self._at
        if not 0 <= begin <= len(self._page) - min(length, self.size - offset):
            self._turn_to(offset)
            begin = 0
        return self._page[begin : begin + length]

    def pieces(self, start: int, end: int, step: int) -> Iterator[bytes]:
        """Everything from one place to another, at most `step` bytes at once."""
        for at in range(start, end, step):
            yield self.read_at(at, min(step, end - at))

    def find(self, line: re.Pattern[bytes], at: int, end: int) -> tuple[int, bytes] | None:
        """Where a line that begins as the pattern says next begins, and what matched, at most
        OVERLAP bytes. The pattern begins with the line feed in front of it. None, too, when time
        is up."""
        if at == 0 and (first := line.match(b"\n" + self.read_at(0, min(OVERLAP, end)))):
            return 0, first[0][1:]
        before = max(at - 1, 0)
        while before < end:
            if not self._at <= before < self._at + len(self._page) - OVERLAP:
                self._turn_to(before)
            if self.time_is_up:
                return None
            known = self._at + len(self._page)
            found = line.search(self._page, before - self._at, end - self._at)
            if found and (found.end() < len(self._page) or known >= end):
                return self._at + found.start() + 1, found[0][1:]
            if known >= end or not self._page:
                return None
            before = max(self._at + found.start() if found else known - OVERLAP, before + 1)
        return None

    def _turn_to(self, offset: int) -> None:
        self.time_is_up = self.time_is_up or not self._goes_on()
        self._page, self._at = self._content.read_at(offset, PAGE), offset
