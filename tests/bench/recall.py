"""How well changed pictures are found: the table of docs/decisions/pdq-thresholds.md.

    python -m tests.bench.recall [FOLDER ...] [--write docs/decisions/pdq-thresholds.md]

Photographs come from packages (scikit-image, scikit-learn, and the folders given, for example of
Debian's wallpapers). Nothing here depends on time.
"""

import argparse
import sys
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from tests.altered import CHANGES, photographs, saved
from triage.detectors.pdq import QUALITY, pdq
from triage.detectors.perceptual import appearance_of
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
            looks = appearance_of(decode(saved(change(image), quality), "image/jpeg").pixels)
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


def main() -> None:
    """Print the table, and write it where it belongs."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folders", nargs="*", type=Path)
    parser.add_argument("--at-most", type=int, default=300)
    parser.add_argument("--write", type=Path)
    given = parser.parse_args()
    text = table(*recall(given.folders, given.at_most))
    print(text)
    if given.write:
        write(given.write, text)


if __name__ == "__main__":
    main()
