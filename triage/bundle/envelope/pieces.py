"""What lies in an envelope: a tar file, so that stock tools take it apart.

Every file of the bundle is a member `BUNDLE/NAME`; those that grow while the scan runs are members
a piece, `BUNDLE/entries.jsonl.000000001` and so on, to be put together in their order. Source of
the format: POSIX.1-1988 (ustar). Nothing else is ever in a header than what is written here, and a
header is read by being written again.
"""

import re
import tarfile

from triage.bundle.format import layout
from triage.errors import VerificationError

BLOCK = tarfile.BLOCKSIZE
END = bytes(2 * BLOCK)
"""After the last member."""
GROWING = (layout.ENTRIES, layout.LOG)
_BUNDLE = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,119}")
_PIECE = re.compile(r"(.+)\.([0-9]{9})")


def header(bundle: str, name: str, size: int) -> bytes:
    """The block before a member's content."""
    info = tarfile.TarInfo(f"{bundle}/{name}")
    info.size, info.mode = size, 0o600
    return info.tobuf(tarfile.USTAR_FORMAT, "ascii", "strict")


def padding(size: int) -> bytes:
    """What follows so much content, up to the next block."""
    return bytes(-size % BLOCK)


def piece_name(name: str, number: int) -> str:
    """Of the so-manieth piece of a file that grows, from 1."""
    return f"{name}.{number:09}"


def parsed(block: bytes) -> tuple[str, str, int]:
    """The bundle's name, the member's in it, and its size. Raises VerificationError."""
    try:
        info = tarfile.TarInfo.frombuf(block, "ascii", "strict")
    except (tarfile.TarError, ValueError) as error:
        raise VerificationError("what lies in it is not as it was put there") from error
    bundle, _, name = info.name.partition("/")
    if not _BUNDLE.fullmatch(bundle) or header(bundle, name, info.size) != block:
        raise VerificationError("what lies in it is not as it was put there")
    return bundle, name, info.size


def file_of(name: str) -> tuple[str, int]:
    """The file that a member is of, and which piece of it; 0: all of it. Raises VerificationError
    at what no bundle holds."""
    found = _PIECE.fullmatch(name)
    if found and found[1] in GROWING:
        return found[1], int(found[2])
    if name in GROWING or layout.longest(name) is None:
        raise VerificationError("a file lies in it that is no part of a bundle")
    return name, 0
