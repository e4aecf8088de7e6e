"""Content to pixels: pictures each once, and frames of videos."""

from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING

from triage.detectors.pictures import DECODABLE, UndecodableError, decode
from triage.detectors.video_types import SOUND_BY_NAME, sound_alone
from triage.families import family
from triage.findings import FramesSeen
from triage.needs import FrameNeeds, PixelNeeds
from triage.profile import Family, Profile, parse_duration
from triage.sources import Source
from triage.workers.entry_needs import EntryNeeds
from triage.workers.hashers import BLAKE3, begin
from triage.workers.judgements import Judgement, Judgements
from triage.workers.look import Look

if TYPE_CHECKING:
    from triage.detectors.opened_video import Readable
    from triage.detectors.videos import Footage


class Decoding:
    """Gives looks their pixels."""

    def __init__(self, needs: EntryNeeds, profile: Profile, judgements: Judgements) -> None:
        """`judgements`: on pictures that were seen before."""
        self._wanted = needs.pixels or PixelNeeds()
        self._wanted_of_known = needs.pixels_of_known
        self._watch = _taker(needs.frames, self._wanted.smallest_side, profile.limits.pixels)
        self._pixels = profile.limits.pixels
        self._judgements = judgements

    def picture(self, look: Look) -> None:
        """Decode what was kept, unless the same picture has been judged. Trouble is in the look."""
        wanted = self._wanted_of_known if look.known else self._wanted
        if look.item.type not in DECODABLE or wanted is None:
            return
        content = look.item.digests.get(BLAKE3) or begin(BLAKE3)(look.kept).digest()
        look.judged_as = content + bytes([bool(look.known)])
        look.judgement = self._judgements.get(look.judged_as)
        if look.judgement is not None:
            look.trouble = look.judgement.trouble
            return
        try:
            look.item.picture = decode(
                look.kept,
                look.item.type,
                smallest_side=wanted.smallest_side,
                full=wanted.full,
                pixels_limit=self._pixels,
            )
        except UndecodableError as error:
            look.trouble = error.reason
            self._judgements.put(look.judged_as, Judgement(trouble=error.reason))

    def frames(self, source: Source, look: Look) -> None:
        """Frames of a video, where the profile asks for them."""
        item = look.item
        is_video = family(item.type) is Family.VIDEOS
        if self._watch is None or not (is_video or item.type == SOUND_BY_NAME):
            return
        content = source.content(item.entry)
        if sound_alone(item.head, content.read_at):
            return
        if look.known and self._wanted_of_known is None:
            return
        try:
            footage = self._watch(content)
        except UndecodableError as error:
            look.trouble = error.reason if is_video else ""
            return
        item.frames = footage.frames
        look.frames_seen = FramesSeen(
            count=len(footage.frames),
            first=footage.frames[0].at,
            last=footage.frames[-1].at,
            length=footage.length,
            cut_short=footage.cut_short,
        )


def _taker(
    needs: FrameNeeds | None, smallest_side: int, pixels_limit: int
) -> "Callable[[Readable], Footage] | None":
    """What takes frames out of content, imported while a worker may still open files."""
    if needs is None:
        return None
    from triage.detectors.videos import make_ready, watch  # noqa: PLC0415 - numpy and OpenCV

    make_ready()
    return partial(
        watch,
        at_most=needs.at_most,
        seconds=parse_duration(needs.time),
        smallest_side=smallest_side,
        pixels_limit=pixels_limit,
    )
