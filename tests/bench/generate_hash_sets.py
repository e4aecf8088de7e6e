"""Makes hash sets of any size out of random numbers: CSV, VICS 2.0 JSON, RDSv3 SQLite.

The same seed gives the same digests, so that a measurement can ask for those that are present
without keeping them.
"""

import sqlite3
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import numpy.typing as npt

CHUNK = 1 << 16
Bytes = npt.NDArray[np.uint8]


def chunks(count: int, seed: int = 1) -> Iterator[tuple[bytes, bytes, list[int], list[int]]]:
    """MD5s, SHA-1s (packed), sizes and categories of so many entries, CHUNK at a time."""
    for number, first in enumerate(range(0, count, CHUNK)):
        rows = min(CHUNK, count - first)
        random = np.random.default_rng([seed, number])
        digests = random.bytes(36 * rows)
        sizes = realistic_sizes(rows, random)
        categories = random.integers(0, 5, rows)
        yield digests[: 16 * rows], digests[16 * rows :], sizes.tolist(), categories.tolist()


def realistic_sizes(count: int, random: np.random.Generator) -> npt.NDArray[np.int64]:
    """Bytes: 95 % pictures (median 150 kB), 5 % videos (median 8 MB)."""
    pictures = random.lognormal(np.log(150_000), 1.2, count)
    videos = random.lognormal(np.log(8_000_000), 1.5, count)
    mixed = np.where(random.random(count) < 0.05, videos, pictures)
    return np.clip(mixed, 200, 4_000_000_000).astype(np.int64)


def write_csv(path: Path, count: int, seed: int = 1) -> None:
    """`md5,sha1,size,category` with a header."""
    with path.open("w") as file:
        file.write("md5,sha1,size,category\n")
        for md5, sha1, sizes, categories in chunks(count, seed):
            texts = map(str, sizes), map(str, categories)
            rows = zip(hexed(md5, 16), hexed(sha1, 20), *texts, strict=True)
            file.write("\n".join(map(",".join, rows)) + "\n")


def write_md5s(path: Path, count: int, seed: int = 1) -> None:
    """MD5s only, a line each: what hfind indexes."""
    with path.open("w") as file:
        for md5, _, _, _ in chunks(count, seed):
            file.write(md5.hex("\n", 16) + "\n")


def write_vics(path: Path, count: int, seed: int = 1) -> None:
    """A VICS 2.0 hash set with the fields that real ones have."""
    context = (
        "http://github.com/VICSDATAMODEL/ProjectVic/DataModels/2.0.xml/Default/$metadata#Media"
    )
    with path.open("w", encoding="utf-8-sig") as file:
        file.write(f'{{"@odata.context":"{context}","value":[')
        number = 0
        for md5, sha1, sizes, categories in chunks(count, seed):
            rows = zip(hexed(md5, 16), hexed(sha1, 20), sizes, categories, strict=True)
            for m, s, size, category in rows:
                file.write(
                    f'{"," if number else ""}\n{{"MediaID":{number},"Category":{category},'
                    f'"MD5":"{m.upper()}","SHA1":"{s.upper()}",'
                    f'"MediaSize":{size},"VictimIdentified":"false","OffenderIdentified":"false",'
                    f'"IsDistributed":"true","Series":"","IsPrecategorized":"false",'
                    f'"DateUpdated":"2026-01-02T03:04:05Z","Tags":""}}'
                )
                number += 1
        file.write("]}")


def write_rds(path: Path, count: int, seed: int = 1) -> None:
    """NSRL RDSv3's table FILE, upper-case hexadecimal, as the minimal sets have it."""
    columns = "sha256 VARCHAR, sha1 VARCHAR, md5 VARCHAR, crc32 VARCHAR, file_name VARCHAR"
    columns += ", file_size INTEGER, package_id INTEGER"
    database = sqlite3.connect(path)
    database.execute("PRAGMA journal_mode = OFF")
    database.execute(f"CREATE TABLE FILE ({columns})")
    for md5, sha1, sizes, _ in chunks(count, seed):
        rows = zip(hexed(md5, 16), hexed(sha1, 20), sizes, strict=True)
        database.executemany(
            "INSERT INTO FILE VALUES (?, ?, ?, '00000000', 'file.jpg', ?, 1)",
            ((m.upper() * 2, s.upper(), m.upper(), size) for m, s, size in rows),
        )
    database.commit()
    database.close()


def hexed(digests: bytes, width: int) -> list[str]:
    """Packed digests of one width, each in hexadecimal."""
    return digests.hex(" ", width).split()
