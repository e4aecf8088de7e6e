"""Files that Windows keeps packed (WOF) are read as their owner sees them."""

import struct
import tracemalloc
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.endings.rows.images import unpacked
from tests.making import ntfs
from tests.making import packed_by_windows as made
from tests.sources.conftest import Open, digest, sha256
from triage.evidence import FileEntry, Hindrance, Storage
from triage.sources import ContentError, Source
from triage.sources.lzx import unpacked as of_lzx
from triage.sources.runs import BytesContent
from triage.sources.unpacking import BAD
from triage.sources.wof import UNKNOWN, Packing, WofContent, packing_in

NOISE = bytes(range(256)) * 40
MIXED = made.text(20_000) + NOISE + made.text(90_001, seed=2)


def _entries(source: Source) -> dict[tuple[str, str], FileEntry]:
    return {(e.path, e.stream): e for v in source.volumes for e in source.walk(v)}


def _volume(path: Path, fill: Callable[[ntfs.Filling], None]) -> Path:
    ntfs.make(path, 24 << 20)
    with ntfs.filling(path) as volume:
        fill(volume)
    return path


def _packing(algorithm: int) -> Packing:
    found = packing_in(struct.pack("<IHH", made.TAG, 16, 0) + made.point(algorithm))
    assert found is not None
    return found


def _read(held: bytes, size: int, algorithm: int = 0) -> bytes:
    return WofContent(BytesContent(held), size, _packing(algorithm)).read_at(0, size)


@pytest.mark.parametrize("algorithm", [0, 2, 3])
@pytest.mark.parametrize("size", [1, 4095, 4096, 4097, 8192, 16384, 65_536, len(MIXED)])
def test_what_is_packed_by_xpress_is_unpacked(algorithm: int, size: int) -> None:
    unit, plain = made.UNITS[algorithm], MIXED[:size]
    held = made.packed(plain, unit)
    assert _read(held, size, algorithm) == plain
    content = WofContent(BytesContent(held), size, _packing(algorithm))
    assert b"".join(bytes(each) for each in content.chunks(5000)) == plain
    for offset in (0, 1, unit - 1, unit, size - 1, size, size + 1, -1):
        expected = plain[offset : offset + 777] if offset >= 0 else b""
        assert content.read_at(offset, 777) == expected


@pytest.mark.parametrize("name", made.LZX)
def test_what_is_packed_by_lzx_is_unpacked(name: str) -> None:
    packed, plain = made.LZX[name]
    assert of_lzx(packed, len(plain)) == plain
    assert _read(packed, len(plain), 1) == plain


def test_a_block_of_lzx_that_is_stored_is_taken_as_it_is_and_behind_it_goes_on() -> None:
    """Two of them: of three bytes, with one behind them that is none, and of two."""

    def stored(data: bytes) -> bytes:
        head = int(f"0110{len(data):016b}".ljust(32, "0"), 2)
        words = struct.pack("<HH", head >> 16, head & 0xFFFF)
        return words + struct.pack("<III", 1, 1, 1) + data + bytes(len(data) % 2)

    assert of_lzx(stored(b"abc") + stored(b"de"), 5) == b"abcde"
    with pytest.raises(ContentError, match=BAD):
        of_lzx(stored(b"abc") + stored(b"de")[:-1], 5)
    with pytest.raises(ContentError, match=BAD):
        of_lzx(stored(b"a") * 99, 99)


def test_files_that_windows_packed_are_listed_and_read_on_ntfs(
    tmp_path: Path, opened: Open
) -> None:
    calls, code = made.LZX["calls"]

    def fill(volume: ntfs.Filling) -> None:
        for algorithm in (0, 2, 3):
            held = made.packed(MIXED, made.UNITS[algorithm])
            made.put(volume, f"/xpress {algorithm}", len(MIXED), held, made.point(algorithm))
        made.put(volume, "/lzx", len(code), calls, made.point(1))
        for number in range(120):
            volume.add_stream("/lzx", f"stream {number}", b"%d" % number)

    source = opened(_volume(tmp_path / "disk", fill))
    found = _entries(source)
    for algorithm in (0, 2, 3):
        entry = found[f"xpress {algorithm}", ""]
        assert (entry.storage, entry.hindrance) == (Storage.FILE_SYSTEM, Hindrance.NONE)
        assert digest(source, entry) == sha256(MIXED)
        assert sha256(source.reread(entry).read_at(0, entry.size)) == sha256(MIXED)
    assert digest(source, found["lzx", ""]) == sha256(code)


def test_what_wimlib_packed_is_what_it_was(tmp_path: Path, opened: Open) -> None:
    source = opened(unpacked(tmp_path, "ntfs-reparse"))
    found = _entries(source)
    for name in ("wof_x4k.bmp", "wof_lzx.bmp"):
        content = source.content(found[name, ""])
        assert content.read_at(0, 2) == b"BM"
        assert content.size == struct.unpack("<I", content.read_at(2, 4))[0]


def test_the_names_of_the_stream_and_the_point_alone_hide_nothing(
    tmp_path: Path, opened: Open
) -> None:
    """Anybody can give a file such a stream, or such a point."""

    def fill(volume: ntfs.Filling) -> None:
        volume.file("/named", NOISE, streams={made.STREAM: b"nothing"})
        volume.file("/pointed", NOISE)
        volume.reparse("/pointed", made.TAG, made.point(0))
        volume.file("/other provider", NOISE, streams={made.STREAM: b"nothing"})
        volume.reparse("/other provider", made.TAG, made.point(0, provider=1))
        volume.file("/cut", NOISE, streams={made.STREAM: b"nothing"})
        volume.reparse("/cut", made.TAG, b"\2")

    source = opened(_volume(tmp_path / "disk", fill))
    found = _entries(source)
    for name in ("named", "pointed", "other provider", "cut"):
        assert digest(source, found[name, ""]) == sha256(NOISE), name


def test_a_way_of_packing_that_is_not_known_is_said(tmp_path: Path, opened: Open) -> None:
    def fill(volume: ntfs.Filling) -> None:
        held = made.packed(MIXED, 4096)
        made.put(volume, "/algorithm", len(MIXED), held, made.point(4))
        made.put(volume, "/version", len(MIXED), held, made.point(0, own_version=2))

    source = opened(_volume(tmp_path / "disk", fill))
    found = _entries(source)
    assert digest(source, found["algorithm", ""]) == digest(source, found["version", ""]) == UNKNOWN


def _lies() -> dict[str, tuple[bytes, int]]:
    plain = made.text(9000)
    held = made.packed(plain, 4096)
    table, data = held[:8], held[8:]
    first, second = struct.unpack("<II", table)
    return {
        "backwards": (struct.pack("<II", second, first) + data, 9000),
        "beyond": (struct.pack("<II", first, 1 << 31) + data, 9000),
        "no bytes": (struct.pack("<II", first, first) + data, 9000),
        "cut": (held[:-500], 9000),
        "only a table": (table, 9000),
        "half a table": (table[:5], 9000),
        "larger": (held, 90_000),
        "very large": (held, 1 << 60),
        "zeros": (bytes(len(held)), 9000),
        "nothing": (b"", 9000),
        "more of it": (struct.pack("<II", first, second) + data + bytes(5000), 9000),
    }


@pytest.mark.parametrize("algorithm", [0, 1, 2, 3])
@pytest.mark.parametrize("lie", _lies())
def test_a_stream_that_lies_is_damaged_and_takes_no_memory(lie: str, algorithm: int) -> None:
    held, size = _lies()[lie]
    tracemalloc.start()
    try:
        with pytest.raises(ContentError, match=BAD):
            WofContent(BytesContent(held), size, _packing(algorithm)).read_at(0, 1 << 20)
        assert tracemalloc.get_traced_memory()[1] < 8 << 20
    finally:
        tracemalloc.stop()


def test_a_file_above_4_gib_has_a_wide_table() -> None:
    size = (1 << 32) + 4096
    count = size // 4096
    unit = made.xpress(made.text(4096))

    class Sparse:
        """A table that says that all units are the same long."""

        size = 8 * (count - 1) + count * len(unit)

        def read_at(self, offset: int, length: int) -> bytes:
            if offset < 8 * (count - 1):
                first = offset // 8 + 1
                return struct.pack(
                    f"<{length // 8}Q", *(len(unit) * n for n in range(first, first + length // 8))
                )
            return unit * (length // len(unit))

        def chunks(self, size: int = 0) -> None:
            raise NotImplementedError

    content = WofContent(Sparse(), size, _packing(0))  # type: ignore[arg-type]
    assert content.read_at(size - 5000, 9000) == (made.text(4096) * 2)[-5000:]


@pytest.mark.parametrize("size", [0, -1, 32_769, 1 << 40])
def test_lzx_unpacks_no_more_than_a_unit(size: int) -> None:
    with pytest.raises(ContentError, match=BAD):
        of_lzx(made.LZX["calls"][0], size)
