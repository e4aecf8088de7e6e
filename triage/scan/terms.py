"""scan.json: what a scan was asked to do and of which devices, on the medium from its start.

A scan that is cut off is resumed by it, and only of the very same devices: their model, serial
number, WWN and size, the SHA-256 of their first and last sectors, and the layout of their volumes
must all be what they were.
"""

import hashlib
import os
from collections.abc import Sequence
from pathlib import Path
from typing import Literal

import msgspec

from triage.bundle.checking.folder import BundleFolder
from triage.bundle.format import layout, schema
from triage.bundle.format.document import FORMAT, HashSetUsed, ModelUsed, WordListUsed
from triage.bundle.format.shown import visible
from triage.case import Case
from triage.devices.attached import identify, list_devices
from triage.devices.opening import open_read_only
from triage.errors import BundleError, SourceError, VerificationError
from triage.evidence import Device, SourceKind, Volume, VolumeState
from triage.languages import Language
from triage.profile import Profile
from triage.secret import is_locked
from triage.wire.messages import OpenedDevice

END_BYTES = 1 << 20
"""So much of a device's beginning and of its end is digested."""
UNREADABLE = "unreadable"


class Terms(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """All that it takes to go on."""

    format: Literal["seek scan"] = "seek scan"
    format_version: Literal[2] = 2
    """The bundle's."""
    tool_version: str
    started: str
    case: Case
    profile: Profile
    profile_file: str
    hash_sets: tuple[str, ...]
    """Files that were given, besides the profile's own."""
    hash_sets_in: tuple[str, ...] = ()
    """Folders that were given."""
    set_signers: str = ""
    passwords: str = ""
    """Where the list of them lay."""
    """The list of those who may sign hash sets."""
    key: str
    time_limit: float
    workers: int
    clock: str
    language: Language = Language.ENGLISH
    """Of the report."""
    devices: tuple[Device, ...]
    ends: dict[str, str]
    """By device: SHA-256 of its first and last sectors."""
    volumes: tuple[Volume, ...]
    hash_sets_used: tuple[HashSetUsed, ...]
    models_used: tuple[ModelUsed, ...]
    word_lists_used: tuple[WordListUsed, ...]
    continues: str = ""
    """Folder of the earlier, sealed bundle that this one goes on with."""


def encode(terms: Terms) -> bytes:
    """As it lies in the bundle."""
    return msgspec.json.format(schema.encode_escaped(terms), indent=1) + b"\n"


def read(bundle: Path) -> tuple[Terms, str]:
    """The terms of a bundle, and the SHA-256 of their file. Raises BundleError."""
    _refuse_older(bundle)
    try:
        text = BundleFolder(bundle).read(layout.TERMS)
        return msgspec.json.decode(text, type=Terms), hashlib.sha256(text).hexdigest()
    except (VerificationError, msgspec.MsgspecError, RecursionError, UnicodeDecodeError) as error:
        raise BundleError(
            f"The bundle cannot be resumed: its {layout.TERMS} is missing or damaged.",
            hint="Start a new scan; keep this folder as it is.",
        ) from error


class _Begun(msgspec.Struct):
    format_version: int
    tool_version: str = ""


def _refuse_older(bundle: Path) -> None:
    """A bundle of another format is read, but not gone on with: half of its entries would have no
    runs and no BLAKE3."""
    try:
        begun = msgspec.json.decode(BundleFolder(bundle).read(layout.TERMS), type=_Begun)
    except (VerificationError, msgspec.MsgspecError, RecursionError, UnicodeDecodeError):
        return
    if begun.format_version < FORMAT:
        raise BundleError(
            f"That scan was begun by an older seek ({visible(begun.tool_version, 40)}), whose "
            f"bundles are of format {begun.format_version}: this one cannot go on with it.",
            hint="Resume it with the stick that it was begun with, or start a new scan; keep this "
            "folder as it is.",
        )


def ends_of(device: Device, descriptors: Sequence[int]) -> str:
    """SHA-256 of the first and last sectors; of a folder, of its number in its file system."""
    if device.kind is SourceKind.DIRECTORY:
        return f"folder {os.fstat(descriptors[0]).st_ino}"
    digest = hashlib.sha256()
    first, last = descriptors[0], descriptors[-1]
    try:
        digest.update(os.pread(first, END_BYTES, 0))
        end = os.lseek(last, 0, os.SEEK_END)
        digest.update(os.pread(last, END_BYTES, max(0, end - END_BYTES)))
    except OSError:
        return UNREADABLE
    return digest.hexdigest()


def ends(opened: Sequence[OpenedDevice]) -> dict[str, str]:
    """Of every device, by its id."""
    return {each.device.id: ends_of(each.device, each.descriptors) for each in opened}


def find_again(device: Device, said: str, given: str = "") -> Device:
    """The device of an earlier scan, wherever it is attached now. Raises SourceError.

    `said`: what `ends_of` said then. `given`: where the agent says that it is.
    """
    for candidate in _candidates(device, given):
        if _same(candidate, device) and _ends_now(candidate) == said:
            return candidate
    name = " ".join(filter(None, (device.model, device.serial))) or device.path
    if given:
        raise SourceError(
            f"{given} is not what was scanned, which was {name} ({device.size} bytes).",
            hint="Say with --source where that very device or image is now.",
        )
    raise SourceError(
        f"{name} ({device.size} bytes) is not there, or another device is in its place.",
        hint="Attach the very device that was scanned, or name the image: --source PATH.",
    )


def check_volumes(then: Sequence[Volume], now: Sequence[Volume]) -> None:
    """Raises SourceError unless the volumes lie where they lay and are what they were."""
    if locked := [v.id for v in then if v.state is VolumeState.CONTAINER and v.id in _locked(now)]:
        raise SourceError(
            f"Volume {locked[0]} was unlocked when the scan began, and is locked now.",
            hint="Give what opens it once more: --unlock FILE, --unlock-ask or --unlock-found.",
        )
    if opened := [v.id for v in now if v.state is VolumeState.CONTAINER and v.id in _locked(then)]:
        raise SourceError(
            f"Volume {opened[0]} was locked when the scan began, and is unlocked now.",
            hint="Go on without --unlock, or start a new scan, which looks into it.",
        )
    if [_laid_out(volume) for volume in then] != [_laid_out(volume) for volume in now]:
        raise SourceError(
            "The volumes are not those of the scan that was cut off.",
            hint="This is another device, or it was changed. Start a new scan of it.",
        )


def check_equipment(terms: Terms, sets: Sequence[HashSetUsed], models: Sequence[ModelUsed]) -> None:
    """Raises BundleError unless sets and models are those that the scan was begun with."""
    then = [used.sha256 for used in terms.hash_sets_used], [m.sha256 for m in terms.models_used]
    now = [used.sha256 for used in sets], [used.sha256 for used in models]
    if [*map(set, then)] != [*map(set, now)]:
        raise BundleError(
            "The hash sets or the model are not those that the scan was begun with.",
            hint="Attach the same ones (--hash-set FILE and --hash-sets-in FOLDER say where they "
            "lie), or start a new scan.",
        )


def _candidates(device: Device, given: str) -> list[Device]:
    try:
        found = [identify(given or device.path, device.id)]
    except SourceError:
        if given:
            raise
        found = []
    if device.kind is SourceKind.DEVICE and not given:
        found += [msgspec.structs.replace(each, id=device.id) for each in list_devices()]
    return found


def _same(one: Device, other: Device) -> bool:
    return all(
        getattr(one, name) == getattr(other, name)
        for name in ("kind", "size", "model", "serial", "wwn")
    )


def _ends_now(device: Device) -> str:
    try:
        descriptors = open_read_only(device)
    except SourceError:
        return ""
    try:
        return ends_of(device, descriptors)
    finally:
        for descriptor in descriptors:
            os.close(descriptor)


def _locked(volumes: Sequence[Volume]) -> set[str]:
    return {volume.id for volume in volumes if is_locked(volume)}


def _laid_out(volume: Volume) -> tuple[object, ...]:
    where = volume.inside, volume.layer, volume.offset, volume.size
    return (volume.id, *where, volume.file_system, volume.uuid, volume.state)
