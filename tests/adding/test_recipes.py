"""CONTRIBUTING.md is followed: what it says is enough, and what is forgotten of it is noticed."""

import re
from collections.abc import Iterator

import pytest

from tests.adding.recipes import GREEN, PAGE, Step, Toy, followed, is_noticed, recipe_of, undo
from tests.adding.toys import TOYS
from tests.mutants.copies import Copy

STEPS = [(toy, step) for toy in TOYS for step in toy.steps if step.noticed]


@pytest.fixture(scope="module")
def tree(tmp_path_factory: pytest.TempPathFactory) -> Copy:
    return Copy(tmp_path_factory.mktemp("grown"))


@pytest.fixture
def copy(tree: Copy, toy: Toy) -> Iterator[Copy]:
    yield tree
    undo(tree, toy)


def _called(given: object) -> str:
    if isinstance(given, Toy):
        return given.name
    return f"without {given.file} {given.added[:20]!r}" if isinstance(given, Step) else ""


@pytest.mark.parametrize("toy", TOYS, ids=_called)
def test_a_recipe_names_the_files_that_it_takes_in_their_order(toy: Toy) -> None:
    recipe = recipe_of(toy.recipe)
    assert [file.replace("NAME", toy.name) for file in recipe.files] == toy.files
    named = [test.partition("::")[0] for test in toy.tests]
    held = [each.replace("NAME", toy.name) for each in recipe.held_by]
    assert [file for file in named if file not in held] == []


@pytest.mark.parametrize("toy", TOYS, ids=_called)
def test_what_a_recipe_says_is_enough(toy: Toy, copy: Copy) -> None:
    followed(copy, toy)
    code, said = copy.run(toy.tests)
    assert code == GREEN, said


@pytest.mark.parametrize(("toy", "step"), STEPS, ids=_called)
def test_a_step_that_is_forgotten_is_noticed(toy: Toy, step: Step, copy: Copy) -> None:
    followed(copy, toy, forgotten=step)
    assert is_noticed(copy, step)


def test_nothing_but_a_test_can_be_forgotten_in_silence() -> None:
    silent = [step.file for toy in TOYS for step in toy.steps if not step.noticed]
    assert [file for file in silent if not file.startswith("tests/")] == []


def test_every_recipe_with_steps_is_followed_by_a_toy() -> None:
    page = PAGE.read_text(encoding="utf-8")
    headings = re.findall(r"^### (.+)$", page, re.MULTILINE)
    with_steps = {each for each in headings if recipe_of(each).files}
    assert with_steps == {toy.recipe for toy in TOYS}
