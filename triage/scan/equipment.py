"""What a scan holds for its workers: descriptors and values, and what the bundle says of them."""

import os
from contextlib import ExitStack
from dataclasses import dataclass, field

from triage.bundle.format.document import HashSetUsed, ModelUsed, SetLeftOut, WordListUsed
from triage.bundle.format.provenance import WhatWasUsed
from triage.scan.events import FolderRead, SetLoaded
from triage.wire.messages import HashSetInHand, ModelInHand, WordListInHand


@dataclass(slots=True)
class Equipment:
    """All of it, and what the bundle says of it. Close it when the workers have ended."""

    hash_sets: list[HashSetInHand] = field(default_factory=list)
    models: list[ModelInHand] = field(default_factory=list)
    word_lists: list[WordListInHand] = field(default_factory=list)
    hash_sets_used: list[HashSetUsed] = field(default_factory=list)
    sets_left_out: list[SetLeftOut] = field(default_factory=list)
    models_used: list[ModelUsed] = field(default_factory=list)
    word_lists_used: list[WordListUsed] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    """What is to be said of sets. It is counted elsewhere: bad lines, expiry, what is left out."""
    told: list[SetLoaded | FolderRead] = field(default_factory=list)
    """What was loaded, for whoever looks on."""
    held: ExitStack = field(default_factory=ExitStack)

    @property
    def mapped_bytes(self) -> int:
        """Address space that every examiner needs for the sets."""
        return sum(os.fstat(each.descriptor).st_size for each in self.hash_sets)

    @property
    def used(self) -> WhatWasUsed:
        """All that a match may be of, once all is loaded."""
        return WhatWasUsed(self.hash_sets_used, self.models_used, self.word_lists_used)

    def close(self) -> None:
        """Give all descriptors back."""
        self.held.close()
