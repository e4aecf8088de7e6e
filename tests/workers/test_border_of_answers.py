"""What a worker may answer, check by check: each value alone at its bound, and beyond it."""

from collections.abc import Callable
from typing import Any

import pytest
from msgspec.structs import replace

from triage.containers.kinds import KINDS
from triage.errors import WorkerError
from triage.evidence import Device, FileEntry, Run, SourceKind, Storage, Volume, VolumeState
from triage.findings import HELD_BY, Match, MatchKind, Outcome, Result
from triage.plan.rows import Rows
from triage.plan.tiers import Placement
from triage.workers import border
from triage.workers.messages import Entries, Glanced, Ready, Settled, Spot, Spotted, Volumes

LONG = "x" * border.LONGEST_TEXT
DEVICE = Device(id="d0", kind=SourceKind.IMAGE, path="/x", size=1 << 20)
VOLUME = Volume(id="d0v1", device_id="d0", offset=0, size=1 << 20, state=VolumeState.READABLE)
MATCH = Match(kind=MatchKind.HASH_SET, detector="hash_set", reason="known")


def _entry(number: int, **more: Any) -> FileEntry:
    usual: dict[str, Any] = {"id": number, "volume_id": "d0v1", "path": f"{number}.jpg", "size": 9}
    return FileEntry(storage=Storage.RUNS, runs=(Run(0, 9),), **usual | more)


BATCH = tuple(_entry(number) for number in (3, 4, 5))


def _refused(check: Callable[..., object], *said: object) -> bool:
    try:
        check(*said)
    except WorkerError:
        return True
    return False


def _result(number: int = 3, **more: Any) -> Result:
    return Result(entry_id=number, outcome=Outcome.EXAMINED, **more)


@pytest.mark.parametrize(
    "ids", [(), (3, 4), (3, 4, 5, 5), (3, 4, 5, 6), (3, 5, 4), (3, 3, 5), (4, 5, 6), (0, 1, 2)]
)
def test_results_are_of_the_entries_that_were_given_in_their_order(ids: tuple[int, ...]) -> None:
    assert not _refused(border.check_results, BATCH, [_result(entry.id) for entry in BATCH])
    assert _refused(border.check_results, BATCH, [_result(number) for number in ids])


@pytest.mark.parametrize(
    ("within", "beyond"),
    [
        ({"bytes_read": 0}, {"bytes_read": -1}),
        ({"bytes_read": border.LARGEST}, {"bytes_read": border.LARGEST + 1}),
        (
            {"preview": bytes(border.LONGEST_PREVIEW)},
            {"preview": bytes(border.LONGEST_PREVIEW + 1)},
        ),
        (
            {"matches": (MATCH,) * border.MOST_MATCHES},
            {"matches": (MATCH,) * (border.MOST_MATCHES + 1)},
        ),
        ({"container": "zip"}, {"container": "crate"}),
        ({"container": "zip", "locked": True}, {"locked": True}),
    ],
)
def test_a_result_is_within_its_bounds(within: dict[str, Any], beyond: dict[str, Any]) -> None:
    assert not _refused(border.check_results, BATCH[:1], [_result(**within)])
    assert _refused(border.check_results, BATCH[:1], [_result(**beyond)])


def test_a_result_that_is_wrong_behind_others_that_are_right_is_found() -> None:
    results = [_result(3), _result(4), _result(5, bytes_read=-1)]
    assert _refused(border.check_results, BATCH, results)


@pytest.mark.parametrize("outcome", Outcome)
def test_a_container_is_counted_in_what_was_looked_at_alone(outcome: Outcome) -> None:
    assert "zip" in KINDS
    result = Result(entry_id=3, outcome=outcome, container="zip")
    assert _refused(border.check_results, BATCH[:1], [result]) == (outcome not in HELD_BY)


MATCHES = [
    ({"score": 1e308}, {"score": float("nan")}),
    ({"score": -1e308}, {"score": float("inf")}),
    ({"score": 0.0}, {"score": float("-inf")}),
    ({"threshold": 0.5}, {"threshold": float("nan")}),
    ({"threshold": None}, {"threshold": float("inf")}),
    ({"detector": LONG}, {"detector": LONG + "x"}),
    ({"reason": LONG}, {"reason": LONG + "x"}),
    ({"provenance": {"set": LONG}}, {"provenance": {"set": LONG + "x"}}),
    ({"provenance": {LONG: "x"}}, {"provenance": {LONG + "x": "x"}}),
    (
        {"provenance": {str(number): "" for number in range(64)}},
        {"provenance": {str(number): "" for number in range(65)}},
    ),
]


@pytest.mark.parametrize(("within", "beyond"), MATCHES)
def test_a_match_is_within_its_bounds_wherever_it_is_told(
    within: dict[str, Any], beyond: dict[str, Any]
) -> None:
    for change, refused in ((within, False), (beyond, True)):
        match = replace(MATCH, **change)
        result = _result(matches=(MATCH, match))
        assert _refused(border.check_results, BATCH[:1], [result]) == refused
        spotted = Spotted(spots=(Spot(entry_id=3, matches=(MATCH, match)),))
        assert _refused(border.check_spotted, BATCH, (), spotted) == refused
        settled = Settled(
            entry=BATCH[0], outcome=Outcome.EXCLUDED, reason="", matches=(MATCH, match)
        )
        said = Entries(rows=Rows().to_bytes(), settled=(settled,))
        assert _refused(border.listed, VOLUME, 3, said) == refused


@pytest.mark.parametrize(
    ("before", "ids", "refused"),
    [
        ((), (3,), False),
        ((), (5, 3, 4), False),
        ((4,), (3, 5), False),
        ((), (3, 3), True),
        ((3,), (3,), True),
        ((), (3, 6), True),
        ((), (7,), True),
    ],
)
def test_what_is_spotted_is_of_entries_that_were_given_and_told_once(
    before: tuple[int, ...], ids: tuple[int, ...], refused: bool
) -> None:
    spots = tuple(Spot(entry_id=number, matches=(MATCH,)) for number in ids)
    assert _refused(border.check_spotted, BATCH, before, Spotted(spots=spots)) == refused


@pytest.mark.parametrize("matches", [(), *[(replace(MATCH, kind=k),) for k in MatchKind]])
def test_only_a_digest_is_spotted(matches: tuple[Match, ...]) -> None:
    spotted = Spotted(spots=(Spot(entry_id=3, matches=matches),))
    honest = [match.kind for match in matches] == [MatchKind.HASH_SET]
    assert _refused(border.check_spotted, BATCH, (), spotted) != honest


@pytest.mark.parametrize(
    ("ids", "refused"),
    [((), False), ((5, 3), False), ((3, 4, 5), False), ((3, 4, 5, 3), True), ((6,), True)],
)
def test_what_a_glance_promises_was_given(ids: tuple[int, ...], refused: bool) -> None:
    assert _refused(border.check_glanced, BATCH, Glanced(promising=ids, seconds=0.0)) == refused


def _volumes(*volumes: Volume) -> bool:
    return _refused(border.check_volumes, DEVICE, Volumes(volumes=volumes))


@pytest.mark.parametrize(
    "change",
    [
        {"device_id": "d1"},
        {"id": "d1v1"},
        {"id": "v1"},
        {"offset": -1},
        {"size": -1},
        *({name: LONG + "x"} for name in ("description", "file_system", "label", "uuid", "reason")),
        {"id": "d0v" + LONG},
    ],
)
def test_a_volume_is_of_its_device_and_within_its_bounds(change: dict[str, Any]) -> None:
    usual = {"description": LONG, "file_system": LONG, "label": LONG, "uuid": LONG, "reason": LONG}
    assert not _volumes(replace(VOLUME, **usual, offset=0, size=0))
    assert _volumes(replace(VOLUME, **change))
    assert _volumes(VOLUME, replace(VOLUME, **{"id": "d0v2"} | change))


def test_volumes_are_each_told_once_and_not_too_many() -> None:
    many = [replace(VOLUME, id=f"d0v{number}") for number in range(border.MOST_VOLUMES + 1)]
    assert not _volumes(*many[:-1])
    assert _volumes(*many)
    assert _volumes(VOLUME, VOLUME)


@pytest.mark.parametrize(
    ("layers", "refused"),
    [
        (("x" * 80,) * 32, False),
        (("x" * 81,), True),
        (("seccomp", "x" * 81), True),
        (("x",) * 33, True),
    ],
)
def test_the_layers_of_the_sandbox_are_few_and_short(
    layers: tuple[str, ...], refused: bool
) -> None:
    assert _refused(border.check_ready, Ready(confinement=layers)) == refused


def _said(*entries: FileEntry, settled: tuple[FileEntry, ...] = ()) -> Entries:
    rows = Rows()
    for entry in entries:
        rows.add(entry, Placement())
    whole = (Settled(entry=each, outcome=Outcome.EXCLUDED, reason=LONG) for each in settled)
    return Entries(rows=rows.to_bytes(), settled=tuple(whole))


def _listed(said: Entries, next_id: int = 3) -> bool:
    return _refused(border.listed, VOLUME, next_id, said)


def test_entries_follow_each_other_without_a_gap() -> None:
    assert not _listed(_said())
    assert not _listed(_said(*BATCH))
    assert not _listed(_said(BATCH[0], BATCH[2], settled=(BATCH[1],)))
    assert _listed(_said(*BATCH), next_id=4)
    assert _listed(_said(*BATCH), next_id=2)
    assert _listed(_said(BATCH[0], BATCH[2]))
    assert _listed(_said(*BATCH, settled=(BATCH[2],)))


@pytest.mark.parametrize(
    ("within", "beyond"),
    [
        ({"size": 0}, {"size": -1}),
        ({"size": border.LARGEST}, {"size": border.LARGEST + 1}),
        ({"path": "x" * border.LONGEST_PATH}, {"path": "x" * (border.LONGEST_PATH + 1)}),
        ({"volume_id": "d0v1"}, {"volume_id": "d0v2"}),
    ],
)
def test_an_entry_is_of_its_volume_and_within_its_bounds(
    within: dict[str, Any], beyond: dict[str, Any]
) -> None:
    """Told as settled, where no other check stands before this one."""
    assert not _listed(_said(BATCH[0], settled=(_entry(4, **within),)))
    assert _listed(_said(BATCH[0], settled=(_entry(4, **beyond),)))
    if "volume_id" in beyond:
        assert _listed(_said(_entry(3, **beyond)))


def test_why_an_entry_is_settled_is_short() -> None:
    settled = Settled(entry=BATCH[0], outcome=Outcome.EXCLUDED, reason=LONG + "x")
    assert _listed(Entries(rows=Rows().to_bytes(), settled=(settled,)))


def test_entries_are_placed_by_the_sizes_that_they_have() -> None:
    other = _said(*(replace(entry, size=8) for entry in BATCH)).rows
    rows = _said(*BATCH).rows
    assert not _listed(Entries(rows=rows))
    assert _listed(Entries(rows=rows | {"sizes": other["sizes"]}))
