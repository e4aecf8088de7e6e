"""Matches in words: of parts that can be found again, and of thumbnails without a picture."""

import hashlib
from collections.abc import Sequence
from typing import NamedTuple

import msgspec

from triage.findings import Match
from triage.match_kinds import MatchKind
from triage.parts.freedesktop import KIND as LINUX
from triage.parts.likeness import UNLIKE
from triage.parts.part import Part

NAME = "parts 1"
MOST_NAMES = 20
_LONGEST_TEXT = 300
_IN_MEMBER = {"part_offset": "member_offset", "part_length": "member_length"}


class PartFound(NamedTuple):
    """What is told of a part besides what a detector said."""

    part: Part
    mime: str
    digests: dict[str, str]
    """MD5, SHA-1 and SHA-256, hex."""
    lost: bool | None
    """Whether the picture of which it is a thumbnail is gone; None: that is not known."""


def digests_of(part: Part) -> dict[str, str]:
    """Those by which the lab finds it again."""
    names = ("md5", "sha1", "sha256")
    if part.digests is not None:
        return {name: part.digests[name].hex() for name in names if name in part.digests}
    return {
        name: hashlib.new(name, part.content, usedforsecurity=False).hexdigest() for name in names
    }


def told(match: Match, found: PartFound) -> Match:
    """A detector's match, as one of a part: of the same kind, or of kind `thumbnail` of those."""
    part = found.part
    size = part.size if part.size >= 0 else len(part.content)
    about = {
        "part": part.kind,
        "part_type": found.mime,
        "part_offset": str(part.offset) if part.offset >= 0 else "",
        "part_length": str(part.extent) if part.offset >= 0 else "",
        "part_size": str(size) if part.offset < 0 or part.extent != size else "",
        **{f"part_{name}": value for name, value in found.digests.items()},
        "cache_entry": in_short(part.identity),
        "thumbnail_of": in_short(part.of) if part.thumbnail else "",
        "member": in_short(part.of) if part.member else "",
        "part_name": "" if part.member or part.thumbnail else in_short(part.of),
        "picture": {True: "gone", False: "there", None: ""}[found.lost],
        "matched_by": str(match.kind) if part.thumbnail and match.detector != NAME else "",
    }
    return msgspec.structs.replace(
        match,
        kind=MatchKind.THUMBNAIL if part.thumbnail else match.kind,
        reason=_reason(match, found),
        provenance=match.provenance | {key: value for key, value in about.items() if value},
    )


def in_member(match: Match, member: Part) -> Match:
    """What was said of a part of a member: its place is one in that member's content."""
    told = {_IN_MEMBER.get(key, key): value for key, value in match.provenance.items()}
    if "part_length" in match.provenance:  # which says the size, where nothing else does
        told.setdefault("part_size", match.provenance["part_length"])
    about = {"member": in_short(member.of), "member_kind": member.kind}
    reason = f"Inside it, in {in_short(member.of)} ({member.kind}): {match.reason}"
    return msgspec.structs.replace(match, reason=reason, provenance=told | about)


def _reason(match: Match, found: PartFound) -> str:
    part = found.part
    if match.detector == NAME:
        return match.reason
    if part.member:
        return f"Inside it, {in_short(part.of)} ({part.kind}): {match.reason}"
    where = _where(part)
    if not part.thumbnail:
        return f"In this file{where}: {match.reason}"
    of = f" of {in_short(part.of)}" if part.of else ""
    gone = ", which is gone," if found.lost else ""
    return f"A thumbnail{of}{gone} in this file{where} matched. {match.reason}"


def _where(part: Part) -> str:
    if part.offset < 0:
        return f" ({part.kind})"
    return f" at offset {part.offset}, {part.extent} bytes ({part.kind})"


def unlike(score: float, part: Part) -> Match:
    """A thumbnail that shows another picture than the one that it lies in."""
    return Match(
        kind=MatchKind.THUMBNAIL,
        detector=NAME,
        reason=f"The {part.kind} inside it shows another picture.",
        score=round(score, 4),
        threshold=UNLIKE,
    )


def alone(picture_path: str) -> Match:
    """A thumbnail that is a file of its own, whose picture is gone."""
    shown = in_short(picture_path)
    return Match(
        kind=MatchKind.THUMBNAIL,
        detector=NAME,
        reason=f"It shows a picture that is gone: {shown}",
        provenance={"part": LINUX, "thumbnail_of": shown, "picture": "gone"},
    )


def gone(parts: Sequence[Part], count: int) -> Match:
    """Those of a cache's thumbnails, `count` in all, whose pictures are gone."""
    names = [in_short(each.of) for each in parts[:MOST_NAMES]]
    more = f" and {len(parts) - len(names)} more" if len(parts) > len(names) else ""
    shown = ", ".join(names[:3]) + (" …" if len(parts) > 3 else "")
    return Match(
        kind=MatchKind.THUMBNAIL,
        detector=NAME,
        reason=f"{len(parts)} of its {count} thumbnails show pictures that are gone: {shown}",
        provenance={
            "part": parts[0].kind,
            "cache_entry": ", ".join(in_short(each.identity) for each in parts[:MOST_NAMES]),
            "thumbnail_of": ", ".join(names) + more,
            "picture": "gone",
        },
    )


def untold(surest: Match, count: int, most: int) -> Match:
    """More matched than is told one by one: the surest of them, which says how many they are."""
    return msgspec.structs.replace(
        surest,
        reason=f"{count:,} more matches in this file, of which this is the surest; {most} are told "
        f"one by one. {surest.reason}",
        provenance=surest.provenance | {"further_matches": str(count)},
    )


def in_short(text: str) -> str:
    """A name or path as matches have it: of a long one the end."""
    return text if len(text) <= _LONGEST_TEXT else f"…{text[1 - _LONGEST_TEXT :]}"
