"""age's file format, version 1, as far as an envelope needs it: written piece by piece, and read.

Source: the age specification, C2SP.org/age. A header names who can open the file: for each of them
the file's key, 16 bytes, wrapped to an X25519 or ed25519 key, and a MAC of all that. The payload is
a nonce and chunks of 64 KiB, each with ChaCha20-Poly1305 under its number and whether it is the
last: so a file that was cut short cannot pass for a whole one, and every whole chunk can be read.

Ours and not a library's, because those that there are take a whole file and give a whole file: an
envelope grows for hours (docs/decisions/envelope.md).
"""

import base64
import binascii
import hashlib
import hmac
import os
import re
from collections.abc import Sequence
from dataclasses import dataclass

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey
from cryptography.hazmat.primitives.ciphers.aead import ChaCha20Poly1305
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from triage.bundle.checking import sshsig
from triage.bundle.envelope.recipients import X25519, Recipient
from triage.errors import VerificationError
from triage.montgomery import montgomery

CHUNK = 64 * 1024
TAG = 16
NONCE = 16
"""Bytes before the first chunk."""
LONGEST_HEADER = 64 * 1024
_VERSION = b"age-encryption.org/v1\n"
_INFO = "age-encryption.org/v1/"
_MAC_LINE = re.compile(rb"^--- ([A-Za-z0-9+/]{43})\n", re.MULTILINE)
_STANZA = re.compile(
    rb"-> ([\x21-\x7e]+(?: [\x21-\x7e]+)*)\n((?:[A-Za-z0-9+/]{64}\n)*[A-Za-z0-9+/]{0,63}\n)"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class AgeStanza:
    """One way to the file's key."""

    kind: str
    arguments: tuple[bytes, ...]
    body: bytes


class ChunkCipher:
    """Encrypts and decrypts chunks by their number; each number and each `last` once."""

    def __init__(self, file_key: bytes, nonce: bytes) -> None:
        self._cipher = ChaCha20Poly1305(_derived(file_key, nonce, b"payload"))

    def encrypt(self, number: int, data: bytes, *, last: bool = False) -> bytes:
        """A chunk: CHUNK bytes, fewer only where it is the last."""
        return self._cipher.encrypt(_numbered(number, last=last), data, None)

    def decrypt(self, number: int, data: bytes, *, last: bool = False) -> bytes | None:
        """The same back; None: it is not that chunk."""
        try:
            return self._cipher.decrypt(_numbered(number, last=last), data, None)
        except InvalidTag:
            return None


def begin(recipients: Sequence[Recipient]) -> tuple[bytes, ChunkCipher]:
    """A new file for these: its first bytes, and what encrypts chunks; its key is in no file."""
    file_key, nonce = os.urandom(16), os.urandom(NONCE)
    stanzas = b"".join(_wrapped(file_key, each) for each in recipients)
    header = _VERSION + stanzas + b"---"
    return header + b" " + _base64(_mac(file_key, header)) + b"\n" + nonce, ChunkCipher(
        file_key, nonce
    )


def whole(recipients: Sequence[Recipient], content: bytes) -> bytes:
    """All of a small file."""
    head, cipher = begin(recipients)
    parts = [content[at : at + CHUNK] for at in range(0, len(content), CHUNK)] or [b""]
    last = len(parts) - 1
    chunks = (cipher.encrypt(n, part, last=n == last) for n, part in enumerate(parts))
    return head + b"".join(chunks)


class AgeHeader:
    """What a file begins with. Raises VerificationError at anything that is not age's."""

    def __init__(self, head: bytes) -> None:
        """`head`: the file's first bytes, LONGEST_HEADER of them or all."""
        mac = _MAC_LINE.search(head)
        if not head.startswith(_VERSION) or mac is None:
            raise VerificationError("it does not begin as a file of age does")
        self.size = mac.end()
        """Bytes up to the nonce."""
        self._signed = head[: mac.start() + 3]
        self._mac = unbase64(mac[1])
        self.stanzas = tuple(_parsed(head[len(_VERSION) : mac.start()]))

    def is_by(self, file_key: bytes) -> bool:
        """Whether the header is that of this key's file, unchanged."""
        return hmac.compare_digest(_mac(file_key, self._signed), self._mac)


def unwrap(wrapping: bytes, body: bytes) -> bytes | None:
    """The file's key by the key that it was wrapped with; None if that is another."""
    try:
        return ChaCha20Poly1305(wrapping).decrypt(bytes(12), body, None)
    except InvalidTag:
        return None


def wrapping_key(kind: str, shared: bytes, share: bytes, public: bytes) -> bytes:
    """The key that wraps the file's, by what both sides know."""
    return _derived(shared, share + public, (_INFO + kind).encode("ascii"))


def tweak(public: bytes) -> bytes:
    """What age multiplies into a secret shared with an SSH key, so that it is no signature's."""
    return _derived(b"", sshsig.ed25519(public).blob, (_INFO + sshsig.ED25519).encode("ascii"))


def tag_of(public: bytes) -> bytes:
    """How a stanza says which SSH key it is for."""
    return _base64(hashlib.sha256(sshsig.ed25519(public).blob).digest()[:4])


def exchanged(secret: bytes, public: bytes) -> bytes:
    """X25519. Raises ValueError at a point that leads nowhere."""
    key = X25519PrivateKey.from_private_bytes(secret)
    return key.exchange(X25519PublicKey.from_public_bytes(public))


def public_of(secret: bytes) -> bytes:
    """The public half of an X25519 key."""
    return X25519PrivateKey.from_private_bytes(secret).public_key().public_bytes_raw()


def _wrapped(file_key: bytes, recipient: Recipient) -> bytes:
    ephemeral = os.urandom(32)
    share = public_of(ephemeral)
    if recipient.kind == X25519:
        public, arguments = recipient.raw, [_base64(share)]
        shared = exchanged(ephemeral, public)
    else:
        public = montgomery(recipient.raw)
        arguments = [tag_of(recipient.raw), _base64(share)]
        shared = exchanged(tweak(recipient.raw), exchanged(ephemeral, public))
    key = wrapping_key(recipient.kind, shared, share, public)
    body = _base64(ChaCha20Poly1305(key).encrypt(bytes(12), file_key, None))
    first = b" ".join([b"->", recipient.kind.encode("ascii"), *arguments])
    return first + b"\n" + body + b"\n"  # 43 characters: shorter than a line


def _parsed(text: bytes) -> list[AgeStanza]:
    stanzas, at = [], 0
    while at < len(text):
        found = _STANZA.match(text, at)
        if found is None:
            raise VerificationError("its header is not spelled as age spells it")
        kind, *arguments = found[1].split(b" ")
        body = unbase64(found[2].replace(b"\n", b""))
        stanzas.append(AgeStanza(kind=kind.decode("ascii"), arguments=tuple(arguments), body=body))
        at = found.end()
    return stanzas


def _numbered(number: int, *, last: bool) -> bytes:
    return number.to_bytes(11, "big") + bytes([last])


def _mac(file_key: bytes, header: bytes) -> bytes:
    return hmac.digest(_derived(file_key, b"", b"header"), header, "sha256")


def _derived(secret: bytes, salt: bytes, info: bytes) -> bytes:
    return HKDF(algorithm=SHA256(), length=32, salt=salt, info=info).derive(secret)


def _base64(data: bytes) -> bytes:
    return base64.b64encode(data).rstrip(b"=")


def unbase64(text: bytes) -> bytes:
    """What age spells without padding. Raises VerificationError at another spelling."""
    try:
        data = base64.b64decode(text + b"=" * (-len(text) % 4), validate=True)
    except binascii.Error as error:
        raise VerificationError("its header is not base64") from error
    if _base64(data) != text:
        raise VerificationError("its header is not spelled as age spells it")
    return data
