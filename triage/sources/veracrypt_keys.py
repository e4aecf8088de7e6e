"""From a password, with its PIM or without, to a VeraCrypt or TrueCrypt volume's key.

A header says nothing of how its key was derived, nor by what it is encrypted: all ways are tried,
the quick and the common first, on the headers at the beginning and then on their copies at the end.
After VeraCrypt's "Header Key Derivation", "PIM" and "Keyfiles in VeraCrypt".
"""

import hashlib
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.kdf.argon2 import Argon2id
from cryptography.hazmat.primitives.kdf.pbkdf2 import PBKDF2HMAC

from triage.evidence import Protector
from triage.key_files import pool_of, with_pool
from triage.secret import Secret, SecretKind, pim_and_password
from triage.sources.bytes import Bytes
from triage.sources.emptiness import entropy
from triage.sources.reader import ContentError
from triage.sources.veracrypt import (
    HEADER,
    HIDDEN,
    KEY,
    OLD_HIDDEN,
    SALT,
    VeraCryptHeader,
    header_in,
)

LONGEST, LONGEST_OLD = 128, 64
"""Bytes of a password: VeraCrypt's, TrueCrypt's."""
MOST_PIM = 20_000
PATIENCE = 180.0
"""Seconds after which nothing more is begun for one secret."""
NOISE_BITS = 7.0
"""Entropy that any 512 random bytes have; a header is such."""
DERIVED = 192
"""Bytes that VeraCrypt has argon2 give, on whose number all of them depend."""
ARGON2 = "argon2id"

PIM_TOO_LARGE = f"its PIM is more than {MOST_PIM:,}: that would take hours"
TOO_LATE = "it takes too long here: not every way in which its key may be derived was tried"
NOT_ALL_KNOWN = (
    "of what may encrypt it, this version knows AES and Camellia, each alone; "
    "not Serpent, Twofish, Kuznyechik, several after each other, nor the hash Streebog"
)


class _Whirlpool(hashes.HashAlgorithm):
    """ISO/IEC 10118-3, which OpenSSL has and `cryptography` names nowhere."""

    name = "whirlpool"
    digest_size = 64
    block_size = 64


@dataclass(frozen=True, slots=True, kw_only=True)
class Derivation:
    """One way from a password to a header's key."""

    program: str
    hash: str
    iterations: int
    memory: int = 0
    """KiB, of argon2."""


BOTH = ("TrueCrypt", "VeraCrypt")
_TRUECRYPT = (("ripemd160", 2000), ("ripemd160", 1000), ("sha512", 1000), ("whirlpool", 1000))
_VERACRYPT = ("sha512", "sha256", "blake2s256", ARGON2, "whirlpool", "ripemd160")
_WITHOUT_PIM = {"ripemd160": 655_331}
_OTHERS_WITHOUT_PIM = 500_000
DEFAULT_ARGON2_PIM = 12


def derivations(pim: int) -> Iterator[Derivation]:
    """As both programs derive; with a PIM TrueCrypt never did. 0: without one."""
    for name, iterations in () if pim else _TRUECRYPT:
        yield Derivation(program="TrueCrypt", hash=name, iterations=iterations)
    for name in _VERACRYPT:
        memory = 0
        if name == ARGON2:
            iterations, memory = _argon2_costs(pim or DEFAULT_ARGON2_PIM)
        elif pim:
            iterations = 15_000 + 1000 * pim
        else:
            iterations = _WITHOUT_PIM.get(name, _OTHERS_WITHOUT_PIM)
        yield Derivation(program="VeraCrypt", hash=name, iterations=iterations, memory=memory)


def _argon2_costs(pim: int) -> tuple[int, int]:
    """Passes, and KiB."""
    if pim > 31:
        return pim - 18, 1 << 20
    return 3 + (pim - 1) // 3, (64 + 32 * (pim - 1)) << 10


def veracrypt_key(held: Bytes, secret: Secret) -> tuple[bytes, Protector] | None:
    """What `veracrypt_bytes` wants, and which header gave it. Raises ContentError where none does:
    the secret may be the right one all the same."""
    pim, password = _password(secret)
    if pim > MOST_PIM:
        raise ContentError(PIM_TOO_LARGE)
    if len(password) > LONGEST:
        return None
    begun, trouble = time.monotonic(), NOT_ALL_KNOWN
    for places in _places(held):
        for way in derivations(pim):
            if way.program == "TrueCrypt" and len(password) > LONGEST_OLD:
                continue
            for raw, hidden, programs in places:
                if way.program not in programs:
                    continue
                if time.monotonic() - begun > PATIENCE:
                    raise ContentError(TOO_LATE)
                try:
                    found = _tried(raw, password, way, held.size, hidden=hidden)
                except (MemoryError, UnsupportedAlgorithm):
                    trouble = f"{NOT_ALL_KNOWN}; here not {way.hash} either"
                    continue
                if found is not None:
                    return found.packed(), found.protector
    raise ContentError(trouble)


def _tried(
    raw: bytes, password: bytes, way: Derivation, size: int, *, hidden: bool
) -> VeraCryptHeader | None:
    """Raises ContentError, MemoryError, UnsupportedAlgorithm."""
    derived = _derived(password, raw[:SALT], way)
    return header_in(raw, derived, way.program, size, hidden=hidden)


def _places(held: Bytes) -> Iterator[Sequence[tuple[bytes, bool, tuple[str, ...]]]]:
    """Headers that there may be, whether they are a hidden volume's, and of which programs: first
    those at the beginning, and where TrueCrypt 5 has its hidden one; then the copies. What is no
    noise is no header."""
    end = held.size
    for places in (
        ((0, False, BOTH), (HIDDEN, True, BOTH), (end - OLD_HIDDEN, True, BOTH[:1])),
        ((end - 2 * HIDDEN, False, BOTH), (end - HIDDEN, True, BOTH)),
    ):
        found = []
        for at, hidden, programs in places:
            raw = held.read_at(at, HEADER) if 0 <= at <= end - HEADER else b""
            if len(raw) == HEADER and entropy(raw) >= NOISE_BITS:
                found.append((raw, hidden, programs))
        yield found


def _derived(password: bytes, salt: bytes, way: Derivation) -> bytes:
    """As many bytes as one cipher needs. Raises MemoryError, UnsupportedAlgorithm."""
    if way.hash == ARGON2:
        argon2 = Argon2id(
            salt=salt,
            length=DERIVED,
            iterations=way.iterations,
            lanes=1,
            memory_cost=way.memory,
        )
        return argon2.derive(password)
    if way.hash == "whirlpool":
        whirlpool = PBKDF2HMAC(
            algorithm=_Whirlpool(), length=KEY, salt=salt, iterations=way.iterations
        )
        return whirlpool.derive(password)
    try:
        return hashlib.pbkdf2_hmac(way.hash, password, salt, way.iterations, KEY)
    except ValueError as error:
        raise UnsupportedAlgorithm(way.hash) from error


def _password(secret: Secret) -> tuple[int, bytes]:
    """Its PIM, 0 for none, and the password with its key files; a file alone is such a one."""
    if secret.kind is SecretKind.FILE:
        return 0, pool_of([secret.value], b"")
    pim, password = pim_and_password(secret.value)
    return pim, with_pool(password, secret.pool) if len(password) <= LONGEST else password
