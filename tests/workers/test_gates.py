"""A detector with a gate is asked of nothing but what passes it: once a picture, copies too."""

from collections.abc import Sequence
from io import BytesIO
from pathlib import Path

import pytest
from PIL import Image

from tests.demo import photographs
from triage.detectors.in_use import Detectors, InUse
from triage.detectors.item import Item
from triage.devices.attached import identify
from triage.devices.opening import open_read_only
from triage.evidence import FileEntry, Storage
from triage.findings import Match
from triage.match_kinds import MatchKind
from triage.needs import Gate, Needs, PixelNeeds
from triage.parts.decoding import PartDecoding
from triage.parts.matching import PartMatching
from triage.parts.part import Part
from triage.profile import Profile, Thumbnails
from triage.sources import Source
from triage.workers.decoding import Decoding
from triage.workers.entry_needs import needs_of
from triage.workers.intake import Intake
from triage.workers.judgements import Judgements
from triage.workers.judging import Judging
from triage.workers.look import Look

WIDTHS = {Image.open(BytesIO(each)).width: each for each in photographs()}
(NARROW, ONE), *_, (WIDE, TWO) = sorted(WIDTHS.items())
GATE = Gate(score="width", above=0.5)


class Widths:
    """Scores the wider of the two pictures with 0.9, the other with 0.5."""

    name = "width"

    def matches_of(self, items: Sequence[Item]) -> list[tuple[Match, ...]]:
        for item in items:
            if item.picture is not None:
                wide = item.picture.width == WIDE
                item.scores["width"] = 0.9 if wide else GATE.above
        return [()] * len(items)


class Telling:
    """Matches whatever it is asked of, and remembers that."""

    name = "telling"

    def __init__(self) -> None:
        self.asked: list[str] = []

    def matches_of(self, items: Sequence[Item]) -> list[tuple[Match, ...]]:
        self.asked += [item.entry.path for item in items]
        return [(Match(kind=MatchKind.NAME, detector=self.name, reason="x"),) for _ in items]


@pytest.fixture
def judging(tmp_path: Path) -> tuple[Telling, Telling, Detectors]:
    """One that needs pixels and one that does not, behind the same gate."""
    by_pixels, by_name = Telling(), Telling()
    widths = InUse(detector=Widths(), needs=Needs(gives="width", pixels=PixelNeeds()))
    behind = (
        InUse(detector=by_pixels, needs=Needs(gate=GATE, pixels=PixelNeeds()), opened_by="width"),
        InUse(detector=by_name, needs=Needs(gate=GATE, name=True), opened_by="width"),
    )
    for name, content in {
        "a.jpg": ONE, "b.jpg": TWO, "copy of a.jpg": ONE, "copy of b.jpg": TWO, "later a.jpg": ONE,
        "later b.jpg": TWO, "note.txt": b"milk, and then bread",
    }.items():  # fmt: skip
        (tmp_path / name).write_bytes(content)
    return by_pixels, by_name, Detectors(in_use=(widths, *behind))


def looks_at(folder: Path, detectors: Detectors) -> dict[str, Look]:
    """Everything in the folder, in two groups, judged."""
    profile = Profile(name="t", description="t", detectors=())
    needs, judgements = needs_of(detectors, profile), Judgements()
    intake = Intake(needs, profile, lambda _: "", Decoding(needs, profile, judgements))
    judging = Judging(
        detectors, profile, judgements, needs=needs, gone=lambda *_: None, known=lambda _: ""
    )
    device = identify(str(folder), "d0")
    source = Source(device, open_read_only(device))
    entries = [e for e in source.walk(source.volumes[0]) if e.storage is Storage.DIRECTORY]
    done: dict[str, Look] = {}
    for later in (False, True):
        group = [e for e in entries if e.path.startswith("later") is later]
        taken = [Look(item=Item(entry=entry, head=b"")) for entry in group]
        for look in taken:
            intake.take(source, look)
            intake.decode(source, look)
        judging.judge(taken)
        done |= {look.item.entry.path: look for look in taken}
    return done


def test_what_a_gate_keeps_out_is_not_seen_and_nothing_is_said_of_it(
    tmp_path: Path, judging: tuple[Telling, Telling, Detectors]
) -> None:
    by_pixels, by_name, detectors = judging
    done = looks_at(tmp_path, detectors)
    wide = {path for path, look in done.items() if look.item.scores.get("width") == 0.9}
    assert wide == {"b.jpg", "copy of b.jpg", "later b.jpg"}
    assert {path: len(look.matches) for path, look in done.items()} == {
        path: 2 * (path in wide) for path in done
    }
    assert len(by_pixels.asked) == 1, "exact copies are judged once"
    assert set(by_name.asked) == wide
    assert len(by_name.asked) == 3
    assert done["note.txt"].item.scores == {}
    assert all("width" in look.item.scores for path, look in done.items() if "jpg" in path)


def test_a_thumbnail_has_a_gate_of_its_own(
    judging: tuple[Telling, Telling, Detectors],
) -> None:
    by_pixels, _, detectors = judging
    decoding = PartDecoding(PixelNeeds())
    matching = PartMatching(detectors, Thumbnails(), lambda *_: None, decoding)
    entry = FileEntry(id=1, volume_id="v", path="IMG.jpg")
    thumbnails = [Part(kind="EXIF thumbnail", content=each, thumbnail=True) for each in (ONE, TWO)]
    found = matching.promising([(entry, each) for each in thumbnails])
    assert found == [False, True]
    assert len(by_pixels.asked) == 1
