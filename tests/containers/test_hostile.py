"""What calls itself a container may say anything: it costs little, and raises nothing.

The fence in `recognising` is taken away here, so that what it would hide is seen.
"""

import lzma
import random
import struct
import tracemalloc
from collections.abc import Iterator

import pytest

from tests.containers import making
from tests.containers.test_kinds import by_head
from tests.fuzz.mutation import mutated
from triage.containers import recognising
from triage.containers.kinds import KINDS
from triage.containers.probe import MOST_BYTES, MOST_READS, Container, Probe, ReadAt
from triage.containers.signatures import ContainerSignature
from triage.evidence import HEAD_BYTES
from triage.sources import ContentError
from triage.sources.reader import READ_FAILED

SAMPLES = [
    (name, content)
    for made in (making.plain(), making.locked())
    for some in made.values()
    for name, content in some
]
HUGE = 1 << 40


class Watched:
    """Content of any size that counts what is read of it."""

    def __init__(self, content: bytes, size: int = 0) -> None:
        self.size = size or len(content)
        self.reads = self.bytes = 0
        self._content = content

    def read_at(self, offset: int, length: int) -> bytes:
        assert 0 <= offset < self.size
        assert 0 < length <= self.size - offset
        self.reads += 1
        self.bytes += length
        return self._content[offset : offset + length].ljust(length, b"\0")

    def recognised(self, path: str = "a") -> Container | None:
        found = recognising.recognise(
            self._content[:HEAD_BYTES], self.size, path, self.read_at, end_was_read=True
        )
        assert found is None or found.kind in KINDS
        assert self.reads <= MOST_READS + 1, "and one for the end"
        assert self.bytes <= MOST_BYTES + 512
        return found


@pytest.fixture(autouse=True)
def _no_fence(monkeypatch: pytest.MonkeyPatch) -> None:
    def bare(
        signature: ContainerSignature, content: bytes, size: int, path: str, read_at: ReadAt | None
    ) -> Container | None:
        if signature.rule is None:
            return Container(signature.kind, signature.locked)
        return signature.rule(Probe(content, size, path, read_at))

    monkeypatch.setattr(recognising, "_closer", bare)


def test_a_beginning_of_any_length_will_do() -> None:
    for name, content in SAMPLES:
        for length in (*range(min(len(content), 600)), *range(600, len(content), 997)):
            recognising.recognise(content[:length], length, name)
            Watched(content[:length], len(content)).recognised(name)


def test_two_hundred_random_edits_of_each_raise_nothing_and_read_little() -> None:
    chance = random.Random(3)
    for name, content in SAMPLES:
        short = content[:8000]
        for _ in range(200):
            Watched(mutated(short, chance), chance.choice((0, 100_000, HUGE))).recognised(name)


def test_numbers_of_any_size_in_any_place_raise_nothing() -> None:
    numbers = (0xFFFFFFFF, 0x7FFFFFFF, 0x80000000, 2**63, 2**64 - 1, 1)
    for name, content in SAMPLES:
        for at in range(0, min(len(content), 400), 4):
            for number in numbers:
                length = 8 if number > 0xFFFFFFFF else 4
                raw = bytearray(content)
                raw[at : at + length] = number.to_bytes(length, "little")
                recognising.recognise(bytes(raw), len(raw), name)


@pytest.mark.parametrize("size", [0, 1, 46, 0x7FFFFFFF, 0xFFFFFFFE, 0xFFFFFFFF])
@pytest.mark.parametrize("offset", [0, 5, 0x7FFFFFFF, 0xFFFFFFFE, 0xFFFFFFFF])
def test_a_zip_whose_directory_is_not_where_it_says(size: int, offset: int) -> None:
    raw = bytearray(making.zip_crypto("a.png", making.PNG))
    at = raw.rindex(b"PK\x05\x06")
    struct.pack_into("<II", raw, at + 12, size, offset)
    assert Watched(bytes(raw)).recognised() == ("zip", True), "its first header says so too"


def test_a_zip64_that_points_anywhere() -> None:
    for place in (0, 10, 2**63, 2**64 - 1):
        end = struct.pack("<HHHHIIH", 0, 0, 1, 1, 0xFFFFFFFF, 0xFFFFFFFF, 0)
        locator = b"PK\x06\x07" + struct.pack("<IQI", 0, place, 1)
        raw = making.zipped({"a": b"x"})[:-22] + locator + b"PK\x05\x06" + end
        assert Watched(raw).recognised() == ("zip", False)


@pytest.mark.parametrize("offset", [0, 2**31, 2**63 - 1, 2**63, 2**64 - 1])
@pytest.mark.parametrize("size", [0, 1, 2**63, 2**64 - 1])
def test_a_7z_whose_header_is_not_where_it_says(offset: int, size: int) -> None:
    raw = bytearray(making.real("7z-locked.7z"))
    struct.pack_into("<QQ", raw, 12, offset, size)
    found = Watched(bytes(raw), HUGE).recognised()
    assert found is not None
    assert found.kind == "7z"


def _number(value: int) -> bytes:
    """A number of 7z in its longest form."""
    return b"\xff" + struct.pack("<Q", value)


def _packed_header(packed: bytes, claimed: int, dictionary: int) -> bytes:
    """A 7z whose header is packed with LZMA, and claims to be so large when unpacked."""
    properties = b"\x5d" + struct.pack("<I", dictionary)
    header = b"\x17\x06" + _number(0) + b"\x01\x09" + _number(len(packed)) + b"\0"
    header += b"\x07\x0b\x01\0\x01\x23\x03\x01\x01\x05" + properties
    header += b"\x0c" + _number(claimed) + b"\0\0"
    start = struct.pack("<QQI", len(packed), len(header), 0)
    return b"7z\xbc\xaf\x27\x1c\0\4" + bytes(4) + start + packed + header


def test_a_7z_header_that_unpacks_to_gigabytes_costs_a_few_megabytes() -> None:
    one = {"id": lzma.FILTER_LZMA1, "dict_size": 1 << 16}
    bomb = lzma.compress(b"\x01" + bytes(64 << 20), lzma.FORMAT_RAW, filters=[one])
    content = _packed_header(bomb, 1 << 60, 0xFFFFFFFF)
    tracemalloc.start()
    try:
        assert Watched(content).recognised() == ("7z", False)
        assert tracemalloc.get_traced_memory()[1] < 16 << 20
    finally:
        tracemalloc.stop()
    harmless = lzma.compress(b"\x01" + b"\x24\x06\xf1\x07\x01", lzma.FORMAT_RAW, filters=[one])
    assert Watched(_packed_header(harmless, 6, 1 << 16)).recognised() == ("7z", True)


def test_a_pdf_of_a_gigabyte_without_a_trailer_is_hardly_read() -> None:
    watched = Watched(b"%PDF-1.7\n" + b"startxref 99999999999999 " * 9000, 1 << 30)
    assert watched.recognised("a.pdf") == ("pdf", False)
    assert watched.bytes <= 128 * 1024


def test_a_container_of_a_terabyte_is_hardly_read() -> None:
    for name, content in SAMPLES:
        Watched(content, HUGE).recognised(name)


def test_what_cannot_be_read_is_not_known_to_be_encrypted_and_costs_nothing_else() -> None:
    def fails(offset: int, length: int) -> bytes:
        raise ContentError(READ_FAILED)

    head = making.zipped({f"{n}": making.PNG for n in range(2000)})[:HEAD_BYTES]
    assert recognising.recognise(head, 10 * HEAD_BYTES, "a.zip", fails) == ("zip", False)


def test_a_fault_of_ours_costs_no_digest(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.undo()

    def broken(probe: Probe) -> Container | None:
        raise RuntimeError

    def signatures() -> Iterator[ContainerSignature]:
        yield ContainerSignature(b"PK\x03\x04", "zip", rule=broken)

    monkeypatch.setattr(recognising, "BY_TWO", {b"PK": tuple(signatures())})
    assert by_head(making.zipped({"a": b"x"}), "a.zip") == ("zip", False)
