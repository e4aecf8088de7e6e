import json
import os
import sys
from importlib import resources
from pathlib import Path

import msgspec
import numpy as np
import pytest
import typer
from typer.testing import CliRunner

from cli.similar import similar
from tests.detectors import heif
from tests.workers import crashing
from triage.bundle.format.document import Found
from triage.bundle.format.entries import EntryLine
from triage.coordinator import fork_server
from triage.detectors.pdq import pdq
from triage.detectors.pictures import decode
from triage.errors import BundleError, SourceError, UsageError
from triage.evidence import FileEntry
from triage.findings import Outcome, Result

app = typer.Typer()
app.command()(similar)
PICTURES = resources.files("skimage") / "data"


def line(number: int, path: str, pdq: bytes = b"", found: Found | None = None) -> EntryLine:
    digests = {"pdq": pdq.hex()} if pdq else {}
    return EntryLine(
        FileEntry(id=number, volume_id="d0v1", path=path),
        Result(outcome=Outcome.EXAMINED, digests=digests),
        found,
    )


@pytest.fixture
def bundle(tmp_path: Path) -> Path:
    """The part of a bundle that is read: entries with and without a hash."""
    lines = [line(0, "a.txt")]
    for number, name in enumerate(("astronaut.png", "coffee.png", "chelsea.png"), start=1):
        value = pdq(decode((PICTURES / name).read_bytes(), "image/png").pixels).value
        found = Found(number=1, at="2026-11-21T21:50:24Z", after=1.0) if number % 2 else None
        lines.append(line(number, f"pictures/{name}", value, found))
    text = b"\n".join(msgspec.json.encode(each) for each in lines) + b"\n"
    (tmp_path / "entries.jsonl").write_bytes(text)
    return tmp_path


def run(*arguments: object) -> str:
    result = CliRunner().invoke(app, [str(each) for each in arguments], catch_exceptions=False)
    assert result.exit_code == 0
    return result.output


def test_the_picture_is_found_as_it_is_and_mirrored(bundle: Path, tmp_path: Path) -> None:
    from PIL import Image, ImageOps

    with (PICTURES / "coffee.png").open("rb") as file:
        ImageOps.mirror(Image.open(file)).save(tmp_path / "mirrored.jpg")
    told = run(tmp_path / "mirrored.jpg", bundle)
    assert "pictures/coffee.png (mirrored left to right)" in told
    assert "strong" in told
    assert "1 picture of 3 pictures in the bundle." in told
    (line,) = run(tmp_path / "mirrored.jpg", bundle, "--json").splitlines()
    assert json.loads(line)["path"] == "pictures/coffee.png"


def test_a_small_copy_is_found_though_its_hash_drifts(tmp_path: Path) -> None:
    """At a ninth of its size its published hash is 38 bits from the original's."""
    from PIL import Image

    with (PICTURES / "retina.jpg").open("rb") as file:
        image = Image.open(file).convert("RGB")
    small = np.asarray(image.resize((image.width // 9, image.height // 9)))[:, :, ::-1]
    only = line(1, "small.png", pdq(np.ascontiguousarray(small)).value)
    (tmp_path / "entries.jsonl").write_bytes(msgspec.json.encode(only) + b"\n")
    assert "small.png" in run(PICTURES / "retina.jpg", tmp_path)


def test_another_picture_is_not_found(bundle: Path) -> None:
    assert "0 pictures of 3 pictures" in run(str(PICTURES / "rocket.jpg"), bundle)


def test_what_cannot_be_compared_is_said(bundle: Path, tmp_path: Path) -> None:
    import cv2

    cv2.imwrite(str(tmp_path / "blank.png"), np.full((300, 300, 3), 7, np.uint8))
    with pytest.raises(UsageError, match="too little"):
        run(tmp_path / "blank.png", bundle)
    with pytest.raises(UsageError, match="cannot be decoded"):
        run(bundle / "entries.jsonl", bundle)
    with pytest.raises(SourceError, match="cannot be read"):
        run(tmp_path / "nothing.jpg", bundle)
    with pytest.raises(BundleError, match="not a folder"):
        run(str(PICTURES / "rocket.jpg"), tmp_path / "nowhere")


def test_a_heic_of_a_telephone_is_found(tmp_path: Path) -> None:
    """Its decoder starts a thread and frees its pixels: it runs in a worker without rights."""
    content = heif.content_of("zPug_3.heic")
    only = line(1, "pug.heic", pdq(decode(content, "image/heic").pixels).value)
    (tmp_path / "entries.jsonl").write_bytes(msgspec.json.encode(only) + b"\n")
    assert "  0 bits  strong" in run(heif.FOLDER / "zPug_3.heic", tmp_path)


def test_a_picture_that_crashes_its_decoder_ends_no_command(
    bundle: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(fork_server, "COMMAND", (sys.executable, "-I", crashing.__file__))
    content = (PICTURES / "rocket.jpg").read_bytes()
    (tmp_path / "bad.jpg").write_bytes(content + crashing.ABORTS)
    with pytest.raises(UsageError, match=r"cannot be decoded: crashed the reader \(SIGABRT\)"):
        run(tmp_path / "bad.jpg", bundle)


def test_a_pipe_is_no_picture_and_is_not_waited_for(bundle: Path, tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.jpg")
    for path in (tmp_path / "pipe.jpg", tmp_path):
        with pytest.raises(SourceError, match=r"cannot be read: no plain file"):
            run(path, bundle)


def test_a_link_to_a_picture_is_followed(bundle: Path, tmp_path: Path) -> None:
    (tmp_path / "link").symlink_to(str(PICTURES / "coffee.png"))
    assert "pictures/coffee.png" in run(tmp_path / "link", bundle)


def test_a_broken_line_is_named(bundle: Path) -> None:
    with (bundle / "entries.jsonl").open("ab") as file:
        file.write(b"{broken\n")
    with pytest.raises(BundleError, match="Line 5"):
        run(str(PICTURES / "rocket.jpg"), bundle)


def test_a_bundle_without_hashes_says_how_to_get_some(tmp_path: Path) -> None:
    (tmp_path / "entries.jsonl").write_bytes(b"")
    with pytest.raises(UsageError, match="no perceptual hashes"):
        run(str(PICTURES / "rocket.jpg"), tmp_path)
