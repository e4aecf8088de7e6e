"""Videos in a scan: their frames held against a set and a model, and shown as a contact sheet."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image, ImageOps

from tests.altered import drawn_jpeg, photographs
from tests.conftest import Seek
from tests.disks import MIB, ext_volume
from triage.detectors.pdq import pdq
from triage.detectors.pictures import opencv

FRAMES = 6
PROFILE = f"""
name: videos
description: Frames of videos.
detectors:
  - use: hash_set
  - use: perceptual
  - use: classifier
    model: open-nsfw
    threshold: 0
  - use: video
    frames: {FRAMES}
    time: 10 h
thumbnails: {{look: false}}
"""


def video(path: Path, pictures: list[Image.Image]) -> bytes:
    """Two seconds of each picture, ten frames a second."""
    cv2 = opencv()
    writer = cv2.VideoWriter(str(path), cv2.VideoWriter_fourcc(*"MJPG"), 10, (480, 360))
    for picture in pictures:
        frame = np.ascontiguousarray(np.asarray(picture.resize((480, 360)))[:, :, ::-1])
        for _ in range(20):
            writer.write(frame)
    writer.release()
    return path.read_bytes()


@pytest.fixture(scope="module")
def scanned(seek: Seek, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A bundle of a disk with three videos: known pictures, the same mirrored, and others."""
    folder = tmp_path_factory.mktemp("videos")
    known, others = photographs([], 4), [drawn_frame(n) for n in range(4)]
    mirrored = [ImageOps.mirror(picture) for picture in known]
    files = {
        "known.avi": video(folder / "a.avi", known),
        "mirrored.avi": video(folder / "b.avi", mirrored),
        "others.avi": video(folder / "c.avi", others),
        "short.avi": short_scene(folder / "e.avi", others[0], known[0]),
        "broken.avi": video(folder / "d.avi", known)[:300],
    }
    ext_volume(folder / "disk.img", 96 * MIB, files)
    lines = []
    for number, picture in enumerate(known):
        frame = np.ascontiguousarray(np.asarray(picture.resize((480, 360)))[:, :, ::-1])
        lines.append(f"{number},100,{pdq(frame).value.hex()},{number}.000\n")
    (folder / "vpdq.txt").write_text("".join(lines))
    (folder / "profile.yaml").write_text(PROFILE)
    done = seek(
        "scan", folder / "disk.img", "--profile", folder / "profile.yaml",
        "--hash-set", folder / "vpdq.txt", "--out", folder / "out",
    )  # fmt: skip
    assert done.returncode in {0, 3}, done.stdout + done.stderr
    (bundle,) = (folder / "out").iterdir()
    return bundle


def short_scene(path: Path, long: Image.Image, short: Image.Image) -> bytes:
    """A picture for half a minute, and another for half a second, where no frame is due."""
    cv2 = opencv()
    writer = cv2.VideoWriter(str(path), cv2.VideoWriter_fourcc(*"MJPG"), 10, (480, 360))
    for picture, count in ((long, 157), (short, 5), (long, 143)):
        frame = np.ascontiguousarray(np.asarray(picture.resize((480, 360)))[:, :, ::-1])
        for _ in range(count):
            writer.write(frame)
    writer.release()
    return path.read_bytes()


def drawn_frame(seed: int) -> Image.Image:
    frame = opencv().imdecode(np.frombuffer(drawn_jpeg(seed), np.uint8), 1)
    return Image.fromarray(frame[:, :, ::-1])


def found(bundle: Path, name: str, kind: str) -> dict[str, Any] | None:
    document = json.loads((bundle / "findings.json").read_text())
    matches = [
        match
        for finding in document["findings"]
        if finding["entry"]["path"] == name
        for match in finding["result"]["matches"]
        if match["kind"] == kind
    ]
    return matches[0] if matches else None


def test_a_video_of_known_pictures_is_found_by_the_share_of_its_frames(scanned: Path) -> None:
    match = found(scanned, "known.avi", "perceptual")
    assert match is not None
    of = int(match["provenance"]["frames"].split(" of ")[1])
    assert 4 <= of <= FRAMES
    assert match["score"] == 1.0
    assert match["provenance"]["strength"] == "strong"


def test_a_mirrored_video_is_found_and_another_is_not(scanned: Path) -> None:
    match = found(scanned, "mirrored.avi", "perceptual")
    assert match is not None
    assert match["provenance"]["manner"] == "mirrored left to right"
    assert found(scanned, "others.avi", "perceptual") is None


def test_the_model_looks_at_the_same_frames(scanned: Path) -> None:
    for name in ("known.avi", "others.avi"):
        match = found(scanned, name, "classifier")
        assert match is not None
        assert 0 <= float(match["provenance"]["at"]) <= 8


def test_the_preview_is_a_contact_sheet_of_the_frames(scanned: Path) -> None:
    document = json.loads((scanned / "findings.json").read_text())
    (finding,) = (f for f in document["findings"] if f["entry"]["path"] == "known.avi")
    with Image.open(scanned / finding["found"]["preview"]) as sheet:
        assert sheet.mode == "L"
        assert sheet.width == 240
        columns = np.asarray(sheet).astype(int).reshape(sheet.height, 3, 80)
    first, second, third = (columns[:60, place].mean() for place in range(3))
    assert len({round(first), round(second), round(third)}) > 1


def test_a_known_picture_that_is_shown_for_half_a_second_is_found_and_said_to_be_a_scene(
    scanned: Path,
) -> None:
    match = found(scanned, "short.avi", "perceptual")
    assert match is not None
    assert match["reason"].startswith("1 of 1 changes of scene of this video")
    lines = map(json.loads, (scanned / "entries.jsonl").read_text().splitlines())
    (seen,) = (line["result"]["frames"] for line in lines if line["entry"]["path"] == "short.avi")
    assert [15.7 <= at <= 16.2 for at in seen["scenes"]] == [True]
    assert seen["count"] == FRAMES + 1
    report = (scanned / "report.html").read_text()
    assert "1 at a change of scene: 0:15" in report


def test_a_video_that_cannot_be_decoded_is_counted_as_unreadable(scanned: Path) -> None:
    lines = map(json.loads, (scanned / "entries.jsonl").read_text().splitlines())
    (broken,) = (line["result"] for line in lines if line["entry"]["path"] == "broken.avi")
    assert (broken["outcome"], broken["reason"]) == ("unreadable", "video cannot be decoded")
