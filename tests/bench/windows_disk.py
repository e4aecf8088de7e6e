"""A Windows-like NTFS volume: system files, browser caches, user folders, and a few notable ones.

Contents are benign: photographs from Python packages, made unlike one another by bytes behind
their end, and random bytes. One in a thousand is notable. Of ten, five lie in folders of their own
where people keep things, two among other pictures of theirs, two in hiding places among a system's
files, and one anywhere, under the name of what would be there otherwise.
"""

import hashlib
import io
import random
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from PIL import Image

from tests.bench.unlike import unlike
from tests.demo import photographs
from tests.making import ntfs

LIKELY = ("Users/Sam/Pictures/2024", "Users/Sam/Downloads", "Users/Sam/Desktop/new",
          "Users/Sam/Documents/private")  # fmt: skip
HIDDEN = ("Windows/WinSxS/c1187", "Users/Sam/AppData/Roaming/App/17", "Program Files/App31/lib7")
"""Folders that hold other files too."""


@dataclass(slots=True)
class WindowsDisk:
    """Where it is and what of it is notable."""

    path: Path
    notable: dict[str, str] = field(default_factory=dict)
    """Path to SHA-256."""
    sha1: dict[str, str] = field(default_factory=dict)
    """SHA-1 of the notable to its path."""


def make(path: Path, entries: int, *, seed: int = 11) -> WindowsDisk:
    """Make it; some 12 kB an entry."""
    chance = random.Random(seed)
    disk = WindowsDisk(path)
    pictures = _pictures()
    pool = chance.randbytes(8 << 20)
    notable = set(chance.sample(range(entries), max(10, entries // 1000)))
    ntfs.make(path, entries * 20_000 + (256 << 20), label="Windows")
    made: set[str] = set()
    with ntfs.filling(path) as volume:
        for number, (name, content) in enumerate(_files(chance, entries, pictures, pool)):
            place, data = name, content
            if number in notable:
                place, data = _notable(chance, number, name, pictures)
                disk.notable[place] = hashlib.sha256(data).hexdigest()
                disk.sha1[hashlib.sha1(data, usedforsecurity=False).hexdigest()] = place
            _above(volume, place, made)
            volume.file(f"/{place}", data)
    return disk


def _pictures() -> dict[str, list[bytes]]:
    """Photographs as JPEG, of web size and of a thumbnail's."""
    sizes: dict[str, list[bytes]] = {"web": [], "icon": []}
    for photograph in photographs()[:24]:
        image = Image.open(io.BytesIO(photograph)).convert("RGB")
        for name, side in (("web", 900), ("icon", 120)):
            small = image.copy()
            small.thumbnail((side, side))
            out = io.BytesIO()
            small.save(out, "JPEG", quality=70)
            sizes[name].append(out.getvalue())
    return {name: [each[n % len(each)] for n in range(24)] for name, each in sizes.items()}


def _files(
    chance: random.Random, entries: int, pictures: dict[str, list[bytes]], pool: bytes
) -> Iterator[tuple[str, bytes]]:
    """Name and content, in the order in which a computer comes to hold them: mixed."""
    for number in range(entries):
        kind = chance.random()
        salt = number.to_bytes(8, "little")
        if kind < 0.55:
            folder = f"Windows/WinSxS/c{number // 40 % 2000:04d}"
            yield f"{folder}/f{number}.dll", _bytes(chance, pool, 9.0, salt)
        elif kind < 0.75:
            folder = f"Program Files/App{number % 60}/lib{number // 400 % 20}"
            ending = chance.choice(("dll", "dat", "png", "xml"))
            data = _picture(pictures["icon"], number) if ending == "png" else b""
            yield f"{folder}/p{number}.{ending}", (data or _bytes(chance, pool, 8.5, b"")) + salt
        elif kind < 0.90:
            folder = f"Users/Sam/AppData/Local/Browser/Cache/Cache_Data/{number % 50}"
            data = _picture(pictures[chance.choice(("icon", "icon", "web"))], number)
            yield f"{folder}/f_{number:06x}", data + salt
        elif kind < 0.93:
            folder = f"Users/Sam/{chance.choice(('Pictures', 'Downloads', 'Desktop'))}"
            yield (
                f"{folder}/{number % 12}/IMG_{number}.jpg",
                _picture(pictures["web"], number) + salt,
            )
        else:
            ending = chance.choice(("docx", "pdf", "txt", "zip", "tmp", "log"))
            folder = f"Users/Sam/{chance.choice(('Documents', 'AppData/Roaming/App'))}"
            yield f"{folder}/{number % 30}/d{number}.{ending}", _bytes(chance, pool, 9.2, salt)


def _notable(
    chance: random.Random, number: int, name: str, pictures: dict[str, list[bytes]]
) -> tuple[str, bytes]:
    content = _picture(pictures["web"], number) + b"notable" + number.to_bytes(8, "little")
    where = chance.random()
    if where < 0.5:
        return f"{chance.choice(LIKELY)}/n{number}.jpg", content
    if where < 0.7:
        folder = f"Users/Sam/{chance.choice(('Pictures', 'Downloads', 'Desktop'))}"
        return f"{folder}/{number % 12}/n{number}.jpg", content
    if where < 0.9:
        ending = chance.choice(("dat", "bin", "tmp", "jpg"))
        return f"{chance.choice(HIDDEN)}/n{number}.{ending}", content
    return name, content


def _picture(pictures: list[bytes], number: int) -> bytes:
    return unlike(pictures[number % 24], number // 24)


def _bytes(chance: random.Random, pool: bytes, size: float, salt: bytes) -> bytes:
    length = min(200_000, int(chance.lognormvariate(size, 1.0)))
    start = chance.randrange(len(pool) - length)
    return pool[start : start + length] + salt


def _above(volume: ntfs.Filling, path: str, made: set[str]) -> None:
    parts = path.split("/")[:-1]
    for depth in range(1, len(parts) + 1):
        above = "/".join(parts[:depth])
        if above not in made:
            volume.directory(f"/{above}")
            made.add(above)
