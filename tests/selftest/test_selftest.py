"""`seek selftest` as a lab runs it, and what it says where something is wrong."""

import json
import subprocess
from pathlib import Path

import pytest

from tests.conftest import Seek
from triage.errors import ExitCode
from triage.machine import Machine
from triage.selftest.answers import _of_content, _of_the_books
from triage.selftest.drawn import picture
from triage.selftest.result import PAGE, SIGNATURE, SUMS, SelftestResult, page
from triage.selftest.running import Scanned

NASTY = "</td><script>alert(1)</script>\x1b[2J\u202e"
NOTHING = Scanned(exit_code=1, bundle=None, document=None, as_it_was=False, said=NASTY)
"""What a program leaves that ends at once."""


@pytest.fixture(scope="module")
def out(seek: Seek, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("selftest")
    done = seek("selftest", "--out", folder / "result", "--by", "A. Examiner", cwd=folder)
    assert done.returncode == ExitCode.FINISHED, done.stdout + done.stderr
    assert "Passed: all 11." in done.stdout
    return folder / "result"


def test_this_installation_gives_every_answer_that_is_known(out: Path) -> None:
    result = json.loads((out / "selftest.json").read_text())
    assert [answer["proves"] for answer in result["answers"] if not answer["right"]] == []
    assert result["by"] == "A. Examiner"
    assert result["parts"]["pytsk3"]
    text = (out / PAGE).read_text(encoding="utf-8")
    assert "Self-test passed: 11 of 11" in text
    assert all(answer["came"] for answer in result["answers"])
    assert "DFT-1050" in text
    assert "Deleted File Recovery" in text


def test_stock_tools_check_the_signed_result(out: Path) -> None:
    command = ["ssh-keygen", "-Y", "verify", "-f", "allowed_signers", "-I", "signer",
               "-n", "seek-selftest@v1", "-s", SIGNATURE]  # fmt: skip
    sums = (out / SUMS).read_bytes()
    subprocess.run(command, input=sums, cwd=out, check=True, capture_output=True)
    subprocess.run(["sha256sum", "--strict", "-c", SUMS], cwd=out, check=True, capture_output=True)


def test_a_program_that_does_nothing_passes_nothing_and_is_quoted_harmlessly(
    tmp_path: Path,
) -> None:
    told = (*_of_content(NOTHING), *_of_the_books(NOTHING, tmp_path))
    assert len(told) == 10
    assert not any(answer.right for answer in told)
    result = SelftestResult(
        program="seek", parts={NASTY: NASTY}, machine=Machine(maker=NASTY), system="", at="",
        seconds=1.0, by=NASTY, signer="", answers=told,
    )  # fmt: skip
    assert not result.passed
    text = page(result)
    assert "Self-test failed: 0 of 10" in text
    assert text.count("FAILED") == 10
    assert "<script" not in text
    assert not {"\x1b", "\u202e"} & {*text}


def test_the_pictures_are_drawn_anew_and_always_the_same() -> None:
    assert picture(1, 16, 12) == picture(1, 16, 12)
    assert picture(1, 16, 12) != picture(2, 16, 12)
