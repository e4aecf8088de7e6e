"""Known pictures that were changed, on a disk among others: found as promised, looked at once.

The promise is the table of docs/decisions/pdq-thresholds.md, column 31. The copies that a scan
finds are the very ones that the code which makes the table finds; and as many as the table says,
less one in fifty, for these are other pictures than the table's.
"""

import io
import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from tests.altered import CHANGES, drawn_jpeg, photographs_and_halves, saved
from tests.conftest import Seek
from tests.disks import MIB, ext_volume
from triage.alike import FLOOD
from triage.detectors.pdq import pdq
from triage.detectors.perceptual import appearance_of
from triage.detectors.pictures import decode
from triage.hashsets.perceptual import PerceptualIndex

TABLE = Path(__file__).parents[2] / "docs" / "decisions" / "pdq-thresholds.md"
PICTURES, OTHERS = 30, 3000
CHOSEN = (
    "JPEG quality 50", "JPEG quality 20", "resized to 0.5", "resized to 0.25", "turned by 90°",
    "mirrored", "brightness + 30 %", "grey", "white frame, 5 %", "black bars, 15 % on two sides",
)  # fmt: skip
PROFILE = """
name: altered copies
description: Digests and likeness alone.
detectors:
  - use: hash_set
  - use: perceptual
thumbnails: {look: false}
"""


def promised(change: str) -> float:
    """Share of copies that the table says are found."""
    row = next(line for line in TABLE.read_text().splitlines() if line.startswith(f"| {change} |"))
    return float(row.split("|")[7]) / 100


def copies(originals: list[Image.Image]) -> Iterator[tuple[str, bytes]]:
    """Path and content; the path says which picture, and how it was changed."""
    for number, image in enumerate(originals):
        for place, change in enumerate(CHOSEN):
            altered, quality = CHANGES[change]
            yield f"copies/{number:02}-{place}.jpg", saved(altered(image), quality)


def found_in_memory(originals: list[Image.Image]) -> set[str]:
    """The copies that are found where nothing but the detector's own code runs."""
    saved_once = (decode(saved(image, 95), "image/jpeg") for image in originals)
    index = PerceptualIndex.of_hashes([pdq(picture.pixels).value for picture in saved_once])
    looked = (
        (path, appearance_of(decode(copy, "image/jpeg").pixels)) for path, copy in copies(originals)
    )
    return {path for path, looks in looked if looks and len(index.search(looks.queries).values)}


@pytest.fixture(scope="module")
def originals() -> list[Image.Image]:
    return photographs_and_halves([], PICTURES)


@pytest.fixture(scope="module")
def bundle(
    originals: list[Image.Image], seek: Seek, tmp_path_factory: pytest.TempPathFactory
) -> Path:
    """Of a scan with a set that `hash-set build --pictures` made of the thirty originals."""
    folder = tmp_path_factory.mktemp("altered")
    (folder / "own").mkdir()
    for number, image in enumerate(originals):
        (folder / "own" / f"{number}.jpg").write_bytes(saved(image, 95))
    files = dict(copies(originals)) | {
        f"others/{n // 500}/{n:04}.jpg": drawn_jpeg(n) for n in range(OTHERS)
    }
    disk, known, profile = folder / "disk.img", folder / "own.seekset", folder / "profile.yaml"
    ext_volume(disk, 160 * MIB, files)
    profile.write_text(PROFILE)
    built = seek("hash-set", "build", "--pictures", folder / "own", "--out", known, "--name", "Own")
    assert built.returncode == 0, built.stderr
    done = seek(
        "scan", disk, "--profile", profile, "--hash-set", known, "--out", folder / "bundles"
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert " 30 to look at" in done.stdout
    (bundle,) = (folder / "bundles").iterdir()
    return bundle


@pytest.fixture(scope="module")
def findings(bundle: Path) -> list[dict[str, Any]]:
    document: dict[str, Any] = json.loads((bundle / "findings.json").read_text())
    listed: list[dict[str, Any]] = document["findings"]
    return listed


def test_all_that_the_table_promises_is_found_and_nothing_else(
    originals: list[Image.Image],
    bundle: Path,
    findings: list[dict[str, Any]],
    capsys: pytest.CaptureFixture[str],
) -> None:
    lines = (bundle / "entries.jsonl").read_text().splitlines()
    assert sum('"pdq":' in line for line in lines) >= OTHERS + 290
    found = {finding["entry"]["path"] for finding in findings}
    assert found == found_in_memory(originals)
    counts = {
        change: sum(path.endswith(f"-{place}.jpg") for path in found)
        for place, change in enumerate(CHOSEN)
    }
    with capsys.disabled():
        print(f"\n  {len(found)} of {PICTURES * len(CHOSEN)} copies: {counts}")
    assert len(found) >= 0.98 * PICTURES * sum(map(promised, CHOSEN))
    assert all(count >= promised(change) * PICTURES - 2 for change, count in counts.items())


def test_they_are_thirty_groups_of_the_right_copies(findings: list[dict[str, Any]]) -> None:
    groups: dict[int, set[str]] = {}
    for finding in findings:
        picture = finding["entry"]["path"].removeprefix("copies/").partition("-")[0]
        found = finding["found"]
        groups.setdefault(found.get("group", 0) or found["number"], set()).add(picture)
    assert len(groups) == PICTURES
    assert all(len(pictures) == 1 for pictures in groups.values())


def test_the_report_shows_thirty_cards_with_a_preview_and_the_others_in_lines(
    bundle: Path, findings: list[dict[str, Any]]
) -> None:
    report = (bundle / "report.html").read_text()
    assert report.count('<article class="finding"') == PICTURES
    assert report.count("<img ") == PICTURES
    assert f"{len(findings):,} findings, {PICTURES} to look at" in report
    assert all(f'id="line-{finding["found"]["number"]}"' in report for finding in findings)


def test_strength_is_strong_to_15_bits_and_possible_to_31(findings: list[dict[str, Any]]) -> None:
    strengths = set()
    for finding in findings:
        (match,) = finding["result"]["matches"]
        strength = match["provenance"]["strength"]
        assert strength == ("strong" if match["score"] <= 15 else "possible")
        assert re.search(
            rf"{match['score']:.0f} of 256 bits differ, a {strength} match", match["reason"]
        )
        assert match["score"] <= match["threshold"] == 31
        strengths.add(strength)
    assert strengths == {"strong", "possible"}


def test_an_entry_that_absurdly_many_pictures_look_like_is_said_once(
    seek: Seek, tmp_path: Path
) -> None:
    """230 pictures that differ in a dot, and a set that holds one of them; and another pair."""
    base = Image.open(io.BytesIO(drawn_jpeg(1)))
    files = {"another/0.jpg": drawn_jpeg(2), "another/1.jpg": drawn_jpeg(2)}
    for number in range(FLOOD + 30):
        dotted = base.copy()
        dotted.paste("white", (number, number, number + 4, number + 4))
        files[f"alike/{number:03}.jpg"] = saved(dotted)
    ext_volume(tmp_path / "disk.img", 64 * MIB, files)
    values = [pdq(decode(drawn_jpeg(n), "image/jpeg").pixels).value.hex() for n in (1, 2)]
    (tmp_path / "pdq.txt").write_text("".join(f"{value},100\n" for value in values))
    (tmp_path / "profile.yaml").write_text(PROFILE)
    done = seek(
        "scan", tmp_path / "disk.img", "--profile", tmp_path / "profile.yaml",
        "--hash-set", tmp_path / "pdq.txt", "--out", tmp_path / "out",
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert done.stdout.count("FINDING ") < FLOOD + 3
    assert done.stdout.count("further ones are only counted") == 1
    assert f"{FLOOD + 32} FINDINGS" in done.stdout
    (bundle,) = (tmp_path / "out").iterdir()
    document = json.loads((bundle / "findings.json").read_text())
    assert len(document["findings"]) == FLOOD + 32
    assert len(list((bundle / "media").iterdir())) == FLOOD
    report = (bundle / "report.html").read_text()
    assert report.count('<article class="finding"') == 2
    assert "doubt the entry" in report
    assert "1 exact copy" in report
    assert seek("verify", bundle).returncode == 0
