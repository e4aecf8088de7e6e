"""From a look to its result: everything becomes one outcome, and findings are confirmed."""

from msgspec.structs import replace

from triage.capture import position_of
from triage.evidence import Storage
from triage.findings import HELD_BY, Opened, Outcome, Result, in_known
from triage.sources import ContentError, Source
from triage.undecoded import UNKNOWN_CONTENT
from triage.workers.hashers import BLAKE3, SHA256, digests_of
from triage.workers.intake import CHUNK_BYTES, NOT_IN_ANY_SET
from triage.workers.look import Look

DIGITS = 4
"""Of a score that is told whatever it is."""
CUT_SHORT = "looked at as far as the time for one video went"
NOT_ALL_TRIED = "not every password was tried on what is encrypted in it"
NOT_COMPARED = "not compared with the hash set {}, which was altered"
LONGEST_NAME = 200
"""Of a set, characters."""
OF_FINDINGS = (BLAKE3, "md5", "sha1", SHA256)
"""What any lab's sets and tools can compare a finding by."""


def confirmed(source: Source, look: Look) -> Result:
    """Of a finding: with every digest that labs compare by, and SHA-256 once more as The Sleuth Kit
    reads it."""
    item = look.item
    if item.entry.storage is Storage.NONE:
        return result_of(look)
    try:
        content = source.content(item.entry)
        read = digests_of(content.chunks(CHUNK_BYTES), OF_FINDINGS)
        (again,) = digests_of(source.reread(item.entry).chunks(CHUNK_BYTES), (SHA256,)).values()
        position = position_of(item.head, item.type, content.read_at)
    except ContentError as error:
        look.trouble = look.trouble or error.reason
        return result_of(look)
    item.digests = read | item.digests | {SHA256: read[SHA256]}
    differs = again != read[SHA256]
    again_said = again.hex() if differs else ""
    return replace(result_of(look), reread_sha256=again_said, position=position)


def result_of(look: Look) -> Result:
    """What the coordinator is told."""
    item = look.item
    outcome, reason = _outcome(look)
    held = look.container if outcome in HELD_BY and look.tally is None else None
    return Result(
        outcome=outcome,
        reason=reason,
        bytes_read=look.bytes_read,
        type=_type(look),
        container=held.kind if held else "",
        locked=bool(held and held.locked),
        opened=_opened(look) if outcome in HELD_BY else None,
        untried=_untried(look) if outcome in HELD_BY else 0,
        undecoded=_undecoded(look) if outcome is Outcome.EXAMINED else "",
        digests={name: digest.hex() for name, digest in item.digests.items()},
        pdq_quality=item.pdq_quality,
        scores={name: round(score, DIGITS) for name, score in item.scores.items()},
        frames=look.frames_seen,
        capture=look.capture,
        parts=look.parts_seen,
        parts_undecoded=look.parts_undecoded,
        matches=look.matches,
        bad=look.bad,
    )


def _type(look: Look) -> str:
    """Of a finding as libmagic names it; of all else as much as says what is looked into."""
    item = look.item
    if not look.matches or not item.type:
        return item.type
    from triage.detectors.types import name_of  # noqa: PLC0415 - a hash-only scan has no types

    return name_of(item.head, item.type, item.entry.stream or item.entry.path)


def _opened(look: Look) -> Opened | None:
    tally = look.tally
    if tally is None or look.container is None:
        return None
    return Opened(
        kind=look.container.kind,
        members=tally.members,
        bytes=tally.bytes,
        containers=tally.containers,
        unopened=tally.unopened,
        locked=tally.locked,
        locked_names=tuple(tally.locked_names),
        opened_by=tuple(number + 1 for number in sorted(tally.opened_by)),
        damaged=tally.damaged,
        passed_by=tally.passed_by,
        listed=len(look.listed),
        undecoded=look.members_undecoded,
    )


def _untried(look: Look) -> int:
    return look.tries.untried if look.tries else 0


def _undecoded(look: Look) -> str:
    """Of which kind of picture it is; what is one by its name alone was looked at by its parts."""
    seen = look.parts_seen > look.parts_undecoded
    return "" if seen and look.undecoded == UNKNOWN_CONTENT else look.undecoded


def _outcome(look: Look) -> tuple[Outcome, str]:
    if look.item.not_compared:
        said = NOT_COMPARED.format(look.item.not_compared[:LONGEST_NAME])
        return Outcome.UNREADABLE, "; ".join(filter(None, (look.trouble, said)))
    if look.known:
        not_compared = f"; its looks were not compared: {look.trouble}" if look.trouble else ""
        return Outcome.KNOWN, in_known(look.known) + not_compared
    if look.trouble:
        return Outcome.UNREADABLE, look.trouble
    if look.excluded:
        return Outcome.EXCLUDED, look.excluded
    if look.in_part:
        return Outcome.UNREADABLE, look.in_part
    if look.frames_seen and look.frames_seen.cut_short:
        return Outcome.EXAMINED, CUT_SHORT
    if _untried(look):
        return Outcome.EXAMINED, NOT_ALL_TRIED
    return Outcome.EXAMINED, NOT_IN_ANY_SET if look.passed_by else ""
