"""Layers within layers: bytes are found again on the device, and no layer can harm the others."""

import os
import struct
from collections.abc import Callable, Mapping
from contextlib import ExitStack
from pathlib import Path

import pytest

from tests import disks
from tests.sources.conftest import Open, digest, sha256
from tests.sources.toys import blobs, xored
from triage.choices import TypeUse
from triage.coordinator.checking import check_volumes
from triage.coordinator.listing import open_device
from triage.devices.attached import identify
from triage.evidence import FileEntry, Run, Storage, Volume
from triage.profile import Profile
from triage.sources import ContentError, Source, layers, stack
from triage.sources.bytes import Bytes, MadeBytes
from triage.sources.layers import Layer
from triage.sources.reader import LAYER_FAILED, TOO_SHORT
from triage.sources.signatures import Head, Recognised
from triage.wire.messages import EntriesMet, ListVolumes, Role, Setup, Survey, Volumes
from triage.workers.ahead import read_ahead
from triage.workers.survey import SurveyTasks

FILES = {f"f{number:02}.bin": bytes([number + 1]) * 9000 + b"x" * number for number in range(40)}
KEY = 0x33
HOSTILE = b"HOSTILE\0"


@pytest.fixture
def below(tmp_path: Path) -> Path:
    """A partition with the toy layer, over ext4."""
    disks.ext_volume(tmp_path / "ext", 8 << 20, FILES)
    (tmp_path / "xored").write_bytes(xored.make((tmp_path / "ext").read_bytes(), KEY))
    disks.gpt_disk(tmp_path / "disk", [tmp_path / "xored"])
    return tmp_path / "disk"


def _readable(source: Source) -> Volume:
    (volume,) = [volume for volume in source.volumes if volume.state == "readable"]
    return volume


def _files(source: Source) -> list[FileEntry]:
    walked = source.walk(_readable(source))
    return [entry for entry in walked if entry.path in FILES]


def test_a_worker_that_was_told_of_the_volumes_opens_their_layers_itself(
    below: Path, opened: Open
) -> None:
    listed = opened(below)
    volume = _readable(listed)
    outer = next(each for each in listed.volumes if each.id == volume.inside)
    device = listed.device
    fds = (os.open(below, os.O_RDONLY),)
    told = Source(device, fds, [outer, volume])
    found = {entry.path: digest(told, entry) for entry in _files(told)}
    os.close(fds[0])
    assert found == {name: sha256(content) for name, content in FILES.items()}


def test_what_lies_below_a_layer_is_announced_where_it_lies_on_the_device(
    below: Path, opened: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
    source = opened(below)
    told: list[tuple[int, int]] = []
    monkeypatch.setattr(os, "posix_fadvise", lambda _fd, at, size, _how: told.append((at, size)))
    entries = _files(source)
    read_ahead(source, entries[0].volume_id, entries, lambda entry: entry.size)
    raw = below.read_bytes()
    announced = b"".join(raw[at : at + size] for at, size in told)
    plain = announced.translate(bytes(byte ^ KEY for byte in range(256)))
    assert all(content in plain for content in FILES.values())


def test_what_lies_below_a_layer_is_ordered_by_where_it_lies_on_the_device(
    below: Path,
) -> None:
    profile = Profile(name="types", description="", detectors=(TypeUse(),))
    with ExitStack() as held:
        opened = open_device(identify(below, "d0"), held)
        tasks = SurveyTasks(Setup(role=Role.SURVEY, devices=(opened,), profile=profile))
        (listed,) = tasks.answer(ListVolumes(device_id="d0"))
        assert isinstance(listed, Volumes)
        volume = next(each for each in listed.volumes if each.state == "readable")
        outer = tuple(each for each in listed.volumes if each.id == volume.inside)
        met = list(tasks.answer(Survey(volume=volume, first_id=0, inside=outer)))
    places = [
        place
        for each in met
        if isinstance(each, EntriesMet)
        for place in struct.unpack(f"{len(each.rows['positions']) // 8}q", each.rows["positions"])
    ]
    raw = below.read_bytes()
    beginnings = {bytes(byte ^ KEY for byte in raw[at : at + 8]) for at in places}
    assert {content[:8] for content in FILES.values()} <= beginnings


class Odd(MadeBytes):
    """Bytes that do what a test asks for."""

    def __init__(self, held: Bytes, read: Callable[[int, int], bytes], size: int) -> None:
        self.read, self.size, self._held = read, size, held

    def read_at(self, offset: int, length: int) -> bytes:
        return self.read(offset, length)

    def below(self, offset: int, length: int) -> int | None:
        return self._held.below(offset, length)


Gives = Callable[[Bytes], Mapping[str, Bytes]]
Open2 = Callable[[Gives], Source]


@pytest.fixture
def hostile(tmp_path: Path, opened: Open, monkeypatch: pytest.MonkeyPatch) -> Open2:
    """A disk with a layer that gives what a test says, and ext4 beside it."""
    (tmp_path / "layer").write_bytes(HOSTILE.ljust(1 << 20, b"\1"))
    disks.ext_volume(tmp_path / "ext", 8 << 20, FILES)
    disks.gpt_disk(tmp_path / "disk", [tmp_path / "layer", tmp_path / "ext"])

    def recognise(head: Head) -> Recognised | None:
        return Recognised(name="hostile") if head.bytes(0, len(HOSTILE)) == HOSTILE else None

    def open_(gives: Gives) -> Source:
        layer = Layer(name="hostile", recognise=recognise, open=gives)
        monkeypatch.setattr(layers, "LAYERS", [layer])
        source = opened(tmp_path / "disk")
        told = check_volumes(source.device, Volumes(volumes=tuple(source.volumes)))
        assert told == tuple(source.volumes)
        assert len(_files(source)) == len(FILES), "what lies beside it is listed all the same"
        return source

    return open_


def _layer(source: Source) -> Volume:
    return next(each for each in source.volumes if each.file_system == "hostile")


def _inside(source: Source) -> list[Volume]:
    return [each for each in source.volumes if each.inside]


def test_a_layer_that_gives_itself_is_opened_so_deep_and_no_deeper(hostile: Open2) -> None:
    source = hostile(lambda held: {"": held})
    inside = _inside(source)
    assert len(inside) == stack.DEEPEST
    assert [each.state for each in inside] == ["container"] * (stack.DEEPEST - 1) + ["unsupported"]
    assert inside[-1].reason == stack.TOO_DEEP


def test_a_layer_that_gives_itself_many_times_is_cut_off_and_that_is_said(hostile: Open2) -> None:
    source = hostile(lambda held: {str(number): held for number in range(10)})
    assert len(_inside(source)) == stack.MOST_INSIDE
    assert any(stack.NOT_LISTED in each.unread for each in source.volumes)


def test_a_layer_that_says_that_it_is_more_than_it_lies_in_is_not_believed(hostile: Open2) -> None:
    source = hostile(lambda held: {"": Odd(held, lambda _, n: b"\1" * n, 1 << 50)})
    (inside,) = _inside(source)
    assert inside.size == _layer(source).size
    assert "longer than what it lies in" in inside.reason


@pytest.mark.parametrize("size", [-5, 0])
def test_a_layer_that_says_that_it_is_nothing_holds_nothing(hostile: Open2, size: int) -> None:
    source = hostile(lambda held: {"": Odd(held, lambda _, n: b"\1" * n, size)})
    assert [each.size for each in _inside(source)] == [0]


def _fails(*_: int) -> bytes:
    raise struct.error("unpack requires a buffer of 8 bytes")


@pytest.mark.parametrize(
    ("read", "reason"),
    [
        (_fails, LAYER_FAILED),
        (lambda _, n: b"\1" * (n - 1), TOO_SHORT),
        (lambda _, n: b"\1" * (n + 1), TOO_SHORT),
        (lambda _, __: 7, LAYER_FAILED),
    ],
)
def test_a_layer_that_reads_wrongly_has_no_content(
    hostile: Open2, read: Callable[[int, int], bytes], reason: str
) -> None:
    source = hostile(lambda held: {"": Odd(held, read, held.size)})
    (inside,) = _inside(source)
    entry = FileEntry(id=0, volume_id=inside.id, path="a", size=4096, storage=Storage.RUNS,
                      runs=(Run(0, 4096),))  # fmt: skip
    with pytest.raises(ContentError) as raised:
        source.small(entry)
    assert raised.value.reason == reason
    assert source.salvaged(entry)[1] == (Run(0, 4096),)


def test_a_layer_that_does_not_open_is_damaged(hostile: Open2) -> None:
    source = hostile(lambda _: {"": Odd(_, _fails, struct.unpack("<Q", b"short")[0])})
    assert _layer(source).state == "damaged"
    assert "error" in _layer(source).reason
    assert _inside(source) == []


def test_a_place_that_no_device_has_is_no_place(hostile: Open2) -> None:
    class Far(Odd):
        def below(self, offset: int, length: int) -> int | None:
            return (1 << 40) + offset + length

    source = hostile(lambda held: {"": Far(held, lambda _, n: b"\1" * n, held.size)})
    (inside,) = _inside(source)
    assert inside.on_device == -1
    assert source.bytes_of(inside.id).below(0, 1) is None
    entry = FileEntry(id=0, volume_id=inside.id, path="a", size=9, runs=(Run(8192, 9),))
    assert source.places(inside)(entry) == 8192, "ordered by where it lies in the volume"


def test_what_the_table_of_layers_does_not_hold_any_more_is_a_reason(
    below: Path, opened: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
    listed = opened(below)
    entry = _files(listed)[0]
    monkeypatch.setattr(layers, "LAYERS", [])
    told = Source(listed.device, (listed.descriptor,), listed.volumes)
    with pytest.raises(ContentError):
        told.small(entry)


@pytest.fixture
def blob_disk(tmp_path: Path) -> Path:
    content = {"a/one": b"1" * 5000, "a/index": b"beside", "b/two": b"2" * 70_000}
    (tmp_path / "disk").write_bytes(blobs.make(content, 1 << 20, packed=["b/two"]))
    return tmp_path / "disk"


def test_a_tree_answers_all_that_is_asked_of_one(blob_disk: Path, opened: Open) -> None:
    source = opened(blob_disk)
    (volume,) = source.volumes
    found = {entry.path: entry for entry in source.walk(volume)}
    assert digest(source, found["a/one"]) == sha256(b"1" * 5000)
    assert digest(source, found["b/two"]) == sha256(b"2" * 70_000)
    assert source.small(found["b/two"]) == b"2" * 70_000
    assert source.beside(found["a/one"], "index", 100) == b"beside"
    gone = [source.presence.gone(volume.id, path) for path in ("a/ONE", "a/two", "c/one")]
    assert gone == [False, True, True]
    assert b"".join(map(bytes, source.reread(found["a/one"]).chunks())) == b"1" * 5000
