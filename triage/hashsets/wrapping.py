"""A sealed file's key, wrapped for everyone who may unlock it.

By a passphrase (scrypt) or to an OpenSSH ed25519 key (as age does: X25519 with the key's Montgomery
form). docs/formats/hash-set.md has the formulas.
"""

import base64
import hashlib
import os
from collections.abc import Sequence
from pathlib import Path

from cryptography.exceptions import InvalidTag, UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from cryptography.hazmat.primitives.kdf.scrypt import Scrypt
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    load_ssh_private_key,
    load_ssh_public_key,
)

from triage.errors import HashSetError, why
from triage.hashsets.layout import Stanza
from triage.hashsets.sealing import SetKey
from triage.montgomery import montgomery

LOG_N = 17
"""scrypt's cost: 128 MB and about half a second, once, in the coordinator."""
_MOST_LOG_N = 20
_NONCE = bytes(12)
"""Each wrapping key is used once, for one message."""


def wrap_for_passphrase(key: SetKey, passphrase: str) -> Stanza:
    """The file's key for one who knows the passphrase."""
    salt = os.urandom(16)
    wrapping = _stretch(passphrase, salt, LOG_N)
    wrapped = AESGCM(wrapping).encrypt(_NONCE, key.raw, b"passphrase")
    return Stanza(method="passphrase", salt=salt, wrapped=wrapped, log_n=LOG_N)


def wrap_for_ssh_key(key: SetKey, public_key: str) -> Stanza:
    """The file's key for the holder of an OpenSSH ed25519 key; `public_key` is the .pub's line.

    Raises HashSetError for other kinds of key (a FIDO `sk` key can only sign).
    """
    recipient = _ed25519_public(public_key)
    ephemeral = X25519PrivateKey.generate()
    salt = ephemeral.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)
    shared = ephemeral.exchange(X25519PublicKey.from_public_bytes(montgomery(recipient)))
    wrapped = AESGCM(_agree(shared, salt, recipient)).encrypt(_NONCE, key.raw, b"ssh-ed25519")
    return Stanza(
        method="ssh-ed25519", salt=salt, wrapped=wrapped, recipient=_fingerprint(recipient)
    )


def unwrap_with_passphrase(stanzas: Sequence[Stanza], passphrase: str) -> SetKey:
    """The file's key. Raises HashSetError if the passphrase is not the one."""
    for stanza in stanzas:
        if stanza.method == "passphrase":
            if not 1 <= stanza.log_n <= _MOST_LOG_N:
                raise HashSetError(
                    "The sealed set asks for an absurd amount of memory.",
                    hint="It was altered: get it again from whoever built it.",
                )
            wrapping = _stretch(passphrase, stanza.salt, stanza.log_n)
            key = _open(wrapping, stanza)
            if key:
                return key
    raise HashSetError(
        "The passphrase does not open this sealed hash set.",
        hint="Check the keyboard layout, then try again; or unlock with the examiner's key.",
    )


def unwrap_with_ssh_key(stanzas: Sequence[Stanza], file: Path, passphrase: str = "") -> SetKey:
    """The file's key, by a private key in OpenSSH's format. Raises HashSetError."""
    private = _ed25519_private(file, passphrase)
    recipient = private.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)
    seed = private.private_bytes(Encoding.Raw, PrivateFormat.Raw, NoEncryption())
    scalar = X25519PrivateKey.from_private_bytes(hashlib.sha512(seed).digest()[:32])
    for stanza in stanzas:
        if stanza.method == "ssh-ed25519" and stanza.recipient == _fingerprint(recipient):
            shared = scalar.exchange(X25519PublicKey.from_public_bytes(stanza.salt))
            key = _open(_agree(shared, stanza.salt, recipient), stanza)
            if key:
                return key
    raise HashSetError(
        f"The set is not sealed to the key {file}.",
        hint="`seek hash-set info` lists the keys that open it.",
    )


def _open(wrapping: bytes, stanza: Stanza) -> SetKey | None:
    try:
        raw = AESGCM(wrapping).decrypt(_NONCE, stanza.wrapped, stanza.method.encode())
    except InvalidTag:
        return None
    return SetKey(raw)


def _agree(shared: bytes, ephemeral: bytes, recipient: bytes) -> bytes:
    info = b"seek-hash-set@v1 ssh-ed25519"
    return HKDF(algorithm=SHA256(), length=32, salt=ephemeral + recipient, info=info).derive(shared)


def _stretch(passphrase: str, salt: bytes, log_n: int) -> bytes:
    return Scrypt(salt=salt, length=32, n=1 << log_n, r=8, p=1).derive(passphrase.encode())


def _fingerprint(ed25519: bytes) -> str:
    """As `ssh-keygen -l` prints it."""
    name = b"ssh-ed25519"
    blob = len(name).to_bytes(4, "big") + name + (32).to_bytes(4, "big") + ed25519
    return "SHA256:" + base64.b64encode(hashlib.sha256(blob).digest()).decode().rstrip("=")


def _ed25519_public(line: str) -> bytes:
    try:
        key = load_ssh_public_key(line.strip().encode())
    except (ValueError, UnsupportedAlgorithm) as error:
        raise _not_ed25519() from error
    if not isinstance(key, Ed25519PublicKey):
        raise _not_ed25519()
    return key.public_bytes(Encoding.Raw, PublicFormat.Raw)


def _ed25519_private(file: Path, passphrase: str) -> Ed25519PrivateKey:
    try:
        key = load_ssh_private_key(file.read_bytes(), passphrase.encode() or None)
    except OSError as error:
        raise HashSetError(
            f"The key {file} cannot be read: {why(error)}.", hint="Check the path after --key."
        ) from error
    except (ValueError, TypeError, UnsupportedAlgorithm) as error:
        raise HashSetError(
            f"The key {file} does not open: {why(error)}.", hint="Is its passphrase right?"
        ) from error
    if not isinstance(key, Ed25519PrivateKey):
        raise _not_ed25519()
    return key


def _not_ed25519() -> HashSetError:
    return HashSetError(
        "A set can be sealed only to a plain OpenSSH ed25519 key.",
        hint="Make one with `seek key new`; a FIDO (sk) key can sign, but not open anything.",
    )
