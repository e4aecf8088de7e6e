"""Content to pixels: pictures each once, frames of videos, and the thumbnails that files hold."""

from triage.detectors.item import Detector
from triage.detectors.pictures import DECODABLE, UndecodableError, decode
from triage.evidence import FileEntry
from triage.profile import Profile
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
from triage.workers.hashers import BLAKE3, begin
from triage.workers.look import Look
from triage.workers.verdicts import Verdict, Verdicts


class Decoding:
    """Gives looks their pixels."""

    def __init__(self, detectors: "list[Detector]", profile: Profile, verdicts: Verdicts) -> None:
        """`verdicts`: on pictures that were seen before."""
        from triage.detectors.videos import VideoFrames  # noqa: PLC0415 - numpy and OpenCV

        self._full = any(getattr(detector, "full_decode", False) for detector in detectors)
        self._videos = next((d for d in detectors if isinstance(d, VideoFrames)), None)
        self._pixels = profile.limits.pixels
        self._verdicts = verdicts

    def picture(self, look: Look) -> None:
        """Decode what was kept, unless the same picture has been judged. Trouble is in the look."""
        if look.item.type not in DECODABLE:
            return
        look.blake3 = look.item.digests.get(BLAKE3) or begin(BLAKE3)(look.kept).digest()
        look.verdict = self._verdicts.get(look.blake3)
        if look.verdict is not None:
            look.trouble = look.verdict.trouble
            return
        try:
            look.item.picture = decode(
                look.kept, look.item.type, full=self._full, pixels_limit=self._pixels
            )
        except UndecodableError as error:
            look.trouble = error.reason
            self._verdicts.put(look.blake3, Verdict(trouble=error.reason))

    def frames(self, source: Source, look: Look) -> None:
        """Frames of a video, where the profile asks for them."""
        if self._videos is None or not look.item.type.startswith("video/"):
            return
        try:
            content = source.content(look.item.entry)
            look.item.frames = self._videos.frames(content, self._pixels)
        except UndecodableError as error:
            look.trouble = error.reason


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
