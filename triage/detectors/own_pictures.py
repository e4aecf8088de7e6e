"""A lab's own pictures to a list of their hashes: the pictures stay where they are.

The list is CSV with a header, which `seek hash-set build` reads like any other:

    md5,sha1,sha256,pdq,size
"""

import hashlib
import os
from collections.abc import Callable, Iterator
from pathlib import Path

from triage.detectors.pdq import QUALITY, pdq
from triage.detectors.pictures import DECODABLE, UndecodableError, decode
from triage.detectors.types import type_of
from triage.errors import HashSetError

HEADER = "md5,sha1,sha256,pdq,size"
_LARGEST = 1 << 30
"""Bytes; larger files are left out, and told."""


def csv_of(folder: Path, leave_out: Callable[[Path, str], None]) -> Iterator[str]:
    """The header, and a line for each picture below `folder`; links are not followed.

    `leave_out` is told of every other file and why. A picture that cannot be decoded, or says too
    little, has its digests without a PDQ. Raises HashSetError if the folder cannot be read.
    """
    yield HEADER
    for path in _files(folder):
        try:
            if path.stat().st_size > _LARGEST:
                leave_out(path, "larger than 1 GiB")
                continue
            content = path.read_bytes()
        except OSError as error:
            leave_out(path, error.strerror or "cannot be read")
            continue
        if type_of(content) not in DECODABLE:
            leave_out(path, "not a picture")
            continue
        line, reason = _line(content)
        if reason:
            leave_out(path, reason)
        yield line


def _files(folder: Path) -> Iterator[Path]:
    def stop(error: OSError) -> None:
        raise HashSetError(
            f"{error.filename} cannot be read: {error.strerror}.", hint="Check the folder."
        ) from error

    for parent, folders, names in os.walk(folder, onerror=stop):
        folders.sort()
        paths = (Path(parent, name) for name in sorted(names))
        yield from (path for path in paths if path.is_file() and not path.is_symlink())


def _line(content: bytes) -> tuple[str, str]:
    """The line, and why it has no PDQ."""
    value, reason = "", ""
    try:
        hashed = pdq(decode(content, type_of(content)).pixels)
        if hashed.quality >= QUALITY:
            value = hashed.value.hex()
        else:
            reason = "says too little for a perceptual hash: its digests only"
    except UndecodableError as error:
        reason = f"{error.reason}: its digests only"
    digests = (
        hashlib.new(name, content, usedforsecurity=False).hexdigest()
        for name in ("md5", "sha1", "sha256")
    )
    return ",".join([*digests, value, str(len(content))]), reason
