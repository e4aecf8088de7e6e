"""What decodes in the open decodes in a worker that has given up all rights, with the same pixels.

Real scans by real workers: a decoder may start threads of its own, ask for much address space, and
hand out memory that it frees.
"""

import hashlib
import io

import numpy as np
import numpy.typing as npt
import pi_heif
import pytest
from PIL import Image

from tests.detectors import heif
from tests.disks import ext_volume
from tests.workers import scanning
from triage.choices import HashSetUse, PerceptualUse, TypeUse
from triage.findings import Outcome
from triage.match_kinds import MatchKind
from triage.profile import PreviewRules, Profile

PICTURES = Profile(
    name="pictures",
    description="digests and pixels",
    detectors=(HashSetUse(), TypeUse(), PerceptualUse()),
    previews=PreviewRules(sharp=True),
)

SEVERAL = {"zPug_3.heic": (64, 64), "film.avif": (120, 120)}
"""The first picture's place on the sheet that shows all of a file's pictures, pixels."""


@pytest.fixture(scope="module")
def files() -> dict[str, bytes]:
    """The given ones, one as a telephone would write it, and AVIFs of every kind that Pillow
    writes."""
    files = {name: heif.content_of(name) for name in heif.MEANS}
    files["meta-last.heif"] = heif.with_its_meta_last(files["RGB_8__128x128.heif"], 1_200_000)
    with Image.open(heif.FOLDER / "hopper.avif") as hopper:
        hopper.load()
        for mode in ("L", "RGB", "RGBA"):
            files[f"{mode}.avif"] = _avif(hopper.convert(mode))
        large = hopper.resize((1500, 1300))
        files["large.avif"] = _avif(large)
        files["film.avif"] = _avif(hopper, save_all=True, append_images=[hopper.rotate(90)])
    return files


def _avif(image: Image.Image, **options: object) -> bytes:
    stream = io.BytesIO()
    image.save(stream, "AVIF", **options)
    return stream.getvalue()


@pytest.fixture(scope="module")
def scanned(files: dict[str, bytes], tmp_path_factory: pytest.TempPathFactory) -> scanning.Scanned:
    folder = tmp_path_factory.mktemp("heif")
    ext_volume(folder / "suspect.img", 32 << 20, files)
    known = folder / "notable.md5"
    known.write_text("".join(f"{_md5(content)}\n" for content in files.values()))
    return scanning.run(
        folder / "suspect.img", out=folder / "out", profile=PICTURES, hash_sets=(known,)
    )


def _md5(content: bytes) -> str:
    return hashlib.md5(content, usedforsecurity=False).hexdigest()


def test_every_heic_and_avif_is_decoded_and_found(
    scanned: scanning.Scanned, files: dict[str, bytes]
) -> None:
    lines = {line.entry.path: line for line in scanned.lines if line.entry.path in files}
    said = {name: (line.result.outcome, line.result.reason) for name, line in lines.items()}
    assert said == dict.fromkeys(files, (Outcome.EXAMINED, ""))
    for name, content in files.items():
        assert lines[name].result.digests["md5"] == _md5(content)
        assert MatchKind.HASH_SET in {match.kind for match in lines[name].result.matches}, name


def test_no_worker_died_of_them(scanned: scanning.Scanned) -> None:
    assert [line for line in scanned.log if "worker replaced" in line] == []
    assert {"seccomp", "no new privileges", "thread limit"} <= set(scanned.document.sandbox)


def test_the_pixels_are_the_pictures_own(
    scanned: scanning.Scanned, files: dict[str, bytes]
) -> None:
    """By the previews, which are made of the very pixels that the detectors saw."""
    previews = {f.entry.path: f.found.preview for f in scanned.document.findings if f.found.preview}
    for name, file in previews.items():
        with Image.open(scanned.bundle / file) as preview:
            seen = np.asarray(preview).astype(float)
        if name in SEVERAL:
            width, height = SEVERAL[name]
            seen = seen[:height, :width]
        right = _grey(name, files[name], seen.shape)
        assert np.abs(seen - right).mean() < 8, name  # a preview is a small JPEG
    assert len(previews) >= len(files) - 3  # one and its like have one preview
    for name, mean in heif.MEANS.items():
        if name.startswith(("zPug", "L")):
            width, height = SEVERAL.get(name, (240, 240))
            with Image.open(scanned.bundle / previews[name]) as preview:
                assert abs(np.asarray(preview)[:height, :width].mean() - mean) < 2, name


def _grey(name: str, content: bytes, shape: tuple[int, ...]) -> npt.NDArray[np.float64]:
    """What the libraries decode in this process, which has all rights; alpha is dropped."""
    if name.endswith(("heic", "heif")):
        image = pi_heif.open_heif(io.BytesIO(content)).to_pillow()
    else:
        image = Image.open(io.BytesIO(content))
    if image.mode == "I;16":
        image = Image.fromarray((np.asarray(image) >> 8).astype(np.uint8))
    grey = image.convert("RGB").convert("L")
    return np.asarray(grey.resize((shape[1], shape[0]), Image.Resampling.BOX)).astype(float)
