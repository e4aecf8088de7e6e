"""The keys of volumes that were unlocked: how they lie in the memory that workers share.

Written by the coordinator (coordinator/keyring.py), read by workers. They travel in no message but
the one that brings a key from who derived it.
"""

import os
import struct

import msgspec

from triage.errors import WorkerError

MOST_BYTES = 64 * 1024
_LENGTH = struct.Struct("<I")

_encode = msgspec.msgpack.Encoder().encode
_decoder = msgspec.msgpack.Decoder(dict[str, bytes])


def packed(keys: dict[str, bytes]) -> bytes:
    """By the volumes' ids. Raises WorkerError for more than there is room for."""
    body = _encode(keys)
    if len(body) > MOST_BYTES - _LENGTH.size:
        raise WorkerError("More volumes are unlocked than their keys have room for.")
    return _LENGTH.pack(len(body)) + body


def read_keys(descriptor: int) -> dict[str, bytes]:
    """All that are there now; -1 holds none."""
    held = os.pread(descriptor, MOST_BYTES, 0) if descriptor >= 0 else b""
    if len(held) < _LENGTH.size:
        return {}
    (length,) = _LENGTH.unpack_from(held)
    return _decoder.decode(held[_LENGTH.size : _LENGTH.size + length]) if length else {}
