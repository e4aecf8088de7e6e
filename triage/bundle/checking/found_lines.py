"""The findings of a bundle, one by one, from entries.jsonl: also those for which findings.json has
no more room."""

from collections.abc import Iterator
from pathlib import Path

import msgspec

from triage.bundle.checking.folder import BundleFolder
from triage.bundle.format import entries, first, layout
from triage.bundle.format.document import Document, Finding
from triage.errors import BundleError, VerificationError, why

_FOUND = b'"found":'


def findings_of(bundle: Path, document: Document) -> Iterator[Finding]:
    """In the order of their lines. `document`: the bundle's own. Raises BundleError."""
    number = version = 0
    try:
        for line in BundleFolder(bundle).lines(layout.ENTRIES):
            number += 1
            version = version or entries.version_of(line)
            if version == first.FORMAT or _FOUND in line:
                finding = entries.decoder(version, document.volumes)(line).finding
                if finding is not None:
                    yield finding
    except VerificationError as error:
        raise BundleError(
            f"{bundle} cannot be read: {error.message}.",
            hint="`seek verify` says what is wrong with it.",
        ) from error
    except (msgspec.MsgspecError, RecursionError, ValueError) as error:
        raise BundleError(
            f"Line {number} of {layout.ENTRIES} is no entry: {why(error)}.",
            hint="`seek verify` says whether the bundle was changed.",
        ) from error
