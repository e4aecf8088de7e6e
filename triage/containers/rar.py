"""RAR, ARJ and ACE: headers in a row, a flag in each that says whether it is encrypted.

Formats: RAR 5.0 archive format (rarlab.com), technote.txt of RAR 3 and 4; ARJ TECHNOTE; the ACE
format of unace.
"""

from zlib import crc32

from triage.containers.probe import Container, Probe, number

MARK4, MARK5 = b"Rar!\x1a\x07\x00", b"Rar!\x1a\x07\x01\x00"
_MOST_HEADERS = 32
"""Of one archive that are followed: all of its files are mostly encrypted, or none."""
_MAIN, _FILE = 0x73, 0x74
_HEADERS_ENCRYPTED, _FILE_ENCRYPTED, _HAS_DATA = 0x0080, 0x0004, 0x8000
_FILE5, _SERVICE5, _ENCRYPTION5 = 2, 3, 4
_EXTRA5, _DATA5 = 0x0001, 0x0002
_ENCRYPTION_RECORD5 = 1
_LONGEST_ARJ = 2600
"""Bytes of a header."""


def rar(probe: Probe) -> Container | None:
    """RAR 1.5 to 4, and RAR 5."""
    if probe.head.startswith(MARK5):
        return Container("rar", _locked5(probe))
    return Container("rar", _locked4(probe)) if probe.head.startswith(MARK4) else None


def _locked4(probe: Probe) -> bool:
    at = len(MARK4)
    for _ in range(_MOST_HEADERS):
        header = probe.at(at, 11)
        kind, flags, size = number(header, 2, 1), number(header, 3, 2), number(header, 5, 2)
        if kind == _MAIN and flags & _HEADERS_ENCRYPTED:
            return True
        if kind == _FILE and flags & _FILE_ENCRYPTED:
            return True
        if size < 7:
            return False
        at += size + (number(header, 7, 4) if flags & _HAS_DATA or kind == _FILE else 0)
    return False


def _locked5(probe: Probe) -> bool:
    at = len(MARK5)
    for _ in range(_MOST_HEADERS):
        header = probe.at(at, 4096)
        size, here = vint(header, 4)
        end = here + size
        kind, here = vint(header, here)
        if kind == _ENCRYPTION5:
            return True
        flags, here = vint(header, here)
        extra, here = vint(header, here) if flags & _EXTRA5 else (0, here)
        data, here = vint(header, here) if flags & _DATA5 else (0, here)
        if kind in (_FILE5, _SERVICE5) and _has_encryption(header[max(here, end - extra) : end]):
            return True
        if not size:
            return False
        at += end + data
    return False


def _has_encryption(extra: bytes) -> bool:
    """Records: a size of what follows it, a type, data."""
    at = 0
    while at < len(extra):
        size, here = vint(extra, at)
        if vint(extra, here)[0] == _ENCRYPTION_RECORD5:
            return True
        at = here + size
    return False


def vint(data: bytes, at: int) -> tuple[int, int]:
    """Seven bits a byte, the lowest first; and where it ends. At most ten bytes."""
    value = 0
    for place in range(10):
        byte = number(data, at, 1)
        at += 1
        value |= (byte & 0x7F) << (7 * place)
        if not byte & 0x80:
            break
    return value, at


def arj(probe: Probe) -> Container | None:
    """The main header, then one for each file: garbled, where bit 0 of its flags is set."""
    at = 0
    for place in range(_MOST_HEADERS):
        header = probe.at(at, 4 + _LONGEST_ARJ + 4)
        size = number(header, 2, 2)
        if not header.startswith(b"\x60\xea") or crc32(header[4 : 4 + size]) != number(
            header, 4 + size, 4
        ):
            return Container("arj") if place else None
        if number(header, 8, 1) & 0x01:
            return Container("arj", locked=True)
        at += 4 + size + 4 + 2 + (number(header, 16, 4) if place else 0)
    return Container("arj")


def ace(probe: Probe) -> Container:
    """A main header, then headers with their data; a file's bit 14 says that it needs a key."""
    at = 0
    for _ in range(_MOST_HEADERS):
        header = probe.at(at, 12)
        size, kind, flags = number(header, 2, 2), number(header, 4, 1), number(header, 5, 2)
        if kind == 1 and flags & 0x4000:
            return Container("ace", locked=True)
        if len(header) < 7 or not size:
            break
        at += 4 + size + (number(header, 7, 4) if flags & 0x0001 else 0)
    return Container("ace")
