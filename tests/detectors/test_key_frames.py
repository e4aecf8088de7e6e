"""AV1: its units and sequence, a key frame as an AVIF, and videos of which only those are seen."""

import random
from collections.abc import Iterator

import numpy as np
import pytest

from tests.detectors import films
from tests.detectors.test_videos import Bytes, outcome
from triage.detectors import key_frames
from triage.detectors.key_frames import decoded_key_frames
from triage.detectors.pictures import UndecodableError, decode
from triage.detectors.videos import watch
from triage.media import av1
from triage.media.avif import as_avif


def test_a_sequence_says_its_sides_and_colours() -> None:
    sequence = av1.sequence_in(films.av1_units()[0])
    assert sequence is not None
    assert (sequence.width, sequence.height, sequence.bits, sequence.grey) == (640, 360, 8, False)
    assert (sequence.halved_across, sequence.halved_down) == (True, True)


def test_a_key_frame_is_a_picture() -> None:
    unit = films.av1_units()[0]
    sequence = av1.sequence_in(unit)
    assert sequence is not None
    picture = decode(as_avif(unit, sequence), "image/avif", full=True).pixels
    wanted = films.frames()[0]
    assert np.abs(picture.astype(int) - wanted).mean() < 4


def test_the_last_unit_need_not_say_its_size_and_what_is_not_sound_ends_them() -> None:
    sized = b"\x12\x00" + b"\x0a\x02ab"
    assert [kind for kind, _, _ in av1.units(sized + b"\x30xyz")] == [2, 1, 6]
    for bad in (b"\x80\x00", b"\x4a\x00", b"\x12" + b"\xff" * 9, b"\x12"):
        assert list(av1.units(bad)) == []


def test_hostile_units_give_a_sequence_or_none() -> None:
    chance = random.Random(3)
    whole = films.av1_units()[0]
    for _ in range(500):
        unit = bytearray(whole[:60])
        for _ in range(chance.randint(1, 6)):
            unit[chance.randrange(2, 30)] = chance.randrange(256)
        sequence = av1.sequence_in(bytes(unit))
        assert sequence is None or 0 < sequence.width <= 65536
        av1.is_stream(bytes(unit))
        av1.sequence_in(chance.randbytes(30))


@pytest.mark.parametrize("name", sorted(films.AV1))
def test_av1_videos_give_their_key_frames(
    name: str, tmp_path_factory: pytest.TempPathFactory
) -> None:
    content = films.AV1[name](tmp_path_factory.mktemp("av1"))
    footage = watch(Bytes(content))
    assert len(footage.frames) == (1 if name == "av1.mp4" else 4)
    assert all(frame.picture.pixels.std() > 8 for frame in footage.frames)


def test_of_a_video_that_cannot_be_sought_in_it_is_told_where_there_may_be_more(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    content, told = Bytes(films.ivf(films.av1_units())), list[None]()
    cut = lambda: told.append(None)  # noqa: E731
    keys = [each for each in decoded_key_frames(content, (), 10**7, cut) if each]
    assert (len(keys), told) == (4, [])
    monkeypatch.setattr(key_frames, "_MOST_KEYS", 3)
    assert len([each for each in decoded_key_frames(content, (), 10**7, cut) if each]) == 3
    assert len(told) == 1
    monkeypatch.setattr(key_frames, "_LONGEST_WALK", 2)
    list(decoded_key_frames(content, (), 10**7, cut))
    assert len(told) == 2


def damaged(units: tuple[bytes, ...]) -> Iterator[tuple[bytes, ...]]:
    chance = random.Random(5)
    for _ in range(6):
        changed = [bytearray(unit) for unit in units]
        for unit in chance.sample(changed, 8):
            for _ in range(3):
                unit[chance.randrange(len(unit))] ^= 1 << chance.randrange(8)
        yield tuple(map(bytes, changed))
    yield tuple(unit[: len(unit) // 2] for unit in units)
    yield tuple(unit[:2] for unit in units)
    yield units[1:10]


def test_damaged_av1_gives_frames_or_a_reason() -> None:
    told = {outcome(Bytes(films.ivf(units))) for units in damaged(films.av1_units())}
    assert told == {"frames", "video cannot be decoded"}


def test_a_sequence_that_claims_too_many_pixels_is_refused() -> None:
    with pytest.raises(UndecodableError):
        watch(Bytes(films.ivf(films.av1_units())), pixels_limit=1000)
