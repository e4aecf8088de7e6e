"""A decoder that ends one worker after the other is not asked again, and what it would decode is
compared by its digest all the same.

Real workers, whose decoder aborts where content says so: see crashing.py.
"""

import hashlib
import io
import sys
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace as changed
from pathlib import Path

import msgspec
import pytest
from PIL import Image

from cli.resume import search_again
from tests.disks import ext_volume
from tests.workers import crashing, scanning
from triage.bundle.checking.verify import verify
from triage.bundle.writing.private_folder import private_folder
from triage.bundle.writing.signing import new_key
from triage.choices import HashSetUse, PerceptualUse, TypeUse
from triage.coordinator import fork_server
from triage.coordinator.decoders import MOST_DEATHS, Decoders
from triage.findings import Outcome, Result
from triage.match_kinds import MatchKind
from triage.profile import Profile
from triage.scan import Earlier, scan
from triage.scan.events import Event, TroubleTold

CRASHING = (sys.executable, "-I", str(Path(crashing.__file__)))
PICTURES = Profile(
    name="pictures",
    description="digests and pixels",
    detectors=(HashSetUse(), TypeUse(report_mismatch=False), PerceptualUse()),
)
CRASHED = "crashed the reader (SIGABRT); compared by digest, and could not be decoded"
GIVEN_UP = "its decoder failed on ten like it; compared by digest alone"
MANY = 60


@pytest.fixture(autouse=True)
def _crashing_workers(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fork_server, "COMMAND", CRASHING)


def _picture(number: int, mark: str, behind: bytes = b"") -> bytes:
    stream = io.BytesIO()
    image = Image.linear_gradient("L").point(lambda level: (level * (number % 50 + 2)) % 256)
    image.save(stream, mark)
    return stream.getvalue() + behind + bytes([number])


def _md5(content: bytes) -> str:
    return hashlib.md5(content, usedforsecurity=False).hexdigest()


@pytest.fixture
def files() -> dict[str, bytes]:
    """Sixty of which each ends its reader, and others of the same and of another type."""
    files = {f"bad{n}.webp": _picture(n, "WEBP", crashing.ABORTS) for n in range(MANY)}
    files |= {f"good{n}.png": _picture(n, "PNG") for n in range(20)}
    return files


def _set(folder: Path, files: dict[str, bytes], known: list[str]) -> Path:
    listed = folder / "notable.md5"
    listed.write_text("".join(f"{_md5(files[name])}\n" for name in known))
    return listed


def _image(folder: Path, files: dict[str, bytes]) -> Path:
    ext_volume(folder / "suspect.img", 32 << 20, files)
    return folder / "suspect.img"


def _reasons(scanned: scanning.Scanned, ending: str) -> Counter[str]:
    return Counter(line.result.reason for line in scanned.lines if line.entry.path.endswith(ending))


def _deaths(scanned: scanning.Scanned) -> int:
    return sum("worker replaced" in line for line in scanned.log)


def test_after_ten_of_a_type_the_rest_is_compared_by_digest_alone(
    tmp_path: Path, files: dict[str, bytes]
) -> None:
    known = [f"bad{n}.webp" for n in range(MANY)]
    scanned = scanning.run(
        _image(tmp_path, files), out=tmp_path / "out", profile=PICTURES,
        hash_sets=(_set(tmp_path, files, [*known, "good3.png"]),),
    )  # fmt: skip
    assert _reasons(scanned, ".webp") == {CRASHED: MOST_DEATHS, GIVEN_UP: MANY - MOST_DEATHS}
    assert _reasons(scanned, ".png") == {"": 20}
    assert MOST_DEATHS < _deaths(scanned) < MOST_DEATHS + 4, "a few had a batch in hand"
    for name in known:
        result = scanned.line(name).result
        assert (result.outcome, result.type) == (Outcome.UNREADABLE, "image/webp")
        assert [match.kind for match in result.matches] == [MatchKind.HASH_SET]
        assert result.digests["sha256"] == hashlib.sha256(files[name]).hexdigest()
    assert scanned.sealed.findings == MANY + 1
    assert verify(scanned.bundle).failed is None


def test_it_is_said_once_in_the_log_on_the_screen_and_in_the_report(
    tmp_path: Path, files: dict[str, bytes]
) -> None:
    scanned = scanning.run(
        _image(tmp_path, files), out=tmp_path / "out", profile=PICTURES,
        hash_sets=(_set(tmp_path, files, ["good3.png"]),),
    )  # fmt: skip
    said = (
        "its decoder failed on ten of them (crashed the reader (SIGABRT)); further ones are not "
        "decoded, and compared by digest alone"
    )
    assert [t.what for t in scanned.document.errors if t.where == "image/webp"] == [said]
    told = [event.message for event in scanned.told if isinstance(event, TroubleTold)]
    assert told.count(f"image/webp: {said}") == 1
    assert sum('"decoder given up"' in line for line in scanned.log) == 1
    report = (scanned.bundle / "report.html").read_text()
    assert said in report
    assert "its decoder failed on ten like it" in report
    reasons = [each.reasons for each in scanned.document.coverage.volumes.values()]
    counted = sum(
        tally.entries for each in reasons for reason, tally in each.items() if GIVEN_UP in reason
    )
    assert counted == MANY - MOST_DEATHS


def test_without_sets_nothing_is_said_to_be_compared(
    tmp_path: Path, files: dict[str, bytes]
) -> None:
    scanned = scanning.run(_image(tmp_path, files), out=tmp_path / "out", profile=PICTURES)
    assert _reasons(scanned, ".webp") == {
        "crashed the reader (SIGABRT)": MOST_DEATHS,
        "its decoder failed on ten like it": MANY - MOST_DEATHS,
    }


POSING = "bad0.doc"


@pytest.mark.parametrize("listed", [True, False], ids=["with a set", "without"])
def test_a_name_that_hides_a_picture_is_found_though_its_decoder_crashes(
    tmp_path: Path, files: dict[str, bytes], *, listed: bool
) -> None:
    few = {POSING: files["bad0.webp"], "bad1.webp": files["bad1.webp"]}
    profile = msgspec.structs.replace(
        PICTURES, detectors=(HashSetUse(), TypeUse(), PerceptualUse())
    )
    sets = (_set(tmp_path, few, [POSING]),) if listed else ()
    scanned = scanning.run(
        _image(tmp_path, few), out=tmp_path / "out", profile=profile, hash_sets=sets
    )
    result = scanned.line(POSING).result
    assert (result.outcome, result.type) == (Outcome.UNREADABLE, "image/webp")
    found = [MatchKind.HASH_SET, MatchKind.TYPE_MISMATCH] if listed else [MatchKind.TYPE_MISMATCH]
    assert sorted(match.kind for match in result.matches) == sorted(found)
    assert scanned.line("bad1.webp").result.matches == ()
    assert scanned.sealed.findings == 1
    assert verify(scanned.bundle).failed is None


@pytest.fixture
def key() -> Iterator[Path]:
    """One that does not lie where the bundle does: what it signed can be proven."""
    with private_folder() as safe:
        new_key(safe / "key", comment="examiner", ask=False)
        yield safe / "key"


def _left_off(
    tmp_path: Path, files: dict[str, bytes], key: Path | None, *, sealed: bool
) -> Earlier:
    """A scan that ended once a decoder was given up."""
    told: list[Event] = []
    search = scanning.search_of(
        _image(tmp_path, files), out=tmp_path / "out", profile=PICTURES,
        hash_sets=(_set(tmp_path, files, ["bad59.webp"]),),
    )  # fmt: skip
    search = changed(search, key=key)

    def is_given_up() -> bool:
        return any("image/webp" in e.message for e in told if isinstance(e, TroubleTold))

    class PulledError(BaseException):
        """The power is cut: nobody catches that."""

    def tell(event: Event) -> None:
        told.append(event)

    def wants_stop() -> bool:
        if is_given_up() and not sealed:
            raise PulledError
        return is_given_up()

    if sealed:
        scan(search, tell=tell, wants_stop=wants_stop)
    else:
        with pytest.raises(PulledError):
            scan(search, tell=tell, wants_stop=wants_stop)
    (bundle,) = (tmp_path / "out").iterdir()
    return Earlier(bundle)


@pytest.mark.parametrize("sealed", [True, False], ids=["sealed", "cut off"])
def test_whoever_resumes_knows_it(
    tmp_path: Path, files: dict[str, bytes], key: Path, *, sealed: bool
) -> None:
    earlier = _left_off(tmp_path, files, key, sealed=sealed)
    assert earlier.given_up == {"image/webp"}
    before = len((earlier.bundle / "log.jsonl").read_text().splitlines())
    told: list[Event] = []
    resumed = scanning.Scanned(scan(search_again(earlier), tell=told.append, earlier=earlier))
    log = resumed.log if sealed else resumed.log[before:]
    assert sum("worker replaced" in line for line in log) == 0
    assert sum('"decoder given up"' in line for line in log) == 1
    died, left_out = CRASHED, GIVEN_UP
    counted = _reasons(resumed, ".webp")
    assert counted[died] <= MOST_DEATHS
    assert counted[died] + counted[left_out] == MANY
    assert [match.kind for match in resumed.line("bad59.webp").result.matches] == [
        MatchKind.HASH_SET
    ]
    assert verify(resumed.bundle).failed is None


def test_ten_bad_ones_among_many_good_ones_cost_the_good_ones_nothing(tmp_path: Path) -> None:
    files = {}
    for number in range(72):
        behind = crashing.ABORTS if number % 6 == 5 else b""
        files[f"{number:02}.webp"] = _picture(number, "WEBP", behind)
    scanned = scanning.run(_image(tmp_path, files), out=tmp_path / "out", profile=PICTURES)
    assert _reasons(scanned, ".webp") == {"": 60, "crashed the reader (SIGABRT)": 12}


def test_a_type_is_given_up_where_more_of_it_died_than_lived() -> None:
    decoders = Decoders()
    decoders.lived([Result(outcome=Outcome.EXAMINED, type="image/webp")] * 11)
    died = [decoders.died("image/webp") for _ in range(14)]
    assert died == [*[False] * 11, True, False, False]
    assert [decoders.died("video/mp4") for _ in range(MOST_DEATHS)][-1]
    assert decoders.given_up == ("image/webp", "video/mp4")


def test_whose_word_nobody_can_be_sure_of_is_not_gone_by(
    tmp_path: Path, files: dict[str, bytes]
) -> None:
    """Whoever found the stick may have written that nothing is to be decoded any more."""
    earlier = _left_off(tmp_path, files, None, sealed=False)
    before = len((earlier.bundle / "log.jsonl").read_text().splitlines())
    resumed = scanning.Scanned(scan(search_again(earlier), tell=print, earlier=earlier))
    assert sum("worker replaced" in line for line in resumed.log[before:]) >= MOST_DEATHS
    assert verify(resumed.bundle).failed is None
