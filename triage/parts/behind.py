"""Pictures and videos behind a picture's own end, or in content that begins as no picture does.

What is appended to a picture, no program shows: a second picture, the video of a motion photo,
what somebody hid there. A picture's end is where its own structure ends (`triage.media.ends`). From
there on, first the places that it names itself, then all else that begins as a picture or video.
"""

from collections.abc import Iterable, Iterator

from triage.detectors.pictures import DECODABLE
from triage.detectors.types import name_of, type_of
from triage.evidence import HEAD_BYTES
from triage.families import UNKNOWN, extensions_of, family
from triage.media import jpeg
from triage.media.chunks import PNG
from triage.media.ends import end_of
from triage.media.marks import holds
from triage.media.window import InMemory
from triage.parts import motion, mpf
from triage.parts.budget import TOO_MUCH, Budget
from triage.parts.carrier import Carrier
from triage.parts.carving import LEAST, SearchAllowance, carve
from triage.parts.part import Part
from triage.parts.places import NamedPlace
from triage.profile import Family

ALONE = "the picture without what stands behind it"
BEHIND, BEFORE = "behind the end of the picture", "behind bytes that are no picture's"
_JPEG = "image/jpeg"
_ENDED = frozenset({_JPEG, "image/png", "image/gif", "image/webp", "image/bmp", "image/x-ms-bmp"})
_BOXED = frozenset({"image/heic", "image/heif", "image/avif", "image/heic-sequence",
                    "image/heif-sequence"})  # fmt: skip
_CLAIMED = frozenset({"jpg", "jpeg", "jpe", "jfif", "jif", "mpo", "jps", "png", "gif", "webp",
                      "bmp", "heic", "heif", "avif"})  # fmt: skip
"""Endings of names by which a picture's content has to begin as one."""


def behind(carrier: Carrier, budget: Budget) -> Iterator[Part]:
    """What lies in all of its content besides the picture as which it begins."""
    content, mime = carrier.whole, carrier.type
    if mime in _ENDED | _BOXED:
        yield from _in_picture(content, mime, budget)
    elif begins_as_none(carrier.head, mime, carrier.entry.path):
        yield from _found(content, 0, len(content), BEFORE, budget)


def begins_as_none(head: bytes, mime: str, path: str) -> bool:
    """Whether a picture may lie further on in content that does not begin as one: its name says
    that it is a picture, or it is of no known type and a picture's signature is near."""
    if mime == UNKNOWN and (holds(head, jpeg.SIGNATURE) or holds(head, PNG)):
        named = name_of(head, mime)
        return named == UNKNOWN or named.startswith("image/")
    if not mime or mime in DECODABLE or family(mime) is Family.VIDEOS:
        return False
    return _CLAIMED.issuperset(extensions_of(path)[-1:] or "-")


def _in_picture(content: bytes, mime: str, budget: Budget) -> Iterator[Part]:
    ends = end_of(content, 0)
    if ends is None:  # it claims to have no side: then anything may stand behind that
        yield from _found(content, 1, len(content), BEHIND, budget)
        return
    end = max(ends.at, len(jpeg.SIGNATURE))
    if ends.whole and end < len(content):
        yield Part(content=content[:end], kind=ALONE, offset=0, own=True)
    if mime in _BOXED:
        yield from _named(content, motion.boxed(content), 0, end)
    if len(content) - end < LEAST:
        return
    places: Iterable[NamedPlace] = ()
    if mime == _JPEG:
        places = (*mpf.indexed(content), *motion.named(content, end))
    for part in _named(content, places, end, len(content)):
        yield from _found(content, end, part.offset, BEHIND, budget)
        yield part
        end = part.offset + part.extent
    yield from _found(content, end, len(content), BEHIND, budget)


def _named(content: bytes, places: Iterable[NamedPlace], begin: int, end: int) -> Iterator[Part]:
    """What lies at the places between two others; none in another."""
    for place in sorted(places, key=lambda each: each.at):
        if not begin <= place.at <= end - LEAST:
            continue
        ends = end_of(content, place.at)
        after = min(ends.at, end) if ends else end
        told = content[place.at : after]
        if len(told) >= LEAST and (ends or family(type_of(told[:HEAD_BYTES])) is Family.VIDEOS):
            yield Part(content=told, kind=place.kind, offset=place.at, thumbnail=place.thumbnail)
            begin = after


def _found(content: bytes, at: int, end: int, where: str, budget: Budget) -> Iterator[Part]:
    """What begins as a picture or video between two places."""
    if end - at < LEAST:
        return
    allowance = SearchAllowance.of(end - at)
    for each in carve(InMemory(content), at, end, allowance, window=end - at):
        mime = type_of(each.content[:HEAD_BYTES])
        noun = mime.partition("/")[2].removeprefix("x-").upper()
        broken = "" if each.whole else ", broken off"
        yield Part(content=each.content, kind=f"{noun} {where}{broken}", offset=each.at)
    if allowance.spent:
        budget.end(TOO_MUCH)
