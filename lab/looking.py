"""What one looks up in a store: an exhibit, its findings, a content, what has a digest or name.

Everything is of bundles that were verified; texts are what a suspect's disk said, unescaped.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from lab.engines.asking import Rows
from lab.engines.duck import Connection
from lab.store import LabStore
from triage.bundle.checking.folder import BundleFolder
from triage.bundle.format.layout import preview_name
from triage.errors import StoreError, VerificationError
from triage.preview_jpeg import is_preview

MOST_PLACES = 500
_LENGTHS = frozenset({32, 40, 64})
"""Of digests in hex: MD5, SHA-1, and SHA-256, BLAKE3 or PDQ."""
_HEX = re.compile("[0-9a-f]+")


@dataclass(frozen=True, slots=True, kw_only=True)
class ExhibitShown:
    """One bundle, by what it says of itself."""

    bundle: str
    case_id: str
    case: str
    exhibit: str
    examiner: str
    started: str
    partial: bool
    signer: str
    principal: str
    findings: int
    imported: str


@dataclass(frozen=True, slots=True, kw_only=True)
class FindingShown:
    """A finding as its exhibit's list has it."""

    number: int
    path: str
    type: str
    size: int
    content: str | None
    kinds: list[str]
    notable: bool
    category: str
    score: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class ContentShown:
    """All that is known of a content besides where it was seen."""

    content: str
    """BLAKE3, hex, as the other digests are."""
    size: int
    type: str
    md5: str | None
    sha1: str | None
    sha256: str | None
    pdq: str | None
    notable: bool
    category: str
    score: float | None
    camera: str
    places: int
    cases: int


@dataclass(frozen=True, slots=True, kw_only=True)
class PlaceShown:
    """One sighting."""

    case_id: str
    case: str
    exhibit: str
    path: str
    finding: int | None
    bundle: str
    content: str | None


def exhibit(held: Connection, bundle: str) -> ExhibitShown | None:
    """The one of that bundle."""
    for case_id, case, name, examiner, started, partial, signer, principal, findings, at in (
        held.ask("exhibit", {"bundle": bundle})
    ):  # fmt: skip
        return ExhibitShown(bundle=bundle, case_id=case_id, case=case, exhibit=name,
                            examiner=examiner, started=started, partial=partial, signer=signer,
                            principal=principal, findings=findings, imported=at)  # fmt: skip
    return None


def findings(held: Connection, bundle: str, after: int, most: int) -> list[FindingShown]:
    """Those behind a number, at most so many."""
    rows = held.ask("findings", {"bundle": bundle, "after": after, "most": most})
    names = FindingShown.__slots__
    return [FindingShown(**dict(zip(names, row, strict=True))) for row in rows]


def content(held: Connection, digest: str) -> ContentShown | None:
    """By its BLAKE3; None if it was never seen."""
    ((size, kind, *more),) = held.ask("content", {"content": digest})
    if size is None:
        return None
    names = ContentShown.__slots__[3:]
    return ContentShown(content=digest, size=size, type=kind,
                        **dict(zip(names, more, strict=True)))  # fmt: skip


def places(held: Connection, digest: str) -> list[PlaceShown]:
    """Everywhere that a content was seen, at most MOST_PLACES."""
    return by_digest(held, digest)


def by_digest(held: Connection, digest: str) -> list[PlaceShown]:
    """What has it, whichever digest it is."""
    return _places(held.ask("by_digest", {"digest": digest, "most": MOST_PLACES}))


def by_name(held: Connection, words: str) -> list[PlaceShown]:
    """Whose path holds the words."""
    return _places(held.ask("by_name", {"words": words, "most": MOST_PLACES}))


def by_looks(held: Connection, looks: Sequence[bytes]) -> list[tuple[bytes, PlaceShown]]:
    """What has one of these PDQ values, with the value."""
    if not looks:
        return []
    rows = held.ask("by_looks", {"looks": list(looks), "most": MOST_PLACES})
    return [(row[-1], *_places([row[:-1]])) for row in rows]


def all_looks(held: Connection) -> list[bytes]:
    """Every PDQ value of the store."""
    return [pdq for (pdq,) in held.ask("looks")]


def is_digest(text: str) -> bool:
    """Whether it could be one, in small letters."""
    return len(text) in _LENGTHS and _HEX.fullmatch(text) is not None


def has_preview(store: LabStore, bundle: str, number: int) -> bool:
    """Whether the bundle kept a small picture of that finding."""
    return (store.bundle(bundle) / preview_name(number)).is_file()


def preview(store: LabStore, bundle: str, number: int) -> bytes:
    """That picture, a plain JPEG. Raises StoreError if it is not there, or no longer that."""
    try:
        data = BundleFolder(store.bundle(bundle)).read(preview_name(number))
    except VerificationError as error:
        raise StoreError(
            f"The picture of finding {number} cannot be read: {error.message}.",
            hint="`seek lab verify` says whether the store is whole.",
        ) from error
    if not is_preview(data):
        raise StoreError(
            f"The picture of finding {number} is not what the bundle had.",
            hint="`seek lab verify` says whether the store is whole.",
        )
    return data


def _places(rows: Rows) -> list[PlaceShown]:
    names = PlaceShown.__slots__
    return [PlaceShown(**dict(zip(names, row, strict=True))) for row in rows]
