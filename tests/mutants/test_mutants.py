"""The faults can be made, and whoever makes them tells apart what became of each."""

from pathlib import Path

import pytest

from tests.mutants.__main__ import _tried
from tests.mutants.copies import ROOT, Copy
from tests.mutants.mutation import Mutation, StaleMutationError, load

TEST = "tests/test_errors.py"
FILE = "triage/errors.py"


@pytest.fixture(scope="module")
def copy(tmp_path_factory: pytest.TempPathFactory) -> Copy:
    return Copy(tmp_path_factory.mktemp("copy"))


@pytest.mark.parametrize("mutation", load(), ids=lambda mutation: mutation.says)
def test_it_can_be_made_and_its_tests_are_there(mutation: Mutation) -> None:
    mutation.check(ROOT)


def test_there_are_forty_at_least_and_no_two_are_called_the_same() -> None:
    called = [mutation.says for mutation in load()]
    assert len(called) >= 40
    assert len(set(called)) == len(called)


@pytest.mark.parametrize(
    ("old", "new", "outcome"),
    [
        ("NOT_VERIFIED = 20", "NOT_VERIFIED = 21", "killed"),
        ("NOT_VERIFIED = 20", "NOT_VERIFIED = 10 + 10", "SURVIVED"),
        ("NOT_VERIFIED = 20", "NOT_VERIFIED = (20", "DID NOT RUN (exit 2)"),
    ],
)
def test_what_became_of_a_fault_is_told(copy: Copy, old: str, new: str, outcome: str) -> None:
    fault = Mutation(says="a trial", file=FILE, old=old, new=new, tests=(TEST,))
    assert _tried(copy, fault).outcome == outcome
    assert (copy.root / FILE).read_text() == (ROOT / FILE).read_text()


def test_a_fault_whose_text_is_gone_or_whose_test_is_gone_is_stale() -> None:
    gone = Mutation(says="", file=FILE, old="no such text", new="", tests=(TEST,))
    nowhere = Mutation(
        says="", file=FILE, old="NOT_VERIFIED = 20", new="", tests=(f"{TEST}::test_no_such",)
    )
    for mutation in (gone, nowhere):
        with pytest.raises(StaleMutationError):
            mutation.check(ROOT)


def test_a_copy_runs_its_own_code_in_every_process(copy: Copy, tmp_path: Path) -> None:
    test = tmp_path / "test_where.py"
    test.write_text(
        "import subprocess, sys\n"
        "from pathlib import Path\n"
        "import cli, triage\n"
        "from triage.coordinator import fork_server\n"
        f"ROOT = {str(copy.root)!r}\n"
        "SAY = 'import triage; print(triage.__file__)'\n"
        "def said(*command):\n"
        "    return subprocess.run(command, capture_output=True, text=True).stdout\n"
        "def test_it():\n"
        "    assert triage.__file__.startswith(ROOT) and cli.__file__.startswith(ROOT)\n"
        "    assert said(sys.executable, '-I', '-c', SAY).startswith(ROOT)\n"
        "    assert fork_server.COMMAND[0] == sys.executable\n"
        "    seek = Path(sys.executable).with_name('seek')\n"
        "    assert 'seek' in said(str(seek), '--help')\n"
    )
    code, said = copy.run((str(test),))
    assert code == 0, said
