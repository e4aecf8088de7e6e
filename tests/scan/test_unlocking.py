"""Secrets open encrypted volumes in a whole scan, by a worker without rights; none is ever kept."""

import os
from dataclasses import replace
from pathlib import Path

import pytest

from tests import disks
from tests.demo import photographs
from tests.locked import bitlocker, luks, veracrypt
from tests.workers import scanning
from tests.workers.scanning import Scanned
from triage.bundle.checking.verify import verify
from triage.coordinator.keyring import Keyring
from triage.coordinator.secrets_tried import Secrets
from triage.ending import Reason
from triage.errors import SourceError
from triage.evidence import ProtectorKind, Volume, VolumeState
from triage.findings import Outcome
from triage.scan import scan
from triage.scan.terms import check_volumes
from triage.secret import Secret, typed
from triage.wire.volume_keys import read_keys

ONE, TWO, THREE = photographs()[:3]
MIB = 1 << 20


@pytest.fixture(scope="module")
def computer(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """BitLocker with a TPM and a recovery password, LUKS2 within a GPT, and a stick-like FAT on
    which the recovery password and a passphrase lie about."""
    folder = tmp_path_factory.mktemp("computer")
    parts = [folder / name for name in ("windows", "linux", "stick")]
    plain = folder / "plain"
    disks.ntfs_volume(plain, 24 * MIB, {**bitlocker.LAID_FIRST, "one.jpg": ONE})
    bitlocker.volume(parts[0], plain.read_bytes(), ("tpm", "recovery"))
    disks.ext_volume(plain, 24 * MIB, {"two.jpg": TWO})
    luks.volume(parts[1], plain.read_bytes(), sector=4096)
    name = f"BitLocker Recovery Key {str(bitlocker.RECOVERY_GUID).upper()}.TXT"
    lying = {f"mine/{name}": bitlocker.recovery_text(), "three.jpg": THREE,
             "LUKS.txt": b"passphrase: " + luks.PASSPHRASE.encode() + b"\n"}  # fmt: skip
    disks.fat_volume(parts[2], 40 * MIB, lying)
    disks.gpt_disk(folder / "disk", parts)
    return folder / "disk"


def _scanned(image: Path, out: Path, secrets: Secrets | None) -> Scanned:
    told: list[object] = []
    search = replace(scanning.search_of(image, out=out), secrets=secrets)
    return Scanned(scan(search, tell=told.append), [])


def _unseen(scanned: Scanned) -> set[Reason]:
    return {each.reason for each in scanned.sealed.ending.unseen}


def test_without_a_secret_they_stay_encrypted_and_that_is_said(
    computer: Path, tmp_path: Path
) -> None:
    scanned = _scanned(computer, tmp_path, None)
    assert Reason.VOLUME_ENCRYPTED in _unseen(scanned)
    assert scanned.document.unlocking == ()
    locked = [v for v in scanned.document.volumes if v.state is VolumeState.ENCRYPTED]
    assert [v.file_system for v in locked] == ["bitlocker", "luks2"]


@pytest.fixture(scope="module")
def opened(computer: Path, tmp_path_factory: pytest.TempPathFactory) -> Scanned:
    """By what lies about."""
    return _scanned(computer, tmp_path_factory.mktemp("out"), Secrets(gather=True))


def test_what_lies_about_on_another_volume_opens_both(opened: Scanned) -> None:
    for name in ("one.jpg", "two.jpg"):
        assert opened.line(name).result.outcome is Outcome.EXAMINED
        assert opened.line(name).result.type.startswith("image/")
    assert Reason.VOLUME_ENCRYPTED not in _unseen(opened)
    first, second = opened.document.unlocking
    assert first.protector is not None
    assert first.protector.kind is ProtectorKind.RECOVERY_PASSWORD
    assert first.protector.id == str(bitlocker.RECOVERY_GUID).upper()
    assert "/mine/BitLocker Recovery Key" in first.found_in
    assert second.found_in.endswith("/LUKS.txt")
    assert verify(opened.bundle).failed is None


def test_no_secret_and_no_key_is_in_the_bundle(opened: Scanned) -> None:
    kept = b"".join(file.read_bytes() for file in opened.bundle.rglob("*") if file.is_file())
    group = bitlocker.DIGITS.encode()[:13]
    for secret in (group, luks.PASSPHRASE.encode(), luks.KEY, bitlocker.VOLUME[:16]):
        assert secret not in kept
        assert secret.hex().encode() not in kept


def test_the_log_says_which_protector_opened_which_volume(opened: Scanned) -> None:
    told = [line for line in opened.log if '"volume unlocked"' in line]
    assert len(told) == 2
    assert "recovery_password" in told[0]
    assert "keyslot 0" in told[1]


def test_wrong_tries_are_counted_and_the_next_is_asked_for(computer: Path, tmp_path: Path) -> None:
    asked: list[tuple[str, int]] = []
    answers = {"bitlocker": [typed("a slip")], "luks2": [typed("no"), typed(luks.PASSPHRASE)]}

    def ask(volume: Volume, wrong: int, _trouble: str) -> Secret | None:
        asked.append((volume.file_system, wrong))
        left = answers[volume.file_system]
        return left.pop(0) if left else None

    scanned = _scanned(computer, tmp_path, Secrets(given=(typed("from a file"),), ask=ask))
    assert asked == [("bitlocker", 0), ("bitlocker", 1), ("luks2", 1), ("luks2", 2)]
    first, second = scanned.document.unlocking
    assert (first.protector, first.wrong_tries) == (None, 1)
    assert second.protector is not None
    assert second.wrong_tries == 2
    assert Reason.VOLUME_ENCRYPTED in _unseen(scanned)
    assert "a slip" not in "".join(scanned.log)


def test_who_goes_on_with_a_scan_gives_the_same_secrets_again(
    opened: Scanned, computer: Path, tmp_path: Path
) -> None:
    then = opened.document.volumes
    now = _scanned(computer, tmp_path, None).document.volumes
    check_volumes(then, then)
    with pytest.raises(SourceError, match="d0v2 was unlocked when the scan began"):
        check_volumes(then, now)
    with pytest.raises(SourceError, match="d0v2 was locked when the scan began"):
        check_volumes(now, then)


def test_a_header_that_asks_for_more_memory_than_there_is_says_so(tmp_path: Path) -> None:
    luks.header(tmp_path / "disk", 18 * MIB, "--type", "luks2", "--pbkdf", "argon2id",
                "--pbkdf-memory", "4096", "--pbkdf-force-iterations", "4")  # fmt: skip
    luks.rewritten(tmp_path / "disk", b'"memory":4096', b'"memory":4194304')
    scanned = _scanned(tmp_path / "disk", tmp_path, Secrets(given=(typed(luks.PASSPHRASE),)))
    (told,) = scanned.document.unlocking
    assert told.protector is None
    assert told.reason == "its key needs more memory than there is for it"


def test_a_veracrypt_volume_is_searched_by_its_password_and_pim_and_by_nothing_found(
    tmp_path: Path,
) -> None:
    """Beside one that is noise, and stays so. What lies about is not tried on either."""
    parts = [tmp_path / name for name in ("noise", "hidden", "stick")]
    disks.ext_volume(tmp_path / "plain", 8 * MIB, {"four.jpg": ONE})
    parts[0].write_bytes(os.urandom(MIB))
    parts[1].write_bytes(veracrypt.volume((tmp_path / "plain").read_bytes(), veracrypt.Made()))
    secret = f"PIM=1:{veracrypt.PASSWORD.decode()}"
    disks.fat_volume(parts[2], 40 * MIB, {"crypt.txt": secret.encode()})
    disks.gpt_disk(tmp_path / "disk", parts)
    found = _scanned(tmp_path / "disk", tmp_path / "found", Secrets(gather=True))
    assert [each.wrong_tries for each in found.document.unlocking] == [0, 0]
    assert not any(each.inside for each in found.document.volumes)
    opened = _scanned(tmp_path / "disk", tmp_path / "given", Secrets(given=(typed(secret),)))
    assert opened.line("four.jpg").result.outcome is Outcome.EXAMINED
    noise, hidden = opened.document.unlocking
    assert (noise.protector, noise.wrong_tries) == (None, 1)
    assert "not Serpent, Twofish" in noise.reason
    assert hidden.protector is not None
    assert hidden.protector.id == "VeraCrypt"
    assert Reason.VOLUME_UNRECOGNISED in _unseen(opened)
    kept = b"".join(path.read_bytes() for path in opened.bundle.rglob("*") if path.is_file())
    assert veracrypt.PASSWORD not in kept
    assert veracrypt.KEY not in kept
    assert verify(opened.bundle).failed is None


def test_the_keyring_is_read_by_who_cannot_write_it_and_is_wiped() -> None:
    with Keyring() as keyring:
        assert read_keys(keyring.descriptor) == {}
        keyring.add("d0v1", b"0123456789abcdef")
        keyring.add("d0v2", b"fedcba9876543210")
        assert set(read_keys(keyring.descriptor)) == {"d0v1", "d0v2"}
        with pytest.raises(OSError, match="Bad file descriptor"):
            os.pwrite(keyring.descriptor, b"x", 0)
        kept = os.dup(keyring.descriptor)
    assert not os.pread(kept, 1 << 16, 0).strip(b"\0")
    os.close(kept)


def test_a_scan_that_is_stopped_tries_no_further_secret(computer: Path, tmp_path: Path) -> None:
    """Of ten thousand each may take seconds; whoever presses Ctrl-C does not wait for them."""
    wished = False

    def asked(volume: Volume, wrong: int, trouble: str) -> Secret:
        nonlocal wished
        wished = wrong >= 1
        return typed("wrong")

    search = replace(scanning.search_of(computer, out=tmp_path), secrets=Secrets(ask=asked))
    scanned = Scanned(scan(search, tell=lambda _: None, wants_stop=lambda: wished), [])
    assert scanned.sealed.partial == "interrupted"
    assert [each.wrong_tries for each in scanned.document.unlocking] == [1]
    assert verify(Path(scanned.sealed.bundle)).failed is None
