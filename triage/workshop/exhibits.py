"""Which device, image or folder in the lab is which device of a bundle."""

from collections.abc import Sequence

from msgspec.structs import replace

from triage.errors import UsageError
from triage.evidence import Device, SourceKind


def matched(devices: Sequence[Device], given: Sequence[Device]) -> tuple[Device, ...]:
    """Those given, each by the id that its device has in the bundle (`devices`).

    A disk and an image of it are told by their size, and by the serial number where both say one; a
    folder is one that was scanned as a folder. Raises UsageError for what fits none, or several.
    """
    left = list(devices)
    found: list[Device] = []
    for one in given:
        fitting = [device for device in left if _may_be(device, one)]
        by_path = [device for device in fitting if device.path == one.path]
        if len(fitting) > 1 and len(by_path) == 1:
            fitting = by_path
        if len(fitting) != 1:
            raise _unclear(one, fitting)
        left.remove(fitting[0])
        found.append(replace(one, id=fitting[0].id))
    return tuple(found)


def _may_be(device: Device, given: Device) -> bool:
    folders = (device.kind is SourceKind.DIRECTORY, given.kind is SourceKind.DIRECTORY)
    if any(folders):
        return all(folders)
    same_serial = not (device.serial and given.serial) or device.serial == given.serial
    return device.size == given.size and same_serial


def _unclear(given: Device, fitting: Sequence[Device]) -> UsageError:
    if not fitting:
        return UsageError(
            f"{given.path} is no device of this bundle: none of them has its size.",
            hint="Give the whole disk or an image of all of it; `seek verify` lists the devices.",
        )
    names = ", ".join(device.path for device in fitting)
    return UsageError(
        f"{given.path} could be several devices of this bundle: {names}.",
        hint="Give an image by the path that it was scanned by, or one source after the other.",
    )
