"""Is scan.json of this scan? It says what was asked for; findings.json what came of it."""

from typing import Literal

import msgspec

from triage.bundle.format.document import Document, HashSetUsed, ModelUsed, SignerKind, Utc
from triage.case import Case
from triage.errors import VerificationError
from triage.evidence import Device, Volume
from triage.languages import Language
from triage.profile import Profile


class Asked(msgspec.Struct, frozen=True, kw_only=True):
    """What of scan.json findings.json says too; `scan.terms.Terms` is all of it."""

    format: Literal["seek scan"]
    format_version: int
    started: Utc
    """Of the first run, where the scan was taken up again in the same folder."""
    case: Case
    profile: Profile
    key: str
    clock: str
    language: Language = Language.ENGLISH
    devices: tuple[Device, ...]
    volumes: tuple[Volume, ...]
    hash_sets_used: tuple[HashSetUsed, ...]
    models_used: tuple[ModelUsed, ...]
    continues: str = ""


_decoder = msgspec.json.Decoder(Asked)


def read(text: bytes) -> Asked:
    """What scan.json says. Raises VerificationError if that is not what a scan writes there."""
    try:
        return _decoder.decode(text)
    except (msgspec.MsgspecError, RecursionError, UnicodeDecodeError) as error:
        raise VerificationError("scan.json does not say what a scan was asked for") from error


def compare(asked: Asked, document: Document, version: int) -> None:
    """Raise VerificationError naming what is another's. `version`: the bundle's format."""
    resumed = bool(document.resumed)
    told = {
        "case": (asked.case, document.case),
        "profile": (asked.profile, document.profile.applied),
        "language": (asked.language, document.language),
        "clock": (asked.clock, document.times.clock),
        "devices": (_devices(asked.devices), _devices(document.devices)),
        "volumes": (_volumes(asked.volumes), _volumes(document.volumes)),
        "hash sets": (_sets(asked.hash_sets_used), _sets(document.hash_sets)),
        "models": (_models(asked.models_used), _models(document.models)),
        "earlier bundle": (asked.continues, document.continues),
        "start": (asked.started, asked.started if resumed else document.times.started),
        "format": (asked.format_version, version),
    }
    for name, (one, other) in told.items():
        if one != other:
            raise VerificationError(f"scan.json is of another scan: its {name} is not that one's")
    fresh = document.signer is not None and document.signer.kind is SignerKind.FRESH
    if not resumed and fresh == bool(asked.key):
        raise VerificationError("scan.json names a key, and one was made for this scan alone")


def _devices(devices: tuple[Device, ...]) -> list[tuple[object, ...]]:
    """Without where they were attached, which may change when a scan is taken up again."""
    return [(d.id, d.kind, d.size, d.model, d.serial, d.wwn) for d in devices]


def _volumes(volumes: tuple[Volume, ...]) -> list[tuple[object, ...]]:
    return [(v.id, v.device_id, v.inside, v.offset, v.size, v.state, v.uuid) for v in volumes]


def _sets(sets: tuple[HashSetUsed, ...]) -> set[tuple[str, str]]:
    return {(used.name, used.sha256) for used in sets}


def _models(models: tuple[ModelUsed, ...]) -> set[tuple[str, str]]:
    return {(used.name, used.sha256) for used in models}
