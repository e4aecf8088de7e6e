"""Each thing that a worker may not say is refused for itself: nothing else here would refuse it.

Every case is an honest message with one thing changed; the honest one passes.
"""

from collections.abc import Callable
from typing import Any

import msgspec
import pytest

from tests.bundle import samples
from triage.captured import Capture, Position
from triage.coordinator import checking
from triage.errors import WorkerError
from triage.evidence import (
    LARGEST,
    Device,
    FileEntry,
    Inside,
    Relation,
    Run,
    SourceKind,
    Storage,
    Volume,
    VolumeState,
)
from triage.findings import FramesSeen, ListedMember, Match, Opened, Outcome, Result
from triage.match_kinds import MatchKind
from triage.plan.rows import Rows
from triage.plan.tiers import Placement, Tier
from triage.undecoded import RAW
from triage.wire.messages import (
    Describe,
    Described,
    Description,
    EntriesMet,
    Glanced,
    Inbox,
    PdqQuery,
    Ready,
    Results,
    Settled,
    Spot,
    Spots,
    Surveyed,
    Volumes,
    frame,
)

LONG = "x" * (checking.LONGEST_TEXT + 1)
DEVICE = Device(id="d0", kind=SourceKind.IMAGE, path="suspect.img", size=1 << 30)
VOLUME = Volume(id="d0v1", device_id="d0", offset=0, size=1 << 20, state=VolumeState.READABLE)
MATCH = Match(kind=MatchKind.HASH_SET, detector="hash_set 1", reason="Known material.",
              provenance={"set": "lab"})  # fmt: skip
BATCH = tuple(
    FileEntry(id=number, volume_id="d0v1", path=f"{number}.jpg", size=10) for number in (7, 8, 9)
)
RESULTS = tuple(
    Result(outcome=Outcome.EXAMINED, bytes_read=10, matches=(MATCH,)) for entry in BATCH
)


def _said(*results: Result, previews: dict[int, bytes] | None = None) -> Results:
    ids = tuple(entry.id for entry in BATCH[: len(results)])
    return Results(entry_ids=ids, results=results, previews=previews or {}, seconds=0.0)


def changed(value: Any, **fields: Any) -> Any:
    return msgspec.structs.replace(value, **fields)


def refused(said: str, check: Callable[[], object]) -> None:
    with pytest.raises(WorkerError, match=said):
        check()


BAD_MATCHES = {
    "too many": ((MATCH,) * (checking.MOST_MATCHES + 1), "too many reasons"),
    "score": ((changed(MATCH, score=float("nan")),), "score that is no number"),
    "threshold": ((changed(MATCH, threshold=float("inf")),), "score that is no number"),
    "detector": ((changed(MATCH, detector=LONG),), "text that is too long"),
    "reason": ((changed(MATCH, reason=LONG),), "text that is too long"),
    "key": ((changed(MATCH, provenance={LONG: ""}),), "text that is too long"),
    "value": ((changed(MATCH, provenance={"set": LONG}),), "text that is too long"),
    "provenance": (
        (changed(MATCH, provenance={str(n): "" for n in range(65)}),),
        "too many reasons",
    ),
}


def _listed(
    *entries: FileEntry, settled: tuple[Settled, ...] = (), **columns: bytes
) -> checking.Listed:
    rows = Rows()
    for entry in entries:
        rows.add(entry, Placement(Tier.OTHER_PICTURES, 0.5, 1), entry.position)
    parts = rows.to_bytes() | columns
    return checking.listed(VOLUME, 5, EntriesMet(rows=parts, settled=settled))


def _entry(number: int, **fields: Any) -> FileEntry:
    whole: dict[str, Any] = {"volume_id": "d0v1", "path": f"{number}.jpg", "size": 4096,
             "storage": Storage.RUNS, "runs": (Run(0, 4096),)}  # fmt: skip
    return FileEntry(id=number, **(whole | fields))


def _settled(number: int, **fields: Any) -> Settled:
    told: dict[str, Any] = {"outcome": Outcome.NO_CONTENT, "reason": "empty"}
    return Settled(entry=_entry(number), **(told | fields))


def test_an_honest_listing_passes() -> None:
    listed = _listed(_entry(5), _entry(7), settled=(_settled(6),))
    assert [entry.id for entry in listed.entries] == [5, 7]
    assert listed.count == 3


def test_as_much_as_may_be_passes() -> None:
    text = "x" * checking.LONGEST_TEXT
    most = changed(MATCH, reason=text, provenance={str(n): text for n in range(64)})
    largest = Settled(
        entry=_entry(5, size=LARGEST, path="x" * checking.LONGEST_PATH),
        outcome=Outcome.EXCLUDED,
        reason=text,
        matches=(most,) * checking.MOST_MATCHES,
    )
    assert _listed(settled=(largest,)).settled == (largest,)
    volume = changed(VOLUME, label=text, unread=("a journal",) * checking.MOST_UNREAD)
    checking.check_volumes(DEVICE, Volumes(volumes=(volume,)))
    limits = (text,) * checking.MOST_CAPS
    checking.check_surveyed(VOLUME, changed(SURVEYED, caps=limits, notes=limits))


NOT_IN_ORDER = "numbered its entries out of order"
ABSURD = "absurd size or name"


@pytest.mark.parametrize(
    ("entries", "said"),
    [
        ((_entry(6),), NOT_IN_ORDER),
        ((_entry(5), _entry(5)), NOT_IN_ORDER),
        ((_entry(5), _entry(7)), NOT_IN_ORDER),
        ((_entry(5, volume_id="d0v2"),), "another volume"),
        ((_entry(5, path="x" * (checking.LONGEST_PATH + 1)),), ABSURD),
        ((_entry(5, stream="x" * (checking.LONGEST_PATH + 1)),), ABSURD),
        ((_entry(5, raw_path=b"x" * (checking.LONGEST_PATH + 1)),), ABSURD),
    ],
    ids=["skips", "twice", "gap", "volume", "path", "stream", "raw path"],
)
def test_a_listing_names_the_next_entries_of_its_volume(
    entries: tuple[FileEntry, ...], said: str
) -> None:
    refused(said, lambda: _listed(*entries))


@pytest.mark.parametrize("size", [-1, LARGEST + 1])
def test_a_listing_has_sizes_that_there_can_be(size: int) -> None:
    """Of one that is settled at once: what is to be looked at has its size in a column too."""
    settled = Settled(entry=_entry(5, size=size), outcome=Outcome.EXCLUDED, reason="large")
    refused(ABSURD, lambda: _listed(settled=(settled,)))


@pytest.mark.parametrize("outcome", Outcome)
def test_a_listing_settles_nothing_as_examined(outcome: Outcome) -> None:
    """What a surveyor gives up without a look is counted as that, and never as looked at."""
    settled = _settled(5, outcome=outcome)
    if outcome in {Outcome.EXAMINED, Outcome.KNOWN, Outcome.NOT_REACHED}:
        refused("as only who read it could", lambda: _listed(settled=(settled,)))
    else:
        assert _listed(settled=(settled,)).settled == (settled,)


def test_a_listing_places_entries_by_the_sizes_that_they_have() -> None:
    sizes = (4097).to_bytes(8, "little")
    refused("other sizes than they have", lambda: _listed(_entry(5), sizes=sizes))


@pytest.mark.parametrize(
    "columns",
    [
        {"packed": b"\xc1"},
        {"sizes": b""},
        {"sizes": b"1234567"},
        {"tiers": bytes([Tier.LAST + 1])},
        {"glances": b"\x02"},
    ],
    ids=["packed", "length", "torn", "tier", "glance"],
)
def test_a_listing_is_in_the_protocol(columns: dict[str, bytes]) -> None:
    refused("not in the protocol", lambda: _listed(_entry(5), settled=(), **columns))


@pytest.mark.parametrize("other", [5, 6, 7])
def test_an_entry_lies_in_one_that_was_listed_before(other: int) -> None:
    inner = _entry(6, inside=Inside(entry_id=other, how=Relation.MEMBER, offset=0, length=9))
    if other < 6:
        assert _listed(_entry(5), inner, _entry(7)).entries[1].inside == inner.inside
    else:
        refused("had not listed", lambda: _listed(_entry(5), inner, _entry(7)))


@pytest.mark.parametrize("fields", [{"entry_id": -1}, {"offset": -2}, {"length": -2}])
def test_a_place_inside_another_is_bounded(fields: dict[str, int]) -> None:
    where = changed(Inside(entry_id=5, how=Relation.PART), **fields)
    refused("not in the protocol", lambda: _listed(_entry(5), _entry(6, inside=where)))


def test_a_listing_s_entries_are_entries() -> None:
    rows = Rows()
    rows.add(_entry(5), Placement(Tier.OTHER_PICTURES, 0.5, 1), 0)
    packed = b"\xc1" * len(rows.packed)
    refused("not in the protocol", lambda: _listed(_entry(5), packed=packed))


@pytest.mark.parametrize("wrong", BAD_MATCHES)
def test_a_listing_s_matches_are_bounded(wrong: str) -> None:
    matches, said = BAD_MATCHES[wrong]
    refused(said, lambda: _listed(settled=(_settled(5, matches=matches),)))


def test_a_listing_s_reasons_are_bounded() -> None:
    refused("text that is too long", lambda: _listed(settled=(_settled(5, reason=LONG),)))


def test_honest_results_pass() -> None:
    checking.check_results(BATCH, _said(*RESULTS))
    largest = changed(RESULTS[0], bytes_read=LARGEST, scores={"a model": 1.0})
    preview = samples.preview(1)
    room = checking.LONGEST_PREVIEW - len(preview)
    preview = preview[:-2] + b"x" * room + preview[-2:]  # more of what is coded
    checking.check_results(BATCH[:1], _said(largest, previews={7: preview}))


@pytest.mark.parametrize(
    "ids",
    [(7, 8), (9, 8, 7), (7, 8, 9, 7), (7, 7, 9)],
    ids=["too few", "other order", "too many", "another"],
)
def test_results_are_of_the_batch_in_its_order(ids: tuple[int, ...]) -> None:
    reply = Results(entry_ids=ids, results=(RESULTS[0],) * len(ids), seconds=0.0)
    refused("not given", lambda: checking.check_results(BATCH, reply))


@pytest.mark.parametrize("results", [RESULTS[:2], (*RESULTS, RESULTS[0])])
def test_each_entry_has_one_result(results: tuple[Result, ...]) -> None:
    reply = Results(entry_ids=(7, 8, 9), results=results, seconds=0.0)
    refused("not given", lambda: checking.check_results(BATCH, reply))


@pytest.mark.parametrize(
    ("previews", "said"),
    [
        ({7: b"x" * (checking.LONGEST_PREVIEW + 1)}, "preview that is too large"),
        ({7: b"<!DOCTYPE html>"}, "not a small JPEG"),
        ({7: samples.preview(1) + b"<script>"}, "not a small JPEG"),
        ({7: b""}, "not a small JPEG"),
        ({6: b"x"}, "no match for"),
        ({8: b"x"}, "no match for"),
    ],
    ids=["too large", "a page", "a page behind it", "empty", "of another entry", "of no finding"],
)
def test_a_preview_is_of_a_finding_and_bounded(previews: dict[int, bytes], said: str) -> None:
    reply = _said(RESULTS[0], changed(RESULTS[1], matches=()), RESULTS[2], previews=previews)
    refused(said, lambda: checking.check_results(BATCH, reply))


def _sent(result: Result) -> Results:
    """As the coordinator takes it in, which holds it against the types and their bounds."""
    (reply,) = Inbox().feed(frame(_said(result)))
    assert isinstance(reply, Results)
    checking.check_results(BATCH[:1], reply)
    return reply


def test_where_something_was_taken_is_said_of_findings_alone() -> None:
    placed = changed(RESULTS[0], position=Position(latitude=52.52, longitude=13.405))
    assert _sent(placed).results == (placed,)
    refused("no finding", lambda: _sent(changed(placed, matches=())))


def test_a_result_comes_through_as_it_was_sent() -> None:
    scores = {"a model": 0.25, "another": 1.0}
    seen = FramesSeen(
        count=6, first=0.5, last=9.0, length=10.0, cut_short=True, scenes=(0.5, 3.0),
        scenes_cut_short=True,
    )  # fmt: skip
    whole = changed(RESULTS[0], scores=scores, pdq_quality=100, frames=seen, reread_sha256="f" * 64)
    assert _sent(whole).results == (whole,)


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"scores": {"a model": float("nan")}}, "not in the protocol"),
        ({"scores": {"a model": float("inf")}}, "not in the protocol"),
        ({"scores": {"a model": -1e9}}, "not in the protocol"),
        ({"scores": {f"model {n}": 0.5 for n in range(17)}}, "not in the protocol"),
        ({"scores": {"m" * 1001: 0.5}}, "not in the protocol"),
        ({"pdq_quality": 101}, "not in the protocol"),
        ({"pdq_quality": -1}, "not in the protocol"),
        ({"reread_sha256": "f" * 1001}, "not in the protocol"),
        ({"frames": FramesSeen(count=0, first=0, last=0)}, "not in the protocol"),
        ({"frames": FramesSeen(count=101, first=0, last=0)}, "not in the protocol"),
        ({"frames": FramesSeen(count=1, first=-1.0, last=0)}, "not in the protocol"),
        ({"frames": FramesSeen(count=1, first=0, last=1e12)}, "not in the protocol"),
        ({"frames": FramesSeen(count=1, first=0, last=float("nan"))}, "not in the protocol"),
        ({"frames": FramesSeen(count=1, first=0, last=0, length=float("nan"))}, "not in the prot"),
        ({"frames": FramesSeen(count=1, first=0, last=0, length=float("inf"))}, "not in the prot"),
        ({"frames": FramesSeen(count=2, first=9.0, last=1.0)}, "stands before its first"),
        ({"frames": FramesSeen(count=3, first=1, last=9, scenes=(0.5,))}, "where no frame"),
        ({"frames": FramesSeen(count=3, first=1, last=9, scenes=(9.5,))}, "where no frame"),
        ({"frames": FramesSeen(count=3, first=1, last=9, scenes=(3, 2))}, "where no frame"),
        ({"frames": FramesSeen(count=2, first=1, last=9, scenes=(2, 3))}, "where no frame"),
        ({"frames": FramesSeen(count=60, first=0, last=9, scenes=(1.0,) * 41)}, "not in the prot"),
        ({"frames": FramesSeen(count=3, first=1, last=9, scenes=(float("nan"),))}, "not in the p"),
        ({"position": Position(latitude=91, longitude=0)}, "not in the protocol"),
        ({"position": Position(latitude=float("nan"), longitude=0)}, "not in the protocol"),
        ({"capture": Capture(make="m" * 129)}, "not in the protocol"),
        ({"capture": Capture(orientation=9)}, "not in the protocol"),
        ({"capture": Capture(length_seconds=float("nan"))}, "not in the protocol"),
    ],
)
def test_what_a_result_says_besides_is_bounded(fields: dict[str, Any], said: str) -> None:
    refused(said, lambda: _sent(changed(RESULTS[0], **fields)))


MEMBER = ListedMember(number=1, path="a.txt", outcome=Outcome.EXAMINED)


@pytest.mark.parametrize(
    ("numbers", "of", "container", "listed"),
    [
        ((1, 2), None, "", False),
        ((1,), None, "", True),
        ((1, 2, 3), None, "", True),
        ((2, 3), None, "", True),
        ((1, 1), None, "", True),
        ((1, 2), 99, "", True),
        ((1, 2), 1, "", True),
        ((1, 2), None, "chest", True),
    ],
    ids=["unasked", "too few", "too many", "a gap", "twice", "not in hand", "not opened", "kind"],
)
def test_members_are_listed_as_they_were_counted(
    numbers: tuple[int, ...], of: int | None, container: str, *, listed: bool
) -> None:
    opened = changed(RESULTS[0], opened=Opened(kind="zip", members=3, listed=2))

    def check(numbers: tuple[int, ...], of: int, container: str, *, listed: bool) -> None:
        members = tuple(changed(MEMBER, number=n, container=container) for n in numbers)
        said = changed(_said(opened), members={of: members})
        checking.check_results(BATCH[:1], said, listed=listed)

    mine = BATCH[0].id
    check((1, 2), mine, "zip", listed=True)
    with pytest.raises(WorkerError):
        check(numbers, mine if of is None else of, container, listed=listed)


@pytest.mark.parametrize(
    ("opened", "result"),
    [
        ({"kind": "chest"}, {}),
        ({"unopened": {"chest": 1}}, {}),
        ({}, {"outcome": Outcome.KNOWN}),
        ({}, {"container": "zip"}),
        ({"locked": 5}, {}),
        ({"damaged": 5}, {}),
        ({"passed_by": 5}, {}),
        ({"undecoded": {"mosaic": 1}}, {}),
        ({"containers": 5}, {}),
        ({"containers": 0}, {}),
        ({"locked_names": ("a", "b"), "locked": 1}, {}),
    ],
    ids=["kind", "kind inside", "outcome", "both", "locked", "damaged", "passed by", "undecoded",
         "containers", "not even itself", "names"],
)  # fmt: skip
def test_what_came_out_of_a_container_is_bounded(
    opened: dict[str, Any], result: dict[str, Any]
) -> None:
    fields: dict[str, Any] = {"kind": "zip", "members": 3} | opened
    said = changed(RESULTS[0], opened=Opened(**fields), **result)
    refused("container", lambda: checking.check_results(BATCH[:1], _said(said)))
    honest = changed(RESULTS[0], opened=Opened(kind="zip", members=3, locked=3, containers=4))
    checking.check_results(BATCH[:1], _said(honest))


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"bytes_read": -1}, "absurd number of bytes"),
        ({"bytes_read": LARGEST + 1}, "absurd number of bytes"),
        ({"container": "chest"}, "kind that there is not"),
        ({"locked": True}, "kind that there is not"),
        ({"container": "zip", "outcome": Outcome.KNOWN}, "kind that there is not"),
        ({"untried": 1}, "passwords untried on what is not encrypted"),
        ({"undecoded": "mosaic"}, "picture of a kind that there is not"),
        ({"undecoded": RAW, "outcome": Outcome.KNOWN}, "picture of a kind that there is not"),
    ],
    ids=[
        "negative",
        "huge",
        "container",
        "locked",
        "outcome",
        "untried",
        "undecoded",
        "its outcome",
    ],
)
def test_a_result_is_bounded(fields: dict[str, Any], said: str) -> None:
    result = changed(RESULTS[0], **fields)
    refused(said, lambda: checking.check_results(BATCH[:1], _said(result)))


@pytest.mark.parametrize("wrong", BAD_MATCHES)
def test_a_result_s_matches_are_bounded(wrong: str) -> None:
    matches, said = BAD_MATCHES[wrong]
    result = changed(RESULTS[0], matches=matches)
    refused(said, lambda: checking.check_results(BATCH[:1], _said(result)))


DIGESTED = changed(
    MATCH, provenance={"set": "lab", "algorithm": "md5", "digest": "0123456789abcdef" * 2}
)


def _spotted(*ids: int, matches: tuple[Match, ...] = (DIGESTED,)) -> Spots:
    return Spots(spots=tuple(Spot(entry_id=number, matches=matches) for number in ids))


def test_honest_spots_pass() -> None:
    checking.check_spotted(BATCH, {7}, _spotted(8, 9))


@pytest.mark.parametrize(
    ("ids", "said"),
    [
        ((8, 8), "of an entry twice"),
        ((7,), "of an entry twice"),
        ((10,), "not given"),
    ],
    ids=["twice", "again", "another"],
)
def test_spots_are_of_the_batch_and_each_is_told_once(ids: tuple[int, ...], said: str) -> None:
    refused(said, lambda: checking.check_spotted(BATCH, {7}, _spotted(*ids)))


@pytest.mark.parametrize(
    "matches",
    [(), *((changed(MATCH, kind=kind),) for kind in MatchKind if kind is not MatchKind.HASH_SET)],
)
def test_a_spot_is_of_a_digest_and_of_nothing_else(matches: tuple[Match, ...]) -> None:
    refused(
        "more than a digest, or of nothing",
        lambda: checking.check_spotted(BATCH, (), _spotted(8, matches=matches)),
    )


@pytest.mark.parametrize(
    "provenance",
    [
        {},
        {"algorithm": "md5"},
        {"digest": ""},
        {"algorithm": "crc32", "digest": "01234567"},
        {"algorithm": "md5", "digest": "0" * 31},
        {"algorithm": "sha1", "digest": "0" * 32},
        {"algorithm": "sha256", "digest": "G" * 64},
    ],
)
def test_a_spot_names_a_digest(provenance: dict[str, str]) -> None:
    matches = (DIGESTED, changed(MATCH, provenance=provenance))
    refused(
        "digest that is none",
        lambda: checking.check_spotted(BATCH, (), _spotted(8, matches=matches)),
    )


@pytest.mark.parametrize("wrong", BAD_MATCHES)
def test_a_spot_s_matches_are_bounded(wrong: str) -> None:
    matches, said = BAD_MATCHES[wrong]
    refused(said, lambda: checking.check_spotted(BATCH, (), _spotted(8, matches=matches)))


def test_a_glance_is_at_the_batch_and_names_each_once() -> None:
    checking.check_glanced(BATCH, Glanced(promising=(7, 9), seconds=0.0))
    for ids, said in (((7, 10), "not given"), ((7, 7), "twice")):
        reply = Glanced(promising=ids, seconds=0.0)
        refused(said, lambda reply=reply: checking.check_glanced(BATCH, reply))  # type: ignore[misc]


DESCRIPTION = Description(
    digests={"md5": bytes(16), "sha1": bytes(20), "sha256": bytes(32)},
    pdq=bytes(32),
    looks=(PdqQuery(value=bytes(32), manner="turned 90°"),),
)
LEFT_OUT = Description(left_out="not a picture")
ASKED = Describe(sizes=(9, 10), looks=True)


def _described(*files: Description, asked: Describe = ASKED) -> Callable[[], object]:
    return lambda: checking.check_described(asked, Described(files=files))


def test_honest_descriptions_pass() -> None:
    _described(DESCRIPTION, LEFT_OUT)()
    longest = "x" * checking.LONGEST_REASON
    undecoded = changed(DESCRIPTION, pdq=b"", looks=(), trouble=longest)
    _described(undecoded, changed(LEFT_OUT, left_out=longest))()
    look = PdqQuery(value=bytes(32), manner="x" * checking.LONGEST_MANNER)
    _described(DESCRIPTION, changed(DESCRIPTION, looks=(look,) * checking.MOST_LOOKS))()
    plain = changed(DESCRIPTION, looks=())
    _described(plain, plain, asked=changed(ASKED, looks=False))()
    bare = changed(plain, pdq=b"")
    _described(bare, bare, asked=changed(ASKED, looks=False, decode=False))()


@pytest.mark.parametrize("count", [0, 1, 3])
def test_descriptions_are_of_the_files_that_were_given(count: int) -> None:
    refused("files that it was not given", _described(*(DESCRIPTION,) * count))


DIGESTS = DESCRIPTION.digests


@pytest.mark.parametrize(
    "fields",
    [
        {"digests": {}},
        {"digests": {"md5": bytes(16), "sha1": bytes(20)}},
        {"digests": DIGESTS | {"blake3": bytes(32)}},
        {"digests": DIGESTS | {"md5": bytes(15)}},
        {"digests": DIGESTS | {"sha256": bytes(10_000)}},
        {"left_out": "not a picture", "pdq": b"", "looks": ()},
    ],
    ids=["none", "few", "another", "short", "long", "of what is left out"],
)
def test_a_description_has_the_three_digests(fields: dict[str, Any]) -> None:
    refused("digests that are none", _described(DESCRIPTION, changed(DESCRIPTION, **fields)))


@pytest.mark.parametrize("length", [1, 31, 33])
def test_a_description_s_pdq_is_one(length: int) -> None:
    refused("PDQ that is none", _described(DESCRIPTION, changed(DESCRIPTION, pdq=bytes(length))))


@pytest.mark.parametrize(
    ("fields", "decode"),
    [
        ({"pdq": b"", "looks": ()}, True),
        ({"trouble": "picture is damaged"}, True),
        ({"left_out": "not a picture", "digests": {}}, True),
        ({"looks": ()}, False),
    ],
    ids=["neither", "both", "of what is left out", "undecoded"],
)
def test_a_description_has_a_pdq_or_says_why_not(fields: dict[str, Any], decode: bool) -> None:
    asked = Describe(sizes=(9,), decode=decode, looks=decode)
    refused("of what it did not decode", _described(changed(DESCRIPTION, **fields), asked=asked))


@pytest.mark.parametrize(
    ("looks", "asked"),
    [
        (DESCRIPTION.looks, False),
        ((), True),
        (DESCRIPTION.looks * (checking.MOST_LOOKS + 1), True),
    ],
    ids=["unasked", "none", "too many"],
)
def test_hashes_to_compare_come_where_they_are_asked_for(
    looks: tuple[PdqQuery, ...], asked: bool
) -> None:
    request = Describe(sizes=(9,), looks=asked)
    told = changed(DESCRIPTION, looks=looks)
    refused("other hashes than it was asked for", _described(told, asked=request))


def test_hashes_to_compare_need_a_pdq() -> None:
    told = changed(DESCRIPTION, pdq=b"", trouble="picture is damaged")
    refused("other hashes than it was asked for", _described(DESCRIPTION, told))


@pytest.mark.parametrize(
    "look",
    [
        PdqQuery(value=bytes(31), manner=""),
        PdqQuery(value=b"", manner=""),
        PdqQuery(value=bytes(32), manner="x" * (checking.LONGEST_MANNER + 1)),
    ],
    ids=["short", "empty", "manner"],
)
def test_a_hash_to_compare_is_one(look: PdqQuery) -> None:
    told = changed(DESCRIPTION, looks=(*DESCRIPTION.looks, look))
    refused("a hash that is none", _described(DESCRIPTION, told))


@pytest.mark.parametrize(
    "told",
    [
        changed(LEFT_OUT, left_out="x" * (checking.LONGEST_REASON + 1)),
        changed(DESCRIPTION, pdq=b"", looks=(), trouble="x" * (checking.LONGEST_REASON + 1)),
    ],
    ids=["left out", "trouble"],
)
def test_a_description_s_texts_are_bounded(told: Description) -> None:
    refused("text that is too long", _described(DESCRIPTION, told))


def _volumes(*volumes: Volume) -> Callable[[], object]:
    return lambda: checking.check_volumes(DEVICE, Volumes(volumes=volumes))


def test_honest_volumes_pass() -> None:
    many = tuple(changed(VOLUME, id=f"d0v{n}") for n in range(checking.MOST_VOLUMES))
    assert checking.check_volumes(DEVICE, Volumes(volumes=many)) == many


def test_volumes_are_so_many_and_each_one_once() -> None:
    many = tuple(changed(VOLUME, id=f"d0v{n}") for n in range(checking.MOST_VOLUMES + 1))
    refused("too many volumes", _volumes(*many))
    refused("or one twice", _volumes(VOLUME, VOLUME))


@pytest.mark.parametrize(
    "fields", [{"device_id": "d1"}, {"id": "d1v1"}, {"id": "d0"}, {"offset": -1}, {"size": -1}]
)
def test_a_volume_can_be_on_that_device(fields: dict[str, Any]) -> None:
    refused("cannot be on that device", _volumes(changed(VOLUME, **fields)))


@pytest.mark.parametrize(
    "fields",
    [
        {"id": f"d0v{LONG}"},
        {"description": LONG},
        {"file_system": LONG},
        {"label": LONG},
        {"uuid": LONG},
        {"reason": LONG},
        {"unread": (LONG,)},
    ],
    ids=lambda fields: next(iter(fields)),
)
def test_a_volume_s_texts_are_bounded(fields: dict[str, Any]) -> None:
    refused("text that is too long", _volumes(changed(VOLUME, **fields)))


def test_what_a_volume_holds_besides_is_bounded() -> None:
    volume = changed(VOLUME, unread=("a journal",) * (checking.MOST_UNREAD + 1))
    refused("too much that a volume holds", _volumes(volume))


SURVEYED = Surveyed(volume_id="d0v1", content_bytes=4096, caps=("a limit",), notes=("a note",))


def test_an_honest_end_of_a_survey_passes() -> None:
    checking.check_surveyed(VOLUME, SURVEYED)


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"volume_id": "d0v2"}, "not asked for"),
        ({"content_bytes": -1}, "not asked for"),
        ({"caps": ("x",) * (checking.MOST_CAPS + 1)}, "too many limits"),
        ({"notes": ("x",) * (checking.MOST_CAPS + 1)}, "too many limits"),
        ({"caps": (LONG,)}, "text that is too long"),
        ({"notes": (LONG,)}, "text that is too long"),
    ],
    ids=["volume", "bytes", "caps", "notes", "cap", "note"],
)
def test_the_end_of_a_survey_is_of_that_volume_and_bounded(
    fields: dict[str, Any], said: str
) -> None:
    refused(said, lambda: checking.check_surveyed(VOLUME, changed(SURVEYED, **fields)))


def test_layers_are_few_and_their_names_short() -> None:
    checking.check_ready(Ready(confinement=("x" * 80,) * 32))
    for layers in (("seccomp",) * 33, ("x" * 81,)):
        reply = Ready(confinement=layers)
        refused("layers that there are not", lambda reply=reply: checking.check_ready(reply))  # type: ignore[misc]


@pytest.mark.parametrize("name", ["", "pytsk3", "the sleuth kit ", "x" * 10_000])
def test_a_library_is_one_that_workers_alone_load(name: str) -> None:
    reply = Ready(confinement=(), libraries={"libmagic": "5.45", name: "1"})
    refused("a library that it does not have", lambda: checking.check_ready(reply))


@pytest.mark.parametrize(
    "version", ["", "five", "5.45\n", "5 45", "5.\x1b[31m", "5" * 41, "5.4\u0660"]
)
def test_a_version_is_short_and_has_no_words(version: str) -> None:
    checking.check_ready(Ready(confinement=(), libraries={"the sleuth kit": "4.15.0-rc1+b~2"}))
    reply = Ready(confinement=(), libraries={"libmagic": version})
    refused("a version that is none", lambda: checking.check_ready(reply))
