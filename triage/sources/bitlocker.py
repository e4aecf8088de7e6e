"""What protects a BitLocker volume, as far as it can be told without a key.

After the libyal project's "BitLocker Drive Encryption (BDE) format specification": three metadata
blocks, whose offsets are in the volume header; each has a 64-byte block header, a 48-byte metadata
header, and entries of (size, type, value type, version). A volume master key entry (type 2, value
type 8) says in its bytes 26 and 27 what protects it.
"""

import struct
from collections.abc import Callable, Sequence

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
SUSPENDED = "BitLocker, suspended: its key lies on the volume in clear"
NEEDS_KEY = "BitLocker; protected by "
UNKNOWN = "BitLocker; the key is needed"
MOST_METADATA = 65536


def protection(read: Callable[[int, int], bytes], places: Sequence[int]) -> str:
    """A sentence on what protects the volume. `read(offset, length)` gives zeros where it fails."""
    for place in places:
        block = struct.unpack("<Q", read(place, 8))[0]
        if 0 < block < 1 << 60 and read(block, 8) == b"-FVE-FS-":
            return _sentence(_protectors(read, block))
    return UNKNOWN


def _sentence(protectors: list[str]) -> str:
    if "clear key" in protectors:
        return SUSPENDED
    return NEEDS_KEY + ", ".join(protectors) if protectors else UNKNOWN


def _protectors(read: Callable[[int, int], bytes], block: int) -> list[str]:
    size, _, header = struct.unpack("<III", read(block + 64, 12))
    if header != 48 or not 48 < size <= MOST_METADATA:
        return []
    entries = read(block + 64 + header, size - header)
    found: list[str] = []
    position = 0
    while position + 8 <= len(entries):
        length, kind, value = struct.unpack_from("<HHH", entries, position)
        if length < 8:
            break
        if (kind, value) == (2, 8) and position + 36 <= len(entries):
            code = struct.unpack_from("<H", entries, position + 8 + 26)[0]
            name = PROTECTORS.get(code, f"protector 0x{code:04x}")
            if name not in found:
                found.append(name)
        position += length
    return found
