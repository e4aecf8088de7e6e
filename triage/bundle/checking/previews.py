"""Is each preview a small picture, and the one that its finding names?"""

from collections.abc import Mapping

from triage.bundle.checking.folder import BundleFolder
from triage.bundle.format import first, layout
from triage.bundle.format.document import Document
from triage.errors import VerificationError
from triage.preview_jpeg import is_preview


def check(
    document: Document, folder: BundleFolder, digests: Mapping[str, str], version: int
) -> int:
    """How many there are. Raises VerificationError naming the first that is wrong.

    `digests`: of the manifest, which the files have. Format 1 did not say what a preview's was.
    """
    named = [each for each in document.findings if each.found.preview]
    for finding in named:
        name, said = finding.found.preview, finding.found.preview_sha256
        if name != layout.preview_name(finding.number):
            raise VerificationError(f"finding {finding.number} has the preview of another")
        if version != first.FORMAT and digests.get(name) != said:
            raise VerificationError(f"{name} is not the preview that its finding names")
        if not is_preview(folder.read(name)):
            raise VerificationError(f"{name} is not a small JPEG and nothing else")
    return len(named)
