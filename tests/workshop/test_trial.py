"""A model is run by a worker without rights before a lab relies on it."""

import sys
from dataclasses import replace

import msgspec
import pytest

from tests.coordinator import illegal
from triage.coordinator import fork_server
from triage.detectors.trial import Trial
from triage.errors import ModelError
from triage.packs.models import ModelPack, load_pack
from triage.workshop.trial import run


@pytest.fixture(scope="module")
def pack() -> ModelPack:
    return load_pack("open-nsfw")


def test_a_worker_s_score_is_the_model_s_own(pack: ModelPack) -> None:
    content = pack.model_bytes()
    trial = Trial(pack.card, content)
    trial.begin()
    score, _ = trial.run()
    assert run(pack.card, content).score == pytest.approx(score, abs=1e-6)


def test_a_model_that_does_not_fit_its_card_is_refused_in_its_words(pack: ModelPack) -> None:
    output = msgspec.structs.replace(pack.card.output, labels=("a", "b", "nsfw"))
    other = replace(pack, card=msgspec.structs.replace(pack.card, output=output))
    with pytest.raises(ModelError, match="it gives 2 values, the card has 3 labels"):
        run(other.card, pack.model_bytes())
    with pytest.raises(ModelError, match="cannot be run as its card says"):
        run(pack.card, b"no model")


def test_a_model_that_ends_its_worker_does_not_end_the_command(
    pack: ModelPack, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(
        fork_server, "COMMAND", (sys.executable, "-I", illegal.__file__, "onnxruntime")
    )
    with pytest.raises(ModelError, match=r"ended the worker that ran it: crashed .*SIGILL"):
        run(pack.card, pack.model_bytes())
