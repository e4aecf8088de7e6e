"""LVM: each logical volume is read where its extents lie; what cannot be is named and says why."""

import hashlib
import random
from pathlib import Path

import pytest

from tests.endings.rows.images import IMAGES, unpacked
from tests.making.groups import EXTENT, physical_volume, segment, text_of
from tests.sources.conftest import Open
from triage.coordinator.listing import volumes_of_all
from triage.media.window import InMemory
from triage.scan.given import given
from triage.sources import ContentError, Source
from triage.sources.arrays import Assembly
from triage.sources.bytes import MadeBytes
from triage.sources.lvm import join, parsed

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


EXTENTS = [
    b"".join(bytes([64 * pv + extent]) * EXTENT for extent in range(16)) for pv in range(3)
]  # fmt: skip
SPREAD = {
    "linear": [segment(0, 3, (1, 2)), segment(3, 2, (0, 4))],
    "striped": [segment(0, 4, (0, 8), (2, 6), stripe=4096)],
    "last": [segment(0, 2, (2, 1))],
}


def _expected() -> dict[str, bytes]:
    pieces = [[each[at : at + 4096] for at in range(0, len(each), 4096)] for each in EXTENTS]
    per = EXTENT // 4096
    turns = zip(pieces[0][8 * per : 10 * per], pieces[2][6 * per : 8 * per], strict=True)
    return {
        "lvm vg/linear": EXTENTS[1][2 * EXTENT : 5 * EXTENT] + EXTENTS[0][4 * EXTENT : 6 * EXTENT],
        "lvm vg/striped": b"".join(a + b for a, b in turns),
        "lvm vg/last": EXTENTS[2][EXTENT : 3 * EXTENT],
    }


def _group(folder: Path, seqnos: tuple[int, ...] = (3, 3, 3)) -> list[Path]:
    paths = []
    for number, seqno in enumerate(seqnos):
        said = SPREAD if seqno == 3 else {"old": SPREAD["last"]}
        text = text_of(said, physical=3, seqno=seqno)
        path = folder / f"pv{number}"
        path.write_bytes(physical_volume(number, text, EXTENTS[number]))
        paths.append(path)
    return paths


def _joined(paths: list[Path]) -> tuple[Assembly, dict[str, bytes | str]]:
    held = [InMemory(path.read_bytes()) for path in paths]
    made = join([_Held(each) for each in held])
    return made, {
        f"lvm {name}": str(getattr(each, "reason", "")) or each.read_at(0, each.size)
        for name, each in made.gives.items()
    }


class _Held(MadeBytes):
    def __init__(self, content: InMemory) -> None:
        self._content, self.size = content, content.size

    def read_at(self, offset: int, length: int) -> bytes:
        return self._content.read_at(offset, length)


def test_volumes_over_several_physical_ones_are_read(tmp_path: Path) -> None:
    """Whichever comes first; the newest text counts, wherever it lies."""
    paths = _group(tmp_path, (3, 2, 3))
    for order in (paths, paths[::-1]):
        made, found = _joined(order)
        assert found == _expected()
        assert made.used == (0, 1, 2)


def test_what_lies_on_one_that_is_not_here_is_named_and_the_others_are_read(tmp_path: Path) -> None:
    made, found = _joined(_group(tmp_path)[1:])
    assert made.missing == "without pv0"
    assert found["lvm vg/last"] == _expected()["lvm vg/last"]
    assert "pv0 is another physical volume" in str(found["lvm vg/linear"])
    assert "pv0 is another physical volume" in str(found["lvm vg/striped"])


def test_a_copy_of_a_physical_volume_and_one_of_another_group_are_left_out(tmp_path: Path) -> None:
    paths = _group(tmp_path)
    other = tmp_path / "other"
    other.write_bytes(physical_volume(7, text_of({}, physical=1, group="g2", seqno=1), b""))
    made, found = _joined([*paths, paths[1], other])
    assert found == _expected()
    assert made.left_out == {3: "another is the same physical volume", 4: "it is of another group"}


def test_a_group_over_two_sources_is_listed_once(tmp_path: Path) -> None:
    paths = _group(tmp_path)
    listed = volumes_of_all(given([str(path) for path in paths], as_image=True))
    first, *others = (each.volumes for each in listed)
    assert {each.layer for each in first[1:]} == _expected().keys()
    assert first[0].reason == (
        "a group of Linux's LVM of 3 physical volumes, put together of d0v1, d1v1, d2v1"
    )
    for (volume,) in others:
        assert volume.state == "container"
        assert volume.reason.endswith("listed inside d0v1")
        assert volume.part_of == "lvm group-vg"
