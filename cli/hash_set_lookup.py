"""What `seek hash-set lookup` is asked: digests, lines of md5sum's, or files."""

import hashlib
import sys
from collections.abc import Iterator
from pathlib import Path

from triage.errors import UsageError
from triage.hashsets.entries import Entry
from triage.hashsets.hash_set import HashSet
from triage.hashsets.readers.lists import digest_in

_READ = 1 << 20


def words_of(what: list[str]) -> Iterator[str]:
    """What is asked, a word or a line each; `-` stands for standard input."""
    for word in what:
        if word == "-":
            yield from (line.rstrip("\r\n") for line in sys.stdin if line.strip())
        else:
            yield word


def look_up(hash_set: HashSet, word: str) -> Entry | None:
    """A digest, a line of md5sum's, or a file. Raises UsageError if it is none of them."""
    path = Path(word)
    try:
        if path.is_file():
            return _look_up_file(hash_set, path)
    except OSError as error:
        raise UsageError(f"{word} cannot be read: {error.strerror}.") from error
    try:
        algorithm, digest = digest_in(word)
    except ValueError as error:
        raise UsageError(
            f"'{word[:80]}' is neither a file nor an MD5, SHA-1 or SHA-256.",
            hint="Count its characters.",
        ) from error
    if algorithm not in hash_set.algorithms:
        has = ", ".join(sorted(hash_set.algorithms)) or "no exact digests"
        raise UsageError(f"The set cannot be asked for {algorithm}.", hint=f"It has: {has}.")
    return hash_set.find(algorithm, digest)


def _look_up_file(hash_set: HashSet, path: Path) -> Entry | None:
    digests = {name: hashlib.new(name, usedforsecurity=False) for name in hash_set.algorithms}
    with path.open("rb") as file:
        while block := file.read(_READ):
            for digest in digests.values():
                digest.update(block)
    entries = (hash_set.find(name, digest.digest()) for name, digest in digests.items())
    return next((entry for entry in entries if entry), None)
