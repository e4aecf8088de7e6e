"""Plain words for what the document says in one word; our own are English, for whoever says them
in the report's language."""

from datetime import UTC, datetime

from triage.bundle.format.document import Document
from triage.bundle.rendering.html.markup import Html, foreign, join
from triage.bundle.rendering.html.speaking import Say
from triage.evidence import Device, ProtectorKind, SourceKind, Volume, VolumeState
from triage.findings import Outcome
from triage.profile import SetKind

OUTCOMES: tuple[tuple[Outcome, str], ...] = (
    (Outcome.EXAMINED, "Examined"),
    (Outcome.KNOWN, "Known"),
    (Outcome.EXCLUDED, "Excluded"),
    (Outcome.UNREADABLE, "Unreadable"),
    (Outcome.ENCRYPTED, "Encrypted"),
    (Outcome.ELSEWHERE, "Elsewhere"),
    (Outcome.NOT_REACHED, "Not reached"),
    (Outcome.NO_CONTENT, "No content"),
)

STATES = {
    VolumeState.READABLE: "readable",
    VolumeState.ENCRYPTED: "encrypted: nothing in it was looked at",
    VolumeState.UNSUPPORTED: "recognised, but not yet readable: nothing in it was looked at",
    VolumeState.EMPTY: "only zeros, all of it read",
    VolumeState.UNRECOGNISED: "nothing recognised: noise, wiped, or a hidden container",
    VolumeState.DAMAGED: "damaged: nothing in it was looked at",
    VolumeState.UNCLAIMED: "sectors that no volume claims: not looked at",
    VolumeState.CONTAINER: "holds other volumes, listed by themselves",
    VolumeState.NO_FILES: "holds no files, by its nature",
}

KINDS = {
    SourceKind.DEVICE: "storage device",
    SourceKind.IMAGE: "image file, not the device itself",
    SourceKind.DIRECTORY: "folder: what was deleted, and all outside the folder, cannot be seen",
}


PROTECTORS = {
    ProtectorKind.CLEAR_KEY: "clear key",
    ProtectorKind.TPM: "TPM",
    ProtectorKind.RECOVERY_PASSWORD: "recovery password",
    ProtectorKind.PASSWORD: "password",
    ProtectorKind.STARTUP_KEY: "startup key",
    ProtectorKind.PASSPHRASE: "passphrase",
    ProtectorKind.PASSWORD_AND_PIM: "password or key file",
    ProtectorKind.OTHER: "other",
}

SET_KINDS = {SetKind.NOTABLE: "notable", SetKind.KNOWN: "known"}


def device_name(device: Device) -> str:
    """Model and serial number, or the path."""
    name = " ".join(filter(None, (device.model, device.serial)))
    return f"{name} ({device.path})" if name else device.path


def volume_name(say: Say, volume: Volume) -> Html:
    """`d0v1 ntfs “Windows”, 128 GB`."""
    label = f" “{volume.label}”" if volume.label else ""
    kind = say("unclaimed") if volume.state is VolumeState.UNCLAIMED else say("volume")
    system = foreign(f"{volume.file_system or volume.description}{label}") or kind
    return join([foreign(volume.id), " ", system, ", ", say.size(volume.size)])


def short_volume_name(volume: Volume) -> str:
    """`d0v1 Windows`, for a cell."""
    return " ".join(filter(None, (volume.id, volume.label)))


def place(say: Say, document: Document, volume_id: str) -> Html:
    """Device and volume, for a finding."""
    volume = next((v for v in document.volumes if v.id == volume_id), None)
    if volume is None:
        return foreign(volume_id)
    device = next((d for d in document.devices if d.id == volume.device_id), None)
    on = [foreign(device_name(device))] if device else []
    return join([*on, volume_name(say, volume)], " · ")


def moment(utc: str) -> str:
    """`2026-11-21 21:50:24 UTC`."""
    return utc[:19].replace("T", " ") + " UTC" if utc else ""


def instant(seconds: float) -> str:
    """A file's time stamp; what no calendar holds is given as the number that it is."""
    try:
        return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%d %H:%M:%S")
    except (ValueError, OverflowError, OSError):
        return f"{seconds:.0f} s from 1970"
