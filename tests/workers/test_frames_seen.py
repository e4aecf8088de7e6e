"""What becomes of a video that could not be gone through in its time."""

from triage.detectors.item import Item
from triage.evidence import FileEntry
from triage.findings import FramesSeen, Outcome
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
