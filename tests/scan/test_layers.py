"""A layer and a tree that were added in a file each take part in a whole scan, workers and all."""

import hashlib
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest

from cli.resume import search_again
from tests import disks
from tests.demo import photographs
from tests.scan import cut_off, failing
from tests.sources.toys import blobs, dying, worker, xored
from tests.workers import scanning
from triage.bundle.checking.verify import verify
from triage.bundle.format.document import Finding
from triage.choices import HashSetUse
from triage.coordinator import fork_server
from triage.ending import How
from triage.evidence import Storage, Volume, VolumeState
from triage.findings import Outcome
from triage.profile import Profile
from triage.scan import Earlier, scan
from triage.scan.events import Event, FindingTold, Resumed
from triage.sources import stack

TOYS = (sys.executable, "-I", str(Path(worker.__file__)))
KEY, OTHER_KEY = 0x5A, 0xC3
ONE, TWO, THREE, FOUR, FIVE, SIX = photographs()[:6]
JPEG = next(photo for photo in photographs() if photo.startswith(b"\xff\xd8"))
BAD_AT = len(JPEG) // 2 // 4096 * 4096
BAD = (
    JPEG[:BAD_AT]
    + bytes(byte ^ KEY for byte in failing.MARK.ljust(512, b"\0"))
    + JPEG[BAD_AT + 512 :]
)
"""What bears the mark of a bad sector once it lies below the layer."""
TEXTS = {f"texts/{number:03}.txt": b"%d " % number * 999 for number in range(300)}


@dataclass(frozen=True, slots=True)
class Suspect:
    """A disk, and a list of what is known of it."""

    disk: Path
    known: Path


@pytest.fixture(scope="module")
def suspect(tmp_path_factory: pytest.TempPathFactory) -> Suspect:
    """ext4; ext4 below the layer; blobs; and below the layer a disk of its own, with blobs and with
    ext4 below the layer once more."""
    folder = tmp_path_factory.mktemp("layers")
    parts = [folder / name for name in ("plain", "xored", "blobs", "disk", "inner", "innermost")]
    plain, xor, named, disk, inner, innermost = parts
    disks.ext_volume(plain, 8 << 20, {"one.jpg": ONE})
    disks.ext_volume(xor, 16 << 20, {"pics/two.jpg": TWO, "bad.jpg": BAD, **TEXTS})
    xor.write_bytes(xored.make(xor.read_bytes(), KEY))
    named.write_bytes(blobs.make({"a/three.jpg": THREE, "a/four.jpg": FOUR}, 4 << 20,
                                 packed=["a/four.jpg"]))  # fmt: skip
    inner.write_bytes(blobs.make({"five.jpg": FIVE}, 4 << 20))
    disks.ext_volume(innermost, 8 << 20, {"six.jpg": SIX})
    innermost.write_bytes(xored.make(innermost.read_bytes(), OTHER_KEY))
    disks.gpt_disk(disk, [inner, innermost])
    disk.write_bytes(xored.make(disk.read_bytes(), KEY))
    disks.gpt_disk(folder / "suspect.img", [plain, xor, named, disk])
    known = folder / "known.txt"
    contents = (ONE, TWO, THREE, FOUR, FIVE, SIX, TEXTS["texts/250.txt"])
    known.write_text("".join(f"{hashlib.sha256(content).hexdigest()}\n" for content in contents))
    return Suspect(folder / "suspect.img", known)


@pytest.fixture(autouse=True)
def toys(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fork_server, "COMMAND", TOYS)


@pytest.fixture(scope="module")
def scanned(suspect: Suspect, tmp_path_factory: pytest.TempPathFactory) -> scanning.Scanned:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(fork_server, "COMMAND", TOYS)
        out = tmp_path_factory.mktemp("out")
        return scanning.run(suspect.disk, out=out, hash_sets=(suspect.known,))


def _of(scanned: scanning.Scanned) -> dict[str, tuple[Finding, Volume]]:
    """Findings by path, with their volumes."""
    volumes = {volume.id: volume for volume in scanned.document.volumes}
    return {f.entry.path: (f, volumes[f.entry.volume_id]) for f in scanned.document.findings}


def test_known_pictures_are_found_inside_layers_and_trees(scanned: scanning.Scanned) -> None:
    found = _of(scanned)
    assert {path: volume.layer for path, (_, volume) in found.items()} == {
        "one.jpg": "",
        "pics/two.jpg": "xored",
        "texts/250.txt": "xored",
        "a/three.jpg": "",
        "a/four.jpg": "",
        "five.jpg": "xored",
        "six.jpg": "xored",
    }
    assert not any(finding.result.reread_sha256 for finding, _ in found.values())
    assert found["six.jpg"][1].id.count(".") == 2, "a layer in a partition of what a layer gives"
    assert found["a/four.jpg"][0].entry.storage is Storage.FILE_SYSTEM
    assert verify(scanned.bundle).failed is None


def test_digests_alone_find_the_same(
    scanned: scanning.Scanned, suspect: Suspect, tmp_path: Path
) -> None:
    profile = Profile(name="sets", description="", detectors=(HashSetUse(),))
    sets = scanning.run(suspect.disk, out=tmp_path, profile=profile, hash_sets=(suspect.known,))
    assert _of(sets).keys() == _of(scanned).keys()
    assert sets.document.unread == scanned.document.unread


def test_volumes_inside_no_other_fill_the_device_and_those_inside_fill_their_layer(
    scanned: scanning.Scanned, suspect: Suspect
) -> None:
    volumes = scanned.document.volumes
    outside = [volume for volume in volumes if not volume.inside]
    assert sum(volume.size for volume in outside) == suspect.disk.stat().st_size
    containers = {volume.id: volume for volume in volumes if volume.state is VolumeState.CONTAINER}
    assert {volume.inside for volume in volumes} - {""} == containers.keys()
    for container in containers.values():
        assert container.reason == "", "it is not said any more why it could not be read"
        inside = [volume for volume in volumes if volume.inside == container.id]
        assert sum(volume.size for volume in inside) <= container.size - xored.HEADER
        assert [v.offset for v in inside[1:]] == [v.offset + v.size for v in inside[:-1]]
    report = (scanned.bundle / "report.html").read_text()
    assert f"{suspect.disk.stat().st_size:,}" in report


def test_runs_are_in_the_volumes_bytes_and_lead_to_the_device(
    scanned: scanning.Scanned, suspect: Suspect
) -> None:
    contents = {"one.jpg": (ONE, 0), "pics/two.jpg": (TWO, KEY), "a/three.jpg": (THREE, 0),
                "five.jpg": (FIVE, KEY), "six.jpg": (SIX, KEY ^ OTHER_KEY)}  # fmt: skip
    found, raw = _of(scanned), suspect.disk.read_bytes()
    for path, (content, key) in contents.items():
        finding, volume = found[path]
        place = volume.begins_at + finding.entry.position
        assert bytes(b ^ key for b in raw[place : place + 4096]) == content[:4096], path


def test_a_bad_sector_below_a_layer_costs_what_lies_in_it(
    scanned: scanning.Scanned, suspect: Suspect
) -> None:
    line = scanned.line("bad.jpg")
    assert line.result.outcome is Outcome.UNREADABLE
    assert line.result.reason == "the device could not be read there: looked at in part"
    assert line.result.type == "image/jpeg"
    (place,) = line.result.bad
    volume = next(v for v in scanned.document.volumes if v.id == line.entry.volume_id)
    assert place.length == 4096
    on_device = volume.begins_at + place.offset
    assert on_device % 4096 == 0, "what is tried one by one is aligned as the device is"
    assert failing.MARK in suspect.disk.read_bytes()[on_device : on_device + 4096]
    assert scanned.document.unread == {line.entry.volume_id: (place,)}


def test_a_layer_whose_reader_crashes_costs_what_is_in_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    command = (sys.executable, "-I", str(Path(dying.__file__)))
    monkeypatch.setattr(fork_server, "COMMAND", command)
    (tmp_path / "crashing").write_bytes(dying.MAGIC.ljust(1 << 20, b"\1"))
    disks.ext_volume(tmp_path / "plain", 8 << 20, {"one.jpg": ONE})
    disks.gpt_disk(tmp_path / "disk", [tmp_path / "crashing", tmp_path / "plain"])
    scanned = scanning.run(tmp_path / "disk", out=tmp_path / "out")
    assert scanned.line("one.jpg").result.outcome is Outcome.EXAMINED
    (named,) = [each for each in scanned.document.volumes if each.file_system == "crashing"]
    assert (named.state, named.reason) == (VolumeState.UNSUPPORTED, stack.NOT_OPENED)
    assert scanned.sealed.ending.how is How.NOT_ALL


def test_a_scan_that_was_cut_off_inside_a_layer_is_gone_on_with(
    suspect: Suspect, tmp_path: Path
) -> None:
    told: list[Event] = []

    def wants_stop() -> bool:
        if any(isinstance(event, FindingTold) for event in told):
            raise KeyboardInterrupt
        return False

    search = scanning.search_of(suspect.disk, out=tmp_path, hash_sets=(suspect.known,))
    with pytest.raises(KeyboardInterrupt):
        scan(search, tell=told.append, wants_stop=wants_stop)
    earlier = Earlier(cut_off.bundle_in(tmp_path))
    again: list[Event] = []
    sealed = scan(search_again(earlier), tell=again.append, earlier=earlier)
    (resumed,) = [event for event in again if isinstance(event, Resumed)]
    assert resumed.carried_entries
    lines = scanning.lines_of(Path(sealed.bundle))
    assert len({line.entry.id for line in lines}) == len(lines)
    assert sealed.findings == 7
    assert verify(Path(sealed.bundle)).failed is None
