"""OLE compound files: Office up to 2003, Outlook's messages, installers, and what lies in them.

Formats: [MS-CFB]; [MS-OXMSG] 2.2.2 (attachments), [MS-OXPROPS]; [MS-OLEDS] 2.3.6 (packaged files);
[MS-PPT] 2.10.34 (compressed objects). Streams are taken as the directory has them, so that a broken
tree hides nothing; the tree only says what an attachment is called.
"""

import re
from collections.abc import Callable, Iterator
from functools import partial

from triage.containers.probe import number
from triage.containers.recognising import recognise
from triage.evidence import HEAD_BYTES
from triage.media.ends import BEGINNING
from triage.media.window import InMemory
from triage.members.inflating import inflated
from triage.members.member import (
    MOST_AT_ONCE,
    ContainerBytes,
    DamagedError,
    LockedError,
    Member,
    Opening,
)
from triage.members.office_pictures import MOST_DRAWINGS, drawings_of, pictures_in
from triage.members.pieces import Pieces, chunks_of
from triage.parts.compound import CompoundFile, CompoundStream

KINDS = frozenset({"doc", "xls", "ppt", "vsd", "pub", "ole", "msg", "msi"})
TELLS_LOCKED = True
BROKEN = "it does not hold together as a compound file"
TOO_MANY = "its drawings are more than may be put together at once"
CUT_OFF = "a stream in it ends before it should"

_LEAST = 128
"""Bytes; less is no picture that anybody could recognise."""
_PROPERTY = "__substg1.0_"
_ATTACHMENT = re.compile(r"__attach_version1\.0_#[0-9A-Fa-f]{8}")
_DATA = "37010102"
_NAMES = ("3707001F", "3707001E", "3704001F", "3704001E", "3001001F", "3001001E")
"""Properties of an attachment that name it, the best first: long name, short one, what is shown."""
_LONGEST_NAME = 2048
_TEXTS = re.compile(r"__substg1\.0_[0-9A-F]{4}00(?:1E|1F)|__properties_version1\.0|__nameid.*")
"""Streams of a message that are text or numbers."""
_PACKAGED = "\x01Ole10Native"
_WORKBOOKS = frozenset({"Workbook", "Book"})
_SHOW = "PowerPoint Document"
_OBJECT = re.compile(rb"\x10\x00\x11\x10.{8}x[\x01\x5e\x9c\xda]", re.DOTALL)
_LOCKED_WHOLE = frozenset({"doc", "xls", "ppt", "ole"})
"""Kinds of which nothing can be read where they are encrypted."""


def make_ready() -> bool:
    """There is nothing to load."""
    return True


def members(content: ContainerBytes, opening: Opening) -> Iterator[Member]:
    """See `member.Opener`."""
    if opening.locked and opening.kind in _LOCKED_WHOLE:
        raise LockedError
    try:
        file = CompoundFile(content)
        if not any(file.streams()):
            raise ValueError
    except ValueError as error:
        yield from pictures_in(content, "without its directory", opening.goes_on)
        raise DamagedError(BROKEN) from error
    yield from _Streams(file, content, opening.goes_on).members()


class _Streams:
    """What the streams of one file hold."""

    def __init__(
        self, file: CompoundFile, content: ContainerBytes, goes_on: Callable[[], bool]
    ) -> None:
        self._file, self._content, self._goes_on = file, content, goes_on
        self._streams = list(file.streams())
        self._folders = file.folders()
        self._names = dict(self._named())
        self._trouble = BROKEN if file.cut_off else ""
        """What was first in the way of looking at all of it."""

    def members(self) -> Iterator[Member]:
        for stream in self._streams:
            if not self._goes_on():
                return
            if stream.size and not _TEXTS.fullmatch(stream.name):
                try:
                    yield from self._in(stream)
                except DamagedError as error:
                    self._trouble = self._trouble or error.reason
        if self._trouble:
            raise DamagedError(self._trouble)

    def _in(self, stream: CompoundStream) -> Iterator[Member]:
        folder = self._folders.get(stream.place, ())
        held = self._bytes_of(stream)
        if held.size < stream.size:
            self._trouble = self._trouble or CUT_OFF
        if stream.name == _PROPERTY + _DATA:
            yield _whole(held, self._path(folder) or f"attachment {stream.place}")
            return
        name = "/".join(map(_printable, (*self._plain(folder), stream.name)))
        if stream.name == _PACKAGED:
            yield from _packaged(held, name)
        elif _is_file(held):
            yield _whole(held, name)
        elif stream.name in _WORKBOOKS:
            drawings = drawings_of(held)
            yield from pictures_in(InMemory(drawings), name, self._goes_on)
            if len(drawings) > MOST_DRAWINGS:
                raise DamagedError(TOO_MANY)
        elif held.size >= _LEAST:
            yield from pictures_in(held, name, self._goes_on)
            if stream.name == _SHOW:
                yield from _objects(held, name)

    def _bytes_of(self, stream: CompoundStream) -> ContainerBytes:
        runs = self._file.runs(stream)
        if runs is None:
            return InMemory(self._file.read(stream, stream.size))
        return Pieces(self._content, runs)

    def _named(self) -> Iterator[tuple[tuple[str, ...], str]]:
        """By its storage, what each attachment is called."""
        best: dict[tuple[str, ...], tuple[int, CompoundStream]] = {}
        for stream in self._streams:
            folder = self._folders.get(stream.place, ())
            told = stream.name.removeprefix(_PROPERTY)
            if told in _NAMES and folder and _ATTACHMENT.fullmatch(folder[-1]):
                rank = _NAMES.index(told)
                if folder not in best or rank < best[folder][0]:
                    best[folder] = rank, stream
        for folder, (_, stream) in best.items():
            raw = self._file.read(stream, _LONGEST_NAME)
            wide = stream.name.endswith("1F")
            yield folder, raw.decode("utf-16-le" if wide else "cp1252", "replace").rstrip("\0")

    def _path(self, folder: tuple[str, ...]) -> str:
        """An attachment's, by the names of those that it lies in."""
        return "/".join(self._plain(folder))

    def _plain(self, folder: tuple[str, ...]) -> Iterator[str]:
        for depth, storage in enumerate(folder, 1):
            if _ATTACHMENT.fullmatch(storage):
                yield self._names.get(folder[:depth]) or f"attachment {int(storage[-8:], 16) + 1}"
            elif not storage.startswith(_PROPERTY):
                yield storage


def _whole(held: ContainerBytes, name: str) -> Member:
    return Member(name=name, size=held.size, chunks=partial(chunks_of, held))


def _is_file(held: ContainerBytes) -> bool:
    """Whether a stream is a picture or a container, from its first byte on."""
    head = held.read_at(0, HEAD_BYTES)
    if held.size < _LEAST:
        return False
    found = recognise(head, held.size, "", held.read_at, end_was_read=False)
    return BEGINNING.match(head) is not None or found is not None


def _printable(name: str) -> str:
    """Names of streams begin with what cannot be written."""
    return name if name >= " " else name[1:]


def _packaged(held: ContainerBytes, name: str) -> Iterator[Member]:
    """A file that was put into a document as it is. Its label, name and place end with zeros."""
    head = held.read_at(0, 4096)
    texts = head[6:].split(b"\0", 2)
    at = 6 + sum(len(text) + 1 for text in texts[:2]) + 4
    at += 4 + number(head, at, 4)
    length = number(held.read_at(at, 4), 0, 4)
    if len(texts) < 3 or not 0 < length <= held.size - at - 4:
        yield _whole(held, name)
        return
    called = (texts[0] or texts[1]).decode("cp1252", "replace").rpartition("\\")[2]
    chunks = partial(chunks_of, held, at + 4, at + 4 + length)
    yield Member(name=called or name, size=length, chunks=chunks)


def _objects(held: ContainerBytes, name: str) -> Iterator[Member]:
    """Documents that are embedded in a show, compressed."""
    at, count = 0, 0
    while at < held.size:
        wanted = min(4 * MOST_AT_ONCE, held.size - at)
        data = held.read_at(at, wanted)
        for found in _OBJECT.finditer(data):
            count += 1
            begin = at + found.start()
            length = number(found[0], 4, 4)
            chunks = partial(_inflated, held, begin + 12, begin + 8 + length)
            size = number(found[0], 8, 4)
            yield Member(name=f"{name}, object {count}", size=size, chunks=chunks)
        if len(data) < wanted:
            return  # behind that nothing can be read, whatever is claimed
        at += max(1, wanted - 16 if at + wanted < held.size else wanted)


def _inflated(held: ContainerBytes, start: int, end: int) -> Iterator[bytes]:
    return inflated(chunks_of(held, start, end))
