"""Does findings.json agree with itself? A signer may lie about the world, not contradict himself.

Each check is of what no scan of ours ever writes: `scan/statement.py` and `scan/witness.py` say how
it comes about.
"""

from collections.abc import Iterator
from hashlib import sha256

import msgspec

from triage.bundle.format.document import Document, Snapshot
from triage.bundle.format.shown import visible
from triage.errors import VerificationError
from triage.evidence import SourceKind

_WRITTEN = ("writes", "sectors_written", "discards")
"""Counters that must not move."""
_BLOCK, _WRITES = "write block", "writes between the two looks"
_NO_WRITES = "none"


class _Applied(msgspec.Struct):
    applied: msgspec.Raw


class _ProfileAsSpelled(msgspec.Struct):
    profile: _Applied


_spelled = msgspec.json.Decoder(_ProfileAsSpelled)


def check(document: Document, text: bytes) -> None:
    """Raise VerificationError naming the first contradiction. `text`: the document's own bytes."""
    for contradiction in _contradictions(document, text):
        raise VerificationError(f"findings.json contradicts itself: {contradiction}")


def _contradictions(document: Document, text: bytes) -> Iterator[str]:
    yield from _devices(document)
    yield from _volumes(document)
    yield from _ending(document)
    yield from _write_block(document)
    if sha256(_compact(text)).hexdigest() != document.profile.sha256:
        yield "the profile that was applied has another SHA-256"


def _devices(document: Document) -> Iterator[str]:
    ids = [device.id for device in document.devices]
    if not ids:
        yield "no device was scanned"
    if len(set(ids)) != len(ids):
        yield "two devices have one id"
    named = [(source.device_id, source.kind, source.path) for source in document.sources]
    if named != [(device.id, device.kind, device.path) for device in document.devices]:
        yield "the devices are not those that were given to scan"


def _volumes(document: Document) -> Iterator[str]:
    devices = {device.id for device in document.devices}
    before: dict[str, str] = {}
    for volume in document.volumes:
        name = visible(volume.id, 40)
        if volume.device_id not in devices:
            yield f"volume {name} is of a device that is not listed"
        if volume.id in before:
            yield f"volume {name} is listed twice"
        if volume.inside and before.get(volume.inside) != volume.device_id:
            yield f"volume {name} lies in none that is listed before it"
        before[volume.id] = volume.device_id
    for volume_id, told in document.coverage.volumes.items():
        if volume_id not in before or told.volume_id != volume_id:
            yield f"it counts entries of volume {visible(volume_id, 40)}, which is not listed"
    for volume_id in document.unread:
        if volume_id not in before and volume_id not in devices:
            yield f"it tells of bad places in {visible(volume_id, 40)}, which is not listed"


def _ending(document: Document) -> Iterator[str]:
    if document.partial != bool(document.partial_reason):
        yield "it says why the scan is partial, and that it is not, or the other way round"
    found = len(document.findings) + document.findings_left_out
    if bool(found) != (document.times.first_finding_after is not None):
        yield "it says when the first finding came, and has none, or the other way round"


def _write_block(document: Document) -> Iterator[str]:
    """It is of the block devices that were scanned, and of nothing else."""
    blocked, said = document.write_block, _scanned(document)
    if (blocked is None) != (not said):
        yield "a write block is told of where no device was scanned that could be written, or none"
        return
    if blocked is None:
        return
    for look in (blocked.before, blocked.after):
        if look is None or {state.device_id for state in look.devices} != said:
            yield "the write block was looked at on other devices than were scanned"
            return
    state = blocked.facts.get(_BLOCK, "")
    if state.startswith("on:") and not (blocked.layers and all(each.on for each in blocked.layers)):
        yield "the write block is said to be on, and a layer of it is not"
    if state.startswith("absent:") and blocked.layers:
        yield "the write block is said to be absent, and to have layers"
    none_told = blocked.facts.get(_WRITES, "").startswith(_NO_WRITES)
    if none_told and _written(blocked.before) != _written(blocked.after):
        yield "it is said that nothing was written, and the counters moved"


def _scanned(document: Document) -> set[str]:
    return {device.id for device in document.devices if device.kind is SourceKind.DEVICE}


def _written(look: Snapshot | None) -> dict[str, list[int | None]]:
    states = look.devices if look else ()
    return {each.device_id: [each.counters.get(name) for name in _WRITTEN] for each in states}


def _compact(text: bytes) -> bytes:
    """The profile as it was applied, spelled as its SHA-256 is of it."""
    applied = bytes(_spelled.decode(text).profile.applied)
    return msgspec.json.format(applied, indent=-1)
