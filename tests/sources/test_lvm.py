"""LVM: each logical volume is read where its extents lie; what cannot be is named and says why."""

import hashlib
import random
from pathlib import Path

import pytest

from tests.endings.rows.images import IMAGES, unpacked
from tests.sources.conftest import Open
from triage.sources import ContentError, Source
from triage.sources.lvm import parsed

TRUTH = {
    line[34:]: line[:32] for line in (IMAGES / "lvm.truth.md5").read_text().splitlines()
}  # fmt: skip


def _read(source: Source) -> dict[str, str]:
    found = {}
    for volume in source.volumes:
        if volume.state == "readable":
            for entry in source.walk(volume):
                if entry.runs:
                    content = source.content(entry).read_at(0, entry.size)
                    found[entry.path] = hashlib.md5(content, usedforsecurity=False).hexdigest()
    return found


def test_volumes_in_pieces_in_stripes_and_mirrored_are_read(tmp_path: Path, opened: Open) -> None:
    """The group was written by vgcfgrestore."""
    source = opened(unpacked(tmp_path, "lvm"))
    outer, *inner = source.volumes
    assert (outer.file_system, outer.state) == ("lvm", "container")
    assert {volume.layer: volume.state for volume in inner} == {
        "lvm laptop/home": "readable",
        "lvm laptop/striped": "readable",
        "lvm laptop/mirrored": "readable",
    }
    assert _read(source) == TRUTH


def _edited(path: Path, old: bytes, new: bytes) -> Path:
    image = path.read_bytes()
    assert old in image
    assert len(old) == len(new)
    path.write_bytes(image.replace(old, new))
    return path


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        (b'type = "mirror"', b'type = "thin-x"', "of the kind thin-x"),
        (b'"mirrored_mimage_0", 0', b'"mirrored_mimage_9", 0', ""),
        (b'\n"pv0", 16,\n', b'\n"pv9", 16,\n', "pv9 is another"),
        (b'\n"pv0", 16,\n', b'\n"pv0", 99,\n', "behind the end"),
        (b"stripe_size = 128", b"stripe_size = 0  ", "stripes of 0 bytes"),
        (b'\n"mirrored_mimage_0", 0,\n"mirrored_mimage_1", 0', b'\n"mirrored", 0,\n"mirrored", 0'
         .ljust(47), "cannot be read"),
    ],
)  # fmt: skip
def test_what_cannot_be_put_together_is_named_and_the_others_are_read(
    old: bytes, new: bytes, words: str, tmp_path: Path, opened: Open
) -> None:
    path = unpacked(tmp_path, "lvm")
    image = path.read_bytes()
    if old not in image:
        old, new = (each.replace(b",\n", b", ").replace(b"\n", b"") for each in (old, new))
    source = opened(_edited(path, old, new.ljust(len(old))))
    refused = [volume for volume in source.volumes if volume.state == "unsupported"]
    assert len(refused) == (1 if words else 0)
    assert all(words in volume.reason for volume in refused)
    assert len(_read(source)) >= 30


def test_a_label_without_a_text_is_named(tmp_path: Path, opened: Open) -> None:
    path = unpacked(tmp_path, "lvm")
    image = bytearray(path.read_bytes())
    image[4096 : 1 << 20] = bytes((1 << 20) - 4096)
    path.write_bytes(image)
    (volume,) = opened(path).volumes
    assert volume.state == "unsupported"
    assert "cannot be read" in volume.reason


@pytest.mark.parametrize("text", ["a {", "a { b = [", "{ } }", "= = =", "a", "a { " * 99, "\x00"])
def test_a_text_of_nonsense_is_refused_or_empty(text: str) -> None:
    try:
        assert isinstance(parsed(text), dict)
    except ContentError:
        return


@pytest.mark.parametrize("seed", range(10))
def test_a_damaged_text_stops_nothing(seed: int, tmp_path: Path, opened: Open) -> None:
    path = unpacked(tmp_path, "lvm")
    image = bytearray(path.read_bytes())
    chance = random.Random(seed)
    places = [at for at in range(4096, 1 << 20) if image[at]]
    for _ in range(30):
        image[chance.choice(places)] = chance.randrange(256)
    path.write_bytes(image)
    assert opened(path).volumes
