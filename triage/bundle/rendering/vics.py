"""Findings as VICS 2.0 JSON (Project VIC), a `#Cases` file that lab tools import.

Source: the VICS 2.0 data model (github.com/VICSDATAMODEL/ProjectVic, DataModels/2.0.xml). One
Media for each content, one MediaFile for each place where it was found; a part of a file that
matched is a content of its own, at its place in that file. There is a RelativeFilePath where the
content was taken out (`seek extract`). MD5 and SHA1 are null only where a content could not be
read again, or the bundle is of format 1. Booleans are strings, as the tools in use write them.
"""

import uuid
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, NamedTuple

import msgspec

from triage.bundle.format.document import Document, Finding
from triage.bundle.format.shown import utc_of
from triage.evidence import FileEntry, Volume
from triage.families import family
from triage.findings import Match
from triage.hashsets.labels import number_of
from triage.match_kinds import MatchKind
from triage.profile import Family

CONTEXT = "http://github.com/VICSDATAMODEL/ProjectVic/DataModels/2.0.xml/US/$metadata#Cases"

Volumes = Mapping[str, Volume]
"""By id."""
_SPACE = uuid.UUID("6f2f6a7e-6f0e-5b5c-9a53-1d6f6b2c7f10")
"""Name space of case ids: the same bundle always gives the same id."""


def render(document: Document, files: Mapping[str, str] | None = None) -> bytes:
    """The whole file, UTF-8 without a byte-order mark.

    `files`: of contents that were taken out, by SHA-256, the file beside this one.
    """
    contents: dict[str, list[Shown]] = {}
    for finding in document.findings:
        for shown in _shown(finding):
            contents.setdefault(shown.key, []).append(shown)
    volumes = {volume.id: volume for volume in document.volumes}
    media = [
        _media(document, volumes, n, same) | _taken_out(same[0], files or {})
        for n, same in enumerate(contents.values(), 1)
    ]
    case = {
        "CaseID": str(uuid.uuid5(_SPACE, _identity(document))),
        "CaseNumber": document.case.case_number,
        "ContactName": document.case.examiner,
        "SeizureDate": document.times.started,
        "SourceApplicationName": document.tool.name,
        "SourceApplicationVersion": document.tool.version,
        "TotalMediaFiles": sum(len(same) for same in contents.values()),
        "TotalPrecategorized": sum(1 for item in media if item["Category"]),
        "Media": media,
    }
    whole = {"@odata.context": CONTEXT, "value": [case]}
    return msgspec.json.format(msgspec.json.encode(whole), indent=1) + b"\n"


class Shown(NamedTuple):
    """A content at one place: a finding's own, or that of a part of it which matched."""

    finding: Finding
    own: tuple[Match, ...]
    """What speaks of this very content: a category is its own, and not that of a part of it."""
    said: tuple[Match, ...]
    """All that is to be read of it."""
    digests: dict[str, str]
    type: str
    size: int
    offset: int = 0
    """In the finding's content, bytes; -1: in pieces."""

    @property
    def key(self) -> str:
        """The same for the same content."""
        return self.digests.get("sha256") or f"finding {self.finding.number}"


def _shown(finding: Finding) -> Iterator[Shown]:
    """The finding itself, if it is a picture or video or holds one; then those of its parts."""
    result = finding.result
    of_media = any(match.kind.words.of_media for match in finding.matches)
    is_media = result.type.startswith("image/") or family(result.type) is Family.VIDEOS
    if not of_media and not is_media:
        return
    own = tuple(match for match in finding.matches if not match.of_part)
    size = finding.entry.size
    yield Shown(finding, own, finding.matches, finding.digests, result.type, size)
    parts: dict[str, list[Match]] = {}
    for match in finding.matches:
        if sha256 := match.of_part and match.provenance.get("part_sha256"):
            parts.setdefault(sha256, []).append(match)
    for matches in parts.values():
        yield _shown_part(finding, tuple(matches))


def _shown_part(finding: Finding, matches: tuple[Match, ...]) -> Shown:
    said = matches[0].provenance
    digests = {name: said.get(f"part_{name}", "") for name in ("md5", "sha1", "sha256")}
    try:
        offset, length = matches[0].place or (-1, 0)
    except ValueError:  # in a bundle that `seek verify` refuses
        offset, length = -1, 0
    told = said.get("part_size", "")
    size = int(told) if told.isascii() and told.isdigit() and len(told) < 20 else length
    return Shown(finding, matches, matches, digests, said.get("part_type", ""), size, offset)


def _media(document: Document, volumes: Volumes, number: int, same: list[Shown]) -> dict[str, Any]:
    first = same[0]
    category, source = _precategorized(same)
    return {
        "MediaID": number,
        "Category": number_of(category),
        "MD5": _upper(first, "md5"),
        "SHA1": _upper(first, "sha1"),
        "MediaSize": first.size,
        "MimeType": first.type,
        "IsPrecategorized": "true" if category else "false",
        "PrecategorizationSource": source,
        "Comments": "; ".join(_unique(m.reason for shown in same for m in shown.said)),
        "AlternativeHashes": [
            {"HashName": name.upper(), "HashValue": value}
            for name, value in first.digests.items()
            if name not in ("md5", "sha1")
        ],
        "MediaFiles": [_media_file(document, volumes, shown) for shown in same],
    }


def _taken_out(shown: Shown, files: Mapping[str, str]) -> dict[str, str]:
    file = files.get(shown.digests.get("sha256", ""))
    return {"RelativeFilePath": file} if file else {}


def _precategorized(same: list[Shown]) -> tuple[str, str]:
    """Category and set of the very content; what it only looks like says nothing of it."""
    told = [m.provenance for shown in same for m in shown.own if _is_by_digest(m)]
    categories = ((said.get("category", ""), said.get("set", "")) for said in told)
    return next(((category, name) for category, name in categories if category), ("", ""))


def _is_by_digest(match: Match) -> bool:
    """A thumbnail's match says what it matched by."""
    return MatchKind.HASH_SET in (match.kind, match.provenance.get("matched_by"))


def _media_file(document: Document, volumes: Volumes, shown: Shown) -> dict[str, Any]:
    entry = shown.finding.entry
    folder, _, name = entry.shown_path.rpartition("/")
    return {
        "MD5": _upper(shown, "md5"),
        "FileName": name,
        "FilePath": f"{entry.volume_id}\\{folder}".replace("/", "\\"),
        "Created": utc_of(entry.times.created) or None,
        "Written": utc_of(entry.times.modified) or None,
        "Accessed": utc_of(entry.times.accessed) or None,
        "Unallocated": "false" if entry.allocated else "true",
        "PhysicalLocation": _on_device(volumes.get(entry.volume_id), entry, shown.offset),
        "SourceID": document.case.exhibit or entry.volume_id,
    }


def _on_device(volume: Volume | None, entry: FileEntry, offset: int) -> str:
    """Where on the device it begins; nothing where that cannot be said."""
    if volume is None or volume.begins_at < 0 or entry.position < 0:
        return ""
    if offset and (offset < 0 or not entry.runs or offset >= entry.runs[0].length):
        return ""
    return str(volume.begins_at + entry.position + offset)


def _identity(document: Document) -> str:
    log = document.log.sha256 if document.log else ""
    return f"{document.case.case_number}/{document.case.exhibit}/{document.times.started}/{log}"


def _upper(shown: Shown, algorithm: str) -> str | None:
    return shown.digests.get(algorithm, "").upper() or None


def _unique(parts: Iterable[str]) -> list[str]:
    return list(dict.fromkeys(parts))
