"""The short way of a profile that asks for digests alone says what the long way says."""

from contextlib import ExitStack
from hashlib import md5 as _md5
from pathlib import Path
from zipfile import ZIP_STORED

import msgspec
import pytest
from blake3 import blake3

from tests.containers.making import PNG, zip_crypto, zipped
from tests.disks import ext_volume
from triage.choices import HashSetUse
from triage.coordinator.listing import open_device
from triage.devices.attached import identify
from triage.evidence import FileEntry, VolumeState
from triage.findings import Outcome, Result
from triage.hashsets.importing import ready
from triage.profile import Limits, MemberLimits, Profile, SetKind
from triage.sources import Source
from triage.wire.messages import (
    DigestAlone,
    Examine,
    Glanced,
    HashSetInHand,
    LookUp,
    Results,
    Role,
    Setup,
    Spots,
    UseVolumes,
)
from triage.workers.examine import ExamineTasks

SHUT = Limits(members=MemberLimits(at_most=0))
DIGESTS = Profile(name="digests", description="", detectors=(HashSetUse(),), limits=SHUT)
FILES = {
    "plain.bin": b"plain" * 3000,
    "notable.bin": b"notable" * 700,
    "known.bin": b"known" * 9000,
    "both.bin": b"both" * 50,
    "large.bin": b"large" * 1_000_000,
    "tiny.bin": b"t",
    "plain.zip": zipped({"a.png": PNG}),
    "locked.zip": zip_crypto("a.png", PNG),
    "notable.zip": zipped({"b.png": PNG}),
    "known.zip": zipped({"c.png": PNG}),
    "large.zip": zipped({"d.bin": bytes(5 << 20)}, method=ZIP_STORED),
}
SETS = {
    SetKind.NOTABLE: ("notable.bin", "both.bin", "notable.zip"),
    SetKind.KNOWN: ("known.bin", "both.bin", "known.zip"),
}


def md5(content: bytes) -> str:
    return _md5(content, usedforsecurity=False).hexdigest()


@pytest.fixture
def held() -> ExitStack:
    return ExitStack()


def _examiner(folder: Path, held: ExitStack) -> tuple[ExamineTasks, tuple[FileEntry, ...]]:
    image = folder / "suspect.img"
    ext_volume(image, 48 << 20, FILES)
    opened = open_device(identify(str(image), "d0"), held)
    source = Source(opened.device, opened.descriptors)
    (volume,) = (each for each in source.volumes if each.state is VolumeState.READABLE)
    in_hand = []
    for kind, names in SETS.items():
        listed = folder / f"{kind}.txt"
        listed.write_text("".join(f"{md5(FILES[name])}  x\n" for name in names))
        hash_set = held.enter_context(ready(listed, kind))
        in_hand.append(HashSetInHand(descriptor=hash_set.descriptor, kind=kind))
    tasks = ExamineTasks(
        Setup(role=Role.EXAMINE, devices=(opened,), profile=DIGESTS, hash_sets=tuple(in_hand))
    )
    list(tasks.answer(UseVolumes(volumes=(volume,))))
    return tasks, tuple(entry for entry in source.walk(volume) if entry.size)


def _results(tasks: ExamineTasks, entries: tuple[FileEntry, ...]) -> dict[str, Result]:
    spotted, reply = tasks.answer(Examine(entries=entries))
    assert isinstance(spotted, Spots)
    assert isinstance(reply, Results)
    said = zip(reply.entry_ids, reply.results, strict=True)
    notable = {entry_id: result.matches for entry_id, result in said if result.matches}
    assert {spot.entry_id: spot.matches for spot in spotted.spots} == notable
    return {entry.path: result for entry, result in zip(entries, reply.results, strict=True)}


def test_both_ways_say_the_same(tmp_path: Path, held: ExitStack) -> None:
    with held:
        tasks, entries = _examiner(tmp_path, held)
        short = _results(tasks, entries)
        assert tasks._digesting is not None
        tasks._digesting = None
        assert _results(tasks, entries) == short
        outcomes = {path: result.outcome for path, result in short.items()}
        assert {outcomes.pop("known.bin"), outcomes.pop("known.zip")} == {Outcome.KNOWN}
        assert set(outcomes.values()) == {Outcome.EXAMINED}
        assert {path for path, result in short.items() if result.matches} == set(
            SETS[SetKind.NOTABLE]
        )
        told = {path: result.digests for path, result in short.items() if not result.matches}
        assert told == {
            path: {"md5": md5(FILES[path]), "blake3": blake3(FILES[path]).hexdigest()}
            for path in told
        }


def test_only_entries_as_they_mostly_are_take_it(tmp_path: Path, held: ExitStack) -> None:
    with held:
        tasks, entries = _examiner(tmp_path, held)
        assert tasks._digesting is not None
        settled = tasks._digesting.results(entries)
        left = {e.path for e, result in zip(entries, settled, strict=True) if result is None}
        assert left == {"notable.bin", "both.bin", "large.bin", "notable.zip", "large.zip"}


def test_containers_are_told_but_what_is_known_is_none(tmp_path: Path, held: ExitStack) -> None:
    with held:
        tasks, entries = _examiner(tmp_path, held)
        said = {path: (r.container, r.locked) for path, r in _results(tasks, entries).items()}
        assert {path: told for path, told in said.items() if told != ("", False)} == {
            "plain.zip": ("zip", False),
            "locked.zip": ("zip", True),
            "notable.zip": ("zip", False),
            "large.zip": ("zip", False),
        }


def test_a_look_up_tells_what_a_set_holds_and_then_which_to_look_at_first(
    tmp_path: Path, held: ExitStack
) -> None:
    with held:
        tasks, entries = _examiner(tmp_path, held)
        spotted, glanced = tasks.answer(LookUp(entries=entries))
        assert isinstance(spotted, Spots)
        assert isinstance(glanced, Glanced)
        told = {spot.entry_id: spot.matches for spot in spotted.spots}
        assert set(glanced.promising) == set(told)
        paths = {entry.path for entry in entries if entry.id in told}
        assert paths == set(SETS[SetKind.NOTABLE])
        assert all(len(matches) == 1 for matches in told.values())


def test_what_is_only_digested_has_its_matches_and_is_not_looked_closer_at(
    tmp_path: Path, held: ExitStack
) -> None:
    with held:
        tasks, entries = _examiner(tmp_path, held)
        spotted, reply = tasks.answer(DigestAlone(entries=entries))
        assert isinstance(spotted, Spots)
        assert isinstance(reply, Results)
        bare = {e.path: result for e, result in zip(entries, reply.results, strict=True)}
        whole = _results(tasks, entries)
        assert whole["locked.zip"].locked
        assert bare == {
            path: msgspec.structs.replace(result, locked=False) for path, result in whole.items()
        }
