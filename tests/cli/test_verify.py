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


def test_a_good_bundle_shows_its_steps_and_exits_0(sealed: Path) -> None:
    done = seek("verify", sealed)
    assert done.returncode == 0, done.stderr
    steps = [line for line in done.stdout.splitlines() if ". " in line[:8]]
    assert len(steps) == 17
    assert sum("✓" in step for step in steps) == 16
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
    assert (done.returncode, result["verified"], len(result["steps"])) == (0, True, 17)
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


def test_case_exhibit_examiner_start_devices_and_findings_are_told_from_inside(
    tmp_path: Path,
) -> None:
    sealed = samples.sealed(tmp_path)
    renamed = sealed.rename(sealed.with_name("9999_1-B7-20200101T000000Z"))
    (renamed / ".DS_Store").write_bytes(b"")
    said = seek("verify", renamed).stdout
    told = {line.split()[0]: " ".join(line.split()[1:]) for line in said.splitlines()[1:7]}
    assert told["case"] == "2026/0417"
    assert told["exhibit"] == "EX-3"
    assert told["examiner"] == "A. Examiner"
    assert told["started"].endswith("Z")
    assert "SAMSUNG MZ7LN256 S2ABNX0H123456, 64.0 GB" in " ".join(said.split())
    assert told["found"] == "3 findings" or "found 3 findings" in " ".join(said.split())
    assert f"Of that case it is named {sealed.name}" in said
    assert "no part of it, not read: .DS_Store" in said
    inside = json.loads(seek("verify", renamed, "--json").stdout)["subject"]
    assert inside["case"]["case_number"] == "2026/0417"


def test_a_folder_that_is_not_there_exits_1(tmp_path: Path) -> None:
    done = seek("verify", tmp_path / "none")
    assert done.returncode == 1
    assert "not a folder" in done.stderr
