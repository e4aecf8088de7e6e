"""Known pictures behind the first one in a file: frames, pages and further pictures, in a scan."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from tests.altered import drawn_jpeg, photographs
from tests.conftest import Seek
from tests.detectors import heif, several
from tests.disks import MIB, ext_volume
from tests.workers.scanning import lines_of
from triage.bundle.format.entries import EntryLine
from triage.detectors.pdq import pdq
from triage.detectors.pictures import decode, opencv
from triage.findings import Outcome

PROFILE = """
name: pictures
description: Pictures, and what is behind them.
detectors:
  - use: hash_set
  - use: perceptual
  - use: classifier
    model: open-nsfw
    threshold: 0
thumbnails: {look: false}
limits: {entry_time: 10 h}
"""
COUNT = 4
KNOWN_AT = 2
"""The third of four shows the known photograph."""
SIZE = (360, 270)


def drawn(seed: int) -> Image.Image:
    pixels = opencv().imdecode(np.frombuffer(drawn_jpeg(seed), np.uint8), 1)
    return Image.fromarray(np.ascontiguousarray(pixels[:, :, ::-1])).resize(SIZE)


def blue_green_red(image: Image.Image) -> "np.ndarray":
    return np.ascontiguousarray(np.asarray(image.convert("RGB"))[:, :, ::-1])


@pytest.fixture(scope="module")
def files() -> dict[str, bytes]:
    others = [drawn(number) for number in range(COUNT)]
    frames = [*others]
    frames[KNOWN_AT] = photographs([], 1)[0].resize(SIZE)
    files = {f"found {kind}": write(frames) for kind, write in several.KINDS.items()}
    files |= {f"copy {kind}": files[f"found {kind}"] for kind in ("plain.gif", "raw.tiff")}
    files |= {f"other {kind}": several.KINDS[kind](others) for kind in ("plain.gif", "raw.tiff")}
    files["broken.gif"] = files["found plain.gif"].replace(
        b"\x2c" + bytes(4), b"\x2c" + b"\xff" * 4
    )
    files["lost page.tif"] = without_its_second_page(files["found packed.tif"])
    files["zPug_3.heic"] = heif.content_of("zPug_3.heic")
    return files


def without_its_second_page(tiff: bytes) -> bytes:
    first = int.from_bytes(tiff[4:8], "little")
    end = first + 2 + 12 * int.from_bytes(tiff[first : first + 2], "little")
    second = int.from_bytes(tiff[end : end + 4], "little")
    length = 12 * int.from_bytes(tiff[second : second + 2], "little")
    return tiff[: second + 2] + b"\xff" * length + tiff[second + 2 + length :]


@pytest.fixture(scope="module")
def scanned(seek: Seek, files: dict[str, bytes], tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("several")
    ext_volume(folder / "disk.img", 64 * MIB, files)
    pug = decode_third_of(files["zPug_3.heic"])
    known = (blue_green_red(photographs([], 1)[0].resize(SIZE)), pug)
    values = "".join(f"{pdq(pixels).value.hex()},100\n" for pixels in known)
    (folder / "known-pdq.csv").write_text(f"hash,quality\n{values}")
    (folder / "profile.yaml").write_text(PROFILE)
    done = seek(
        "scan", folder / "disk.img", "--profile", folder / "profile.yaml",
        "--hash-set", folder / "known-pdq.csv", "--out", folder / "out",
    )  # fmt: skip
    assert done.returncode == 3, done.stdout + done.stderr
    (bundle,) = (folder / "out").iterdir()
    return bundle


def decode_third_of(heic: bytes) -> "np.ndarray":
    from triage.detectors.later_pictures import later_pictures

    pixels: np.ndarray = later_pictures(heic, "image/heic").frames[1].picture.pixels
    return pixels


def line_of(bundle: Path, name: str) -> EntryLine:
    return next(line for line in lines_of(bundle) if line.entry.path == name)


def match_of(bundle: Path, name: str, kind: str) -> Any:
    return next((m for m in line_of(bundle, name).result.matches if m.kind == kind), None)


@pytest.mark.parametrize("kind", [*several.KINDS, "copy plain.gif", "copy raw.tiff"])
def test_a_known_picture_is_found_behind_the_first_and_it_is_said_where(
    scanned: Path, kind: str
) -> None:
    name = kind if kind.startswith("copy") else f"found {kind}"
    match = match_of(scanned, name, "perceptual")
    assert match is not None
    line = line_of(scanned, name)
    word = "page" if line.result.type == "image/tiff" else "frame"
    assert match.provenance["frame"] == f"{word} {KNOWN_AT + 1} of {COUNT}"
    assert match.reason.startswith(f"Its {word} {KNOWN_AT + 1} of {COUNT} looks like a picture in")
    assert line.result.outcome is Outcome.EXAMINED


def test_another_is_not(scanned: Path) -> None:
    for kind in ("plain.gif", "raw.tiff"):
        assert match_of(scanned, f"other {kind}", "perceptual") is None


def test_a_further_picture_of_a_heif_is_found(scanned: Path) -> None:
    match = match_of(scanned, "zPug_3.heic", "perceptual")
    assert match.provenance["frame"] == "picture 3 of 3"


def test_the_model_looks_at_them_too(scanned: Path) -> None:
    parts = {
        match_of(scanned, f"found {kind}", "classifier").provenance.get("frame", "")
        for kind in several.KINDS
    }
    assert parts <= {"", *(f"{w} {n} of {COUNT}" for w in ("frame", "page") for n in (2, 3, 4))}
    assert parts != {""}


def test_what_is_broken_behind_the_first_is_counted_and_the_rest_is_looked_at(
    scanned: Path,
) -> None:
    line = line_of(scanned, "lost page.tif")
    assert line.result.outcome is Outcome.UNREADABLE
    assert line.result.reason == "a later picture in it could not be decoded"
    assert match_of(scanned, "lost page.tif", "perceptual").provenance["frame"] == "page 3 of 4"
    assert line_of(scanned, "broken.gif").result.outcome is Outcome.UNREADABLE
    coverage = json.loads((scanned / "findings.json").read_text())["coverage"]
    (volume,) = (each for each in coverage["volumes"].values() if each["listed"]["entries"])
    assert volume["reasons"][f"unreadable: {line.result.reason}"]["entries"] >= 1


def test_the_preview_shows_all_that_was_looked_at(scanned: Path) -> None:
    document = json.loads((scanned / "findings.json").read_text())
    found = {f["entry"]["path"]: f["found"] for f in document["findings"]}
    (shown,) = {found[f"{name} raw.tiff"].get("preview", "") for name in ("found", "copy")} - {""}
    with Image.open(scanned / shown) as sheet:
        assert (sheet.mode, sheet.width) == ("L", 240)
        columns = np.asarray(sheet).astype(int)[:60].reshape(60, 3, 80).mean(axis=(0, 2))
    assert len({round(mean) for mean in columns}) == 3


def test_what_is_behind_it_changes_nothing_of_the_first(
    scanned: Path, files: dict[str, bytes]
) -> None:
    result = line_of(scanned, "found raw.tiff").result
    first = decode(files["found raw.tiff"], "image/tiff")
    assert result.digests["pdq"] == pdq(first.pixels).value.hex()
    assert result.digests["blake3"]
