"""docs/messages.md is played: every message in every state, taken or the end of who said it."""

import os
import re
from collections.abc import Callable, Iterator, Sequence
from itertools import takewhile
from pathlib import Path
from typing import NamedTuple, get_args
from unittest import mock

import pytest
from msgspec.structs import replace

from tests.coordinator.played import Stage, Voice, pool_on
from triage.coordinator import checking, foreman, locksmith
from triage.coordinator.children import Child
from triage.coordinator.copier import Copier
from triage.coordinator.describers import Describers, OpenedFile
from triage.coordinator.desk import Roll
from triage.coordinator.foreman import Foreman
from triage.coordinator.locksmith import Locksmith
from triage.coordinator.model_trial import ModelTrial
from triage.coordinator.news import Examined, News, Tick
from triage.coordinator.pool import Pool
from triage.errors import ModelError, WorkerError
from triage.evidence import (
    Device,
    FileEntry,
    Protector,
    ProtectorKind,
    SourceKind,
    Storage,
    Volume,
    VolumeState,
)
from triage.findings import Match, Outcome, Result
from triage.match_kinds import MatchKind
from triage.packs.models import load_pack
from triage.packs.word_lists import parse_word_list
from triage.plan.order import Batch, Job
from triage.plan.rows import Rows
from triage.plan.tiers import Placement, Tier
from triage.profile import Limits, MemberLimits, Profile, SetKind
from triage.secret import Secret, typed
from triage.wire import forking, messages
from triage.wire.messages import (
    Copied,
    Copy,
    CopyParts,
    Decodes,
    Describe,
    Described,
    Description,
    DigestAlone,
    EntriesMet,
    Examine,
    Failed,
    Gathered,
    Glance,
    Glanced,
    HashSetInHand,
    ListVolumes,
    LookUp,
    ModelInHand,
    NextBytes,
    OpenedDevice,
    PartCopied,
    Ready,
    Reply,
    Request,
    Results,
    Role,
    Setup,
    Spot,
    Spots,
    StaysLocked,
    Survey,
    Surveyed,
    Tried,
    TryModel,
    Unlocked,
    Volumes,
    WantedPart,
    WordListInHand,
)

TRIAGE = Path(__file__).parents[2] / "triage"
PAGE = (Path(__file__).parents[2] / "docs/messages.md").read_text()
DEVICE = Device(id="d0", kind=SourceKind.IMAGE, path="suspect.img", size=1 << 20)
VOLUME = Volume(id="d0v1", device_id="d0", offset=0, size=1 << 20, state=VolumeState.READABLE)
PROFILE = Profile(
    name="none", description="", detectors=(), limits=Limits(members=MemberLimits(listed=True))
)
ENTRY = FileEntry(id=0, volume_id="d0v1", path="a.jpg", size=9, storage=Storage.FILE_SYSTEM)
PART = WantedPart(path="b.jpg", size=9, sha256=bytes(32))
DIGESTED = Match(kind=MatchKind.HASH_SET, detector="hash_set", reason="Known material.",
                 provenance={"algorithm": "md5", "digest": "0" * 32})  # fmt: skip


PROTECTOR = Protector(kind=ProtectorKind.PASSPHRASE, id="keyslot 0")
LOCKED = replace(VOLUME, state=VolumeState.ENCRYPTED, protectors=(PROTECTOR,))
SECRET = typed("open")
OF_WHO_UNLOCKS = {"Unlocked", "StaysLocked", "Gathered"}


DESCRIPTION = Description(
    digests={"md5": bytes(16), "sha1": bytes(20), "sha256": bytes(32)}, pdq=bytes(32)
)


def met() -> EntriesMet:
    rows = Rows()
    rows.add(ENTRY, Placement(Tier.OTHER_PICTURES, 0.5, 0), 0)
    return EntriesMet(rows=rows.to_bytes())


SAID: dict[str, Reply] = {
    "Ready": Ready(confinement=("seccomp",), libraries={"libmagic": "5.45"}),
    "Volumes": Volumes(volumes=(VOLUME,)),
    "EntriesMet": met(),
    "Surveyed": Surveyed(volume_id="d0v1", content_bytes=9),
    "Spots": Spots(spots=(Spot(entry_id=0, matches=(DIGESTED,)),)),
    "Decodes": Decodes(entry_id=0, mime="image/jpeg"),
    "Results": Results(entry_ids=(0,), results=(Result(outcome=Outcome.EXAMINED),), seconds=0.1),
    "Glanced": Glanced(promising=(0,), seconds=0.1),
    "Described": Described(files=(DESCRIPTION,)),
    "Tried": Tried(score=0.5, seconds=0.1),
    "Unlocked": Unlocked(volume_id="d0v1", key=b"0" * 32, protector=PROTECTOR),
    "StaysLocked": StaysLocked(volume_id="d0v1"),
    "Gathered": Gathered(volume_id="d0v1", count=1),
    "NextBytes": NextBytes(data=b"123456789"),
    "PartCopied": PartCopied(number=-1),
    "Copied": Copied(entry_id=0),
    "Failed": Failed(message="no"),
}
"""Each as an honest worker says it, where it may."""
EMPTY: dict[str, Reply] = {
    "Results": Results(entry_ids=(), results=(), seconds=0.1),
    "Glanced": Glanced(promising=(), seconds=0.1),
    "Spots": Spots(spots=()),
    "Described": Described(files=()),
}
"""The same of nothing: it passes every check of entries where none is in hand."""


class Row(NamedTuple):
    """Of the table of what workers say."""

    message: str
    surveyor: str
    examiner: str
    describer: str
    copier: str
    checked: str


def _rows(heading: str, width: int) -> list[list[str]]:
    """The cells of the tables under a heading."""
    _, _, part = PAGE.partition(f"\n## {heading}\n")
    lines = part.partition("\n## ")[0].splitlines()
    cells = [_cells(line) for line in lines if "|" in line]
    return [each for each in cells if len(each) == width and each[0].startswith("`")]


def _cells(line: str) -> list[str]:
    return [cell.strip() for cell in line.strip("|").split(" | ")]


TABLE = [Row(row[0].strip("`"), *row[1:]) for row in _rows("From a worker", 6)]


class Played:
    """A surveyor and an examiner that the test speaks for, and the foreman who hears them."""

    def __init__(self, pool: Pool, stage: Stage) -> None:
        self.pool = pool
        self.stage = stage
        opened = OpenedDevice(device=DEVICE, descriptors=(), sizes=())
        words = WordListInHand(named="words", words=parse_word_list("red", "words"))
        hash_set = HashSetInHand(descriptor=0, kind=SetKind.NOTABLE, named="lab")
        self._setup = Setup(
            role=Role.EXAMINE,
            devices=(opened,),
            profile=PROFILE,
            word_lists=(words,),
            hash_sets=(hash_set,),
        )
        survey = Setup(role=Role.SURVEY, devices=(opened,), profile=PROFILE)
        self.foreman = Foreman(
            pool=pool, survey_setups={"d0": survey}, examiners_wanted=1, entry_seconds=60
        )
        self.batches: list[Batch] = []
        self.news: list[News] = []
        self.describers = Describers(pool, wanted=1)
        self._describes = False
        self.trial: ModelTrial | None = None
        self.copier = Copier(pool, [opened], [VOLUME])
        self._copies = False
        self.tried: list[Tried] = []
        self._work: Iterator[News] | None = None

    def listed(self) -> None:
        """Both are there, and the volumes are listed."""
        self.foreman.start_surveyors()
        self.surveyor.say(SAID["Ready"], SAID["Volumes"])
        self.foreman.list_volumes(DEVICE)
        self.start_examiner()

    def hear(self) -> None:
        """All that was said by now."""
        if self.trial is not None:
            self._hear_the_trial(self.trial)
            return
        if self._copies:
            for _ in range(3):
                self.copier.turn(0.01)
            return
        if self._describes:
            for _ in range(3):
                self.describers.turn(iter(()), 0.01)
            return
        if self._work is None:
            self._work = self.foreman.work(self._next, lambda: True)
        for _ in range(2):  # what was handed out in between is sent
            self.news += takewhile(lambda each: not isinstance(each, Tick), self._work)

    def describe(self) -> None:
        """Hand out a file of the lab's, and hear what was said."""
        self._describes = True
        descriptor = os.open("/dev/null", os.O_RDONLY)
        self.describers.turn(iter([OpenedFile(descriptor=descriptor, size=9, name="a.jpg")]), 0.01)

    def copy(self) -> None:
        """Ask for an entry, and hear what was said."""
        self._copies = True
        self.copier.ask(ENTRY, lambda data: None)

    def copy_parts(self) -> None:
        """Ask for what lies in an entry, and hear what was said."""
        self._copies = True
        self.copier.ask_for_parts(ENTRY, (PART,), lambda data: None, lambda number: None)

    def _hear_the_trial(self, trial: ModelTrial) -> None:
        for _ in range(3):
            try:
                tried = trial.turn(0.01)
            except ModelError:
                return
            self.tried += [tried] if tried else []

    def _next(self) -> Batch:
        return self.batches.pop(0) if self.batches else Batch()

    @property
    def surveyor(self) -> Voice:
        return self.stage.voices[0]

    def start_examiner(self) -> Voice:
        self.foreman.start_examiners(self._setup, lambda match, digests: "")
        return self.stage.voices[-1]


@pytest.fixture
def played(monkeypatch: pytest.MonkeyPatch) -> Iterator[Played]:
    monkeypatch.setattr(foreman, "POLL_SECONDS", 0.01)
    stage = Stage()
    with pool_on(stage) as pool:
        played = Played(pool, stage)
        yield played
        played.describers.close()


def _surveyor_starting(played: Played) -> Voice:
    played.foreman.start_surveyors()
    return played.surveyor


def _surveyor_listing(played: Played) -> Voice:
    played.foreman.start_surveyors()
    assert isinstance(played.surveyor.asked(ListVolumes), ListVolumes)
    played.surveyor.say(SAID["Ready"])
    return played.surveyor


def _surveyor_walking(played: Played) -> Voice:
    played.listed()
    played.foreman.queue_survey(VOLUME, 0)
    played.hear()
    played.surveyor.asked(Survey)
    return played.surveyor


def _surveyor_at_rest(played: Played) -> Voice:
    voice = _surveyor_walking(played)
    voice.say(SAID["Surveyed"])
    played.hear()
    return voice


def _examiner_starting(played: Played) -> Voice:
    return played.start_examiner()


def _examiner_at_rest(played: Played) -> Voice:
    voice = played.start_examiner()
    voice.say(SAID["Ready"])
    played.hear()
    return voice


def _examiner_with(played: Played, batch: Batch, request: type[Request]) -> Voice:
    played.batches.append(batch)
    voice = _examiner_at_rest(played)
    voice.asked(request)
    return voice


def _examiner_examining(played: Played) -> Voice:
    return _examiner_with(played, Batch(entries=(ENTRY,)), Examine)


def _examiner_glancing(played: Played) -> Voice:
    return _examiner_with(played, Batch(entries=(ENTRY,), job=Job.GLANCE), Glance)


def _examiner_looking_up(played: Played) -> Voice:
    return _examiner_with(played, Batch(entries=(ENTRY,), job=Job.LOOK_UP), LookUp)


def _examiner_examining_alone(played: Played) -> Voice:
    """One died of the batch that the entry was in."""
    _examiner_examining(played).die()
    played.hear()
    voice = played.stage.voices[-1]
    voice.say(SAID["Ready"])
    played.hear()
    assert voice.asked(Examine) == Examine(entries=(ENTRY,), alone=True)
    return voice


def _examiner_comparing(played: Played) -> Voice:
    """Two died of the entry; the third only compares it."""
    voice = _examiner_examining(played)
    for request in (Examine, DigestAlone):
        voice.die()
        played.hear()
        voice = played.stage.voices[-1]
        voice.say(SAID["Ready"])
        played.hear()
        voice.asked(request)
    return voice


def _describer_starting(played: Played) -> Voice:
    played.describe()
    return played.stage.voices[-1]


def _describer_describing(played: Played) -> Voice:
    voice = _describer_starting(played)
    voice.say(SAID["Ready"])
    played.hear()
    assert voice.asked(Describe) == Describe(sizes=(9,))
    return voice


def _describer_at_rest(played: Played) -> Voice:
    voice = _describer_describing(played)
    voice.say(SAID["Described"])
    played.hear()
    return voice


def _describer_trying(played: Played) -> Voice:
    pack = load_pack("open-nsfw")
    model = ModelInHand(named="open-nsfw", card=pack.card, descriptor=0)
    played.trial = ModelTrial(played.pool, model)
    voice = played.stage.voices[-1]
    voice.say(SAID["Ready"])
    played.hear()
    voice.asked(TryModel)
    return voice


def _copier_starting(played: Played) -> Voice:
    played.copy()
    return played.stage.voices[-1]


def _copier_copying(played: Played) -> Voice:
    voice = _copier_starting(played)
    voice.say(SAID["Ready"])
    played.hear()
    assert voice.asked(Copy) == Copy(entry=ENTRY)
    return voice


def _copier_copying_parts(played: Played) -> Voice:
    played.copy_parts()
    voice = played.stage.voices[-1]
    voice.say(SAID["Ready"])
    played.hear()
    assert voice.asked(CopyParts) == CopyParts(entry=ENTRY, parts=(PART,))
    return voice


def _copier_at_rest(played: Played) -> Voice:
    voice = _copier_copying(played)
    voice.say(SAID["Copied"])
    played.hear()
    return voice


REACH: dict[tuple[str, str], Callable[[Played], Voice]] = {
    ("surveyor", "starting"): _surveyor_starting,
    ("surveyor", "listing"): _surveyor_listing,
    ("surveyor", "walking"): _surveyor_walking,
    ("surveyor", "at rest"): _surveyor_at_rest,
    ("examiner", "starting"): _examiner_starting,
    ("examiner", "at rest"): _examiner_at_rest,
    ("examiner", "examining"): _examiner_examining,
    ("examiner", "examining alone"): _examiner_examining_alone,
    ("examiner", "comparing"): _examiner_comparing,
    ("examiner", "glancing"): _examiner_glancing,
    ("describer", "starting"): _describer_starting,
    ("describer", "at rest"): _describer_at_rest,
    ("describer", "describing"): _describer_describing,
    ("describer", "trying"): _describer_trying,
    ("examiner", "looking up"): _examiner_looking_up,
    ("copier", "starting"): _copier_starting,
    ("copier", "copying"): _copier_copying,
    ("copier", "copying parts"): _copier_copying_parts,
    ("copier", "at rest"): _copier_at_rest,
}
CASES = [
    (role, state, row.message) for row in TABLE for role, state in REACH if row.message != "Failed"
]


def may(role: str, state: str, message: str) -> bool:
    (row,) = [each for each in TABLE if each.message == message]
    return state in getattr(row, role).split(", ")


@pytest.mark.parametrize(("role", "state", "message"), CASES)
def test_each_message_is_taken_where_it_may_come_and_is_the_end_elsewhere(
    role: str, state: str, message: str, played: Played
) -> None:
    voice = REACH[role, state](played)
    voice.say(SAID[message])
    if role == "surveyor" and state in {"starting", "listing"}:
        _hear_a_listing(played)
    else:
        played.hear()
    assert voice.is_heard() == may(role, state, message)


def _hear_a_listing(played: Played) -> None:
    """What may come before the volumes; whoever replaces a surveyor that was ended is honest."""
    volumes = None
    asked = played.foreman._surveys
    for _ in range(5):
        for worker, reply in played.pool.poll(0.01):
            asked.hear_of_volumes(worker, reply)
    try:
        volumes = asked.volumes_of(DEVICE)
    except WorkerError:
        assert not played.surveyor.is_heard()
    assert volumes in (None, (VOLUME,))


LIES: dict[str, tuple[str, str, Reply]] = {
    "Ready": ("examiner", "starting", Ready(confinement=("x",) * 33)),
    "Volumes": ("surveyor", "listing", Volumes(volumes=(replace(VOLUME, device_id="d1"),))),
    "EntriesMet": ("surveyor", "walking", EntriesMet(rows={"sizes": bytes(8)})),
    "Surveyed": ("surveyor", "walking", Surveyed(volume_id="d0v2", content_bytes=9)),
    "Spots": ("examiner", "examining", Spots(spots=(Spot(entry_id=1, matches=(DIGESTED,)),))),
    "Decodes": ("examiner", "examining alone", Decodes(entry_id=0, mime="text/plain")),
    "Results": (
        "examiner",
        "comparing",
        Results(entry_ids=(), results=(), seconds=0.1),
    ),
    "Glanced": ("examiner", "glancing", Glanced(promising=(1,), seconds=0.1)),
    "Described": ("describer", "describing", Described(files=(DESCRIPTION, DESCRIPTION))),
    "Tried": ("describer", "trying", Tried(score=1.5, seconds=0.1)),
    "NextBytes": ("copier", "copying", NextBytes(data=b"1234567890")),
    "PartCopied": ("copier", "copying parts", PartCopied(number=1)),
    "Copied": ("copier", "copying", Copied(entry_id=1)),
}
"""One of each that comes where it may, and fails its check."""


@pytest.mark.parametrize(
    "message", [row.message for row in TABLE if row.message not in {"Failed", *OF_WHO_UNLOCKS}]
)
def test_each_message_is_checked_when_it_comes(message: str, played: Played) -> None:
    role, state, lie = LIES[message]
    voice = REACH[role, state](played)
    voice.say(lie)
    if state == "listing":
        _hear_a_listing(played)
    else:
        played.hear()
    assert not voice.is_heard()


def test_nothing_is_handed_out_before_it_is_ready(played: Played) -> None:
    played.batches.append(Batch(entries=(ENTRY,)))
    voice = _examiner_starting(played)
    played.hear()
    assert played.batches
    voice.say(SAID["Ready"])
    played.hear()
    assert not played.batches


def test_one_volume_is_walked_after_the_other(played: Played) -> None:
    """A surveyor has one head, and no list of what it is to do."""
    voice = _surveyor_walking(played)
    later = replace(VOLUME, id="d0v2")
    played.foreman.queue_survey(later, 1_000)
    played.hear()
    assert played.foreman.unfinished("d0") == [VOLUME, later]
    voice.say(SAID["EntriesMet"], SAID["Surveyed"])
    played.hear()
    assert voice.asked(Survey) == Survey(volume=later, first_id=1_000)
    assert played.foreman.unfinished("d0") == [later]


@pytest.mark.parametrize("message", EMPTY)
@pytest.mark.parametrize("state", ["starting", "at rest"])
@pytest.mark.parametrize("role", ["examiner", "describer"])
def test_an_answer_about_nothing_is_none(
    role: str, state: str, message: str, played: Played
) -> None:
    """Where nothing is in hand there is nothing to answer for."""
    voice = REACH[role, state](played)
    voice.say(EMPTY[message])
    played.hear()
    assert not voice.is_heard()
    assert not [each for each in played.news if isinstance(each, Examined)]


def test_a_surveyor_that_fails_at_a_volume_goes_on_to_the_next(played: Played) -> None:
    voice = _surveyor_walking(played)
    voice.say(SAID["Failed"])
    played.hear()
    (cut,) = [each for each in played.news if isinstance(each, Surveyed)]
    assert cut.caps == ("its listing was cut short: no",)
    assert voice.is_heard()
    voice.say(SAID["Failed"])
    played.hear()
    assert voice.is_heard(), "it has nothing more to fail at"


@pytest.mark.parametrize("state", ["starting", "listing"])
def test_a_surveyor_that_fails_at_the_volumes_is_replaced(state: str, played: Played) -> None:
    voice = REACH["surveyor", state](played)
    voice.say(SAID["Failed"])
    _hear_a_listing(played)
    assert not voice.is_heard()


def test_a_surveyor_says_once_which_volumes_there_are(played: Played) -> None:
    voice = _surveyor_starting(played)
    voice.say(SAID["Ready"], SAID["Volumes"], Volumes(volumes=()))
    assert played.foreman.list_volumes(DEVICE) == (VOLUME,)
    assert not voice.is_heard()


def test_a_surveyor_that_takes_another_s_place_is_heard_when_it_is_ready(played: Played) -> None:
    _surveyor_walking(played).die()
    played.hear()
    voice = played.stage.voices[-1]
    voice.say(SAID["EntriesMet"])
    played.hear()
    assert not voice.is_heard()
    assert not [each for each in played.news if isinstance(each, checking.Listed)]


@pytest.mark.parametrize(
    "state",
    ["at rest", "examining", "examining alone", "comparing", "glancing", "looking up"],
)
def test_an_examiner_that_fails_is_replaced(state: str, played: Played) -> None:
    voice = REACH["examiner", state](played)
    before = len(played.stage.voices)
    voice.say(SAID["Failed"])
    played.hear()
    assert not voice.is_heard()
    assert len(played.stage.voices) == before + 1


def test_an_examiner_that_cannot_start_says_why_and_no_other_is_tried(played: Played) -> None:
    voice = _examiner_starting(played)
    voice.say(SAID["Failed"])
    with pytest.raises(WorkerError, match="A worker could not start: no"):
        played.hear()
    assert len(played.stage.voices) == 1


@pytest.mark.parametrize("state", ["at rest", "describing"])
def test_a_describer_that_fails_is_replaced_when_there_is_work(state: str, played: Played) -> None:
    voice = REACH["describer", state](played)
    voice.say(SAID["Failed"])
    played.hear()
    assert not voice.is_heard()
    if state == "at rest":
        assert len(played.stage.voices) == 1
        played.describe()
    assert len(played.stage.voices) == 2


def test_a_describer_that_cannot_start_says_why_and_no_other_is_tried(played: Played) -> None:
    voice = _describer_starting(played)
    voice.say(SAID["Failed"])
    with pytest.raises(WorkerError, match="A worker could not start: no"):
        played.hear()
    assert len(played.stage.voices) == 1


def test_what_ended_two_describers_is_set_aside_and_the_second_decodes_nothing(
    played: Played,
) -> None:
    voice = _describer_describing(played)
    voice.die()
    played.hear()
    voice = played.stage.voices[-1]
    voice.say(SAID["Ready"])
    played.hear()
    assert voice.asked(Describe) == Describe(sizes=(9,), decode=False)
    voice.die()
    played.hear()
    assert len(played.stage.voices) == 2
    ((_, told),) = played.describers.descriptions([])
    assert told == Description(left_out="ended the reader")


def test_a_model_is_tried_once_and_what_a_worker_says_of_it_is_told(played: Played) -> None:
    voice = _describer_trying(played)
    voice.say(SAID["Tried"])
    played.hear()
    assert played.tried == [SAID["Tried"]]
    assert played.trial is not None
    voice.say(SAID["Failed"])
    with pytest.raises(ModelError, match=r"^no\.$"):
        played.trial.turn(0.1)


def test_an_examiner_is_ended_that_speaks_while_volumes_are_listed(played: Played) -> None:
    examiner = played.start_examiner()
    played.foreman.start_surveyors()
    examiner.say(SAID["Ready"], SAID["Ready"])
    played.stage.voices[-1].say(SAID["Ready"], SAID["Volumes"])
    assert played.foreman.list_volumes(DEVICE) == (VOLUME,)
    assert not examiner.is_heard()


class _Answering(Stage):
    """Whoever is forked says these at once, the first that is forked the first of them."""

    def __init__(self, *answers: tuple[Reply, ...]) -> None:
        super().__init__()
        self._answers = list(answers)

    def fork(self, wanted: forking.Fork, descriptors: Sequence[int]) -> Child:
        child = super().fork(wanted, descriptors)
        self.voices[-1].say(*self._answers.pop(0))
        return child


def _tried(stage: Stage, *secrets: Secret | None) -> list[Reply]:
    """What is played is said at once: nobody is waited for as long as a key may take."""
    with mock.patch.object(locksmith, "SECONDS", 10.0), pool_on(stage) as pool:
        smith = Locksmith(pool, Roll(), Setup(role=Role.UNLOCK, devices=(), profile=PROFILE),
                          lambda *_: None, lambda: False)  # fmt: skip
        return [smith.try_secret(LOCKED, (), secret) for secret in secrets]


def test_who_unlocks_is_believed_a_key_by_what_protects_the_volume() -> None:
    said = SAID["Unlocked"]
    assert _tried(_Answering((SAID["Ready"], said)), SECRET) == [said]


UNTRUE: dict[str, Reply] = {
    "of another volume": Unlocked(volume_id="d0v2", key=b"0", protector=PROTECTOR),
    "by what does not protect it": Unlocked(
        volume_id="d0v1", key=b"0", protector=replace(PROTECTOR, id="keyslot 1")
    ),
    "found, and it was given": Unlocked(
        volume_id="d0v1", key=b"0", protector=PROTECTOR, found_in="d0v2:/a.bek"
    ),
    "no key": Unlocked(volume_id="d0v1", key=b"", protector=PROTECTOR),
    "a key that is too long": Unlocked(volume_id="d0v1", key=bytes(129), protector=PROTECTOR),
    "locked, of another volume": StaysLocked(volume_id="d0v2"),
    "never ready": SAID["Unlocked"],
    "what a surveyor says": SAID["Volumes"],
}


@pytest.mark.parametrize("lie", UNTRUE)
def test_a_lie_of_who_unlocks_opens_nothing_and_another_has_the_next_secret(lie: str) -> None:
    ready = () if lie == "never ready" else (SAID["Ready"],)
    stage = _Answering((*ready, UNTRUE[lie]), (SAID["Ready"], SAID["Unlocked"]))
    first, second = _tried(stage, SECRET, SECRET)
    assert isinstance(first, StaysLocked)
    assert first.reason
    assert second == SAID["Unlocked"]
    assert len(stage.voices) == 2


def test_what_who_unlocks_found_is_only_believed_of_what_it_gathered() -> None:
    found = Unlocked(volume_id="d0v1", key=b"0", protector=PROTECTOR, found_in="d0v2:/a.bek")
    assert _tried(_Answering((SAID["Ready"], found)), None) == [found]


def test_the_page_has_every_message_and_no_other() -> None:
    requests, replies = get_args(messages.Request), get_args(messages.Reply)
    told = {row[0].strip("`") for row in _rows("To a worker", 3)}
    assert told == {kind.__name__ for kind in requests}
    assert {row.message for row in TABLE} == {kind.__name__ for kind in replies}
    between = {row[0].strip("`") for row in _rows("Between the coordinator and the fork server", 4)}
    public = {name for name in vars(forking) if not name.startswith("_")}
    assert between == {"Fork", "Prepare", "PID"} <= public


@pytest.mark.parametrize(
    ("room", "spoken"), [("coordinator", messages.Request), ("workers", messages.Reply)]
)
def test_every_message_is_said_by_somebody(room: str, spoken: object) -> None:
    """What nobody says need not be listened for."""
    sources = "".join(file.read_text() for file in (TRIAGE / room).glob("*.py"))
    said = {kind for kind in get_args(spoken) if re.search(rf"\b{kind.__name__}\(", sources)}
    assert said | {Setup} == {*get_args(spoken), Setup}, "a set-up is made where a scan begins"


def test_the_page_has_every_check_once() -> None:
    public = {
        name
        for name, it in vars(checking).items()
        if getattr(it, "__module__", "") == checking.__name__ and name[0].islower()
    }
    named = [name for row in TABLE for name in re.findall(r"`(\w+)`", row.checked)]
    assert sorted(named) == sorted(public)


def test_the_page_has_every_state_that_is_played() -> None:
    _, _, table = PAGE.partition("| state | begins when | ends when |\n|---|---|---|\n")
    told = {_cells(line)[0] for line in table.partition("\n\n")[0].splitlines()}
    assert told == {state for _, state in REACH}
    named = {each for row in TABLE for cell in row[1:3] for each in cell.split(", ")}
    assert named - {"never", "any time"} <= told
