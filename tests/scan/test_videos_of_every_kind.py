"""One film in every container and codec, in a real scan: each is found, or said not to be seen."""

import struct
from collections import Counter

import pytest

from tests.detectors import films
from tests.disks import MIB, ext_volume
from tests.workers import scanning
from tests.workers.scanning import Scanned
from triage.bundle.checking.verify import verify
from triage.choices import HashSetUse, PerceptualUse, TypeUse, VideoUse
from triage.ending import Reason
from triage.findings import Outcome
from triage.match_kinds import MatchKind
from triage.profile import Limits, Profile

PROFILE = Profile(
    name="videos",
    description="frames of videos",
    detectors=(HashSetUse(), TypeUse(), PerceptualUse(), VideoUse(frames=6, time="10 h")),
    limits=Limits(entry_time="10 h"),
)
UNREADABLE = Outcome.UNREADABLE


def of_codec(sign: bytes) -> bytes:
    """The film, said to be of another codec."""
    return films.film().replace(b"avc1\0\0\0\0", sign + b"\0\0\0\0")


def segment() -> bytes:
    """A part of a stream, without what it needs to be decoded."""
    header = films.box(b"mfhd", bytes(7) + b"\1")
    return films.box(b"moof", header) + films.box(b"mdat", bytes(5000))


def noise_in_packets() -> bytes:
    """A transport stream whose packets are whole, and whose content is nothing."""
    packets = []
    for number in range(500):
        head = bytes((0x47, 0x41, 0x11, 0x10 | number & 15))
        packets.append((head + b"\x00\x00\x01\xe0").ljust(188, bytes((number & 255,))))
    return b"".join(packets)


def endless_length() -> bytes:
    """MXF whose header claims 2^63 bytes."""
    key = bytes.fromhex("060e2b34020501010d01020101020400")
    return key + b"\x88" + b"\x80" + bytes(7) + b"\x00\x01\x00\x03" + bytes(4000)


def countless(movie: bytes) -> bytes:
    """AVI that claims 2^31 frames and more, in each of its headers."""
    main, stream = movie.index(b"avih") + 8 + 16, movie.index(b"strh") + 8 + 32
    changed = bytearray(movie)
    for at in (main, stream):
        struct.pack_into("<I", changed, at, 0x80000001)
    return bytes(changed)


WITHOUT_FRAMES = {
    "avs3.mp4": (of_codec(b"avs3"), "video of a codec that is not decoded: AVS3"),
    "evc.mp4": (of_codec(b"evc1"), "video of a codec that is not decoded: EVC"),
    "locked.mp4": (of_codec(b"encv"), "video is encrypted"),
    "nobody's.mp4": (of_codec(b"zzzz"), "video cannot be decoded"),
    "segment.m4s": (segment(), "video cannot be decoded"),
    "cut.mp4": (films.film()[:900], "video cannot be decoded"),
    "noise.ts": (noise_in_packets(), "video cannot be decoded"),
    "endless.mxf": (endless_length(), "video cannot be decoded"),
    "empty.nut": (b"nut/multimedia container\0" + bytes(5000), "video cannot be decoded"),
    "empty.rm": (b".RMF\0\0\0\x12" + bytes(5000), "video cannot be decoded"),
}


@pytest.fixture(scope="module")
def scanned(tmp_path_factory: pytest.TempPathFactory) -> Scanned:
    folder = tmp_path_factory.mktemp("kinds")
    made = films.all_films(folder)
    files = made | {name: content for name, (content, _) in WITHOUT_FRAMES.items()}
    files["countless.avi"] = countless(made["MJPG.avi"])
    files["sound.mp4"] = films.film().replace(b"\0\0\0\0vide", b"\0\0\0\0soun")
    files["sound, moov last.mp4"] = films.moved(files["sound.mp4"], b"ftyp", b"mdat", b"moov")
    files["music.m4a"] = films.branded(films.film(), b"M4A ")
    ext_volume(folder / "disk.img", 192 * MIB, files)
    lines = films.PUBLISHED.read_text(encoding="utf-8")
    (folder / "vpdq.txt").write_text(lines, encoding="utf-8")
    return scanning.run(
        folder / "disk.img", out=folder / "out", profile=PROFILE, hash_sets=(folder / "vpdq.txt",)
    )


def test_every_film_is_found_by_the_published_list(scanned: Scanned) -> None:
    told = {
        line.entry.path: MatchKind.PERCEPTUAL in {match.kind for match in line.result.matches}
        for line in scanned.lines
        if line.entry.path in NAMES
    }
    assert len(told) == len(NAMES) >= 69
    assert [path for path, found in told.items() if not found] == []


def test_no_video_is_examined_in_silence(scanned: Scanned) -> None:
    for line in scanned.lines:
        seen, outcome = line.result.frames, line.result.outcome
        if line.entry.path in WITHOUT_FRAMES:
            assert (outcome, line.result.reason) == (
                UNREADABLE, WITHOUT_FRAMES[line.entry.path][1]
            ), line.entry.path  # fmt: skip
            assert seen is None
        elif line.entry.path.startswith("sound"):
            assert (outcome, seen) == (Outcome.EXAMINED, None)
        elif line.entry.path in {*NAMES, "countless.avi", "music.m4a"}:
            assert outcome is Outcome.EXAMINED, line.entry.path
            assert seen is not None, line.entry.path
            assert 1 <= seen.count - len(seen.scenes) <= 6
            assert 0 <= seen.first <= seen.last < 6
            assert not seen.cut_short
    assert verify(scanned.bundle).failed is None


def test_a_name_of_sound_hides_no_video(scanned: Scanned) -> None:
    line = scanned.line("music.m4a")
    assert line.result.type == "video/mp4"
    assert MatchKind.PERCEPTUAL in {match.kind for match in line.result.matches}


def test_a_name_that_claims_something_else_is_a_mismatch(scanned: Scanned) -> None:
    kinds = {match.kind for match in scanned.line("renamed.dat").result.matches}
    assert kinds == {MatchKind.PERCEPTUAL, MatchKind.TYPE_MISMATCH}


def test_how_the_scan_ended_says_why_videos_were_not_seen(scanned: Scanned) -> None:
    ending = scanned.document.ending
    assert ending is not None
    (unseen,) = (each for each in ending.unseen if each.reason is Reason.ENTRY_UNREADABLE)
    assert unseen.count == len(WITHOUT_FRAMES)
    whys = Counter(reason for _, reason in WITHOUT_FRAMES.values())
    assert set(unseen.named) == {f"{why}: {number}" for why, number in whys.items()}
    assert unseen.named[0] == "video cannot be decoded: 7"


def test_the_report_says_how_much_of_a_video_was_seen(scanned: Scanned) -> None:
    text = (scanned.bundle / "report.html").read_text(encoding="utf-8")
    assert "frames seen, from 0:0" in text
    assert "video of a codec that is not decoded: AVS3" in text


NAMES = frozenset(
    [f"brand {brand.decode()}.mp4" for brand in films.BRANDS]
    + [f"{codec.strip()}.{ending}" for ending, codec in films.ANEW]
    + [f"interlaced.{ending}" for ending in films.INTERLACED]
    + [f"avc.{ending}" for ending in films.PACKED]
    + [*films.LAYOUTS, *films.AV1]
)
"""Of all films."""
