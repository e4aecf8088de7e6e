"""Bundles of format 1, which are read and no longer written: the same, said as format 2 says it.

Format 1 told of a finding in one object, its entry beside its result, and of other entries without
their runs; and of places on the device, where format 2 tells of those in the volume. What is no
such document comes out as none of format 2 either, and is refused there.
"""

from collections.abc import Mapping
from typing import Any

import msgspec

from triage.findings import Outcome

FORMAT = 1
LINE_BEGINS = b'{"id":'

_ENTRY = (
    "id", "volume_id", "path", "raw_path", "stream", "kind", "size", "orphan", "meta_address",
    "times",
)  # fmt: skip
_RESULT = (
    "outcome", "reason", "bytes_read", "bad", "type", "container", "locked", "digests", "matches",
    "reread_sha256",
)  # fmt: skip
_FOUND = {
    "number": "number", "finding": "number", "found_at": "at", "found_after": "after",
    "looked_at_as": "looked_at_as", "group": "group", "preview": "preview",
}  # fmt: skip
UNSAID: dict[str, Any] = {
    "outcome": Outcome.EXAMINED, "reason": "", "bad": (), "container": "", "locked": False,
}  # fmt: skip
"""Of a result: what findings.json did not say of a finding, only its line; as it is read here."""


def document(said: Any) -> Any:
    """findings.json, decoded."""
    told = _fields(said)
    if told.pop("caps", []):
        raise msgspec.ValidationError("Object contains limits that no scan ever had")
    spans = _spans(told.get("volumes"))
    begins = {volume_id: begin for volume_id, (begin, _) in spans.items()}
    findings = told.get("findings", [])
    if isinstance(findings, list):
        told["findings"] = [_finding(each, begins) for each in findings]
    told["unread"] = _unread(told.get("unread", {}), spans)
    return told | {"format_version": 2}


def line(said: Any, begins: Mapping[str, int]) -> Any:
    """A line of entries.jsonl, decoded. `begins`: of each volume, on its device."""
    told = _fields(said)
    entry = _taken(told, _ENTRY)
    if not told.pop("allocated", True):
        entry["allocated_name"] = False  # or its metadata: that was not said
    if "entry" in told:
        entry = _agreeing(entry, told.pop("entry"))
    return _parts(told, entry, begins)


def _finding(said: Any, begins: Mapping[str, int]) -> Any:
    told = _fields(said)
    if not UNSAID.keys().isdisjoint(told):
        raise msgspec.ValidationError("Object contains what a finding did not have")
    return _parts(told | {"outcome": UNSAID["outcome"]}, _fields(told.get("entry")), begins)


def _parts(
    told: dict[str, Any], entry: dict[str, Any], begins: Mapping[str, int]
) -> dict[str, Any]:
    """The parts of format 2."""
    told.pop("entry", None)
    if told.pop("reread_differs", False) != bool(told.get("reread_sha256")):
        raise msgspec.ValidationError("Object was reread, and was not")
    if left_out := told.pop("runs_left_out", 0):
        entry["runs_left_out"] = left_out
    result = _taken(told, _RESULT)
    begin = begins.get(str(entry.get("volume_id")), 0)
    for part, name in ((entry, "runs"), (result, "bad")):
        if name in part:
            part[name] = _from(begin, part[name])
    found = {_FOUND[key]: value for key, value in _taken(told, tuple(_FOUND)).items()}
    if told:
        raise msgspec.ValidationError(f"Object contains unknown field `{min(told)}`")
    parts = {"entry": entry, "result": result}
    return parts | {"found": found} if found else parts


def _spans(volumes: Any) -> dict[str, tuple[int, int]]:
    """Of each volume by its id: where it begins and ends on its device."""
    found: dict[str, tuple[int, int]] = {}
    for volume in volumes if isinstance(volumes, list) else ():
        told = _fields(volume)
        begin, size = told.get("offset"), told.get("size")
        if isinstance(begin, int) and isinstance(size, int):
            found[str(told.get("id"))] = begin, begin + size
    return found


def _unread(said: Any, spans: Mapping[str, tuple[int, int]]) -> dict[str, Any]:
    """By volume, which was told by device."""
    told: dict[str, Any] = {}
    for device_id, runs in _fields(said).items():
        for run in runs if isinstance(runs, list) else [runs]:
            mine = (v for v in spans if v.startswith(f"{device_id}v") and _lies(run, spans[v]))
            volume = next(mine, device_id)
            told.setdefault(volume, []).extend(_from(spans.get(volume, (0, 0))[0], [run]))
    return told


def _lies(run: Any, span: tuple[int, int]) -> bool:
    at = run[0] if isinstance(run, list) and run else None
    return isinstance(at, int) and span[0] <= at < span[1]


def _from(begin: int, runs: Any) -> Any:
    """The runs from where a volume begins; holes lie nowhere."""
    try:
        return [[at - begin if at >= 0 else at, length] for at, length in runs]
    except (TypeError, ValueError):
        return runs  # they are none, and are refused as such


def _agreeing(short: dict[str, Any], whole: Any) -> dict[str, Any]:
    """A finding's entry, which its line told twice."""
    entry = _fields(whole)
    allocated = entry.get("allocated_name", True) and entry.get("allocated_meta", True)
    again = {key: entry[key] for key in _ENTRY if key in entry}
    if again | ({} if allocated else {"allocated_name": False}) != short:
        raise msgspec.ValidationError("Object tells of two entries")
    return entry


def _taken(told: dict[str, Any], keys: tuple[str, ...]) -> dict[str, Any]:
    return {key: told.pop(key) for key in keys if key in told}


def _fields(said: Any) -> dict[str, Any]:
    if not isinstance(said, dict):
        raise msgspec.ValidationError("Expected `object`")
    return {**said}
