import json
import subprocess
import sys
from pathlib import Path

import pytest

from tests.bundle import samples
from triage.bundle.format import layout


@pytest.fixture(scope="module")
def sealed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return samples.sealed(tmp_path_factory.mktemp("cli"))


def seek(*arguments: str | Path) -> subprocess.CompletedProcess[str]:
    program = "from cli.__main__ import main; main()"
    return subprocess.run([sys.executable, "-c", program, *map(str, arguments)],
                          capture_output=True, text=True, check=False)  # fmt: skip


def test_a_good_bundle_shows_thirteen_steps_and_exits_0(sealed: Path) -> None:
    done = seek("verify", sealed)
    assert done.returncode == 0, done.stderr
    steps = [line for line in done.stdout.splitlines() if ". " in line[:8]]
    assert len(steps) == 13
    assert sum("✓" in step for step in steps) == 12
    assert "Verified" in done.stdout


def test_a_list_of_signers_names_the_signer(sealed: Path, tmp_path: Path) -> None:
    signers = tmp_path / "signers"
    signers.write_text("j.doe@police " + (sealed / layout.SIGNER).read_text())
    done = seek("verify", sealed, "--signers", signers)
    assert done.returncode == 0
    assert "nothing has changed since j.doe@police signed" in done.stdout
    signers.write_text("")
    done = seek("verify", sealed, "--signers", signers)
    assert done.returncode == 20
    assert "step 4" in done.stderr


def test_a_changed_bundle_names_the_step_and_exits_20(tmp_path: Path) -> None:
    bundle = samples.sealed(tmp_path)
    with (bundle / layout.ENTRIES).open("ab") as file:
        file.write(b"\n")
    done = seek("verify", bundle)
    assert done.returncode == 20
    assert "✗  5. every file as it was signed (entries.jsonl is not what was signed)" in done.stdout
    assert "step 5" in done.stderr


def test_programs_get_the_steps_as_json(sealed: Path, tmp_path: Path) -> None:
    done = seek("verify", sealed, "--json")
    result = json.loads(done.stdout)
    assert (done.returncode, result["verified"], len(result["steps"])) == (0, True, 13)
    (tmp_path / "empty").mkdir()
    done = seek("verify", tmp_path / "empty", "--json")
    result = json.loads(done.stdout)
    assert (done.returncode, result["verified"]) == (20, False)
    assert result["steps"][0]["outcome"] == "failed"


def test_escape_sequences_in_names_never_reach_the_terminal(tmp_path: Path) -> None:
    bundle = samples.sealed(tmp_path)
    (bundle / "\x1b[2J\u202e[bold]x").write_bytes(b"")
    done = seek("verify", bundle)
    assert done.returncode == 20
    assert "\x1b" not in done.stdout + done.stderr
    assert "\u202e" not in done.stdout + done.stderr
    assert "\\x1b[2J\\u202e[bold]x is not in the manifest" in done.stdout


def test_a_folder_that_is_not_there_exits_1(tmp_path: Path) -> None:
    done = seek("verify", tmp_path / "none")
    assert done.returncode == 1
    assert "not a folder" in done.stderr
