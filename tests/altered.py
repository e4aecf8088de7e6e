"""Photographs of packages, and the changes that copies of pictures go through.

For the recall table (bench/recall.py) and for the scan that must find what the table promises.
"""

import io
from collections.abc import Callable, Iterator
from importlib import resources
from itertools import chain
from pathlib import Path

import numpy as np
from PIL import Image, ImageDraw, ImageEnhance, ImageOps

from triage.detectors.perceptual import appearance_of
from triage.detectors.pictures import UndecodableError, decode
from triage.detectors.types import type_of

LONGEST_SIDE = 1600

Change = Callable[[Image.Image], Image.Image]


def saved(image: Image.Image, quality: int = 90) -> bytes:
    stream = io.BytesIO()
    image.save(stream, "JPEG", quality=quality)
    return stream.getvalue()


def scaled(by: float) -> Change:
    return lambda image: image.resize(
        (max(1, round(image.width * by)), max(1, round(image.height * by))),
        Image.Resampling.LANCZOS,
    )


def cropped(percent: float) -> Change:
    def change(image: Image.Image) -> Image.Image:
        x, y = image.width * percent / 200, image.height * percent / 200
        return image.crop((round(x), round(y), round(image.width - x), round(image.height - y)))

    return change


def turned(angle: int) -> Change:
    return lambda image: image.rotate(angle, expand=True)


def stamped(image: Image.Image) -> Image.Image:
    image = image.copy()
    size = image.height // 12
    ImageDraw.Draw(image).text(
        (image.width // 20, image.height - 2 * size), "www.example.org 2026", "white",
        font_size=size, stroke_width=2, stroke_fill="black",
    )  # fmt: skip
    return image


def with_logo(image: Image.Image) -> Image.Image:
    image = image.copy()
    side = min(image.size) // 5
    left, top = image.width - side - side // 4, side // 4
    draw = ImageDraw.Draw(image)
    draw.ellipse((left, top, left + side, top + side), fill="red", outline="white", width=6)
    draw.rectangle((left + side // 4, top + side // 4, left + side // 2, top + side // 2), "white")
    return image


def bars(image: Image.Image) -> Image.Image:
    return ImageOps.expand(image, (round(image.width * 0.15), 0), "black")


def frame(image: Image.Image) -> Image.Image:
    return ImageOps.expand(image, round(min(image.size) * 0.05), "white")


CHANGES: dict[str, tuple[Change, int]] = {
    **{f"JPEG quality {q}": ((lambda image: image), q) for q in (90, 75, 50, 30, 20)},
    **{f"resized to {by}": (scaled(by), 90) for by in (0.75, 0.5, 0.25, 0.1)},
    **{f"cropped by {percent} %": (cropped(percent), 90) for percent in (2, 5, 10, 20)},
    **{f"turned by {angle}°": (turned(angle), 90) for angle in (90, 180, 270)},
    "turned by 5°": ((lambda image: image.rotate(5, Image.Resampling.BICUBIC)), 90),
    "mirrored": (ImageOps.mirror, 90),
    "brightness + 30 %": ((lambda image: ImageEnhance.Brightness(image).enhance(1.3)), 90),
    "brightness - 30 %": ((lambda image: ImageEnhance.Brightness(image).enhance(0.7)), 90),
    "contrast + 30 %": ((lambda image: ImageEnhance.Contrast(image).enhance(1.3)), 90),
    "contrast - 30 %": ((lambda image: ImageEnhance.Contrast(image).enhance(0.7)), 90),
    "grey": ((lambda image: image.convert("L")), 90),
    "white frame, 5 %": (frame, 90),
    "black bars, 15 % on two sides": (bars, 90),
    "line of text": (stamped, 90),
    "logo in a corner": (with_logo, 90),
}


def files(folders: list[Path]) -> Iterator[bytes]:
    for place in (
        resources.files("skimage") / "data",
        resources.files("sklearn.datasets") / "images",
    ):
        yield from (file.read_bytes() for file in place.iterdir() if file.is_file())
    for folder in folders:
        for path in sorted(folder.rglob("*")):
            if (
                path.is_file()
                and not path.is_symlink()
                and 40_000 < path.stat().st_size < 40_000_000
            ):
                yield path.read_bytes()


def photographs(folders: list[Path], at_most: int) -> list[Image.Image]:
    """Different pictures with enough to see: none within 40 bits of another, however it lies."""
    return _different(_decoded(folders), at_most)


def photographs_and_halves(folders: list[Path], at_most: int) -> list[Image.Image]:
    """The same; where they are too few, their halves, the largest first, are pictures too."""
    whole = photographs(folders, at_most)
    largest = sorted(whole, key=lambda image: -image.width * image.height)
    halves = (half for image in largest for half in _halves(image))
    return _different(chain(whole, halves), at_most)


def _decoded(folders: list[Path]) -> Iterator[Image.Image]:
    for content in files(folders):
        try:
            pixels = decode(content, type_of(content)).pixels
        except UndecodableError:
            continue
        if min(pixels.shape[:2]) >= 300 and _is_photograph(pixels):
            image = Image.fromarray(np.ascontiguousarray(pixels[:, :, ::-1]))
            image.thumbnail((LONGEST_SIDE, LONGEST_SIDE), Image.Resampling.LANCZOS)
            yield image


def _halves(image: Image.Image) -> Iterator[Image.Image]:
    width, height = image.size
    if width > height:
        yield image.crop((0, 0, width // 2, height))
        yield image.crop((width - width // 2, 0, width, height))
    else:
        yield image.crop((0, 0, width, height // 2))
        yield image.crop((0, height - height // 2, width, height))


def _different(images: Iterator[Image.Image], at_most: int) -> list[Image.Image]:
    kept: list[Image.Image] = []
    values: list[bytes] = []
    for image in images:
        looks = appearance_of(np.ascontiguousarray(np.asarray(image)[:, :, ::-1]))
        known = np.frombuffer(b"".join(values), np.uint8).reshape(-1, 32)
        if looks is None or (len(known) and _nearest(known, looks.queries) <= 40):
            continue
        kept.append(image)
        values.append(looks.value)
        if len(kept) == at_most:
            break
    return kept


def _is_photograph(pixels: np.ndarray) -> bool:
    """Diagrams and screenshots have few colours, most of the picture in one of them."""
    coarse = (pixels[::4, ::4] >> 3).reshape(-1, 3).astype(np.int32)
    _, counts = np.unique(coarse @ np.array([1024, 32, 1]), return_counts=True)
    return len(counts) > 300 and counts.max() < 0.3 * counts.sum()


def _nearest(known: np.ndarray, queries: np.ndarray) -> int:
    bits = np.bitwise_count(known[None] ^ queries[:, None]).sum(axis=2, dtype=int)
    return int(bits.min())


def drawn_jpeg(seed: int) -> bytes:
    """A drawn picture of 320 x 240 pixels: soft colours and a few shapes, another for each seed."""
    rng = np.random.default_rng(seed)
    coarse = Image.fromarray(rng.integers(0, 256, (7, 9, 3), dtype=np.uint8))
    image = coarse.resize((320, 240), Image.Resampling.BICUBIC)
    draw = ImageDraw.Draw(image)
    for _ in range(8):
        left, top, width, height = (int(each) for each in rng.integers(10, 200, 4))
        colour = tuple(int(each) for each in rng.integers(0, 256, 3))
        draw.ellipse((left, top, left + width, top + height), outline=colour, width=5)
    return saved(image, 80)
