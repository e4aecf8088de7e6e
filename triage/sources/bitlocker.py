"""What protects a BitLocker volume, as far as it can be told without a key.

After the libyal project's "BitLocker Drive Encryption (BDE) format specification": three metadata
blocks, whose offsets are in the volume header; each has a 64-byte block header, a 48-byte metadata
header, and entries of (size, type, value type, version). A volume master key entry (type 2, value
type 8) says in its bytes 26 and 27 what protects it.
"""

import struct
from collections.abc import Callable, Iterator, Sequence
from uuid import UUID

from triage.evidence import Protector, ProtectorKind

SIGNATURE = b"-FVE-FS-"
BITLOCKER_AT = (176, 184, 192)
BITLOCKER_TO_GO_AT = (440, 448, 456)
PROTECTORS = {
    0x0000: "clear key",
    0x0100: "TPM",
    0x0200: "startup key",
    0x0500: "TPM and PIN",
    0x0800: "recovery password",
    0x2000: "password",
}
_KINDS = {
    0x0000: ProtectorKind.CLEAR_KEY,
    0x0200: ProtectorKind.STARTUP_KEY,
    0x0800: ProtectorKind.RECOVERY_PASSWORD,
    0x2000: ProtectorKind.PASSWORD,
}
MOST_PROTECTORS = 32
SUSPENDED = "BitLocker, suspended: its key lies on the volume in clear"
NEEDS_KEY = "BitLocker; protected by "
UNKNOWN = "BitLocker; the key is needed"
MOST_METADATA = 65536


def kind_of_protector(code: int) -> ProtectorKind:
    """By the bits of its code: with a TPM everything else is beside it."""
    if code & 0x0100:
        return ProtectorKind.TPM
    return _KINDS.get(code, ProtectorKind.OTHER)


def protection(
    read: Callable[[int, int], bytes], places: Sequence[int]
) -> tuple[str, tuple[Protector, ...]]:
    """A sentence on what protects the volume, and what does. `read(offset, length)` gives zeros
    where it fails."""
    for place in places:
        block = struct.unpack("<Q", read(place, 8))[0]
        if 0 < block < 1 << 60 and read(block, 8) == SIGNATURE:
            found = list(_protectors(read, block))
            names = [PROTECTORS.get(code, f"protector 0x{code:04x}") for code, _ in found]
            kinds = (Protector(kind=kind_of_protector(code), id=id_) for code, id_ in found)
            return _sentence(list(dict.fromkeys(names))), tuple(dict.fromkeys(kinds))
    return UNKNOWN, ()


def _sentence(protectors: list[str]) -> str:
    if "clear key" in protectors:
        return SUSPENDED
    return NEEDS_KEY + ", ".join(protectors) if protectors else UNKNOWN


def _protectors(read: Callable[[int, int], bytes], block: int) -> Iterator[tuple[int, str]]:
    """The code and the GUID of each."""
    size, _, header = struct.unpack("<III", read(block + 64, 12))
    if header != 48 or not 48 < size <= MOST_METADATA:
        return
    entries = read(block + 64 + header, size - header)
    position, count = 0, 0
    while position + 8 <= len(entries) and count < MOST_PROTECTORS:
        length, kind, value = struct.unpack_from("<HHH", entries, position)
        if length < 8:
            break
        if (kind, value) == (2, 8) and position + 36 <= len(entries):
            data = entries[position + 8 : position + 36]
            count += 1
            yield struct.unpack_from("<H", data, 26)[0], str(UUID(bytes_le=data[:16])).upper()
        position += length
