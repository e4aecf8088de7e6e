"""A defect of seek itself: one line, the traceback kept in the bundle, nothing lost."""

import json
from dataclasses import replace
from pathlib import Path

import pytest

from cli.resume import search_again
from tests.scan import cut_off
from tests.workers import scanning
from triage.bundle.checking.verify import verify
from triage.bundle.envelope import age, bech32
from triage.bundle.envelope.identities import of_file
from triage.bundle.envelope.recipients import X25519, Recipient
from triage.bundle.format import layout
from triage.bundle.writing.opening import open_envelope
from triage.errors import ExitCode, UnforeseenError
from triage.scan import Earlier, scan
from triage.scan.events import Event, FindingTold
from triage.scan.unforeseen import LOGGED, MOST_LINES


@pytest.fixture(scope="module")
def suspect(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    return cut_off.suspect(tmp_path_factory.mktemp("suspect"), files=300)


def test_a_defect_in_mid_scan_leaves_its_traceback_in_the_log_and_a_bundle_to_resume(
    suspect: tuple[Path, Path], tmp_path: Path
) -> None:
    told: list[Event] = []

    def fails_deep_down(depth: int) -> bool:
        return fails_deep_down(depth - 1) if depth else 1 // int("0")  # type: ignore[return-value]

    def wants_stop() -> bool:
        return any(isinstance(event, FindingTold) for event in told) and fails_deep_down(400)

    search = scanning.search_of(suspect[0], out=tmp_path / "out", hash_sets=(suspect[1],))
    with pytest.raises(UnforeseenError, match="ZeroDivisionError") as raised:
        scan(search, tell=told.append, wants_stop=wants_stop)
    bundle = cut_off.bundle_in(tmp_path / "out")
    assert raised.value.exit_code is ExitCode.FAILED
    assert f"seek resume {bundle}" in raised.value.hint
    records = [json.loads(line) for line in (bundle / "log.jsonl").read_text().splitlines()]
    (kept,) = [record["fields"]["traceback"] for record in records if record["event"] == LOGGED]
    assert len(kept) <= MOST_LINES
    assert any("fails_deep_down" in line for line in kept)
    assert kept[-1].startswith("ZeroDivisionError")

    earlier = Earlier(bundle)
    sealed = scan(search_again(earlier), tell=told.append, earlier=earlier)
    assert earlier.carried > 0
    assert verify(Path(sealed.bundle)).failed is None
    assert LOGGED in (Path(sealed.bundle) / "log.jsonl").read_text()


def test_a_defect_in_mid_scan_of_what_is_closed_for_the_lab_is_told_the_lab_alone(
    suspect: tuple[Path, Path], tmp_path: Path
) -> None:
    told: list[Event] = []
    lab = bytes(range(32))

    def wants_stop() -> bool:
        return any(isinstance(event, FindingTold) for event in told) and bool(1 // int("0"))

    search = replace(
        scanning.search_of(suspect[0], out=tmp_path / "out", hash_sets=(suspect[1],)),
        recipients=(Recipient(kind=X25519, raw=age.public_of(lab)),),
    )
    with pytest.raises(UnforeseenError, match="ZeroDivisionError") as raised:
        scan(search, tell=told.append, wants_stop=wants_stop)
    envelope = cut_off.bundle_in(tmp_path / "out")
    assert "scan again" in raised.value.hint
    assert b"ZeroDivisionError" not in (envelope / layout.ENVELOPE).read_bytes()
    (tmp_path / "key").write_text(bech32.encode("age-secret-key-", lab))
    opened, _ = open_envelope(envelope, of_file(tmp_path / "key"), tmp_path / "lab")
    assert "ZeroDivisionError" in (opened / "log.jsonl").read_text()
    sealed = scan(search_again(Earlier(opened)), tell=told.append, earlier=Earlier(opened))
    assert verify(Path(sealed.bundle)).failed is None


def test_a_defect_before_there_is_a_bundle_is_raised_as_it_is(
    suspect: tuple[Path, Path], tmp_path: Path
) -> None:
    search = scanning.search_of(suspect[0], out=tmp_path / "out")
    object.__setattr__(search, "hash_sets", 7)  # a defect: no sequence at all
    with pytest.raises(TypeError):
        scan(search, tell=lambda _: None)
    assert not (tmp_path / "out").exists()
