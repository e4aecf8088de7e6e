"""What `seek hash-set lookup` is asked: digests, lines of md5sum's, or files."""

import hashlib
import sys
from collections.abc import Iterator
from pathlib import Path

from triage.errors import UsageError, why
from triage.hashsets.entries import SetEntry
from triage.hashsets.hash_set import HashSet
from triage.hashsets.readers.lists import digests_in

_READ = 1 << 20


def words_of(what: list[str]) -> Iterator[str]:
    """What is asked, a word, a line or a digest each; `-` stands for standard input."""
    for word in what:
        if word == "-":
            for line in filter(str.strip, sys.stdin):
                yield from _one_by_one(line.rstrip("\r\n"))
        else:
            yield from _one_by_one(word)


def _one_by_one(line: str) -> Iterator[str]:
    """The digests of a line that has several, else the line."""
    try:
        digests = digests_in(line)
    except ValueError:
        digests = []
    yield from [digest.hex() for _, digest in digests] if len(digests) > 1 else [line]


def look_up(hash_set: HashSet, word: str) -> SetEntry | None:
    """A digest, a line of md5sum's, or a file. Raises UsageError if it is none of them."""
    path = Path(word)
    try:
        if path.is_file():
            return _look_up_file(hash_set, path)
    except OSError as error:
        raise UsageError(
            f"{word[:80]} cannot be read: {why(error)}.", hint="Check who may read it."
        ) from error
    try:
        [(algorithm, digest)] = digests_in(word)
    except ValueError as error:
        raise UsageError(
            f"'{word[:80]}' is neither a file nor an MD5, SHA-1 or SHA-256.",
            hint="Count its characters.",
        ) from error
    if algorithm not in hash_set.algorithms:
        has = ", ".join(sorted(hash_set.algorithms)) or "no exact digests"
        raise UsageError(f"The set cannot be asked for {algorithm}.", hint=f"It has: {has}.")
    return hash_set.find(algorithm, digest)


def _look_up_file(hash_set: HashSet, path: Path) -> SetEntry | None:
    digests = {name: hashlib.new(name, usedforsecurity=False) for name in hash_set.algorithms}
    with path.open("rb") as file:
        while block := file.read(_READ):
            for digest in digests.values():
                digest.update(block)
    entries = (hash_set.find(name, digest.digest()) for name, digest in digests.items())
    return next((entry for entry in entries if entry), None)
