"""What a surveyor may say of volumes that lie inside others."""

from typing import Any

import pytest

from triage.coordinator.checking import DEEPEST, LONGEST_TEXT, check_volumes
from triage.errors import WorkerError
from triage.evidence import Device, SourceKind, Volume, VolumeState
from triage.wire.messages import Volumes

DEVICE = Device(id="d0", kind=SourceKind.IMAGE, path="/x", size=1 << 20)
LONG = "x" * (LONGEST_TEXT + 1)
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
        (OUTER, _inner(id="d0v2", inside="", layer="")),
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
