"""The one rule of how a scan ended: each thing in the books that changes it, by itself."""

from pathlib import Path
from typing import Any

import msgspec
import pytest

from tests.bundle import samples
from triage.bundle.format.document import Document, HashSetUsed, SetLeftOut, Trouble
from triage.bundle.format.reckoning import ending_of, reckon
from triage.ending import NAMED, Ending, How, Reason, Unseen
from triage.evidence import Volume, VolumeState
from triage.findings import MOST_BYTES, Containers, Coverage, Outcome, Tally, VolumeCoverage
from triage.profile import SetKind

SET = HashSetUsed(name="lab", kind=SetKind.NOTABLE, entries=7)


def volume(state: VolumeState = VolumeState.READABLE, **more: Any) -> Volume:
    size = more.pop("size", 1_000_000)
    return Volume(id="d0v1", device_id="d0", offset=0, size=size, state=state, **more)


def covered(**more: Any) -> Coverage:
    return Coverage(volumes={"d0v1": VolumeCoverage(volume_id="d0v1", **more)})


@pytest.fixture
def clear(tmp_path: Path) -> Document:
    """A scan of one readable volume with one set: nothing was left out."""
    document = samples.document(samples.image(tmp_path), Coverage())
    return msgspec.structs.replace(
        document, volumes=(volume(),), hash_sets=(SET,), coverage=covered(), errors=()
    )


def with_(document: Document, **changes: Any) -> Document:
    return msgspec.structs.replace(document, **changes)


def reasons(document: Document) -> set[Reason]:
    return {unseen.reason for unseen in reckon(document).unseen}


def test_a_scan_that_looked_at_all_is_complete(clear: Document) -> None:
    assert reckon(clear) == Ending(how=How.COMPLETE)


STATES = {
    VolumeState.ENCRYPTED: Reason.VOLUME_ENCRYPTED,
    VolumeState.UNSUPPORTED: Reason.VOLUME_UNSUPPORTED,
    VolumeState.DAMAGED: Reason.VOLUME_DAMAGED,
    VolumeState.UNRECOGNISED: Reason.VOLUME_UNRECOGNISED,
}


@pytest.mark.parametrize(("state", "reason"), STATES.items())
def test_a_volume_that_nobody_looked_into_is_a_reason(
    clear: Document, state: VolumeState, reason: Reason
) -> None:
    ended = reckon(with_(clear, volumes=(volume(state, file_system="x", label="Data"),)))
    assert ended.how is How.NOT_ALL
    assert ended.unseen == (
        Unseen(reason=reason, count=1, bytes=1_000_000, named=("d0v1 x “Data”",)),
    )


@pytest.mark.parametrize("state", [*STATES, VolumeState.NO_FILES])
def test_a_volume_without_a_byte_holds_nothing(clear: Document, state: VolumeState) -> None:
    assert reckon(with_(clear, volumes=(volume(state, size=0),))).how is How.COMPLETE


@pytest.mark.parametrize(
    "state", [VolumeState.EMPTY, VolumeState.NO_FILES, VolumeState.CONTAINER, VolumeState.UNCLAIMED]
)
def test_zeros_swap_containers_and_gaps_do_not_colour(clear: Document, state: VolumeState) -> None:
    assert reckon(with_(clear, volumes=(volume(state),))).how is How.COMPLETE


def test_volumes_are_named_the_largest_first_and_so_many_at_most(clear: Document) -> None:
    many = tuple(
        Volume(id=f"d0v{n}", device_id="d0", offset=0, size=n, state=VolumeState.DAMAGED)
        for n in range(1, 30)
    )
    (unseen, *_) = reckon(with_(clear, volumes=many)).unseen
    assert (unseen.count, unseen.bytes) == (29, sum(range(1, 30)))
    assert unseen.named == tuple(f"d0v{n}" for n in range(29, 29 - NAMED, -1))


def test_a_readable_volume_of_which_a_part_is_not_read_is_a_reason(clear: Document) -> None:
    ended = reckon(with_(clear, volumes=(volume(unread=("its journal was not replayed",)),)))
    assert ended.how is How.NOT_ALL
    assert ended.unseen[0].named == ("d0v1: its journal was not replayed",)


def test_sectors_of_no_volume_that_hold_something_are_a_reason(clear: Document) -> None:
    unclaimed = volume(VolumeState.UNCLAIMED, unread=("they hold something",))
    ended = reckon(with_(clear, volumes=(unclaimed,)))
    assert (ended.how, ended.unseen[0].reason) == (How.NOT_ALL, Reason.UNCLAIMED_CONTENT)


def test_a_device_of_which_no_volume_is_known_is_a_reason(clear: Document) -> None:
    ended = reckon(with_(clear, volumes=(), coverage=Coverage()))
    assert (ended.how, ended.unseen[0].reason) == (How.NOT_ALL, Reason.DEVICE_NOT_LISTED)


OUTCOMES = {
    Outcome.NOT_REACHED: (Reason.NOT_REACHED, How.NOT_ALL),
    Outcome.UNREADABLE: (Reason.ENTRY_UNREADABLE, How.NOT_ALL),
    Outcome.ENCRYPTED: (Reason.ENTRY_ENCRYPTED, How.NOT_ALL),
    Outcome.ELSEWHERE: (Reason.ENTRY_ELSEWHERE, How.NOT_ALL),
    Outcome.EXCLUDED: (Reason.LEFT_OUT, How.COMPLETE),
    Outcome.KNOWN: (Reason.KNOWN, How.COMPLETE),
    Outcome.EXAMINED: (None, How.COMPLETE),
    Outcome.NO_CONTENT: (None, How.COMPLETE),
}


def test_every_outcome_was_thought_of() -> None:
    assert set(OUTCOMES) == set(Outcome)


@pytest.mark.parametrize("outcome", OUTCOMES)
def test_each_outcome_counts_as_what_it_is(clear: Document, outcome: Outcome) -> None:
    reason, how = OUTCOMES[outcome]
    tally = {outcome: Tally(entries=3, bytes=70)}
    ended = reckon(with_(clear, coverage=covered(outcomes=tally)))
    expected = (Unseen(reason=reason, count=3, bytes=70),) if reason else ()
    assert (ended.how, ended.unseen) == (how, expected)


def test_containers_are_counted_by_kind_and_the_encrypted_ones_by_themselves(
    clear: Document,
) -> None:
    zips = Containers(entries=5, bytes=500, locked=2, locked_bytes=300)
    first = {"zip": zips, "pdf": Containers(entries=1, bytes=20)}
    locked = Containers(entries=3, bytes=40, locked=3, locked_bytes=40)
    other = {"zip": Containers(entries=1, bytes=7), "7z": locked}
    coverage = Coverage(
        volumes={
            "d0v1": VolumeCoverage(volume_id="d0v1", containers=first),
            "d0v2": VolumeCoverage(volume_id="d0v2", containers=other),
        }
    )
    assert reckon(with_(clear, coverage=coverage)) == Ending(
        how=How.NOT_ALL,
        unseen=(
            Unseen(reason=Reason.CONTAINER_ENCRYPTED, count=5, bytes=340, named=("7z 3", "zip 2")),
            Unseen(reason=Reason.CONTAINER_UNOPENED, count=5, bytes=227, named=("zip 4", "pdf 1")),
        ),
    )


def test_limits_and_surveys_that_were_cut_short_are_reasons_and_notes_are_not(
    clear: Document,
) -> None:
    assert reasons(with_(clear, coverage=covered(caps=("2 names could not be read",)))) == {
        Reason.LIMIT
    }
    assert reasons(with_(clear, coverage=covered(unfinished=True))) == {Reason.SURVEY_UNFINISHED}
    assert reckon(with_(clear, coverage=covered(notes=("as the profile asks",)))).how is (
        How.COMPLETE
    )


def test_what_was_not_compared_with_is_a_reason(clear: Document) -> None:
    known = HashSetUsed(name="os", kind=SetKind.KNOWN, expired="2020-01-01", bad_lines=3)
    assert reasons(with_(clear, hash_sets=())) == {Reason.NO_HASH_SET}
    assert reasons(with_(clear, hash_sets=(known,))) == {Reason.NO_HASH_SET}
    assert reasons(with_(clear, hash_sets=(SET, known))) == set()
    expired = msgspec.structs.replace(SET, expired="2020-01-01")
    assert reasons(with_(clear, hash_sets=(expired,))) == {Reason.SET_EXPIRED}
    partly = msgspec.structs.replace(SET, bad_lines=2)
    assert reckon(with_(clear, hash_sets=(SET, partly))).unseen == (
        Unseen(reason=Reason.SET_IN_PART, count=1, named=("lab: 2",)),
    )
    left = (SetLeftOut(file="notes.docx", why="it is a document"),)
    assert reasons(with_(clear, sets_left_out=left)) == {Reason.SET_LEFT_OUT}


def test_a_profile_that_looks_nothing_up_misses_no_set(clear: Document) -> None:
    applied = msgspec.structs.replace(clear.profile.applied, detectors=())
    used = msgspec.structs.replace(clear.profile, applied=applied)
    assert reckon(with_(clear, hash_sets=(), profile=used)).how is How.COMPLETE


REASONS_OF_TROUBLE = (
    Reason.DEVICE_GONE,
    Reason.SET_ALTERED,
    Reason.DETECTOR_LEFT_OUT,
    Reason.TROUBLE,
)


@pytest.mark.parametrize("reason", REASONS_OF_TROUBLE)
def test_what_went_wrong_is_a_reason_where_it_says_so(clear: Document, reason: Reason) -> None:
    said = (Trouble(where="d0", what="it broke", unseen=reason), Trouble(where="x", what="y"))
    ended = reckon(with_(clear, errors=said))
    named = "d0" if reason is Reason.SET_ALTERED else "d0: it broke"
    assert ended.unseen == (Unseen(reason=reason, count=1, named=(named,)),)
    assert ended.how is How.NOT_ALL


STOPS = {
    "interrupted": How.INTERRUPTED,
    "time limit": How.OUT_OF_TIME,
    "no worker starts any more: crashed the reader (SIGKILL)": How.OUT_OF_WORKERS,
    "what an older version said": How.INTERRUPTED,
}


@pytest.mark.parametrize("said", STOPS)
def test_a_scan_that_was_stopped_ended_so_whatever_else_there_is(
    clear: Document, said: str
) -> None:
    assert reckon(with_(clear, partial=True, partial_reason=said)).how is STOPS[said]


def test_reasons_stand_in_one_order_each_once(clear: Document) -> None:
    tallies = {outcome: Tally(entries=1) for outcome in Outcome}
    document = with_(
        clear,
        hash_sets=(),
        volumes=(volume(VolumeState.ENCRYPTED), volume(VolumeState.DAMAGED)),
        coverage=covered(outcomes=tallies, caps=("a", "b"), outside_files_bytes=9),
    )
    told = [unseen.reason for unseen in reckon(document).unseen]
    assert told == [reason for reason in Reason if reason in told]
    assert len(told) == len(set(told)) > 8


def test_sizes_that_fit_no_number_are_cut_off(clear: Document) -> None:
    coverage = covered(containers={"zip": Containers(entries=1, bytes=MOST_BYTES)})
    coverage.volumes["d0v2"] = VolumeCoverage(
        volume_id="d0v2", containers={"zip": Containers(entries=1, bytes=MOST_BYTES)}
    )
    assert reckon(with_(clear, coverage=coverage)).unseen[0].bytes == MOST_BYTES


def test_a_bundle_that_is_older_than_the_rule_is_told_by_it(clear: Document) -> None:
    assert clear.ending is None
    assert ending_of(clear) == Ending(how=How.COMPLETE)
    claimed = Ending(how=How.NOT_ALL)
    assert ending_of(with_(clear, ending=claimed)) is claimed
