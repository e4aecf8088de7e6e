import os
import pty
import shutil
import subprocess
import sys
import termios
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.conftest import Seek
from triage.bundle.checking import sigcheck, sshsig
from triage.bundle.format import layout
from triage.bundle.format.document import SignerKind
from triage.bundle.writing import private_folder, signing
from triage.bundle.writing.signing import new_key, open_signer, read_public
from triage.errors import ExitCode, SigningError, UsageError


@pytest.fixture
def key(tmp_path: Path) -> Path:
    new_key(tmp_path / "key", comment="j.doe@police", ask=False)
    return tmp_path / "key"


@pytest.fixture(autouse=True)
def memory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """Where private files go; there must be none afterwards, whatever happened."""
    folder = tmp_path / "memory"
    folder.mkdir()
    monkeypatch.setattr(private_folder, "_MEMORY", folder)
    yield folder
    assert list(folder.iterdir()) == []


@pytest.fixture
def agent(key: Path) -> Iterator[Path]:
    """An agent that holds the key; its private file is gone."""
    started = subprocess.run(["ssh-agent", "-s"], capture_output=True, text=True, check=True)
    said = dict(
        part.split("=", 1) for part in started.stdout.replace(";", "\n").split("\n") if "=" in part
    )
    os.environ["SSH_AUTH_SOCK"] = said["SSH_AUTH_SOCK"]
    try:
        subprocess.run(["ssh-add", "-q", str(key)], check=True)
        key.unlink()
        yield Path(f"{key}.pub")
    finally:
        del os.environ["SSH_AUTH_SOCK"]
        os.kill(int(said["SSH_AGENT_PID"]), 15)


def test_a_given_key_signs_what_stock_ssh_keygen_verifies(key: Path) -> None:
    with open_signer(key) as signer:
        signer.prove()
        armored = signer.sign(b"manifest")
        assert signer.statement.kind is SignerKind.GIVEN
        assert signer.statement.comment == "j.doe@police"
    shown = subprocess.run(["ssh-keygen", "-lf", key], capture_output=True, text=True, check=True)
    assert signer.statement.fingerprint == shown.stdout.split()[1]
    assert sigcheck.check_signature(b"manifest", armored).line == signer.statement.public_key


def test_a_fresh_key_is_another_every_time_and_lies_in_no_file(memory: Path) -> None:
    fingerprints = set()
    for _ in range(2):
        with open_signer(None) as signer:
            assert signer.statement.kind is SignerKind.FRESH
            assert list(memory.iterdir()) == []
            signer.sign(b"x")
            fingerprints.add(signer.statement.fingerprint)
            assert list(memory.iterdir()) == []
        with pytest.raises(SigningError):
            signer.sign(b"after it was destroyed")
    assert len(fingerprints) == 2


def test_a_key_in_an_agent_signs_by_its_public_half(agent: Path) -> None:
    with open_signer(agent) as signer:
        assert sigcheck.check_signature(b"x", signer.sign(b"x"))


def test_a_whole_scan_is_signed_by_an_agent_that_alone_has_the_key(
    agent: Path, seek: Seek, tmp_path: Path
) -> None:
    """Scan key, commits and manifest: two signatures of the agent's vouch for all of it."""
    evidence, out = tmp_path / "evidence", tmp_path / "out"
    evidence.mkdir()
    (evidence / "a.txt").write_text("bread, milk")
    done = seek("scan", evidence, "--key", agent, "--out", out)
    assert done.returncode == ExitCode.NOT_ALL, done.stdout + done.stderr
    (bundle,) = out.iterdir()
    signers = tmp_path / "signers"
    signers.write_text(f'j.doe@police namespaces="seek-bundle@v1" {agent.read_text()}')
    verified = seek("verify", bundle, "--signers", signers)
    assert verified.returncode == 0, verified.stdout
    assert "j.doe@police" in verified.stdout


def test_a_key_lies_open_if_whoever_has_the_disk_can_sign_with_it(
    key: Path, tmp_path: Path
) -> None:
    locked = tmp_path / "locked"
    command = ["ssh-keygen", "-q", "-t", "ed25519", "-N", "correct horse", "-f", str(locked)]
    subprocess.run(command, check=True)
    for given, lies_open in ((key, True), (locked, False), (Path(f"{key}.pub"), False)):
        with open_signer(given) as signer:
            assert signer.lies_open_beside(tmp_path) is lies_open, given
    with open_signer(None) as signer:
        assert not signer.lies_open_beside(tmp_path)
    with open_signer(key) as signer:
        key.unlink()
        assert signer.lies_open_beside(tmp_path), "who knows where it is"


def test_a_public_key_without_agent_says_what_to_do(key: Path) -> None:
    key.rename(f"{key}.away")
    with open_signer(Path(f"{key}.pub")) as signer, pytest.raises(SigningError) as raised:
        signer.prove()
    assert "ssh-add" in raised.value.hint


def test_a_passphrase_is_asked_for_at_the_terminal(tmp_path: Path) -> None:
    file = tmp_path / "locked"
    command = ["ssh-keygen", "-q", "-t", "ed25519", "-N", "correct horse", "-f", str(file)]
    subprocess.run(command, check=True)
    assert sign_at_terminal(file, b"correct horse") == "signed"
    assert sign_at_terminal(file, b"wrong", b"").startswith("The passphrase is wrong")


SIGN = """
import sys
from pathlib import Path
from triage.bundle.writing.signing import open_signer
from triage.errors import ExitCode, SigningError, UsageError
with open_signer(Path(sys.argv[1])) as signer:
    try:
        signer.prove()
        print("<signed>")
    except SigningError as error:
        print("<" + error.hint + ">")
"""


def sign_at_terminal(file: Path, *passphrases: bytes) -> str:
    """In a process that has a terminal of its own, as the agent's shell has."""
    child, terminal = pty.fork()
    if child == 0:  # pragma: no cover - another process
        os.execv(sys.executable, [sys.executable, "-c", SIGN, str(file)])  # noqa: S606
    heard = b""
    answered = 0
    while b">" not in heard:
        heard += os.read(terminal, 1024)
        asked = heard.lower()
        if asked.count(b"enter passphrase") + asked.count(b"bad passphrase") > answered:
            answered += 1
            while termios.tcgetattr(terminal)[3] & termios.ECHO:
                time.sleep(0.01)  # ssh-keygen throws away what was typed before it
            os.write(terminal, passphrases[min(answered, len(passphrases)) - 1] + b"\n")
    os.close(terminal)
    os.waitpid(child, 0)
    return heard.rpartition(b"<")[2].partition(b">")[0].decode()


def test_a_locked_key_without_terminal_is_an_error_not_a_wait(tmp_path: Path) -> None:
    file = tmp_path / "locked"
    subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "secret", "-f", file], check=True)
    done = subprocess.run([sys.executable, "-c", SIGN, file], stdin=subprocess.DEVNULL,
                          capture_output=True, text=True, start_new_session=True,
                          check=True)  # fmt: skip
    assert "passphrase" in done.stdout


def test_a_key_that_others_can_read_says_what_to_do(key: Path) -> None:
    key.chmod(0o644)
    with open_signer(key) as signer, pytest.raises(SigningError) as raised:
        signer.prove()
    assert "chmod 600" in raised.value.hint


@pytest.mark.parametrize("kind", ["rsa", "ecdsa"])
def test_other_kinds_of_key_are_refused_at_the_start(tmp_path: Path, kind: str) -> None:
    subprocess.run(["ssh-keygen", "-q", "-t", kind, "-N", "", "-f", tmp_path / "k"], check=True)
    with pytest.raises(SigningError, match="type") as raised:
        open_signer(tmp_path / "k")
    assert "ed25519" in raised.value.hint


@pytest.mark.parametrize(
    "content", [b"", b"hello", b"-----BEGIN", b"ssh-ed25519 AAAA", b"\xff" * 9]
)
def test_what_is_no_key_is_said_not_to_be_one(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "k").write_bytes(content)
    with pytest.raises(SigningError, match="not an OpenSSH key"):
        open_signer(tmp_path / "k")
    with pytest.raises(SigningError, match="Cannot read"):
        open_signer(tmp_path / "none")


def test_new_keys_overwrite_nothing(key: Path, tmp_path: Path) -> None:
    before = key.read_bytes()
    with pytest.raises(UsageError, match="exists"):
        new_key(key, comment="", ask=False)
    (tmp_path / "other.pub").write_bytes(b"precious")
    with pytest.raises(UsageError, match="exists"):
        new_key(tmp_path / "other", comment="", ask=False)
    assert key.read_bytes() == before
    assert (tmp_path / "other.pub").read_bytes() == b"precious"


def test_the_public_half_is_read_from_a_locked_private_key(tmp_path: Path) -> None:
    subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "pw", "-f", tmp_path / "k"],
                   check=True)  # fmt: skip
    assert read_public(tmp_path / "k").blob == read_public(tmp_path / "k.pub").blob


def test_a_public_file_that_belongs_to_another_key_is_not_believed(
    key: Path, tmp_path: Path
) -> None:
    new_key(tmp_path / "other", comment="other", ask=False)
    (tmp_path / "key.pub").write_bytes((tmp_path / "other.pub").read_bytes())
    with open_signer(key) as signer:
        assert signer.statement.comment == ""
        assert signer.statement.public_key == sshsig.parse_private(key.read_bytes()).line


def test_there_is_no_signing_without_ssh_keygen(key: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with open_signer(key) as signer:
        monkeypatch.setenv("PATH", "/nowhere")
        with pytest.raises(SigningError, match="no ssh-keygen"):
            signer.prove()


def _killed_times(folder: Path, times: int) -> str:
    """A PATH whose ssh-keygen is killed so many times in the middle, and then is the real one."""
    (folder / "left").write_text("x" * times)
    program = folder / "ssh-keygen"
    program.write_text(
        "#!/bin/sh\n"
        f"left={folder}/left\n"
        'if [ -s "$left" ]; then\n'
        '  printf %s "$(cut -c2- "$left")" > "$left"\n'
        "  kill -9 $$\n"
        "fi\n"
        f'exec {shutil.which("ssh-keygen")} "$@"\n'
    )
    program.chmod(0o755)
    return f"{folder}:{os.environ['PATH']}"


def test_an_ssh_keygen_that_was_killed_is_started_once_more(
    key: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with open_signer(key) as signer:
        monkeypatch.setenv("PATH", _killed_times(tmp_path, 1))
        signer.prove()
        monkeypatch.setenv("PATH", _killed_times(tmp_path, 2))
        with pytest.raises(SigningError, match="was killed"):
            signer.prove()


def test_a_certificate_signs_and_a_lab_can_list_its_authority(key: Path, tmp_path: Path) -> None:
    new_key(tmp_path / "ca", comment="lab", ask=False)
    subprocess.run(["ssh-keygen", "-q", "-s", tmp_path / "ca", "-I", "j.doe", "-n", "j.doe@police",
                    f"{key}.pub"], check=True)  # fmt: skip
    with open_signer(Path(f"{key}-cert.pub")) as signer:
        armored = signer.sign(b"x")
    authority = read_public(tmp_path / "ca.pub").line
    signers = tmp_path / "signers"
    signers.write_text(f"*@police cert-authority {authority}\n")
    assert sigcheck.who(b"x", armored, signers) == "j.doe@police"


def test_the_namespace_is_the_one_that_the_docs_name() -> None:
    assert layout.NAMESPACE == "seek-bundle@v1"
    assert signing.ACCEPTED[0] == "ssh-ed25519"
