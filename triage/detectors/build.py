"""From a profile to its detectors.

Each choice names, in its needs, the module of this package that has its code. There a function
`build_one` takes the choice and the equipment and gives the detector.
"""

from collections.abc import Iterable
from dataclasses import replace
from importlib import import_module
from typing import Any

from triage.choices import DetectorChoice
from triage.detectors.equipment import OpenedEquipment
from triage.detectors.in_use import Detectors, InUse
from triage.hashsets.labels import wanted_by
from triage.needs import in_order
from triage.profile import Profile


def build(profile: Profile, equipment: OpenedEquipment) -> Detectors:
    """The profile's detectors; each loads its libraries only if it is asked for.

    Raises ProfileError, ModelError or HashSetError.
    """
    equipment = replace(equipment, wanted=wanted_by(profile))
    choices = in_order(profile.detectors)
    in_use: list[InUse] = []
    look_up = None
    for choice in choices:
        needs = choice.needs
        if not needs.code:
            continue
        detector = _built(choice, needs.code, equipment)
        if needs.look_up and look_up is None:
            look_up = detector
        opened_by = _score_name(needs.gate.score, equipment) if needs.gate else ""
        known_too = needs.known_too and equipment.has_values
        in_use.append(
            InUse(detector=detector, needs=needs, opened_by=opened_by, known_too=known_too)
        )
    further = tuple(choice.needs for choice in choices if not choice.needs.code)
    return Detectors(in_use=tuple(in_use), further=further, look_up=look_up)


def load_code(names: Iterable[str]) -> None:
    """Import those modules, before anything is built of them."""
    for name in names:
        _module(name)


def _built(choice: DetectorChoice, code: str, equipment: OpenedEquipment) -> Any:
    """A test holds that every choice's module has this function, for that very choice."""
    return _module(code).build_one(choice, equipment)


def _module(name: str) -> Any:
    return import_module(f"triage.detectors.{name}")


def _score_name(given: str, equipment: OpenedEquipment) -> str:
    """Under which a score stands in `Item.scores`: a model's own name, however it was named."""
    model = equipment.models.get(given)
    return model.card.name if model else given
