"""What is kept of a scan for the guide: small, whole, and counted as the guide counts."""

from pathlib import Path

import pytest

from cli.guide import running, stick
from cli.kept import KeptProgress
from tests.cli import findings
from triage.errors import UsageError
from triage.evidence import FileEntry, Run
from triage.findings import Match
from triage.match_kinds import MatchKind
from triage.scan.events import FindingTold, GoesOn, Paused, Spotted, Standing


@pytest.fixture
def kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> KeptProgress:
    monkeypatch.setattr(stick, "RUN", tmp_path)
    running.folder().mkdir(parents=True)
    return KeptProgress(running.progress_file())


def _entry(number: int) -> FileEntry:
    runs = tuple(Run(offset=n * 8192, length=4096) for n in range(5000))
    return FileEntry(id=number, volume_id="d0v1", path="a/picture.jpg", runs=runs)


def _found(number: int, group: int = 0) -> FindingTold:
    return findings.told(number, _entry(number), *_matches(), seconds=2.0, group=group)


def _matches() -> tuple[Match, ...]:
    return (Match(kind=MatchKind.HASH_SET, detector="d", reason="r"),
            Match(kind=MatchKind.CLASSIFIER, detector="d", reason="r"))  # fmt: skip


def test_a_finding_that_was_spotted_before_is_counted_once(kept: KeptProgress) -> None:
    for number in (1, 2):
        kept(Spotted(seconds=1.0, entry=_entry(number), matches=_matches()))
    for number in (1, 2, 3):
        kept(_found(number, group=1 if number == 2 else 0))
    kept(GoesOn(seconds=1.0))
    told = running.progress()
    assert (told.found, told.to_look_at, told.kinds) == (3, 2, {"hash_set": 3})
    assert told.first_finding == 1.0
    assert running.progress_file().stat().st_size < 2000


def test_what_the_agent_has_to_do_is_there_at_once(kept: KeptProgress) -> None:
    kept(_found(1))
    kept(Paused(message="No room.", hint="Make some.", why=Standing.FULL))
    assert (running.progress().standing_still, running.progress().standing_why) == (
        "No room.", "full")  # fmt: skip
    kept(GoesOn(seconds=1.0))
    assert running.progress().standing_still == ""
    kept.ask("closed.seekset")
    assert running.progress().locked_set == "closed.seekset"
    kept.answered()
    assert running.progress().locked_set == ""
    kept.end(3, "")
    assert running.progress().exit_code == 3


def test_a_reader_never_sees_half_of_it(kept: KeptProgress) -> None:
    kept(_found(1))
    before = running.progress_file().stat().st_ino
    kept(GoesOn(seconds=1.0))
    assert running.progress_file().stat().st_ino != before  # another file took its place
    assert [each.name for each in running.folder().iterdir()] == ["progress.json"]


def test_a_place_that_is_not_there_is_said_before_the_scan(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="progress"):
        KeptProgress(tmp_path / "no/such/file")


@pytest.mark.parametrize("text", ["", "{", "[]", '{"nonsense": 1}', "null"])
def test_what_is_no_progress_is_as_if_nothing_had_been_said(kept: KeptProgress, text: str) -> None:
    running.progress_file().write_text(text)
    assert running.progress().found == 0
