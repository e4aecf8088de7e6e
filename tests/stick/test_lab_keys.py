"""For whom bundles are closed: from `make stick LAB_KEYS=FILE` to what a scan there does."""

import sys
from pathlib import Path

import pytest

from cli.scan import recipients_of
from tests.stick.test_helper import HELPER
from tests.stick.test_set_signers import START, _make, image, run
from triage.bundle.envelope import bech32, recipients
from triage.errors import UsageError
from triage.scan import destination

assert str(HELPER) in sys.path
from seek_stick import preparation  # noqa: E402

AGE = bech32.encode("age", bytes(range(32)))
SSH = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIA" + "Q" * 42

__all__ = ["image"]


def test_keys_that_were_put_onto_a_stick_close_what_is_scanned_with_it(
    image: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    given = tmp_path / "keys of the lab"
    given.write_text(f"# the lab\n{AGE}\n{SSH} somebody@lab\n")
    made = _make(image, tmp_path / "stick.img", "--lab-keys", given)
    assert made.returncode == 0, made.stdout + made.stderr
    run("mcopy", "-s", "-i", f"{tmp_path / 'stick.img'}@@{START * 512}", "::/seek", tmp_path)
    stick = tmp_path / "run"
    (stick / "enrolled").mkdir(parents=True)
    monkeypatch.setattr(preparation, "STICK", stick)
    preparation.copy_enrolments(tmp_path / "seek")
    monkeypatch.setattr(destination, "LAB_KEYS", stick / "lab-keys")
    assert [each.name for each in recipients_of([])] == [AGE, recipients.of_line(SSH).name]
    assert recipients_of([], lies_open=True) == ()
    assert [each.name for each in recipients_of([AGE])] == [AGE]
    (stick / "lab-keys").write_text("")
    with pytest.raises(UsageError, match="names no key"):
        recipients_of([])


def test_a_stick_without_keys_leaves_bundles_open(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(destination, "LAB_KEYS", tmp_path / "none")
    assert recipients_of([]) == ()


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"# nobody\n",
        AGE[:-1].encode() + b"q\n",
        b"AGE-SECRET-KEY-1" + b"Q" * 58,
        b"ssh-rsa AAAAB3NzaC1yc2E somebody\n",
        f"{SSH[:-5]}\n".encode(),
    ],
    ids=["empty", "comments", "mistyped", "a private key", "a key of another kind", "cut off"],
)
def test_what_is_no_key_of_a_lab_is_refused_before_anything_is_written(
    image: Path, tmp_path: Path, content: bytes
) -> None:
    (tmp_path / "given").write_bytes(content)
    made = _make(image, tmp_path / "stick.img", "--lab-keys", tmp_path / "given")
    assert made.returncode == 1
    assert "no list of public keys" in made.stdout + made.stderr
    assert not (tmp_path / "stick.img").exists()
