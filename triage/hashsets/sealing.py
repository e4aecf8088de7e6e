"""Sealed sets: a finder of the file who has no key cannot test which pictures are in it.

A sealed file has a random key of its own (wrapping.py: for whom). From it come, by HKDF, three
others:

    digests   HMAC-SHA-256 of algorithm and digest, cut to 16 bytes, stands in the digest's place;
              order, index and filter are made of it, and are as random as it is
    parts     AES-256 in counter mode over entries (category, sources, size), the sizes and the
              perceptual values: a size would tell a picture as surely as its digest
    about     AES-256-GCM over the set's name, counts and sources, padded

Random rows blur the counts. Two sealings of one set share no byte that is not format.
"""

import hashlib
import hmac
import secrets

import numpy as np
import numpy.typing as npt
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from triage.errors import HashSetError
from triage.hashsets.records import SEALED_WIDTH, Bytes

KEY_BYTES = 32
_PAD = 4096
_NONCE = bytes(12)
"""The key of `about` is used once, for one message."""


class SetKey:
    """The key of one sealed file, and what it is used for."""

    def __init__(self, key: bytes) -> None:
        if len(key) != KEY_BYTES:
            raise HashSetError(
                f"A set's key has {KEY_BYTES} bytes, not {len(key)}.",
                hint="Unlock the set again: what was kept of it is damaged.",
            )
        self.raw = key
        """32 bytes; what the coordinator hands to worker processes."""
        self._digests = _derive(key, "digests")
        self._parts = _derive(key, "parts")
        self._about = _derive(key, "about")

    @classmethod
    def fresh(cls) -> "SetKey":
        """A random key for a new file."""
        return cls(secrets.token_bytes(KEY_BYTES))

    def digest(self, algorithm: str, digest: bytes) -> bytes:
        """What stands in the digest's place in the file: 16 bytes."""
        return hmac.digest(self._digests, algorithm.encode() + b"\0" + digest, "sha256")[:16]

    def digests(self, algorithm: str, digests: Bytes) -> Bytes:
        """The same for many, rows of 16 bytes."""
        key, name, width = self._digests, algorithm.encode() + b"\0", digests.shape[1]
        blob = digests.tobytes()
        keyed = b"".join(
            hmac.digest(key, name + blob[at : at + width], "sha256")[:16]
            for at in range(0, len(blob), width)
        )
        return np.frombuffer(keyed, dtype=np.uint8).reshape(-1, SEALED_WIDTH)

    def mask(self, part: str, data: bytes, offset: int = 0) -> bytes:
        """Encrypt or decrypt `data`, which stands at `offset` of a part."""
        first = offset // 16
        blocks = np.arange(first, (offset + len(data) + 15) // 16, dtype=np.uint64)
        stream = self._stream(part, blocks).ravel()[offset % 16 :][: len(data)]
        return (np.frombuffer(data, dtype=np.uint8) ^ stream).tobytes()

    def mask_rows(self, part: str, rows: Bytes, numbers: npt.NDArray[np.int64]) -> Bytes:
        """The same for rows taken from all over a part; `numbers` says which they are."""
        width = rows.shape[1]
        offsets = numbers[:, None] * width + np.arange(width)
        blocks, where = np.unique(offsets >> 4, return_inverse=True)
        stream = self._stream(part, blocks.astype(np.uint64))
        masked: Bytes = rows ^ stream[where.reshape(offsets.shape), offsets & 15]
        return masked

    def seal_about(self, text: bytes) -> bytes:
        """Encrypt the set's description."""
        padded = text.ljust(-(-len(text) // _PAD) * _PAD, b" ")
        return AESGCM(self._about).encrypt(_NONCE, padded, b"about")

    def open_about(self, sealed: bytes) -> bytes:
        """Decrypt it. Raises HashSetError if it was altered."""
        try:
            return AESGCM(self._about).decrypt(_NONCE, sealed, b"about")
        except InvalidTag as error:
            raise HashSetError(
                "The sealed set was altered: its description does not open with its own key.",
                hint="Copy it again from the lab.",
            ) from error

    def _stream(self, part: str, blocks: npt.NDArray[np.uint64]) -> Bytes:
        """The key stream of 16-byte blocks: AES of part and block number, i.e. counter mode."""
        counters = np.empty((len(blocks), 2), dtype=">u8")
        counters[:, 0] = int.from_bytes(hashlib.sha256(part.encode()).digest()[:8], "big")
        counters[:, 1] = blocks
        cipher = Cipher(algorithms.AES256(self._parts), modes.ECB()).encryptor()  # noqa: S305
        return np.frombuffer(cipher.update(counters.tobytes()), dtype=np.uint8).reshape(-1, 16)


def _derive(key: bytes, purpose: str) -> bytes:
    info = f"seek-hash-set@v1 {purpose}".encode()
    return HKDF(algorithm=SHA256(), length=32, salt=None, info=info).derive(key)
