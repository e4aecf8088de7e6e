"""Real sealed bundles of invented entries: of any case, with the digests and looks that are asked
for. All are of harmless numbers: there is no picture behind them."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from hashlib import blake2s, md5, sha1, sha256
from pathlib import Path
from typing import Any

from msgspec.structs import replace

from tests.bundle import samples
from triage.bundle.envelope.recipients import Recipient
from triage.bundle.writing.signing import Signer, open_signer
from triage.bundle.writing.writer import BundleWriter
from triage.captured import Capture
from triage.case import Case
from triage.findings import Coverage, Match, Outcome, Result
from triage.match_kinds import MatchKind


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """An entry with a content."""

    content: str
    """What stands for it: the same word is the same content."""
    path: str = ""
    pdq: bytes = b""
    type: str = "image/jpeg"
    finding: bool = False
    """It is in the notable set."""
    capture: Capture | None = None
    outcome: Outcome = Outcome.EXAMINED
    whole: bool = True
    """It was read whole, and has a digest."""
    scores: dict[str, float] = field(default_factory=dict)
    preview: bytes = b""
    """A JPEG, of a finding."""


def digest_of(content: str) -> str:
    """What stands for its BLAKE3."""
    return blake2s(content.encode()).hexdigest()


def sealed(
    folder: Path,
    case: str,
    seen: list[Seen],
    *,
    exhibit: str = "EX-1",
    serial: str = "",
    signer: Signer | None = None,
    recipients: tuple[Recipient, ...] = (),
    changes: Mapping[str, Any] | None = None,
) -> Path:
    """The bundle of a search of that case. `changes`: what its document says otherwise."""
    folder.mkdir(parents=True, exist_ok=True)
    device = replace(samples.image(folder), serial=serial)
    coverage = Coverage()
    first = 4.2 if any(each.finding for each in seen) else None
    said = replace(
        samples.document(device, coverage, first=first),
        case=Case(case_number=case, examiner="A. Examiner", exhibit=exhibit),
        **(changes or {}),
    )
    writer = BundleWriter(
        folder / "out", said.case, list(said.devices), started=samples.BEGUN,
        terms=samples.terms_of(said, fresh=signer is None), recipients=recipients,
    )  # fmt: skip
    samples.log_start(writer, said)
    for number, each in enumerate(seen):
        entry = samples.entry(number, each.path or f"Users/someone/{case}/{each.content}.jpg")
        result = _result(each)
        coverage.list_entry(entry.volume_id, entry.size)
        coverage.settle(entry.volume_id, entry.size, result.outcome, result.reason)
        writer.entry(entry, result, preview=each.preview)
    coverage.volume("d0v1")
    if signer is not None:
        return writer.seal(said, signer)
    with open_signer(None) as fresh:
        return writer.seal(said, fresh)


def _result(each: Seen) -> Result:
    raw = each.content.encode()
    digests = {"blake3": digest_of(each.content)} if each.whole else {}
    if each.pdq:
        digests["pdq"] = each.pdq.hex()
    matches: tuple[Match, ...] = ()
    if each.finding:
        digests["md5"] = md5(raw, usedforsecurity=False).hexdigest()
        digests["sha1"] = sha1(raw, usedforsecurity=False).hexdigest()
        digests["sha256"] = sha256(raw).hexdigest()
        matches = (_match(digests["md5"]),)
    return Result(
        outcome=each.outcome,
        type=each.type,
        digests=digests,
        pdq_quality=90 if each.pdq else None,
        scores=each.scores,
        capture=each.capture,
        matches=matches,
    )


def _match(digest: str) -> Match:
    return Match(
        kind=MatchKind.HASH_SET, detector="hash_set",
        reason="Its MD5 is in the notable set “sample set”.",
        provenance={"set": "sample set", "set_sha256": "b" * 64, "algorithm": "md5",
                    "digest": digest, "category": "1"},
    )  # fmt: skip


def looks(number: int, flipped: int = 0) -> bytes:
    """A PDQ value by number, with so many bits changed."""
    value = bytearray(blake2s(f"looks {number}".encode()).digest())
    for bit in range(flipped):
        value[bit % 32] ^= 1 << (bit // 32)
    return bytes(value)
