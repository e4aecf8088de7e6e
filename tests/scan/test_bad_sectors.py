"""Bad sectors cost what lies in them, and no more; a device that is pulled out ends its part."""

import hashlib
import os
import subprocess
import sys
from pathlib import Path

import cv2
import numpy as np
import pytest

from tests.disks import ext_volume
from tests.scan import cut_off, failing
from tests.workers import scanning
from triage.bundle.checking.verify import verify
from triage.choices import ClassifierUse, HashSetUse, PerceptualUse, TypeUse
from triage.coordinator import fork_server
from triage.findings import Outcome
from triage.profile import Profile
from triage.scan import scan
from triage.scan.events import Event, FindingTold
from triage.scan.gone import GONE
from triage.workers.intake import PARTLY_UNREADABLE

FAILING = (sys.executable, "-I", str(Path(failing.__file__)))


def _picture() -> bytes:
    """A grey ramp with some noise, so that it has many bytes."""
    chance = np.random.default_rng(1)
    pixels = np.linspace(0, 255, 640 * 480).reshape(480, 640)
    noisy = (pixels + chance.normal(0, 20, pixels.shape)).clip(0, 255).astype(np.uint8)
    return bytes(cv2.imencode(".jpg", noisy, [cv2.IMWRITE_JPEG_QUALITY, 95])[1])


def test_a_picture_with_a_bad_sector_is_decoded_round_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(fork_server, "COMMAND", FAILING)
    whole = _picture()
    middle = len(whole) // 2 // 4096 * 4096
    bad = whole[:middle] + failing.MARK.ljust(512, b"\0") + whole[middle + 512 :]
    image = tmp_path / "suspect.img"
    ext_volume(image, 8 << 20, {"bad.jpg": bad, "good.jpg": whole, "text.txt": b"good" * 999})
    profile = Profile(
        name="scores",
        description="",
        detectors=(HashSetUse(), TypeUse(), ClassifierUse(threshold=0.0)),
    )
    scanned = scanning.run(image, out=tmp_path / "out", profile=profile)
    line = scanned.line("bad.jpg")
    assert line.result.outcome is Outcome.UNREADABLE
    assert line.result.reason == "the device could not be read there: looked at in part"
    assert line.result.type == "image/jpeg"
    assert line.finding, "the rest of the picture was not scored"
    (place,) = line.result.bad
    assert place.length == 4096
    assert image.read_bytes()[place.offset :].startswith(failing.MARK)
    assert scanned.document.unread == {"d0v1": (place,)}
    assert scanned.line("good.jpg").result.outcome is Outcome.EXAMINED
    assert scanned.line("text.txt").result.outcome is Outcome.EXAMINED
    assert verify(scanned.bundle).failed is None


def test_a_finding_that_reads_otherwise_the_second_time_says_so(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(fork_server, "COMMAND", FAILING)
    far = b"x" * 150_000  # from what The Sleuth Kit reads along with metadata
    files = {"wavers.txt": far + failing.WAVERS + far, "steady.txt": b"steady" * 99}
    ext_volume(tmp_path / "suspect.img", 8 << 20, files)
    known = tmp_path / "known.txt"
    known.write_text("".join(f"{_sha256(content)}\n" for content in files.values()))
    digests = Profile(name="sets", description="", detectors=(HashSetUse(), TypeUse()))
    scanned = scanning.run(
        tmp_path / "suspect.img", out=tmp_path / "out", profile=digests, hash_sets=(known,)
    )
    findings = {finding.entry.path: finding for finding in scanned.document.findings}
    assert findings.keys() == files.keys()
    assert findings["wavers.txt"].result.reread_sha256 == _sha256(
        failing.wavered(files["wavers.txt"])
    )
    assert findings["wavers.txt"].digests["sha256"] == _sha256(files["wavers.txt"])
    assert findings["steady.txt"].result.reread_sha256 == ""
    assert verify(scanned.bundle).failed is None


def test_what_was_read_round_a_bad_sector_has_no_digest_and_is_no_known_material(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Zeros in the place of what cannot be read are other content: the lab may have its digest."""
    monkeypatch.setattr(fork_server, "COMMAND", FAILING)
    names = ("bad.txt", "bad.jpg")
    profile = Profile(name="pixels", description="", detectors=(HashSetUse(), PerceptualUse()))
    whole = b"\xff\xd8\xff\xe0".ljust(8192, b"a") + failing.MARK.ljust(4096, b"m") + b"z" * 8192
    ext_volume(tmp_path / "suspect.img", 8 << 20, dict.fromkeys(names, whole))
    zeroed = whole[:8192] + bytes(4096) + whole[12288:]
    known = tmp_path / "known.txt"
    known.write_text(f"{_sha256(zeroed)}\n{_sha256(whole)}\n")
    scanned = scanning.run(
        tmp_path / "suspect.img", out=tmp_path / "out", profile=profile, hash_sets=(known,)
    )
    for name in names:
        line = scanned.line(name)
        assert (line.result.outcome, line.result.reason) == (Outcome.UNREADABLE, PARTLY_UNREADABLE)
        assert [run.length for run in line.result.bad] == [4096]
        assert line.result.digests == {}
    assert scanned.sealed.findings == 0


def _sha256(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


@pytest.mark.root
@pytest.mark.skipif(os.geteuid() != 0, reason="needs root: a real block device")
def test_a_device_that_is_pulled_out_ends_its_part(tmp_path: Path) -> None:
    disk, known = cut_off.suspect(tmp_path, files=1500)
    other = tmp_path / "other.img"
    ext_volume(other, 8 << 20, {f"f{n}.txt": b"other %d " % n * 500 for n in range(40)})
    size = disk.stat().st_size
    device = subprocess.run(["losetup", "-f", "--show", "-r", str(disk)], check=True,
                            capture_output=True, text=True).stdout.strip()  # fmt: skip

    def pull_out(event: Event) -> None:
        if isinstance(event, FindingTold) and event.finding.number == 1:
            os.truncate(disk, 0)
            subprocess.run(["blockdev", "--flushbufs", device], check=True)

    try:
        search = scanning.search_of(Path(device), other, out=tmp_path / "out", hash_sets=(known,))
        sealed = scan(search, tell=pull_out)
    finally:
        subprocess.run(["losetup", "-d", device], check=True)
    assert disk.stat().st_size == 0 < size
    scanned = scanning.Scanned(sealed)
    lines = [line for line in scanned.lines if line.entry.volume_id.startswith("d0")]
    assert any(line.result.outcome is Outcome.EXAMINED for line in lines)
    assert any(line.result.reason == GONE for line in lines)
    assert any(GONE in trouble.what for trouble in scanned.document.errors)
    others = [line for line in scanned.lines if line.entry.path.endswith(".txt")]
    assert sum(line.entry.volume_id.startswith("d1") for line in others) == 40
    assert all(
        o.result.outcome is Outcome.EXAMINED for o in others if o.entry.volume_id.startswith("d1")
    )
    assert verify(scanned.bundle).failed is None
