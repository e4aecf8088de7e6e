"""Every detector that a profile can ask for is declared whole, and gates lead somewhere."""

import inspect
from importlib import import_module
from pathlib import Path
from typing import get_args

import pytest

from triage import choices
from triage import profile as profiles
from triage.choices import (
    ClassifierUse,
    DetectorChoice,
    HashSetUse,
    NameUse,
    PerceptualUse,
    ProfilePart,
    TypeUse,
    VideoUse,
    name_of,
)
from triage.errors import ProfileError
from triage.match_kinds import MatchKind
from triage.needs import Gate, Needs, in_order

EVERY: tuple[type[DetectorChoice], ...] = get_args(DetectorChoice)


def gated(model: str, score: str) -> ClassifierUse:
    return ClassifierUse(model=model, only_where=Gate(score=score, above=0.2))


@pytest.mark.parametrize("choice", EVERY)
def test_a_choice_has_needs_and_the_code_that_they_name(choice: type[DetectorChoice]) -> None:
    needs = choice().needs
    if not needs.code:
        assert not needs.kinds
        assert needs.frames
        return
    module = import_module(f"triage.detectors.{needs.code}")
    taken = inspect.signature(module.build_one).parameters["choice"].annotation
    assert taken in {choice, choice.__name__}
    assert needs.kinds


@pytest.mark.parametrize("choice", EVERY)
def test_what_a_choice_declares_fits_together(choice: type[DetectorChoice]) -> None:
    needs = choice().needs
    assert not needs.gives or needs.pixels, "a score is of pixels: copies of a picture share it"
    assert not needs.look_up or needs.hash_sets
    assert not needs.model or needs.threshold is not None


def test_every_kind_of_match_is_made_by_a_choice_or_by_thumbnails() -> None:
    made = {kind for choice in EVERY for kind in choice().needs.kinds}
    assert made | {MatchKind.THUMBNAIL} == set(MatchKind)


def test_every_choice_can_be_asked_for() -> None:
    said = {it for it in vars(choices).values() if isinstance(it, type) and hasattr(it, "needs")}
    assert said == set(EVERY)


def test_no_two_choices_have_one_name() -> None:
    assert len({name_of(choice()) for choice in EVERY}) == len(EVERY)
    assert name_of(HashSetUse()) == "hash_set"


def test_a_choice_without_needs_is_refused_when_it_is_imported(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    class SilentUse(ProfilePart, frozen=True, kw_only=True, tag="silent", tag_field="use"):
        pass

    monkeypatch.setattr(choices, "DetectorChoice", DetectorChoice | SilentUse)
    with pytest.raises(TypeError, match="SilentUse does not say what it needs"):
        choices.check_declarations()
    source = Path(choices.__file__).read_text(encoding="utf-8")
    assert source.endswith("\n\ncheck_declarations()\n")


def test_a_detector_comes_behind_the_one_that_opens_its_gate_and_else_keeps_its_place() -> None:
    third, second, first = gated("c", "b"), gated("b", "a"), ClassifierUse(model="a")
    others: tuple[DetectorChoice, ...] = (
        HashSetUse(),
        TypeUse(),
        NameUse(),
        PerceptualUse(),
        VideoUse(),
    )
    given = [others[0], third, others[1], second, first, *others[2:]]
    ordered = in_order(given)
    assert [each for each in ordered if each in others] == list(others)
    assert ordered.index(first) < ordered.index(second) < ordered.index(third)
    assert in_order(others) == list(others)


@pytest.mark.parametrize(
    ("detectors", "message", "hint"),
    [
        ([HashSetUse(), gated("b", "a")], "'a' is above 0.2", "The profile has these: b."),
        ([gated("a", "a")], "wait for each other's scores", "`only_where`"),
        ([gated("a", "b"), gated("b", "c"), gated("c", "a")], ": a, b, c", "`only_where`"),
    ],
)
def test_a_gate_that_nobody_can_open_is_refused(
    detectors: list[DetectorChoice], message: str, hint: str
) -> None:
    with pytest.raises(ProfileError) as refused:
        in_order(detectors)
    assert message in refused.value.message
    assert hint in refused.value.hint


def test_a_profile_whose_gate_leads_nowhere_is_refused_when_it_is_read(tmp_path: Path) -> None:
    file = tmp_path / "own.yaml"
    text = (
        "name: own\ndescription: x\ndetectors:\n"
        "  - {use: classifier, only_where: {score: faces, above: 0.5}}\n"
    )
    file.write_text(text)
    with pytest.raises(ProfileError, match=r"own\.yaml: .*'faces' is above 0\.5") as refused:
        profiles.load(str(file))
    assert "The profile has these: open-nsfw." in refused.value.hint
    file.write_text(text.replace("above: 0.5", "above: 2"))
    with pytest.raises(ProfileError, match=r"only_where\.above"):
        profiles.load(str(file))


def test_what_is_read_of_an_entry_follows_from_what_is_needed() -> None:
    assert not Needs(name=True).typed
    assert Needs(head=True).typed
    assert all(choice().needs.typed for choice in (TypeUse, ClassifierUse, VideoUse))
    assert not any(choice().needs.typed for choice in (HashSetUse, NameUse))
    assert not TypeUse().needs.told_by_parts
    assert all(c().needs.told_by_parts for c in (NameUse, HashSetUse, ClassifierUse))
