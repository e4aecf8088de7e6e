"""A picture is not a disk with no findings: it is refused, and no image of a disk ever is."""

import io
import struct
import tarfile
import zipfile
from collections.abc import Callable
from pathlib import Path

import hypothesis
import pytest
from hypothesis import strategies as some
from PIL import Image

from tests import disks
from tests.conftest import Seek
from tests.demo import photographs
from triage.coordinator.listing import volumes_of
from triage.devices.other_files import other_file
from triage.errors import SourceError, UsageError
from triage.evidence import VolumeState
from triage.scan.given import given

JPEG = b"\xff\xd8\xff\xe0\x00\x10JFIF\x00"


def a_picture(kind: str) -> bytes:
    made = io.BytesIO()
    Image.open(io.BytesIO(photographs()[0])).convert("RGB").resize((300, 200)).save(made, kind)
    return made.getvalue()


def a_zip() -> bytes:
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w") as archive:
        archive.writestr("a.txt", "bread and butter")
    return made.getvalue()


def a_tar() -> bytes:
    made = io.BytesIO()
    with tarfile.open(fileobj=made, mode="w") as archive:
        info = tarfile.TarInfo("a.txt")
        info.size = 5
        archive.addfile(info, io.BytesIO(b"bread"))
    return made.getvalue()


OTHERS = {
    "a.jpg": (a_picture("JPEG"), "a JPEG picture", "the folder"),
    "a.png": (a_picture("PNG"), "a PNG picture", "the folder"),
    "a.gif": (a_picture("GIF"), "a GIF picture", "the folder"),
    "a.webp": (a_picture("WEBP"), "a WebP picture", "the folder"),
    "a.bmp": (a_picture("BMP"), "a BMP picture", "the folder"),
    "a.tif": (a_picture("TIFF"), "a TIFF or raw picture", "the folder"),
    "a.avif": (a_picture("AVIF"), "an AVIF picture", "the folder"),
    "a.jp2": (a_picture("JPEG2000"), "a JPEG 2000 picture", "the folder"),
    "a.zip": (a_zip(), "a zip archive", "Unpack it"),
    "a.tar": (a_tar(), "a tar archive", "Unpack it"),
    "a.pdf": (b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n1 0 obj\n", "a PDF document", "the folder"),
    "a.doc": (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600), "an Office document", "folder"),
    "a.mp4": (b"\0\0\0\x20ftypisom" + bytes(300), "a video (MP4)", "the folder"),
    "a.mts": (b"".join(bytes(4) + b"G" + bytes(187) for _ in range(40)), "a video", "the folder"),
    "a.mkv": (b"\x1aE\xdf\xa3" + bytes(300), "a video (Matroska, WebM)", "the folder"),
    "list.md5": (b"0cc175b9c0f1b6a831c399e269772661\n" * 9, "a text", "--hash-set"),
    "list.csv": ("Kategorie;Größe\n1;2\n".encode("latin-1") * 99, "a text", "--hash-set"),
    "wide.txt": (("Kategorie;Größe\n" * 999).encode("utf-16"), "a text", "--hash-set"),
}  # fmt: skip


@pytest.mark.parametrize("name", OTHERS)
def test_a_file_that_is_no_disk_is_refused_with_what_it_is_and_what_to_do(
    name: str, tmp_path: Path
) -> None:
    content, what, todo = OTHERS[name]
    (tmp_path / name).write_bytes(content)
    with pytest.raises(UsageError) as caught:
        given([tmp_path / name])
    assert f"{name} is {what}" in caught.value.message
    assert "not an image of a disk" in caught.value.message
    assert todo in caught.value.hint
    assert "--as-image" in caught.value.hint
    (device,) = given([tmp_path / name], as_image=True)
    assert device.size == len(content)


def begun_with(path: Path, head: bytes) -> None:
    with path.open("r+b") as file:
        file.write(head)


def an_iso(path: Path) -> None:
    """Ecma-119, a primary volume descriptor with an empty root directory, and its end."""

    def both(number: int, size: int) -> bytes:
        return number.to_bytes(size, "little") + number.to_bytes(size, "big")

    root = b"\x22\0" + both(18, 4) + both(2048, 4) + bytes(7) + b"\x02\0\0" + both(1, 2) + b"\x01\0"
    first = b"\x01CD001\x01\0" + b" " * 32 + b"A DISC".ljust(32) + bytes(8) + both(19, 4)
    first += bytes(32) + both(1, 2) + both(1, 2) + both(2048, 2)
    first = first.ljust(156, b"\0") + root
    dots = root + root[:-1] + b"\x01"
    sectors = [b""] * 16 + [first, b"\xffCD001\x01", dots]
    path.write_bytes(b"".join(each.ljust(2048, b"\0") for each in sectors))


def behind_a_table(table: Callable[..., object]) -> Callable[[Path], None]:
    def make(path: Path) -> None:
        volume = path.with_name("volume")
        disks.fat_volume(volume, 24 << 20, {"A.TXT": b"bread"}, bits=16)
        table(path, [volume])

    return make


DISKS: dict[str, Callable[[Path], None]] = {
    "iso": an_iso,
    "fat": lambda path: disks.fat_volume(path, 24 << 20, {"A.TXT": b"bread"}, bits=16),
    "ext": lambda path: disks.ext_volume(path, 4 << 20, {"a.txt": b"bread"}),
    "mbr": behind_a_table(disks.mbr_disk),
    "gpt": behind_a_table(disks.gpt_disk),
}
HEADS = {"its own": b"", "a JPEG's": JPEG, "a zip's": b"PK\x03\x04\x14\0\0\0\x08\0", "a PDF's":
         b"%PDF-1.7\n1\n", "a text's": b"Wiped on 29"}  # fmt: skip
"""At most 11 bytes: behind them lie what FAT needs to be known by."""


@pytest.mark.parametrize("head", HEADS)
@pytest.mark.parametrize("kind", DISKS)
def test_a_disk_is_taken_whatever_bytes_it_begins_with(
    kind: str, head: str, tmp_path: Path
) -> None:
    path = tmp_path / "disk.img"
    DISKS[kind](path)
    begun_with(path, HEADS[head])
    (device,) = given([path])
    assert device.size == path.stat().st_size


@pytest.mark.parametrize(
    "content",
    [bytes(1 << 20), b"\xff" * (1 << 20), b"U" * (1 << 20), b"\xde\xad\xbe\xef" * 9999],
    ids=["zeros", "erased", "wiped", "wiped with a word"],
)
def test_a_wiped_disk_is_no_text(content: bytes, tmp_path: Path) -> None:
    (tmp_path / "disk.img").write_bytes(content)
    assert len(given([tmp_path / "disk.img"])) == 1


def test_noise_is_never_taken_for_anything(tmp_path: Path) -> None:
    """An encrypted container has no magic: of its first bytes every one is as likely as another."""
    disks.noise(tmp_path / "noise", 8 << 20, seed=15)
    noise = (tmp_path / "noise").read_bytes()
    heads = (noise[at : at + 4096] for at in range(0, len(noise) - 4096, 512))
    assert not any(other_file(head, 1 << 30) for head in heads)


def test_a_head_that_is_cut_anywhere_stops_nobody() -> None:
    """It was written by whoever made the file, and it is compared outside of the sandbox."""
    starts = [content for content, _, _ in OTHERS.values()]
    starts += [b"II+\0", b"MM\0*", b"BM", b"MZ" + b"\xff" * 62, b"\xff\xfe\x00\xd8\x00\xd8"]
    for start in starts:
        for cut in range(600):
            other_file(start[:cut], cut)


STARTS = some.sampled_from([b"", *(content[:40] for content, _, _ in OTHERS.values())])


@hypothesis.given(STARTS, some.binary(max_size=300), some.integers(0, 1 << 64))
def test_no_head_stops_the_coordinator(start: bytes, rest: bytes, size: int) -> None:
    told = other_file(start + rest, size)
    assert told is None or (told.what and told.hint)


@pytest.mark.parametrize("command", ["scan", "plan", "devices"])
def test_every_command_refuses_a_picture_until_it_is_told_otherwise(
    command: str, seek: Seek, tmp_path: Path, digests_only: Path
) -> None:
    picture = tmp_path / "IMG_0007.JPG"
    picture.write_bytes(OTHERS["a.jpg"][0])
    more = ["--out", tmp_path / "out", "--profile", digests_only] if command == "scan" else []
    done = seek(command, picture, *more)
    assert done.returncode == 2
    assert "is a JPEG picture, not an image of a disk." in done.stderr
    assert "What to do: To look at pictures, give the folder" in done.stderr
    assert not (tmp_path / "out").exists()
    again = seek(command, picture, "--as-image", *more)
    assert "not an image" not in again.stderr
    assert again.returncode in (0, 3)


@pytest.mark.parametrize(
    ("content", "words", "hint"),
    [
        (b"AFF10\x0d\x0a\x00" + bytes(600), "AFF", "raw"),
        (struct.pack("<4s26x21s", b"PK\x03\x04", b"container.description"), "AFF4", "raw"),
    ],
)
def test_an_image_in_another_format_is_refused_by_its_name(
    content: bytes, words: str, hint: str, tmp_path: Path
) -> None:
    (tmp_path / "disk").write_bytes(content)
    with pytest.raises(SourceError, match=words) as caught:
        given([tmp_path / "disk"])
    assert hint in caught.value.hint


@pytest.mark.parametrize(
    "content",
    [
        bytes(60_000) + b"conectix" + bytes(504),
        b"vhdxfile" + bytes(60_000),
        b"EVF\x09\x0d\x0a\xff\x00" + bytes(60_000),
        b"QFI\xfb" + bytes(60_000),
        b"KDMV" + bytes(60_000),
    ],
)
def test_an_image_of_whose_form_nothing_is_left_but_the_mark_is_no_empty_disk(
    content: bytes, tmp_path: Path
) -> None:
    (tmp_path / "disk").write_bytes(content)
    (device,) = given([tmp_path / "disk"])
    states = {volume.state for volume in volumes_of(device).volumes}
    assert states & {VolumeState.UNRECOGNISED, VolumeState.UNSUPPORTED, VolumeState.DAMAGED}
    assert not states & {VolumeState.READABLE, VolumeState.EMPTY, VolumeState.NO_FILES}
