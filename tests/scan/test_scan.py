"""The main path: a real disk in, a bundle out, in which nothing is lost and nothing is invented."""

import hashlib
import json
import os
import signal
import subprocess
from collections import Counter
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest

from tests.conftest import SEEK, Seek
from tests.disks import KnownAnswers
from tests.scan.cut_off import workers_of


def _bundle(out: Path) -> Path:
    (bundle,) = out.iterdir()
    return bundle


def _document(bundle: Path) -> dict[str, Any]:
    document: dict[str, Any] = json.loads((bundle / "findings.json").read_text())
    return document


def _lines(bundle: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in (bundle / "entries.jsonl").read_text().splitlines()]


@pytest.fixture(scope="module")
def scanned(
    suspect: KnownAnswers, notable_set: Path, seek: Seek, tmp_path_factory: pytest.TempPathFactory
) -> Path:
    """The bundle of a quick scan of the sample disk."""
    out = tmp_path_factory.mktemp("bundles")
    done = seek(
        "scan", suspect.path, "--profile", "quick", "--hash-set", notable_set, "--out", out,
        "--case", "2026/1", "--examiner", "J. Roe", "--exhibit", "A1",
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    return _bundle(out)


def test_the_three_notable_photographs_are_found_and_nothing_else_is_known(
    scanned: Path, suspect: KnownAnswers
) -> None:
    known = {
        finding["result"]["digests"]["sha256"]
        for finding in _document(scanned)["findings"]
        if any(match["kind"] == "hash_set" for match in finding["result"]["matches"])
    }
    assert known == {each.sha256 for each in suspect.notable}


def test_a_finding_says_where_it_was_and_that_it_was_deleted(
    scanned: Path, suspect: KnownAnswers
) -> None:
    unallocated = next(each for each in suspect.notable if not each.allocated)
    finding = next(
        each
        for each in _document(scanned)["findings"]
        if each["result"]["digests"]["sha256"] == unallocated.sha256
    )
    assert finding["entry"]["allocated_name"] is False
    assert finding["entry"]["path"].endswith("MG_0007.JPG")  # FAT drops the first letter


def test_a_name_that_hides_a_picture_is_a_match_of_its_own(scanned: Path) -> None:
    results = [finding["result"] for finding in _document(scanned)["findings"]]
    kinds = {match["kind"] for result in results for match in result["matches"]}
    assert "type_mismatch" in kinds


def test_the_disk_is_the_same_afterwards(scanned: Path, suspect: KnownAnswers) -> None:
    """Every file that was put there is there, by the digest that it was put there with."""
    assert scanned.exists()
    found = {
        (entry["path"].rpartition("/")[2].lower(), entry.get("size"))
        for entry in (line["entry"] for line in _lines(scanned))
    }
    for known in suspect.files:
        if known.allocated and not known.stream:
            assert (known.path.rpartition("/")[2].lower(), len(known.content)) in found


def test_every_entry_has_one_outcome_and_coverage_is_their_sum(scanned: Path) -> None:
    lines = _lines(scanned)
    assert len({line["entry"]["id"] for line in lines}) == len(lines)
    counted = Counter((line["entry"]["volume_id"], line["result"]["outcome"]) for line in lines)
    volumes = _document(scanned)["coverage"]["volumes"]
    told = {
        (volume_id, outcome): tally["entries"]
        for volume_id, volume in volumes.items()
        for outcome, tally in volume["outcomes"].items()
    }
    assert told == dict(counted)


def test_the_volumes_add_up_to_the_device(scanned: Path, suspect: KnownAnswers) -> None:
    document = _document(scanned)
    assert sum(volume["size"] for volume in document["volumes"]) == suspect.path.stat().st_size


def test_stock_tools_verify_the_bundle(scanned: Path) -> None:
    subprocess.run(["sha256sum", "--quiet", "-c", "manifest.sha256"], cwd=scanned, check=True)
    with (scanned / "manifest.sha256").open("rb") as manifest:
        subprocess.run(
            ["ssh-keygen", "-Y", "verify", "-f", "allowed_signers", "-I", "signer", "-n",
             "seek-bundle@v1", "-s", "manifest.sha256.sig"],
            cwd=scanned, stdin=manifest, check=True, capture_output=True,
        )  # fmt: skip


def test_the_scan_writes_nothing_but_its_bundle(
    suspect: KnownAnswers, notable_set: Path, digests_only: Path, seek: Seek, tmp_path: Path
) -> None:
    before = hashlib.sha256(suspect.path.read_bytes()).hexdigest()
    here = tmp_path / "here"
    here.mkdir()
    done = seek(
        "scan", suspect.path, "--profile", digests_only, "--hash-set", notable_set,
        "--out", tmp_path / "out", cwd=here,
        env={"PATH": os.environ["PATH"], "HOME": str(here), "TMPDIR": str(here)},
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert list(here.rglob("*")) == []
    assert hashlib.sha256(suspect.path.read_bytes()).hexdigest() == before


def test_a_folder_is_scanned_and_said_to_be_one(
    suspect: KnownAnswers, notable_set: Path, digests_only: Path, seek: Seek, tmp_path: Path
) -> None:
    source = tmp_path / "source"
    (source / "below").mkdir(parents=True)
    (source / "below" / "a.jpg").write_bytes(suspect.notable[0].content)
    done = seek("scan", source, "--profile", digests_only, "--hash-set", notable_set,
                "--out", tmp_path / "out")  # fmt: skip
    assert done.returncode == 0, done.stderr
    document = _document(_bundle(tmp_path / "out"))
    assert document["sources"][0]["kind"] == "directory"
    assert [each["entry"]["path"] for each in document["findings"]] == ["below/a.jpg"]


def test_a_bundle_is_never_written_into_what_is_scanned(
    digests_only: Path, seek: Seek, tmp_path: Path
) -> None:
    (tmp_path / "file.txt").write_text("harmless")
    done = seek("scan", tmp_path, "--profile", digests_only, "--out", tmp_path / "bundles")
    assert done.returncode == 1
    assert "What to do:" in done.stderr
    assert not (tmp_path / "bundles").exists()


def test_known_content_is_looked_at_no_further(
    suspect: KnownAnswers, digests_only: Path, seek: Seek, tmp_path: Path
) -> None:
    known = tmp_path / "known.txt"
    known.write_text("".join(f"{each.sha256}\n" for each in suspect.files))
    built = tmp_path / "known.seekset"
    assert seek("hash-set", "build", known, "--out", built, "--name", "os", "--kind", "known")
    done = seek("scan", suspect.path, "--profile", digests_only, "--hash-set", built,
                "--out", tmp_path / "out")  # fmt: skip
    assert done.returncode == 3, done.stderr
    assert "NO NOTABLE HASH SET" in done.stdout
    outcomes = Counter(line["result"]["outcome"] for line in _lines(_bundle(tmp_path / "out")))
    assert outcomes["known"] >= len(suspect.files) - 3
    assert not _document(_bundle(tmp_path / "out"))["findings"]


def test_a_time_limit_ends_in_a_whole_bundle_that_says_what_was_not_reached(
    suspect: KnownAnswers, notable_set: Path, digests_only: Path, seek: Seek, tmp_path: Path
) -> None:
    done = seek("scan", suspect.path, "--profile", digests_only, "--hash-set", notable_set,
                "--time-limit", "0.01 s", "--out", tmp_path / "out")  # fmt: skip
    bundle = _bundle(tmp_path / "out")
    document = _document(bundle)
    assert document["partial"]
    assert document["partial_reason"] == "time limit"
    assert done.returncode in (0, 3)
    assert seek("verify", bundle).returncode == 0


Events = list[dict[str, Any]]
TRIES = 20


def _in_mid_scan(
    suspect: KnownAnswers, out: Path, event: str, do: Callable[[int], bool], *more: object
) -> tuple[int, Events]:
    """Exit code and events of a scan to which that was done at the first such event.

    On a busy machine it may be over before it is done (`do` says so, or the last event): then
    another one is tried.
    """
    for number in range(TRIES):
        command = [SEEK, "scan", suspect.path, "--profile", "quick", "--out", out / str(number),
                   "--json", *more]  # fmt: skip
        events: Events = []
        done = False
        with subprocess.Popen([*map(str, command)], stdout=subprocess.PIPE, text=True) as process:
            assert process.stdout is not None
            for line in process.stdout:
                events.append(json.loads(line))
                if not done and events[-1]["event"] == event:
                    done = do(process.pid)
        if done:
            return process.returncode, events
    raise AssertionError(f"{TRIES} scans were over too soon")


def test_ctrl_c_closes_and_signs_a_bundle_that_is_marked_partial(
    suspect: KnownAnswers, seek: Seek, tmp_path: Path
) -> None:
    def interrupt(pid: int) -> bool:
        os.kill(pid, signal.SIGINT)
        return True

    for number in range(TRIES):
        code, events = _in_mid_scan(suspect, tmp_path / str(number), "volume", interrupt)
        if code not in (0, 3):
            break
    assert code == 130
    assert events[-1]["event"] == "sealed"
    assert events[-1]["partial"] == "interrupted"
    bundle = Path(events[-1]["bundle"])
    assert _document(bundle)["partial_reason"] == "interrupted"
    assert seek("verify", bundle).returncode == 0


def test_a_worker_that_is_killed_costs_nothing(
    suspect: KnownAnswers, notable_set: Path, seek: Seek, tmp_path: Path
) -> None:
    def kill(pid: int) -> bool:
        for worker in workers_of(pid)[-1:]:
            with suppress(ProcessLookupError):
                os.kill(worker, signal.SIGKILL)
                return True
        return False

    code, events = _in_mid_scan(suspect, tmp_path, "finding", kill, "--hash-set", notable_set)
    assert code in (0, 3)
    assert events[-1]["findings"] >= 3
    assert seek("verify", Path(events[-1]["bundle"])).returncode == 0


def test_a_given_key_signs_and_its_owner_verifies(
    suspect: KnownAnswers, digests_only: Path, seek: Seek, tmp_path: Path
) -> None:
    key = tmp_path / "key"
    assert seek("key", "new", "--out", key, "--no-passphrase", "--comment", "roe").returncode == 0
    done = seek("scan", suspect.path, "--profile", digests_only, "--key", key,
                "--out", tmp_path / "out")  # fmt: skip
    assert done.returncode == 3, "no hash set was given"
    signers = tmp_path / "signers"
    signers.write_text(f"roe {key.with_suffix('.pub').read_text()}")
    bundle = _bundle(tmp_path / "out")
    verified = seek("verify", bundle, "--signers", signers)
    assert verified.returncode == 0, verified.stdout
    signers.write_text("")
    assert seek("verify", bundle, "--signers", signers).returncode == 20


def test_entries_are_the_same_when_a_disk_is_scanned_twice(
    suspect: KnownAnswers, digests_only: Path, notable_set: Path, seek: Seek, tmp_path: Path
) -> None:
    built = tmp_path / "set.seekset"  # compiled in passing, it would bear two dates
    seek("hash-set", "build", notable_set, "--out", built, "--name", "set", "--kind", "notable")
    lists = []
    for number in (1, 2):
        out = tmp_path / str(number)
        seek("scan", suspect.path, "--profile", digests_only, "--hash-set", built,
             "--out", out, "--workers", number)  # fmt: skip
        lines = _lines(_bundle(out))
        for line in lines:
            for moment in ("at", "after", "number"):
                line.get("found", {}).pop(moment, None)
        lists.append(sorted(lines, key=lambda line: line["entry"]["id"]))
    assert lists[0] == lists[1]
