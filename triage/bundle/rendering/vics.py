"""Findings as VICS 2.0 JSON (Project VIC), a `#Cases` file that lab tools import.

Source: the VICS 2.0 data model (github.com/VICSDATAMODEL/ProjectVic, DataModels/2.0.xml). One
Media, with one MediaFile, for each place where a content was found: readers that look at the first
MediaFile alone (GLEAPP) would lose the others, and the tools in use write it so too, with the name
at the end of FilePath. A part of a file that matched is a content of its own, at its place in that
file; of a member of a container the Parent fields name that. There is a RelativeFilePath
where contents were taken out (`seek extract`); of one that could not be taken out it names a file
that is not there, as GLEAPP leaves out in silence what has none. MD5 and SHA1 are null only where
a content could not be read again, or the bundle is of format 1. Booleans are strings, as the tools
in use write them.
"""

import uuid
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

import msgspec

from triage.bundle.format.document import Document, Finding
from triage.bundle.format.shown import utc_of
from triage.bundle.rendering.contents import FoundContent, contents_of, split
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

    `files`: of contents that were taken out, by SHA-256, the file beside this one; None: nobody
    took anything out.
    """
    places = [content for finding in document.findings for content in _contents(finding)]
    categories = _precategorized(places)
    volumes = {volume.id: volume for volume in document.volumes}
    media = []
    for n, content in enumerate(places, 1):
        category, source = categories.get(content.key, ("", ""))
        made = {
            "MediaID": n,
            "Category": number_of(category),
            "IsPrecategorized": "true" if category else "false",
            "PrecategorizationSource": source,
        }
        made |= _media(document, volumes, content)
        if files is not None:
            made["RelativeFilePath"] = _beside(files, content, n)
        media.append(made)
    case = {
        "CaseID": str(uuid.uuid5(_SPACE, _identity(document))),
        "CaseNumber": document.case.case_number,
        "ContactName": document.case.examiner,
        "SeizureDate": document.times.started,
        "SourceApplicationName": document.tool.name,
        "SourceApplicationVersion": document.tool.version,
        "TotalMediaFiles": len(media),
        "TotalPrecategorized": sum(1 for item in media if item["Category"]),
        "Media": media,
    }
    whole = {"@odata.context": CONTEXT, "value": [case]}
    return msgspec.json.format(msgspec.json.encode(whole), indent=1) + b"\n"


def _contents(finding: Finding) -> Iterator[FoundContent]:
    """Of the finding, if it is a picture or video or holds one."""
    of_media = any(match.kind.words.of_media for match in finding.matches)
    kind = finding.result.type
    if of_media or kind.startswith("image/") or family(kind) is Family.VIDEOS:
        yield from contents_of(finding)


def _media(document: Document, volumes: Volumes, content: FoundContent) -> dict[str, Any]:
    return {
        "MD5": _upper(content.digests, "md5"),
        "SHA1": _upper(content.digests, "sha1"),
        "MediaSize": content.size,
        "MimeType": content.type,
        "Comments": "; ".join(dict.fromkeys(match.reason for match in content.said)),
        "AlternativeHashes": [
            {"HashName": name.upper(), "HashValue": value}
            for name, value in content.digests.items()
            if name not in ("md5", "sha1")
        ],
        "MediaFiles": [_media_file(document, volumes, content)],
    }


def _beside(files: Mapping[str, str], content: FoundContent, number: int) -> str:
    """The file of a content; of one that was not taken out a name by its number."""
    _, dot, ending = content.place[1].rpartition(".")
    plain = dot + ending if ending.isascii() and ending.isalnum() else ""
    absent = f"not-taken-out-{number:06d}{plain}"
    return files.get(content.digests.get("sha256", ""), absent)


def _precategorized(places: Iterable[FoundContent]) -> dict[str, tuple[str, str]]:
    """Category and set of each content, by its key; what it only looks like says nothing of it."""
    given: dict[str, tuple[str, str]] = {}
    for content in places:
        for said in (match.provenance for match in content.own if _is_by_digest(match)):
            if category := said.get("category", ""):
                given.setdefault(content.key, (category, said.get("set", "")))
    return given


def _is_by_digest(match: Match) -> bool:
    """A thumbnail's match says what it matched by."""
    return MatchKind.HASH_SET in (match.kind, match.provenance.get("matched_by"))


def _media_file(document: Document, volumes: Volumes, content: FoundContent) -> dict[str, Any]:
    entry = content.finding.entry
    volume = volumes.get(entry.volume_id)
    folder, name = content.place
    said = {
        "MD5": _upper(content.digests, "md5"),
        "FileName": name,
        "FilePath": _of_volume(entry, f"{folder}/{name}" if folder else name),
        "Created": utc_of(entry.times.created) or None,
        "Written": utc_of(entry.times.modified) or None,
        "Accessed": utc_of(entry.times.accessed) or None,
        "Unallocated": "false" if entry.allocated else "true",
        "Deleted": "false" if entry.allocated else "true",
        "PhysicalLocation": _on_device(volume, entry, content.offset),
        "SourceID": document.case.exhibit or entry.volume_id,
    }
    if content.member:
        said |= {
            "ParentMD5": _upper(content.finding.digests, "md5"),
            "ParentFileName": split(entry.shown_path)[1],
            "ParentFilePath": _of_volume(entry, entry.shown_path),
            "ParentPhysicalLocation": _on_device(volume, entry, 0),
        }
    return said


def _of_volume(entry: FileEntry, path: str) -> str:
    return f"{entry.volume_id}/{path}".replace("/", "\\")


def _on_device(volume: Volume | None, entry: FileEntry, offset: int) -> int | None:
    """Where on the device it begins, bytes; None where that cannot be said."""
    if volume is None or volume.begins_at < 0 or entry.position < 0:
        return None
    if offset and (offset < 0 or not entry.runs or offset >= entry.runs[0].length):
        return None
    return volume.begins_at + entry.position + offset


def _identity(document: Document) -> str:
    log = document.log.sha256 if document.log else ""
    return f"{document.case.case_number}/{document.case.exhibit}/{document.times.started}/{log}"


def _upper(digests: Mapping[str, str], algorithm: str) -> str | None:
    return digests.get(algorithm, "").upper() or None
