"""Is each match of a set, a model and a list that the bundle says were used?"""

from itertools import chain

from triage.bundle.format.document import Document
from triage.bundle.format.provenance import WhatWasUsed
from triage.errors import VerificationError


def check(document: Document) -> None:
    """Raise VerificationError naming the first finding with a match of what was not used."""
    used = WhatWasUsed(document.hash_sets, document.models, document.word_lists)
    for finding in document.findings:
        digests = finding.digests
        for wrong in chain.from_iterable(used.wrong(match, digests) for match in finding.matches):
            raise VerificationError(f"finding {finding.number} {wrong}")
