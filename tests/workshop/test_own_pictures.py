"""A lab's own pictures to hashes, by real workers that were given the files and no right."""

import hashlib
import io
import os
import signal
import subprocess
import sys
from importlib import resources
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from tests.coordinator import illegal
from tests.detectors import heif
from tests.guises import jpeg_xl, making, raws
from tests.unprivileged import public_folder, unprivileged
from tests.workers import crashing
from triage.coordinator import describers, fork_server
from triage.detectors.item import Item
from triage.detectors.pdq import QUALITY, pdq
from triage.detectors.perceptual import PerceptualDetector
from triage.detectors.pictures import decode, opencv
from triage.detectors.types import type_of
from triage.errors import HashSetError, WorkerError
from triage.evidence import FileEntry
from triage.hashsets.hash_set import open_set
from triage.hashsets.importing import BuildOrder, build
from triage.hashsets.records import Imported, SetRecord
from triage.profile import SetKind
from triage.workshop import own_pictures
from triage.workshop.opening import NO_FILE, CannotOpenError, open_file
from triage.workshop.own_pictures import given

ILLEGAL = (sys.executable, "-I", illegal.__file__)
CRASHING = (sys.executable, "-I", crashing.__file__)
SKIMAGE = resources.files("skimage") / "data"
SKLEARN = resources.files("sklearn.datasets") / "images"
PHOTOGRAPHS = {
    "coffee.png": SKIMAGE / "coffee.png",
    "rocket.jpg": SKIMAGE / "rocket.jpg",
    "retina.jpg": SKIMAGE / "retina.jpg",
    "china.jpg": SKLEARN / "china.jpg",
    "flower.jpg": SKLEARN / "flower.jpg",
}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Two photographs, a blank picture, one that is cut off in its header, a link and a text."""
    folder = tmp_path / "own"
    (folder / "below").mkdir(parents=True)
    for name in ("coffee.png", "rocket.jpg"):
        (folder / "below" / name).write_bytes(PHOTOGRAPHS[name].read_bytes())
    (folder / "notes.txt").write_text("no picture, but a text long enough to be told as one")
    opencv().imwrite(str(folder / "blank.png"), np.full((300, 300, 3), 9, np.uint8))
    (folder / "cut.jpg").write_bytes((folder / "below" / "rocket.jpg").read_bytes()[:80])
    (folder / "link.png").symlink_to(folder / "blank.png")
    return folder


def recorded(folder: Path, workers: int = 2) -> tuple[list[SetRecord], Imported]:
    imported = Imported(name="own")
    return list(given(folder, workers).records(imported)), imported


def _pdq(content: bytes) -> bytes:
    """As a library makes it in this process, which has all rights."""
    hashed = pdq(decode(content, type_of(content)).pixels)
    return hashed.value if hashed.quality >= QUALITY else b""


def test_a_folder_becomes_a_set_of_hashes_that_finds_copies(folder: Path, tmp_path: Path) -> None:
    out = tmp_path / "own.seekset"
    (imported,) = build(
        BuildOrder(given=[given(folder)], name="own", kind=SetKind.NOTABLE), out
    ).inputs
    assert (imported.name, imported.format, imported.records) == ("own", "own pictures", 4)
    assert imported.dropped["not a picture"] == 1
    assert imported.dropped[NO_FILE] == 1
    assert sum(imported.dropped.values()) == 4
    named = [note.partition(":")[0] for note in imported.notes]
    assert sorted(named) == ["blank.png", "cut.jpg", "link.png"]
    content = (folder / "below" / "rocket.jpg").read_bytes()
    assert content[500:600] not in out.read_bytes()
    assert b"rocket" not in out.read_bytes()
    with open_set(out) as own:
        assert own.header.digests == {"md5": 4, "sha1": 4, "sha256": 4, "pdq": 2}
        assert own.header.every_size
        small = opencv().resize(decode(content, "image/jpeg").pixels, (320, 214))
        encoded = bytes(opencv().imencode(".jpg", small)[1])
        entry = FileEntry(id=1, volume_id="v", path="x")
        item = Item(entry=entry, head=b"", picture=decode(encoded, "image/jpeg"))
        ((match,),) = PerceptualDetector([own]).matches_of([item])
        assert match.provenance["strength"] == "strong"


def test_a_camera_s_raw_file_looks_like_the_largest_jpeg_inside(tmp_path: Path) -> None:
    jpeg = making.jpeg_of(making.photograph())
    files = {
        "a.nef": raws.tiff_based(jpeg, by="sub"), "b.raf": raws.fuji(jpeg), "c.jxl":
        jpeg_xl.written(making.photograph()), "none.nef": raws.tiff_based(b"", by="sub"),
    }  # fmt: skip
    for name, content in files.items():
        (tmp_path / name).write_bytes(content)
    records, imported = recorded(tmp_path)
    assert "not a picture" not in imported.dropped
    told = {record.md5: record.pdq for record in records}
    for name in ("a.nef", "b.raf"):
        whole = hashlib.md5(files[name], usedforsecurity=False).digest()
        assert told[whole] == _pdq(jpeg), name


def test_every_type_and_maker_has_the_hashes_that_its_library_gives(tmp_path: Path) -> None:
    """In folders of folders, by several workers, in the order of the folders."""
    files = {name: path.read_bytes() for name, path in PHOTOGRAPHS.items()}
    files |= {name: heif.content_of(name) for name in heif.MEANS}
    files["meta-last.heif"] = heif.with_its_meta_last(files["RGB_8__128x128.heif"], 1_200_000)
    picture = Image.open(io.BytesIO(files["coffee.png"])).convert("RGB")
    for form in ("WEBP", "GIF", "TIFF", "BMP", "AVIF", "JPEG"):
        stream = io.BytesIO()
        picture.save(stream, form)
        files[f"coffee.{form.lower()}"] = stream.getvalue()
    for number, (name, content) in enumerate(sorted(files.items())):
        place = tmp_path / f"{number % 3}" / "deeper"
        place.mkdir(parents=True, exist_ok=True)
        (place / name).write_bytes(content)
    paths = sorted(path for path in tmp_path.rglob("*") if path.is_file())
    records, imported = recorded(tmp_path)
    flat = {path.name for path, record in zip(paths, records, strict=True) if not record.pdq}
    assert flat == {name for name in files if name.startswith(("L_", "RGB", "meta"))}, "gradients"
    assert sum(imported.dropped.values()) == len(flat)
    assert records == [
        SetRecord(
            md5=hashlib.md5(content, usedforsecurity=False).digest(),
            sha1=hashlib.sha1(content, usedforsecurity=False).digest(),
            sha256=hashlib.sha256(content).digest(),
            pdq=_pdq(content),
            size=len(content),
        )
        for content in (path.read_bytes() for path in paths)
    ]


def test_a_picture_that_crashes_its_decoder_costs_its_pdq_and_nothing_else(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(fork_server, "COMMAND", CRASHING)
    content = (folder / "below" / "rocket.jpg").read_bytes()
    (folder / "below" / "a.jpg").write_bytes(content + crashing.ABORTS)
    (folder / "below" / "z.jpg").write_bytes(content + crashing.RAISES)
    records, imported = recorded(folder)
    lost = "no PDQ of it, its digests only: crashed the reader (SIGABRT)"
    assert imported.dropped[lost] == 1
    assert f"{Path('below', 'a.jpg')}: crashed the reader (SIGABRT)" in imported.notes
    assert f"{Path('below', 'z.jpg')}: picture needs too much memory" in imported.notes
    by_md5 = {each.md5: each for each in records}
    for name, has_pdq in (("a.jpg", False), ("z.jpg", False), ("rocket.jpg", True)):
        whole = (folder / "below" / name).read_bytes()
        record = by_md5[hashlib.md5(whole, usedforsecurity=False).digest()]
        assert record.sha256 == hashlib.sha256(whole).digest()
        assert record.size == len(whole)
        assert bool(record.pdq) is has_pdq
    assert len(records) == 6


def test_a_file_that_nobody_survives_is_left_out_and_named(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(fork_server, "COMMAND", CRASHING)
    (folder / "a.jpg").write_bytes(crashing.ABORTS_TYPING)
    records, imported = recorded(folder)
    assert imported.dropped["crashed the reader (SIGABRT)"] == 1
    assert "a.jpg: crashed the reader (SIGABRT)" in imported.notes
    assert len(records) == 4


def test_one_that_stalls_is_ended(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fork_server, "COMMAND", CRASHING)
    monkeypatch.setattr(describers, "_FILE_SECONDS", 4.0)  # ample for the others
    content = (folder / "below" / "rocket.jpg").read_bytes()
    (folder / "stalls.jpg").write_bytes(content + crashing.STALLS)
    records, imported = recorded(folder)
    assert imported.dropped["no PDQ of it, its digests only: took too long"] == 1
    assert len(records) == 5


def test_a_pipe_is_not_waited_for_and_no_device_is_opened(folder: Path) -> None:
    os.mkfifo(folder / "pipe.jpg")
    (folder / "zero.jpg").symlink_to("/dev/zero")
    (folder / "gone.jpg").symlink_to(folder / "nothing")
    records, imported = recorded(folder)
    assert imported.dropped[NO_FILE] == 4
    assert len(records) == 4


def test_what_cannot_be_opened_is_counted_and_named(folder: Path) -> None:
    """Its path is longer than one may be, which root cannot change."""
    deep = os.open(folder, os.O_RDONLY)
    place, name = folder, "d" * 200
    while len(str(place)) < 3650:
        os.mkdir(name, dir_fd=deep)
        below = os.open(name, os.O_RDONLY, dir_fd=deep)
        os.close(deep)
        deep, place = below, place / name
    last = "p" * 250 + ".jpg"
    middle = "e" * (4095 - len(str(place)) - 200)
    os.mkdir(middle, dir_fd=deep)
    inner = os.open(middle, os.O_RDONLY, dir_fd=deep)
    os.close(os.open(last, os.O_WRONLY | os.O_CREAT, dir_fd=inner))
    records, imported = recorded(folder)
    assert imported.dropped["File name too long"] == 1
    assert len(records) == 4
    os.unlink(last, dir_fd=inner)
    os.close(inner)
    os.close(deep)


def test_what_is_closed_to_its_reader_is_named_so() -> None:
    with public_folder() as folder:
        (folder / "a.jpg").write_bytes(b"closed")
        (folder / "a.jpg").chmod(0)
        with unprivileged(), pytest.raises(CannotOpenError, match="Permission denied"):
            open_file(folder / "a.jpg", "a.jpg")


def test_reasons_in_a_worker_s_words_do_not_fill_a_set_s_header(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One that was taken over words another for each picture."""
    monkeypatch.setattr(fork_server, "COMMAND", CRASHING)
    for number in range(own_pictures._MOST_REASONS + 9):
        (tmp_path / f"{number}.jpg").write_bytes(crashing.REFUSES + bytes([number]))
    _, imported = recorded(tmp_path)
    assert len(imported.dropped) == own_pictures._MOST_REASONS + 1
    assert imported.dropped["for another reason"] == 9


def test_a_folder_that_is_not_there_is_named(tmp_path: Path) -> None:
    order = BuildOrder(given=[given(tmp_path / "nowhere")], name="own", kind=SetKind.NOTABLE)
    with pytest.raises(HashSetError, match="nowhere"):
        build(order, tmp_path / "own.seekset")
    assert not list(tmp_path.iterdir())


def test_a_folder_without_pictures_makes_no_set(tmp_path: Path) -> None:
    (tmp_path / "own").mkdir()
    (tmp_path / "own" / "notes.txt").write_text("no picture")
    order = BuildOrder(given=[given(tmp_path / "own")], name="own", kind=SetKind.NOTABLE)
    with pytest.raises(HashSetError, match="1 not a picture"):
        build(order, tmp_path / "own.seekset")


def test_a_build_whose_workers_do_not_start_says_so_and_leaves_nothing(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(fork_server, "COMMAND", (*ILLEGAL, "cv2"))
    order = BuildOrder(given=[given(folder)], name="own", kind=SetKind.NOTABLE)
    with pytest.raises(WorkerError, match=r"could not start: crashed the reader \(SIGILL\)"):
        build(order, tmp_path / "own.seekset")
    assert [path.name for path in tmp_path.iterdir()] == ["own"]


def test_no_file_stays_open(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fork_server, "COMMAND", CRASHING)
    (folder / "a.jpg").write_bytes(crashing.ABORTS_TYPING)
    before = _held()
    recorded(folder)
    records = given(folder, 2).records(Imported(name="own"))
    next(records)
    records.close()  # type: ignore[attr-defined]
    assert _held() == before


def _held() -> list[str]:
    return sorted(str(path) for path in Path("/proc/self/fd").iterdir())


BUILDS = """
import sys
from triage.coordinator import fork_server

if sys.argv[1] != "-":
    fork_server.COMMAND = (sys.executable, "-I", sys.argv[1])
sys.argv[1:] = ["hash-set", "build", "--pictures", *sys.argv[2:], "--name", "own"]
from cli.__main__ import main
sys.exit(main())
"""


def test_a_build_that_was_killed_does_not_block_the_next(folder: Path, tmp_path: Path) -> None:
    content = (folder / "below" / "rocket.jpg").read_bytes()
    (folder / "stalls.jpg").write_bytes(content + crashing.STALLS)
    out = tmp_path / "own.seekset"
    part = tmp_path / ".own.seekset.part"
    command = [sys.executable, "-c", BUILDS, crashing.__file__, str(folder), "--out", str(out)]
    with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE) as cut:
        while not part.exists():
            assert cut.poll() is None
        cut.kill()
    assert cut.returncode == -signal.SIGKILL
    assert part.exists()
    command[3] = "-"
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert sorted(path.name for path in tmp_path.iterdir()) == ["own", "own.seekset"]
    with open_set(out) as own:
        own.verify()
        assert own.header.digests == {"md5": 5, "sha1": 5, "sha256": 5, "pdq": 2}
