"""The digests of findings as a list that `seek hash-set build` and other tools take: CSV, a content
a line. No case, no name, no place: it may leave the house."""

from collections.abc import Iterable, Iterator

from triage.bundle.format.document import Finding
from triage.bundle.rendering.contents import FoundContent, contents_of
from triage.findings import is_notable

_DIGESTS = ("md5", "sha1", "sha256")
HEADING = b"md5,sha1,sha256,size,category\n"


def render(findings: Iterable[Finding]) -> Iterator[bytes]:
    """Line by line; each content once, by its SHA-256: findings', and those of their parts that
    matched. Not what nobody could look into: whoever takes the list would take it for known."""
    yield HEADING
    seen = set[str]()
    notable = (finding for finding in findings if is_notable(finding.matches))
    for content in (each for finding in notable for each in contents_of(finding)):
        if (sha256 := content.digests.get("sha256", "")) and sha256 not in seen:
            seen.add(sha256)
            said = [content.digests.get(name, "") for name in _DIGESTS]
            size = str(content.size or "")
            yield ",".join([*said, size, _category(content)]).encode() + b"\n"


def _category(content: FoundContent) -> str:
    """Of the very content: what it only looks like, or what lies in it, says nothing of it."""
    own = (match.provenance for match in content.own if "digest" in match.provenance)
    category = next((said["category"] for said in own if said.get("category")), "")
    return category if category.isascii() and category.isalnum() else ""
