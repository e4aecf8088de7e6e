"""Examining: entries are taken in, held against every detector, and findings are confirmed.

What a notable set holds is told as soon as its digest is known, before anything is decoded: on a
slow computer decoding a batch takes minutes, and a decoder may crash.
"""

import time
from collections.abc import Callable, Generator, Iterator, Sequence
from dataclasses import replace as changed
from functools import partial

from msgspec.structs import replace

from triage.detectors.build import build
from triage.detectors.item import Item
from triage.errors import WorkerError
from triage.evidence import FileEntry
from triage.findings import ListedMember, Outcome, Result
from triage.sources import Source
from triage.wire.messages import (
    COMPARED_ALONE,
    GIVEN_UP,
    LONGEST_TYPE,
    Decodes,
    DigestAlone,
    Examine,
    Glance,
    Glanced,
    LookUp,
    Reply,
    Request,
    Results,
    Setup,
    Spot,
    Spots,
    UseVolumes,
)
from triage.wire.volume_keys import read_keys
from triage.workers.ahead import read_ahead
from triage.workers.digesting import digesting
from triage.workers.entry_needs import needs_of
from triage.workers.equipment import equipment_of
from triage.workers.glancing import glancing
from triage.workers.inner_names import inner_names
from triage.workers.intake import Intake
from triage.workers.judgements import Judgements
from triage.workers.judging import PIXELS_AT_ONCE, Judging
from triage.workers.look import Look
from triage.workers.opened import sources_of
from triage.workers.outcomes import confirmed, result_of
from triage.workers.preload import preload

TOO_MUCH_MEMORY = "it needs more memory than one entry may take"
PARTLY_HERE = "only a part of its content is on this device"
KEPT_AT_ONCE = 16 * 1024 * 1024
"""Bytes of content that wait to be decoded until what was read with them is looked up."""

Told = Generator[Reply, None, list[Result]]
"""Replies that come before the results, and the results."""


class ExamineTasks:
    """Answers Examine for any device of the scan."""

    def __init__(self, setup: Setup) -> None:
        self._keys = setup.keys
        equipment = equipment_of(setup)
        self._hash_sets = equipment.hash_sets
        detectors = build(setup.profile, equipment)
        self._look_up = detectors.look_up
        self._in_use = detectors.in_use
        needs = needs_of(detectors, setup.profile)
        judgements = Judgements()
        decoding = parting = taking_out = None
        if needs.type:
            from triage.workers.decoding import Decoding  # noqa: PLC0415 - a hash-only scan has none

            decoding = Decoding(needs, setup.profile, judgements)
        if needs.parts:
            from triage.workers.parting import Parting  # noqa: PLC0415 - likewise

            parting = Parting(setup.profile.limits)
        if needs.members:
            from triage.workers.taking_out import TakingOut  # noqa: PLC0415 - likewise

            taking_out = TakingOut(needs, setup.profile, setup.passwords)
        self._taking_out = taking_out
        self._intake = Intake(
            needs, setup.profile, self._known, decoding, parting, taking_out=taking_out
        )
        bare = changed(
            needs, type=False, pixels=None, frames=None, thumbnails=False, parts=False,
            members=False, containers=False, families=frozenset(),
        )  # fmt: skip
        self._bare_intake = Intake(bare, setup.profile, self._known)
        typed = changed(bare, type=needs.type)
        self._typed_intake = Intake(typed, setup.profile, self._known)
        self._judging = Judging(
            detectors,
            setup.profile,
            judgements,
            needs=needs,
            gone=self._picture_gone,
            known=self._known,
        )
        self._devices = setup.devices
        self._undecoded: frozenset[str] = frozenset()
        """Types that ended one worker after the other."""
        self._given_up = f"{GIVEN_UP}; {COMPARED_ALONE}" if needs.algorithms else GIVEN_UP
        self._previews: dict[int, bytes] = {}
        """Of findings of the batch in hand, by the entry's id."""
        self._members: dict[int, tuple[ListedMember, ...]] = {}
        """Likewise, of containers where the profile wants members listed."""
        self._sources: dict[str, Source] = {}
        self._glancing = glancing(needs, self._judging, self._sources)
        self._digesting = digesting(needs, detectors, self._sources)
        self._inner_names = inner_names(detectors, self._sources) if needs.members else None
        preload(types=needs.type, pictures=bool(needs.pixels or needs.frames))

    def begin(self) -> None:
        """Load the models. Raises ModelError."""
        for each in self._in_use:
            each.begin()

    def answer(self, request: Request) -> Iterator[Reply]:
        """The results of a batch, in its order."""
        match request:
            case UseVolumes(volumes=volumes):
                self._sources |= sources_of(self._devices, volumes, read_keys(self._keys))
            case Examine(entries=entries):
                begun = time.monotonic()
                self._undecoded = frozenset(request.undecoded)
                if self._taking_out is not None:
                    self._taking_out.begin()
                results = yield from self._examine(entries, alone=request.alone)
                yield self._told(entries, results, time.monotonic() - begun)
            case DigestAlone(entries=entries):
                begun = time.monotonic()
                results = yield from self._digest(entries, typed=request.typed)
                yield self._told(entries, results, time.monotonic() - begun)
            case LookUp(entries=entries):
                begun = time.monotonic()
                promising = yield from self._looked_up(entries)
                yield Glanced(promising=promising, seconds=time.monotonic() - begun)
            case Glance(entries=entries):
                begun = time.monotonic()
                promising = tuple(self._glancing.promising(entries)) if self._glancing else ()
                yield Glanced(promising=promising, seconds=time.monotonic() - begun)
            case _:
                raise WorkerError(f"An examiner cannot do {type(request).__name__}")

    def _told(
        self, entries: Sequence[FileEntry], results: Sequence[Result], seconds: float
    ) -> Results:
        previews, self._previews = self._previews, {}
        members, self._members = self._members, {}
        return Results(
            entry_ids=tuple(entry.id for entry in entries),
            results=tuple(results),
            previews=previews,
            members=members,
            altered=tuple(n for n, each in enumerate(self._hash_sets) if each.found_altered),
            seconds=seconds,
        )

    def _looked_up(self, entries: tuple[FileEntry, ...]) -> Generator[Reply, None, tuple[int, ...]]:
        """Ids of those that a notable set holds, or that hold a name of the lab's lists."""
        if self._digesting is None:
            return ()
        self._read_ahead(entries)
        spots = tuple(self._digesting.spots(entries))
        if spots:
            yield Spots(spots=spots)
        found = dict.fromkeys(spot.entry_id for spot in spots)
        if self._inner_names is not None:
            found |= dict.fromkeys(self._inner_names.promising(entries))
        return tuple(found)

    def _examine(self, entries: tuple[FileEntry, ...], *, alone: bool) -> Told:
        self._read_ahead(entries)
        results = yield from self._results(entries, alone=alone)
        if any(entry.hindrance for entry in entries):
            return list(map(_as_hindered, entries, results))
        return results

    def _results(self, entries: tuple[FileEntry, ...], *, alone: bool) -> Told:
        if self._digesting is None or not self._digesting.settles:
            return (yield from self._long_way(entries, alone=alone))
        short = self._digesting.results(entries)
        left = [entry for entry, result in zip(entries, short, strict=True) if result is None]
        rest = iter((yield from self._long_way(left, alone=alone)))
        return [result or next(rest) for result in short]

    def _long_way(self, entries: Sequence[FileEntry], *, alone: bool) -> Told:
        """Read and looked up, then decoded and judged. `alone`: it is said what is decoded."""
        results: list[Result] = []
        for looks in self._taken(entries):
            yield from self._spotted(looks)
            yield from self._about_to_decode(looks if alone else ())
            for group in self._decoded(looks):
                self._judging.judge(group)
                results += self._confirmed(group)
        return results

    def _taken(self, entries: Sequence[FileEntry]) -> Iterator[list[Look]]:
        """Each entry read by itself, with those whose content waits beside it."""
        looks: list[Look] = []
        kept = 0
        for entry in entries:
            look = self._read(self._intake, entry)
            looks.append(look)
            kept += len(look.kept)
            if kept > KEPT_AT_ONCE:
                yield looks
                looks, kept = [], 0
        yield looks

    def _spotted(self, looks: Sequence[Look]) -> Iterator[Reply]:
        if self._look_up is None:
            return
        found = zip(looks, self._look_up.matches_of([look.item for look in looks]), strict=True)
        spots = [Spot(entry_id=look.item.entry.id, matches=m) for look, m in found if m]
        if spots:
            yield Spots(spots=tuple(spots))

    def _about_to_decode(self, looks: Sequence[Look]) -> Iterator[Reply]:
        for look in looks:
            kind = look.item.type
            if kind.startswith(("image/", "video/")) and kind not in self._undecoded:
                yield Decodes(entry_id=look.item.entry.id, mime=kind[:LONGEST_TYPE])

    def _decoded(self, looks: Sequence[Look]) -> Iterator[list[Look]]:
        """The same in groups whose pixels fit into memory together."""
        group: list[Look] = []
        pixels = 0
        for look in looks:
            _fenced(look, partial(self._decode, look))
            group.append(look)
            pixels += look.pixels
            if pixels > PIXELS_AT_ONCE:
                yield group
                group, pixels = [], 0
        yield group

    def _digest(self, entries: Sequence[FileEntry], *, typed: bool) -> Told:
        """Nothing is decoded: only digests, names and, if `typed`, types are compared."""
        intake = self._typed_intake if typed else self._bare_intake
        looks = [self._read(intake, entry) for entry in entries]
        yield from self._spotted(looks)
        self._judging.compare(looks, typed=typed)
        return self._confirmed(looks)

    def _read_ahead(self, entries: Sequence[FileEntry]) -> None:
        for volume_id in {entry.volume_id for entry in entries} & self._sources.keys():
            mine = [entry for entry in entries if entry.volume_id == volume_id]
            read_ahead(self._sources[volume_id], volume_id, mine, self._intake.wants)

    def _confirmed(self, looks: Sequence[Look]) -> list[Result]:
        for look in looks:
            if look.matches and look.preview:
                self._previews[look.item.entry.id] = look.preview
        results = [
            confirmed(self._source_of(look), look) if look.matches else result_of(look)
            for look in looks
        ]
        for look, result in zip(looks, results, strict=True):
            if look.listed and result.opened is not None:
                self._members[look.item.entry.id] = look.listed
        return results

    def _source_of(self, look: Look) -> Source:
        return self._sources[look.item.entry.volume_id]

    def _picture_gone(self, entry: FileEntry, name: str) -> bool | None:
        """Whether a cache's picture is gone; None of a cache that is itself given up."""
        if not entry.allocated:
            return None
        folder = entry.path.rpartition("/")[0]
        path = name[1:] if name.startswith("/") else f"{folder}/{name}".lstrip("/")
        return self._sources[entry.volume_id].presence.gone(entry.volume_id, path)

    def _read(self, intake: Intake, entry: FileEntry) -> Look:
        look = Look(item=Item(entry=entry, head=b""))
        _fenced(look, partial(self._take, intake, look))
        return look

    def _take(self, intake: Intake, look: Look) -> None:
        intake.take(self._source_of(look), look)

    def _decode(self, look: Look) -> None:
        if look.item.type not in self._undecoded:
            self._intake.decode(self._source_of(look), look)
            return
        look.kept = b""
        if not look.passed_over:
            look.trouble = look.trouble or self._given_up

    def _known(self, item: Item) -> str:
        return self._look_up.known(item) if self._look_up else ""


def _fenced(look: Look, act: Callable[[], None]) -> None:
    """The fence round one entry: whatever its bytes make a library do is its own outcome."""
    try:
        act()
    except MemoryError:
        look.trouble = TOO_MUCH_MEMORY
    except Exception as error:  # noqa: BLE001 - the one fence; see errors.py
        look.trouble = f"the reader failed on it ({type(error).__name__})"
    else:
        return
    look.give_up()


def _as_hindered(entry: FileEntry, result: Result) -> Result:
    """What is said of an entry of which only a part is here; its digests are of other content."""
    if not entry.hindrance or result.outcome is not Outcome.EXAMINED:
        return result
    return replace(
        result,
        outcome=Outcome.ELSEWHERE,
        reason=PARTLY_HERE,
        container="",
        locked=False,
        opened=None,
        undecoded="",
        digests=result.digests if result.matches else {},
    )
