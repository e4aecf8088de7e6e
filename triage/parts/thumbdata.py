"""Android's .thumbdata3--1967290299 and its kin: a JPEG a slot, by the picture's number.

Format: Android Open Source Project, android.media.MiniThumbFile. Slots of 10,000 bytes (makers have
others): status (1: used), u64 that the picture's row of the database has too, u32 bytes,
big-endian; then the JPEG. The slot of a picture that is gone stays as it is. So JPEGs are searched
for, and what stands before one says how long it is; the number of a slot is the picture's in the
phone's database.
"""

import re
from collections.abc import Iterator

from triage.media import jpeg
from triage.parts.buffered import Buffered
from triage.parts.carving import TOO_LONG, Carved, SearchAllowance, carve
from triage.parts.part import Part, ReadAt

HEADER = 13
_SLOT = 10_000
_SLOTS = (_SLOT, 17_000, 16_384)
_LONGEST = 256 * 1024
FIRST_BYTES = frozenset({b"\x00", b"\x01"})
"""Of a slot: whether it is in use."""
_NAME = re.compile(r"(^|/)\.?thumbdata\d(-|_|$)[^/]*$", re.IGNORECASE)


class Thumbdata:
    """A file of slots. Iterate over `parts`; `trouble` is whole afterwards."""

    kind = "Android thumbnail cache"
    damaged = False

    def __init__(self, content: ReadAt) -> None:
        """`content`: of slots."""
        self._content = Buffered(content)
        self.trouble = ""

    def parts(self) -> Iterator[Part]:
        """Every JPEG, in the order in which they lie."""
        size = self._content.size
        allowance = SearchAllowance.of(size)
        for found in carve(self._content, 0, size, allowance):
            slot, past = divmod(found.at - HEADER, _SLOT)
            yield Part(
                content=self._content_of(found),
                kind=self.kind,
                offset=found.at,
                thumbnail=True,
                identity="" if past else f"picture {slot}",
            )
        if allowance.spent:
            self.trouble = TOO_LONG

    def _content_of(self, found: Carved) -> bytes:
        """As long as its slot says, if that can be."""
        length = _said(self._content.read_at(found.at - HEADER, HEADER))
        if found.at < HEADER or not len(found.content) <= length <= _LONGEST:
            return found.content
        return self._content.read_at(found.at, length)


def may_be_thumbdata(head: bytes, path: str) -> bool:
    """Whether a file is one: by its name, or by a used slot in its beginning."""
    return is_named(path) or (head[:1] in FIRST_BYTES and _has_slots(head))


def is_named(path: str) -> bool:
    """Whether its name says that it is one."""
    return _NAME.search(path) is not None


def _has_slots(head: bytes) -> bool:
    places = (at for slot in _SLOTS for at in range(0, len(head) - HEADER, slot))
    return any(
        _said(head[at : at + HEADER]) and head.startswith(jpeg.SIGNATURE, at + HEADER)
        for at in places
    )


def _said(header: bytes) -> int:
    """Bytes of the JPEG behind a slot's header; 0 if it is none."""
    length = int.from_bytes(header[9:HEADER], "big")
    return length if len(header) == HEADER and header[0] == 1 and length <= _LONGEST else 0
