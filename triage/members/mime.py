"""The parts of messages, one behind the other, without a message in memory.

Formats: RFC 5322, RFC 2045 and 2046, RFC 4155 (mbox), RFC 2557 (MHTML), RFC 8551 (S/MIME), RFC 1847
(multipart/encrypted). Messages in messages are walked in place: the boundaries that are open are a
list, and no call lies in another. What is broken is read as mail programs read it: a header may
lack the blank line behind it, a multipart its boundary, a message its end.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import NamedTuple

from triage.members.mail_headers import MailHeader, header_at
from triage.members.member import DamagedError
from triage.members.paged import Paged

MOST_OPEN = 1000
"""Parts in parts."""
TOO_DEEP = "messages and parts in it lie one in the other deeper than is followed"
CUT_SHORT = "it ends before the message does"
_LINE = rb"--[^\r\n]{1,255}"
_BOUNDARY = re.compile(rb"\n" + _LINE)
_BOUNDARY_OR_FROM = re.compile(rb"\n(?:" + _LINE + rb"|From [^\r\n]{1,255}\r?\n[!-9;-~]{1,60}:)")
_FROM = b"From "
_LONGEST_FOLDER = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class MailPart:
    """A part that has no parts: where its content lies, as it was sent."""

    header: MailHeader
    start: int
    end: int
    folder: str
    """Of which message of the mailbox, in which message it lies: `2/forwarded.eml/`."""
    number: int
    """Of all parts of the content, from 1."""
    locked: bool
    """It lies in what is encrypted."""


class _Open(NamedTuple):
    """A multipart that has begun, or a message that is a part: that one has no boundary."""

    boundary: bytes
    folder: str
    locked: bool


class _Nest:
    """What is open, the outermost first, and where in it a boundary is."""

    def __init__(self) -> None:
        self._open: list[_Open] = []
        self._places: dict[bytes, list[int]] = {}

    def __bool__(self) -> bool:
        return bool(self._open)

    @property
    def has_boundary(self) -> bool:
        return bool(self._places)

    @property
    def innermost(self) -> _Open | None:
        return self._open[-1] if self._open else None

    def place(self, boundary: bytes) -> int:
        """Of the innermost with that boundary; -1: of none."""
        places = self._places.get(boundary)
        return places[-1] if places else -1

    def add(self, opened: _Open) -> None:
        """Raises DamagedError where that is too many."""
        if len(self._open) >= MOST_OPEN:
            raise DamagedError(TOO_DEEP)
        if opened.boundary:
            self._places.setdefault(opened.boundary, []).append(len(self._open))
        self._open.append(opened)

    def keep(self, count: int) -> None:
        """The outermost so many."""
        while len(self._open) > count:
            self._remove()

    def keep_multiparts(self) -> None:
        """Messages that are innermost end with the multipart that they are."""
        while self._open and not self._open[-1].boundary:
            self._remove()

    def _remove(self) -> None:
        boundary = self._open.pop().boundary
        if boundary:
            places = self._places[boundary]
            places.pop()
            if not places:
                del self._places[boundary]


class MimeWalk:
    """One content's walk. Iterate over `parts` once."""

    def __init__(self, text: Paged, start: int, end: int, *, mailbox: bool) -> None:
        """From one place to another. `mailbox`: lines that begin with `From ` separate messages."""
        self._text = text
        self._start, self._end = start, end
        self._mailbox = mailbox
        self._line = _BOUNDARY_OR_FROM if mailbox else _BOUNDARY
        self._open = _Nest()
        self._earlier = _Nest()
        """Of the message before: the line that seemed to end it may have been its text."""
        self._messages = 0
        self._parts = 0

    def parts(self) -> Iterator[MailPart]:
        """All of them. Raises DamagedError at the end of what is cut off."""
        at: int | None = self._first()
        while at is not None:
            header = header_at(self._text, at, self._end)
            around = self._around()
            if header.is_multipart and (boundary := header.boundary or self._guessed(header.body)):
                locked = around.locked or header.type == "multipart/encrypted"
                self._open.add(_Open(boundary, around.folder, locked))
                _, at = self._next(header.body)
                continue
            self._parts += 1
            if header.is_message and header.body < self._end:
                self._open.add(_Open(b"", self._folder_of(header), around.locked))
                at = header.body
                continue
            end, at = self._next(header.body)
            yield MailPart(
                header=header, start=header.body, end=end, folder=around.folder,
                number=self._parts, locked=around.locked,
            )  # fmt: skip
        if self._open and not self._text.time_is_up:
            raise DamagedError(CUT_SHORT)

    def _first(self) -> int:
        head = self._text.read_at(self._start, 512)
        if self._mailbox and head.startswith(_FROM):
            self._messages = 1
            return self._start + head.find(b"\n") + 1
        return self._start

    def _around(self) -> _Open:
        """What the part at hand lies in."""
        folder = f"{self._messages}/" if self._mailbox else ""
        return self._open.innermost or _Open(b"", folder, locked=False)

    def _folder_of(self, header: MailHeader) -> str:
        """What a message holds that is itself a part lies in a folder of its name."""
        around = self._around().folder
        folder = f"{around}{header.name or f'message {self._parts}'}/"
        return folder if len(folder) <= _LONGEST_FOLDER else around

    def _guessed(self, at: int) -> bytes:
        """The boundary of a multipart that does not name it: its first line that could be one."""
        found = self._text.find(_BOUNDARY, at, self._end)
        return found[1][2:].rstrip() if found else b""

    def _next(self, at: int) -> tuple[int, int | None]:
        """Where the part that begins there ends, and where the next one's header is; None: there
        is none."""
        if not self._mailbox and not self._open.has_boundary:
            self._open = _Nest()
            return self._end, None
        ended: int | None = None
        while found := self._text.find(self._line, at, self._end):
            at, line = found
            if line.startswith(_FROM):
                self._messages += 1
                self._earlier, self._open = self._open or self._earlier, _Nest()
                return (at if ended is None else ended), at + line.find(b"\n") + 1
            told = line[2:].rstrip()
            before, at = self._before(at), self._line_end(at + len(line))
            goes_on = self._goes_on(told)
            if goes_on is None:
                continue
            ended = before if ended is None else ended
            if goes_on:
                return ended, at
        return (self._end if ended is None else ended), None

    def _goes_on(self, told: bytes) -> bool | None:
        """What a line means that looks like a boundary: another part follows, none does; None: it
        is text."""
        for nest in (self._open, self._earlier):
            if (place := nest.place(told)) >= 0:
                self._open = nest
                nest.keep(place + 1)
                return True
            if told.endswith(b"--") and (place := nest.place(told[:-2])) >= 0:
                self._open = nest
                nest.keep(place)
                nest.keep_multiparts()
                return False
        return None

    def _before(self, at: int) -> int:
        """The line end in front of a boundary belongs to it."""
        ahead = self._text.read_at(max(at - 2, self._start), min(2, at - self._start))
        return at - (2 if ahead == b"\r\n" else min(1, len(ahead)))

    def _line_end(self, at: int) -> int:
        """Behind the line end that comes next."""
        ahead = self._text.read_at(at, 256)
        found = ahead.find(b"\n")
        return at + (found + 1 if found >= 0 else len(ahead))
