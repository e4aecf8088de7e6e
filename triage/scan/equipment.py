"""What detectors need from outside: opened once here, handed to every worker.

Workers get descriptors and values, never paths: they have no right to open anything.
"""

import hashlib
import os
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path

from triage.bundle.document import HashSetUsed, ModelUsed, WordListUsed
from triage.detectors.models import ModelPack, load_pack
from triage.detectors.names import WordList, read_word_list
from triage.profile import ClassifierDetector, NameDetector, Profile
from triage.workers.messages import HashSetInHand, ModelInHand, WordListInHand


@dataclass(slots=True)
class Equipment:
    """All of it, and what the bundle says of it. Close it when the workers have ended."""

    hash_sets: list[HashSetInHand] = field(default_factory=list)
    models: list[ModelInHand] = field(default_factory=list)
    word_lists: list[WordListInHand] = field(default_factory=list)
    hash_sets_used: list[HashSetUsed] = field(default_factory=list)
    models_used: list[ModelUsed] = field(default_factory=list)
    word_lists_used: list[WordListUsed] = field(default_factory=list)
    held: ExitStack = field(default_factory=ExitStack)

    def close(self) -> None:
        """Give all descriptors back."""
        self.held.close()


def equip(profile: Profile, hash_sets: Sequence[Path]) -> Equipment:
    """Load what the profile's detectors ask for, and the sets that were given.

    Raises HashSetError, ModelError or ProfileError, before anything is scanned.
    """
    equipment = Equipment()
    for choice in profile.detectors:
        match choice:
            case ClassifierDetector(model=model, threshold=threshold):
                _load_model(equipment, model, threshold)
            case NameDetector(lists=lists):
                for name in lists:
                    _load_words(equipment, name)
            case _:
                pass
    return equipment


def _load_model(equipment: Equipment, named: str, threshold: float) -> None:
    pack: ModelPack = load_pack(named)
    descriptor = _in_memory(equipment, pack.model_bytes(), named)
    equipment.models.append(ModelInHand(named=named, card=pack.card, descriptor=descriptor))
    card = pack.card
    equipment.models_used.append(
        ModelUsed(
            name=card.name,
            version=card.version,
            sha256=card.model.sha256,
            licence=card.licence,
            origin=card.origin,
            threshold=threshold,
        )
    )


def _load_words(equipment: Equipment, named: str) -> None:
    words: WordList = read_word_list(named)
    equipment.word_lists.append(WordListInHand(named=named, words=words))
    listed = [*words.words, *(f"re:{expression}" for expression in words.expressions)]
    equipment.word_lists_used.append(
        WordListUsed(
            name=words.name,
            sha256=hashlib.sha256("\n".join(listed).encode()).hexdigest(),
            entries=len(listed),
        )
    )


def _in_memory(equipment: Equipment, content: bytes, name: str) -> int:
    """A descriptor of memory that holds the content, for workers to inherit."""
    descriptor = os.memfd_create(f"seek-{Path(name).name[:40]}", os.MFD_CLOEXEC)
    equipment.held.callback(os.close, descriptor)
    written = 0
    while written < len(content):
        written += os.write(descriptor, content[written:])
    return descriptor
