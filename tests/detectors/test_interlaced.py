"""Interlaced videos: OpenCV gives any memory for their frames, and says that all went well."""

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from tests.detectors import films
from tests.detectors.test_videos import Bytes
from triage.detectors import libav
from triage.detectors.fields import fields_at
from triage.detectors.libav import FieldDecoder, LibraryError
from triage.detectors.pdq import pdq
from triage.detectors.pictures import UndecodableError, opencv
from triage.detectors.videos import watch

LIKE = 31
"""Bits."""


def distances(content: bytes) -> list[int]:
    """Of each frame from the nearest that was published."""
    published = [int.from_bytes(value) for value in films.published()]
    hashes = (int.from_bytes(pdq(f.picture.pixels).value) for f in watch(Bytes(content)).frames)
    return [min((each ^ other).bit_count() for other in published) for each in hashes]


def near_enough(near: list[int]) -> bool:
    """Whether the frames are the film's: all but those where a hand is before the lens."""
    return sum(each <= LIKE for each in near) >= max(1, 0.8 * len(near))


def test_opencv_still_says_that_all_went_well(tmp_path: Path) -> None:
    """Where it does not any more, `libav.py` can go."""
    path = tmp_path / "a.m2v"
    path.write_bytes(films.interlaced(tmp_path, "m2v"))
    done, pixels = opencv().VideoCapture(str(path)).read()
    assert done
    published = [int.from_bytes(value) for value in films.published()]
    given = int.from_bytes(pdq(pixels).value)
    assert min((given ^ other).bit_count() for other in published) > LIKE


@pytest.mark.parametrize("ending", films.INTERLACED)
def test_interlaced_videos_are_seen_as_they_are(ending: str, tmp_path: Path) -> None:
    assert near_enough(distances(films.interlaced(tmp_path, ending)))


@pytest.mark.parametrize(("ending", "codec"), [("dv", "dvsd"), ("mov", "dvcp"), ("mxf", "dvsd")])
def test_what_camcorders_record_is_seen_as_it_is(ending: str, codec: str, tmp_path: Path) -> None:
    assert near_enough(distances(films.coded_anew(tmp_path, ending, codec)))


def decoder(sign: bytes = b"mpg2") -> FieldDecoder:
    return FieldDecoder(int.from_bytes(sign, "little"), (352, 288), b"")


def test_of_each_frame_one_field_is_seen_at_the_height_of_both(tmp_path: Path) -> None:
    content = Bytes(combed(tmp_path))
    (at, pixels), *_ = filter(None, fields_at(content, (), 10**6))
    assert at == 0
    assert pixels.shape == (288, 352, 3)
    assert pixels.max() < 60


def combed(folder: Path) -> bytes:
    """A frame whose first field is black and whose second is white."""
    cv2 = opencv()
    frame = np.zeros((288, 352, 3), np.uint8)
    frame[1::2] = 255
    path = folder / "comb.avi"
    writer = cv2.VideoWriter(str(path), cv2.CAP_FFMPEG, cv2.VideoWriter_fourcc(*"HFYU"), 10,
                             (352, 288))  # fmt: skip
    writer.write(frame)
    writer.release()
    return path.read_bytes()


def test_hostile_packets_give_pictures_or_nothing() -> None:
    chance = np.random.default_rng(2)
    for sign in (b"mpg2", b"h264", b"dvsd", b"HEVC", b"mp4v"):
        fields = decoder(sign)
        for size in (1, 7, 100, 5000):
            for _ in range(10):
                packet = chance.integers(0, 256, size, np.uint8).tobytes()
                assert all(each.ndim == 3 for each in fields.decoded(packet, 10**6))
        assert all(each.ndim == 3 for each in fields.decoded(b"", 10**6))
        fields.forget()
        fields.close()


def test_a_frame_of_more_pixels_than_the_limit_is_not_converted(tmp_path: Path) -> None:
    content = films.interlaced(tmp_path, "ts")
    with pytest.raises(UndecodableError):
        watch(Bytes(content), pixels_limit=1000)


def test_a_codec_that_there_is_not_is_refused() -> None:
    with pytest.raises(ValueError, match="no decoder"):
        decoder(b"zzzz")
    with pytest.raises(ValueError, match="does not open"):
        decoder(b"WVC1")  # without what its container has of it


def test_another_ffmpeg_beside_opencv_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing is decoded by it, and that is said."""
    monkeypatch.setattr(libav, "_MAJOR", {"avutil": 99})
    libav.libav.cache_clear()
    try:
        with pytest.raises(LibraryError) as refused:
            watch(Bytes(films.film()))
    finally:
        libav.libav.cache_clear()
    assert "not decoded by the FFmpeg of this installation" in refused.value.reason


def test_whoever_listened_once_is_never_let_go_of_while_ffmpeg_may_call_it() -> None:
    code = """
import gc
from triage.detectors import libav
libav.libav().listen()
libav.libav.cache_clear()
gc.collect()
junk = [bytes(range(256)) * 64 for _ in range(2000)]
from triage.detectors.pictures import opencv
opencv().VideoWriter("/nowhere/at/all.avi", opencv().VideoWriter_fourcc(*"MJPG"), 10, (64, 64))
libav._GIVEN_AWAY[0](None, 0, b"said", None)
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, check=False)
    assert done.returncode == 0, done.stderr
