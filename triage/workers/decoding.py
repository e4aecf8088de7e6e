"""Content to pixels: pictures each once, and frames of videos."""

from typing import TypedDict

from triage.detectors.later_pictures import later_pictures, lone_sequence
from triage.detectors.opened_video import ReadNoted
from triage.detectors.pictures import UndecodableError, decode, is_decoded
from triage.detectors.video_types import SOUND_BY_NAME, sound_alone
from triage.detectors.videos import make_ready, watch
from triage.families import family
from triage.findings import FramesSeen
from triage.media.window import InMemory
from triage.needs import FrameNeeds, PixelNeeds
from triage.profile import Family, Profile, parse_duration
from triage.sources import Source
from triage.workers.entry_needs import EntryNeeds
from triage.workers.hashers import BLAKE3, begin
from triage.workers.judgements import Judgement, Judgements
from triage.workers.look import Look


class Decoding:
    """Gives looks their pixels."""

    def __init__(self, needs: EntryNeeds, profile: Profile, judgements: Judgements) -> None:
        """`judgements`: on pictures that were seen before."""
        self._wanted = needs.pixels or PixelNeeds()
        self._wanted_of_known = needs.pixels_of_known
        self._pixels = profile.limits.pixels
        self._videos = needs.frames is not None
        if needs.pixels or needs.frames:
            make_ready()
        several = needs.frames or FrameNeeds()
        self._spread: _Spread = {
            "at_most": several.at_most,
            "seconds": parse_duration(several.time),
            "smallest_side": self._wanted.smallest_side,
            "pixels_limit": self._pixels,
        }
        self._scenes = several.scenes
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
            look.trouble, look.in_part = look.judgement.trouble, look.judgement.in_part
            return
        try:
            self._decode(look, mime, wanted)
        except UndecodableError as error:
            look.trouble = error.reason
            self._judgements.put(look.judged_as, Judgement(trouble=error.reason))

    def _decode(self, look: Look, mime: str, wanted: PixelNeeds) -> None:
        """The first picture, and some of those behind it; or a sequence that has no still one."""
        item, content = look.item, look.kept
        if sequence := lone_sequence(content, mime):
            item.frames = watch(InMemory(sequence), **self._spread).frames
            return
        item.picture = decode(
            content,
            mime,
            smallest_side=wanted.smallest_side,
            full=wanted.full,
            pixels_limit=self._pixels,
        )
        later = later_pictures(content, mime, **self._spread)
        item.frames, look.in_part = later.frames, later.missed

    def frames(self, source: Source, look: Look) -> None:
        """Frames of a video, where the profile asks for them."""
        item = look.item
        is_video = family(item.type) is Family.VIDEOS
        if not self._videos or not (is_video or item.type == SOUND_BY_NAME):
            return
        content = ReadNoted(source.content(item.entry))
        if sound_alone(item.head, content.read_at):
            return
        if look.known and self._wanted_of_known is None:
            return
        try:
            footage = watch(content, scenes=self._scenes, **self._spread)
        except UndecodableError as error:
            look.trouble = (content.failed or error.reason) if is_video else ""
            return
        look.in_part = content.failed
        item.frames = footage.frames
        look.frames_seen = FramesSeen(
            count=len(footage.frames),
            first=footage.frames[0].at or 0.0,
            last=footage.frames[-1].at or 0.0,
            length=footage.length,
            cut_short=footage.cut_short,
            scenes=tuple(frame.at or 0.0 for frame in footage.frames if frame.scene),
            scenes_cut_short=footage.scenes_cut_short,
        )


class _Spread(TypedDict):
    """How frames are taken."""

    at_most: int
    seconds: float
    smallest_side: int
    pixels_limit: int
