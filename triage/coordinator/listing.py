"""The volumes of one device, read in a sandboxed worker, without a scan."""

from contextlib import ExitStack
from os import close

import msgspec

from triage.coordinator.foreman import Foreman
from triage.coordinator.pool import Pool
from triage.devices.opening import open_read_only, sizes_of
from triage.errors import SeekError
from triage.evidence import Device, SourceKind, Volume
from triage.profile import NOTHING
from triage.wire.messages import OpenedDevice, Role, Setup


class Listing(msgspec.Struct, frozen=True, kw_only=True):
    """A device's volumes, or why there are none."""

    volumes: tuple[Volume, ...] = ()
    trouble: str = ""
    hint: str = ""
    """What to do about it."""
    code: str = ""
    """The same for programs: `SeekError.code`."""


def volumes_of(device: Device) -> Listing:
    """List them. A device that cannot be read is no error here: it is said in `trouble`."""
    with ExitStack() as held:
        try:
            opened = open_device(device, held)
            pool = held.enter_context(Pool())
            setup = Setup(role=Role.SURVEY, devices=(opened,), profile=NOTHING)
            foreman = Foreman(
                pool=pool,
                survey_setups={device.id: setup},
                examiners_wanted=0,
                entry_seconds=0,
            )
            return Listing(volumes=foreman.list_volumes(device))
        except SeekError as error:
            return Listing(trouble=error.message, hint=error.hint, code=error.code)


def open_device(device: Device, held: ExitStack) -> OpenedDevice:
    """Read-only descriptors of a device, closed when `held` is. Raises SourceError."""
    descriptors = open_read_only(device)
    for descriptor in descriptors:
        held.callback(close, descriptor)
    sizes = (0,) if device.kind is SourceKind.DIRECTORY else sizes_of(descriptors)
    return OpenedDevice(device=_named_in_utf8(device), descriptors=descriptors, sizes=sizes)


def _named_in_utf8(device: Device) -> Device:
    """As workers are told of it, who open nothing by its name: any name is good enough for that."""
    path, *parts = (
        each.encode("utf-8", "backslashreplace").decode() for each in (device.path, *device.parts)
    )
    return msgspec.structs.replace(device, path=path, parts=tuple(parts))
