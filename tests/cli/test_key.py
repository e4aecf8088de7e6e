import subprocess
from pathlib import Path

import pytest
from typer.testing import CliRunner

from cli.key import app
from triage.errors import UsageError


def new(*arguments: str | Path) -> str:
    result = CliRunner().invoke(app, ["new", *map(str, arguments)], catch_exceptions=False)
    assert result.exit_code == 0
    return result.output


def test_a_new_key_is_one_that_ssh_keygen_knows(tmp_path: Path) -> None:
    said = new("--out", tmp_path / "key", "--comment", "j.doe@police", "--no-passphrase")
    shown = subprocess.run(["ssh-keygen", "-lf", tmp_path / "key"], capture_output=True, text=True,
                           check=True).stdout  # fmt: skip
    assert shown.split()[1] in said
    assert "ED25519" in shown
    assert (tmp_path / "key").stat().st_mode & 0o777 == 0o600


def test_the_line_for_the_labs_list_is_one_that_ssh_keygen_accepts(tmp_path: Path) -> None:
    said = new("--out", tmp_path / "key", "--comment", "j.doe@police", "--no-passphrase")
    line = next(line for line in said.splitlines() if "namespaces=" in line)
    (tmp_path / "signers").write_text(line + "\n")
    (tmp_path / "m").write_bytes(b"x")
    for use in ("seek-bundle@v1", "seek-hash-set@v1"):
        (tmp_path / "m.sig").unlink(missing_ok=True)
        sign = ["ssh-keygen", "-q", "-Y", "sign", "-f", "key", "-n", use, "m"]
        subprocess.run(sign, cwd=tmp_path, check=True)
        verify = ["ssh-keygen", "-Y", "verify", "-f", "signers", "-I", "j.doe@police",
                  "-n", use, "-s", "m.sig"]  # fmt: skip
        subprocess.run(verify, cwd=tmp_path, input=b"x", check=True)


def test_no_key_is_overwritten(tmp_path: Path) -> None:
    new("--out", tmp_path / "key", "--no-passphrase")
    before = (tmp_path / "key").read_bytes()
    with pytest.raises(UsageError):
        new("--out", tmp_path / "key", "--no-passphrase")
    assert (tmp_path / "key").read_bytes() == before


def test_without_a_terminal_a_key_without_passphrase_must_be_asked_for(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="terminal"):
        new("--out", tmp_path / "key")
    assert not list(tmp_path.iterdir())
