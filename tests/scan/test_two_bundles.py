"""A sealed bundle that is gone on with: the new one counts, and it is said wherever one looks."""

import json
from pathlib import Path
from typing import Any

import pytest

from cli.live import LiveView
from cli.plain import PlainLines
from cli.resume import search_again
from cli.verdict import show_verdict
from tests.conftest import Seek
from tests.scan import cut_off
from tests.workers import scanning
from triage.bundle.checking.verify import verify
from triage.bundle.format.layout import note_of
from triage.bundle.writing.successor import note_beside
from triage.scan import Earlier, scan
from triage.scan.events import Event, FindingTold, Resumed, Sealed


class Broken(BaseException):
    """What a kill is to a scan, as far as a test in the same process can be one."""


@pytest.fixture(scope="module")
def suspect(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    return cut_off.suspect(tmp_path_factory.mktemp("suspect"), files=500)


@pytest.fixture
def stopped(suspect: tuple[Path, Path], tmp_path: Path) -> Path:
    """A sealed bundle, partial: stopped after its first finding."""
    told: list[Event] = []
    search = scanning.search_of(
        suspect[0], out=tmp_path / "out", profile=scanning.PLAIN, hash_sets=(suspect[1],)
    )
    stop = lambda: any(isinstance(event, FindingTold) for event in told)  # noqa: E731
    return Path(scan(search, tell=told.append, wants_stop=stop).bundle)


def gone_on_with(bundle: Path, told: list[Event], *, cut_off_at_once: bool = False) -> Path:
    def stop() -> bool:
        if cut_off_at_once and any(isinstance(event, Resumed) for event in told):
            raise Broken
        return False

    earlier = Earlier(bundle)
    search = search_again(earlier)
    sealed = scan(search, tell=told.append, wants_stop=stop, earlier=earlier)
    return Path(sealed.bundle)


def test_the_new_bundle_names_the_old_one_and_a_note_beside_the_old_one_names_the_new(
    stopped: Path, seek: Seek
) -> None:
    told: list[Event] = []
    later = gone_on_with(stopped, told)
    document = json.loads((later / "findings.json").read_bytes())
    assert document["continues"] == stopped.name
    assert stopped.name in (later / "report.html").read_text()
    (sealed,) = [event for event in told if isinstance(event, Sealed)]
    assert sealed.continues == stopped.name
    log = [json.loads(line) for line in (later / "log.jsonl").read_text().splitlines()]
    (carried,) = [record for record in log if record["event"] == "carried over"]
    assert carried["fields"]["counts"] == later.name
    note = note_of(stopped)
    assert note.parent == stopped.parent
    assert stopped.name in note.read_text()
    assert later.name in note.read_text()
    for bundle in (stopped, later):
        assert verify(bundle).failed is None
    assert note.name in seek("verify", stopped).stdout
    assert f"the earlier bundle {stopped.name} holds is in it" in seek("verify", later).stdout


def test_the_last_words_say_which_bundle_counts(
    stopped: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    told: list[Event] = []
    gone_on_with(stopped, told)
    (sealed,) = [event for event in told if isinstance(event, Sealed)]
    show_verdict(sealed)
    said = capsys.readouterr().out
    assert f"this one counts: it holds all that {stopped.name} holds" in " ".join(said.split())


def test_a_new_bundle_that_is_cut_off_too_still_names_the_old_one_when_it_is_finished(
    stopped: Path,
) -> None:
    with pytest.raises(Broken):
        gone_on_with(stopped, [], cut_off_at_once=True)
    later = next(each for each in stopped.parent.iterdir() if each.is_dir() and each != stopped)
    assert not (later / "manifest.sha256").exists()
    assert later.name in note_of(stopped).read_text()
    assert gone_on_with(later, []) == later
    assert json.loads((later / "findings.json").read_bytes())["continues"] == stopped.name
    assert not note_of(later).exists()
    assert verify(later).failed is None


def test_a_bundle_that_is_gone_on_with_in_its_place_has_no_note(
    suspect: tuple[Path, Path], tmp_path: Path
) -> None:
    told: list[Event] = []

    def stop() -> bool:
        if any(isinstance(event, FindingTold) for event in told):
            raise Broken
        return False

    search = scanning.search_of(
        suspect[0], out=tmp_path / "out", profile=scanning.PLAIN, hash_sets=(suspect[1],)
    )
    with pytest.raises(Broken):
        scan(search, tell=told.append, wants_stop=stop)
    (bundle,) = (tmp_path / "out").iterdir()
    assert gone_on_with(bundle, []) == bundle
    assert [*(tmp_path / "out").iterdir()] == [bundle]
    assert json.loads((bundle / "findings.json").read_bytes())["continues"] == ""


@pytest.mark.parametrize("what", ["folder", "link"])
def test_what_lies_where_the_note_goes_is_left_and_holds_nobody_up(
    what: str, tmp_path: Path
) -> None:
    earlier, later = tmp_path / "earlier", tmp_path / "later"
    other = tmp_path / "other"
    other.write_text("untouched")
    if what == "folder":
        note_of(earlier).mkdir()
    else:
        note_of(earlier).symlink_to(other)
    assert not note_beside(earlier, later)
    assert other.read_text() == "untouched"


def test_every_further_time_is_added_to_the_note(tmp_path: Path) -> None:
    for later in ("second", "third"):
        assert note_beside(tmp_path / "first", tmp_path / later)
    said = note_of(tmp_path / "first").read_text()
    assert said.index("second") < said.index("third")
    assert said.count("first") >= 2


def test_what_was_found_before_is_seen_again_when_a_scan_goes_on(stopped: Path) -> None:
    first = _found_in(stopped)
    told: list[Event] = []
    later = gone_on_with(stopped, told)
    (resumed,) = [event for event in told if isinstance(event, Resumed)]
    assert resumed.findings == len(first) == sum(resumed.kinds.values()) > 0
    leading = [each for each in first if "group" not in each["found"]]
    assert resumed.to_look_at == len(leading)
    latest = [each.entry.path for each in resumed.latest]
    assert latest == [each["entry"]["path"] for each in leading][-5:]
    assert resumed.first_finding_seconds == first[0]["found"]["after"]

    search = search_again(Earlier(stopped))
    view = LiveView(search)
    view._take_in(resumed)
    assert view._findings.headline.startswith(f"{len(first)} FINDING")
    assert any(latest[-1] in name for name in view._latest)
    assert len(view._latest) <= 5
    everything = len(_found_in(later))
    for event in told:
        if isinstance(event, FindingTold):
            view._take_in(event)
    assert view._findings.total == everything


def test_a_log_of_a_scan_that_goes_on_names_the_kinds_and_the_latest(
    stopped: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    told: list[Event] = []
    gone_on_with(stopped, told)
    (resumed,) = [event for event in told if isinstance(event, Resumed)]
    PlainLines()(resumed)
    lines = capsys.readouterr().out.splitlines()
    assert lines[0].startswith(f"resumed: {resumed.carried_entries:,} entr")
    assert f"  {resumed.kinds['hash_set']:,} known material" in lines  # type: ignore[index]
    assert lines[-1].startswith(
        f"FINDING {resumed.latest[-1].finding.number}, before: known material: "
    )


def _found_in(bundle: Path) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = json.loads((bundle / "findings.json").read_bytes())["findings"]
    return found
