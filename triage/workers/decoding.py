"""Content to pixels: pictures each once, and frames of videos."""

from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING

from triage.detectors.pictures import UndecodableError, decode, is_decoded
from triage.needs import FrameNeeds, PixelNeeds
from triage.profile import Profile, parse_duration
from triage.sources import Source
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
