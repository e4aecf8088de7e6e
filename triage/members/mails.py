"""Mail: messages, mailboxes, web pages saved as MIME. What is attached and embedded, each a member.

Text that is shown as the message is none, but what hides in it is looked for: uuencode, yEnc, and
pictures in `data:` addresses.
"""

import codecs
import re
from collections.abc import Callable, Iterator
from dataclasses import replace
from encodings.aliases import aliases
from functools import partial

from triage.media.window import InMemory
from triage.members import transfer
from triage.members.member import ContainerBytes, DamagedError, Member, Opening
from triage.members.mime import MailPart, MimeWalk
from triage.members.paged import Paged

KINDS = frozenset({"eml", "mbox", "mht"})
TELLS_LOCKED = True

_APPLE = re.compile(rb"(\d{1,10}) *\r?\n(?=[!-9;-~]{1,60}:)")
_BEGIN = re.compile(rb"\n(?:begin(?:-base64)? [0-7]{3,4} |=ybegin )[^\r\n]{1,255}\r?\n")
_END = re.compile(rb"\n(?:end\r?(?:\n|\Z)|====|=yend[ \r\n])")
_YENC_NAME = re.compile(rb"name=(.+)")
_DATA = re.compile(
    rb"data:image/([a-z0-9.+-]{1,40});base64,([A-Za-z0-9+/=\s]{64,}|(?:[A-Za-z0-9+/=]|%[0-9A-Fa-f]{2}){64,})",
    re.IGNORECASE,
)
_LARGEST_PAGE = 32 * 1024 * 1024
"""Of HTML that is searched for pictures, and of text that was encoded, bytes."""
TOO_LARGE = "a text in it is larger than what is searched for pictures and files"
_HEAD = 4096
_NOT_TEXT = re.compile(rb"[\x00-\x08\x0e-\x1a]|\xff\xd8\xff")
_MARKS = (b"\xff\xfe", b"\xfe\xff")
"""Of UTF-16, whose text has zeros."""


def make_ready() -> bool:
    """Every alphabet that a name may be written in is loaded."""
    for name in set(aliases.values()):
        try:
            codecs.lookup(name)
        except LookupError:
            continue  # of another system
    return True


def members(content: ContainerBytes, opening: Opening) -> Iterator[Member]:
    """In the order in which they were sent. Raises DamagedError where the content is cut off."""
    text = Paged(content, opening.goes_on)
    start, end = 0, text.size
    if apple := _APPLE.match(text.read_at(0, 64)):
        start = apple.end()
        end = min(end, start + int(apple[1]))
    trouble: list[str] = []
    for part in MimeWalk(text, start, end, mailbox=opening.kind == "mbox").parts():
        yield from _members(text, part, trouble.append)
    if trouble:
        raise DamagedError(trouble[0])


def _members(text: Paged, part: MailPart, miss: Callable[[str], None]) -> Iterator[Member]:
    """`miss` is told why something was not looked at."""
    header = part.header
    decode = transfer.BY_NAME.get(header.encoding, transfer.as_it_is)
    decoded = partial(_decoded, text, part.start, part.end, decode)
    name = f"{part.folder}{header.name or _made_up(part)}"
    locked = header.encrypted or (part.locked and header.type != "application/pgp-encrypted")
    if part.start >= part.end:
        return
    plain = decode is transfer.as_it_is
    if _is_body(part):
        found = False
        for member in _in_text(text, part) if plain else _in_encoded(decoded, part, miss):
            found = True
            yield member
        if found:
            return
        if not _is_binary(decoded):
            if header.type == "text/html":
                yield from _in_page(decoded, part, miss)
            return
    size = part.end - part.start if plain else -1
    yield Member(name=name, size=size, locked=locked, chunks=decoded)


def _is_body(part: MailPart) -> bool:
    """Whether it is the text that people read."""
    header = part.header
    return header.type.startswith("text/") and not header.name and not header.attached


def _made_up(part: MailPart) -> str:
    kind = part.header.type.partition("/")[2]
    return f"part {part.number}.{kind}" if kind.isalnum() else f"part {part.number}"


def _decoded(
    text: Paged, start: int, end: int, decode: Callable[[transfer.Pieces], transfer.Pieces]
) -> Iterator[bytes]:
    return decode(text.pieces(start, end, transfer.STEP))


def _is_binary(decoded: Callable[[], Iterator[bytes]]) -> bool:
    """Whether what is sent as text is none."""
    head = next(decoded(), b"")[:_HEAD]
    return _NOT_TEXT.search(head) is not None and not head.startswith(_MARKS)


def _in_text(text: Paged, part: MailPart) -> Iterator[Member]:
    """Files that stand in the text itself."""
    at = part.start
    while found := text.find(_BEGIN, at, part.end):
        start = found[0] + len(found[1])
        over = text.find(_END, start, part.end)
        end = over[0] if over else part.end
        line = found[1].strip()
        if line.startswith(b"=ybegin"):
            named, decode = _YENC_NAME.search(line), transfer.yenc
            raw = named[1] if named else b""
        else:
            raw = line.split(b" ", 2)[2]
            decode = transfer.base64 if line.startswith(b"begin-") else transfer.uuencoded
        name = raw.strip().decode("utf-8", "replace")
        chunks = partial(_decoded, text, start, end, decode)
        if end > start:
            yield Member(name=f"{part.folder}{name}", chunks=chunks)
        at = end + 1


def _in_encoded(
    decoded: Callable[[], Iterator[bytes]], part: MailPart, miss: Callable[[str], None]
) -> Iterator[Member]:
    """Likewise, of a text that was encoded to be sent."""
    whole = _whole(decoded, miss)
    if not _NOT_TEXT.search(whole[:_HEAD]):
        yield from _in_text(Paged(InMemory(whole)), replace(part, start=0, end=len(whole)))


def _whole(decoded: Callable[[], Iterator[bytes]], miss: Callable[[str], None]) -> bytes:
    """Of a text as much as is searched."""
    text = bytearray()
    for piece in decoded():
        text += piece
        if len(text) > _LARGEST_PAGE:
            miss(TOO_LARGE)
            break
    return bytes(text[:_LARGEST_PAGE])


def _in_page(
    decoded: Callable[[], Iterator[bytes]], part: MailPart, miss: Callable[[str], None]
) -> Iterator[Member]:
    """Pictures that stand in a page's addresses."""
    for number, found in enumerate(_DATA.finditer(_whole(decoded, miss)), 1):
        kind = found[1].decode("ascii", "replace").lower()
        name = f"{part.folder}part {part.number}, picture {number}.{kind}"
        yield Member(name=name, chunks=partial(_percent_decoded, found[2]))


def _percent_decoded(raw: bytes) -> Iterator[bytes]:
    plain = re.sub(rb"%([0-9A-Fa-f]{2})", lambda found: bytes([int(found[1], 16)]), raw)
    pieces = (plain[at : at + transfer.STEP] for at in range(0, len(plain), transfer.STEP))
    return transfer.base64(pieces)
