"""The torture disk is scanned to its end: good files found, bad ones outcomes, nothing swells."""

import json
import os
from dataclasses import dataclass
from hashlib import file_digest, sha256
from pathlib import Path

import pytest

from cli.console import untrusted
from tests import fetched
from tests.bench.measure import Sampler, family, memory
from tests.conftest import Seek
from tests.torture import disk
from tests.workers import scanning
from triage.bundle.checking.verify import verify
from triage.bundle.format.document import Document
from triage.bundle.format.entries import EntryLine
from triage.choices import ClassifierUse, HashSetUse, NameUse, TypeUse
from triage.findings import Outcome
from triage.profile import Limits, Profile

PROFILE = Profile(
    name="torture",
    description="everything",
    detectors=(
        HashSetUse(),
        TypeUse(),
        NameUse(lists=("sample",)),
        ClassifierUse(),
    ),
    limits=Limits(entry_time="10 h"),
)
MOST_MEMORY = 2 * 1024**3
NOTABLE = (0, 7, 255, 256, 257, 1999, 2999)
"""Numbers of streams whose content the hash set knows."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Tortured:
    """The scan of the whole disk, read once."""

    bundle: Path
    partial: str
    document: Document
    lines: list[EntryLine]
    before: str
    after: str
    """Digest of the disk."""
    peak: int
    """Bytes of memory of all processes of the scan at the same moment, this one's own beside it."""

    def line(self, path: str) -> EntryLine:
        return next(each for each in self.lines if each.entry.path == path)


@pytest.fixture(scope="module")
def scanned(tmp_path_factory: pytest.TempPathFactory) -> Tortured:
    folder = tmp_path_factory.mktemp("torture")
    image = disk.make(folder)
    known = folder.parent / "notable.txt"
    known.write_text("".join(sha256(disk.stream_of(n)).hexdigest() + "\n" for n in NOTABLE))
    before, own = _digest(image), sum(map(memory, family(os.getpid())))
    sampler = Sampler(os.getpid())
    done = scanning.run(image, out=folder / "out", profile=PROFILE, hash_sets=(known,))
    peak = sampler.stop() - own
    return Tortured(
        bundle=done.bundle,
        partial=done.sealed.partial,
        document=done.document,
        lines=done.lines,
        before=before,
        after=_digest(image),
        peak=peak,
    )


def _digest(image: Path) -> str:
    with image.open("rb") as file:
        return file_digest(file, "sha256").hexdigest()


def test_it_ends_with_a_valid_bundle_and_nothing_beside_it(scanned: Tortured) -> None:
    assert scanned.partial == ""
    assert verify(scanned.bundle).failed is None
    assert [each.name for each in scanned.bundle.parent.iterdir()] == [scanned.bundle.name]
    assert sorted(each.name for each in scanned.bundle.parent.parent.iterdir()) == [
        "out", "torture.img"]  # fmt: skip
    assert scanned.before == scanned.after


def test_what_each_finding_holds_is_taken_out_or_it_is_said_why_not(
    scanned: Tortured, seek: Seek, tmp_path: Path
) -> None:
    out, image = tmp_path / "out", scanned.bundle.parent.parent / "torture.img"
    done = seek("extract", scanned.bundle, "--all", "--source", image, "--out", out)
    assert done.returncode in (0, 3), done.stderr
    listed = json.loads((out / "extracted.json").read_bytes())["files"]
    wanted = {line.found.number: line.result.digests["sha256"]
              for line in scanned.lines if line.found}  # fmt: skip
    assert {each["finding"] for each in listed} == wanted.keys()
    for each in listed:
        assert each.get("trouble") or _digest(out / each["file"]) == each["sha256"]
        if "part" not in each and "file" in each:
            assert each["sha256"] == wanted[each["finding"]]
    assert sum("file" in each for each in listed) > 0.9 * len(listed)


def test_every_good_file_is_examined(scanned: Tortured) -> None:
    """On every volume but the one whose MFT was torn, and there as far as its records are whole."""
    by_volume: dict[str, set[str]] = {}
    for line in scanned.lines:
        if line.result.outcome is Outcome.EXAMINED and not line.entry.stream:
            by_volume.setdefault(line.entry.volume_id, set()).add(line.entry.path.lower())
    sound = [volume for volume, paths in by_volume.items() if set(disk.GOOD) <= paths]
    assert len(sound) == 6, {volume: len(paths) for volume, paths in by_volume.items()}


def test_every_entry_that_is_not_examined_says_why(scanned: Tortured) -> None:
    assert all(
        line.result.reason for line in scanned.lines if line.result.outcome is not Outcome.EXAMINED
    )
    lines = {line.entry.path: line for line in scanned.lines}
    bombs = {path: line for path, line in lines.items() if path.startswith("bombs/")}
    for name in ("30000x30000.png", "claims.png"):
        assert bombs[f"bombs/{name}"].result.outcome is Outcome.UNREADABLE
        assert bombs[f"bombs/{name}"].result.reason == "picture claims more pixels than the limit"
    died = [line for line in scanned.lines if "crashed the reader" in line.result.reason]
    assert died == []


def test_two_hundred_thousand_streams_are_read_each_its_own(scanned: Tortured) -> None:
    """Those that the hash set knows are found in every file, and no other."""
    volume = scanned.line("many/streams00.txt").entry.volume_id
    streams = [
        line for line in scanned.lines if line.entry.stream and line.entry.volume_id == volume
    ]
    assert len(streams) >= 200_000
    assert {line.result.outcome for line in streams} == {Outcome.EXAMINED}
    found = [line for line in streams if line.finding]
    assert {line.entry.stream for line in found} == {f"s{number}" for number in NOTABLE}
    assert len(found) == len(NOTABLE) * disk.FILES_WITH_STREAMS


def test_absurd_sizes_are_outcomes_and_sums_stand(scanned: Tortured) -> None:
    claims = [line for line in scanned.lines if line.entry.path.startswith("claims")]
    assert len(claims) == 4
    assert not any(line.result.outcome is Outcome.EXAMINED for line in claims)
    assert scanned.line("outside2.bin").result.outcome is not Outcome.EXAMINED
    assert scanned.line("outside2.bin").entry.size > 1 << 60
    for liar in ("liar0.bin", "liar1.bin", "liar2.bin"):
        assert scanned.line(liar).result.outcome in (Outcome.UNREADABLE, Outcome.EXCLUDED), liar
        assert scanned.line(liar).result.reason != "empty"
    assert scanned.line("liar0.bin").entry.size == disk.CLAIMED
    assert scanned.document.coverage.adds_up()


def test_loops_end(scanned: Tortured) -> None:
    looped = [line.entry.path for line in scanned.lines if line.entry.path.count("again") > 1]
    assert looped == []


def test_names_fool_neither_terminal_nor_page(scanned: Tortured) -> None:
    names = [line.entry.path for line in scanned.lines if line.entry.path.startswith("names/")]
    assert len(names) == 7
    for name in names:
        assert "\x1b" not in untrusted(name)
        assert "\n" not in untrusted(name)
        assert "\u202e" not in untrusted(name)
    page = (scanned.bundle / "report.html").read_text("utf-8")
    assert "<script>alert" not in page
    assert "\x1b" not in page
    assert "\u202e" not in page


def test_all_processes_together_stay_under_two_gigabytes(scanned: Tortured) -> None:
    """Their proportional shares, at the worst of all moments that were looked at."""
    print(f"\npeak of all processes: {scanned.peak / 1e6:,.0f} MB")
    assert 0 < scanned.peak < MOST_MEMORY


def test_pillows_broken_pictures_are_outcomes(scanned: Tortured) -> None:
    if not fetched.package("pillow").exists():
        pytest.skip("Pillow's broken pictures are NOT tried: run tests/fetch.sh")
    pictures = {line.entry.path for line in scanned.lines if line.entry.path.startswith("pillow/")}
    assert len(pictures) >= 44


def test_the_bombs_are_bombs(tmp_path: Path) -> None:
    assert len(disk.png_bomb(30_000, 300)) < 100_000
    assert len(disk.zip_bomb()) < 100_000
