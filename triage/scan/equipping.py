"""What detectors need from outside: opened once here, handed to every worker.

Workers get descriptors and values, never paths: they have no right to open anything.
"""

import hashlib
import os
from pathlib import Path

from triage.bundle.format.document import ModelUsed, WordListUsed
from triage.coordinator.in_memory import in_memory
from triage.errors import ModelError
from triage.needs import in_order
from triage.packs.models import Card, ModelPack, load_pack
from triage.packs.word_lists import WordList, read_word_list
from triage.profile import Profile, named_at
from triage.scan.equipment import Equipment
from triage.scan.hash_sets import load_sets
from triage.scan.search import Search
from triage.wire.messages import ModelInHand, WordListInHand


def read_words(profile: Profile) -> Equipment:
    """The lab's word lists, which a survey needs.

    Raises ProfileError: a list cannot be read, or detectors wait for what nobody gives.
    """
    in_order(profile.detectors)
    equipment = Equipment()
    for number, choice in enumerate(profile.detectors):
        for place, name in enumerate(choice.needs.word_lists):
            with named_at(f"$.detectors[{number}].lists[{place}]"):
                _load_words(equipment, name)
    return equipment


def equip(equipment: Equipment, search: Search) -> None:
    """Load what else the profile's detectors ask for, and the sets that were given.

    Raises HashSetError, UsageError or ModelError, before anything is scanned.
    """
    if any(choice.needs.hash_sets for choice in search.profile.detectors):
        load_sets(equipment, search)
    for number, choice in enumerate(search.profile.detectors):
        needs = choice.needs
        if needs.model:
            with named_at(f"$.detectors[{number}].model"):
                _load_model(equipment, needs.model, needs.threshold)


def _load_model(equipment: Equipment, named: str, threshold: float | None) -> None:
    card = _card_in_hand(equipment, named)
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


def _card_in_hand(equipment: Equipment, named: str) -> Card:
    """The pack's card; its model is read once, however many detectors have it.

    Raises ModelError, too if another pack has its name: their scores could not be told apart.
    """
    for each in equipment.models:
        if each.named == named:
            return each.card
    pack: ModelPack = load_pack(named)
    card = pack.card
    if any(each.card.name == card.name for each in equipment.models):
        raise ModelError(
            f"Two model packs of the profile have the same name, {card.name}.",
            hint="Give one of them another `name` in its card.yaml.",
        )
    descriptor = in_memory(pack.blocks(), Path(named).name)
    equipment.held.callback(os.close, descriptor)
    equipment.models.append(ModelInHand(named=named, card=card, descriptor=descriptor))
    return card


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
