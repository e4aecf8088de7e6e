"""PDQ, the open perceptual hash: 256 bits that stay nearly the same when a picture is changed.

By its specification ("The TMK+PDQF Video-Hashing Algorithm and the PDQ Image-Hashing Algorithm",
ThreatExchange): luma, a box filter twice along each axis, 64 x 64 samples of the result, 16 x 16
coefficients of their cosine transform, and for each whether it is above the median. All steps up
to the median are linear and work on rows and columns separately, so each is one matrix product.
"""

from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

if TYPE_CHECKING:
    from triage.detectors.item import Pixels

Floats = npt.NDArray[np.float32]

BITS = 256
BYTES = 32
QUALITY = 50
"""Below it a picture says too little (the published cut): blank, black, a gradient."""

_SIDE = 64
_COEFFICIENTS = 16
_SMALLEST_SIDE = 5
"""Pictures with a shorter side have quality 0 in the reference, and no hash."""
_BGR_LUMA = np.array([0.114, 0.587, 0.299], dtype=np.float32)
_QUALITY_DIVISOR = 90


@dataclass(frozen=True, slots=True, kw_only=True)
class Hash:
    """A picture's hash."""

    value: bytes
    """32 bytes; `.hex()` is the published way of writing it."""
    quality: int
    """0 to 100."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Hashes:
    """A picture's hashes as it lies, turned and mirrored."""

    quality: int
    """0 to 100; the same for all."""
    values: npt.NDArray[np.uint8]
    """8 x 32 bytes, in the order of TURNS."""


TURNS = (
    "as it is", "turned 90°", "turned 180°", "turned 270°", "mirrored top to bottom",
    "mirrored left to right", "mirrored on its diagonal", "mirrored on its other diagonal",
)  # fmt: skip
"""The eight ways a square can lie; the reference's order."""


def pdq(pixels: "Pixels") -> Hash:
    """The hash of a picture: height x width x 3, blue green red."""
    hashes = pdq_turned(pixels)
    return Hash(value=hashes.values[0].tobytes(), quality=hashes.quality)


def pdq_turned(pixels: "Pixels", *, centred: bool = False) -> Hashes:
    """All eight hashes, from one transform: turning a picture only swaps and negates.

    `centred`: not the published hash, but the one that it comes near to the larger a picture is.
    The reference takes its samples up to a pixel beside their places, which in a small picture is
    far: copies at a quarter of the size are 14 bits from their originals as published (median),
    30 at the 95th percentile; centred, 6 and 14.
    """
    if min(pixels.shape[:2]) < _SMALLEST_SIDE:
        return Hashes(quality=0, values=np.zeros((8, BYTES), np.uint8))
    samples = _samples(pixels, centred=centred)
    half: Floats = _transform() @ samples
    coefficients: Floats = half @ _transform().T
    return Hashes(quality=_quality(samples), values=_bits(_turned(coefficients)))


def _samples(pixels: "Pixels", *, centred: bool) -> Floats:
    """64 x 64 samples of the filtered luma, 0 to 255."""
    height, width = pixels.shape[:2]
    flat = pixels.reshape(height, width * 3)
    rows = np.empty((_SIDE, width * 3), dtype=np.float32)
    for row, (weights, first) in enumerate(_taps(height, centred)):
        np.matmul(weights, flat[first : first + len(weights)].astype(np.float32), out=rows[row])
    luma = rows.reshape(_SIDE, width, 3) @ _BGR_LUMA
    samples: Floats = luma @ _weights(width, centred).T
    return samples


@lru_cache(maxsize=32)
def _taps(length: int, centred: bool) -> list[tuple[Floats, int]]:
    """For each of the 64 samples, the weights that are not zero, and where they begin."""
    taps = []
    for row in _weights(length, centred):
        used = np.flatnonzero(row)
        taps.append((np.ascontiguousarray(row[used[0] : used[-1] + 1]), int(used[0])))
    return taps


@lru_cache(maxsize=32)
def _weights(length: int, centred: bool) -> Floats:
    """64 x `length`: what each sample takes of each pixel along one axis."""
    weights = _triangles(length) if centred else _boxes(length)
    kept: Floats = weights.astype(np.float32)
    return kept


def _triangles(length: int) -> npt.NDArray[np.float64]:
    """The box filter twice, for pixels without size: a triangle as wide as samples are apart."""
    reach = length / (2 * _SIDE)
    centres = (2 * np.arange(_SIDE)[:, None] + 1) * reach
    edges = np.clip((np.arange(length + 1)[None, :] - centres) / reach, -1, 1)
    cumulated = 0.5 + edges - np.sign(edges) * edges**2 / 2
    return np.diff(cumulated, axis=1)


def _boxes(length: int) -> npt.NDArray[np.float64]:
    """The reference's own.

    The window is a 128th of the length, rounded up; its left part is not the longer one; at the
    edges it is cut off and the average is over what is left.
    """
    window = (length + 2 * _SIDE - 1) // (2 * _SIDE)
    right = (window + 2) // 2 - 1
    left = window - right - 1
    places = np.arange(length)
    first = np.maximum(places - left, 0)
    after = np.minimum(places + right + 1, length)
    share = 1.0 / (after - first)
    samples = ((np.arange(_SIDE) + 0.5) * length / _SIDE).astype(np.int64)
    weights = np.zeros((_SIDE, length + 1))
    for sample, place in enumerate(samples):
        inner = slice(first[place], after[place])
        np.add.at(weights[sample], first[inner], share[inner] * share[place])
        np.add.at(weights[sample], after[inner], -share[inner] * share[place])
    cumulated = np.cumsum(weights, axis=1)[:, :length]
    cumulated[np.abs(cumulated) < 1e-12] = 0.0
    return cumulated


@lru_cache(maxsize=1)
def _transform() -> Floats:
    """16 x 64: the cosines of frequencies 1 to 16; the mean (0) is left out."""
    frequency = np.arange(1, _COEFFICIENTS + 1)[:, None]
    place = 2 * np.arange(_SIDE)[None, :] + 1
    matrix = np.sqrt(2.0 / _SIDE) * np.cos(np.pi / (2 * _SIDE) * frequency * place)
    single: Floats = matrix.astype(np.float32)
    return single


def _quality(samples: Floats) -> int:
    """How much there is to see: the sum of the steps between samples that reach a hundredth."""
    steps = sum(
        int(np.abs(np.trunc(np.diff(samples, axis=axis) * np.float32(100) / np.float32(255))).sum())
        for axis in (0, 1)
    )
    return min(100, steps // _QUALITY_DIVISOR)


def _turned(coefficients: Floats) -> Floats:
    """8 x 16 x 16: row i is of frequency i + 1, so that mirroring negates the even rows."""
    sign = np.where(np.arange(_COEFFICIENTS) % 2, 1, -1).astype(np.float32)
    upside_down = coefficients * sign[:, None]
    sideways = coefficients * sign[None, :]
    both = upside_down * sign[None, :]
    return np.stack(
        [
            coefficients,
            sideways.T,
            both,
            upside_down.T,
            upside_down,
            sideways,
            coefficients.T,
            both.T,
        ]
    )


def _bits(coefficients: Floats) -> npt.NDArray[np.uint8]:
    """n x 16 x 16 coefficients to n x 32 bytes: the last coefficient is the first bit."""
    flat = coefficients.reshape(len(coefficients), BITS)
    median = np.partition(flat, BITS // 2 - 1, axis=1)[:, BITS // 2 - 1 : BITS // 2]
    return np.packbits((flat > median)[:, ::-1], axis=1)
