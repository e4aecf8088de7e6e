"""Content to pixels: pictures each once, frames of videos, and the thumbnails that files hold."""

from typing import TypedDict

from triage.detectors.later_pictures import later_pictures, lone_sequence
from triage.detectors.pictures import DECODABLE, UndecodableError, decode
from triage.detectors.videos import frames
from triage.evidence import FileEntry
from triage.needs import FrameNeeds, PixelNeeds
from triage.profile import Profile, parse_duration
from triage.sources import ContentError, Source
from triage.thumbnails.cache import may_be_cache, open_cache
from triage.thumbnails.embedded import embedded
from triage.thumbnails.freedesktop import picture_path, told_by
from triage.thumbnails.quicklook import (
    INDEX,
    LARGEST_INDEX,
    QuickLook,
    is_quicklook,
    open_quicklook,
)
from triage.thumbnails.thumbnail import InMemory
from triage.workers.entry_needs import EntryNeeds
from triage.workers.hashers import BLAKE3, begin
from triage.workers.judgements import Judgement, Judgements
from triage.workers.look import Look


class Decoding:
    """Gives looks their pixels."""

    def __init__(self, needs: EntryNeeds, profile: Profile, judgements: Judgements) -> None:
        """`judgements`: on pictures that were seen before."""
        self._wanted = needs.pixels or PixelNeeds()
        self._pixels = profile.limits.pixels
        self._videos = needs.frames is not None
        several = needs.frames or FrameNeeds()
        self._spread: _Spread = {
            "at_most": several.at_most,
            "seconds": parse_duration(several.time),
            "smallest_side": self._wanted.smallest_side,
            "pixels_limit": self._pixels,
        }
        self._judgements = judgements

    def picture(self, look: Look) -> None:
        """Decode what was kept, unless the same picture has been judged. Trouble is in the look."""
        item = look.item
        if item.type not in DECODABLE:
            return
        look.blake3 = item.digests.get(BLAKE3) or begin(BLAKE3)(look.kept).digest()
        look.judgement = self._judgements.get(look.blake3)
        if look.judgement is not None:
            look.trouble, look.in_part = look.judgement.trouble, look.judgement.in_part
            return
        try:
            self._decode(look)
        except UndecodableError as error:
            look.trouble = error.reason
            self._judgements.put(look.blake3, Judgement(trouble=error.reason))

    def _decode(self, look: Look) -> None:
        """The first picture, and some of those behind it; or a sequence that has no still one."""
        item, content = look.item, look.kept
        if sequence := lone_sequence(content, item.type):
            item.frames = frames(InMemory(sequence), **self._spread)
            return
        item.picture = decode(
            content,
            item.type,
            smallest_side=self._wanted.smallest_side,
            full=self._wanted.full,
            pixels_limit=self._pixels,
        )
        later = later_pictures(content, item.type, **self._spread)
        item.frames, look.in_part = later.frames, later.missed

    def frames(self, source: Source, look: Look) -> None:
        """Frames of a video, where the profile asks for them."""
        if not (self._videos and look.item.type.startswith("video/")):
            return
        try:
            look.item.frames = frames(source.content(look.item.entry), **self._spread)
        except UndecodableError as error:
            look.trouble = error.reason


class _Spread(TypedDict):
    """How frames are taken."""

    at_most: int
    seconds: float
    smallest_side: int
    pixels_limit: int


def find_thumbnails(source: Source, look: Look) -> None:
    """Thumbnails inside a picture; a cache of them; or whose thumbnail the entry is."""
    item = look.item
    head = item.head
    if is_quicklook(item.entry.path):
        look.cache = _quicklook(source, item.entry)
        return
    if may_be_cache(head, item.entry.size):
        whole = len(look.kept) == item.entry.size
        content = InMemory(look.kept) if whole else source.content(item.entry)
        try:
            look.cache = open_cache(content, head)
        except ContentError as error:
            look.trouble = error.reason
        return
    look.thumbnails = tuple(embedded(head))
    told = told_by(head)
    if told is not None:
        look.picture_path = picture_path(told, item.entry.path)


def _quicklook(source: Source, entry: FileEntry) -> QuickLook | None:
    """The cache, if the index beside the bitmaps can be read: without it they are only bytes."""
    try:
        index = source.beside(entry, INDEX, LARGEST_INDEX)
        return open_quicklook(source.content(entry), index)
    except ContentError:
        return None
