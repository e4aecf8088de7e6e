"""What workers are given: a surveyor its one device, an examiner all that detectors need."""

from collections.abc import Sequence

from triage.coordinator.listing import with_others
from triage.coordinator.pool import DECODER_MEMORY_BYTES
from triage.profile import Profile
from triage.scan.equipment import Equipment
from triage.wire.messages import OpenedDevice, Role, Setup

SURVEY_MEMORY_BYTES = 2 * 1024**3
"""Of a surveyor, which loads no detectors."""


def for_surveys(
    opened: Sequence[OpenedDevice], profile: Profile, equipment: Equipment, keys: int = -1
) -> dict[str, Setup]:
    """By device, with the others behind it, on which members of its arrays may lie; of the
    equipment only the word lists. `keys`: the keyring's descriptor."""
    return {
        each.device.id: Setup(
            role=Role.SURVEY,
            devices=with_others(each, opened),
            profile=profile,
            word_lists=tuple(equipment.word_lists),
            memory_bytes=SURVEY_MEMORY_BYTES,
            keys=keys,
        )
        for each in opened
    }


def for_examiners(
    opened: Sequence[OpenedDevice],
    profile: Profile,
    equipment: Equipment,
    passwords: tuple[str, ...] = (),
    *,
    keys: int = -1,
) -> Setup:
    """All devices, all sets, all models, all keys."""
    return Setup(
        role=Role.EXAMINE,
        devices=tuple(opened),
        profile=profile,
        hash_sets=tuple(equipment.hash_sets),
        models=tuple(equipment.models),
        word_lists=tuple(equipment.word_lists),
        passwords=passwords,
        memory_bytes=DECODER_MEMORY_BYTES + equipment.mapped_bytes,
        keys=keys,
    )
