"""What detectors need from outside: opened once here, handed to every worker.

Workers get descriptors and values, never paths: they have no right to open anything.
"""

import hashlib
import os
from pathlib import Path

from triage.bundle.format.document import ModelUsed, WordListUsed
from triage.packs.models import ModelPack, load_pack
from triage.packs.word_lists import WordList, read_word_list
from triage.profile import ClassifierUse, HashSetUse, NameUse, Profile, named_at
from triage.scan.hash_sets import load_sets
from triage.scan.in_hand import Equipment
from triage.scan.search import Search
from triage.wire.messages import ModelInHand, WordListInHand


def read_words(profile: Profile) -> Equipment:
    """The lab's word lists, which a survey needs. Raises ProfileError."""
    equipment = Equipment()
    for number, choice in enumerate(profile.detectors):
        if isinstance(choice, NameUse):
            for place, name in enumerate(choice.lists):
                with named_at(f"$.detectors[{number}].lists[{place}]"):
                    _load_words(equipment, name)
    return equipment


def equip(equipment: Equipment, search: Search) -> None:
    """Load what else the profile's detectors ask for, and the sets that were given.

    Raises HashSetError, UsageError or ModelError, before anything is scanned.
    """
    if any(isinstance(choice, HashSetUse) for choice in search.profile.detectors):
        load_sets(equipment, search)
    for number, choice in enumerate(search.profile.detectors):
        if isinstance(choice, ClassifierUse):
            with named_at(f"$.detectors[{number}].model"):
                _load_model(equipment, choice.model, choice.threshold)


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
