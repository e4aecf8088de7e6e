"""What opens encrypted volumes, as a command line, a file and whoever answers say it."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from msgspec.structs import replace

from cli import unlocking
from tests import disks
from tests.conftest import Seek
from tests.locked import luks, veracrypt
from triage.errors import UsageError
from triage.evidence import Protector, ProtectorKind, Volume, VolumeState
from triage.key_files import pool_of, with_pool
from triage.secret import SecretKind, typed, with_key_files
from triage.sources.encrypted import PERHAPS

VOLUME = Volume(
    id="d0v3", device_id="d0", offset=0, size=1 << 30, file_system="bitlocker",
    state=VolumeState.ENCRYPTED,
    protectors=(
        Protector(kind=ProtectorKind.TPM, id="9D7E6F50"),
        Protector(kind=ProtectorKind.RECOVERY_PASSWORD, id="5F3A2B1C-0D1E"),
    ),
)  # fmt: skip


def _given(*files: Path) -> tuple[object, ...]:
    told = unlocking.secrets_of(files, ask=False, gather=False, program=None)
    assert told is not None
    return told.given


def test_who_names_nothing_tries_nothing() -> None:
    assert unlocking.secrets_of((), ask=False, gather=False, program=None) is None


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
def test_a_text_is_a_secret_a_line(encoding: str, tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes("one\r\nzwei für drei\n\none\n".encode(encoding))
    assert _given(tmp_path / "a") == (typed("one"), typed("zwei für drei"))


def test_what_is_no_text_is_a_secret_as_a_whole(tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(bytes(range(256)))
    (secret,) = _given(tmp_path / "a")
    assert getattr(secret, "kind", None) is SecretKind.FILE


@pytest.mark.parametrize("content", [None, b"", bytes((1 << 20) + 1)])
def test_a_file_that_holds_no_secret_is_refused(content: bytes | None, tmp_path: Path) -> None:
    if content is not None:
        (tmp_path / "a").write_bytes(content)
    with pytest.raises(UsageError, match="a "):
        _given(tmp_path / "a")


def test_a_line_may_name_key_files_that_lie_beside_it(tmp_path: Path) -> None:
    (tmp_path / "a.jpg").write_bytes(b"one" * 9)
    (tmp_path / "b").write_bytes(b"two" * 9)
    (tmp_path / "lines").write_text("KEYFILE=a.jpg:KEYFILE=b:PIM=7:pass\nplain\n")
    files = (b"one" * 9, b"two" * 9)
    assert _given(tmp_path / "lines") == (with_key_files("PIM=7:pass", files), typed("plain"))


@pytest.mark.parametrize("name", ["none.jpg", "empty", "."])
def test_a_key_file_that_cannot_be_read_is_said_by_its_name(name: str, tmp_path: Path) -> None:
    (tmp_path / "empty").write_bytes(b"")
    (tmp_path / "lines").write_bytes(f"KEYFILE={name}:pass".encode())
    with pytest.raises(UsageError, match="key file"):
        _given(tmp_path / "lines")


def test_who_types_a_key_file_that_is_not_there_is_asked_again(tmp_path: Path, seek: Seek) -> None:
    plain = b"a line of text\n\n" * (1 << 16)
    (tmp_path / "a.jpg").write_bytes(b"photo" * 90)
    how = veracrypt.Made(password=with_pool(b"pass", pool_of([b"photo" * 90], b"pass")))
    (tmp_path / "disk").write_bytes(veracrypt.volume(plain, how))
    answers = f"KEYFILE={tmp_path}/b.jpg:PIM=1:pass\nKEYFILE={tmp_path}/a.jpg:PIM=1:pass\n"
    done = seek("scan", tmp_path / "disk", "--out", tmp_path, "--json", "--unlock-ask",
                input=answers)  # fmt: skip
    events = [json.loads(line) for line in done.stdout.splitlines()]
    asked = [event for event in events if event["event"] == "secret"]
    assert "b.jpg cannot be read: No such file" in asked[1]["trouble"]
    assert len(asked) == 2
    document = json.loads(next(tmp_path.glob("*/findings.json")).read_bytes())
    (told,) = document["unlocking"]
    assert told["protector"]["id"] == "VeraCrypt"


def test_nobody_at_a_terminal_cannot_type(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.stdin.isatty", lambda: False)
    with pytest.raises(UsageError, match="Nobody is at a terminal"):
        unlocking.secrets_of((), ask=True, gather=False, program=None)


def test_a_volume_says_what_it_is_locked_with_and_what_to_ask_for() -> None:
    told = unlocking.described(VOLUME)
    assert "is encrypted with this computer's TPM, a recovery password." in told
    assert "Ask for: the 48-digit recovery key 5F3A2B1C… (printed, in a Microsoft account" in told


def test_what_may_be_noise_is_not_said_to_be_encrypted() -> None:
    volume = replace(VOLUME, state=VolumeState.UNRECOGNISED, protectors=PERHAPS)
    told = unlocking.described(volume)
    assert "looks random: perhaps a VeraCrypt or TrueCrypt volume, perhaps nothing." in told
    assert "PIM=485:password" in told


def test_a_slip_in_a_recovery_password_is_told_by_its_group() -> None:
    right = "111111-222222-333333-444444-555555-666666-000011-700007"
    assert unlocking.slip(right) == ""
    assert "look again at group 2, 7 " in unlocking.slip(
        right.replace("222222", "222232").replace("000011", "000012")
    )
    assert "it has 48 digits" in unlocking.slip(right[:-3])
    assert unlocking.slip("a password with 48 letters") == ""


def test_a_program_is_asked_until_it_opens(tmp_path: Path, seek: Seek) -> None:
    disks.ext_volume(tmp_path / "plain", 8 << 20, {"one.txt": b"harmless"})
    luks.volume(tmp_path / "disk", (tmp_path / "plain").read_bytes())
    answers = f"wrong\n111111-222223-333333-444444-555555-666666-000011-700007\n{luks.PASSPHRASE}\n"
    done = seek("scan", tmp_path / "disk", "--out", tmp_path, "--json", "--unlock-ask",
                input=answers)  # fmt: skip
    events = [json.loads(line) for line in done.stdout.splitlines()]
    asked = [event for event in events if event["event"] == "secret"]
    assert [event["wrong"] for event in asked] == [0, 1, 1]
    assert "look again at group 2" in asked[2]["trouble"]
    assert asked[0]["volume"]["file_system"] == "luks2"
    assert "one.txt" in "".join(_entries(tmp_path))
    assert luks.PASSPHRASE not in done.stdout + done.stderr


def _entries(folder: Path) -> Iterator[str]:
    return (file.read_text() for file in folder.glob("*/entries.jsonl"))
