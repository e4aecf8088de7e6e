"""What a surveyor may say of a volume and of a listing is bounded, text by text."""

from typing import Any

import pytest

from triage.coordinator.checking import (
    DEEPEST,
    LONGEST_TEXT,
    MOST_CAPS,
    MOST_UNREAD,
    check_surveyed,
    check_volumes,
)
from triage.errors import WorkerError
from triage.evidence import Device, SourceKind, Volume, VolumeState
from triage.wire.messages import Surveyed, Volumes

DEVICE = Device(id="d0", kind=SourceKind.IMAGE, path="/x", size=1 << 20)
LONG = "x" * (LONGEST_TEXT + 1)


def _volume(**more: Any) -> Volume:
    told: dict[str, Any] = {"id": "d0v1"} | more
    return Volume(device_id="d0", offset=0, size=5, state=VolumeState.READABLE, **told)


def test_what_is_within_the_bounds_passes() -> None:
    volume = _volume(unread=("x" * LONGEST_TEXT,) * MOST_UNREAD)
    assert check_volumes(DEVICE, Volumes(volumes=(volume,))) == (volume,)
    said = ("x" * LONGEST_TEXT,) * MOST_CAPS
    check_surveyed(volume, Surveyed(volume_id="d0v1", content_bytes=0, caps=said, notes=said))


@pytest.mark.parametrize("unread", [("",) * (MOST_UNREAD + 1), (LONG,)])
def test_too_much_that_a_volume_holds_besides_ends_its_surveyor(unread: tuple[str, ...]) -> None:
    with pytest.raises(WorkerError):
        check_volumes(DEVICE, Volumes(volumes=(_volume(unread=unread),)))


@pytest.mark.parametrize("field", ["caps", "notes"])
@pytest.mark.parametrize("said", [("",) * (MOST_CAPS + 1), (LONG,)])
def test_too_much_of_a_listing_ends_its_surveyor(field: str, said: tuple[str, ...]) -> None:
    told: dict[str, Any] = {"volume_id": "d0v1", "content_bytes": 0, field: said}
    with pytest.raises(WorkerError):
        check_surveyed(_volume(), Surveyed(**told))


@pytest.mark.parametrize("told", [{"volume_id": "d0v2"}, {"content_bytes": -1}])
def test_the_end_of_another_listing_ends_its_surveyor(told: dict[str, Any]) -> None:
    usual: dict[str, Any] = {"volume_id": "d0v1", "content_bytes": 0}
    with pytest.raises(WorkerError):
        check_surveyed(_volume(), Surveyed(**usual | told))


OUTER = Volume(id="d0v1", device_id="d0", offset=0, size=5, state=VolumeState.CONTAINER)


def _inner(**more: Any) -> Volume:
    told: dict[str, Any] = {"id": "d0v1.1", "inside": "d0v1", "layer": "luks2", "on_device": 512}
    whole: dict[str, Any] = {"offset": 0, "size": 5} | told | more
    return Volume(device_id="d0", state=VolumeState.READABLE, **whole)


def test_a_volume_inside_one_that_comes_before_it_passes() -> None:
    volumes = (OUTER, _inner())
    assert check_volumes(DEVICE, Volumes(volumes=volumes)) == volumes


@pytest.mark.parametrize(
    "volumes",
    [
        (_inner(), OUTER),
        (OUTER, _inner(inside="d0v2")),
        (OUTER, _inner(id="d0v2.1")),
        (OUTER, _inner(id="d0v1")),
        (OUTER, _inner(layer="")),
        (OUTER, _inner(inside="")),
        (OUTER, _inner(layer=LONG)),
        (OUTER, _inner(on_device=-2)),
        (OUTER, _inner(on_device=DEVICE.size + 1)),
        (OUTER, _volume(id="d0v2", on_device=5)),
        (OUTER, _inner(size=-1)),
        (OUTER, _inner(offset=1 << 64)),
    ],
)
def test_a_volume_that_cannot_lie_where_it_says_ends_its_surveyor(
    volumes: tuple[Volume, ...],
) -> None:
    with pytest.raises(WorkerError):
        check_volumes(DEVICE, Volumes(volumes=volumes))


@pytest.mark.parametrize(("depth", "passes"), [(DEEPEST, True), (DEEPEST + 1, False)])
def test_volumes_lie_inside_each_other_so_deep_and_no_deeper(depth: int, *, passes: bool) -> None:
    volumes = [OUTER]
    for _ in range(depth):
        volumes.append(_inner(id=f"{volumes[-1].id}.1", inside=volumes[-1].id))
    told = Volumes(volumes=tuple(volumes))
    if passes:
        assert check_volumes(DEVICE, told) == tuple(volumes)
        return
    with pytest.raises(WorkerError):
        check_volumes(DEVICE, told)
