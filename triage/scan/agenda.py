"""What the examiners look at next, and how long all that waits will take.

Brings together what decides it: the order, the turns while a rotating device is listed, devices
that are gone, and the pace so far.
"""

import time
from collections.abc import Callable, Collection, Sequence

from triage.coordinator.news import Examined, GlancedAt, Spotting
from triage.evidence import HEAD_BYTES as GLANCE_BYTES
from triage.evidence import Device, FileEntry
from triage.plan.order import Batch, Job, Order
from triage.plan.rows import Rows
from triage.plan.tiers import Tier
from triage.scan.gone import Gone
from triage.scan.pace import Amount, Kind, Pace
from triage.scan.spotted import Spots
from triage.scan.turns import Turns


class Agenda:
    """Entries that wait, of all devices. Give it back with `close`."""

    def __init__(self, devices: Sequence[Device], gone: Gone, *, workers: int) -> None:
        """`gone`: what is known of devices that disappeared. `workers`: how many examine."""
        self._rotating = frozenset(device.id for device in devices if device.rotational)
        self._gone = gone
        self._order = Order()
        self._pace = Pace(workers)
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

    def add(self, rows: Rows, device_id: str) -> None:
        """Entries that were listed on that device."""
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
        kind = _kind_of(tiers[0])
        amount = Amount(len(news.entries), sum(entry.size for entry in news.entries))
        self._pace.note(time.monotonic(), kind, amount, news.seconds)
        self._order.examined(news.entries, news.seconds, pictures=kind is Kind.PICTURES)
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
        self._pace.note(time.monotonic(), kind, Amount(len(entries), size), news.seconds)
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
        return self._pace.seconds_left(
            {
                Kind.PICTURES: self._left(pictures=True),
                Kind.OTHERS: self._left(pictures=False),
                Kind.GLANCES: Amount(glances, GLANCE_BYTES * glances),
                Kind.LOOK_UPS: Amount(*self._order.look_ups_left),
            }
        )

    def _left(self, *, pictures: bool) -> Amount:
        return Amount(*self._order.left(pictures=pictures))


def _kind_of(tier: Tier | None) -> Kind:
    return Kind.PICTURES if tier is not None and tier.of_pictures else Kind.OTHERS
