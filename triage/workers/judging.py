"""Looks held against every detector: pictures in groups, duplicates once, parts after them.

A score is of pixels alone, so that a gate lets all copies of a picture pass or none.
"""

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from triage.detectors.in_use import Detectors, InUse
from triage.detectors.item import Item, frames_of
from triage.findings import Match, contradicted
from triage.profile import Profile
from triage.sources import ContentError
from triage.workers.entry_needs import EntryNeeds
from triage.workers.judgements import Judgement, Judgements
from triage.workers.locked import locked_in
from triage.workers.look import Look

if TYPE_CHECKING:
    from triage.detectors.item import Frame, Picture
    from triage.evidence import FileEntry
    from triage.parts.matching import Gone, PartMatching
    from triage.parts.part import Part

PDQ = "pdq"
PIXELS_AT_ONCE = 16_000_000
"""Decoded pixels that wait for their group, 48 MB; then the group is judged."""


class Judging:
    """Runs the detectors and puts what they say into the looks."""

    def __init__(
        self,
        detectors: Detectors,
        profile: Profile,
        judgements: Judgements,
        *,
        needs: EntryNeeds,
        gone: "Gone",
        known: Callable[[Item], str],
    ) -> None:
        """`gone`: whether a cache's picture is. `known`: which set of known content an item is in;
        empty if none."""
        in_use = detectors.in_use
        self._by_pixels = [each for each in in_use if each.needs.pixels]
        self._of_known = detectors.of_known
        """Who looks at what a set of kind known holds, too."""
        self._of_locked = [each for each in in_use if each.needs.locked]
        others = [each for each in in_use if not each.needs.pixels and not each.needs.locked]
        self._first = [each for each in others if not each.needs.gate]
        self._last = [each for each in others if each.needs.gate]
        """Whom a score of the pixels opens."""
        self._bare = [each for each in self._first if not each.needs.typed]
        self._judgements = judgements
        self._preview_side = profile.previews.longest_side if profile.previews.keep else 0
        self._sharp = profile.previews.sharp
        self._parts = None
        self._members = None
        if needs.parts or needs.members:
            from triage.parts.decoding import PartDecoding  # noqa: PLC0415 - OpenCV
            from triage.parts.matching import PartMatching  # noqa: PLC0415

            decoding = PartDecoding(needs.pixels, needs.frames, profile.limits.pixels)
            self._parts = PartMatching(
                detectors, profile.thumbnails, gone, decoding, typed=needs.type
            )
        if needs.members:
            from triage.workers.member_judging import MemberJudging  # noqa: PLC0415 - likewise

            self._members = MemberJudging(detectors, profile, needs, gone, known)

    def judge(self, looks: Sequence[Look]) -> None:
        """Matches and previews of a group; its pictures are given up."""
        alive = [look for look in looks if not look.passed_over]
        for each in self._first:
            # What the profile leaves out is looked up too, as far as it was digested.
            _hold_against([each], looks if each.needs.look_up else alive)
        self._look_at([look for look in looks if look.known], self._of_known)
        self._look_at(alive, self._by_pixels)
        _hold_against(self._last, alive)
        for look in alive:
            if look.parts or look.picture_path:
                self._look_at_parts(look)
            if look.members:
                self._look_at_members(look)
        if self._of_locked:
            for look in alive:
                look.item.locked = locked_in(look, looked=self._members is not None)
            _hold_against(self._of_locked, alive)
        for look in looks:
            if look.matches and not look.preview:
                look.preview = self._preview(look)
            if look.matches and look.known:
                look.matches, look.known = contradicted(look.matches, look.known), ""
            look.give_up()

    def compare(self, looks: Sequence[Look], *, typed: bool) -> None:
        """The matches of what nobody decoded: by digest, by name and, if `typed`, by type."""
        detectors = self._first if typed else self._bare
        _hold_against(detectors, [look for look in looks if not look.passed_over])

    def promising(self, carriers: "Sequence[tuple[FileEntry, Part]]") -> list[bool]:
        """Of pictures and a thumbnail inside each: whether any detector has something to say."""
        return self._parts.promising(carriers) if self._parts else []

    def _look_at(self, looks: Sequence[Look], by_pixels: Sequence[InUse]) -> None:
        """What has pixels, or had them when the same was judged before."""
        self._copies([look for look in looks if look.judgement is not None])
        new = [look for look in looks if look.pixels and look.judgement is None]
        self._pixels_of(new, by_pixels)

    def _pixels_of(self, looks: list[Look], by_pixels: Sequence[InUse]) -> None:
        """Each picture that is new; copies within the group wait for the first."""
        first: dict[bytes, Look] = {}
        copies: list[Look] = []
        for look in looks:
            if look.judged_as and first.setdefault(look.judged_as, look) is not look:
                copies.append(look)
        waiting = {id(look) for look in copies}
        new = [look for look in looks if id(look) not in waiting]
        before = {id(look): len(look.matches) for look in new}
        _hold_against(by_pixels, new)
        for look in new:
            _hash(look.item)
            if look.judged_as:
                matches = look.matches[before[id(look)] :]
                self._judgements.put(look.judged_as, self._judgement(look, matches))
            look.place_matches(before[id(look)])
        for look in copies:
            look.judgement = self._judgements.get(look.judged_as)
        self._copies(copies)

    def _judgement(self, look: Look, matches: tuple[Match, ...]) -> Judgement:
        return Judgement(
            in_part=look.in_part,
            matches=matches,
            pdq=look.item.digests.get(PDQ, b""),
            not_compared=look.item.not_compared,
            pdq_quality=look.item.pdq_quality,
            scores=look.item.scores,
            preview=self._preview(look) if matches else b"",
        )

    def _copies(self, looks: list[Look]) -> None:
        for look in looks:
            if look.judgement is not None:
                before = len(look.matches)
                look.matches += look.judgement.matches
                look.place_matches(before)
                look.preview = look.preview or look.judgement.preview
                look.item.scores = {**look.judgement.scores}
                look.item.pdq_quality = look.judgement.pdq_quality
                look.not_compared(look.judgement.not_compared)
                if look.judgement.pdq:
                    look.item.digests[PDQ] = look.judgement.pdq

    def _look_at_parts(self, look: Look) -> None:
        if self._parts is None:
            return
        try:
            self._hold_parts(self._parts, look)
        except ContentError as error:
            look.trouble = look.trouble or error.reason
        if look.picture_path:
            look.matches += tuple(self._parts.lost(look.item.entry, look.picture_path))

    def _hold_parts(self, matching: "PartMatching", look: Look) -> None:
        if look.parts is None or look.budget is None:
            return
        said = matching.held(look.item, look.parts, look.budget)
        look.parts_seen, look.parts_undecoded = said.count, said.undecoded
        look.not_compared(said.not_compared)
        look.matches += tuple(said.matches)
        look.trouble = look.trouble or look.budget.spent
        if not look.preview:
            look.preview = self._drawn(said.picture, said.frames)

    def _look_at_members(self, look: Look) -> None:
        if self._members is None:
            return
        said = self._members.judge(look)
        if not look.preview:
            look.preview = self._drawn(said.picture, said.frames)

    def _preview(self, look: Look) -> bytes:
        if look.item.frames:
            return self._drawn(None, frames_of(look.item))
        return self._drawn(look.item.picture, ())

    def _drawn(self, picture: "Picture | None", frames: "Sequence[Frame]") -> bytes:
        if picture is not None:
            return self._small(picture)
        if frames and self._preview_side:
            from triage.detectors.preview import contact_sheet  # noqa: PLC0415 - OpenCV

            return contact_sheet(frames, self._preview_side, sharp=self._sharp)
        return b""

    def _small(self, picture: "Picture") -> bytes:
        if not self._preview_side:
            return b""
        from triage.detectors.preview import preview  # noqa: PLC0415 - OpenCV

        return preview(picture, self._preview_side, sharp=self._sharp)


def _hash(item: Item) -> None:
    """PDQ of a picture that no detector hashed: pixels are costly, and this is next to nothing."""
    if item.picture is None or item.pdq_quality is not None:
        return
    from triage.detectors import pdq  # noqa: PLC0415 - numpy

    made = pdq.pdq(item.picture.pixels)
    item.pdq_quality = made.quality
    if made.quality >= pdq.QUALITY:
        item.digests[PDQ] = made.value


def _hold_against(detectors: Sequence[InUse], looks: Sequence[Look]) -> None:
    if not looks or not detectors:
        return
    items = [look.item for look in looks]
    for each in detectors:
        for look, matches in zip(looks, each.matches_of(items), strict=True):
            if matches:
                look.matches += matches
