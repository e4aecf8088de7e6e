"""Thumbnails held against every detector, and what they betray by themselves.

- what a detector says of a thumbnail becomes a match of kind `thumbnail`, with the cache entry's
  identity, so that the lab finds that very thumbnail again;
- a thumbnail in a cache whose picture is gone is a match of its own;
- so is one that does not look like the picture that it lies in.

A thumbnail that looks like its picture says nothing that the picture itself does not say: then
only its digests are looked up.
"""

import hashlib
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from itertools import islice

import msgspec

from triage.detectors.in_use import Detectors
from triage.detectors.item import Item, Picture
from triage.detectors.types import type_of
from triage.evidence import HEAD_BYTES, FileEntry
from triage.findings import Match
from triage.match_kinds import MatchKind
from triage.parts.freedesktop import KIND as LINUX
from triage.parts.likeness import UNLIKE, likeness
from triage.parts.part import Part
from triage.profile import Thumbnails

NAME = "thumbnails 1"
GROUP = 32
"""Thumbnails of a cache that are looked at together."""
MOST_MATCHES = 100
"""Of one cache; more are counted."""
MOST_NAMES = 20
TIME_RAN_OUT = "time ran out before all of its thumbnails were looked at"
_LONGEST_TEXT = 300

Gone = Callable[[FileEntry, str], bool | None]
"""Whether the picture of that name, beside the cache, is gone; None where it cannot be told. With a
leading slash the name is a path from the volume's root."""


@dataclass(slots=True, kw_only=True)
class PartsSaid:
    """What a file's thumbnails gave."""

    matches: tuple[Match, ...] = ()
    picture: Picture | None = field(default=None, repr=False)
    """The first thumbnail that matched, for a preview."""
    trouble: str = ""


class PartMatching:
    """Holds thumbnails against a profile's detectors."""

    def __init__(self, detectors: Detectors, choice: Thumbnails, gone: Gone) -> None:
        """`gone`: as the file systems say."""
        self._choice = choice
        self._gone = gone
        in_use = detectors.in_use
        self._detectors = [each for each in in_use if each.needs.told_by_thumbnails]
        self._algorithms = sorted(detectors.algorithms)
        self._pictures = any(each.needs.pixels for each in in_use)

    def inside(self, carrier: Item, thumbnails: Sequence[Part]) -> PartsSaid:
        """The thumbnails that lie in a picture; `carrier.picture` is what they should look like."""
        seen = PartsSaid()
        for thumbnail in thumbnails:
            item = self._item(carrier.entry, thumbnail)
            picture = item.picture
            score = _score(picture, carrier.picture)
            if score is not None and score >= UNLIKE:
                item.picture = None
            unlike = self._unlike(score, thumbnail)
            matches = [*unlike, *self._detected([item], [thumbnail])[0]]
            _add(seen, picture, [_told(match, thumbnail, None) for match in matches])
        return seen

    def promising(self, carriers: Sequence[tuple[FileEntry, Part]]) -> list[bool]:
        """Whether a detector has anything to say of each thumbnail, for what to look at first."""
        items = [self._item(entry, thumbnail) for entry, thumbnail in carriers]
        found = self._detected(items, [thumbnail for _, thumbnail in carriers])
        return [bool(matches) for matches in found]

    def cached(self, entry: FileEntry, thumbnails: Iterable[Part], until: float) -> PartsSaid:
        """The thumbnails of a cache. Stops at `until`, of time.monotonic(), and says so."""
        seen = PartsSaid()
        gone: list[Part] = []
        count = 0
        source = iter(thumbnails)
        while group := list(islice(source, GROUP)):
            if time.monotonic() > until:
                seen.trouble = TIME_RAN_OUT
                break
            items = [self._item(entry, each) for each in group]
            count += len(group)
            for each, item, matches in zip(group, items, self._detected(items, group), strict=True):
                lost = self._gone(entry, each.of) if each.of and not each.elsewhere else None
                if lost and item.picture is not None:
                    gone.append(each)
                room = MOST_MATCHES - len(seen.matches)
                _add(seen, item.picture, [_told(match, each, lost) for match in matches[:room]])
        if gone and self._choice.report_gone:
            seen.matches += (_gone_match(gone, count),)
        return seen

    def lost(self, entry: FileEntry, picture_path: str) -> PartsSaid:
        """A thumbnail that is a file of its own: whether its picture, on this volume, is gone."""
        if not self._choice.report_gone or self._gone(entry, f"/{picture_path}") is not True:
            return PartsSaid()
        match = Match(
            kind=MatchKind.THUMBNAIL,
            detector=NAME,
            reason=f"It shows a picture that is gone: {_short(picture_path)}",
            provenance={
                "part": LINUX,
                "thumbnail_of": _short(picture_path),
                "picture": "gone",
            },
        )
        return PartsSaid(matches=(match,))

    def _item(self, entry: FileEntry, thumbnail: Part) -> Item:
        """The thumbnail as an item of its own, under its picture's name where that is known."""
        content = thumbnail.content
        if thumbnail.of:
            entry = msgspec.structs.replace(entry, path=thumbnail.of, stream="")
        item = Item(entry=entry, head=content[:HEAD_BYTES], type=type_of(content[:HEAD_BYTES]))
        item.digests = {
            name: hashlib.new(name, content, usedforsecurity=False).digest()
            for name in self._algorithms
        }
        item.picture = _decoded(content, item.type) if self._pictures else None
        return item

    def _detected(self, items: Sequence[Item], thumbnails: Sequence[Part]) -> list[list[Match]]:
        """What the detectors say; of names only where the thumbnail has one of its own."""
        found: list[list[Match]] = [[] for _ in items]
        for each in self._detectors:
            asked = [at for at, it in enumerate(thumbnails) if it.of or not each.needs.name]
            matches = each.matches_of([items[at] for at in asked])
            for at, those in zip(asked, matches, strict=True):
                found[at] += those
        return found

    def _unlike(self, score: float | None, thumbnail: Part) -> tuple[Match, ...]:
        if score is None or score >= UNLIKE or not self._choice.report_unlike:
            return ()
        return (
            Match(
                kind=MatchKind.THUMBNAIL,
                detector=NAME,
                reason=f"The {thumbnail.kind} inside it shows another picture.",
                score=round(score, 4),
                threshold=UNLIKE,
            ),
        )


def _score(small: Picture | None, whole: Picture | None) -> float | None:
    return None if small is None or whole is None else likeness(small.pixels, whole.pixels)


def _add(seen: PartsSaid, picture: Picture | None, matches: Sequence[Match]) -> None:
    seen.matches += tuple(matches)
    if matches and seen.picture is None:
        seen.picture = picture


def _decoded(content: bytes, mime: str) -> Picture | None:
    from triage.detectors.pictures import UndecodableError, decode  # noqa: PLC0415

    try:
        return decode(content, mime)
    except UndecodableError:
        return None


def _told(match: Match, thumbnail: Part, lost: bool | None) -> Match:
    """A detector's match, as one of a thumbnail that can be found again."""
    fate = {True: "gone", False: "there", None: ""}[lost]
    about = {
        "part": thumbnail.kind,
        "part_sha256": hashlib.sha256(thumbnail.content).hexdigest(),
        "part_offset": str(thumbnail.offset) if thumbnail.offset >= 0 else "",
        "part_length": str(thumbnail.extent) if thumbnail.offset >= 0 else "",
        "cache_entry": _short(thumbnail.identity),
        "thumbnail_of": _short(thumbnail.of),
        "picture": fate,
        "matched_by": "" if match.detector == NAME else str(match.kind),
    }
    reason = match.reason
    if match.detector != NAME:
        of = f" of {_short(thumbnail.of)}" if thumbnail.of else ""
        ending = ", which is gone" if lost else ""
        reason = f"A thumbnail{of} in it{ending} matched. {match.reason}"
    return msgspec.structs.replace(
        match,
        kind=MatchKind.THUMBNAIL,
        reason=reason,
        provenance=match.provenance | {key: value for key, value in about.items() if value},
    )


def _gone_match(gone: Sequence[Part], count: int) -> Match:
    names = [_short(each.of) for each in gone[:MOST_NAMES]]
    more = f" and {len(gone) - len(names)} more" if len(gone) > len(names) else ""
    shown = ", ".join(names[:3]) + (" …" if len(gone) > 3 else "")
    return Match(
        kind=MatchKind.THUMBNAIL,
        detector=NAME,
        reason=f"{len(gone)} of its {count} thumbnails show pictures that are gone: {shown}",
        provenance={
            "part": gone[0].kind,
            "cache_entry": ", ".join(_short(each.identity) for each in gone[:MOST_NAMES]),
            "thumbnail_of": ", ".join(names) + more,
            "picture": "gone",
        },
    )


def _short(text: str) -> str:
    return text if len(text) <= _LONGEST_TEXT else f"…{text[1 - _LONGEST_TEXT :]}"
