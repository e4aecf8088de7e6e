"""Whole scans that are closed for the lab: what lies about on machine and stick, killed or
not; and that the lab gets all of it."""

import os
import signal
import subprocess
import time
from pathlib import Path

import pytest

from tests.scan import cut_off
from triage.bundle.checking.verify import verify
from triage.bundle.format import layout, schema

CASE, EXAMINER, EXHIBIT = "2026/0417-CUT", "Someone Somewhere", "A laptop, grey"
IN_CLEAR = (b"home/u", b"0417-CUT", b"0417_CUT", b"Someone", b"A laptop", b"notable", b"scan.json")
MOMENTS = (1, 2, 4)
"""Commits after which a scan is killed."""
SEEK = cut_off.SEEK


@pytest.fixture(scope="module")
def at(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("suspect")
    cut_off.suspect(folder, files=400)
    subprocess.run(["age-keygen", "-o", folder / "lab"], check=True, capture_output=True)
    return folder


def _command(at: Path, out: Path, *more: str) -> list[str]:
    public = subprocess.run(
        ["age-keygen", "-y", at / "lab"], check=True, capture_output=True, text=True
    )
    said = [
        "--case",
        CASE,
        "--examiner",
        EXAMINER,
        "--exhibit",
        EXHIBIT,
        "--to",
        public.stdout.strip(),
    ]
    command = cut_off.command(at / "disk.img", at / "notable.seekset", out)
    return [*command[: command.index("--case")], *said, *more]


def _surroundings(place: Path) -> dict[str, str]:
    """Where a program that leaves something leaves it."""
    for name in ("home", "temporary"):
        (place / name).mkdir(parents=True)
    return os.environ | {"HOME": str(place / "home"), "TMPDIR": str(place / "temporary")}


def _in_clear(place: Path) -> list[tuple[str, bytes]]:
    contents = [(str(f), f.read_bytes()) for f in place.rglob("*") if f.is_file()]
    names = [("a name", str(each.relative_to(place)).encode()) for each in place.rglob("*")]
    return [(at, word) for at, text in [*contents, *names] for word in IN_CLEAR if word in text]


def test_the_lab_gets_all_and_whoever_finds_the_stick_nothing(at: Path, tmp_path: Path) -> None:
    surroundings = _surroundings(tmp_path)
    done = subprocess.run(
        _command(at, tmp_path / "out"), check=False, capture_output=True, text=True,
        env=surroundings,
    )  # fmt: skip
    assert done.returncode in (0, 3), done.stdout + done.stderr
    assert "lies open" not in done.stdout
    assert _in_clear(tmp_path) == []
    (envelope,) = (tmp_path / "out").iterdir()
    opened = subprocess.run(
        [SEEK, "open", envelope, "--identity", at / "lab", "--out", tmp_path / "lab"],
        check=True, capture_output=True, text=True,
    )  # fmt: skip
    bundle = Path(opened.stdout.strip())
    assert verify(bundle).failed is None
    document = schema.decode((bundle / layout.FINDINGS).read_bytes())
    assert (document.case.case_number, document.case.examiner) == (CASE, EXAMINER)
    assert len(document.findings) > 4
    looked = subprocess.run(
        [SEEK, "verify", envelope, "--identity", at / "lab"], check=True, capture_output=True,
        text=True, env=surroundings,
    )  # fmt: skip
    assert "Verified" in looked.stdout
    assert not [*(tmp_path / "temporary").iterdir()], (
        "what was opened to be verified is still there"
    )


def test_a_bundle_that_lies_open_is_said_to(at: Path, tmp_path: Path) -> None:
    command = cut_off.command(at / "disk.img", at / "notable.seekset", tmp_path / "out")
    done = subprocess.run(command, check=False, capture_output=True, text=True)
    assert "lies open: whoever" in " ".join(done.stdout.split())


def test_a_scan_that_is_killed_leaves_nothing_to_read_and_goes_on_in_the_lab(
    at: Path, tmp_path: Path
) -> None:
    carried = [_killed(at, tmp_path / str(commits), commits) for commits in MOMENTS]
    assert carried[-1] > 0


def _killed(at: Path, place: Path, commits: int) -> int:
    """Kill it after so many commits; what the lab can go on with, in entries."""
    process = subprocess.Popen(
        _command(at, place / "out"), env=_surroundings(place), start_new_session=True,
        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
    )  # fmt: skip
    seen: set[object] = set()
    while process.poll() is None and len(seen) <= commits:
        seen |= {
            (tail.name, tail.stat().st_mtime_ns, tail.stat().st_size)
            for tail in (place / "out").glob("*/tail-*.age")
            if tail.stat().st_size
        }
        time.sleep(0.001)
    os.killpg(process.pid, signal.SIGKILL) if process.poll() is None else None
    process.wait()
    assert _in_clear(place) == []
    (envelope,) = (place / "out").iterdir()
    again = subprocess.run([SEEK, "resume", envelope], check=False, capture_output=True, text=True)
    assert again.returncode == 1
    assert "only the lab can open" in " ".join(again.stderr.split())
    opened = subprocess.run(
        [SEEK, "open", envelope, "--identity", at / "lab", "--out", place / "lab"],
        check=False, capture_output=True, text=True,
    )  # fmt: skip
    if opened.returncode == 1 and "empty" in opened.stderr:
        return 0
    (bundle,) = (place / "lab").iterdir()
    if opened.returncode == 0:  # it was over before it could be killed
        return 1
    assert opened.returncode == 3, opened.stdout + opened.stderr
    resumed = subprocess.run([SEEK, "resume", bundle], check=False, capture_output=True, text=True)
    if any(said in resumed.stderr for said in cut_off.NOT_BEGUN):
        return 0
    assert resumed.returncode in (0, 3), resumed.stdout + resumed.stderr
    assert verify(bundle).failed is None
    document = schema.decode((bundle / layout.FINDINGS).read_bytes())
    return document.resumed[-1].carried_entries
