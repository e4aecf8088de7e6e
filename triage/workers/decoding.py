"""Content to pixels: pictures each once, frames of videos, and the thumbnails that files hold."""

from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING

from triage.detectors.pictures import UndecodableError, decode, is_decoded
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

if TYPE_CHECKING:
    from triage.detectors.item import Frame
    from triage.detectors.videos import Readable


class Decoding:
    """Gives looks their pixels."""

    def __init__(self, needs: EntryNeeds, profile: Profile, judgements: Judgements) -> None:
        """`judgements`: on pictures that were seen before."""
        self._wanted = needs.pixels or PixelNeeds()
        self._wanted_of_known = needs.pixels_of_known
        self._frames = _taker(needs.frames, self._wanted.smallest_side, profile.limits.pixels)
        self._pixels = profile.limits.pixels
        self._judgements = judgements

    def picture(self, look: Look) -> None:
        """Decode what was kept, unless the same picture has been judged. Trouble is in the look."""
        inside = look.stand_in
        mime = inside.type if inside else look.item.type
        wanted = self._wanted_of_known if look.known else self._wanted
        if not is_decoded(mime) or wanted is None:
            return
        of_all = b"" if inside else look.item.digests.get(BLAKE3, b"")
        content = of_all or begin(BLAKE3)(look.kept).digest()
        look.judged_as = content + bytes([bool(look.known)])
        look.judgement = self._judgements.get(look.judged_as)
        if look.judgement is not None:
            look.trouble = look.judgement.trouble
            return
        try:
            look.item.picture = decode(
                look.kept,
                mime,
                smallest_side=wanted.smallest_side,
                full=wanted.full,
                pixels_limit=self._pixels,
            )
        except UndecodableError as error:
            look.trouble = error.reason
            self._judgements.put(look.judged_as, Judgement(trouble=error.reason))

    def frames(self, source: Source, look: Look) -> None:
        """Frames of a video, where the profile asks for them."""
        if self._frames is None or not look.item.type.startswith("video/"):
            return
        if look.known and self._wanted_of_known is None:
            return
        try:
            look.item.frames = self._frames(source.content(look.item.entry))
        except UndecodableError as error:
            look.trouble = error.reason


def _taker(
    needs: FrameNeeds | None, smallest_side: int, pixels_limit: int
) -> "Callable[[Readable], tuple[Frame, ...]] | None":
    """What takes frames out of content, imported while a worker may still open files."""
    if needs is None:
        return None
    from triage.detectors.videos import frames  # noqa: PLC0415 - numpy and OpenCV

    return partial(
        frames,
        at_most=needs.at_most,
        seconds=parse_duration(needs.time),
        smallest_side=smallest_side,
        pixels_limit=pixels_limit,
    )


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
    # The JPEG that stands for a raw file is no thumbnail in it, and is cut off here besides.
    its_own = look.stand_in.offset if look.stand_in else -1
    look.thumbnails = tuple(each for each in embedded(head) if each.offset != its_own)
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
