"""OpenSSH's formats, as far as a bundle needs them: public keys, private key headers, SSHSIG.

Sources: RFC 4253 section 6.6 (strings, key blobs), OpenSSH PROTOCOL.key and PROTOCOL.sshsig.
Nothing is decided here: whether a signature is good is for `ssh-keygen` to say.
"""

import base64
import binascii
import hashlib
import re
from dataclasses import dataclass
from hashlib import sha256

_ARMOR = re.compile(
    rb"-----BEGIN (SSH SIGNATURE|OPENSSH PRIVATE KEY)-----\r?\n([A-Za-z0-9+/=\r\n]+)"
    rb"-----END \1-----\s*"
)
_PUBLIC = re.compile(r"([a-z0-9@.-]{1,64}) ([A-Za-z0-9+/]{16,16000}={0,2})(?: ([^\r\n]*))?\s*")

ED25519 = "ssh-ed25519"
_MAGIC = b"SSHSIG"
_HASH = b"sha512"


class NotOpenSSH(ValueError):  # noqa: N818 - said of the bytes
    """The bytes are not in the format that was expected."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PublicKey:
    """A public key or certificate."""

    type: str
    """`ssh-ed25519`, `sk-ssh-ed25519@openssh.com` …"""
    blob: bytes
    comment: str = ""

    @property
    def line(self) -> str:
        """Type and base64, without the comment."""
        return f"{self.type} {base64.b64encode(self.blob).decode('ascii')}"

    @property
    def fingerprint(self) -> str:
        """`SHA256:…` as `ssh-keygen -l` shows it."""
        digest = base64.b64encode(sha256(self.blob).digest()).decode("ascii")
        return "SHA256:" + digest.rstrip("=")


@dataclass(frozen=True, slots=True, kw_only=True)
class SshSignature:
    """What an SSHSIG says of itself."""

    key: PublicKey
    namespace: str


def parse_public(text: str) -> PublicKey:
    """A line of an id_….pub file. Raises NotOpenSSH."""
    parts = _PUBLIC.fullmatch(text)
    if parts is None:
        raise NotOpenSSH("not an OpenSSH public key")
    try:
        blob = base64.b64decode(parts[2], validate=True)
    except binascii.Error as error:
        raise NotOpenSSH("not base64") from error
    key = _key(blob, parts[3] or "")
    if key.type != parts[1]:
        raise NotOpenSSH(f"says {parts[1]} but holds {key.type}")
    return key


def is_locked(text: bytes) -> bool:
    """Whether an OpenSSH private key file wants a passphrase. Raises NotOpenSSH."""
    return _string(_private(text))[0] != b"none"


def _private(text: bytes) -> bytes:
    blob = _unarmor(text, b"OPENSSH PRIVATE KEY")
    magic = b"openssh-key-v1\0"
    if not blob.startswith(magic):
        raise NotOpenSSH("not an OpenSSH private key")
    return blob[len(magic) :]


def parse_private(text: bytes) -> PublicKey:
    """The public half of an OpenSSH private key file, which is not encrypted. Raises NotOpenSSH."""
    rest = _private(text)
    for _ in ("cipher", "kdf", "kdf options"):
        _, rest = _string(rest)
    if rest[:4] != b"\0\0\0\1":
        raise NotOpenSSH("holds more than one key")
    public, _ = _string(rest[4:])
    return _key(public, "")


def parse_signature(text: bytes) -> SshSignature:
    """The key and namespace that an armored SSHSIG claims. Raises NotOpenSSH.

    Only the one spelling that ssh-keygen writes is accepted, so that no byte of it can be another
    and mean the same.
    """
    blob = _unarmor(text, b"SSH SIGNATURE")
    if blob[:10] != _MAGIC + b"\0\0\0\1":
        raise NotOpenSSH("not an SSHSIG of version 1")
    public, rest = _string(blob[10:])
    namespace, rest = _string(rest)
    for _ in ("reserved", "hash algorithm", "signature"):
        _, rest = _string(rest)
    if rest or text != _armor(blob):
        raise NotOpenSSH("not spelled as ssh-keygen spells it")
    return SshSignature(key=_key(public, ""), namespace=_text(namespace))


def to_be_signed(namespace: str, message: bytes) -> bytes:
    """The bytes that a key itself signs where `ssh-keygen -Y sign` is given the message."""
    parts = (namespace.encode("ascii"), b"", _HASH, hashlib.new(_HASH.decode(), message).digest())
    return _MAGIC + b"".join(map(_spelled, parts))


def of_raw(key: PublicKey, namespace: str, raw: bytes) -> bytes:
    """The armored SSHSIG of an ed25519 key's 64 bytes over `to_be_signed`."""
    signature = _spelled(key.type.encode("ascii")) + _spelled(raw)
    parts = (key.blob, namespace.encode("ascii"), b"", _HASH, signature)
    return _armor(_MAGIC + b"\0\0\0\1" + b"".join(map(_spelled, parts)))


def ed25519(raw: bytes) -> PublicKey:
    """The key of those 32 bytes."""
    return PublicKey(type=ED25519, blob=_spelled(ED25519.encode()) + _spelled(raw))


def _spelled(text: bytes) -> bytes:
    return len(text).to_bytes(4, "big") + text


def _armor(blob: bytes) -> bytes:
    encoded = base64.b64encode(blob)
    lines = [encoded[start : start + 70] for start in range(0, len(encoded), 70)]
    marks = (b"-----BEGIN SSH SIGNATURE-----", b"-----END SSH SIGNATURE-----")
    return b"\n".join([marks[0], *lines, marks[1], b""])


def _key(blob: bytes, comment: str) -> PublicKey:
    name, _ = _string(blob)
    return PublicKey(type=_text(name), blob=blob, comment=comment)


def _string(data: bytes) -> tuple[bytes, bytes]:
    length = int.from_bytes(data[:4], "big")
    if len(data) < 4 + length or length > 65536:
        raise NotOpenSSH("ends early")
    return data[4 : 4 + length], data[4 + length :]


def _text(data: bytes) -> str:
    try:
        return data.decode("ascii")
    except UnicodeDecodeError as error:
        raise NotOpenSSH("holds a name that is not ASCII") from error


def _unarmor(text: bytes, kind: bytes) -> bytes:
    parts = _ARMOR.fullmatch(text)
    if parts is None or parts[1] != kind:
        raise NotOpenSSH(f"not armored as {kind.decode('ascii')}")
    try:
        return base64.b64decode(parts[2])
    except binascii.Error as error:
        raise NotOpenSSH("not base64") from error
