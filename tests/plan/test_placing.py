"""Where an entry stands, at the boundaries of what is asked for; and that nothing is left out."""

from collections.abc import Iterator

import pytest
from msgspec.structs import replace

from triage.choices import TypeUse
from triage.evidence import FileEntry, Run, Storage
from triage.findings import Outcome
from triage.plan.order import Order
from triage.plan.rows import Rows
from triage.plan.tiers import HUGE_BYTES, Placement, Planner, Tier
from triage.profile import Family, LookAt, Profile


@pytest.fixture
def order() -> Iterator[Order]:
    order = Order()
    yield order
    order.close()


def _entry(path: str = "Users/Sam/a.jpg", size: int = 50_000, number: int = 1) -> FileEntry:
    return FileEntry(
        id=number,
        volume_id="d0v1",
        path=path,
        size=size,
        storage=Storage.RUNS,
        runs=(Run(0, size),),
    )


def _profile(look_at: LookAt) -> Profile:
    return Profile(name="x", description="x", detectors=(TypeUse(),), look_at=look_at)


def _add(order: Order, entries: list[FileEntry]) -> None:
    planner, rows = Planner(_profile(LookAt())), Rows()
    for entry in entries:
        rows.add(entry, planner.place(entry), entry.position)
    order.add(Rows.from_bytes(rows.to_bytes()), rotating=False)


def _placed(entry: FileEntry, look_at: LookAt | None = None) -> Placement:
    return Planner(_profile(look_at or LookAt())).place(entry)


@pytest.mark.parametrize(
    ("size", "outcome"),
    [
        (999, Outcome.EXCLUDED),
        (1000, None),
        (2000, None),
        (2001, Outcome.EXCLUDED),
    ],
)
def test_content_of_exactly_the_profiles_limits_is_looked_at(
    size: int, outcome: Outcome | None
) -> None:
    limits = LookAt(smallest_bytes="1 kB", largest_bytes="2 kB")
    assert _placed(_entry(size=size), limits).outcome is outcome


@pytest.mark.parametrize(
    ("name", "outcome"),
    [("a.jpg", None), ("a", None), ("a.xyz", None), ("a.docx", Outcome.EXCLUDED)],
)
def test_what_claims_no_kind_is_looked_at_whatever_kind_is_asked_for(
    name: str, outcome: Outcome | None
) -> None:
    pictures = LookAt(content=(Family.PICTURES,))
    assert _placed(_entry(f"Users/Sam/{name}"), pictures).outcome is outcome


def test_a_size_without_a_place_and_a_name_without_metadata_are_lost_and_not_empty() -> None:
    without_place = replace(_entry(), storage=Storage.NONE, runs=())
    without_metadata = replace(without_place, size=0, allocated_meta=False)
    empty = replace(without_place, size=0)
    assert _placed(without_place).outcome is Outcome.UNREADABLE
    assert _placed(without_metadata).outcome is Outcome.UNREADABLE
    assert (_placed(empty).outcome, _placed(empty).reason) == (Outcome.NO_CONTENT, "empty")


def test_what_was_given_up_and_hidden_in_a_stream_is_the_likelier_of_its_tier() -> None:
    plain = _placed(_entry())
    for likelier in (
        replace(_entry(), allocated_name=False),
        replace(_entry(), allocated_meta=False),
        replace(_entry(), stream="hidden.jpg"),
    ):
        placed = _placed(likelier)
        assert placed.tier is plain.tier
        assert placed.score > plain.score


def test_of_a_tier_the_likelier_come_first_where_seeking_costs_nothing(order: Order) -> None:
    plain = [_entry(f"Users/Sam/{number}.jpg", number=number) for number in range(40)]
    hidden = {7, 19, 33}
    entries = [
        replace(entry, stream="hidden.jpg") if entry.id in hidden else entry for entry in plain
    ]
    _add(order, entries)
    batch = order.next_batch()
    assert {entry.id for entry in batch.entries[:3]} == hidden
    assert [entry.id for entry in batch.entries[:3]] == sorted(hidden)


def test_content_is_huge_from_its_boundary_on() -> None:
    assert _placed(_entry("Users/Sam/a.bin", HUGE_BYTES)).tier is Tier.LAST
    assert _placed(_entry("Users/Sam/a.bin", HUGE_BYTES - 1)).tier is Tier.PERSONAL_OTHER
    assert _placed(_entry("Users/Sam/a.mp4", HUGE_BYTES)).tier is Tier.PERSONAL_PICTURES
    assert _placed(_entry("Windows/a.mp4", HUGE_BYTES)).tier is Tier.LAST


def test_all_that_waits_when_a_scan_is_stopped_is_told_once_with_nothing_in_hand(
    order: Order,
) -> None:
    entries = [
        _entry(f"{folder}/{number}.{ending}", 2_000_000 if number % 3 else 9000, number)
        for number, (folder, ending) in enumerate(
            [("Users/Sam", "jpg"), ("Windows", "dll"), ("Users/Sam", "zip")] * 400
        )
    ]
    _add(order, entries)
    taken = [entry.id for _ in range(5) for entry in order.next_batch().entries]
    rest = [entry.id for entry in order.rest()]
    assert sorted(taken + rest) == list(range(len(entries)))
    assert rest
    assert order.left(pictures=True) == order.left(pictures=False) == (0, 0)
