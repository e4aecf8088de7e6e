"""The suite itself: what is skipped in CI has failed; no test depends on one before it."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

HOOKS = (
    "from tests.conftest import pytest_make_collect_report, pytest_runtest_makereport\n"
    "from tests.conftest import signals_as_before\n"
)
BY_MARK = 'import pytest\n@pytest.mark.skip(reason="no")\ndef test_it(): pass\n'
INSIDE = 'import pytest\ndef test_it(): pytest.skip("no")\n'
WHOLE_FILE = 'import pytest\npytest.skip("no", allow_module_level=True)\n'


def _code(folder: Path, test: str, **environment: str) -> int:
    """Of pytest, in a folder with this test alone and the suite's hooks."""
    (folder / "conftest.py").write_text(HOOKS)
    (folder / "test_it.py").write_text(test)
    others = {name: value for name, value in os.environ.items() if name != "CI"}
    root = Path(__file__).parents[1]
    return subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", f"--rootdir={folder}"],
        env=others | environment | {"PYTHONPATH": str(root)},
        cwd=folder,
        check=False,
        capture_output=True,
    ).returncode


@pytest.mark.parametrize("test", [BY_MARK, INSIDE, WHOLE_FILE])
def test_a_skipped_test_fails_the_suite_in_ci_and_only_there(tmp_path: Path, test: str) -> None:
    assert _code(tmp_path, test, CI="true") in (
        pytest.ExitCode.TESTS_FAILED,
        pytest.ExitCode.INTERRUPTED,
    )
    assert _code(tmp_path, test) in (pytest.ExitCode.OK, pytest.ExitCode.NO_TESTS_COLLECTED)


AFTER_ANOTHER = """
import signal
from cli import interrupt
def test_one():
    interrupt.over()
def test_the_next():
    assert all(signal.getsignal(number) != signal.SIG_IGN for number in interrupt.HEARD)
"""


def test_signals_that_a_test_ignores_are_heard_by_the_next(tmp_path: Path) -> None:
    assert _code(tmp_path, AFTER_ANOTHER) == pytest.ExitCode.OK
