"""Known pictures on disks of virtual machines, and in images that lie in archives, are found."""

import hashlib
import subprocess
from pathlib import Path

import pytest

from tests.containers.making import zipped
from tests.disks import ext_volume, gpt_disk, ntfs_volume
from tests.workers import scanning
from triage.bundle.checking.verify import verify
from triage.bundle.format import layout
from triage.bundle.format.reckoning import reckon
from triage.choices import HashSetUse
from triage.ending import Reason
from triage.findings import Outcome
from triage.profile import Limits, MemberLimits, Profile

PICTURES = [b"\xff\xd8\xff\xe0" + bytes([number]) * 70_000 for number in range(3)]
DIGESTS = Profile(name="digests", description="", detectors=(HashSetUse(),))


@pytest.fixture(scope="module")
def disk(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("suspect")
    ntfs_volume(folder / "windows", 20 << 20, {"Users/x/a.jpg": PICTURES[0]})
    gpt_disk(folder / "disk", [folder / "windows"])
    subprocess.run(["qemu-img", "convert", "-O", "vmdk", folder / "disk", folder / "m"], check=True)
    ext_volume(
        folder / "stick", 2 << 20, {"b.jpg": PICTURES[1], "c.zip": zipped({"c.jpg": PICTURES[2]})}
    )
    files = {
        "machine.vmdk": (folder / "m").read_bytes(),
        "old.zip": zipped({"stick.img": (folder / "stick").read_bytes()}),
    }
    ext_volume(folder / "disk.img", 48 << 20, files)
    known = (hashlib.sha256(each).hexdigest() for each in PICTURES)
    (folder / "known.txt").write_text("".join(f"{each}\n" for each in known))
    return folder / "disk.img"


def _scan(disk: Path, out: Path, profile: Profile = DIGESTS) -> scanning.Scanned:
    return scanning.run(disk, out=out, profile=profile, hash_sets=(disk.with_name("known.txt"),))


def test_files_in_images_are_members_however_deep_they_lie(disk: Path, tmp_path: Path) -> None:
    scanned = _scan(disk, tmp_path)
    told = {
        match.provenance["member"]: match.provenance["part_sha256"]
        for line in scanned.lines
        for match in line.result.matches
    }
    assert told == {
        "sector 2048/Users/x/a.jpg": hashlib.sha256(PICTURES[0]).hexdigest(),
        "stick.img » b.jpg": hashlib.sha256(PICTURES[1]).hexdigest(),
        "stick.img » c.zip » c.jpg": hashlib.sha256(PICTURES[2]).hexdigest(),
    }
    assert not reckon(scanned.document).mattering
    assert verify(scanned.bundle).failed is None
    (volume,) = scanned.document.coverage.volumes.values()
    assert {kind: each.entries for kind, each in volume.inside.items()} == {"vmdk": 1, "zip": 1}
    assert "qemu-img convert -O raw" in (scanned.bundle / layout.REPORT).read_text()


def test_the_profiles_depth_holds_and_is_said(disk: Path, tmp_path: Path) -> None:
    limits = Limits(members=MemberLimits(deep=1))
    profile = Profile(name="p", description="", detectors=(HashSetUse(),), limits=limits)
    scanned = _scan(disk, tmp_path, profile)
    line = scanned.line("old.zip")
    assert (line.result.outcome, line.result.matches) == (Outcome.UNREADABLE, ())
    assert "deeper than is looked" in line.result.reason
    assert scanned.line("machine.vmdk").result.matches
    assert {each.reason for each in reckon(scanned.document).mattering} >= {Reason.ENTRY_UNREADABLE}
