"""`python -m tests.packs.false_hits NAMES [WORDS]`: what is found only in another reading.

NAMES is a file of ordinary paths, one a line. The words are those of tests/packs/words.txt.
"""

import sys
import time
from collections import Counter
from pathlib import Path

from triage.detectors.names import NameDetector
from triage.packs.word_lists import read_word_list

WORDS = Path(__file__).with_name("words.txt")


def main() -> None:
    """Count, and print each that is found otherwise than as it is listed."""
    paths = Path(sys.argv[1]).read_text(encoding="utf-8", errors="backslashreplace").splitlines()
    words = read_word_list(sys.argv[2] if sys.argv[2:] else str(WORDS))
    detector = NameDetector([words])
    begun = time.process_time()
    found = [detector.matches(path) for path in paths]
    spent = time.process_time() - begun
    counted = Counter[str]()
    for path, matches in zip(paths, found, strict=True):
        counted["with a word"] += bool(matches)
        written = [match.provenance.get("written") for match in matches]
        if written and None not in written:
            counted["with a word in disguise only"] += 1
            print(ascii(path), *(match.reason for match in matches), sep="\n    ")
    print(
        f"{len(paths):,} paths, {len(words.words)} words, {spent / len(paths) * 1e6:.2f} µs a path"
    )
    print(dict(counted))


if __name__ == "__main__":
    main()
