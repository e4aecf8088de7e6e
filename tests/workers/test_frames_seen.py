"""What becomes of a video that could not be gone through in its time, or be read to its end."""

from pathlib import Path

import cv2
import numpy as np

from tests.making import ntfs
from tests.making import packed_by_windows as made
from triage.detectors.item import Item
from triage.detectors.opened_video import NOT_READ
from triage.devices.attached import identify
from triage.devices.opening import open_read_only
from triage.evidence import FileEntry
from triage.findings import FramesSeen, Outcome
from triage.needs import FrameNeeds
from triage.profile import Profile
from triage.sources import Source
from triage.workers.decoding import Decoding
from triage.workers.entry_needs import EntryNeeds
from triage.workers.judgements import Judgements
from triage.workers.look import Look
from triage.workers.outcomes import result_of


def look(seen: FramesSeen | None, *, passed_by: bool) -> Look:
    entry = FileEntry(id=1, volume_id="d0v1", path="a.mp4", size=9)
    item = Item(entry=entry, head=b"", type="video/mp4")
    return Look(item=item, frames_seen=seen, passed_by=passed_by)


def test_a_video_that_was_cut_short_says_so() -> None:
    seen = FramesSeen(count=2, first=0.5, last=1.0, length=600.0, cut_short=True)
    for passed_by in (False, True):
        result = result_of(look(seen, passed_by=passed_by))
        assert (result.outcome, result.frames) == (Outcome.EXAMINED, seen)
        assert result.reason == "looked at as far as the time for one video went"


def test_a_video_that_was_gone_through_says_nothing_of_it() -> None:
    seen = FramesSeen(count=2, first=0.5, last=1.0, length=600.0)
    assert result_of(look(seen, passed_by=False)).reason == ""


def _film(folder: Path) -> bytes:
    path = folder / "film.avi"
    writer = cv2.VideoWriter(str(path), cv2.VideoWriter_fourcc(*"MJPG"), 10, (320, 240))  # type: ignore[attr-defined]
    few = np.random.default_rng(3).integers(0, 255, (12, 12, 3), np.uint8)
    whole = cv2.resize(few, (600, 600))
    for number in range(60):
        writer.write(whole[number : number + 240, 2 * number : 2 * number + 320].copy())
    writer.release()
    return path.read_bytes()


def test_a_video_of_which_a_part_cannot_be_read_is_seen_as_far_as_it_goes_and_says_so(
    tmp_path: Path,
) -> None:
    """Windows keeps it packed, and some of its units are broken."""
    film = _film(tmp_path)
    whole = made.packed(film, 4096)
    places = 4 * (len(film) // 4096)
    broken = whole[: places // 2] + bytes(places // 4) + whole[places // 2 + places // 4 :]
    ntfs.make(tmp_path / "disk", 24 << 20)
    with ntfs.filling(tmp_path / "disk") as filling:
        for name, held in (("/whole.avi", whole), ("/broken.avi", broken)):
            made.put(filling, name, len(film), held, made.point(0))
    device = identify(tmp_path / "disk", "d0")
    source = Source(device, open_read_only(device))
    (volume,) = source.volumes
    entries = {each.path: each for each in source.walk(volume) if not each.stream}
    profile = Profile(name="videos", description="", detectors=())
    decoding = Decoding(EntryNeeds(frames=FrameNeeds()), profile, Judgements())
    said = {}
    for name in ("whole.avi", "broken.avi"):
        seen = Look(item=Item(entry=entries[name], head=film[:65536], type="video/x-msvideo"))
        decoding.frames(source, seen)
        assert seen.frames_seen is not None
        result = result_of(seen)
        said[name] = (result.outcome, result.reason)
    assert said == {
        "whole.avi": (Outcome.EXAMINED, ""), "broken.avi": (Outcome.UNREADABLE, NOT_READ),
    }  # fmt: skip
