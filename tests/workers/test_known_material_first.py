"""What a notable set holds is a finding whatever a decoder makes of it, and is told before that.

The workers' decoders abort, stall or raise where content says so: see crashing.py.
"""

import hashlib
import io
import json
import sys
from pathlib import Path

import pytest
from PIL import Image

from cli.resume import search_again
from tests.containers.making import zipped
from tests.disks import ext_volume, fat_volume
from tests.scan.cut_off import bundle_in
from tests.workers import crashing, scanning
from triage.bundle.checking.verify import verify
from triage.choices import HashSetUse, NameUse, PerceptualUse, TypeUse
from triage.coordinator import fork_server
from triage.findings import Outcome
from triage.match_kinds import MatchKind
from triage.profile import Family, Limits, LookAt, Profile
from triage.scan import Earlier, ledger, scan
from triage.scan.events import Advanced, Event, FindingTold, Spotted

CRASHING = (sys.executable, "-I", str(Path(crashing.__file__)))
PICTURES = Profile(
    name="pictures",
    description="digests, names and pixels",
    detectors=(
        HashSetUse(),
        TypeUse(report_mismatch=False),
        NameUse(lists=("sample",)),
        PerceptualUse(),
    ),
)  # fmt: skip
DIGESTS = Profile(name="digests", description="", detectors=(HashSetUse(),))
NOT_DECODED = "compared by digest, and could not be decoded"


@pytest.fixture(autouse=True)
def _crashing_workers(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fork_server, "COMMAND", CRASHING)


def _picture(shade: int, mark: bytes = b"", size: int = 0) -> bytes:
    """A JPEG with the mark in a comment, and so many bytes after its end."""
    stream = io.BytesIO()
    image = Image.linear_gradient("L").point(lambda level: (level * shade) % 256)
    image.save(stream, "JPEG", comment=mark)
    return stream.getvalue() + bytes(size)


def _md5(content: bytes) -> str:
    return hashlib.md5(content, usedforsecurity=False).hexdigest()


def _scanned(
    folder: Path, files: dict[str, bytes], known: list[str], profile: Profile = PICTURES
) -> scanning.Scanned:
    return scanning.run(
        _image(folder, files), out=folder / "out", profile=profile,
        hash_sets=(_set(folder, files, known),),
    )  # fmt: skip


def _image(folder: Path, files: dict[str, bytes]) -> Path:
    ext_volume(folder / "suspect.img", 32 << 20, files)
    return folder / "suspect.img"


def _set(folder: Path, files: dict[str, bytes], known: list[str]) -> Path:
    listed = folder / "notable.md5"
    listed.write_text("".join(f"{_md5(files[name])}\n" for name in known))
    return listed


def test_a_known_picture_is_found_by_its_digest_though_its_decoder_crashes(
    tmp_path: Path,
) -> None:
    files = {f"good{n}.jpg": _picture(n + 2) for n in range(6)}
    files["known.jpg"] = _picture(9, crashing.ABORTS)
    files["unknown.jpg"] = _picture(10, crashing.ABORTS)
    scanned = _scanned(tmp_path, files, ["known.jpg", "good3.jpg"])
    for name in ("known.jpg", "unknown.jpg"):
        line = scanned.line(name)
        assert line.result.outcome is Outcome.UNREADABLE
        assert line.result.reason == f"crashed the reader (SIGABRT); {NOT_DECODED}"
        assert line.result.digests["md5"] == _md5(files[name])
    (match,) = scanned.line("known.jpg").result.matches
    assert match.kind is MatchKind.HASH_SET
    assert scanned.line("known.jpg").result.digests["sha256"] == (
        hashlib.sha256(files["known.jpg"]).hexdigest()
    )
    assert scanned.line("unknown.jpg").result.matches == ()
    for name in (f"good{n}.jpg" for n in range(6)):
        assert scanned.line(name).result.outcome is Outcome.EXAMINED
    assert scanned.sealed.findings == 2
    assert verify(scanned.bundle).failed is None


@pytest.mark.parametrize("profile", [PICTURES, DIGESTS], ids=lambda profile: profile.name)
def test_a_known_archive_is_found_though_whoever_looks_closer_at_it_dies(
    tmp_path: Path, profile: Profile
) -> None:
    files = {
        "known.zip": zipped({"a.txt": crashing.ABORTS_INSIDE}),
        "good.zip": zipped({"a": b"x"}),
    }
    scanned = _scanned(tmp_path, files, ["known.zip"], profile)
    line = scanned.line("known.zip")
    assert line.result.reason == f"crashed the reader (SIGABRT); {NOT_DECODED}"
    assert [match.kind for match in line.result.matches] == [MatchKind.HASH_SET]
    assert line.result.container == "zip", "by its name"
    assert scanned.line("good.zip").result.outcome is Outcome.EXAMINED


def test_one_that_stalls_its_decoder_too(tmp_path: Path) -> None:
    files = {"known.jpg": _picture(9, crashing.STALLS), "good.jpg": _picture(2)}
    limits = Limits(entry_time="6 s")  # ample for good.jpg, on the busiest machine
    hasty = Profile(name="hasty", description="", detectors=PICTURES.detectors, limits=limits)
    scanned = _scanned(tmp_path, files, ["known.jpg"], hasty)
    assert scanned.line("known.jpg").result.reason == f"took too long; {NOT_DECODED}"
    assert [match.kind for match in scanned.line("known.jpg").result.matches] == [
        MatchKind.HASH_SET
    ]
    assert scanned.line("good.jpg").result.outcome is Outcome.EXAMINED


def test_one_that_needs_too_much_memory_too_and_its_worker_lives(tmp_path: Path) -> None:
    files = {"known.dat": _picture(9, crashing.RAISES)}
    scanned = _scanned(tmp_path, files, ["known.dat"])
    line = scanned.line("known.dat")
    assert line.result.reason == "it needs more memory than one entry may take"
    assert [match.kind for match in line.result.matches] == [MatchKind.HASH_SET]
    assert line.result.digests["md5"] == _md5(files["known.dat"])
    assert not any("worker replaced" in each for each in scanned.log)


def test_one_whose_name_is_listed_is_found_by_that(tmp_path: Path) -> None:
    files = {"seek-sample-word.jpg": _picture(9, crashing.ABORTS)}
    word_list = tmp_path / "words.txt"
    word_list.write_text("sample\n")
    named = Profile(
        name="named", description="",
        detectors=(NameUse(lists=(str(word_list),)), PerceptualUse()),
    )  # fmt: skip
    scanned = scanning.run(_image(tmp_path, files), out=tmp_path / "out", profile=named)
    line = scanned.line("seek-sample-word.jpg")
    assert line.result.reason == "crashed the reader (SIGABRT)", "nothing was compared by digest"
    assert [match.kind for match in line.result.matches] == [MatchKind.NAME]


def test_what_ends_even_that_reader_is_a_finding_by_what_was_told(tmp_path: Path) -> None:
    """It is spotted, and whoever reads it again to confirm it dies: three workers."""
    files = {"known.jpg": _picture(9, crashing.ABORTS_TWICE), "good.jpg": _picture(2)}
    scanned = _scanned(tmp_path, files, ["known.jpg"])
    line = scanned.line("known.jpg")
    assert (line.result.outcome, line.result.reason) == (
        Outcome.UNREADABLE,
        "crashed the reader (SIGABRT)",
    )
    assert [match.kind for match in line.result.matches] == [MatchKind.HASH_SET]
    assert line.result.digests == {"md5": _md5(files["known.jpg"])}
    assert sum("worker replaced" in each for each in scanned.log) == 3
    assert [type(e) for e in scanned.told if isinstance(e, Spotted | FindingTold)] == [
        Spotted,
        FindingTold,
    ]
    assert scanned.line("good.jpg").result.outcome is Outcome.EXAMINED
    assert verify(scanned.bundle).failed is None


@pytest.mark.parametrize("known", ["known.jpg", "known.dat", "large.jpg"])
def test_it_is_told_before_anything_is_decoded(tmp_path: Path, known: str) -> None:
    """Every decoder stalls for hours: by then the scan was told, and stopped.

    Small pictures are looked up by themselves first, others when they are examined.
    """
    size, others = (1_200_000, 0) if known == "large.jpg" else (0, 8)
    files = {f"{n}.{known}": _picture(n + 2, crashing.STALLS) for n in range(others)}
    files[known] = _picture(10, crashing.STALLS, size)
    told, sealed = _stopped_at_first_spot(tmp_path, files, known)
    (spotted,) = (event for event in told if isinstance(event, Spotted))
    (found,) = (event for event in told if isinstance(event, FindingTold))
    assert spotted.entry.path == found.entry.path == known
    assert [match.kind for match in spotted.matches] == [MatchKind.HASH_SET]
    assert all(not event.done_entries for event in told[: told.index(spotted)]
               if isinstance(event, Advanced))  # fmt: skip
    line = sealed.line(known)
    assert line.result.outcome is Outcome.NOT_REACHED
    assert line.result.matches == spotted.matches
    assert line.result.digests == {"md5": _md5(files[known])}
    assert sealed.sealed.findings == 1
    assert verify(sealed.bundle).failed is None


def _stopped_at_first_spot(
    folder: Path, files: dict[str, bytes], known: str
) -> tuple[list[Event], scanning.Scanned]:
    told: list[Event] = []
    search = scanning.search_of(
        _image(folder, files), out=folder / "out", profile=PICTURES,
        hash_sets=(_set(folder, files, [known]),),
    )  # fmt: skip
    sealed = scan(
        search,
        tell=told.append,
        wants_stop=lambda: any(isinstance(event, Spotted) for event in told),
    )
    return told, scanning.Scanned(sealed, told)


def test_what_was_only_spotted_is_looked_at_by_whoever_resumes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    files = {"known.jpg": _picture(9, crashing.STALLS), "good.jpg": _picture(2)}
    _, cut = _stopped_at_first_spot(tmp_path, files, "known.jpg")
    monkeypatch.undo()
    earlier = Earlier(cut.bundle)
    sealed = scan(search_again(earlier), tell=lambda _: None, earlier=earlier)
    line = scanning.Scanned(sealed).line("known.jpg")
    assert line.result.outcome is Outcome.EXAMINED
    assert line.result.digests["sha256"] == hashlib.sha256(files["known.jpg"]).hexdigest()
    assert {match.kind for match in line.result.matches} >= {MatchKind.HASH_SET}
    assert verify(Path(sealed.bundle)).failed is None


def test_it_is_on_the_medium_before_it_is_told(tmp_path: Path) -> None:
    """And once only, however often workers say it."""
    files = {f"{n}.jpg": _picture(n + 2) for n in range(40)}
    files["known.jpg"] = _picture(9, crashing.ABORTS)
    known = ["known.jpg", *(f"{n}.jpg" for n in range(0, 40, 5))]
    recorded: list[bool] = []

    def tell(event: Event) -> None:
        if isinstance(event, Spotted):
            log = (bundle_in(tmp_path / "out") / "log.jsonl").read_text().splitlines()
            records = [json.loads(line) for line in log]
            said = [r["fields"] for r in records if r["event"] == "known material"]
            recorded.append(sum(event.entry.id in each["entries"] for each in said) == 1)
        told.append(event)

    told: list[Event] = []
    search = scanning.search_of(
        _image(tmp_path, files), out=tmp_path / "out", profile=PICTURES,
        hash_sets=(_set(tmp_path, files, known),),
    )  # fmt: skip
    scan(search, tell=tell)
    spotted = [event.entry.path for event in told if isinstance(event, Spotted)]
    found = [event.entry.path for event in told if isinstance(event, FindingTold)]
    assert sorted(spotted) == sorted(known)
    assert set(found) >= set(known)
    assert len(found) == len(set(found))
    assert recorded == [True] * len(known)


def test_what_is_spotted_is_counted_at_once_and_not_counted_twice(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ledger, "PROGRESS_SECONDS", 0.0)
    files = {f"{n}.jpg": _picture(n + 2) for n in range(40)}
    scanned = _scanned(tmp_path, files, [f"{n}.jpg" for n in range(0, 40, 5)])
    entries: set[int] = set()
    counted: list[tuple[int, int]] = []
    for event in scanned.told:
        if isinstance(event, Spotted | FindingTold):
            entries.add(event.entry.id)
        elif isinstance(event, Advanced):
            counted.append((event.findings, len(entries)))
    assert [each for each in counted if each[0] != each[1]] == []
    assert len(entries) == scanned.sealed.findings


def test_a_first_finding_is_on_the_medium_before_anything_else_is(tmp_path: Path) -> None:
    known = _picture(2)
    fat_volume(tmp_path / "suspect.img", 8 << 20, {"KNOWN.JPG": known}, bits=12)
    listed = _set(tmp_path, {"KNOWN.JPG": known}, ["KNOWN.JPG"])
    logs: list[str] = []

    def tell(event: Event) -> None:
        if isinstance(event, Spotted):
            logs.append((bundle_in(tmp_path / "out") / "log.jsonl").read_text())

    search = scanning.search_of(
        tmp_path / "suspect.img", out=tmp_path / "out", profile=PICTURES, hash_sets=(listed,)
    )
    scan(search, tell=tell)
    (log,) = logs
    assert '"known material"' in log


def test_what_the_profile_leaves_out_by_its_kind_is_compared_all_the_same(tmp_path: Path) -> None:
    """A letter that calls itself a picture."""
    files = {"letter.jpg": b"a letter " * 90, "other.jpg": b"another " * 90}
    only_pictures = Profile(
        name="pictures", description="", detectors=PICTURES.detectors,
        look_at=LookAt(content=(Family.PICTURES,)),
    )  # fmt: skip
    scanned = _scanned(tmp_path, files, ["letter.jpg"], only_pictures)
    assert scanned.line("other.jpg").result.outcome is Outcome.EXCLUDED
    assert scanned.line("letter.jpg").result.outcome is Outcome.EXCLUDED
    assert [match.kind for match in scanned.line("letter.jpg").result.matches] == [
        MatchKind.HASH_SET
    ]
    assert "sha256" in scanned.line("letter.jpg").result.digests, "it was not confirmed"
    assert scanned.line("other.jpg").result.matches == ()
