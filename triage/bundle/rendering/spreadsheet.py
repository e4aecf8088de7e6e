"""Findings as CSV, a row each, for spreadsheets: UTF-8 with a byte-order mark, CRLF, commas.

A cell that a spreadsheet would take for a formula gets an apostrophe in front (OWASP, CSV
injection): file names are written by suspects.
"""

import csv
import io
from collections.abc import Iterable, Iterator

from triage.bundle.format.document import Document, Finding
from triage.bundle.format.shown import utc_of, visible
from triage.captured import Capture
from triage.findings import Match
from triage.match_kinds import MatchKind

_FORMULA = ("=", "+", "-", "@", "\t", "\r", "|", "%")

COLUMNS = (
    "finding", "kinds", "path", "stream", "volume", "file_system", "device", "serial", "state",
    "size", "bytes_read", "type", "md5", "sha1", "sha256", "blake3", "pdq", "created", "modified",
    "changed", "accessed", "taken", "camera", "camera_serial", "pdq_distance", "pdq_threshold",
    "reasons", "detectors", "provenance", "parts", "found_at", "found_after_seconds",
    "reread_sha256", "same_as", "preview", "frames_seen", "frames_from_seconds",
    "frames_to_seconds", "video_seconds", "frames_cut_short",
    "frames_of_scenes", "scenes_cut_short",
)  # fmt: skip
"""Behind them two for each model of the scan: `score NAME` and `threshold NAME`."""


def render(document: Document) -> bytes:
    """The whole file."""
    text = io.StringIO(newline="")
    writer = csv.writer(text, lineterminator="\r\n")
    models = document.models
    of_models = [f"{what} {model.name}" for model in models for what in ("score", "threshold")]
    writer.writerow([*COLUMNS, *map(_cell, of_models)])
    for finding in document.findings:
        writer.writerow([_cell(value) for value in _row(document, finding)])
    return text.getvalue().encode("utf-8-sig")


def _row(document: Document, finding: Finding) -> tuple[str | int | float | None, ...]:
    entry, result, found = finding.entry, finding.result, finding.found
    volume = next((v for v in document.volumes if v.id == entry.volume_id), None)
    device = next((d for d in document.devices if volume and d.id == volume.device_id), None)
    like = _nearest(finding)
    capture = result.capture or Capture()
    return (
        finding.number,
        _joined(str(match.kind) for match in finding.matches),
        entry.path,
        entry.stream,
        entry.volume_id,
        volume.file_system if volume else "",
        (device.model or device.path) if device else "",
        device.serial if device else "",
        "allocated" if entry.allocated else "unallocated",
        entry.size,
        result.bytes_read,
        result.type,
        *(finding.digests.get(name, "") for name in ("md5", "sha1", "sha256", "blake3", "pdq")),
        *(_instant(at) for at in _four(finding)),
        capture.taken,
        " ".join(filter(None, (capture.make, capture.model))),
        capture.serial,
        *like,
        _joined(match.reason for match in finding.matches),
        _joined(match.detector for match in finding.matches),
        _joined(f"{k}={v}" for match in finding.matches for k, v in match.provenance.items()),
        _joined(map(_part, filter(_is_of_part, finding.matches))),
        found.at,
        found.after,
        result.reread_sha256,
        found.group or None,
        found.preview,
        *_frames(finding),
        *_scores(document, finding),
    )


def _nearest(finding: Finding) -> tuple[float | None, float | None]:
    """Bits of 256 that differ from the nearest picture in a set, and how many might; of a video's
    matches, whose score is a share of its frames, none."""
    near = [
        (match.score, match.threshold)
        for match in finding.matches
        if match.kind is MatchKind.PERCEPTUAL and match.score is not None
        if "frames" not in match.provenance
    ]
    return min(near, key=lambda each: each[0], default=(None, None))


def _scores(document: Document, finding: Finding) -> Iterator[float | None]:
    """Of each model: what it gave, also below the threshold."""
    for model in document.models:
        given = [
            match.score
            for match in finding.matches
            if match.kind is MatchKind.CLASSIFIER and match.provenance.get("model") == model.name
        ]
        yield next(iter(given), finding.result.scores.get(model.name))
        yield model.threshold


def _frames(finding: Finding) -> tuple[str | float | None, ...]:
    seen = finding.result.frames
    if seen is None:
        return (None,) * 7
    return (
        seen.count,
        seen.first,
        seen.last,
        seen.length,
        "yes" if seen.cut_short else None,
        len(seen.scenes),
        "yes" if seen.scenes_cut_short else None,
    )


def _is_of_part(match: Match) -> bool:
    return match.of_part


def _part(match: Match) -> str:
    """What of it matched, so that it can be cut out: kind, place or name in there, and digests."""
    said = match.provenance
    named = (
        ("called", "member"), ("at", "part_offset"), ("length", "part_length"),
        ("md5", "part_md5"), ("sha1", "part_sha1"), ("sha256", "part_sha256"),
    )  # fmt: skip
    where = [f"{word} {said[key]}" for word, key in named if key in said]
    return ", ".join([f"{match.kind}: {said['part']}", *where])


def _four(finding: Finding) -> tuple[float | None, ...]:
    times = finding.entry.times
    return times.created, times.modified, times.changed, times.accessed


def _instant(seconds: float | None) -> str:
    """What no calendar holds is given as the number that it is."""
    return utc_of(seconds) or ("" if seconds is None else str(seconds))


def _joined(parts: Iterable[str]) -> str:
    return "; ".join(dict.fromkeys(parts))


def _cell(value: str | int | float | None) -> str | int | float:
    if value is None:
        return ""
    if not isinstance(value, str):
        return value
    text = visible(value)
    return f"'{text}" if text.startswith(_FORMULA) else text
