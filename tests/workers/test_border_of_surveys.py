"""What a surveyor may say of a volume and of a listing is bounded, text by text."""

from typing import Any

import pytest

from triage.coordinator.checking import (
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
    return Volume(id="d0v1", device_id="d0", offset=0, size=5, state=VolumeState.READABLE, **more)


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
