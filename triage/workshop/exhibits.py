"""Which device, image or folder in the lab is which device of a bundle."""

import re
from collections.abc import Sequence

from msgspec.structs import replace

from triage.errors import UsageError
from triage.evidence import Device, SourceKind

_NAMED = re.compile("(d[0-9]{1,4})=(.+)", re.DOTALL)


def as_named(source: str) -> tuple[str, str]:
    """Of `d1=disk.img` the device's id and the path; of a path alone no id."""
    named = _NAMED.fullmatch(source)
    return (named[1], named[2]) if named else ("", source)


def matched(
    devices: Sequence[Device], given: Sequence[Device], ids: Sequence[str] = ()
) -> tuple[Device, ...]:
    """Those given, each by the id that its device has in the bundle (`devices`).

    A disk and an image of it are told by their size, and by the serial number where both say one; a
    folder is one that was scanned as a folder. `ids`: of each, the id that somebody said it has, or
    nothing. Raises UsageError for what fits none, or several.
    """
    said = list(ids) or [""] * len(given)
    left = list(devices)
    found: list[Device] = []
    for one, id_ in sorted(zip(given, said, strict=True), key=lambda each: not each[1]):
        fitting = [d for d in left if _may_be(d, one) and id_ in ("", d.id)]
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
            f"{given.path} is no device of this bundle: none of them that is left has its size.",
            hint="Give the whole disk or an image of all of it; `seek verify` lists the devices.",
        )
    names = ", ".join(f"{device.id} ({device.path})" for device in fitting)
    return UsageError(
        f"{given.path} could be several devices of this bundle: {names}.",
        hint=f"Say which: --source {fitting[0].id}={given.path}.",
    )
