"""A mutation is added by CONTRIBUTING.md's words, and tried by the command that it names."""

import subprocess

import pytest

from tests.mutants.copies import Copy

ENTRY = """
[[mutation]]
says = "pebbles: a bundle that does not verify has another exit code"
file = "triage/errors.py"
old = "NOT_VERIFIED = 20"
new = "NOT_VERIFIED = 21"
tests = ["tests/test_errors.py::test_the_readme_lists_every_exit_code_once"]
"""


@pytest.fixture(scope="module")
def copy(tmp_path_factory: pytest.TempPathFactory) -> Copy:
    return Copy(tmp_path_factory.mktemp("mutated"))


def tried(copy: Copy, entry: str) -> tuple[int, str]:
    copy.write("tests/mutants/pebbles.toml", entry)
    done = subprocess.run(
        [copy.python, "-m", "tests.mutants", "pebbles"],
        cwd=copy.root, capture_output=True, text=True, check=False,
    )  # fmt: skip
    return done.returncode, done.stdout


def test_it_is_made_and_noticed(copy: Copy) -> None:
    code, said = tried(copy, ENTRY)
    assert code == 0, said
    assert "killed 1 of 1" in said


@pytest.mark.parametrize(
    ("right", "wrong"), [("= 20", "= 30"), ("every_exit_code_once", "no_exit_code")]
)
def test_a_text_or_a_test_that_is_not_there_is_said(copy: Copy, right: str, wrong: str) -> None:
    code, said = tried(copy, ENTRY.replace(right, wrong))
    assert code == 1
    assert said.startswith("STALE: pebbles")
