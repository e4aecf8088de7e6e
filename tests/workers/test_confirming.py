"""A finding is read twice, in two ways; what was not read has no digest."""

import hashlib
import os
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from blake3 import blake3
from msgspec.structs import replace

from tests.disks import ext_volume
from tests.scan import failing
from tests.workers import scanning
from triage.choices import ClassifierUse, HashSetUse, TypeUse
from triage.coordinator import fork_server
from triage.detectors.item import Item
from triage.devices.attached import identify
from triage.devices.opening import open_read_only
from triage.evidence import FileEntry, Run
from triage.findings import Match, Outcome, Result
from triage.match_kinds import MatchKind
from triage.profile import Profile
from triage.sources import Source
from triage.workers.look import Look
from triage.workers.outcomes import confirmed

FAILING = (sys.executable, "-I", str(Path(failing.__file__)))
TRUE, OTHER = b"what the file holds " * 900, b"what lies elsewhere " * 900
MATCH = Match(kind=MatchKind.HASH_SET, detector="hash_set", reason="known")


def _sha256(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


@pytest.fixture
def source(tmp_path: Path) -> Iterator[Source]:
    image = tmp_path / "image.dd"
    ext_volume(image, 8 << 20, {"true.bin": TRUE, "other.bin": OTHER})
    device = identify(image, "d0")
    descriptors = open_read_only(device)
    yield Source(device, descriptors)
    for descriptor in descriptors:
        os.close(descriptor)


def _entries(source: Source) -> dict[str, FileEntry]:
    return {entry.path: entry for entry in source.walk(source.volumes[0])}


def _confirmed(source: Source, entry: FileEntry) -> Result:
    return confirmed(source, Look(item=Item(entry=entry, head=b""), matches=(MATCH,)))


def test_a_finding_that_reads_the_same_twice_has_one_digest(source: Source) -> None:
    result = _confirmed(source, _entries(source)["true.bin"])
    assert result.digests["sha256"] == _sha256(TRUE)
    assert result.reread_sha256 == ""


def test_a_finding_has_every_digest_that_labs_compare_by_whatever_it_was_found_by(
    source: Source,
) -> None:
    assert _confirmed(source, _entries(source)["true.bin"]).digests == {
        "blake3": blake3(TRUE).hexdigest(),
        "md5": hashlib.md5(TRUE, usedforsecurity=False).hexdigest(),
        "sha1": hashlib.sha1(TRUE, usedforsecurity=False).hexdigest(),
        "sha256": _sha256(TRUE),
    }


def test_a_finding_that_reads_otherwise_through_the_sleuth_kit_says_so(source: Source) -> None:
    """Its runs were listed wrongly: what was looked at is not what the file holds."""
    entries = _entries(source)
    wrong = replace(entries["true.bin"], runs=entries["other.bin"].runs)
    result = _confirmed(source, wrong)
    assert result.digests["sha256"] == _sha256(OTHER)
    assert result.reread_sha256 == _sha256(TRUE)


def test_a_finding_that_cannot_be_read_again_says_that(source: Source) -> None:
    entry = _entries(source)["true.bin"]
    gone = replace(entry, runs=(Run(1 << 40, entry.size),))
    result = _confirmed(source, gone)
    assert result.outcome is Outcome.UNREADABLE
    assert "sha256" not in result.digests


def test_what_was_read_round_bad_sectors_is_not_known_by_the_digest_of_its_zeros(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The set holds what the content would be if the bad piece were zeros, and what it was."""
    monkeypatch.setattr(fork_server, "COMMAND", FAILING)
    for name, size in (("small.bin", 40_000), ("large.bin", 5_000_000)):
        content = os.urandom(8192) + failing.MARK.ljust(512, b"\0") + os.urandom(size - 8704)
        zeroed = content[:8192] + bytes(4096) + content[12_288:]
        image = tmp_path / f"{name}.img"
        ext_volume(image, 24 << 20, {name: content, "good.bin": b"good" * 999})
        known = tmp_path / f"{name}.txt"
        known.write_text("".join(f"{_sha256(each)}\n" for each in (zeroed, content)))
        profile = Profile(
            name="both",
            description="",
            detectors=(HashSetUse(), TypeUse(), ClassifierUse(threshold=1.0)),
        )
        out = tmp_path / f"{name}.out"
        scanned = scanning.run(image, out=out, profile=profile, hash_sets=(known,))
        line = scanned.line(name)
        assert line.result.outcome is Outcome.UNREADABLE
        assert line.result.digests == {}
        assert not line.finding
        assert [run.length for run in line.result.bad] == [4096]
        assert scanned.line("good.bin").result.digests["sha256"] == _sha256(b"good" * 999)
