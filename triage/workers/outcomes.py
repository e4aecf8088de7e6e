"""From a look to its result: findings are confirmed, and everything becomes one outcome."""

import hashlib
from collections.abc import Iterator

from triage.evidence import Storage
from triage.findings import HELD_BY, Outcome, Result
from triage.sources import ContentError, Source
from triage.workers.intake import CHUNK_BYTES, NOT_IN_ANY_SET
from triage.workers.look import Look


def confirm(source: Source, look: Look) -> None:
    """SHA-256 as it was read and as The Sleuth Kit reads it."""
    entry = look.item.entry
    if entry.storage is Storage.NONE:
        return
    try:
        look.sha256 = _sha256(source.content(entry).chunks(CHUNK_BYTES))
        again = _sha256(source.reread(entry).chunks(CHUNK_BYTES))
    except ContentError as error:
        look.trouble = look.trouble or error.reason
        return
    if again != look.sha256:
        look.reread_sha256 = again


def _sha256(chunks: Iterator[bytes | memoryview]) -> str:
    hasher = hashlib.sha256()
    for chunk in chunks:
        hasher.update(chunk)
    return hasher.hexdigest()


def result_of(look: Look) -> Result:
    """What the coordinator is told."""
    item = look.item
    outcome, reason = _outcome(look)
    held = look.container if outcome in HELD_BY else None
    digests = {name: digest.hex() for name, digest in item.digests.items()}
    if look.sha256:
        digests["sha256"] = look.sha256
    return Result(
        outcome=outcome,
        reason=reason,
        bytes_read=look.bytes_read,
        type=item.type,
        container=held.kind if held else "",
        locked=bool(held and held.locked),
        digests=digests,
        matches=look.matches,
        reread_sha256=look.reread_sha256,
        bad=look.bad,
    )


def _outcome(look: Look) -> tuple[Outcome, str]:
    if look.trouble:
        return Outcome.UNREADABLE, look.trouble
    if look.known:
        return Outcome.KNOWN, look.known
    if look.excluded:
        return Outcome.EXCLUDED, look.excluded
    return Outcome.EXAMINED, NOT_IN_ANY_SET if look.passed_by else ""
