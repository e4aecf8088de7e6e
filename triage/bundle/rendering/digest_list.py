"""The digests of findings as a list that `seek hash-set build` and other tools take: CSV, a content
a line. No case, no name, no place: it may leave the house."""

from collections.abc import Iterable, Iterator

from triage.bundle.format.document import Finding
from triage.findings import is_notable

_DIGESTS = ("md5", "sha1", "sha256")
HEADING = b"md5,sha1,sha256,size,category\n"


def render(findings: Iterable[Finding]) -> Iterator[bytes]:
    """Line by line; each content once, by its SHA-256. Not that of which only is known that nobody
    could look into it: whoever takes the list would take it for known material."""
    yield HEADING
    seen = set[str]()
    for finding in findings:
        digests = finding.digests
        sha256 = digests.get("sha256", "")
        if sha256 and sha256 not in seen and is_notable(finding.matches):
            seen.add(sha256)
            said = [digests.get(name, "") for name in _DIGESTS]
            yield ",".join([*said, str(finding.entry.size), _category(finding)]).encode() + b"\n"


def _category(finding: Finding) -> str:
    """Of the very content: what it only looks like, or what lies in it, says nothing of it."""
    own = (m.provenance for m in finding.matches if not m.of_part and "digest" in m.provenance)
    category = next((said["category"] for said in own if said.get("category")), "")
    return category if category.isascii() and category.isalnum() else ""
