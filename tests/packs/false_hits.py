"""`python -m tests.packs.false_hits PLACE...`: what is found in ordinary names, and how.

A PLACE is a folder, of which all paths count, or a list of words in UTF-8 (`FILE@ENCODING` if it is
in another), of which each is a picture's name. The words that are looked for are words.txt.
"""

import os
import random
import sys
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

from triage.detectors.names import NameDetector
from triage.packs.folding import fold
from triage.packs.patterns import words_pattern
from triage.packs.word_lists import key_of, open_sides, read_word_list

WORDS = Path(__file__).with_name("words.txt")
MOST_PATHS, MOST_WORDS = 100_000, 7_000


def names(place: str) -> list[str]:
    """Of a folder or a list of words: no more than so many, chosen by chance, always the same."""
    file, _, encoding = place.partition("@")
    found, most = (_paths, MOST_PATHS) if Path(file).is_dir() else (_pictures, MOST_WORDS)
    every = sorted(found(Path(file), encoding or "utf-8"))
    return random.Random(11).sample(every, min(most, len(every)))


def _paths(folder: Path, _: str) -> Iterator[str]:
    for above, _folders, files in os.walk(folder):
        yield from (f"{above}/{each}"[1:] for each in files)


def _pictures(file: Path, encoding: str) -> Iterator[str]:
    lines = file.read_text(encoding=encoding, errors="replace").splitlines()
    return (f"Pictures/{word}.jpg" for line in lines if (word := line.partition("/")[0].strip()))


def main() -> None:
    """Count, and print each that is found otherwise than as it is listed."""
    words = read_word_list(str(WORDS))
    as_listed = words_pattern((key_of(word), *open_sides(word)) for word in words.words)
    detector, counted = NameDetector([words]), Counter[str]()
    for place in sys.argv[1:]:
        paths = names(place)
        begun = time.process_time()
        found = [detector.matches(path) for path in paths]
        spent = (time.process_time() - begun) / len(paths) * 1e6
        print(f"{place}: {len(paths):,} names, {spent:.2f} µs each")
        for path, matches in zip(paths, found, strict=True):
            told = [match.reason for match in matches if "written" in match.provenance]
            listed = as_listed is not None and any(
                as_listed.search(fold(part)) for part in path.rpartition("/")
            )
            kind = "as listed" if listed else "disguised" if told else "in camelCase"
            counted["names"] += 1
            counted[kind] += bool(matches)
            if matches and not listed:
                print(f"    {kind}: {path!a}: {matches[0].reason}")
    print(dict(counted))


if __name__ == "__main__":
    main()
