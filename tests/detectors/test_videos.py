import itertools
import random
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest

from triage.detectors import videos
from triage.detectors.item import Frame
from triage.detectors.pdq import pdq
from triage.detectors.perceptual import appearance_of
from triage.detectors.pictures import UndecodableError, opencv
from triage.detectors.preview import contact_sheet
from triage.detectors.trial import drawn
from triage.detectors.videos import watch
from triage.hashsets.perceptual import PerceptualIndex

VIDEOS = Path(__file__).parents[2].parent / "shared" / "samples" / "pdq" / "videos"
needs_samples = pytest.mark.skipif(
    not VIDEOS.is_dir(), reason="the published vPDQ samples are not beside the repository"
)


class Bytes:
    """Content in memory."""

    def __init__(self, content: bytes) -> None:
        self.content = content
        self.size = len(content)

    def read_at(self, offset: int, length: int, /) -> bytes:
        return self.content[offset : offset + length]


class Broken(Bytes):
    """Content of which the end cannot be read."""

    def read_at(self, offset: int, length: int, /) -> bytes:
        if offset + length > self.size // 2:
            raise OSError("Input/output error")
        return super().read_at(offset, length)


@pytest.fixture(scope="module")
def drawn_video(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    """Twelve seconds: a drawn picture that moves and brightens, ten frames a second."""
    cv2 = opencv()
    path = tmp_path_factory.mktemp("videos") / "drawn.avi"
    writer = cv2.VideoWriter(str(path), cv2.VideoWriter_fourcc(*"MJPG"), 10, (320, 240))
    whole = drawn(600).pixels
    for number in range(120):
        part = whole[number : number + 240, 2 * number : 2 * number + 320]
        writer.write(np.ascontiguousarray(part))
    writer.release()
    return path.read_bytes()


def outcome(content: Bytes) -> str:
    try:
        watch(content, at_most=3)
    except UndecodableError as error:
        return error.reason
    return "frames"


def test_frames_are_spread_over_the_length(drawn_video: bytes) -> None:
    taken = watch(Bytes(drawn_video), at_most=6).frames
    assert len(taken) >= 5
    at = [frame.at or 0.0 for frame in taken]
    assert at == sorted(at)
    assert at[0] <= 3
    assert at[-1] > 9
    assert all(frame.picture.pixels.shape == (240, 320, 3) for frame in taken)


def test_short_videos_give_few_frames(drawn_video: bytes) -> None:
    assert len(watch(Bytes(drawn_video), at_most=60).frames) <= 13


@pytest.mark.parametrize("seconds", [1, 3])
def test_when_the_time_is_over_there_are_the_frames_so_far(
    drawn_video: bytes, monkeypatch: pytest.MonkeyPatch, seconds: int
) -> None:
    planning = [0] * (1 + 8)
    clock = itertools.chain(planning, itertools.count(1))  # then a second later at each look
    monkeypatch.setattr(videos, "time", SimpleNamespace(monotonic=lambda: next(clock)))
    footage = watch(Bytes(drawn_video), at_most=8, seconds=seconds)
    assert len(footage.frames) == seconds
    assert footage.cut_short


def test_a_video_says_how_long_it_is_and_that_it_was_gone_through(drawn_video: bytes) -> None:
    footage = watch(Bytes(drawn_video), at_most=6)
    assert (footage.length, footage.cut_short) == (12.0, False)


def test_where_not_even_the_places_could_be_found_in_time_that_is_said(
    drawn_video: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    clock = itertools.count()
    monkeypatch.setattr(videos, "time", SimpleNamespace(monotonic=lambda: next(clock)))
    with pytest.raises(UndecodableError, match="in the time that it may take"):
        watch(Bytes(drawn_video), at_most=8, seconds=0.5)


def test_without_any_time_a_video_is_said_to_be_undecodable(drawn_video: bytes) -> None:
    with pytest.raises(UndecodableError):
        watch(Bytes(drawn_video), seconds=-1)


def test_noise_and_cut_videos_are_refused_or_give_frames(drawn_video: bytes) -> None:
    for content in (b"", b"x", random.Random(1).randbytes(50_000), drawn_video[:200]):
        with pytest.raises(UndecodableError):
            watch(Bytes(content))
    assert watch(Bytes(drawn_video[: len(drawn_video) // 2]))


def test_content_that_cannot_be_read_ends_the_video_and_not_the_process(
    drawn_video: bytes,
) -> None:
    assert outcome(Broken(drawn_video)) in {"frames", "video cannot be decoded"}


def test_flipped_bits_give_frames_or_a_reason(drawn_video: bytes) -> None:
    rng = random.Random(4)
    for _ in range(8):
        content = bytearray(drawn_video)
        for _ in range(40):
            content[rng.randrange(len(content) // 2)] ^= 1 << rng.randrange(8)
        assert outcome(Bytes(bytes(content))) in {"frames", "video cannot be decoded"}


def test_contact_sheets_are_small_grey_and_in_order(drawn_video: bytes) -> None:
    taken = watch(Bytes(drawn_video)).frames
    sheet = opencv().imdecode(np.frombuffer(contact_sheet(taken, 240), np.uint8), -1)
    assert sheet.ndim == 2
    assert max(sheet.shape) <= 240
    assert contact_sheet([], 240) == b""


def published(name: str) -> list[tuple[int, bytes]]:
    lines = (VIDEOS / f"{name}.txt").read_text(encoding="utf-8").split()
    return [(int(line.split(",")[1]), bytes.fromhex(line.split(",")[2])) for line in lines]


def names() -> list[str]:
    return sorted(file.stem for file in VIDEOS.glob("*.mp4"))


def every_tenth(name: str) -> Iterator[tuple[int, np.ndarray]]:
    capture = opencv().VideoCapture(str(VIDEOS / f"{name}.mp4"))
    number = 0
    while capture.grab():
        if number % 10 == 0:
            yield number, capture.retrieve()[1]
        number += 1


@needs_samples
def test_frames_have_the_published_hashes(capsys: pytest.CaptureFixture[str]) -> None:
    distances = []
    for name in names():
        expected = published(name)
        for number, pixels in every_tenth(name):
            quality, value = expected[number]
            if quality >= 80:
                ours = pdq(pixels).value
                distances.append((int.from_bytes(ours) ^ int.from_bytes(value)).bit_count())
    within = sum(distance <= 10 for distance in distances) / len(distances)
    with capsys.disabled():
        print(
            f"\n  {len(distances)} frames: {within:.1%} within 10 bits of the published hashes, "
            f"at most {max(distances)}"
        )
    assert within >= 0.95


def taken(name: str) -> tuple[Frame, ...]:
    return watch(Bytes((VIDEOS / f"{name}.mp4").read_bytes())).frames


@needs_samples
def test_variants_match_their_siblings_and_no_others(capsys: pytest.CaptureFixture[str]) -> None:
    """Shares of sampled frames that have a neighbour in the other's published hashes."""
    indexes = {
        name: PerceptualIndex.of_hashes(
            [value for quality, value in published(name) if quality >= 50]
        )
        for name in names()
    }
    for name in names():
        looks = [appearance_of(frame.picture.pixels) for frame in taken(name)]
        queries = [each.queries for each in looks if each]
        shares = {
            other: sum(bool(len(index.search(query).values)) for query in queries) / len(queries)
            for other, index in indexes.items()
        }
        with capsys.disabled():
            print(f"\n  {name}: " + ", ".join(f"{o} {share:.0%}" for o, share in shares.items()))
        for other, share in shares.items():
            sibling = other.partition("-")[0] == name.partition("-")[0]
            bars_only_in_the_set = (name, other) == ("pattern-hd-no-bar", "pattern-sd-grey-bar")
            if sibling and not bars_only_in_the_set:
                assert share >= 0.8
            if not sibling:
                assert share == 0
