"""The books of a scan: every entry listed once and settled once, into bundle and coverage."""

import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from triage.bundle.format import auditlog
from triage.bundle.format.document import Finding, Trouble, Unlocking
from triage.bundle.format.entries import AnyLine, MemberLine
from triage.bundle.writing.writer import BundleWriter
from triage.coordinator.news import Examined
from triage.ending import Reason, Stopped
from triage.evidence import FileEntry, Run, Volume
from triage.findings import (
    MOST_BYTES,
    Coverage,
    ListedMember,
    Match,
    Outcome,
    Result,
    Tally,
    is_notable,
    surest,
)
from triage.match_kinds import MatchKind
from triage.plan.tiers import Tier
from triage.scan.events import Advanced, FindingTold, Spotted, Stage, TroubleTold
from triage.scan.spotted import Spots, Unsettled, record_of
from triage.scan.telling import Tell

PROGRESS_SECONDS = 0.25
MOST_BAD_PLACES = 100_000
A_BAD_PLACE, A_TROUBLE = 80, 500
"""Bytes that each adds to the document and the report, at most, besides its words."""


@dataclass(slots=True)
class Done:
    """Entries that were settled, and not merely because their turn did not come."""

    entries: int = 0
    bytes: int = 0
    unreadable: int = 0


class Ledger:
    """Counts, records and tells."""

    def __init__(
        self,
        writer: BundleWriter,
        tell: Tell,
        begun: float,
        previews_at_most: int,
        *,
        started: datetime,
        continues: str = "",
    ) -> None:
        """`begun`, `started`: the same moment, by a clock that only runs on and by the machine's.
        `continues`: folder of the bundle with the scan's earlier part, if that is another one."""
        self.started = started
        self.continues = continues
        self.volumes: list[Volume] = []
        self.unlocking: list[Unlocking] = []
        self.stopped = Stopped.NOT
        self.why_stopped = ""
        """More of it, where there is more to say."""
        self.coverage = Coverage()
        self.errors: list[Trouble] = []
        self.unread: dict[str, dict[int, Run]] = {}
        """By volume and offset in it: what could not be read."""
        self.first_finding: float | None = None
        self.findings = 0
        self.kinds: Counter[MatchKind] = Counter()
        """Findings by their surest kind."""
        self.stage = Stage.SURVEY
        self._carried = ""
        """The volume of the entry that was carried last: its members follow."""
        self._spotted = Unsettled()
        self._writer = writer
        self._tell = tell
        self._begun = begun
        self._previews_left = previews_at_most
        self._listed = 0
        self._done = Done()
        self._durable = Done()
        """Of those, what is on the medium: no more is ever told."""
        self._due = 0.0

    @property
    def partial(self) -> str:
        """Why the scan did not go to its end; empty if it did."""
        return f"{self.stopped}: {self.why_stopped}" if self.why_stopped else str(self.stopped)

    @property
    def to_look_at(self) -> int:
        """Findings without those that look like another one."""
        return len(self._writer.found.groups.led_by)

    @property
    def left_undone(self) -> bool:
        """Whether an entry was not reached, or a volume not listed to its end."""
        unfinished = any(volume.unfinished for volume in self.coverage.volumes.values())
        return unfinished or self.coverage.total(Outcome.NOT_REACHED).entries > 0

    @property
    def seconds(self) -> float:
        """Since the scan began."""
        return time.monotonic() - self._begun

    def enter(self, volume_id: str, entries: int, size: int) -> None:
        """The survey met so many entries, of so many bytes together."""
        self._listed += entries
        self.coverage.volume(volume_id).listed.add_all(entries, size)

    def carry(self, line: AnyLine) -> None:
        """Count an outcome of an earlier run; it is written already."""
        if isinstance(line, MemberLine):
            self.coverage.list_members(self._carried, (line.member,))
            return
        self._carried = line.entry.volume_id
        self.coverage.list_entry(line.entry.volume_id, line.entry.size)
        self._listed += 1
        self._settle(line.entry, line.result)
        if line.found is not None:
            self.findings += 1
            self.kinds[surest(line.result.matches)] += 1
            self._previews_left -= bool(line.found.preview)
            self.first_finding = min(self.first_finding or line.found.after, line.found.after)

    def spot(self, spots: Spots) -> list[FileEntry]:
        """Tell of what a notable set holds, once it is in a log that is on the medium; the entries
        that were not told of before."""
        new = self._spotted.note(spots)
        if new:
            self._writer.begin()
            self._writer.log(auditlog.KNOWN, **record_of(new))
            self.make_durable()
        for entry, matches in new:
            told = Spotted(seconds=self.seconds, entry=entry, matches=matches)
            self.first_finding = self.first_finding or told.seconds
            self._tell(told)
        return [entry for entry, _ in new]

    def settle(
        self,
        entry: FileEntry,
        result: Result,
        *,
        looked_at_as: str = "",
        preview: bytes = b"",
        members: Sequence[ListedMember] = (),
    ) -> Finding | None:
        """Record what became of an entry; its finding, if it is one, is not told yet."""
        result = self._spotted.settled(entry, result)
        shown = preview if self._previews_left > 0 else b""
        finding = self._writer.entry(
            entry, result, looked_at_as=looked_at_as, preview=shown, members=members
        )
        self._settle(entry, result)
        self.coverage.list_members(entry.volume_id, members)
        if finding is not None and finding.found.preview:
            self._previews_left -= 1
        return finding

    def settle_all(self, news: Examined, tiers: Sequence[Tier | None]) -> list[FileEntry]:
        """Record a batch; findings are durable before they are told. Returns the entries of those
        that say something of the content: what lies beside them is looked at next.

        `tiers`: as what its entries were handed out.
        """
        settled = map(self._spotted.settled, news.entries, news.results)
        pairs = list(zip(news.entries, settled, strict=True))
        held = news.members
        self._settle_plain([(e, r) for e, r in pairs if not r.matches and e.id not in held])
        found = []
        for (entry, result), tier in zip(pairs, tiers, strict=True):
            if result.matches or entry.id in held:
                finding = self.settle(
                    entry,
                    result,
                    looked_at_as=tier.meaning if tier is not None else "",
                    preview=news.previews.get(entry.id, b""),
                    members=held.get(entry.id, ()),
                )
                found += [self._told(finding)] if finding else []
        if found:
            self.make_durable()
            self._show(found)
        return [event.entry for event in found if is_notable(event.matches)]

    def _settle_plain(self, pairs: list[tuple[FileEntry, Result]]) -> None:
        """Record those without a match: what most entries are, so it is done for all at once."""
        self._writer.plain(pairs)
        alike: dict[tuple[str, Outcome, str], Tally] = {}
        for entry, result in pairs:
            if result.bad:
                self._map(entry.volume_id, result.bad)
            self.coverage.leave(entry.volume_id, entry.size, result)
            key = (entry.volume_id, result.outcome, result.reason)
            tally = alike.get(key) or alike.setdefault(key, Tally())
            tally.entries += 1
            tally.bytes += entry.size
        for (volume_id, outcome, reason), tally in alike.items():
            self.coverage.settle_all(volume_id, tally, outcome, reason)
            self._count(tally.entries, tally.bytes, outcome)

    def _settle(self, entry: FileEntry, result: Result) -> None:
        self.coverage.settle(entry.volume_id, entry.size, result.outcome, result.reason)
        self.coverage.leave(entry.volume_id, entry.size, result)
        self._count(1, entry.size, result.outcome)
        if result.bad:
            self._map(entry.volume_id, result.bad)

    def _count(self, entries: int, size: int, outcome: Outcome) -> None:
        if outcome is Outcome.NOT_REACHED:
            return
        self._done.entries += entries
        self._done.bytes += size
        self._done.unreadable += entries if outcome is Outcome.UNREADABLE else 0

    def make_durable(self) -> None:
        """Return when all outcomes so far are on the medium; from then on they are told."""
        self._writer.commit()
        self._durable = replace(self._done)

    @property
    def due(self) -> bool:
        """Whether it is time to tell of progress again."""
        return time.monotonic() >= self._due

    def close_without_content(
        self, entry: FileEntry, outcome: Outcome, reason: str, matches: tuple[Match, ...]
    ) -> None:
        """Settle an entry whose content nobody reads; its name may still match."""
        result = Result(outcome=outcome, reason=reason, matches=matches)
        finding = self.settle(entry, result)
        if finding:
            self.make_durable()
            self._show([self._told(finding)])

    def _map(self, volume_id: str, bad: tuple[Run, ...]) -> None:
        places = self.unread.setdefault(volume_id, {})
        if sum(map(len, self.unread.values())) < MOST_BAD_PLACES:
            places |= {run.offset: run for run in bad}
            self._writer.expect_bytes(len(bad) * A_BAD_PLACE)

    def trouble(self, where: str, what: str, *, unseen: Reason | None = None) -> None:
        """Something went wrong, and the scan goes on. `unseen`: what is not looked at for it."""
        self.errors.append(Trouble(where=where, what=what, unseen=unseen))
        self._writer.expect_bytes(3 * len(where + what) + A_TROUBLE)
        self._writer.log("trouble", where=where, what=what)
        self._tell(TroubleTold(message=f"{where}: {what}"))

    def progress(
        self,
        left_entries: int,
        left_bytes: int,
        tier: Tier | None = None,
        *,
        seconds_left: float | None = None,
        listed_all: bool = True,
        last: bool = False,
    ) -> None:
        """Tell how far the scan is, a few times a second: of outcomes those that are durable.

        `tier`: of what is looked at now.
        """
        moment = time.monotonic()
        if moment < self._due and not last:
            return
        self._due = moment + PROGRESS_SECONDS
        if last or self._writer.due:
            self.make_durable()
        self._tell(
            Advanced(
                stage=self.stage,
                seconds=self.seconds,
                listed_entries=self._listed,
                done_entries=self._durable.entries,
                done_bytes=min(MOST_BYTES, self._durable.bytes),
                left_entries=left_entries,
                left_bytes=min(MOST_BYTES, left_bytes),
                unreadable_entries=self._durable.unreadable,
                findings=self.findings + len(self._spotted),
                listed_all=listed_all and self.stage is not Stage.SURVEY,
                seconds_left=seconds_left if self.stage is Stage.EXAMINE else None,
                now=tier.meaning if tier is not None else "",
                tier=tier.code if tier is not None else "",
            )
        )

    def _told(self, finding: Finding) -> FindingTold:
        leader = finding.found.group or finding.number
        return FindingTold(
            seconds=self.seconds,
            finding=finding,
            different=self._writer.found.groups.led_by[leader].different,
        )

    def _show(self, found: list[FindingTold]) -> None:
        for event in found:
            self.findings += 1
            self.kinds[surest(event.matches)] += 1
            if self.first_finding is None:
                self.first_finding = event.seconds
            self._tell(event)
