"""Scenes of a video that are shorter than the spacing of its frames: which are seen, at what cost.

The films are made here, of drawn pictures: each scene is one that moves.
"""

import itertools
import random
import struct
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

import numpy as np
import pytest

from tests.detectors import films
from tests.detectors.test_videos import Bytes
from triage.detectors import videos
from triage.detectors.fields import keys_at
from triage.detectors.item import Frame, Picture, Pixels
from triage.detectors.opened_video import Shots
from triage.detectors.pictures import UndecodableError, opencv
from triage.detectors.scenes import Scenes, halving
from triage.detectors.videos import Footage, watch
from triage.profile import load

SIDES = (320, 180)
RATE = 25
LONG, SHORT = 60, 1
"""Seconds of the one long scene, and of each short one."""
SHORT_SCENES = 11


def scene(number: int, sides: tuple[int, int] = SIDES) -> Pixels:
    """Large patches of colour, of another kind in each scene; wider than a frame."""
    patches = np.random.default_rng(number).integers(0, 255, (6, 12, 3), dtype=np.uint8)
    wide = (sides[0] + 20, sides[1] + 20)
    large: Pixels = opencv().resize(patches, wide, interpolation=opencv().INTER_CUBIC)
    return large


def part(of: Pixels, step: int, sides: tuple[int, int] = SIDES) -> Pixels:
    """What the camera sees at that step, as it moves on."""
    left = step % 20
    return np.ascontiguousarray(of[step % 20 : step % 20 + sides[1], left : left + sides[0]])


def film(
    folder: Path,
    lengths: Sequence[float],
    *,
    ending: str = "mp4",
    codec: str = "mp4v",
    rate: float = RATE,
    sides: tuple[int, int] = SIDES,
) -> bytes:
    """Scenes of so many seconds, hard cuts between them."""
    cv2 = opencv()
    path = folder / f"scenes.{ending}"
    writer = cv2.VideoWriter(str(path), cv2.CAP_FFMPEG, cv2.VideoWriter_fourcc(*codec), rate, sides)
    assert writer.isOpened()
    for number, seconds in enumerate(lengths):
        whole = scene(number, sides)
        for step in range(round(seconds * rate)):
            writer.write(part(whole, step, sides))
    writer.release()
    return path.read_bytes()


def seen(footage: Footage, count: int) -> set[int]:
    """Which of so many scenes its frames show."""
    wanted = [opencv().resize(part(scene(number), 10), (8, 4)) for number in range(count)]
    shown = [opencv().resize(frame.picture.pixels, (8, 4)) for frame in footage.frames]
    return {
        int(np.argmin([np.abs(each.astype(int) - frame).mean() for each in wanted]))
        for frame in shown
    }


LENGTHS = [LONG] + SHORT_SCENES * [SHORT]


@pytest.fixture(scope="module")
def twelve(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    """One long scene and eleven short ones."""
    return film(tmp_path_factory.mktemp("scenes"), LENGTHS)


def quick(content: bytes, scenes: int | None = None) -> Footage:
    """As the profile of that name takes it."""
    (needs,) = (c.needs.frames for c in load("quick").detectors if c.needs.frames)
    wanted = needs.scenes if scenes is None else scenes
    return watch(Bytes(content), at_most=needs.at_most, seconds=10, scenes=wanted)


def test_of_eleven_short_scenes_behind_a_long_one_quick_sees_nine_at_least(twelve: bytes) -> None:
    """Evenly spread frames alone see two."""
    assert len(seen(quick(twelve, scenes=0), len(LENGTHS))) <= 2
    footage = quick(twelve)
    assert len(seen(footage, len(LENGTHS))) >= 9
    assert not footage.scenes_cut_short


@pytest.mark.parametrize(("ending", "codec"), [("mp4", "mp4v"), ("avi", "MJPG"), ("ts", "mpg2")])
def test_of_a_longer_video_the_key_frames_show_the_scenes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, ending: str, codec: str
) -> None:
    monkeypatch.setattr(videos, "_MOST_PIXELS", 1)
    monkeypatch.setattr(videos, "_all_frames", not_to_be_called)
    content = film(tmp_path, [12] + 5 * [2], ending=ending, codec=codec)
    footage = watch(Bytes(content), at_most=1, scenes=8)
    assert seen(footage, 6) == set(range(6))
    assert not footage.scenes_cut_short


def not_to_be_called(*_: object, **__: object) -> None:
    pytest.fail("the whole video was gone through")


def test_frames_say_why_they_were_taken_and_are_in_the_order_of_time(twelve: bytes) -> None:
    spread = quick(twelve, scenes=0).frames
    assert not any(frame.scene for frame in spread)
    frames = quick(twelve).frames
    assert [frame.at for frame in frames if not frame.scene] == [frame.at for frame in spread]
    assert len([frame for frame in frames if frame.scene]) == 10
    at = [frame.at or 0.0 for frame in frames]
    assert at == sorted(at)


def test_a_video_of_one_scene_gives_no_more_frames(tmp_path: Path) -> None:
    """The hand-held camera of the published film, and a scene that is one for long."""
    for content in (films.film(), film(tmp_path, [20])):
        footage = quick(content)
        assert not any(frame.scene for frame in footage.frames)
        assert not footage.scenes_cut_short


def test_evenly_spread_frames_stay_when_the_time_is_over(
    twelve: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    spread = quick(twelve, scenes=0)
    monkeypatch.setattr(videos, "_OF_TIME", -1)
    footage = quick(twelve)
    assert [frame.at for frame in footage.frames] == [frame.at for frame in spread.frames]
    assert (footage.cut_short, footage.scenes_cut_short) == (False, True)


def test_a_film_that_flickers_at_every_frame_gives_no_more_than_was_asked_for(
    tmp_path: Path,
) -> None:
    """Each frame is another scene; and two by turns are two."""
    lengths = 250 * [1 / RATE]
    footage = watch(Bytes(film(tmp_path, lengths)), at_most=2, scenes=7)
    assert sum(frame.scene for frame in footage.frames) == 7
    assert sum(not frame.scene for frame in footage.frames) == 2


def test_two_scenes_by_turns_are_two() -> None:
    scenes = Scenes([], 10, 64)
    for number in range(50):
        scenes.see(float(number), part(scene(number % 2), number % 3))
    assert [frame.at for frame in scenes.frames] == [0.0, 1.0]


def test_of_more_scenes_than_there_is_room_for_the_least_alike_stay() -> None:
    """A wall that darkens slowly, and in the midst of it something else."""
    taken = [Frame(picture=_grey(0), at=0.0)]
    scenes = Scenes(taken, 3, 64)
    for number in range(1, 11):
        scenes.see(float(number), _grey(20 * number).pixels)
    scenes.see(99.0, part(scene(5), 0))
    levels = sorted(int(frame.picture.pixels.mean()) for frame in scenes.frames if frame.at != 99)
    assert 99.0 in {frame.at for frame in scenes.frames}
    assert len(levels) == 2
    assert levels[1] - levels[0] >= 60


def test_of_two_that_are_alike_the_one_that_is_nearer_to_a_third_gives_way() -> None:
    """Frames that stay are a third, too, and give way to none."""
    other = Picture(pixels=part(scene(9), 0), width=SIDES[0], height=SIDES[1])
    scenes = Scenes([Frame(picture=other, at=0.0)], 2, 64)
    for at, level in enumerate((0, 200, 220), 1):
        scenes.see(float(at), _grey(level).pixels)
    assert [frame.at for frame in scenes.frames] == [1.0, 3.0]


def _grey(level: int) -> Picture:
    pixels = np.full((*SIDES[::-1], 3), level, np.uint8)
    return Picture(pixels=pixels, width=SIDES[0], height=SIDES[1])


def test_a_film_that_is_cut_off_gives_the_scenes_that_are_there(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = film(tmp_path, [4, 1, 1, 4, 1, 1], ending="avi", codec="MJPG")
    half = Bytes(whole[: len(whole) // 2])
    gone_through = watch(half, at_most=2, scenes=8)
    monkeypatch.setattr(videos, "_MOST_PIXELS", 1)
    for footage in (gone_through, watch(half, at_most=2, scenes=8)):
        assert {0, 1, 2} <= seen(footage, 6) <= {0, 1, 2, 3}


def test_flipped_bits_cost_no_evenly_spread_frames(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole, chance = film(tmp_path, [2, 1, 1]), random.Random(2)
    for most in (1, 10**9):
        monkeypatch.setattr(videos, "_MOST_PIXELS", most)
        for _ in range(4):
            content = bytearray(whole)
            for place in chance.sample(range(len(content)), 200):
                content[place] ^= 1 << chance.randrange(8)
            with suppress(UndecodableError):
                alone = watch(Bytes(bytes(content)), at_most=3).frames
                frames = watch(Bytes(bytes(content)), at_most=3, scenes=5).frames
                assert [f.at for f in frames if not f.scene] == [f.at for f in alone]


def test_hours_of_one_still_frame_are_looked_at_in_few_places(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    sides = (64, 48)
    cv2 = opencv()
    path = tmp_path / "hours.avi"
    writer = cv2.VideoWriter(str(path), cv2.CAP_FFMPEG, cv2.VideoWriter_fourcc(*"MJPG"), 1, sides)
    still = part(scene(0, sides), 0, sides)
    for _ in range(2 * 3600):
        writer.write(still)
    writer.release()
    content = path.read_bytes()
    shots = 0

    def counted(*given: object) -> Shots:
        nonlocal shots
        for shot in keys_at(*given):  # type: ignore[arg-type]
            shots += 1
            yield shot

    monkeypatch.setattr(videos, "_MOST_PIXELS", 1)
    monkeypatch.setattr(videos, "keys_at", counted)
    footage = quick(content)
    assert footage.length == 2 * 3600
    assert not any(frame.scene for frame in footage.frames)
    assert 0 < shots <= 1000


def by_opencv(path: Path) -> Pixels:
    """The first frame. By one thread: others would wait for ever for what listens to FFmpeg."""
    cv2 = opencv()
    first: Pixels = cv2.VideoCapture(str(path), cv2.CAP_FFMPEG, [cv2.CAP_PROP_N_THREADS, 1]).read()[
        1
    ]
    return first


def test_a_key_frame_alone_is_what_opencv_decodes_there(tmp_path: Path) -> None:
    path = films.HERE / "video" / "doorknob.mp4"
    (at, alone), *_ = (shot for shot in keys_at(Bytes(path.read_bytes()), (0, 60), 10**7) if shot)
    assert at == 0
    assert np.array_equal(alone, by_opencv(path))


def test_a_camera_that_was_held_upright_has_its_key_frames_turned(tmp_path: Path) -> None:
    """By the matrix of a movie's track (ISO/IEC 14496-12, 8.3.2)."""
    movie = films.film()
    at = movie.index(b"tkhd") + 4 + 4 + 20 + 16
    one = 1 << 16
    assert struct.unpack_from(">3i", movie, at) == (one, 0, 0)
    turned = struct.pack(">9i", 0, one, 0, -one, 0, 0, 0, 0, 1 << 30)
    held = movie[:at] + turned + movie[at + 36 :]
    path = tmp_path / "held.mp4"
    path.write_bytes(held)
    (_, alone), *_ = (shot for shot in keys_at(Bytes(held), (0,), 10**7) if shot)
    upright = by_opencv(path)
    assert upright.shape == (640, 360, 3)
    assert np.array_equal(alone, upright)


@pytest.mark.parametrize(("count", "parts"), [(100, 1), (1000, 7), (9, 8), (0, 1)])
def test_places_are_halved_again_and_again(count: int, parts: int) -> None:
    places = halving(count, parts)
    assert len(places) == parts
    assert sorted(places) == [int(count * (n + 0.5) / parts) for n in range(parts)]
    if parts == 7:
        assert max(abs(a - b) for a, b in itertools.pairwise(sorted([0, *places[:4], count]))) < 400


def test_interlaced_films_and_av1_are_searched_too(tmp_path: Path) -> None:
    contents = (films.interlaced(tmp_path, "ts"), films.ivf(films.av1_units()))
    for content in contents:
        few = watch(Bytes(content), at_most=1)
        footage = watch(Bytes(content), at_most=1, scenes=4)
        assert [f.at for f in footage.frames if not f.scene] == [f.at for f in few.frames]
        assert not footage.scenes_cut_short
