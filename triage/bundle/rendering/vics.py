"""Findings as VICS 2.0 JSON (Project VIC), a `#Cases` file that lab tools import.

Source: the VICS 2.0 data model (github.com/VICSDATAMODEL/ProjectVic, DataModels/2.0.xml). One
Media for each content, one MediaFile for each place where it was found. The pictures themselves
are not exported, so there is no RelativeFilePath; MD5 and SHA1 are null only where its content
could not be read again, or the bundle is of format 1.
Booleans are strings, as the tools in use write them.
"""

import uuid
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from typing import Any

import msgspec

from triage.bundle.format.document import Document, Finding
from triage.evidence import FileEntry, Volume
from triage.families import family
from triage.hashsets.labels import number_of
from triage.match_kinds import MatchKind
from triage.profile import Family

CONTEXT = "http://github.com/VICSDATAMODEL/ProjectVic/DataModels/2.0.xml/US/$metadata#Cases"

Volumes = Mapping[str, Volume]
"""By id."""
_SPACE = uuid.UUID("6f2f6a7e-6f0e-5b5c-9a53-1d6f6b2c7f10")
"""Name space of case ids: the same bundle always gives the same id."""


def render(document: Document) -> bytes:
    """The whole file, UTF-8 without a byte-order mark."""
    contents: dict[str, list[Finding]] = {}
    for finding in document.findings:
        if _is_media(finding):
            contents.setdefault(_content_key(finding), []).append(finding)
    volumes = {volume.id: volume for volume in document.volumes}
    media = [_media(document, volumes, n, same) for n, same in enumerate(contents.values(), 1)]
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


def _media(
    document: Document, volumes: Volumes, number: int, same: list[Finding]
) -> dict[str, Any]:
    first = same[0]
    category, source = _precategorized(same)
    return {
        "MediaID": number,
        "Category": number_of(category),
        "MD5": _upper(first, "md5"),
        "SHA1": _upper(first, "sha1"),
        "MediaSize": first.entry.size,
        "MimeType": first.result.type,
        "IsPrecategorized": "true" if category else "false",
        "PrecategorizationSource": source,
        "Comments": "; ".join(_unique(m.reason for f in same for m in f.matches)),
        "AlternativeHashes": [
            {"HashName": name.upper(), "HashValue": value}
            for name, value in first.digests.items()
            if name not in ("md5", "sha1")
        ],
        "MediaFiles": [_media_file(document, volumes, finding) for finding in same],
    }


def _precategorized(same: list[Finding]) -> tuple[str, str]:
    """Category and set of the very content; what it only looks like says nothing of it."""
    told = [m.provenance for f in same for m in f.matches if m.kind is MatchKind.HASH_SET]
    categories = ((said.get("category", ""), said.get("set", "")) for said in told)
    return next(((category, name) for category, name in categories if category), ("", ""))


def _media_file(document: Document, volumes: Volumes, finding: Finding) -> dict[str, Any]:
    entry = finding.entry
    folder, _, name = entry.shown_path.rpartition("/")
    return {
        "MD5": _upper(finding, "md5"),
        "FileName": name,
        "FilePath": f"{entry.volume_id}\\{folder}".replace("/", "\\"),
        "Created": _instant(entry.times.created),
        "Written": _instant(entry.times.modified),
        "Accessed": _instant(entry.times.accessed),
        "Unallocated": "false" if entry.allocated else "true",
        "PhysicalLocation": _on_device(volumes.get(entry.volume_id), entry),
        "SourceID": document.case.exhibit or entry.volume_id,
    }


def _on_device(volume: Volume | None, entry: FileEntry) -> str:
    """Where on the device its content begins; nothing where that cannot be said."""
    if volume is None or volume.begins_at < 0 or entry.position < 0:
        return ""
    return str(volume.begins_at + entry.position)


def _is_media(finding: Finding) -> bool:
    mime = finding.result.type
    if mime.startswith("image/") or family(mime) is Family.VIDEOS:
        return True
    return any(match.kind.words.of_media for match in finding.matches)


def _content_key(finding: Finding) -> str:
    return finding.digests.get("sha256") or f"finding {finding.number}"


def _identity(document: Document) -> str:
    log = document.log.sha256 if document.log else ""
    return f"{document.case.case_number}/{document.case.exhibit}/{document.times.started}/{log}"


def _upper(finding: Finding, algorithm: str) -> str | None:
    return finding.digests.get(algorithm, "").upper() or None


def _unique(parts: Iterable[str]) -> list[str]:
    return list(dict.fromkeys(parts))


def _instant(seconds: float | None) -> str | None:
    if seconds is None:
        return None
    try:
        return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    except (ValueError, OverflowError, OSError):
        return None
