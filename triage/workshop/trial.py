"""One run of a model pack on a drawn picture, to see that it works before it is relied on."""

import os

from triage.coordinator.in_memory import in_memory
from triage.coordinator.model_trial import ModelTrial
from triage.coordinator.pool import Pool
from triage.packs.models import Card
from triage.wire.messages import ModelInHand, Tried


def run(card: Card, content: bytes) -> Tried:
    """Load and run the model. Raises ModelError if it does not do what its card says."""
    descriptor = in_memory((content,), "model")
    try:
        model = ModelInHand(named=card.name, card=card, descriptor=descriptor)
        with Pool() as pool:
            return ModelTrial(pool, model).outcome()
    finally:
        os.close(descriptor)
