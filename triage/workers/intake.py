"""Taking an entry in: one read of its content feeds type and digests, and what decodes it later.

whole    small content: one read, everything from it
streamed large content: chunk by chunk through the digests; kept only if it is to be decoded
head     content whose size is in no hash set: its beginning alone, and all of it only if that
         turns out to be a picture
"""

from collections.abc import Callable
from typing import TYPE_CHECKING

from triage.capture import capture_of
from triage.containers.kinds import kind_by_name
from triage.containers.probe import Container, ReadAt
from triage.containers.recognising import recognise
from triage.detectors.item import Item
from triage.detectors.pictures import is_decoded
from triage.evidence import HEAD_BYTES, FileEntry
from triage.families import family
from triage.media.window import InMemory
from triage.parts.finding import LOOKED_INTO, is_cache, read_whole
from triage.profile import Profile, parse_size
from triage.sources import ContentError, Source
from triage.sources.reader import READ_FAILED
from triage.undecoded import TOO_LARGE
from triage.workers.entry_needs import EntryNeeds
from triage.workers.hashers import BLAKE3, begin, digests_of
from triage.workers.look import Look
from triage.workers.standing_in import in_drawing, in_raw, is_drawing, kind_undecoded

if TYPE_CHECKING:
    from triage.workers.decoding import Decoding
    from triage.workers.parting import Parting
    from triage.workers.taking_out import TakingOut

WHOLE_BYTES = 4 * 1024 * 1024
"""Content up to this is read at once."""
CHUNK_BYTES = 1024 * 1024
PARTLY_UNREADABLE = "the device could not be read there: looked at in part"
NOT_IN_ANY_SET = "its size is in no hash set: read only as far as other detectors need"
NOT_ASKED_FOR = "not a kind the profile asks for"


class Intake:
    """Reads entries as the needs ask; then gives them their pixels."""

    def __init__(
        self,
        needs: EntryNeeds,
        profile: Profile,
        known: Callable[[Item], str],
        decoding: "Decoding | None" = None,
        parting: "Parting | None" = None,
        *,
        taking_out: "TakingOut | None" = None,
    ) -> None:
        """`known`: which set of known content an item is in; empty if none."""
        self._needs = needs
        self._known = known
        self._decoding = decoding
        self._parting = parting
        self._taking_out = taking_out
        self._looks_up = bool(needs.algorithms)
        self._new = [(name, begin(name)) for name in (*sorted(needs.algorithms), BLAKE3)]
        self._may_match = needs.may_match
        self._decode_bytes = parse_size(profile.limits.decode_bytes)

    def take(self, source: Source, look: Look) -> None:
        """Read, hash and type its entry. Whatever goes wrong is in `Look.trouble`."""
        try:
            self._read(source, look)
            if self._looks_up and look.item.digests and not look.passed_by:
                look.known = self._known(look.item)
        except ContentError as error:
            self._note(error, source, look)

    def decode(self, source: Source, look: Look) -> None:
        """Pixels, frames and parts of what was taken in; its content is let go of."""
        decoding = self._decoding
        try:
            if not (look.trouble or look.excluded or look.salvaged):
                if self._taking_out and not look.known:
                    self._taking_out.find(source, look)
                if decoding is not None:
                    self._decode(decoding, source, look)
        except ContentError as error:
            self._note(error, source, look)
        if look.salvaged and look.kept and decoding is not None and not look.passed_over:
            decoding.picture(look)
            look.trouble = PARTLY_UNREADABLE if look.bad else look.trouble
        look.kept = b""

    def _note(self, error: ContentError, source: Source, look: Look) -> None:
        look.trouble = error.reason
        if error.reason == READ_FAILED:
            self._salvage(source, look)

    def _salvage(self, source: Source, look: Look) -> None:
        """Read round bad sectors: what is left is decoded; a digest would be of other content."""
        entry = look.item.entry
        if entry.size > self._decode_bytes:
            return
        try:
            content, look.bad = source.salvaged(entry)
        except ContentError:
            return
        lost = sum(run.length for run in look.bad)
        look.trouble = PARTLY_UNREADABLE if lost else ""
        look.bytes_read = max(0, entry.size - lost)
        look.item.digests = {} if lost else self._digests(content)
        self._tell(look, content[:HEAD_BYTES], InMemory(content).read_at)
        self._contain(look, content)
        look.salvaged = True
        if self._needs.pixels is not None:
            self._keep(look, content)

    def _digests(self, content: bytes) -> dict[str, bytes]:
        return {name: new(content).digest() for name, new in self._new}

    def wants(self, entry: FileEntry) -> int:
        """How many bytes of it will surely be read."""
        size = entry.size
        hashed = self._looks_up and (self._may_match is None or self._may_match(size))
        if hashed or size <= HEAD_BYTES:
            return size
        return HEAD_BYTES if self._needs.type else 0

    def _decode(self, decoding: "Decoding", source: Source, look: Look) -> None:
        if self._parting and not look.known:
            self._parting.find(source, look)
        if look.kept and self._needs.pixels:
            decoding.picture(look)
        decoding.frames(source, look)

    def _read(self, source: Source, look: Look) -> None:
        size = look.item.entry.size
        by_size = self._may_match if self._looks_up else None
        look.passed_by = by_size is not None and not by_size(size)
        if size > HEAD_BYTES and (look.passed_by or not self._looks_up):
            self._read_head(source, look)
        elif size <= WHOLE_BYTES:
            self._read_whole(source, look)
        else:
            self._stream(source, look)

    def _read_whole(self, source: Source, look: Look) -> None:
        item = look.item
        look.kept = content = source.small(item.entry)
        look.bytes_read = len(content)
        item.digests = _blake3(content) if look.passed_by else self._digests(content)
        self._tell(look, content[:HEAD_BYTES], InMemory(content).read_at)
        self._contain(look, content)
        if self._needs.pixels is not None:
            self._keep(look, content)

    def _read_head(self, source: Source, look: Look) -> None:
        entry = look.item.entry
        if not self._needs.type:
            look.container = _named(entry)
            if look.container is None or not self._opens(look.container):
                return
        content = source.content(entry)
        head = content.read_at(0, HEAD_BYTES)
        look.bytes_read = len(head)
        self._tell(look, head, content.read_at)
        self._contain(look, head, content.read_at, end_was_read=False)
        if self._wants_all(look):
            whole = content.read_at(0, entry.size)
            look.bytes_read = len(whole)
            look.item.digests = _blake3(whole)
            self._keep(look, whole)
        else:
            self._keep_part(look, content.read_at)
            look.bytes_read = min(entry.size, look.bytes_read + len(look.kept))

    def _stream(self, source: Source, look: Look) -> None:
        hashers = {name: new() for name, new in self._new}
        kept = bytearray()
        keep, head = False, b""
        content = source.content(look.item.entry)
        for chunk in content.chunks(CHUNK_BYTES):
            if not look.bytes_read:
                head = bytes(chunk[:HEAD_BYTES])
                self._tell(look, head, content.read_at)
                keep = self._wants_all(look)
            look.bytes_read += len(chunk)
            for hasher in hashers.values():
                hasher.update(chunk)
            if keep:
                kept += chunk
        look.item.digests = {name: hasher.digest() for name, hasher in hashers.items()}
        if keep:
            self._keep(look, bytes(kept))
        else:
            self._keep_part(look, content.read_at)
        self._contain(look, head, content.read_at)

    def _tell(self, look: Look, head: bytes, read_at: ReadAt) -> None:
        """What the content is, by its head; of a video also by what it says further on."""
        if not self._needs.type:
            return
        look.item.head = head
        from triage.detectors.types import type_of  # noqa: PLC0415 - only where asked for

        entry = look.item.entry
        look.item.type = type_of(head, entry.stream or entry.path)
        families = self._needs.families
        if (
            families
            and family(look.item.type, entry.path) not in families
            and not (self._parting and is_cache(head, entry.size, entry.path))
        ):
            look.excluded = NOT_ASKED_FOR
            return
        _hear(look, read_at)
        self._find_picture(look, head, read_at)

    def _opens(self, held: Container) -> bool:
        """Whether somebody looks into what it is: then it is worth reading its beginning."""
        return self._taking_out is not None and self._taking_out.opens(held)

    def _contain(
        self, look: Look, head: bytes, read_at: ReadAt | None = None, *, end_was_read: bool = True
    ) -> None:
        """Whether it holds others, into which nobody looks."""
        entry = look.item.entry
        if not self._needs.containers:
            look.container = _named(entry)
        elif not look.excluded:
            found = recognise(head, entry.size, entry.path, read_at, end_was_read=end_was_read)
            opened = self._parting and found is not None and found.kind in LOOKED_INTO
            look.container = None if opened else found

    def _find_picture(self, look: Look, head: bytes, read_at: ReadAt) -> None:
        """Which part of it stands for it, or of which kind it is that nobody decodes."""
        if self._needs.pixels is None or look.excluded:
            return
        mime, entry = look.item.type, look.item.entry
        look.stand_in, look.undecoded = in_raw(head, entry.size, read_at)
        if look.stand_in is None:
            look.undecoded = look.undecoded or kind_undecoded(mime, head, entry)
            wanted = not look.undecoded and self._decodable(look)
            length = entry.size if wanted else 0
        else:
            length = look.stand_in.length
        if length > self._decode_bytes:
            look.stand_in, look.undecoded = None, TOO_LARGE

    def _decodable(self, look: Look) -> bool:
        """Whether a decoder takes it, or it may hold pictures anywhere."""
        item = look.item
        return is_decoded(item.type) or is_drawing(item.type, item.head, item.entry)

    def _wants_all(self, look: Look) -> bool:
        """Whether its whole content is to be kept for who decodes, or looks for its parts."""
        item = look.item
        nobody = self._needs.pixels is None or look.excluded or look.stand_in is not None
        if nobody or item.entry.size > self._decode_bytes:
            return False
        if self._parting and read_whole(item.head, item.type, item.entry.path):
            return True
        return not look.undecoded and self._decodable(look)

    def _keep(self, look: Look, content: bytes) -> None:
        """Of its whole content what is to be decoded; of what nobody decodes all, for its parts."""
        item = look.item
        if look.stand_in is not None:
            self._keep_part(look, InMemory(content).read_at)
        elif is_drawing(item.type, item.head, item.entry) and self._wants_all(look):
            look.stand_in, look.undecoded = in_drawing(content)
            look.kept = look.stand_in.content if look.stand_in else b""
        else:
            refused = look.undecoded and is_decoded(item.type)
            look.kept = b"" if refused else content

    def _keep_part(self, look: Look, read_at: ReadAt) -> None:
        """The part of it that stands for it, if there is one: nothing else of it is read."""
        found = look.stand_in
        if found is not None:
            look.kept = read_at(found.offset, found.length)


def _blake3(content: bytes) -> dict[str, bytes]:
    return digests_of([content], [BLAKE3])


def _hear(look: Look, read_at: ReadAt) -> None:
    """What a picture or video says of its own making."""
    try:
        look.capture = capture_of(look.item.head, look.item.type, read_at)
    except ContentError:  # of what lies further on: it is no trouble of the entry's
        look.capture = None


def _named(entry: FileEntry) -> Container | None:
    """What its name claims that it is."""
    kind = "" if entry.stream else kind_by_name(entry.path)
    return Container(kind) if kind else None
