"""Harnesses for what technicians write and what workers say."""

from pathlib import Path

import msgspec

from tests.fuzz.harness import Harness, in_a_file
from triage.coordinator import checking
from triage.errors import SeekError
from triage.evidence import FileEntry, Storage, Volume, VolumeState
from triage.findings import Match, Outcome, Result
from triage.match_kinds import MatchKind
from triage.packs.word_lists import parse_word_list
from triage.plan.rows import Rows
from triage.profile import load
from triage.wire.messages import (
    EntriesMet,
    Inbox,
    Ready,
    Results,
    Settled,
    Surveyed,
    Volumes,
    frame,
)

VOLUME = Volume(id="d0v1", device_id="d0", offset=0, size=1 << 30, state=VolumeState.READABLE)
ENTRY = FileEntry(id=0, volume_id="d0v1", path="a/b.jpg", size=9, storage=Storage.FILE_SYSTEM)
SHIPPED = Path(__file__).parents[2] / "profiles"

MATCH = Match(kind=MatchKind.HASH_SET, detector="hash_set 1", reason="Known material.")


def profile(data: bytes) -> None:
    """A profile's YAML."""
    in_a_file("p.yaml", data, lambda folder: load(str(folder / "p.yaml")))


def word_list(data: bytes) -> None:
    """A list of words and expressions."""
    parse_word_list(data.decode("utf-8", "replace"), "words.txt")


def messages(data: bytes) -> None:
    """A worker's bytes, as the coordinator takes them in, held against what it was asked."""
    replies = list(Inbox().feed(data))
    replies += Inbox().feed(len(data).to_bytes(4, "little") + data)
    for reply in replies:
        match reply:
            case EntriesMet():
                checking.listed(VOLUME, 0, reply)
            case Results():
                checking.check_results((ENTRY,), reply)
            case Ready():
                checking.check_ready(reply)
            case Surveyed():
                checking.check_surveyed(VOLUME, reply)


def rows(data: bytes) -> None:
    """The columns of a survey's batch."""
    listed = Rows.from_bytes(msgspec.msgpack.decode(data, type=dict[str, bytes]))
    list(listed.each_packed())


def _said() -> tuple[bytes, ...]:
    settled = Settled(entry=ENTRY, outcome=Outcome.EXCLUDED, reason="not asked for")
    replies = (
        Ready(confinement=("seccomp",)),
        EntriesMet(rows=Rows().to_bytes(), settled=(settled,)),
        Results(
            entry_ids=(ENTRY.id,),
            results=(Result(outcome=Outcome.EXAMINED, scores={"a model": 0.5}, matches=(MATCH,)),),
            previews={ENTRY.id: b"a small JPEG"},
            seconds=0.1,
        ),
        Surveyed(volume_id="d0v1", content_bytes=5, caps=("a cap",)),
        Volumes(volumes=(VOLUME,)),
    )
    return tuple(frame(reply) for reply in replies)


HARNESSES = (
    Harness(
        name="profile",
        run=profile,
        seeds=lambda: tuple(file.read_bytes() for file in sorted(SHIPPED.glob("*.yaml"))),
    ),
    Harness(
        name="word_list",
        run=word_list,
        seeds=lambda: ((SHIPPED / "names-sample.txt").read_bytes(), b"re: a+b\nword*\n"),
    ),
    Harness(name="messages", run=messages, seeds=_said),
    Harness(
        name="rows",
        run=rows,
        seeds=lambda: (msgspec.msgpack.encode(Rows().to_bytes()),),
        answers=(SeekError, ValueError, msgspec.MsgspecError),
    ),
)
