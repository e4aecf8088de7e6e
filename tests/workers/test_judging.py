"""Exact copies are decoded and scored once, in a group and across groups, with bounded memory."""

from collections.abc import Sequence
from pathlib import Path

import pytest

from tests.demo import photographs
from triage.detectors.in_use import Detectors, InUse
from triage.detectors.item import Item
from triage.devices.attached import identify
from triage.devices.opening import open_read_only
from triage.evidence import FileEntry, SourceKind, Storage
from triage.findings import Match
from triage.match_kinds import MatchKind
from triage.needs import Needs, PixelNeeds
from triage.profile import Profile
from triage.sources import Source
from triage.workers.decoding import Decoding
from triage.workers.entry_needs import needs_of
from triage.workers.intake import Intake
from triage.workers.judgements import Judgement, Judgements
from triage.workers.judging import Judging
from triage.workers.look import Look


class Counting:
    """A detector that matches every picture, and counts them."""

    name = "counting"

    def __init__(self) -> None:
        self.seen = 0

    def matches_of(self, items: Sequence[Item]) -> list[tuple[Match, ...]]:
        self.seen += sum(item.picture is not None for item in items)
        match = Match(kind=MatchKind.CLASSIFIER, detector=self.name, reason="It is a picture.")
        return [(match,) if item.picture is not None else () for item in items]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    one, two = photographs()[:2]
    for name, content in {"a.jpg": one, "b.jpg": one, "c.jpg": two, "d.jpg": one}.items():
        (tmp_path / name).write_bytes(content)
    (tmp_path / "broken1.jpg").write_bytes(b"\xff\xd8\xff\xe0" + bytes(200))
    (tmp_path / "broken2.jpg").write_bytes(b"\xff\xd8\xff\xe0" + bytes(200))
    return tmp_path


def test_copies_are_decoded_once_and_all_are_findings(folder: Path) -> None:
    profile = Profile(name="t", description="t", detectors=())
    counting, judgements = Counting(), Judgements()
    in_use = InUse(detector=counting, needs=Needs(pixels=PixelNeeds()))
    detectors = Detectors(in_use=(in_use,))
    needs = needs_of(detectors, profile)
    decoding = Decoding(needs, profile, judgements)
    intake = Intake(needs, profile, lambda _: "", decoding)
    judging = Judging(
        detectors, profile, judgements, needs=needs, gone=lambda *_: None, known=lambda _: ""
    )
    device = identify(str(folder), "d0")
    assert device.kind is SourceKind.DIRECTORY
    source = Source(device, open_read_only(device))
    entries = [e for e in source.walk(source.volumes[0]) if e.storage is Storage.DIRECTORY]
    groups = [entries[:3], entries[3:]]
    looks: list[Look] = []
    for group in groups:
        taken = [Look(item=Item(entry=entry, head=b"")) for entry in group]
        for look in taken:
            intake.take(source, look)
            intake.decode(source, look)
        judging.judge(taken)
        looks += taken
    by_name = {look.item.entry.path: look for look in looks}
    assert counting.seen == 2
    assert all(len(by_name[f"{name}.jpg"].matches) == 1 for name in "abcd")
    assert all(by_name[f"{name}.jpg"].preview for name in "abcd")
    assert by_name["a.jpg"].preview == by_name["d.jpg"].preview
    assert by_name["broken1.jpg"].trouble == by_name["broken2.jpg"].trouble != ""
    assert all(look.pixels == 0 for look in looks)


def test_so_many_judgements_are_remembered_and_no_more() -> None:
    judgements = Judgements(kept=3)
    for number in range(10):
        judgements.put(bytes([number]), Judgement(trouble=str(number)))
        judgements.get(b"\x00")
    assert len(judgements) == 3
    kept = judgements.get(b"\x09")
    assert kept is not None
    assert kept.trouble == "9"
    assert judgements.get(b"\x00") is not None
    assert judgements.get(b"\x05") is None


def _entry(number: int, at: int, size: int) -> FileEntry:
    from triage.evidence import Run

    return FileEntry(
        id=number, volume_id="v", path=f"{number}", size=size, storage=Storage.RUNS,
        runs=(Run(at, size),),
    )  # fmt: skip


def test_neighbouring_files_are_announced_to_the_device_together(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import os

    from triage.workers.ahead import read_ahead

    image = tmp_path / "disk.img"
    image.write_bytes(bytes(4 << 20))
    device = identify(str(image), "d0")
    source = Source(device, open_read_only(device))
    told: list[tuple[int, int]] = []
    monkeypatch.setattr(os, "posix_fadvise", lambda _fd, at, size, _how: told.append((at, size)))
    entries = [_entry(1, 8192, 100), _entry(2, 0, 4096), _entry(3, 2 << 20, 500_000)]
    read_ahead(source, source.volumes[0].id, entries, lambda entry: min(entry.size, 65536))
    assert told == [(0, 8292), (2 << 20, 65536)]
