"""Files of several pictures, as programs write them: one for each way of writing each kind."""

import io
from collections.abc import Callable, Sequence
from typing import Any

from PIL import Image

Frames = Sequence[Image.Image]


def saved(frames: Frames, mark: str, **options: Any) -> bytes:
    stream = io.BytesIO()
    first, *others = frames
    first.save(stream, mark, save_all=True, append_images=others, **options)
    return stream.getvalue()


def gif(frames: Frames, **options: Any) -> bytes:
    return saved(frames, "GIF", duration=40, **options)


def gif_of_bare_frames(count: int, size: tuple[int, int] = (2, 2), canvas: int = 2) -> bytes:
    """So many frames of a few bytes each; the size that each claims, and that of all."""
    sides = (canvas.to_bytes(2, "little")) * 2
    head = b"GIF89a" + sides + b"\x80\0\0" + bytes(3) + b"\xff" * 3
    claimed = b"".join(side.to_bytes(2, "little") for side in size)
    first = b"\x2c" + bytes(4) + sides + b"\0\x02\x03\x44\x02\x05\0"
    frame = b"\x2c" + bytes(4) + claimed + b"\0\x02\x03\x44\x02\x05\0"
    return head + first + frame * (count - 1) + b";"


KINDS: dict[str, Callable[[Frames], bytes]] = {
    "plain.gif": gif,
    "whole frames.gif": lambda frames: gif(frames, optimize=False, disposal=2),
    "own colours.gif": lambda frames: gif([each.quantize(64) for each in frames], disposal=1),
    "lossy.webp": lambda frames: saved(frames, "WEBP", quality=80),
    "lossless.webp": lambda frames: saved(frames, "WEBP", lossless=True, method=0),
    "mixed.webp": lambda frames: saved(frames, "WEBP", allow_mixed=True, kmax=3, kmin=1),
    "plain.png": lambda frames: saved(frames, "PNG", duration=40),
    "still beside it.apng": lambda frames: saved(frames, "PNG", default_image=True),
    "laid over.png": lambda frames: saved(frames, "PNG", blend=1, disposal=0),
    "colours.png": lambda frames: saved([each.quantize(256) for each in frames], "PNG"),
    "plain.avifs": lambda frames: saved(frames, "AVIF", quality=80),
    "quick.avif": lambda frames: saved(frames, "AVIF", quality=80, speed=10),
    "alpha.avif": lambda frames: saved([each.convert("RGBA") for each in frames], "AVIF"),
    "raw.tiff": lambda frames: saved(frames, "TIFF"),
    "packed.tif": lambda frames: saved(frames, "TIFF", compression="tiff_lzw"),
    "jpeg.tif": lambda frames: saved(frames, "TIFF", compression="jpeg"),
    "large.tif": lambda frames: saved(frames, "TIFF", big_tiff=True, compression="tiff_deflate"),
}
"""By a name that such a file may have."""
