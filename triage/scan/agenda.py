"""What the examiners look at next, and how long all that waits will take.

Brings together what decides it: the order, the turns while a rotating device is listed, devices
that are gone, and the pace so far.
"""

import time
from collections.abc import Callable, Collection, Mapping, Sequence

from triage.coordinator.news import Examined, GlancedAt, Spotting
from triage.evidence import HEAD_BYTES as GLANCE_BYTES
from triage.evidence import Device, FileEntry
from triage.families import FAMILIES
from triage.findings import Tally
from triage.machine import memory_available
from triage.plan.order import Batch, Job, Order
from triage.plan.rows import Rows
from triage.plan.tiers import Tier
from triage.profile import Family
from triage.scan.gone import Gone
from triage.scan.pace import Amount, Kind, Pace
from triage.scan.spotted import Spots
from triage.scan.turns import Turns

LOOK_SECONDS = 0.015
"""What a picture takes a core, for the choice between sweeps; the pace is measured."""


class Agenda:
    """Entries that wait, of all devices. Give it back with `close`."""

    def __init__(
        self, devices: Sequence[Device], gone: Gone, *, workers: int, decodes: bool = True
    ) -> None:
        """`gone`: what is known of devices that disappeared. `workers`: how many examine.
        `decodes`: a detector looks at pictures."""
        self._rotating = frozenset(device.id for device in devices if device.rotational)
        self._gone = gone
        look = LOOK_SECONDS / workers if decodes else 0.0
        self._order = Order(look=look, room=memory_available() // 2)
        self._pace = Pace(workers)
        self._costly = {kind: Tally() for kind in (Kind.HEIFS, Kind.VIDEOS)}
        """What waits or is in hand of these, in tiers of pictures."""
        self._turns = Turns()
        self.look_up_first = self._order.look_up_first
        self.promote_neighbours = self._order.promote_neighbours
        self.waits = self._order.waits
        self.sort = self._order.sort
        self.rest = self._order.rest
        self.close = self._order.close

    def begin(self) -> None:
        """The survey begins now."""
        self._turns = Turns()

    def add(self, rows: Rows, entries: Sequence[FileEntry], device_id: str) -> None:
        """Entries that were listed on that device, and their places in the order."""
        for tier, entry in zip(rows.columns["tiers"], entries, strict=True):
            if (kind := _kind_of(_TIERS[tier], entry)) in self._costly:
                self._costly[kind].add(entry.size)
        self._order.add(rows, rotating=device_id in self._rotating)

    def next_batch(self, surveyed: Collection[str], let_go: Callable[[FileEntry], None]) -> Batch:
        """The likeliest; empty if nothing waits, or it is not the examiners' turn.

        `surveyed`: devices whose survey goes on. While a rotating one is among them, a batch comes
        only now and then: it costs seeks. Entries of devices that are gone are given to `let_go`.
        """
        by_turns = not self._rotating.isdisjoint(surveyed)
        if by_turns and not self._turns.due:
            return Batch()
        batch = self._likeliest(let_go, listing=bool(surveyed))
        if by_turns and batch:
            self._turns.begin()
        return batch

    def _likeliest(self, let_go: Callable[[FileEntry], None], *, listing: bool) -> Batch:
        while batch := self._order.next_batch(listing=listing):
            if not self._gone.devices:
                return batch
            there = tuple(e for e in batch.entries if not self._gone.holds(e))
            for entry in batch.entries:
                if self._gone.holds(entry) and batch.job.settles:
                    let_go(entry)
            if there:
                return Batch(entries=there, job=batch.job)
        return Batch()

    def examined(self, news: Examined) -> list[Tier | None]:
        """A batch came back; as what its entries were handed out."""
        tiers = self._order.tiers_of(news.entries)
        batch: dict[Kind, Tally] = {}
        for tier, entry in zip(tiers, news.entries, strict=True):
            kind = _kind_of(tier, entry)
            batch.setdefault(kind, Tally()).add(entry.size)
            if kind in self._costly:
                self._costly[kind].add_all(-1, -entry.size)
        self._note(batch, news.seconds)
        handed = zip(tiers, news.entries, strict=True)
        pictures = tuple(entry for tier, entry in handed if tier is not None and tier.of_pictures)
        self._order.examined(pictures or news.entries, news.seconds, pictures=bool(pictures))
        self._turns.end(news.seconds)
        return tiers

    def unsettled(self, news: Spotting) -> Spots:
        """Those of them whose result is still to come."""
        if news.job.settles:
            return news.spots
        return [(entry, matches) for entry, matches in news.spots if self._order.waits_for(entry)]

    def seen(self, news: GlancedAt) -> None:
        """A look-up or a glance is over: what matched comes next, in full."""
        entries = news.batch.entries
        if news.batch.job is Job.LOOK_UP:
            kind, size = Kind.LOOK_UPS, sum(entry.size for entry in entries)
        else:
            kind, size = Kind.GLANCES, GLANCE_BYTES * len(entries)
        self._note({kind: Tally(entries=len(entries), bytes=size)}, news.seconds)
        self._order.glanced(news.batch, news.promising, news.seconds)
        self._turns.end(news.seconds)

    @property
    def doing(self) -> Tier | None:
        """What is looked at now; None if nothing waits."""
        return self._order.next_tier()

    @property
    def left(self) -> Amount:
        """What waits or is in hand."""
        pictures, others = self._left(pictures=True), self._left(pictures=False)
        return Amount(pictures.entries + others.entries, pictures.bytes + others.bytes)

    @property
    def seconds_left(self) -> float | None:
        """What that will take; None while there is too little to go by."""
        glances = self._order.glances_left
        costly = {
            kind: Amount(max(0, left.entries), max(0, left.bytes))
            for kind, left in self._costly.items()
        }
        pictures = self._left(pictures=True)
        return self._pace.seconds_left(
            costly
            | {
                Kind.PICTURES: Amount(
                    max(0, pictures.entries - sum(each.entries for each in costly.values())),
                    max(0, pictures.bytes - sum(each.bytes for each in costly.values())),
                ),
                Kind.OTHERS: self._left(pictures=False),
                Kind.GLANCES: Amount(glances, GLANCE_BYTES * glances),
                Kind.LOOK_UPS: Amount(*self._order.look_ups_left),
            }
        )

    def _note(self, batch: Mapping[Kind, Tally], seconds: float) -> None:
        amounts = {kind: Amount(each.entries, each.bytes) for kind, each in batch.items()}
        self._pace.note(time.monotonic(), amounts, seconds)

    def _left(self, *, pictures: bool) -> Amount:
        return Amount(*self._order.left(pictures=pictures))


def _kind_of(tier: Tier | None, entry: FileEntry) -> Kind:
    """By its tier and the ending of its name: nothing of it has been read."""
    if tier is None or not tier.of_pictures:
        return Kind.OTHERS
    return _BY_ENDING.get((entry.stream or entry.path).rpartition(".")[2].lower(), Kind.PICTURES)


_TIERS = tuple(Tier)
_BY_ENDING = {
    **{ending: Kind.VIDEOS for ending, each in FAMILIES.items() if each is Family.VIDEOS},
    **dict.fromkeys(("heic", "heif", "heics", "heifs", "hif", "avif", "avifs"), Kind.HEIFS),
}
"""Pictures that cost several times what others do, and what takes as long as it has frames."""
