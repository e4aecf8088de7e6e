"""What is derived of one bundle: every place in which a content was seen, a row each, as Parquet.

A content's key is the BLAKE3 of what was read whole. What was not read whole is a sighting without
content: it links nothing, and is counted. Folders, links and empty files are no sightings.
"""

import re
from collections.abc import Iterable, Iterator
from hashlib import sha256
from pathlib import Path

import msgspec

from lab.parquet import write_parquet
from lab.store import LabStore
from triage.bundle.checking.entry_lines import lines_of
from triage.bundle.checking.folder import BundleFolder
from triage.bundle.format import layout as bundle_layout
from triage.bundle.format import schema
from triage.bundle.format.document import Document
from triage.bundle.format.entries import EntryLine
from triage.findings import Outcome
from triage.match_kinds import MatchKind

_HEX = {"blake3": 64, "md5": 32, "sha1": 40, "sha256": 64, "pdq": 64}
_IS_HEX = re.compile("[0-9a-f]*")


class Sighting(msgspec.Struct, gc=False, kw_only=True):
    """One place of one bundle, with what is known of the content there."""

    entry: int
    volume: str
    path: str
    size: int
    type: str
    outcome: str
    content: str | None
    """BLAKE3, hex, as the other digests are; None: it was not read whole."""
    md5: str | None
    sha1: str | None
    sha256: str | None
    pdq: str | None
    modified: float | None
    make: str
    model: str
    serial: str
    taken: str
    finding: int | None
    """Its number, if it is one."""
    kinds: list[str]
    """Of the matches, each once."""
    notable: bool
    """It is in a notable set, or looks like what is in one; not what lies in it."""
    category: str
    """That a notable set gives it; empty if none does."""
    score: float | None
    """The highest that a model gave it."""


_COLUMNS = """{
  entry: 'BIGINT', volume: 'VARCHAR', path: 'VARCHAR', size: 'BIGINT', type: 'VARCHAR',
  outcome: 'VARCHAR', content: 'VARCHAR', md5: 'VARCHAR', sha1: 'VARCHAR', sha256: 'VARCHAR',
  pdq: 'VARCHAR', modified: 'DOUBLE', make: 'VARCHAR', model: 'VARCHAR', serial: 'VARCHAR',
  taken: 'VARCHAR', finding: 'BIGINT', kinds: 'VARCHAR[]', notable: 'BOOLEAN', category: 'VARCHAR',
  score: 'DOUBLE'}"""
_SELECT = """SELECT '{digest}' AS bundle, * REPLACE (
    unhex(content) AS content, unhex(md5) AS md5, unhex(sha1) AS sha1,
    unhex(sha256) AS sha256, unhex(pdq) AS pdq),
    CASE WHEN outcome <> 'known'
         THEN CAST('0x' || left(content, {digits}) AS BIGINT) END AS content_key,
    CASE WHEN outcome <> 'known' AND content IS NOT NULL
         THEN CAST('0x' || left(sha256(unhex(pdq)), {digits}) AS BIGINT) END AS pdq_key"""
"""The keys are numbers of 60 bits, of what may link cases: by these a store of many bundles is
searched, and digests are read where the number is one that is looked for."""
_KEY_DIGITS = 15
_KNOWN = (MatchKind.HASH_SET, MatchKind.PERCEPTUAL)


def read_document(bundle: Path) -> Document:
    """findings.json of a bundle that was verified. Raises BundleError."""
    return schema.decode(BundleFolder(bundle).read(bundle_layout.FINDINGS))


def derive(store: LabStore, bundle: Path, digest: str) -> None:
    """Make the rows of a bundle that was verified; they are on the medium when this returns.

    Raises StoreError, BundleError.
    """
    volumes = read_document(bundle).volumes
    write_sightings(store, map(sighting_of, _with_content(lines_of(bundle, volumes))), digest)


def write_sightings(store: LabStore, rows: Iterable[Sighting], digest: str) -> None:
    """The rows of the bundle of that digest. Raises StoreError, and what `rows` raises."""
    select = _SELECT.format(digest=digest, digits=_KEY_DIGITS)
    write_parquet(store, rows, store.sightings(digest), select=select, columns=_COLUMNS)


def sighting_of(line: EntryLine) -> Sighting:
    """The row of a line."""
    entry, result = line.entry, line.result
    digests = {name: hex_of(result.digests.get(name), width) for name, width in _HEX.items()}
    capture = result.capture
    own = [match for match in result.matches if not match.of_part]
    kinds = list(dict.fromkeys(str(match.kind) for match in result.matches))
    return Sighting(
        entry=entry.id,
        volume=entry.volume_id,
        path=entry.shown_path,
        size=entry.size,
        type=result.type,
        outcome=str(result.outcome),
        content=digests["blake3"],
        md5=digests["md5"],
        sha1=digests["sha1"],
        sha256=digests["sha256"],
        pdq=digests["pdq"],
        modified=entry.times.modified,
        make=capture.make if capture else "",
        model=capture.model if capture else "",
        serial=capture.serial if capture else "",
        taken=capture.taken if capture else "",
        finding=line.found.number if line.found else None,
        kinds=kinds,
        notable=any(match.kind in _KNOWN for match in own),
        category=next(filter(None, (m.provenance.get("category") for m in own)), ""),
        score=max(result.scores.values(), default=None),
    )


def pdq_key(pdq: bytes) -> int:
    """As the rows have it. Values that look alike begin alike: it is taken of their digest."""
    return int(sha256(pdq).hexdigest()[:_KEY_DIGITS], 16)


def _with_content(lines: Iterator[EntryLine]) -> Iterator[EntryLine]:
    return (
        line for line in lines if line.result.outcome is not Outcome.NO_CONTENT and line.entry.size
    )


def hex_of(value: str | None, width: int) -> str | None:
    """None too where a worker that was taken over wrote something else."""
    whole = value is not None and len(value) == width and _IS_HEX.fullmatch(value) is not None
    return value if whole else None
