"""One event of each kind, as a scan of a laptop with a 500 GB disk would tell it."""

from triage.bundle.format.document import Finding, Found
from triage.case import Case
from triage.ending import Ending, How, Reason, Unseen
from triage.evidence import (
    Device,
    FileEntry,
    Run,
    SourceKind,
    Storage,
    Timestamps,
    Volume,
    VolumeState,
)
from triage.findings import Match, Outcome, Result
from triage.machine import Machine
from triage.match_kinds import MatchKind
from triage.plan.tiers import Tier
from triage.profile import SetKind, SetSignature
from triage.scan.events import (
    Advanced,
    DeviceSeen,
    Event,
    FindingTold,
    FolderRead,
    GoesOn,
    Paused,
    Resumed,
    ScanKeyMade,
    Sealed,
    SetLoaded,
    Spotted,
    Stage,
    Standing,
    TroubleTold,
    VolumeSeen,
)

_BUNDLE = "/run/seek/evidence/2026-114-A3-20261129T101500Z"
_DEVICE = Device(
    id="d0",
    kind=SourceKind.DEVICE,
    path="/dev/nvme0n1",
    size=500_107_862_016,
    model="SAMSUNG MZVLB512HAJQ",
    serial="S3W8NX0M123456",
    transport="nvme",
    rotational=False,
    removable=False,
    read_only=True,
)
_ENTRY = FileEntry(
    id=48_211,
    volume_id="d0v3",
    path="Users/anna/Pictures/IMG_0001.jpg",
    size=2_345_678,
    meta_address=91_234,
    meta_sequence=2,
    attribute_type=128,
    attribute_id=1,
    storage=Storage.RUNS,
    runs=(Run(offset=122_683_392_000, length=2_347_008),),
    times=Timestamps(created=1_580_000_000.0, modified=1_580_000_000.5),
)
_MATCH = Match(
    kind=MatchKind.HASH_SET,
    detector="hash_set 1",
    reason="Known material: its SHA-256 is in the set originals.",
    provenance={"set": "originals", "algorithm": "sha256", "category": "1"},
)
_RESULT = Result(
    outcome=Outcome.EXAMINED,
    bytes_read=_ENTRY.size,
    type="image/jpeg",
    digests={
        "blake3": "4878ca0425c739fa427f7eda20fe845f6b2e46ba5fe2a14df5b1e32f50603215",
        "md5": "098f6bcd4621d373cade4e832627b4f6",
        "sha1": "a94a8fe5ccb19ba61c4c0873d391e987982fbbd3",
        "sha256": "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
    },
    pdq_quality=100,
    scores={"open-nsfw": 0.0312},
    matches=(_MATCH,),
)
_FOUND = FindingTold(
    seconds=7.4,
    finding=Finding(
        entry=_ENTRY,
        result=_RESULT,
        found=Found(
            number=1,
            at="2026-11-29T10:15:07.400Z",
            after=7.4,
            looked_at_as=Tier.PERSONAL_PICTURES.meaning,
            preview="media/f000001.jpg",
        ),
    ),
)
EXAMPLES: tuple[Event, ...] = (
    ScanKeyMade(fingerprint="SHA256:Zm9yIGEgc2NhbiB0aGF0IGlzIGN1dCBvZmYgbGF0ZXI"),
    SetLoaded(
        name="originals",
        kind=SetKind.NOTABLE,
        file="/run/seek/evidence/hash-sets/originals.set",
        entries=120_000,
        digests={"md5": 120_000, "sha256": 118_500},
        categories={"1": 20_000, "2": 100_000, "": 0},
        counted=120_000,
        without_size=0,
        expires="2027-01-31",
        signature=SetSignature.LISTED,
        signed_by="lab@example.org",
    ),
    FolderRead(
        folder="/run/seek/evidence/hash-sets", loaded=1, left_out=1, passed_over=("desktop.ini",)
    ),
    DeviceSeen(device=_DEVICE),
    VolumeSeen(
        volume=Volume(
            id="d0v3",
            device_id="d0",
            offset=122_683_392,
            size=499_000_000_512,
            description="Basic data partition",
            file_system="ntfs",
            label="Windows",
            uuid="5ec4a1f3c4a1d0b2",
            state=VolumeState.READABLE,
            block_size=4096,
        )
    ),
    Advanced(
        stage=Stage.EXAMINE,
        seconds=15.2,
        listed_entries=412_345,
        done_entries=93_100,
        done_bytes=61_000_000_000,
        left_entries=319_245,
        left_bytes=210_000_000_000,
        unreadable_entries=3,
        findings=1,
        seconds_left=420.0,
        now=Tier.PERSONAL_PICTURES.meaning,
        tier=Tier.PERSONAL_PICTURES.code,
    ),
    Spotted(seconds=7.1, entry=_ENTRY, matches=(_MATCH,)),
    _FOUND,
    TroubleTold(message="hash set: notes.doc is left out: it is no hash set that is known here"),
    Paused(
        message="The evidence stick is full.",
        hint="Make room on it, or end the scan: it is sealed in the room kept for that.",
        why=Standing.FULL,
    ),
    GoesOn(seconds=95.0),
    Resumed(
        bundle=_BUNDLE,
        carried_entries=93_100,
        findings=1,
        findings_again=3,
        dropped_lines=0,
        kinds={MatchKind.HASH_SET: 1},
        to_look_at=1,
        first_finding_seconds=7.1,
        latest=(_FOUND,),
    ),
    Sealed(
        bundle=_BUNDLE,
        report=f"{_BUNDLE}/report.html",
        ending=Ending(
            how=How.NOT_ALL,
            unseen=(
                Unseen(reason=Reason.VOLUME_ENCRYPTED, count=1, bytes=10**11, named=("d0v4",)),
            ),
        ),
        signer="SHA256:kGhWQx4Xb6ZJYqXh2h8l0m3y8k5q7b1c9d0e2f4a6c8",
        key_made_for_scan=True,
        findings=1,
        to_look_at=1,
        kinds={MatchKind.HASH_SET: 1},
        first_finding_seconds=7.1,
        seconds=611.0,
        started="2026-11-29T10:15:00Z",
        ended="2026-11-29T10:25:11Z",
        case=Case(case_number="2026/114", examiner="J. Roe", exhibit="A3"),
        machine=Machine(maker="LENOVO", model="20N2", serial="PF1ABCDE"),
        devices=(_DEVICE,),
        hash_sets=("originals",),
        hash_set_entries=(120_000,),
    ),
)
