"""Files with more streams than The Sleuth Kit can tell apart: every one listed, and exact."""

import struct
from pathlib import Path

import pytest

from tests import disks
from tests.sources.conftest import Open, digest, sha256
from triage.evidence import FileEntry
from triage.sources import Source
from triage.sources.mft_records import fixed_up, pieces_in

NAME = "many/s.txt"


def _streams(count: int, size: int) -> dict[str, bytes]:
    return {f"s{n}": (b"stream %d " % n).ljust(size, b"%d" % (n % 10)) for n in range(count)}


def _volume(path: Path, streams: dict[str, bytes], **options: object) -> None:
    room = (24 << 20) + sum(len(content) + 8192 for content in streams.values())
    own = {(NAME, name): content for name, content in streams.items()}
    disks.ntfs_volume(path, room, {NAME: b"main", "other.txt": b"o" * 9000}, streams=own, **options)  # type: ignore[arg-type]


def _listed(source: Source) -> tuple[dict[str, FileEntry], list[str]]:
    (volume,) = source.volumes
    walk = source.walk(volume)
    entries = [entry for entry in walk if entry.path.endswith("s.txt") and not entry.orphan]
    assert len({entry.stream for entry in entries}) == len(entries)
    return {entry.stream: entry for entry in entries}, walk.caps


@pytest.mark.parametrize(
    ("count", "size"), [(90, 8), (260, 8), (3000, 20), (300, 700), (400, 9000)]
)
def test_every_stream_is_listed_and_is_its_own(
    tmp_path: Path, opened: Open, count: int, size: int
) -> None:
    streams = _streams(count, size)
    _volume(tmp_path / "disk", streams)
    source = opened(tmp_path / "disk")
    entries, caps = _listed(source)
    assert caps == []
    assert set(entries) == {"", *streams}
    assert digest(source, entries[""]) == sha256(b"main")
    assert {name: digest(source, entries[name]) for name in streams} == {
        name: sha256(content) for name, content in streams.items()
    }


def test_so_are_those_of_a_file_that_was_given_up(tmp_path: Path, opened: Open) -> None:
    """Never one stream's bytes under another's name; what was given up with it may be gone."""
    streams = _streams(400, 30)
    _volume(tmp_path / "disk", streams, deleted=[NAME])
    source = opened(tmp_path / "disk")
    entries, _ = _listed(source)
    for name, entry in entries.items():
        if name and entry.size:
            assert digest(source, entry) in (sha256(streams[name]), "there is no content")


def test_clusters_behind_the_valid_data_are_zeros_there_too(tmp_path: Path, opened: Open) -> None:
    streams = {**_streams(300, 40), "long": bytes(range(251)) * 200}
    _volume(tmp_path / "disk", streams)
    disks.ntfs_valid_data(tmp_path / "disk", streams["long"], 10_000)
    source = opened(tmp_path / "disk")
    entries, _ = _listed(source)
    expected = streams["long"][:10_000].ljust(len(streams["long"]), b"\0")
    assert digest(source, entries["long"]) == sha256(expected)


def test_a_torn_record_costs_its_own_streams_and_is_told(tmp_path: Path, opened: Open) -> None:
    streams = _streams(600, 20)
    _volume(tmp_path / "disk", streams)
    raw = bytearray((tmp_path / "disk").read_bytes())
    further = [at for at in _records(raw) if struct.unpack_from("<Q", raw, at + 32)[0]]
    torn = further[len(further) // 2]
    raw[torn + 510] ^= 0xFF
    (tmp_path / "disk").write_bytes(raw)
    source = opened(tmp_path / "disk")
    entries, caps = _listed(source)
    assert any("MFT records" in cap and cap.endswith(": 1") for cap in caps)
    assert len(streams) - 30 < len(entries) < len(streams)
    assert all(digest(source, entries[n]) == sha256(streams[n]) for n in entries if n)


def test_runs_outside_the_volume_are_a_reason(tmp_path: Path, opened: Open) -> None:
    streams = {**_streams(300, 40), "far": b"f" * 9000}
    _volume(tmp_path / "disk", streams)
    raw = bytearray((tmp_path / "disk").read_bytes())
    name = "far".encode("utf-16-le")
    at = next(at for at in _places(raw, name) if raw[at - 64 + 8] == 1 and raw[at + 8] == 0x21)
    raw[at + 10 : at + 12] = b"\xff\x7f"  # the first run's address
    (tmp_path / "disk").write_bytes(raw)
    source = opened(tmp_path / "disk")
    entries, _ = _listed(source)
    assert digest(source, entries["far"]) == "content is shorter than its size"
    assert digest(source, entries["s7"]) == sha256(streams["s7"])


def test_a_file_with_very_many_names_keeps_its_streams(tmp_path: Path, opened: Open) -> None:
    streams = _streams(20, 40)
    links = {f"links/l{n}": NAME for n in range(300)}
    disks.ntfs_volume(
        tmp_path / "disk", 24 << 20, {NAME: b"main", "links/x": b""}, links=links,
        streams={(NAME, name): content for name, content in streams.items()},
    )  # fmt: skip
    source = opened(tmp_path / "disk")
    entries, _ = _listed(source)
    assert {name: digest(source, entry) for name, entry in entries.items() if name} == {
        name: sha256(content) for name, content in streams.items()
    }


def test_a_record_of_noise_is_no_record() -> None:
    record = bytearray(b"FILE" + bytes(1020))
    assert fixed_up(bytes(record)) == b""
    struct.pack_into("<HH", record, 4, 48, 3)
    assert len(fixed_up(bytes(record))) == 1024
    struct.pack_into("<H", record, 20, 56)
    struct.pack_into("<II", record, 56, 0x80, 0x7FFFFFFF)
    assert list(pieces_in(bytes(record))) == []


def _records(raw: bytearray) -> list[int]:
    return [at for at in range(0, len(raw), 1024) if raw[at : at + 4] == b"FILE"]


def _places(raw: bytearray, what: bytes) -> list[int]:
    places, at = [], raw.find(what)
    while at >= 0:
        places.append(at)
        at = raw.find(what, at + 1)
    return places
