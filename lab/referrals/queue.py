"""Which report first: what speaks for each is counted, weighed by the lab's weights, and said.

Reports that share something stand in one bundle. Nothing here opens a file of a report: the store
has none. It says which may be opened, by the jurisdiction's rule and the orders that were entered.
"""

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from math import log2

from lab.decisions import Decisions
from lab.engines.duck import Connection
from lab.marks import serial_says_something
from lab.referrals.jurisdiction import Jurisdiction
from lab.referrals.orders import ALL, ReferralKey, orders_of
from lab.weighing import ReferralWeights
from triage.bundle.format.shown import count

Key = tuple[str, str]
"""Digest of the file, number of the report."""


@dataclass(frozen=True, slots=True, kw_only=True)
class QueuedReferral:
    """One report in the queue."""

    number: int
    report: str
    code: str
    reporter: str
    at: float | None
    bundle: int
    """Number of the first of those that it shares something with, its own if with none."""
    files: int
    blocked: int
    """Of these, so many wait for an order."""
    cases: tuple[str, ...]
    """That have something of it."""
    points: float
    reasons: tuple[str, ...]
    """What weighs most first."""
    weighed: tuple[tuple[str, int, float], ...]
    """The same for who says it in other words: what is counted, how much there is, its points."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SharedMark:
    """What a referral shares with others."""

    kind: str
    value: str
    others: tuple[int, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class ReferralFileShown:
    """A file of a report, and whether it may be opened."""

    file: str
    name: str
    viewed: bool | None
    public: bool | None
    digests: tuple[str, ...]
    blocked: bool
    order: str
    """Reference of what unblocked it."""
    seen: tuple[tuple[str, str | None], ...]
    """Cases that have it, each with the content."""


def queue_of(
    held: Connection, decided: Decisions, weights: ReferralWeights, rule: Jurisdiction
) -> list[QueuedReferral]:
    """All reports, the first to look at first. `held`: with the view of marks (see_marks)."""
    numbers = _numbers(decided)
    seen, cases = _gathered(held.ask("referral_seen", {"digest": None, "report": None}))
    device, more = _gathered(
        row for row in held.ask("referral_devices") if serial_says_something(row[2])
    )
    _join(cases, more)
    address, more = _gathered(held.ask("referral_addresses"))
    _join(cases, more)
    links = _linked(held, weights, numbers)
    bundles = _bundles(links)
    freed = _freed(held, decided, rule)
    found = []
    for digest, report, code, reporter, at, urgent, files, viewed, public in held.ask(
        "referral_reports"
    ):
        key = (digest, report)
        if (number := numbers.get(key)) is None:
            continue
        blocked = sum(
            amount for amount, is_viewed, is_public in (
                (viewed, True, False), (public, False, True),
                (files - viewed - public, False, False))
            if rule.blocks(viewed=is_viewed, public=is_public)
        ) - freed.get(number, 0)  # fmt: skip
        said = _weighed(
            weights, urgent=int(urgent), device=len(device[key]), seen=len(seen[key]),
            address=len(address[key]), shared=len(links.get(number, ())), may_open=files - blocked,
        )  # fmt: skip
        found.append(
            QueuedReferral(
                number=number, report=report, code=code, reporter=reporter, at=at,
                bundle=bundles.get(number, number), files=files, blocked=blocked,
                cases=tuple(sorted(cases[key])), points=sum(points for points, *_ in said),
                reasons=tuple(f"{words} ({points:.1f})" for points, words, *_ in said),
                weighed=tuple((what, amount, points) for points, _, what, amount in said),
            )
        )  # fmt: skip
    return sorted(found, key=lambda each: (-each.points, each.number))


def shared_by(
    held: Connection, decided: Decisions, weights: ReferralWeights, key: ReferralKey
) -> list[SharedMark]:
    """What a referral shares with which others."""
    numbers = _numbers(decided)
    found: dict[tuple[str, str], set[int]] = defaultdict(set)
    for kind, value, keys in _shared(held, weights):
        members = {numbers[each] for each in keys if each in numbers}
        if key.number in members:
            found[kind, value] |= members - {key.number}
    return [SharedMark(kind=kind, value=value, others=tuple(sorted(others)))
            for (kind, value), others in sorted(found.items()) if others]  # fmt: skip


def files_of(
    held: Connection,
    decided: Decisions,
    rule: Jurisdiction,
    key: ReferralKey,
    *,
    after: str = "",
    most: int,
) -> list[ReferralFileShown]:
    """Files of a referral behind one, at most so many."""
    asked = {"digest": key.digest, "report": key.report}
    seen: dict[str, list[tuple[str, str | None]]] = defaultdict(list)
    for _, _, file, case, content in held.ask("referral_seen", asked):
        seen[file].append((case, content))
    orders = {each.file: each.reference for each in orders_of(decided, key.number)}
    found = []
    for file, name, viewed, public, digests in held.ask(
        "referral_of_files", {**asked, "after": after, "most": most}
    ):
        waits = rule.blocks(viewed=viewed, public=public)
        order = (orders.get(file) or orders.get(ALL, "")) if waits else ""
        found.append(ReferralFileShown(
            file=file, name=name, viewed=viewed, public=public, digests=tuple(digests),
            blocked=waits and not order, order=order, seen=tuple(seen[file]),
        ))  # fmt: skip
    return found


def _numbers(decided: Decisions) -> dict[Key, int]:
    rows = decided.ask("SELECT digest, report, id FROM referral")
    return {(digest, report): number for digest, report, number in rows}


def _gathered(rows: object) -> tuple[dict[Key, set[str]], dict[Key, set[str]]]:
    """What each report has that the store has too, and in which cases."""
    values: dict[Key, set[str]] = defaultdict(set)
    cases: dict[Key, set[str]] = defaultdict(set)
    for digest, report, value, case, *_ in rows:  # type: ignore[attr-defined]
        values[digest, report].add(value)
        cases[digest, report].add(case)
    return values, cases


def _join(cases: dict[Key, set[str]], more: Mapping[Key, set[str]]) -> None:
    for key, some in more.items():
        cases[key] |= some


def _shared(held: Connection, weights: ReferralWeights) -> list[tuple[str, str, list[Key]]]:
    asked = {"most": weights.most_reports, "within": weights.ip_hours * 3600}
    return [
        (kind, value, [(digest, report) for digest, report in keys])
        for kind, value, keys in held.ask("referral_shared", asked)
        if kind != "device" or serial_says_something(value)
    ]


def _linked(
    held: Connection, weights: ReferralWeights, numbers: Mapping[Key, int]
) -> dict[int, set[int]]:
    """With which others each shares something."""
    links: dict[int, set[int]] = defaultdict(set)
    for _, _, keys in _shared(held, weights):
        members = {numbers[each] for each in keys if each in numbers}
        for each in members:
            links[each] |= members - {each}
    return {number: others for number, others in links.items() if others}


def _bundles(links: Mapping[int, set[int]]) -> dict[int, int]:
    """The first number of all that hang together."""
    found: dict[int, int] = {}
    for first in sorted(links):
        waiting = [] if first in found else [first]
        while waiting:
            number = waiting.pop()
            if number not in found:
                found[number] = first
                waiting += links[number]
    return found


def _freed(held: Connection, decided: Decisions, rule: Jurisdiction) -> dict[int, int]:
    """How many files that waited each referral's orders unblocked."""
    wanted: dict[int, set[str]] = defaultdict(set)
    for number, file in decided.ask("SELECT referral, file FROM referral_order"):
        wanted[number].add(file)
    keys = {number: key for key, number in _numbers(decided).items()}
    freed = {}
    for number, files in wanted.items():
        rows = held.do(
            "SELECT file, viewed, public FROM referred"
            " WHERE kind = 'file' AND digest = ? AND report = ?",
            list(keys[number]),
        )
        freed[number] = sum(
            rule.blocks(viewed=viewed, public=public) and (ALL in files or file in files)
            for file, viewed, public in rows
        )
    return freed


def _weighed(weights: ReferralWeights, **counts: int) -> list[tuple[float, str, str, int]]:
    words = {
        "urgent": "its sender says that it is urgent",
        "device": f"{count(counts['device'], 'device or camera', 'devices or cameras')}"
                  " of it in a bundle",
        "seen": f"{count(counts['seen'], 'file')} of it in a bundle",
        "address": f"{count(counts['address'], 'e-mail address', 'e-mail addresses')}"
                   " of it in names of files",
        "shared": f"shares something with {count(counts['shared'], 'other report')}",
        "may_open": f"{count(counts['may_open'], 'file')} that may be opened",
    }  # fmt: skip
    said = [
        (weight * log2(1 + n), words[what], what, n)
        for what, n in counts.items()
        if n and (weight := getattr(weights, what))
    ]
    return sorted(said, key=lambda each: -each[0])
