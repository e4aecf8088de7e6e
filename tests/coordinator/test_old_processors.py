"""Old processors: all runs on them; a library that does not is left out, and that is said."""

import hashlib
import signal
import sys
from contextlib import ExitStack
from pathlib import Path

import pytest

from tests.demo import photographs
from tests.disks import MIB, fat_volume
from tests.workers import scanning
from tests.workers.scanning import Scanned
from triage.bundle.checking.verify import verify
from triage.choices import ClassifierUse, HashSetUse, NameUse, PerceptualUse, TypeUse
from triage.coordinator import fork_server
from triage.coordinator.desk import Roll
from triage.coordinator.examiners import MOST_FAILED_STARTS, Examiners
from triage.coordinator.listing import open_device
from triage.coordinator.news import LeftOut
from triage.coordinator.pool import TOOK_TOO_LONG, Died, Pool
from triage.devices.attached import identify
from triage.ending import How, Reason
from triage.findings import Outcome
from triage.match_kinds import MatchKind
from triage.profile import Profile
from triage.wire.messages import Role, Setup

ILLEGAL = (sys.executable, "-I", str(Path(__file__).with_name("illegal.py")))
KNOWN, POSING, *_ = photographs()
HEIC = (Path(__file__).parents[1] / "detectors/drawn.heic").read_bytes()
PLAIN = (HashSetUse(), TypeUse(), NameUse(lists=("sample",)))
PICTURES = Profile(
    name="pictures",
    description="all that looks at pictures",
    detectors=(*PLAIN, ClassifierUse(), PerceptualUse()),
)
LOOK_UP = {"KNOWN.JPG": {MatchKind.HASH_SET}, "NOTES.DOC": {MatchKind.TYPE_MISMATCH}}
"""What needs no pixels."""


def scanned(folder: Path, profile: Profile) -> Scanned:
    """A camera's volume, with one known picture, and one that poses as a document."""
    image, listed = folder / "camera.img", folder / "lab.md5"
    files = {"KNOWN.JPG": KNOWN, "NOTES.DOC": POSING, "DRAWN.HEIC": HEIC, "NOTE.TXT": b"milk"}
    fat_volume(image, 8 * MIB, files, bits=12)
    listed.write_text(hashlib.md5(KNOWN, usedforsecurity=False).hexdigest() + "\n")
    done = scanning.run(image, out=folder / "out", profile=profile, hash_sets=(listed,))
    assert verify(done.bundle).failed is None
    return done


def found(done: Scanned) -> dict[str, set[MatchKind]]:
    return {
        finding.entry.path: {match.kind for match in finding.matches}
        for finding in done.document.findings
    }


def left_out(done: Scanned) -> list[str]:
    return [e.where for e in done.document.errors if e.unseen is Reason.DETECTOR_LEFT_OUT]


@pytest.mark.parametrize(
    ("library", "detectors"),
    [("onnxruntime", ["classifier"]), ("cv2", ["classifier", "perceptual"])],
)
def test_a_library_that_does_not_run_here_is_left_out_and_the_rest_is_looked_at(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, library: str, detectors: list[str]
) -> None:
    """It ends the fork server, once ahead of time and once when it is asked for the worker."""
    monkeypatch.setattr(fork_server, "COMMAND", (*ILLEGAL, library))
    done = scanned(tmp_path, PICTURES)
    assert found(done) == LOOK_UP
    assert all(line.result.outcome is not Outcome.NOT_REACHED for line in done.lines)
    assert left_out(done) == detectors
    ending = done.sealed.ending
    assert ending.how is How.NOT_ALL
    (unseen,) = (each for each in ending.unseen if each.reason is Reason.DETECTOR_LEFT_OUT)
    assert unseen.count == len(detectors)
    assert all("SIGILL" in name for name in unseen.named)


@pytest.mark.parametrize(
    ("died", "at_once"),
    [
        (Died(reason="crashed", code=-signal.SIGILL), True),
        (Died(reason=TOOK_TOO_LONG), True),
        (Died(reason="crashed", code=-signal.SIGKILL), False),
    ],
)
def test_one_that_would_end_in_the_same_way_again_is_tried_with_less_at_once(
    tmp_path: Path, died: Died, at_once: bool
) -> None:
    image = tmp_path / "camera.img"
    fat_volume(image, 8 * MIB, {"NOTE.TXT": b"milk"}, bits=12)
    with ExitStack() as held:
        opened = open_device(identify(str(image), "d0"), held)
        pool = held.enter_context(Pool())
        examiners = Examiners(pool, Roll(), wanted=1, entry_seconds=60)
        whole = Profile(name="x", description="x", detectors=(*PLAIN, PerceptualUse()))
        examiners.start(Setup(role=Role.EXAMINE, devices=(opened,), profile=whole))
        heard = [
            list(examiners.hear(pool.workers[-1], died) or ())
            for _ in range(1 if at_once else MOST_FAILED_STARTS)
        ]
        assert heard.pop() == [LeftOut(detector="perceptual", reason=died.reason)]
        assert not any(heard)
        assert pool.workers[-1].setup.profile.detectors == PLAIN


def test_what_is_not_asked_for_is_not_missed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(fork_server, "COMMAND", (*ILLEGAL, "cv2"))
    plain = Profile(name="plain", description="no pixels", detectors=PLAIN)
    done = scanned(tmp_path, plain)
    assert found(done) == LOOK_UP
    assert done.sealed.ending.how is How.COMPLETE


@pytest.mark.parametrize("processor", ["core2duo", "Opteron_G1"])
def test_on_an_old_processor_known_pictures_are_found_and_all_pictures_are_decoded(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, processor: str
) -> None:
    """Its workers run on an emulated one, which has no instruction that the real one lacked. The
    classifier takes a minute there: `make boot-test` has it."""
    emulated = ("qemu-x86_64", "-cpu", processor, *fork_server.COMMAND)
    monkeypatch.setattr(fork_server, "COMMAND", emulated)
    profile = Profile(name="no model", description="x", detectors=(*PLAIN, PerceptualUse()))
    done = scanned(tmp_path, profile)
    assert found(done) == LOOK_UP
    assert not done.document.errors
    assert {line.result.outcome for line in done.lines} == {Outcome.EXAMINED}
    pictures = {line.entry.path for line in done.lines if "pdq" in line.result.digests}
    assert pictures >= {"KNOWN.JPG", "NOTES.DOC"}
