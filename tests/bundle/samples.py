"""Small bundles for the tests: invented entries, and previews that are plain grey squares."""

import subprocess
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from pathlib import Path
from typing import Any

import cv2
import msgspec
import numpy as np

from triage.bundle.envelope.recipients import Recipient
from triage.bundle.format import auditlog, layout, manifest
from triage.bundle.format import document as doc
from triage.bundle.format.auditlog import spelled, utc_now
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
from triage.findings import Coverage, FramesSeen, Match, Outcome, Result
from triage.languages import Language
from triage.match_kinds import MatchKind
from triage.profile import Profile, SetKind
from triage.scan import terms

NASTY = 'Users/<script>alert(1)</script>/a"b\n\x1b[31m\u202egnp.exe&amp;'
BEGUN = datetime.now(UTC) - timedelta(seconds=400)
"""When the scans began that the samples tell of."""
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


_SEEN = FramesSeen(
    count=10, first=3.2, last=295.4, length=302.0, cut_short=True, scenes=(9.0, 72.0),
    scenes_cut_short=True,
)  # fmt: skip


def found(number: int) -> Result:
    """A result with a match, and with two every seventh time."""
    kind, score, threshold, reason = _KINDS[number % len(_KINDS)]
    digests = {"md5": f"{number:032x}", "sha256": f"{number:064x}"}
    provenance = {
        MatchKind.HASH_SET: {"set": "sample set", "set_sha256": "b" * 64, "algorithm": "md5",
                             "digest": digests["md5"], "category": "1"},
        MatchKind.CLASSIFIER: {"model": "open-nsfw", "version": "1.0", "sha256": "c" * 64},
        MatchKind.NAME: {"list": "sample words"},
    }.get(kind, {})  # fmt: skip
    match = Match(kind=kind, detector=str(kind), reason=reason, score=score, threshold=threshold,
                  provenance=provenance)  # fmt: skip
    name = Match(kind=MatchKind.NAME, detector="names", reason="Its name is on the lab's list.",
                 provenance={"list": "sample words"})  # fmt: skip
    return Result(
        outcome=Outcome.EXAMINED,
        bytes_read=2_000_000 + number,
        type="image/jpeg",
        digests=digests,
        pdq_quality=90,
        frames=_SEEN if number == 2 else None,
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


def document(
    device: Device, coverage: Coverage, *, partial: str = "", first: float | None = 4.2
) -> doc.Document:
    """A document that says something of everything."""
    profile = Profile(name="quick", description="Pictures first.",
                      detectors=(HashSetUse(), ClassifierUse()))  # fmt: skip
    device = msgspec.structs.replace(device, kind=SourceKind.DEVICE)
    before = doc.DeviceState(device_id="d0", read_only=True, counters={"writes": 0, "discards": 0})
    moment = spelled(BEGUN)
    return doc.Document(
        tool=doc.Tool(version="0.1.0", parts={"python": "3.11.7", "opencv": "4.14.0"}),
        case=CASE,
        partial=bool(partial),
        partial_reason=partial,
        times=doc.Times(started=moment, ended=utc_now(), seconds=312.4, first_finding_after=first,
                        clock="as found; the agent says it is 3 minutes slow"),
        sources=(doc.SourceNamed(device_id="d0", kind=device.kind, path=device.path),),
        devices=(device,),
        volumes=volumes(),
        profile=doc.ProfileUsed(
            applied=profile, sha256=sha256(msgspec.json.encode(profile)).hexdigest(), file="quick"
        ),
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


def begun(
    out: Path,
    device: Device,
    *,
    fresh: bool = True,
    recipients: tuple[Recipient, ...] = (),
    language: Language = Language.ENGLISH,
) -> BundleWriter:
    """The writer of a scan of that device, as it stands when the volumes are known.

    `fresh`: the key that signs is made for it alone. `recipients`: who alone can read it.
    """
    said = msgspec.structs.replace(document(device, Coverage()), language=language)
    terms_said = terms_of(said, fresh=fresh)
    writer = BundleWriter(
        out, CASE, [device], started=BEGUN, terms=terms_said, recipients=recipients
    )
    log_start(writer, said)
    return writer


def log_start(writer: BundleWriter, said: doc.Document) -> None:
    """What the log says up to where the volumes are known."""
    writer.log(auditlog.STARTED, profile="quick")
    for each in said.devices:
        writer.log(auditlog.OPENED, device=each.id, path=each.path)
    for volume in said.volumes:
        writer.log(auditlog.VOLUME, id=volume.id, state=str(volume.state), reason=volume.reason)


def terms_of(said: doc.Document, *, fresh: bool = True) -> bytes:
    """The scan.json of a scan that comes to that document."""
    return terms.encode(
        terms.Terms(
            tool_version=said.tool.version, started=said.times.started, case=said.case,
            profile=said.profile.applied, profile_file=said.profile.file, hash_sets=(),
            key="" if fresh else "key", time_limit=0.0, workers=1, clock=said.times.clock,
            language=said.language,
            devices=said.devices, ends={}, volumes=said.volumes,
            hash_sets_used=said.hash_sets, models_used=said.models,
            word_lists_used=said.word_lists, continues=said.continues,
        )
    )  # fmt: skip


def sealed(
    folder: Path,
    *,
    findings: int = 3,
    signer: Signer | None = None,
    partial: str = "",
    language: Language = Language.ENGLISH,
) -> Path:
    """A sealed bundle in `folder`; without a signer, by a fresh key."""
    device = image(folder)
    writer = begun(folder / "out", device, fresh=signer is None, language=language)
    coverage = fill(writer, findings)
    if partial:
        writer.log(auditlog.STOPPED, reason=partial)
    made = document(device, coverage, partial=partial, first=4.2 if findings else None)
    made = msgspec.structs.replace(made, language=language)
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
