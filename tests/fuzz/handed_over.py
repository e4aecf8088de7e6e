"""Harnesses for what technicians write and what workers say."""

import hashlib
from collections.abc import Iterator
from contextlib import suppress
from functools import cache
from pathlib import Path

import msgspec
from msgspec.structs import replace

from tests.coordinator import limits
from tests.coordinator.test_messages import DEVICE, ENTRY, VOLUME
from tests.detectors.test_onnx_content import ODD, nested
from tests.fuzz.harness import Harness, in_a_file
from triage.bundle.format import entries
from triage.coordinator import checking
from triage.detectors.onnx_content import OddModelError, refuse_odd
from triage.errors import ModelError, SeekError, WorkerError
from triage.evidence import FileEntry, Volume
from triage.findings import Outcome, Result
from triage.packs import models as packs
from triage.packs.word_lists import parse_word_list
from triage.plan.rows import Rows
from triage.profile import load
from triage.wire.messages import (
    Decodes,
    Describe,
    Described,
    EntriesMet,
    Glanced,
    Inbox,
    Ready,
    Reply,
    Results,
    Spots,
    Surveyed,
    Volumes,
    frame,
)

SHIPPED = Path(__file__).parents[2] / "profiles"
SHIPPED_PACK = Path(packs.__file__).with_name("shipped") / "open-nsfw" / packs.CARD
SEED_BYTES = 8192
"""Longer ones are mostly padding: what they reach, shorter ones reach too."""


def profile(data: bytes) -> None:
    """A profile's YAML."""
    in_a_file("p.yaml", data, lambda folder: load(str(folder / "p.yaml")))


def word_list(data: bytes) -> None:
    """A list of words and expressions."""
    parse_word_list(data.decode("utf-8", "replace"), "words.txt")


def messages(data: bytes) -> None:
    """A worker's bytes, as the coordinator takes them in, held against what it was asked; what is
    believed can be written down and is read back as what it was."""
    for framed in (data, len(data).to_bytes(4, "little") + data):
        with suppress(WorkerError):
            for reply in Inbox().feed(framed):
                for entry, result in _believed(reply):
                    _write_down(entry, result)


def _believed(reply: Reply) -> Iterator[tuple[FileEntry, Result]]:  # noqa: C901 - a message a row
    """The lines that come of it. Raises WorkerError."""
    match reply:
        case Ready():
            checking.check_ready(reply)
        case Volumes():
            for volume in checking.check_volumes(DEVICE, reply):
                if msgspec.json.decode(msgspec.json.encode(volume), type=Volume) != volume:
                    raise AssertionError(f"{volume} changes on its way")
        case EntriesMet():
            listed = checking.listed(VOLUME, 0, reply)
            yield from ((entry, Result(outcome=Outcome.NOT_REACHED)) for entry in listed.entries)
            for each in listed.settled:
                yield each.entry, Result(outcome=each.outcome, reason=each.reason[:1000])
        case Surveyed():
            checking.check_surveyed(VOLUME, reply)
        case Spots():
            checking.check_spotted((ENTRY,), (), reply)
        case Decodes():
            checking.check_decodes((ENTRY,), "", reply)
        case Results():
            checking.check_results((ENTRY,), reply, 1)
            yield from ((ENTRY, result) for result in reply.results)
        case Glanced():
            checking.check_glanced((ENTRY,), reply)
        case Described():
            for looks in (False, True):
                checking.check_described(Describe(sizes=(9,), looks=looks), reply)
        case _:
            return


def _write_down(entry: FileEntry, result: Result) -> None:
    line = bytearray()
    entries.append(entries.of(entry, result), line)
    again = entries.decode(bytes(line))
    if again.result != result or again.entry.path != entry.path:
        raise AssertionError(f"{line!r} is read as another line")


def rows(data: bytes) -> None:
    """The columns of a survey's batch."""
    listed = Rows.from_bytes(msgspec.msgpack.decode(data, type=dict[str, bytes]))
    list(listed.each_packed())


def _said() -> tuple[bytes, ...]:
    """Every message, as it may be in full, and with each field at its limit and above."""
    table, said = limits.table(), [frame(reply) for reply in limits.FULL.values()]
    for field in limits.fields():
        bound = limits.bound_of(field, table[field.name])
        for value in (*bound.at, *bound.above):
            with suppress(OverflowError):
                said.append(limits.said_with(field, value))
    return tuple(each for each in said if len(each) < SEED_BYTES)


def pack(data: bytes) -> None:
    """A folder that somebody sent as a model pack: its card, and the model that it names."""
    card, _, model = data.partition(b"\x00")

    def use(folder: Path) -> None:
        (folder / "model.onnx").write_bytes(model)
        with suppress(ModelError):
            packs.load_pack(str(folder)).model_bytes()
        named = replace(_card().model, sha256=hashlib.sha256(model).hexdigest())
        given = packs.ModelPack(
            card=replace(_card(), model=named), where="a pack", file=folder / "model.onnx"
        )
        content = given.model_bytes()
        with suppress(OddModelError):
            refuse_odd(content)

    in_a_file("card.yaml", card, use)


@cache
def _card() -> packs.Card:
    return packs.load_pack("open-nsfw").card


def _packs() -> tuple[bytes, ...]:
    card = SHIPPED_PACK.read_bytes()
    models = (b"", nested(10), *ODD.values())
    beside = card.replace(b"package:", b"#").replace(b"open-nsfw.onnx", b"model.onnx")
    return (card, *(beside + b"\x00" + model for model in models))


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
    Harness(name="pack", run=pack, seeds=_packs),
    Harness(
        name="rows",
        run=rows,
        seeds=lambda: (msgspec.msgpack.encode(Rows().to_bytes()),),
        answers=(SeekError, ValueError, msgspec.MsgspecError),
    ),
)
