"""The sources of a worker: of each volume that it is told of, the device that it lies on."""

from collections.abc import Iterable, Mapping

from triage.evidence import Volume
from triage.sources import Source
from triage.wire.messages import OpenedDevice


def sources_of(
    devices: Iterable[OpenedDevice], volumes: Iterable[Volume], keys: Mapping[str, bytes]
) -> dict[str, Source]:
    """By volume. `keys`: of encrypted ones."""
    return {
        volume.id: source
        for source in sources_by_device(devices, volumes, keys).values()
        for volume in source.volumes
    }


def sources_by_device(
    devices: Iterable[OpenedDevice], volumes: Iterable[Volume], keys: Mapping[str, bytes]
) -> dict[str, Source]:
    """Each knows of the others, on which members of its arrays may lie."""
    sources: dict[str, Source] = {}
    for opened in devices:
        mine = [volume for volume in volumes if volume.device_id == opened.device.id]
        sources[opened.device.id] = Source(
            opened.device, opened.descriptors, mine, keys=keys, beside=sources
        )
    return sources
