"""merged.json: what several bundles found, put together. It is no scan's bundle, and says so.

Each content is told once, with all places where it lies. What each bundle says besides its findings
- devices, volumes, sets, coverage, how it ended - is there as that bundle says it.
"""

from pathlib import Path
from typing import Annotated, Literal

import msgspec

from triage.bundle.format import layout, schema
from triage.bundle.format.document import (
    Document,
    DocumentValue,
    Finding,
    Natural,
    Sha256,
    SignerStatement,
    Utc,
)
from triage.errors import BundleError, why
from triage.match_kinds import MatchKind

MERGED = "merged.json"
SUMS = "merged.sha256"
SIGNATURE = "merged.sha256.sig"
NAMESPACE = "seek-merge@v1"
"""Of the signature: what was put together in a lab is no scan's bundle."""

_MIB = 1024**2
_LONGEST = {MERGED: 4096 * _MIB, SUMS: 64 * _MIB, SIGNATURE: 64 * 1024}
_AS_IN_BUNDLES = (layout.REPORT, layout.SIGNER, layout.ALLOWED_SIGNERS)
LISTED = (layout.ALLOWED_SIGNERS, MERGED, layout.REPORT, layout.SIGNER)
"""In every list, besides the previews and further files of the report."""

Number = Annotated[int, msgspec.Meta(ge=1)]


class MergedSource(DocumentValue, frozen=True, kw_only=True):
    """One of the bundles."""

    number: Number
    """From 1, as they were given."""
    bundle: str
    """Name of its folder."""
    manifest_sha256: Sha256
    """Of its manifest, by which it is told from all others."""
    trouble: str = ""
    """Why it does not verify, and was taken all the same because somebody said so; empty: it was
    verified."""
    fingerprint: str = ""
    """Of the key that signed it."""
    principal: str = ""
    """Whose that is, by the list of signers that was given."""
    not_proven: tuple[str, ...] = ()
    """What of its earlier runs nobody can be sure of, in words."""
    all_in: Natural = 0
    """Number of the one that goes on with its scan, and has what it has; 0: it stands alone."""
    findings: Natural
    carried: Natural = 0
    """Of those, how many are told as that one's."""
    says: Document
    """Its findings.json without the findings."""


class MergedPlace(DocumentValue, frozen=True, kw_only=True, omit_defaults=True):
    """Where a content lies."""

    source: Number
    finding: Number
    """Its number in that bundle."""
    volume_id: str
    path: str
    """As the bundle shows it."""
    allocated: bool = True
    kinds: tuple[MatchKind, ...]
    """Of its matches there."""


class MergedContent(DocumentValue, frozen=True, kw_only=True):
    """What one or several findings hold, the same to the byte."""

    finding: Finding
    """As the first place of the surest kind has it: its number is of the merged ones, its volume's
    id has the source's number before it (`2/d0v1`), its matches are those of all places."""
    places: Annotated[tuple[MergedPlace, ...], msgspec.Meta(min_length=1)]


class Merged(DocumentValue, frozen=True, kw_only=True):
    """merged.json."""

    format: Literal["seek merge"] = "seek merge"
    format_version: Literal[1] = 1
    by: str
    """The program and its version."""
    renderer: Sha256
    """Over the code that renders report.html; where it is the same, so is the report."""
    at: Utc
    case_numbers: tuple[str, ...]
    """Each once; several only if somebody said so."""
    sources: Annotated[tuple[MergedSource, ...], msgspec.Meta(min_length=1)]
    contents: tuple[MergedContent, ...]
    signer: SignerStatement


_encoder = msgspec.json.Encoder()
_decoder = msgspec.json.Decoder(Merged)


def encode(merged: Merged) -> bytes:
    """The one spelling, as findings.json has one."""
    try:
        compact = _encoder.encode(merged)
    except UnicodeEncodeError:
        compact = schema.encode_escaped(merged)
    return msgspec.json.format(_encoder.encode(decode(compact)), indent=1) + b"\n"


def decode(text: bytes) -> Merged:
    """Raises BundleError for what is none, or is spelled in another way."""
    try:
        return _decoder.decode(text)
    except (msgspec.MsgspecError, RecursionError, UnicodeDecodeError) as error:
        raise BundleError(
            f"{MERGED} is not what `seek merge` writes: {why(error)}.",
            hint="`seek verify` says whether it was changed.",
        ) from error


def is_merged(folder: Path) -> bool:
    """Whether that lies there, whole or not, and no bundle."""
    return (folder / MERGED).exists() and not (folder / layout.MANIFEST).exists()


def own_volume(number: int, volume_id: str) -> str:
    """How a source's volume is called among those of all."""
    return f"{number}/{volume_id}"


def longest(name: str) -> int | None:
    """The most bytes that a file of this name may have; None if there is no such file in it."""
    as_in_bundles = name in _AS_IN_BUNDLES or layout.is_preview(name)
    if as_in_bundles or layout.is_further_report(name):
        return layout.longest(name)
    return _LONGEST.get(name)
