"""Content that nobody looks into, as most of it is: of no type that is decoded, opened or searched.

All that is said of it is digests, type and name. Whoever asks here has read all of it.
"""

from triage.capture import capture_of
from triage.containers.probe import Container
from triage.containers.recognising import recognise
from triage.detectors.pictures import is_decoded
from triage.detectors.types import type_of
from triage.detectors.video_types import SOUND_BY_NAME
from triage.evidence import HEAD_BYTES, FileEntry
from triage.families import UNKNOWN, family
from triage.media.window import InMemory, ReadAt
from triage.members.walking import opens
from triage.parts.finding import LOOKED_INTO, holds_none
from triage.profile import Family
from triage.workers.entry_needs import EntryNeeds
from triage.workers.standing_in import in_raw, is_drawing, kind_undecoded

_SEEN = frozenset({Family.PICTURES, Family.VIDEOS})


class Plainness:
    """Tells content that nobody looks into, in a scan with such needs."""

    def __init__(self, needs: EntryNeeds) -> None:
        """See there."""
        self._type, self._parts, self._members = needs.type, needs.parts, needs.members
        self._locked = needs.locked

    def may_be(self, entry: FileEntry) -> bool:
        """Whether its name leaves that open: a picture or video need not be read for this."""
        return not (self._type and family(UNKNOWN, entry.stream or entry.path) in _SEEN)

    def told(self, entry: FileEntry, content: bytes) -> tuple[str, Container | None] | None:
        """Its type, if that is asked for, and which container it is; None of what somebody looks
        into. Raises whatever such content makes a library raise."""
        held = recognise(content, entry.size, entry.path)
        if held is not None and (self._is_opened(held.kind) or (self._locked and held.locked)):
            return None
        if not self._type:
            return "", held
        head = content[:HEAD_BYTES]
        mime = type_of(head, entry.stream or entry.path)
        if _is_seen(mime, head, entry, InMemory(content).read_at):
            return None
        if self._parts and not holds_none(head, mime, entry.path, content):
            return None
        return mime, held

    def _is_opened(self, kind: str) -> bool:
        return (self._members and opens(kind)) or (self._parts and kind in LOOKED_INTO)


def _is_seen(mime: str, head: bytes, entry: FileEntry, read_at: ReadAt) -> bool:
    """Whether it is a picture or video of any kind, or a drawing that may hold some."""
    return (
        mime.startswith("image/")
        or mime == SOUND_BY_NAME
        or (mime != UNKNOWN and family(mime) is Family.VIDEOS)
        or is_decoded(mime)
        or is_drawing(mime, head, entry)
        or in_raw(head, entry.size, read_at) != (None, "")
        or kind_undecoded(mime, head, entry) != ""
        or capture_of(head, mime, read_at) is not None
    )
