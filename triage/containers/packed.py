"""Archives and packed files whose signature is short: a second look for each.

Formats: POSIX.1-1988 and POSIX.1-2001 (tar), GNU tar; the .lzma of LZMA Utils; cpio(5); deb(5);
LHA's header levels 0 to 3; zoo 2.1; RFC 9580 (OpenPGP packets).
"""

import re

from triage.containers.kinds import ending_of
from triage.containers.probe import Container, Probe, number

_BLOCK = 512
_CHECKSUM = slice(148, 156)
_LHA_METHODS = frozenset("0123456789defhstux")
_SMALLEST_LHA = 20
_MOST_FRAMES = 8
_UUENCODED = re.compile(rb"begin(?:-base64)? [0-7]{3,4} [^\r\n]{1,255}\r?\n[!-`]")


def tar(probe: Probe) -> Container | None:
    """By its checksum; one whose header is damaged, by the word `ustar`."""
    block = probe.head[:_BLOCK]
    if block[257:262] == b"ustar":
        return Container("tar")
    try:
        said = int(block[_CHECKSUM].strip(b"\0 "), 8)
    except ValueError:
        return None
    counted = sum(block) - sum(block[_CHECKSUM]) + 8 * ord(" ")
    return Container("tar") if said == counted and block[0] else None


def lzma_alone(probe: Probe) -> Container | None:
    """Properties, a dictionary of a usual size, the size of what comes out or -1, then a zero."""
    head = probe.head
    dictionary, size = number(head, 1, 4), number(head, 5, 8)
    usual = dictionary & (dictionary - 1) == 0 and 1 << 12 <= dictionary <= 1 << 30
    if len(head) < 14 or not usual or head[13]:
        return None
    return Container("lzma") if size == 2**64 - 1 or size < 1 << 40 else None


def old_cpio(probe: Probe) -> Container | None:
    """The binary format: 13 numbers of 16 bits, then a name that ends in NUL."""
    order = "<" if probe.head[:1] == b"\xc7" else ">"
    length = int.from_bytes(probe.head[20:22], "little" if order == "<" else "big")
    name = probe.head[26 : 26 + length]
    ends = 1 < length <= 4096 and len(name) == length and name.find(b"\0") == length - 1
    return Container("cpio") if ends else None


def ar(probe: Probe) -> Container:
    """A Debian package says so in its first member."""
    return Container("deb" if probe.head[8:21] == b"debian-binary" else "ar")


def lha(probe: Probe) -> Container | None:
    """`-lh5-` at the third byte; a level of header that there is."""
    head = probe.head
    method, level = head[2:7].decode("latin-1"), number(head, 20, 1)
    told = len(head) > _SMALLEST_LHA and method[4:] == "-" and method[3] in _LHA_METHODS
    return Container("lha") if told and level <= 3 else None


def zoo(probe: Probe) -> Container | None:
    """The tag behind the text."""
    return Container("zoo") if probe.head[20:24] == b"\xdc\xa7\xc4\xfd" else None


def skippable(probe: Probe) -> Container | None:
    """Frames of zstd and lz4 that hold the user's own bytes; the next frame says which it is."""
    at = 0
    for _ in range(_MOST_FRAMES):
        magic = probe.at(at, 8)
        if magic[1:4] != b"\x2a\x4d\x18":
            return {b"\x28\xb5": Container("zstd"), b"\x04\x22": Container("lz4")}.get(magic[:2])
        at += 8 + number(magic, 4, 4)
    return None


def uuencoded(probe: Probe) -> Container | None:
    """A first line with the mode and the name of a file."""
    return Container("uuencoded") if _UUENCODED.match(probe.head) else None


def open_pgp(probe: Probe) -> Container | None:
    """A key for the message comes first: a session key for somebody, or one made of a passphrase.

    For somebody: few bytes that many files begin with, so the name must say it too.
    """
    head, tag = probe.head, probe.head[0]
    is_long = tag == 0x85 or (tag == 0xC1 and number(head, 1, 1) >= 192)
    at = 3 if is_long else 2
    version = number(head, at, 1)
    if tag in (0x8C, 0xC3):
        cipher, way = number(head, at + 1, 1), number(head, at + 2, 1)
        found = version == 4 and 1 <= cipher <= 10 and way in (0, 1, 3)
    else:
        found = version == 3 and ending_of(probe.path) in ("gpg", "pgp")
    return Container("pgp", locked=True) if found else None
