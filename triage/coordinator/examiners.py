"""The examiners: batches are handed out to them, and what they hold is never lost.

The entries that a dead one held are looked at again, as tries.py says.
"""

import time
from collections.abc import Callable, Iterable, Iterator

from triage.coordinator import checking
from triage.coordinator.decoders import Decoders
from triage.coordinator.desk import Desk, Roll, in_full, what_went_wrong
from triage.coordinator.doing_without import ILLEGAL, with_less
from triage.coordinator.news import (
    DecoderGivenUp,
    Examined,
    GlancedAt,
    LeftOut,
    News,
    OutOfWorkers,
    SetsAltered,
    Spotting,
)
from triage.coordinator.pool import TOOK_TOO_LONG, Died, Pool, Worker
from triage.coordinator.tries import Tries, not_decoded, set_aside
from triage.errors import WorkerError
from triage.evidence import FileEntry, Volume
from triage.findings import Result, digests_told
from triage.plan.order import Batch, Job
from triage.profile import holds_types_against_names, looks_up
from triage.wire.messages import (
    Decodes,
    DigestAlone,
    Examine,
    Failed,
    Glance,
    Glanced,
    LookUp,
    Reply,
    Request,
    Results,
    Setup,
    Spots,
    UseVolumes,
)

START_SECONDS = 600.0
"""An old processor under emulation on a busy machine has taken three minutes; one that hangs is
waited for once, and then tried with less."""
SLOWEST_BYTES_PER_SECOND = 2_000_000
"""A device slower than this is not waited for."""
MOST_FAILED_STARTS = 4
"""In a row. A machine that is out of memory may get some back."""


class Examiners:
    """Runs the examiners."""

    def __init__(self, pool: Pool, roll: Roll, *, wanted: int, entry_seconds: float) -> None:
        """`wanted`: how many. `entry_seconds`: what one entry may take."""
        self.wanted = wanted
        self._pool = pool
        self._roll = roll
        self._entry_seconds = entry_seconds
        self._setup: Setup | None = None
        self._volumes: tuple[Volume, ...] = ()
        self._desks: list[Desk] = []
        self._tries = Tries()
        self._decoders = Decoders()
        self.give_up = self._decoders.give_up
        self._failed_starts = 0
        self._one_was_ready = False

    def start(self, setup: Setup) -> None:
        """Start them with that set-up."""
        self._setup = setup
        self.restore()

    def restore(self) -> None:
        """Start those that are missing."""
        while len(self._desks) < self.wanted:
            self._desks.append(self._start_one())

    def use(self, volumes: tuple[Volume, ...]) -> None:
        """Tell them of the volumes that entries will lie on."""
        self._volumes = volumes
        for desk in self._desks:
            self._pool.send(desk.worker, UseVolumes(volumes=volumes))

    def drop_unless_ready(self, worker: Worker, reply: Reply | Died) -> None:
        """One that nothing was asked yet: a dead one is started anew by `restore`."""
        for desk in [each for each in self._desks if each.worker is worker]:
            try:
                self._admit(desk, reply)
            except WorkerError:
                self._pool.end(worker)
                self._desks.remove(desk)

    @property
    def in_hand(self) -> Iterator[FileEntry]:
        """Entries that were handed out and have no result yet, or wait to be tried alone."""
        for desk in self._desks:
            if desk.batch.job.settles:
                yield from desk.batch.entries
        yield from self._tries.entries

    @property
    def busy(self) -> bool:
        """Whether anything is in their hands, or waits to be tried alone."""
        return bool(self._tries or any(desk.batch for desk in self._desks))

    def none_left(self) -> OutOfWorkers | None:
        """Said if no examiner starts any more.

        Raises WorkerError if none was ever ready: nothing was looked at.
        """
        if self._desks or not self.wanted:
            return None
        if not self._one_was_ready:
            raise WorkerError(
                f"A worker could not start: {self._roll.deaths.last}",
                hint="Try the profile quick; it needs the least memory.",
            )
        return OutOfWorkers(self._roll.deaths.last)

    def hand_out(self, next_batch: Callable[[], Batch]) -> None:
        """A batch for each that has nothing in hand."""
        for desk in self._desks:
            if not desk.idle:
                continue
            self._choose(desk, next_batch)
            if desk.batch:
                entries = desk.batch.entries
                total = sum(entry.size for entry in entries)
                within = patience(self._entry_seconds, len(entries), total)
                self._pool.send(desk.worker, self._request(desk), within=within)

    def _choose(self, desk: Desk, next_batch: Callable[[], Batch]) -> None:
        desk.alone = bool(self._tries)
        desk.died_of = desk.died_as = ""
        if not desk.alone:
            desk.batch = next_batch()
            return
        again = self._tries.next()
        desk.batch = Batch(entries=(again.entry,))
        desk.died_of, desk.died_as = again.died_of, again.type

    def hear(self, worker: Worker, reply: Reply | Died) -> Iterator[News] | None:
        """What a reply means; None if the worker is no examiner.

        Raises WorkerError, at once or while it is iterated over, for what one may not say.
        """
        desk = next((each for each in self._desks if each.worker is worker), None)
        return None if desk is None else self._understood(desk, reply)

    def _understood(self, desk: Desk, reply: Reply | Died) -> Iterator[News]:
        entries = desk.batch.entries
        if isinstance(reply, Results) and desk.batch and desk.batch.job.settles:
            given = desk.worker.setup
            listed = given.profile.limits.members.listed
            checking.check_results(entries, reply, len(given.hash_sets), listed=listed)
            results = reply.results
            self._allow(desk, (result.reason for result in results))
            for result in results:
                self._roll.believe(result.matches, result.digests)
            if desk.died_of:
                results = tuple(self._not_decoded(desk, result) for result in results)
            else:
                self._decoders.lived(results)
            desk.lay_down()
            if reply.altered:
                yield SetsAltered(
                    tuple(desk.worker.setup.hash_sets[n].named for n in reply.altered)
                )
            yield Examined(
                entries=entries,
                results=results,
                previews=reply.previews,
                members=reply.members,
                seconds=reply.seconds,
            )
        elif isinstance(reply, Spots) and desk.batch and desk.batch.job is not Job.GLANCE:
            checking.check_spotted(entries, desk.spotted, reply)
            self._allow(desk)
            for spot in reply.spots:
                self._roll.believe(spot.matches, digests_told(spot.matches))
            yield _spotting(desk, reply)
        elif isinstance(reply, Decodes) and desk.alone and desk.batch and not desk.died_of:
            checking.check_decodes(entries, desk.decodes, reply)
            desk.decodes = reply.mime
        elif isinstance(reply, Glanced) and not desk.batch.job.settles:
            checking.check_glanced(entries, reply)
            batch = desk.batch
            desk.lay_down()
            yield GlancedAt(batch=batch, promising=reply.promising, seconds=reply.seconds)
        elif isinstance(reply, Failed | Died):
            self._pool.end(desk.worker)
            if not desk.ready:
                yield from self._note_failed_start(desk, reply)
            self._roll.deaths.add(in_full(reply))
            yield from self._replace(desk, what_went_wrong(reply))
        else:
            self._admit(desk, reply)

    def _allow(self, desk: Desk, reasons: Iterable[str] = ()) -> None:
        self._roll.allowance.reply(desk.worker.inbox.length, len(desk.batch.entries))
        self._roll.allowance.reasons(reason for reason in reasons if reason)

    def _note_failed_start(self, desk: Desk, reply: Failed | Died) -> Iterator[LeftOut]:
        """Those that die again and again, or surely will, are tried with less; what one says of
        itself, the next would say too."""
        if self._setup is None or desk.worker.setup is not self._setup:
            return  # it was given more than is given now
        self._failed_starts += 1
        if isinstance(reply, Failed):
            self._failed_starts = MOST_FAILED_STARTS
            return
        again = reply.code == ILLEGAL or reply.reason == TOOK_TOO_LONG
        if self._failed_starts < MOST_FAILED_STARTS and not again:
            return
        if less := with_less(self._setup):
            self._setup, names = less
            self._failed_starts = 0
            for name in names:
                yield LeftOut(detector=name, reason=in_full(reply))

    def _replace(self, desk: Desk, reason: str) -> Iterator[News]:
        self._desks.remove(desk)
        if self._failed_starts < MOST_FAILED_STARTS:
            self._desks.append(self._start_one())
        entries = desk.batch.entries
        if not desk.batch.job.settles:
            yield GlancedAt(batch=desk.batch)
        elif not desk.alone:
            self._tries.alone(entries)
        else:
            if desk.decodes and self._decoders.died(desk.decodes):
                yield DecoderGivenUp(type=desk.decodes, reason=reason)
            if not desk.died_of and (self._compares or self._types_of(desk.decodes)):
                ended = self._roll.allowance.end(reason)
                self._tries.by_digest(entries[0], ended, desk.decodes)
                return
            ended = desk.died_of or self._roll.allowance.end(reason)
            aside = set_aside(ended, desk.died_as or desk.decodes)
            yield Examined(entries=entries, results=(aside,) * len(entries), seconds=0.0)

    def _not_decoded(self, desk: Desk, result: Result) -> Result:
        return not_decoded(result, desk.died_of, desk.died_as, has_sets=self._has_sets)

    def _request(self, desk: Desk) -> Request:
        entries = desk.batch.entries
        match desk.batch.job:
            case Job.GLANCE:
                return Glance(entries=entries)
            case Job.LOOK_UP:
                return LookUp(entries=entries)
            case Job.EXAMINE if desk.died_of:
                return DigestAlone(entries=entries, typed=self._types_of(desk.died_as))
            case Job.EXAMINE:
                given_up = self._decoders.given_up
                return Examine(entries=entries, alone=desk.alone, undecoded=given_up)

    @property
    def _has_sets(self) -> bool:
        setup = self._setup
        return setup is not None and bool(setup.hash_sets) and looks_up(setup.profile)

    @property
    def _compares(self) -> bool:
        """Whether there is anything to compare an entry with that need not be decoded."""
        return self._has_sets or (self._setup is not None and bool(self._setup.word_lists))

    def _types_of(self, told: str) -> bool:
        """Whether the type that a reader told before it died may be a finding by itself."""
        return bool(told and self._setup and holds_types_against_names(self._setup.profile))

    def _admit(self, desk: Desk, reply: Reply | Died) -> None:
        self._roll.admit(desk, reply)
        self._one_was_ready, self._failed_starts = True, 0
        desk.worker.deadline = float("inf")

    def _start_one(self) -> Desk:
        if self._setup is None:
            raise WorkerError("An examiner was wanted before it was said what for.")
        worker = self._pool.start(self._setup)
        worker.deadline = time.monotonic() + START_SECONDS
        if self._volumes:
            self._pool.send(worker, UseVolumes(volumes=self._volumes), within=START_SECONDS)
        return Desk(worker=worker)


def patience(each: float, count: int, total: int) -> float:
    """Seconds in which a worker must answer for so many entries of `total` bytes, one of which may
    take it `each` seconds."""
    return each * (1 + count / 32) + total / SLOWEST_BYTES_PER_SECOND


def _spotting(desk: Desk, reply: Spots) -> Spotting:
    entries = {entry.id: entry for entry in desk.batch.entries}
    desk.spotted.update(spot.entry_id for spot in reply.spots)
    spots = tuple((entries[spot.entry_id], spot.matches) for spot in reply.spots)
    return Spotting(spots=spots, job=desk.batch.job)
