"""The contents that a finding is about: its own, and those of the parts of it that matched."""

import re
from collections.abc import Iterator
from typing import NamedTuple

from triage.bundle.format.document import Finding
from triage.bundle.rendering.by_hand import BETWEEN
from triage.findings import Match

_WIDTHS = {"md5": 32, "sha1": 40, "sha256": 64}
_HEX = re.compile("[0-9a-f]*")


class FoundContent(NamedTuple):
    """A content at one place: a finding's own, or that of a part of it."""

    finding: Finding
    own: tuple[Match, ...]
    """What speaks of this very content: a category is its own, and not that of a part of it."""
    said: tuple[Match, ...]
    """All that is to be read of it."""
    digests: dict[str, str]
    type: str
    size: int
    offset: int = 0
    """In the finding's content, bytes; -1: in pieces, or packed."""
    part: str = ""
    """Of a part: of what kind it is."""
    member: str = ""
    """Of a part that lies packed in the finding: its path in there, ` » ` between containers."""

    @property
    def key(self) -> str:
        """The same for the same content."""
        return self.digests.get("sha256") or f"finding {self.finding.number}"

    @property
    def place(self) -> tuple[str, str]:
        """Folder and name; of a member the folder is the container, and the way in there."""
        path = self.finding.entry.shown_path
        if not self.member:
            return split(path)
        outer, _, innermost = self.member.rpartition(BETWEEN)
        folder, name = split(innermost)
        return BETWEEN.join(filter(None, (path, outer, folder))), name


def contents_of(finding: Finding) -> Iterator[FoundContent]:
    """Its own first; each part that has a digest once."""
    own = tuple(match for match in finding.matches if not match.of_part)
    kind, size = finding.result.type, finding.entry.size
    yield FoundContent(finding, own, finding.matches, finding.digests, kind, size)
    parts: dict[str, list[Match]] = {}
    for match in finding.matches:
        if sha256 := match.of_part and match.provenance.get("part_sha256"):
            parts.setdefault(sha256, []).append(match)
    for matches in parts.values():
        yield _of_part(finding, tuple(matches))


def split(path: str) -> tuple[str, str]:
    """Folder and name."""
    folder, _, name = path.rpartition("/")
    return folder, name


def _of_part(finding: Finding, matches: tuple[Match, ...]) -> FoundContent:
    said = matches[0].provenance
    told = {name: said.get(f"part_{name}", "") for name in _WIDTHS}
    digests = {name: value for name, value in told.items() if _is_digest(name, value)}
    try:
        offset, length = matches[0].place or (-1, 0)
    except ValueError:  # in a bundle that `seek verify` refuses
        offset, length = -1, 0
    stated = said.get("part_size", "")
    is_number = stated.isascii() and stated.isdigit() and len(stated) < 20
    size = int(stated) if is_number else length
    return FoundContent(
        finding, matches, matches, digests, said.get("part_type", ""), size, offset,
        said.get("part", "part"), said.get("member", ""),
    )  # fmt: skip


def _is_digest(name: str, value: str) -> bool:
    """A worker that was taken over may have written anything."""
    return len(value) == _WIDTHS[name] and _HEX.fullmatch(value) is not None
