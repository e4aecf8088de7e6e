"""The volumes of devices, read in sandboxed workers, without a scan."""

from collections.abc import Sequence
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
    (listing,) = volumes_of_all([device])
    return listing


def volumes_of_all(devices: Sequence[Device]) -> list[Listing]:
    """The same of several, of which some may hold members of one array."""
    with ExitStack() as held:
        opened: list[OpenedDevice] = []
        said: dict[str, Listing] = {}
        for device in devices:
            try:
                opened.append(open_device(device, held))
            except SeekError as error:
                said[device.id] = _trouble(error)
        setups = {
            each.device.id: Setup(
                role=Role.SURVEY, devices=with_others(each, opened), profile=NOTHING
            )
            for each in opened
        }
        pool = held.enter_context(Pool())
        foreman = Foreman(pool=pool, survey_setups=setups, examiners_wanted=0, entry_seconds=0)
        listed: dict[str, tuple[Volume, ...]] = {}
        for each in opened:
            try:
                listed[each.device.id] = foreman.list_volumes(each.device)
            except SeekError as error:
                said[each.device.id] = _trouble(error)
        listed = foreman.put_together([each.device for each in opened], listed)
        said |= {id_: Listing(volumes=volumes) for id_, volumes in listed.items()}
        return [said[device.id] for device in devices]


def with_others(own: OpenedDevice, opened: Sequence[OpenedDevice]) -> tuple[OpenedDevice, ...]:
    """A surveyor's device, and behind it the others but for folders."""
    others = (each for each in opened if each.device.kind is not SourceKind.DIRECTORY)
    return (own, *(each for each in others if each.device.id != own.device.id))


def _trouble(error: SeekError) -> Listing:
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
