"""What the tests of sources share: opening, and comparing with known answers."""

import hashlib
import lzma
import os
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from triage.devices.attached import identify
from triage.devices.opening import open_read_only
from triage.evidence import FileEntry, Storage
from triage.sources import ContentError, Source

Open = Callable[[Path], Source]
Unpacked = Callable[[str], Path]
IMAGES = Path(__file__).with_name("images")
"""Of the test data of dfvfs and plaso (Apache-2.0: images/LICENSE-dfvfs)."""


@pytest.fixture
def opened() -> Iterator[Open]:
    """Opens images, and closes them after the test."""
    fds: list[int] = []

    def open_(path: Path) -> Source:
        device = identify(path, "d0")
        here = open_read_only(device)
        fds.extend(here)
        return Source(device, here)

    yield open_
    for fd in fds:
        os.close(fd)


@pytest.fixture
def unpacked(tmp_path: Path) -> Unpacked:
    """Unpacks an image that other people's programs made, of those in images/."""

    def unpack(name: str) -> Path:
        image = tmp_path / name
        image.write_bytes(lzma.decompress((IMAGES / f"{name}.xz").read_bytes()))
        return image

    return unpack


def digest(source: Source, entry: FileEntry) -> str:
    """SHA-256 of an entry's content, or why there is none."""
    sha = hashlib.sha256()
    try:
        for chunk in source.content(entry).chunks():
            sha.update(chunk)
    except ContentError as error:
        return error.reason
    return sha.hexdigest()


def digests(source: Source) -> dict[tuple[str, str], str]:
    """(path, stream) to SHA-256, for all entries with content on all readable volumes."""
    found = {}
    for volume in source.volumes:
        if volume.state != "readable":
            continue
        for entry in source.walk(volume):
            if entry.storage is not Storage.NONE:
                found[entry.path, entry.stream] = digest(source, entry)
    return found


def sha256(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()
