"""A set-up's descriptors, made into what detectors are built from."""

import os
from typing import TYPE_CHECKING

from triage.detectors.equipment import LoadedModel, OpenedEquipment
from triage.wire.messages import Setup

if TYPE_CHECKING:
    from triage.hashsets.hash_set import HashSet


def equipment_of(setup: Setup) -> OpenedEquipment:
    """Map the hash sets, read the models. Raises HashSetError or ModelError."""
    return OpenedEquipment(
        hash_sets=_hash_sets(setup),
        models={
            each.named: LoadedModel(card=each.card, content=_read(each.descriptor))
            for each in setup.models
        },
        word_lists={each.named: each.words for each in setup.word_lists},
    )


def _hash_sets(setup: Setup) -> tuple["HashSet", ...]:
    if not setup.hash_sets:
        return ()
    from triage.hashsets.hash_set import HashSet  # noqa: PLC0415 - numpy, for those who need it

    return tuple(
        HashSet.from_fd(each.descriptor, key=each.key or None, name=each.named)
        for each in setup.hash_sets
    )


def _read(descriptor: int) -> bytes:
    """All of it from the start, whatever others read of the same open file: memory, of which one
    call gives all."""
    return os.pread(descriptor, os.fstat(descriptor).st_size, 0)
