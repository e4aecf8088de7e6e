"""VeraCrypt and TrueCrypt: opened by the right secret alone, and offered where nothing is seen."""

import random
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pytest
from msgspec import structs

from tests import disks
from tests.locked import veracrypt
from tests.locked.veracrypt import DATA, HIDDEN_KEY, HIDDEN_PASSWORD, KIB, PASSWORD, Made
from tests.sources.conftest import Open
from triage import key_files
from triage.devices.attached import identify
from triage.devices.opening import open_read_only
from triage.evidence import Protector, ProtectorKind, Volume, VolumeState
from triage.key_files import pool_of, with_pool
from triage.secret import (
    Secret,
    SecretKind,
    fits,
    is_locked,
    key_files_in,
    pim_and_password,
    typed,
    with_key_files,
)
from triage.sources import ContentError
from triage.sources.encrypted import PERHAPS, VERACRYPT
from triage.sources.reader import Reader
from triage.sources.veracrypt_keys import MOST_PIM, derivations

PLAIN = b"begins as a text" + random.Random(3).randbytes(96 * KIB - 16)
PIM_1 = "PIM=1:" + PASSWORD.decode()
HIDDEN_PIM_1 = "PIM=1:" + HIDDEN_PASSWORD.decode()


def _held(path: Path, whole: bytes | bytearray) -> Reader:
    path.write_bytes(whole)
    return Reader(open_read_only(identify(path, "d0")), [len(whole)])


def _opened(held: Reader, secret: Secret | str) -> tuple[str, bytes]:
    """Which header it was, and all that it opened."""
    found = VERACRYPT.key_from(held, secret if isinstance(secret, Secret) else typed(secret))
    assert found is not None
    plain = VERACRYPT.open_with(held, found[0])[""]
    return found[1].id, plain.read_at(0, plain.size)


TRUE = Made(program="TRUE", version=4, iterations=1000)
WAYS = {
    "VeraCrypt as it is set": (Made(iterations=500_000), PASSWORD.decode()),
    "SHA-512": (Made(), PIM_1),
    "SHA-256": (Made(hash="sha256"), PIM_1),
    "BLAKE2s": (Made(hash="blake2s256"), PIM_1),
    "RIPEMD-160": (Made(hash="ripemd160"), PIM_1),
    "Whirlpool": (Made(hash="whirlpool"), PIM_1),
    "argon2id": (Made(hash="argon2id", iterations=3, memory=64 << 10), PIM_1),
    "another PIM": (Made(hash="sha256", iterations=22_000), PIM_1.replace("1", "7")),
    "Camellia": (Made(cipher="camellia"), PIM_1),
    "TrueCrypt": (TRUE, PASSWORD.decode()),
    "TrueCrypt, RIPEMD-160": (replace(TRUE, hash="ripemd160", iterations=2000), PASSWORD.decode()),
    "TrueCrypt, Whirlpool": (replace(TRUE, hash="whirlpool"), PASSWORD.decode()),
}


@pytest.mark.parametrize("way", WAYS)
def test_each_way_to_derive_a_key_opens_all_of_it(way: str, tmp_path: Path) -> None:
    how, secret = WAYS[way]
    name, content = _opened(_held(tmp_path / "disk", veracrypt.volume(PLAIN, how)), secret)
    assert content == PLAIN
    assert name == way.split(",", maxsplit=1)[0] if "TrueCrypt" in way else name == "VeraCrypt"


def test_of_a_hidden_volume_and_the_outer_one_each_opens_by_its_own(tmp_path: Path) -> None:
    whole = veracrypt.volume(PLAIN, Made(), size=512 * KIB)
    secret = random.Random(4).randbytes(64 * KIB)
    veracrypt.hide(whole, secret, Made(key=HIDDEN_KEY, password=HIDDEN_PASSWORD))
    held = _held(tmp_path / "disk", whole)
    assert _opened(held, HIDDEN_PIM_1) == ("VeraCrypt, hidden volume", secret)
    name, content = _opened(held, PIM_1)
    assert (name, len(content), content[: len(PLAIN)]) == ("VeraCrypt", 256 * KIB, PLAIN)


def test_truecrypt_5_has_its_hidden_volume_before_the_end(tmp_path: Path) -> None:
    how = Made(program="TRUE", version=3, iterations=1000, key=HIDDEN_KEY)
    whole = bytearray(random.Random(5).randbytes(400 * KIB))
    start = len(whole) - 1536 - len(PLAIN)
    whole[start:-1536] = veracrypt.sectors(PLAIN, how, start)
    whole[-1536:-1024] = veracrypt.header(how, bytes(whole[:64]), 0, 0, hidden=len(PLAIN))
    opened = _opened(_held(tmp_path / "disk", whole), PASSWORD.decode())
    assert opened == ("TrueCrypt, hidden volume", PLAIN)


def test_where_its_beginning_is_gone_the_copies_at_the_end_open_it(tmp_path: Path) -> None:
    whole = veracrypt.volume(PLAIN, Made(), size=512 * KIB)
    veracrypt.hide(whole, PLAIN, Made(key=HIDDEN_KEY, password=HIDDEN_PASSWORD))
    whole[: 2 * 64 * KIB] = bytes(2 * 64 * KIB)
    held = _held(tmp_path / "disk", whole)
    assert _opened(held, PIM_1)[1][: len(PLAIN)] == PLAIN
    assert _opened(held, HIDDEN_PIM_1)[1] == PLAIN


def test_a_key_file_opens_without_a_password(tmp_path: Path) -> None:
    """A file that adds nothing but zeros to the pool's first bytes is worked out by hand: of one
    byte the sum is CRC-32's, not inverted."""
    pool = bytes.fromhex("2dfd1072").ljust(64, b"\0")
    how = Made(program="TRUE", version=4, iterations=1000, password=pool)
    held = _held(tmp_path / "disk", veracrypt.volume(PLAIN, how))
    assert _opened(held, Secret(kind=SecretKind.FILE, value=b"\0"))[1] == PLAIN


SHORT, LONG = "a walk by the river", "a walk " * 12
KEY_FILES = (b"photo" * 900, bytes(range(256)) * 3)


def _by_hand(password: bytes, files: Sequence[bytes]) -> bytes:
    """VeraCrypt's description, bit by bit: the sum of each byte goes to the next four places."""
    size = 64 if len(password) <= 64 else 128
    pool = [0] * size
    for file in files:
        crc, at = 0xFFFFFFFF, 0
        for byte in file:
            crc ^= byte
            for _ in range(8):
                crc = crc >> 1 ^ (0xEDB88320 if crc & 1 else 0)
            for shift in (24, 16, 8, 0):
                pool[at % size] += crc >> shift & 0xFF
                at += 1
    whole = password.ljust(size, b"\0")
    return bytes((a + b) % 256 for a, b in zip(whole, pool, strict=True))


@pytest.mark.parametrize("password", ["", SHORT, "p" * 64, "p" * 65, LONG])
def test_key_files_are_mixed_as_they_are_by_hand_whatever_their_order(password: str) -> None:
    by_hand = _by_hand(password.encode(), KEY_FILES)
    for files in (KEY_FILES, KEY_FILES[::-1]):
        pool = with_key_files(f"PIM=1:{password}", files).pool
        assert with_pool(password.encode(), pool) == by_hand
    assert with_pool(password.encode(), b"") == password.encode()


@pytest.mark.parametrize("password", ["", LONG])
def test_a_password_opens_with_its_key_files(password: str, tmp_path: Path) -> None:
    how = Made(password=_by_hand(password.encode(), KEY_FILES))
    held = _held(tmp_path / "disk", veracrypt.volume(PLAIN, how))
    assert _opened(held, with_key_files(f"PIM=1:{password}", KEY_FILES))[1] == PLAIN


def test_of_a_key_file_its_beginning_counts(monkeypatch: pytest.MonkeyPatch) -> None:
    assert key_files.MOST_OF_FILE == 1 << 20
    monkeypatch.setattr(key_files, "MOST_OF_FILE", 900)
    long = random.Random(9).randbytes(900)
    assert pool_of([long + b"more"], b"") == pool_of([long], b"") != pool_of([long[:-1]], b"")


def test_key_files_stand_before_the_pim_and_the_password() -> None:
    both = "KEYFILE=a b.jpg:keyfile=/x/c:PIM=1:one:two"
    assert key_files_in(both) == (("a b.jpg", "/x/c"), "PIM=1:one:two")
    assert key_files_in("KEYFILE=a:") == (("a",), "")
    for plain in ("PIM=0:KEYFILE=a:one", "KEYFILE=:one", "KEYFILE=a", "aKEYFILE=a:one"):
        assert key_files_in(plain) == ((), plain)


def test_a_password_with_key_files_is_tried_on_nothing_that_takes_none() -> None:
    secret = with_key_files("one", KEY_FILES)
    perhaps = Volume(id="d0v1", device_id="d0", offset=0, size=1, file_system="",
                     state=VolumeState.UNRECOGNISED, protectors=PERHAPS)  # fmt: skip
    passphrase = Protector(kind=ProtectorKind.PASSPHRASE, id="0")
    luks = structs.replace(perhaps, state=VolumeState.ENCRYPTED, protectors=(passphrase,))
    assert fits(secret, perhaps)
    assert not fits(secret, luks)


def test_what_no_secret_opens_is_said_with_what_is_not_known_here(tmp_path: Path) -> None:
    held = _held(tmp_path / "disk", veracrypt.volume(PLAIN, Made()))
    with pytest.raises(ContentError, match="not Serpent, Twofish"):
        VERACRYPT.key_from(held, typed("PIM=1:another"))
    with pytest.raises(ContentError, match="its PIM is more than"):
        VERACRYPT.key_from(held, typed(f"PIM={MOST_PIM + 1}:another"))
    assert VERACRYPT.key_from(held, typed("PIM=1:" + "a" * 129)) is None


HOSTILE = {
    "beyond its end": ({"start": DATA, "length": 1 << 62}, Made()),
    "beyond its end, begun": ({"start": (1 << 64) - 512, "length": 512}, Made()),
    "beyond its end, between sectors": ({"start": DATA + 1, "length": 512}, Made()),
    "an encrypted system": ({"start": DATA, "length": 512}, Made(flags=1)),
}


@pytest.mark.parametrize("lie", HOSTILE)
def test_a_header_that_says_what_cannot_be_opens_nothing(lie: str, tmp_path: Path) -> None:
    said, how = HOSTILE[lie]
    whole = veracrypt.volume(PLAIN, how)
    whole[:512] = veracrypt.header(how, bytes(whole[:64]), **said)
    with pytest.raises(ContentError, match=lie.split(",", maxsplit=1)[0]):
        VERACRYPT.key_from(_held(tmp_path / "disk", whole), typed(PIM_1))


@pytest.mark.parametrize("at", [3, 200, 300])
def test_a_header_with_a_flipped_bit_is_left_and_its_copy_serves(at: int, tmp_path: Path) -> None:
    whole = veracrypt.volume(PLAIN, Made())
    whole[at] ^= 4
    assert _opened(_held(tmp_path / "disk", whole), PIM_1)[1] == PLAIN


def test_a_pim_stands_before_the_password() -> None:
    assert pim_and_password(b"PIM=485:one:two") == (485, b"one:two")
    assert pim_and_password(b"pim=485:") == (485, b"")
    assert pim_and_password(b"PIM=0:PIM=1:one") == (0, b"PIM=1:one")
    for plain in (b"one", b"PIM=:one", b"PIM=1", b"aPIM=1:one", b"PIM=-1:one"):
        assert pim_and_password(plain) == (0, plain)


def test_the_costs_are_veracrypt_s() -> None:
    costs = {(way.program, way.hash): (way.iterations, way.memory) for way in derivations(0)}
    assert costs["VeraCrypt", "argon2id"] == (6, 416 << 10)
    assert costs["VeraCrypt", "sha256"] == (500_000, 0)
    by_pim = {way.hash: (way.iterations, way.memory) for way in derivations(485)}
    assert by_pim["sha512"] == (500_000, 0)
    assert by_pim["argon2id"] == (467, 1 << 20)
    assert {way.program for way in derivations(485)} == {"VeraCrypt"}


def test_what_looks_random_may_be_opened_and_what_does_not_may_not(
    tmp_path: Path, opened: Open
) -> None:
    parts = [tmp_path / name for name in ("noise", "begins so", "zeros", "text")]
    noise = random.Random(6).randbytes(4 << 20)
    parts[0].write_bytes(noise)
    parts[1].write_bytes(noise[:DATA] + bytes((4 << 20) - DATA))
    parts[2].write_bytes(bytes(4 << 20))
    parts[3].write_bytes(b"a line of text\n" * 280_000)
    disks.gpt_disk(tmp_path / "disk", parts)
    volumes = [each for each in opened(tmp_path / "disk").volumes if each.description]
    assert [is_locked(each) for each in volumes] == [True, True, False, False]
    for each in volumes[:2]:
        assert each.state is VolumeState.UNRECOGNISED
        assert "perhaps VeraCrypt or TrueCrypt, which nothing tells from random" in each.reason
    assert volumes[0].reason.startswith("looks random")
    digits = "111111-222222-333333-444444-555555-666666-000011-700007"
    assert not fits(typed(digits), volumes[0])
    assert fits(typed("one"), volumes[0])


def test_a_lost_file_system_in_noise_is_found_as_before(tmp_path: Path, opened: Open) -> None:
    disks.ext_volume(tmp_path / "ext", 8 << 20, {"one.txt": b"harmless"})
    noise = bytearray(random.Random(8).randbytes(96 << 20))
    noise[4 << 20 : 12 << 20] = (tmp_path / "ext").read_bytes()
    (tmp_path / "disk").write_bytes(noise)
    states = [each.state for each in opened(tmp_path / "disk").volumes]
    assert VolumeState.READABLE in states
