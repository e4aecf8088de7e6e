"""The pixels of members, by the rules of entries; and of which kind those are that gave none.

Of a camera's raw file the JPEG inside is looked at, of a drawing the largest picture inside.
"""

from msgspec.structs import replace

from triage.detectors.item import Item
from triage.evidence import HEAD_BYTES
from triage.media.window import InMemory
from triage.needs import FrameNeeds, PixelNeeds
from triage.parts.decoding import PartDecoding
from triage.undecoded import DAMAGED_MEMBER, TOO_LARGE
from triage.workers.standing_in import in_drawing, in_raw, is_drawing, kind_undecoded


class MemberDecoding(PartDecoding):
    """Gives the items of members their pixels, and counts by kind what it could not."""

    def __init__(
        self, pixels: PixelNeeds | None, frames: FrameNeeds | None, pixels_limit: int
    ) -> None:
        """As for parts."""
        super().__init__(pixels, frames, pixels_limit)
        self.undecoded: dict[str, int] = {}
        """By kind; whoever reads it begins it anew."""

    def decode(self, item: Item, content: bytes, seconds: float) -> bool:
        """Whether the item got what is asked for."""
        if not self.sees_pictures:
            return super().decode(item, content, seconds)
        picture = item
        found, kind = in_raw(item.head, len(content), InMemory(content).read_at)
        entry = replace(item.entry, size=len(content))
        if found is None and not kind:
            kind = kind_undecoded(item.type, item.head, entry)
            if not kind and is_drawing(item.type, item.head, entry):
                found, kind = in_drawing(content)
        if kind:
            self._count(kind)
        if found is not None:
            content = found.content or content[found.offset : found.offset + found.length]
            picture = Item(entry=entry, head=content[:HEAD_BYTES], type=found.type)
        elif kind:
            return False
        done = super().decode(picture, content, seconds)
        item.picture, item.frames = picture.picture, picture.frames
        if not done:
            self._count(DAMAGED_MEMBER)
        return done

    def pass_by(self, item: Item) -> bool:
        """Likewise, of content that is not at hand."""
        missed = not super().pass_by(item)
        if missed:
            self._count(TOO_LARGE)
        return not missed

    def _count(self, kind: str) -> None:
        self.undecoded[kind] = self.undecoded.get(kind, 0) + 1
