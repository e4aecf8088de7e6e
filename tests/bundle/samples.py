"""Small bundles for the tests: invented entries, and previews that are plain grey squares."""

import subprocess
from pathlib import Path
from typing import Any

import cv2
import msgspec
import numpy as np

from triage.bundle.format import document as doc
from triage.bundle.format import layout, manifest
from triage.bundle.format.auditlog import utc_now
from triage.bundle.writing.signing import Signer, open_signer
from triage.bundle.writing.writer import BundleWriter
from triage.captured import Capture
from triage.case import Case
from triage.choices import ClassifierUse, HashSetUse
from triage.evidence import (
    Device,
    EntryKind,
    FileEntry,
    Run,
    SourceKind,
    Storage,
    Timestamps,
    Volume,
    VolumeState,
)
from triage.findings import Coverage, Match, Outcome, Result
from triage.match_kinds import MatchKind
from triage.profile import Profile, SetKind

NASTY = 'Users/<script>alert(1)</script>/a"b\n\x1b[31m\u202egnp.exe&amp;'
CASE = Case(case_number="2026/0417", examiner="A. Examiner", exhibit="EX-3")

CONTAINERS = (("zip", False), ("zip", True), ("pdf", False), ("mbox", False))
"""Kinds, and whether it is encrypted."""
UNDECODED = ("camera raw", "camera raw", "JPEG XR")

_KINDS = (
    (MatchKind.HASH_SET, None, None, "Its SHA-1 is in the notable set “sample set”."),
    (MatchKind.CLASSIFIER, 0.913, 0.8, "The model scored it 0.91; the profile asks for 0.80."),
    (MatchKind.NAME, None, None, "Its name is on the list “sample words”."),
    (MatchKind.TYPE_MISMATCH, None, None, "Named .dat, but it is a JPEG picture."),
)


def preview(number: int) -> bytes:
    """A small JPEG: a square of one grey, with a lighter bar that moves with the number."""
    pixels = np.full((120, 160, 3), 90, np.uint8)
    pixels[20 + number % 60 :][:20] = 200
    return bytes(cv2.imencode(".jpg", pixels)[1])


def image(folder: Path) -> Device:
    """A device that is an image file (of zeros) in the folder."""
    file = folder / "suspect.img"
    file.write_bytes(bytes(4096))
    return Device(
        id="d0",
        kind=SourceKind.IMAGE,
        path=str(file),
        size=64_000_000_000,
        model="SAMSUNG MZ7LN256",
        serial="S2ABNX0H123456",
        transport="sata",
    )


def volumes() -> tuple[Volume, ...]:
    """A readable one, an encrypted one, and what no volume claims."""
    return (
        Volume(id="d0v0", device_id="d0", offset=0, size=1_048_576, state=VolumeState.UNCLAIMED),
        Volume(id="d0v1", device_id="d0", offset=1_048_576, size=40_000_000_000,
               file_system="ntfs", label="Windows", state=VolumeState.READABLE),
        Volume(id="d0v2", device_id="d0", offset=40_001_048_576, size=23_998_951_424,
               file_system="bitlocker", state=VolumeState.ENCRYPTED, reason="the key is not known"),
    )  # fmt: skip


def entry(number: int, path: str = "") -> FileEntry:
    """A picture; every fifth is unallocated."""
    return FileEntry(
        id=number,
        volume_id="d0v1",
        path=path or f"Users/someone/Pictures/IMG_{number:04}.JPG",
        size=2_000_000 + number,
        allocated_meta=number % 5 != 4,
        meta_address=64 + number,
        storage=Storage.RUNS,
        runs=(Run(offset=4096 * number, length=2_000_000 + number),),
        times=Timestamps(modified=1_700_000_000.25 + number, created=1_600_000_000.0),
    )


def found(number: int) -> Result:
    """A result with a match, and with two every seventh time."""
    kind, score, threshold, reason = _KINDS[number % len(_KINDS)]
    provenance = {"set": "sample set", "category": "1"} if score is None else {"model": "open-nsfw"}
    match = Match(kind=kind, detector=str(kind), reason=reason, score=score, threshold=threshold,
                  provenance=provenance)  # fmt: skip
    name = Match(kind=MatchKind.NAME, detector="names", reason="Its name is on the lab's list.")
    return Result(
        outcome=Outcome.EXAMINED,
        bytes_read=2_000_000 + number,
        type="image/jpeg",
        digests={"md5": f"{number:032x}", "sha256": f"{number:064x}"},
        pdq_quality=90,
        scores={"open-nsfw": 0.0312},
        capture=Capture(make="HMD Global", model="Nokia 8.3 5G", taken="2021-03-04T05:06:07"),
        matches=(match, name) if number % 7 == 0 else (match,),
        reread_sha256="f" * 64 if number == 2 else "",
    )


def fill(writer: BundleWriter, findings: int, others: int = 12) -> Coverage:
    """Write entries: directories, unreadable ones, findings; what they add up to."""
    coverage = Coverage()

    def settle(item: FileEntry, result: Result, jpeg: bytes = b"") -> None:
        coverage.list_entry(item.volume_id, item.size)
        coverage.settle(item.volume_id, item.size, result.outcome, result.reason)
        if result.container:
            coverage.hold(item.volume_id, item.size, result.container, locked=result.locked)
        if result.undecoded:
            coverage.leave_undecoded(item.volume_id, item.size, result.undecoded)
        writer.entry(item, result, preview=jpeg)

    for number in range(findings):
        jpeg = b"" if number % 6 == 5 else preview(number)
        settle(entry(number, NASTY if number == 1 else ""), found(number), jpeg)
    for number, (kind, locked) in enumerate(CONTAINERS, findings + others + 1):
        held = Result(outcome=Outcome.EXAMINED, container=kind, locked=locked)
        settle(entry(number, f"Users/someone/{number}.{kind}"), held)
    first = findings + others + 1 + len(CONTAINERS)
    for number, kind in enumerate(UNDECODED, first):
        left = Result(outcome=Outcome.EXAMINED, undecoded=kind)
        settle(entry(number, f"Users/someone/{number}.nef"), left)
    for number in range(findings, findings + others):
        outcome, reason = (
            (Outcome.EXAMINED, ""),
            (Outcome.EXCLUDED, "not a picture"),
            (Outcome.UNREADABLE, "cannot be decoded"),
        )[number % 3]
        settle(entry(number), Result(outcome=outcome, reason=reason))
    folder = FileEntry(id=findings + others, volume_id="d0v1", path="Users",
                       kind=EntryKind.DIRECTORY)  # fmt: skip
    settle(folder, Result(outcome=Outcome.NO_CONTENT, reason="directory"))
    volume = coverage.volume("d0v1")
    volume.caps = ("orphans: stopped at 100,000",)
    volume.content_bytes, volume.outside_files_bytes = 21_000_000_000, 19_000_000_000
    return coverage


def document(device: Device, coverage: Coverage, *, partial: str = "") -> doc.Document:
    """A document that says something of everything."""
    profile = Profile(name="quick", description="Pictures first.",
                      detectors=(HashSetUse(), ClassifierUse()))  # fmt: skip
    before = doc.DeviceState(device_id="d0", read_only=True, counters={"writes": 0, "discards": 0})
    moment = "2026-11-21T21:50:24.250Z"
    return doc.Document(
        tool=doc.Tool(version="0.1.0", parts={"python": "3.11.7", "opencv": "4.14.0"}),
        case=CASE,
        partial=bool(partial),
        partial_reason=partial,
        times=doc.Times(started=moment, ended=utc_now(), seconds=312.4, first_finding_after=4.2,
                        clock="as found; the agent says it is 3 minutes slow"),
        sources=(doc.SourceNamed(device_id="d0", kind=device.kind, path=device.path),),
        devices=(device,),
        volumes=volumes(),
        profile=doc.ProfileUsed(applied=profile, sha256="a" * 64, file="quick"),
        hash_sets=(doc.HashSetUsed(name="sample set", kind=SetKind.NOTABLE, file="sample.csv",
                                   sha256="b" * 64, algorithms=("md5", "sha1"), entries=1_204_331,
                                   bad_lines=2, first_bad_lines=(17, 4012)),),
        models=(doc.ModelUsed(name="open-nsfw", version="1.0", licence="BSD-2-Clause",
                              threshold=0.8, sha256="c" * 64),),
        word_lists=(doc.WordListUsed(name="sample words", entries=12),),
        write_block=doc.Attestation(
            before=doc.Snapshot(at=moment, devices=(before,)),
            after=doc.Snapshot(at=moment, devices=(before,)),
            layers=(
                doc.WriteBlockLayer(name="kernel read-only flag", on=True, self_test="passed"),
            ),
            facts={"image build": "test"},
        ),
        coverage=coverage,
        errors=(doc.Trouble(where="d0v1", what="a worker died and was replaced"),),
    )  # fmt: skip


def altered(finding: doc.Finding, **parts: dict[str, Any]) -> doc.Finding:
    """The finding with other fields in its `entry`, its `result` or what is `found` of it."""
    whole = {name: msgspec.structs.replace(getattr(finding, name), **parts[name]) for name in parts}
    return msgspec.structs.replace(finding, **whole)


def sealed(
    folder: Path, *, findings: int = 3, signer: Signer | None = None, partial: str = ""
) -> Path:
    """A sealed bundle in `folder`; without a signer, by a fresh key."""
    device = image(folder)
    writer = BundleWriter(folder / "out", CASE, [device])
    writer.log("scan started", profile="quick")
    coverage = fill(writer, findings)
    made = document(device, coverage, partial=partial)
    if signer is not None:
        return writer.seal(made, signer)
    with open_signer(None) as fresh:
        return writer.seal(made, fresh)


def sign_again(bundle: Path, signer: Signer) -> None:
    """What an attacker does: a manifest of the files as they are now, signed by another key."""
    names = [str(f.relative_to(bundle)) for f in bundle.rglob("*") if f.is_file()]
    own = (layout.MANIFEST, layout.SIGNATURE)
    hasher = subprocess.run(
        ["sha256sum", *(name for name in names if name not in own)],
        cwd=bundle, capture_output=True, check=True,
    )  # fmt: skip
    lines = (line.split("  ", 1) for line in hasher.stdout.decode().splitlines())
    text = manifest.write({name: digest for digest, name in lines})
    (bundle / layout.MANIFEST).write_bytes(text)
    (bundle / layout.SIGNATURE).write_bytes(signer.sign(text))
