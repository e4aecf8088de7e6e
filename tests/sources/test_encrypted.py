"""Encrypted volumes: what other programs encrypted is read as it was, and damage is only damage."""

import hashlib
import os
import random
import struct
import subprocess
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

from tests.locked import bitlocker, luks
from tests.sources.conftest import Open, digests
from triage.devices.attached import identify
from triage.devices.opening import open_read_only
from triage.evidence import ProtectorKind, Volume, VolumeState
from triage.secret import Secret, SecretKind, recovery_key, typed, wrong_groups
from triage.sources import ContentError, Source
from triage.sources.elephant import Elephant
from triage.sources.encrypted import BITLOCKER, LUKS, Lock
from triage.sources.reader import Reader
from triage.sources.sector_ciphers import Xts, cipher_called, decrypted

MIB = 1 << 20


def _reader(path: Path) -> Reader:
    return Reader(open_read_only(identify(path, "d0")), [path.stat().st_size])


def _opened(path: Path, lock: Lock, secret: Secret) -> bytes:
    held = _reader(path)
    found = lock.key_from(held, secret)
    assert found is not None
    plain = lock.open_with(held, found[0])[""]
    return plain.read_at(0, plain.size)


@pytest.fixture(scope="module")
def plain() -> bytes:
    """Begins as an NTFS does, and holds noise."""
    chance = random.Random(7)
    boot = b"\xebR\x90NTFS    \0\2\x08".ljust(510, b"\0") + b"U\xaa"
    return boot + chance.randbytes(8 * MIB - 512)


@pytest.fixture(scope="module")
def bitlocked(plain: bytes, tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("locked") / "bitlocker"
    bitlocker.volume(path, plain)
    return path


def _with_holes(plain: bytes) -> bytes:
    told = bytearray(plain)
    for at, length in bitlocker.holes(len(plain)):
        told[at : at + length] = bytes(length)
    return bytes(told)


@pytest.mark.parametrize("size", [512, 1024, 2048, 4096])
@pytest.mark.parametrize("count", [1, 3, 257])
def test_many_sectors_at_once_are_what_each_is_by_itself(size: int, count: int) -> None:
    chance = random.Random(size + count)
    for length in (32, 64):
        key, data = chance.randbytes(length), chance.randbytes(size * count)
        first = chance.getrandbits(40)
        told = b"".join(
            Cipher(algorithms.AES(key), modes.XTS((first + n * 8).to_bytes(16, "little")))
            .decryptor()
            .update(data[n * size : (n + 1) * size])
            for n in range(count)
        )
        assert decrypted(Xts(key, size), data, first=first, step=8, sector_size=size) == told


@pytest.mark.parametrize("spec", ["aes-cbc-plain64", "aes-cbc-essiv:sha256", "aes-ecb"])
def test_older_ciphers_of_dm_crypt_are_what_each_sector_is_by_itself(spec: str) -> None:
    chance = random.Random(spec)
    key, data = chance.randbytes(32), chance.randbytes(512 * 300)
    hashed = hashlib.sha256(key).digest()

    def mode(number: int) -> modes.CBC | modes.ECB:
        vector = number.to_bytes(16, "little")
        if spec == "aes-ecb":
            return modes.ECB()  # noqa: S305
        if "essiv" in spec:
            essiv = Cipher(algorithms.AES(hashed), modes.ECB()).encryptor()  # noqa: S305
            vector = essiv.update(vector)
        return modes.CBC(vector)

    told = b"".join(
        Cipher(algorithms.AES(key), mode(9 + n)).decryptor().update(data[n * 512 : n * 512 + 512])
        for n in range(300)
    )
    assert decrypted(cipher_called(spec, key, 512), data, first=9, step=1, sector_size=512) == told


def _diffused(words: list[int], turns: tuple[int, ...], cycles: int, way: int) -> None:
    """As N. Ferguson's paper has it, from the last word to the first."""
    count = len(words)
    for at in reversed(range(count * cycles)):
        far, turn = words[(at + 5 * way) % count], turns[at % 4]
        turned = (far << turn | far >> (32 - turn)) & 0xFFFFFFFF
        near = words[(at + 2 * way) % count]
        words[at % count] = (words[at % count] - (near ^ turned)) & 0xFFFFFFFF


@pytest.mark.parametrize("length", [16, 32])
def test_the_elephant_diffuser_is_undone(length: int) -> None:
    chance = random.Random(length)
    key, tweak = chance.randbytes(length), chance.randbytes(length)
    plain, numbers = chance.randbytes(512 * 3), (1024, 1536, 2048)
    told = b""
    for at, number in enumerate(numbers):
        place = number.to_bytes(16, "little")
        own = Cipher(algorithms.AES(tweak), modes.ECB()).encryptor()  # noqa: S305
        secret = own.update(place + place[:15] + b"\x80") * 16
        mixed = bytes(a ^ b for a, b in zip(plain[at * 512 :], secret, strict=False))
        words = list(struct.unpack("<128I", mixed))
        _diffused(words, (9, 0, 13, 0), 5, -1)
        _diffused(words, (0, 10, 0, 25), 3, 1)
        vector = Cipher(algorithms.AES(key), modes.ECB()).encryptor().update(place)  # noqa: S305
        sealed = Cipher(algorithms.AES(key), modes.CBC(vector)).encryptor()
        told += sealed.update(struct.pack("<128I", *words))
    cipher = Elephant(key, tweak, 512)
    assert decrypted(cipher, told, first=1024, step=512, sector_size=512) == plain


@pytest.mark.parametrize("sector", ["512", "4096"])
def test_what_cryptsetup_encrypted_is_read_as_it_was(sector: str, tmp_path: Path) -> None:
    """All of it: cryptsetup encrypts in place, and loses the last 32 MiB by that."""
    path = tmp_path / "disk"
    content = random.Random(1).randbytes(2 * MIB)
    path.write_bytes(content + bytes(33 * MIB))
    luks.encrypted_by_cryptsetup(path, "--sector-size", sector)
    assert _opened(path, LUKS, typed(luks.PASSPHRASE))[: 2 * MIB] == content


KDFS: Mapping[str, tuple[str, ...]] = {
    "argon2id, several lanes": (
        "--type", "luks2", "--pbkdf", "argon2id", "--pbkdf-memory", "4096",
        "--pbkdf-force-iterations", "4", "--pbkdf-parallel", "4"),
    "argon2i": (
        "--type", "luks2", "--pbkdf", "argon2i", "--pbkdf-memory", "4096",
        "--pbkdf-force-iterations", "4", "--pbkdf-parallel", "1"),
    "pbkdf2": ("--type", "luks2", "--hash", "sha512", *luks.FAST),
    "luks1": ("--type", "luks1", "--hash", "sha1", *luks.FAST[2:]),
    "luks1, cbc": (
        "--type", "luks1", "--cipher", "aes-cbc-essiv:sha256", *luks.FAST[2:]),
}  # fmt: skip


@pytest.mark.parametrize("kind", KDFS)
def test_the_key_of_a_luks_volume_is_the_one_that_cryptsetup_was_given(
    kind: str, tmp_path: Path
) -> None:
    key = luks.KEY[:32] if "cbc" in kind else luks.KEY
    luks.header(tmp_path / "disk", 18 * MIB, *KDFS[kind], key=key)
    held = _reader(tmp_path / "disk")
    assert LUKS.key_from(held, typed("another")) is None
    found = LUKS.key_from(held, typed(luks.PASSPHRASE))
    assert found is not None
    assert found[0] == key
    assert found[1].kind is ProtectorKind.PASSPHRASE


@pytest.mark.parametrize("version", [1, 2])
def test_a_luks_header_without_its_volume_is_named(
    version: int, tmp_path: Path, opened: Open
) -> None:
    (tmp_path / "data").write_bytes(bytes(18 * MIB))
    options = ("--type", f"luks{version}", "--header", str(tmp_path / "head"))
    fast = luks.FAST if version == 2 else luks.FAST[2:]
    luks.header(tmp_path / "data", 18 * MIB, *options, *fast)
    (volume,) = opened(tmp_path / "head").volumes
    assert volume.state is VolumeState.ENCRYPTED
    assert "a detached header" in volume.reason


def test_where_the_first_header_of_luks2_is_damaged_the_second_serves(tmp_path: Path) -> None:
    luks.header(tmp_path / "disk", 18 * MIB, "--type", "luks2", *luks.FAST)
    with (tmp_path / "disk").open("r+b") as file:
        file.seek(4200)
        file.write(b"XXXX")
    assert LUKS.key_from(_reader(tmp_path / "disk"), typed(luks.PASSPHRASE)) is not None


SECRETS = {
    "password": typed(bitlocker.PASSWORD),
    "recovery password": typed(bitlocker.DIGITS.replace("-", " ")),
    "startup key": Secret(kind=SecretKind.FILE, value=bitlocker.startup_key()),
}


@pytest.mark.parametrize("by", SECRETS)
def test_each_protector_of_bitlocker_opens_all_of_it(
    by: str, bitlocked: Path, plain: bytes
) -> None:
    assert _opened(bitlocked, BITLOCKER, SECRETS[by]) == _with_holes(plain)


@pytest.mark.parametrize(
    "method", [bitlocker.XTS_128, bitlocker.XTS_256, bitlocker.CBC_128, bitlocker.CBC_256]
)
@pytest.mark.parametrize("sector", [512, 4096])
def test_bitlocker_with_a_clear_key_opens_by_itself(
    method: int, sector: int, plain: bytes, tmp_path: Path, opened: Open
) -> None:
    bitlocker.volume(tmp_path / "disk", plain, ("clear", "tpm"), method=method, sector=sector)
    source = opened(tmp_path / "disk")
    outer, inner = source.volumes
    assert outer.state is VolumeState.CONTAINER
    assert "its key lies on the volume in clear" in outer.reason
    assert source.bytes_of(inner.id).read_at(0, len(plain)) == _with_holes(plain)


def test_other_programs_know_the_bitlocker_volumes_that_tests_make(bitlocked: Path) -> None:
    said = subprocess.run(
        ["cryptsetup", "bitlkDump", str(bitlocked)], capture_output=True, text=True, check=True
    ).stdout.upper()
    assert str(bitlocker.RECOVERY_GUID).upper() in said
    subprocess.run(
        ["cryptsetup", "open", "--type", "bitlk", "--test-passphrase", str(bitlocked), "-"],
        input=bitlocker.PASSWORD.encode(), check=True, capture_output=True,
    )  # fmt: skip


def test_what_protects_a_volume_is_told_without_a_key(bitlocked: Path, opened: Open) -> None:
    (volume,) = opened(bitlocked).volumes
    assert volume.state is VolumeState.ENCRYPTED
    assert volume.reason.startswith("BitLocker; protected by TPM, recovery password")
    assert [each.kind for each in volume.protectors] == [
        ProtectorKind.TPM,
        ProtectorKind.RECOVERY_PASSWORD,
        ProtectorKind.PASSWORD,
        ProtectorKind.STARTUP_KEY,
    ]
    assert volume.protectors[1].id == str(bitlocker.RECOVERY_GUID).upper()


@pytest.mark.parametrize(
    "wrong", [typed("another"), typed("111111-222222-333333-444444-555555-666666-000011-000022"),
              Secret(kind=SecretKind.FILE, value=b"no startup key" * 10)],
)  # fmt: skip
def test_another_secret_opens_nothing(wrong: Secret, bitlocked: Path) -> None:
    assert BITLOCKER.key_from(_reader(bitlocked), wrong) is None


def test_a_conversion_under_way_is_not_read_as_if_it_were_done(
    plain: bytes, tmp_path: Path, opened: Open
) -> None:
    bitlocker.volume(tmp_path / "disk", plain, ("clear",))
    with (tmp_path / "disk").open("r+b") as file:
        file.seek(160)
        file.write(bytes.fromhex("3b4da89280dd0e4d9e4eb1e3284eaed8"))
    (volume,) = opened(tmp_path / "disk").volumes
    assert volume.state is VolumeState.ENCRYPTED
    assert "it is being encrypted or decrypted" in volume.reason


def test_a_half_encrypted_volume_is_read_plain_behind_the_half(
    plain: bytes, tmp_path: Path, opened: Open
) -> None:
    half = len(plain) - 3 * MIB // 2
    bitlocker.volume(tmp_path / "disk", plain, ("clear",))
    raw = bytearray((tmp_path / "disk").read_bytes())
    raw[half : len(plain) - MIB] = plain[half : len(plain) - MIB]
    for block, _ in bitlocker.holes(len(plain))[:3]:
        raw[block + 12 : block + 14] = (3).to_bytes(2, "little")
        raw[block + 16 : block + 24] = half.to_bytes(8, "little")
    (tmp_path / "disk").write_bytes(raw)
    source = opened(tmp_path / "disk")
    told = source.bytes_of("d0v1.1").read_at(0, len(plain) - MIB)
    assert told == _with_holes(plain)[: len(plain) - MIB]


def test_a_recovery_password_is_tested_as_it_is_typed() -> None:
    digits = bitlocker.DIGITS
    assert recovery_key(digits) == recovery_key(digits.replace("-", " "))
    assert recovery_key(digits.replace("222222", "222223")) is None
    assert wrong_groups(digits.replace("222222", "222223")) == (2,)
    assert wrong_groups("111111-2222") == ()
    assert wrong_groups("111112-2222") == (1,)
    assert recovery_key(digits.replace("111111", "720896")) is None  # 65536 times eleven
    assert wrong_groups("a password of no digits") == ()


def test_a_secret_shows_itself_nowhere() -> None:
    assert "river" not in repr(typed(luks.PASSPHRASE))


def _flipped(raw: bytes, count: int, chance: random.Random) -> Iterator[bytes]:
    for _ in range(count):
        hurt = bytearray(raw)
        for _ in range(chance.randint(1, 4)):
            hurt[chance.randrange(len(hurt))] ^= 1 << chance.randrange(8)
        yield bytes(hurt)


@pytest.mark.parametrize("seed", range(4))
def test_flipped_bits_of_bitlocker_are_damage_and_nothing_else(
    seed: int, plain: bytes, tmp_path: Path, opened: Open
) -> None:
    """Of what is read to open it: boot sector and metadata."""
    bitlocker.volume(tmp_path / "disk", plain, ("clear", "startup"))
    raw = (tmp_path / "disk").read_bytes()
    chance = random.Random(seed)
    places = [(0, 512), *((at, 1024) for at, _ in bitlocker.holes(len(plain))[:3])]
    with (tmp_path / "disk").open("r+b") as file:
        fd = file.fileno()
        for _ in range(60):
            hurts = [
                (at, next(_flipped(raw[at : at + length], 1, chance)))
                for at, length in places
                if chance.random() < 0.7
            ]
            for at, hurt in hurts:
                os.pwrite(fd, hurt, at)
            for volume in _listed(tmp_path / "disk"):
                assert volume.state is not VolumeState.READABLE or volume.inside or volume.reason
            for at, hurt in hurts:
                os.pwrite(fd, raw[at : at + len(hurt)], at)


@pytest.mark.parametrize("version", [1, 2])
def test_flipped_bits_of_luks_are_damage_and_nothing_else(version: int, tmp_path: Path) -> None:
    """Of LUKS2 not even that: there is a second header, and each has a checksum."""
    fast = luks.FAST if version == 2 else luks.FAST[2:]
    luks.header(tmp_path / "disk", 18 * MIB, "--type", f"luks{version}", *fast)
    raw = (tmp_path / "disk").read_bytes()[: 1 << 16]
    chance = random.Random(version)
    outcomes: set[type] = set()
    with (tmp_path / "disk").open("r+b") as file:
        for hurt in _flipped(raw[:592], 100, chance):
            os.pwrite(file.fileno(), hurt, 0)
            try:
                _listed(tmp_path / "disk")
                # an iteration count may have become a thousand million: not derived here
                outcomes.add(type(LUKS.open_with(_reader(tmp_path / "disk"), luks.KEY)))
            except (ContentError, ValueError) as error:
                outcomes.add(type(error))
    assert outcomes == {dict} if version == 2 else {ContentError, dict} <= outcomes


def _listed(path: Path) -> list[Volume]:
    device = identify(path, "d0")
    fds = open_read_only(device)
    try:
        source = Source(device, fds)
        for volume in source.volumes:
            if volume.state is VolumeState.READABLE:
                digests(source)
        return list(source.volumes)
    finally:
        for fd in fds:
            os.close(fd)
