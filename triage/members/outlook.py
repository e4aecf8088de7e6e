"""Outlook's stores (pst, ost): what is attached to messages, and to messages attached to those.

Messages are taken from the list of all nodes and not from the folders, so that a broken folder
hides nothing; the folders only say where they lie. Formats: [MS-PST]; [MS-OXCMSG] 2.2.2.
"""

from collections.abc import Callable, Iterator
from functools import lru_cache, partial

from triage.members.member import ContainerBytes, DamagedError, LockedError, Member, Opening
from triage.members.outlook_blocks import NO_STORE, OutlookBlocks, StoreNode
from triage.members.outlook_values import OBJECT, OutlookValues

KINDS = frozenset({"pst", "ost"})
TELLS_LOCKED = True

_FOLDERS, _MESSAGES, _OF_FOLDERS, _ATTACHMENTS = 0x02, 0x04, 0x08, 0x05
"""Kinds of nodes, in the lowest five bits of their number; those of folders are messages that no
program shows, in which it keeps views and settings, and anybody anything."""
_SUBJECT, _SHOWN, _METHOD, _DATA = 0x0037, 0x3001, 0x3705, 0x3701
_NAMES = (0x3707, 0x3704, _SHOWN)
"""Of what is attached, the best first."""
_BY_VALUE, _MESSAGE, _OLE = 1, 5, 6
"""How it is attached: all of it lies in the store, also as a message, or as a program's object. By
any other way the store only says where it is."""
_DEEPEST = 20
"""Messages in messages, and folders in folders."""
_TOPS = frozenset({0x122, 0x8022})
"""Folders that every store has, and that nobody sees."""


def make_ready() -> bool:
    """There is nothing to load."""
    return True


def members(content: ContainerBytes, opening: Opening) -> Iterator[Member]:
    """See `member.Opener`."""
    if opening.locked:
        raise LockedError
    yield from _Store(content, opening.goes_on).members()


class _Store:
    """One store."""

    def __init__(self, content: ContainerBytes, goes_on: Callable[[], bool]) -> None:
        self._blocks, self._goes_on = OutlookBlocks(content), goes_on
        self._broken = 0
        self._folder = lru_cache(maxsize=1024)(self._folder_of)

    def members(self) -> Iterator[Member]:
        for node in self._blocks.nodes():
            if not self._goes_on():
                return
            if node.number & 0x1F in (_MESSAGES, _OF_FOLDERS) and node.below:
                yield from self._fenced(self._in_message(node, self._folder(node.parent), _DEEPEST))
        if self._broken or self._blocks.broken:
            raise DamagedError(NO_STORE)

    def _fenced(self, members: Iterator[Member]) -> Iterator[Member]:
        """One broken message hides no other."""
        try:
            yield from members
        except DamagedError:
            self._broken += 1

    def _in_message(self, node: StoreNode, path: str, deeper: int) -> Iterator[Member]:
        message = OutlookValues(self._blocks, node)
        subject = message.text((_SUBJECT,))
        if subject[:1] == "\1":
            subject = subject[2:]  # how long a "Re: " before it is
        path += f"{_as_name(subject) or f'message {node.number >> 5}'}/"
        for which, each in message.below().items():
            if which & 0x1F == _ATTACHMENTS:
                yield from self._fenced(self._attached(each, path, deeper))

    def _attached(self, node: StoreNode, path: str, deeper: int) -> Iterator[Member]:
        told = OutlookValues(self._blocks, node)
        name = path + (_as_name(told.text(_NAMES)) or f"attachment {node.number >> 5}")
        inline, held, kind = told.content(_DATA)
        if inline:
            yield Member(name=name, size=len(inline), chunks=partial(iter, (inline,)))
        elif held is None:
            if told.number(_METHOD) in (_BY_VALUE, _MESSAGE, _OLE) and told.has(_DATA):
                raise DamagedError(NO_STORE)
        elif kind == OBJECT and told.number(_METHOD) == _MESSAGE:
            if not deeper:
                raise DamagedError(NO_STORE)
            yield from self._in_message(held, path, deeper - 1)
        else:
            size = self._blocks.size(held.data)
            yield Member(name=name, size=size, chunks=partial(self._all_of, held.data, size))

    def _all_of(self, block: int, size: int) -> Iterator[bytes]:
        """Held against what the list of its blocks says that they are together."""
        came = 0
        for piece in self._blocks.blocks(block):
            came += len(piece)
            yield piece
        if came != size:
            raise DamagedError(NO_STORE)

    def _folder_of(self, which: int) -> str:
        """Its path, with a slash behind it."""
        names: list[str] = []
        for _ in range(_DEEPEST):
            node = self._blocks.node(which) if which & 0x1F == _FOLDERS else None
            if node is None or which in _TOPS:
                break
            try:
                names.append(_as_name(OutlookValues(self._blocks, node).text((_SHOWN,))))
            except DamagedError:
                self._broken += 1
                break
            which = node.parent
        return "".join(f"{name}/" for name in reversed(names) if name)


def _as_name(text: str) -> str:
    """A subject has no folders in it."""
    return text.replace("/", "_").strip()
