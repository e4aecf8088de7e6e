"""Benign pictures only: photographs that Python packages carry, and drawn ones."""

import io
from dataclasses import dataclass
from importlib import resources
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from triage.detectors.types import type_of

DEBIAN_SAMPLES = Path("/usr/share/forensics-samples/original-files")


@dataclass(frozen=True, slots=True)
class Photograph:
    name: str
    content: bytes
    mime: str

    @property
    def image(self) -> Image.Image:
        return Image.open(io.BytesIO(self.content))


@pytest.fixture(scope="session")
def photographs() -> list[Photograph]:
    """JPEG and PNG of scikit-image and scikit-learn, and Debian's sample files where installed."""
    places = [resources.files("skimage") / "data", resources.files("sklearn.datasets") / "images"]
    files = [file for place in places for file in place.iterdir() if file.is_file()]
    files += [file for file in DEBIAN_SAMPLES.glob("pic*/*") if file.is_file()]
    pictures = (Photograph(file.name, file.read_bytes(), "") for file in files)
    typed = (Photograph(each.name, each.content, type_of(each.content)) for each in pictures)
    return sorted(
        (each for each in typed if each.mime in {"image/jpeg", "image/png"}),
        key=lambda each: each.name,
    )


@pytest.fixture(scope="session")
def scene() -> Image.Image:
    """A drawn picture of 700 x 560 pixels with gradients, edges and noise."""
    rows, columns = np.mgrid[0:560, 0:700]
    noise = np.random.default_rng(7).integers(0, 24, (560, 700))
    red = columns * 255 / 700
    green = 128 + 100 * np.sin(rows / 17.0)
    blue = np.where((rows // 70 + columns // 70) % 2, 200, 30) + noise
    pixels = np.clip(np.stack([red, green, blue], axis=2), 0, 255).astype(np.uint8)
    return Image.fromarray(pixels)
