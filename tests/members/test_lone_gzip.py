"""What zlib unpacks alone comes out as libarchive gives it, and all else is still libarchive's."""

import gzip
import io
import random
import struct
import tarfile

import pytest

from tests.members.test_archives import taken_out
from triage.media.window import InMemory
from triage.members import archives
from triage.members.lone_gzip import pieces, unpacked_alone

TEXT = b"a line of a manual\n" * 900
NOISE = random.Random(3).randbytes(300_000)
PACKED = gzip.compress(TEXT, mtime=0)


@pytest.fixture(autouse=True, scope="module")
def _ready() -> None:
    assert archives.make_ready()


def named(content: bytes) -> bytes:
    stream = io.BytesIO()
    with gzip.GzipFile("manual.1", "wb", fileobj=stream, mtime=0) as packing:
        packing.write(content)
    return stream.getvalue()


def archive(name: str, content: bytes) -> bytes:
    stream = io.BytesIO()
    with tarfile.open(fileobj=stream, mode="w") as writing:
        member = tarfile.TarInfo(name)
        member.size = len(content)
        writing.addfile(member, io.BytesIO(content))
    return stream.getvalue()


def altered(place: int) -> bytes:
    content = bytearray(PACKED)
    content[place] ^= 1
    return bytes(content)


ALONE = {
    "a manual": PACKED,
    "one byte": gzip.compress(b"x", mtime=0),
    "noise": gzip.compress(NOISE[:200_000], mtime=0),
    "several pieces": gzip.compress(NOISE[:70_000] * 3, mtime=0),
    "a tar": gzip.compress(archive("a", b"held"), mtime=0),
}
OTHERS = {
    "a name of its own": named(TEXT),
    "two": PACKED + PACKED,
    "followed by something": PACKED + b"something",
    "followed by zeros": PACKED + bytes(300),
    "cut off": PACKED[:-20],
    "without its checksum": PACKED[:-8],
    "a wrong checksum": altered(-6),
    "a wrong length": altered(-1),
    "broken in the middle": altered(len(PACKED) // 2),
    "nothing": gzip.compress(b"", mtime=0),
    "a header alone": PACKED[:10],
    "much from little": gzip.compress(bytes(2_000_000), mtime=0),
    "large": gzip.compress(NOISE, mtime=0),
    "a further field": PACKED[:3] + b"\x04" + PACKED[4:10] + struct.pack("<H", 0) + PACKED[10:],
}


@pytest.mark.parametrize("name", [*ALONE, *OTHERS])
def test_it_says_what_libarchive_says(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    content = (ALONE | OTHERS)[name]
    here = taken_out(content)
    monkeypatch.setattr(archives, "unpacked_alone", lambda content: b"")
    assert here == taken_out(content)


@pytest.mark.parametrize("name", ALONE)
def test_it_is_told_from_what_is_libarchive_s(name: str) -> None:
    whole = unpacked_alone(InMemory(ALONE[name]))
    assert whole == gzip.decompress(ALONE[name])
    assert b"".join(pieces(whole)) == whole
    assert max(map(len, pieces(whole))) <= 65536


@pytest.mark.parametrize("name", OTHERS)
def test_whatever_is_unusual_is_left_to_libarchive(name: str) -> None:
    assert unpacked_alone(InMemory(OTHERS[name])) == b""


def test_no_more_than_a_little_comes_out_before_it_is_left() -> None:
    """A million bytes and one more: what is much larger is not unpacked here to be thrown away."""
    largest = 1024 * 1024
    assert len(unpacked_alone(InMemory(gzip.compress(bytes(largest - 1), mtime=0)))) == largest - 1
    assert unpacked_alone(InMemory(gzip.compress(bytes(largest + 1), mtime=0))) == b""
