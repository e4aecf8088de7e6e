import io
from pathlib import Path
from shutil import copyfile

import numpy as np
import pytest
from PIL import Image, ImageEnhance, ImageOps

from tests.detectors.conftest import Photograph
from tests.hashsets.forging import Parts, forge
from triage.detectors.borders import without_borders
from triage.detectors.item import Frame, Item
from triage.detectors.pdq import pdq
from triage.detectors.perceptual import DistanceThresholds, PerceptualDetector, appearance_of
from triage.detectors.pictures import decode
from triage.detectors.trial import drawn
from triage.detectors.types import type_of
from triage.errors import HashSetError
from triage.evidence import FileEntry
from triage.findings import Match
from triage.hashsets.hash_set import HashSet, open_set
from triage.hashsets.importing import BuildOrder, Seal, build, ready
from triage.hashsets.labels import Wanted
from triage.hashsets.sealing import SetKey
from triage.hashsets.wrapping import wrap_for_passphrase
from triage.match_kinds import MatchKind
from triage.profile import SetKind

NOTABLE = ("astronaut.png", "chelsea.png", "coffee.png")


@pytest.fixture(scope="module")
def pictures(photographs: list[Photograph]) -> dict[str, Image.Image]:
    return {each.name: each.image.convert("RGB") for each in photographs}


@pytest.fixture(scope="module")
def lab(pictures: dict[str, Image.Image], tmp_path_factory: pytest.TempPathFactory) -> HashSet:
    """A set of three pictures, as a list of PDQ values."""
    lines = []
    for name in NOTABLE:
        hashed = pdq(np.asarray(pictures[name])[:, :, ::-1])
        lines.append(f"{hashed.value.hex()},{hashed.quality}")
    path: Path = tmp_path_factory.mktemp("sets") / "lab-pdq.txt"
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return ready(path)


def seen(detector: PerceptualDetector, image: Image.Image, mark: str = "JPEG") -> list[Match]:
    stream = io.BytesIO()
    image.save(stream, mark)
    content = stream.getvalue()
    item = Item(
        entry=FileEntry(id=1, volume_id="d0v0", path="x"),
        head=b"",
        picture=decode(content, type_of(content)),
    )
    ((*matches,),) = detector.matches_of([item])
    return matches


@pytest.fixture(scope="module")
def detector(lab: HashSet) -> PerceptualDetector:
    return PerceptualDetector([lab])


@pytest.mark.parametrize("name", NOTABLE)
def test_changed_copies_are_found(
    detector: PerceptualDetector, pictures: dict[str, Image.Image], name: str
) -> None:
    image = pictures[name]
    copies = {
        "saved again": image,
        "small": image.resize((image.width // 2, image.height // 2)),
        "grey": image.convert("L"),
        "brighter": ImageEnhance.Brightness(image).enhance(1.3),
        "turned": image.rotate(90, expand=True),
        "mirrored": ImageOps.mirror(image),
        "with bars": ImageOps.expand(image, (80, 0), "black"),
        "framed": ImageOps.expand(image, 40, "white"),
    }
    for what, copy in copies.items():
        (match,) = seen(detector, copy)
        assert match.kind is MatchKind.PERCEPTUAL, what
        assert match.score is not None
        assert match.score <= 31
        assert match.threshold == 31


def test_other_pictures_are_not_found(
    detector: PerceptualDetector, pictures: dict[str, Image.Image]
) -> None:
    others = [image for name, image in pictures.items() if name not in NOTABLE]
    assert len(others) > 20
    assert not any(seen(detector, image) for image in others)


def test_a_match_says_how_near_and_in_what_manner(
    detector: PerceptualDetector, pictures: dict[str, Image.Image], lab: HashSet
) -> None:
    (match,) = seen(detector, ImageOps.mirror(pictures["coffee.png"]), "PNG")
    assert match.provenance["strength"] == "strong"
    assert match.provenance["manner"] == "mirrored left to right"
    assert match.provenance["set"] == lab.header.name
    assert len(match.provenance["digest"]) == len(match.provenance["set_digest"]) == 64
    assert "of 256 bits differ, a strong match." in match.reason
    (framed,) = seen(detector, ImageOps.expand(pictures["coffee.png"], 40, "white"), "PNG")
    assert framed.provenance["manner"] == "without its bars"


OF_BEFORE = Path(__file__).parent.parent / "hashsets" / "cases" / "labels_of_before.set"
"""A set of an earlier version, with coffee as CAT 1 and chelsea as CAT 2."""


@pytest.mark.parametrize(
    ("asked", "found"),
    [
        (("1",), ["coffee.png"]),
        (("cat 2",), ["chelsea.png"]),
        (("1", "2"), ["chelsea.png", "coffee.png"]),
        ((), ["chelsea.png", "coffee.png"]),
        (("3",), []),
    ],
)
def test_only_the_categories_that_count_match(
    asked: tuple[str, ...], found: list[str], pictures: dict[str, Image.Image]
) -> None:
    with open_set(OF_BEFORE) as before:
        detector = PerceptualDetector([before], wanted=Wanted(categories=asked))
        assert [name for name in NOTABLE if seen(detector, pictures[name])] == found


def test_a_nearer_picture_of_another_category_hides_none_that_counts(
    pictures: dict[str, Image.Image], tmp_path: Path
) -> None:
    value = bytearray(pdq(np.asarray(pictures["coffee.png"])[:, :, ::-1]).value)
    nearest = value.hex()
    value[3] ^= 0b111
    rows = [f"{nearest},2", f"{value.hex()},1"]
    path = tmp_path / "lab.csv"
    path.write_text("pdq,category\n" + "\n".join(rows) + "\n")
    with ready(path) as lab:
        wanted = Wanted(categories=("1",), uncategorised=False)
        (match,) = seen(PerceptualDetector([lab], wanted=wanted), pictures["coffee.png"])
        assert (match.provenance["category"], match.provenance["set_digest"]) == ("1", value.hex())
        (match,) = seen(PerceptualDetector([lab]), pictures["coffee.png"])
        assert match.provenance["category"] == "2"


def test_turned_copies_are_left_out_if_not_asked_for(
    lab: HashSet, pictures: dict[str, Image.Image]
) -> None:
    straight = PerceptualDetector([lab], DistanceThresholds(turned=False))
    assert seen(straight, pictures["coffee.png"])
    assert not seen(straight, ImageOps.mirror(pictures["coffee.png"]))


def test_pictures_that_say_too_little_are_not_compared() -> None:
    assert appearance_of(np.full((600, 600, 3), 90, np.uint8)) is None
    gradient = np.repeat(np.linspace(0, 255, 600).astype(np.uint8)[:, None], 600, axis=1)
    assert appearance_of(np.repeat(gradient[:, :, None], 3, axis=2)) is None


def test_the_pictures_own_hash_is_left_for_the_bundle(
    detector: PerceptualDetector, pictures: dict[str, Image.Image]
) -> None:
    pixels = np.ascontiguousarray(np.asarray(pictures["rocket.jpg"])[:, :, ::-1])
    from triage.detectors.pictures import smaller

    item = Item(entry=FileEntry(id=1, volume_id="v", path="x"), head=b"", picture=smaller(pixels))
    assert detector.matches_of([item]) == [()]
    assert item.digests["pdq"] == pdq(pixels).value


def test_a_video_matches_by_the_share_of_its_frames(
    detector: PerceptualDetector, pictures: dict[str, Image.Image]
) -> None:
    from triage.detectors.pictures import smaller

    def frame(name: str, at: float) -> Frame:
        return Frame(picture=smaller(np.asarray(pictures[name])[:, :, ::-1].copy()), at=at)

    entry = FileEntry(id=1, volume_id="v", path="x.mp4")
    some = (frame("coffee.png", 4.0), frame("rocket.jpg", 8.0), frame("chelsea.png", 12.0))
    ((match,),) = detector.matches_of([Item(entry=entry, head=b"", frames=some)])
    assert match.score == pytest.approx(2 / 3, abs=1e-3)
    assert match.provenance["frames"] == "2 of 3"
    one_of_many = (frame("coffee.png", 1.0), *[frame("rocket.jpg", t) for t in range(2, 13)])
    assert detector.matches_of([Item(entry=entry, head=b"", frames=one_of_many)]) == [()]


def test_borders_are_found_where_there_are_some(pictures: dict[str, Image.Image]) -> None:
    image = pictures["chelsea.png"]
    plain = np.asarray(image)[:, :, ::-1].copy()
    assert without_borders(plain) is None
    framed = np.asarray(ImageOps.expand(image, (30, 60, 0, 0), "navy"))[:, :, ::-1].copy()
    inside = without_borders(framed)
    assert inside is not None
    assert inside.shape == plain.shape


@pytest.mark.parametrize("shape", [(1, 1), (2, 300), (300, 2), (64, 64)])
def test_blank_and_thin_pictures_have_no_borders(shape: tuple[int, int]) -> None:
    assert without_borders(np.full((*shape, 3), 255, np.uint8)) is None
    dot = np.zeros((*shape, 3), np.uint8)
    dot[shape[0] // 2, shape[1] // 2] = 255
    assert without_borders(dot) is None


def many_values(folder: Path) -> tuple[Path, bytes]:
    """A list of 9,001 values, the last one that of a drawn picture."""
    rng = np.random.default_rng(3)
    value = pdq(drawn(600).pixels).value
    lines = [f"{rng.bytes(32).hex()},100" for _ in range(9000)] + [f"{value.hex()},100"]
    path = folder / "many-pdq.txt"
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path, value


def test_a_built_set_holds_its_index_which_is_mapped(tmp_path: Path) -> None:
    path, value = many_values(tmp_path)
    build(BuildOrder(inputs=[path], name="many", kind=SetKind.NOTABLE), tmp_path / "many.seekset")
    item = Item(entry=FileEntry(id=1, volume_id="v", path="x"), head=b"", picture=drawn(600))
    with open_set(tmp_path / "many.seekset") as hash_set:
        hash_set.verify()
        offsets, numbers = hash_set.index() or (b"", b"")
        assert len(offsets) == 4 * 16 * 65537
        assert len(numbers) == 4 * 16 * 9001
        assert (tmp_path / "many.seekset").stat().st_size < 120 * 9001 + 5_000_000
        ((match,),) = PerceptualDetector([hash_set]).matches_of([item])
        assert match.provenance["set_digest"] == value.hex()


def test_an_index_that_was_altered_is_refused(tmp_path: Path) -> None:
    path, _ = many_values(tmp_path)
    build(BuildOrder(inputs=[path], name="many", kind=SetKind.NOTABLE), tmp_path / "many.seekset")
    content = bytearray((tmp_path / "many.seekset").read_bytes())
    with open_set(tmp_path / "many.seekset") as hash_set:
        section = hash_set.layout.section("pdq.numbers")
    assert section is not None
    content[section.offset : section.offset + section.length] = b"\xff" * section.length
    (tmp_path / "altered.seekset").write_bytes(content)
    with open_set(tmp_path / "altered.seekset") as altered:
        with pytest.raises(HashSetError, match=r"pdq\.numbers"):
            altered.verify()
        item = Item(entry=FileEntry(id=1, volume_id="v", path="x"), head=b"", picture=drawn(600))
        with pytest.raises(HashSetError):
            PerceptualDetector([altered]).matches_of([item])


def test_what_cannot_be_looked_up_in_an_altered_set_says_so_and_the_other_set_is_asked(
    tmp_path: Path,
) -> None:
    """Which entry a value is of stands in a part that is checked only where it is looked into."""
    listed, value = many_values(tmp_path)
    path = tmp_path / "many.seekset"
    build(BuildOrder(inputs=[listed], name="many", kind=SetKind.NOTABLE), path)

    def zero_entries(parts: Parts) -> None:
        parts["entries"][:] = bytes(len(parts["entries"]))

    altered = tmp_path / "altered.seekset"
    copyfile(path, altered)
    forge(altered, zero_entries, digests=False)
    entry = FileEntry(id=1, volume_id="v", path="x")
    picture = Item(entry=entry, head=b"", picture=drawn(600))
    video = Item(entry=entry, head=b"", frames=(Frame(picture=drawn(600), at=1.0),))
    with open_set(altered) as bad, open_set(path) as good:
        for item in (picture, video):
            ((match,),) = PerceptualDetector([bad, good]).matches_of([item])
            assert match.provenance["set_digest"] == value.hex()
            assert item.not_compared == "many"
        assert (bad.found_altered, good.found_altered) == (True, False)


def test_a_sealed_set_has_no_index_and_finds_the_same(tmp_path: Path) -> None:
    path, value = many_values(tmp_path)
    key = SetKey.fresh()
    seal = Seal(key=key, stanzas=(wrap_for_passphrase(key, "correct horse"),))
    order = BuildOrder(inputs=[path], name="many", kind=SetKind.NOTABLE, seal=seal)
    build(order, tmp_path / "sealed.seekset")
    item = Item(entry=FileEntry(id=1, volume_id="v", path="x"), head=b"", picture=drawn(600))
    with open_set(tmp_path / "sealed.seekset") as hash_set:
        hash_set.unlock("correct horse")
        assert hash_set.index() is None
        ((match,),) = PerceptualDetector([hash_set]).matches_of([item])
        assert match.provenance["set_digest"] == value.hex()
