"""`make mutants [ONLY=word]`: every fault must make one of its tests fail; without it, none may.

Two at a time, each in a copy of the working tree. The exit code is 0 if all were noticed.
"""

import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from itertools import chain
from pathlib import Path
from queue import SimpleQueue
from typing import TypeVar

from tests.mutants.copies import HUNG, ROOT, Copy
from tests.mutants.mutation import Mutation, StaleMutationError, load

AT_ONCE = 2
PASSED, FAILED = 0, 1
"""pytest's exit codes."""
Piece = TypeVar("Piece")
Done = TypeVar("Done")
KILLED = "killed"
OUTCOMES = {PASSED: "SURVIVED", FAILED: KILLED, HUNG: "HUNG"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Tried:
    """What became of one mutation."""

    mutation: Mutation
    outcome: str
    seconds: float
    said: str


def main() -> int:
    """Try those whose file or words hold the word that is given; all without one."""
    word = " ".join(sys.argv[1:])
    wanted = [each for each in load() if word in f"{each.file} {each.says}"]
    try:
        for mutation in wanted:
            mutation.check(ROOT)
    except StaleMutationError as error:
        print(f"STALE: {error}")
        return 1
    begun = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="seek-mutants-") as scratch:
        copies: SimpleQueue[Copy] = SimpleQueue()
        for number in range(AT_ONCE):
            copies.put(Copy(Path(scratch, str(number))))
        if not _sound(wanted, copies):
            return 1
        tried = _in_turn(copies, wanted, _tried)
    return _told(tried, time.monotonic() - begun)


def _in_turn(
    copies: "SimpleQueue[Copy]", work: "Sequence[Piece]", do: "Callable[[Copy, Piece], Done]"
) -> "list[Done]":
    """Each piece of work in a copy that is free."""

    def one(piece: Piece) -> Done:
        copy = copies.get()
        try:
            return do(copy, piece)
        finally:
            copies.put(copy)

    with ThreadPoolExecutor(AT_ONCE) as pool:
        return list(pool.map(one, work))


def _sound(wanted: Sequence[Mutation], copies: "SimpleQueue[Copy]") -> bool:
    """Whether all tests that are named pass, and none is skipped, without any fault."""
    by_file: dict[str, list[str]] = {}
    for test in dict.fromkeys(test for each in wanted for test in each.tests):
        by_file.setdefault(test.partition("::")[0], []).append(test)
    files = sorted(by_file.values(), key=len)
    halves = [tuple(chain.from_iterable(files[half::AT_ONCE])) for half in range(AT_ONCE)]
    begun = time.monotonic()
    ran = _in_turn(copies, [half for half in halves if half], Copy.run)
    print(f"without a fault: {len(by_file)} files of tests, {time.monotonic() - begun:.0f} s")
    wrong = [said for code, said in ran if code != PASSED]
    print("\n".join(wrong), end="", flush=True)
    return not wrong


def _tried(copy: Copy, mutation: Mutation) -> Tried:
    whole = (copy.root / mutation.file).read_text()
    begun = time.monotonic()
    copy.write(mutation.file, mutation.applied(whole))
    code, said = copy.run(mutation.tests, "-x")
    copy.write(mutation.file, whole)
    tried = Tried(
        mutation=mutation,
        outcome=OUTCOMES.get(code, f"DID NOT RUN (exit {code})"),
        seconds=time.monotonic() - begun,
        said=said,
    )
    print(_row(tried), flush=True)
    return tried


def _row(tried: Tried) -> str:
    mutation = tried.mutation
    return f"{tried.outcome:9} {tried.seconds:5.1f} s  {mutation.file:36} {mutation.says}"


def _told(tried: list[Tried], seconds: float) -> int:
    others = [each for each in tried if each.outcome != KILLED]
    for each in others:
        print(f"\n--- {_row(each)}\n{each.said[-3000:]}")
    print(f"\n{'where':44}   made   killed   seconds")
    by_room: dict[str, list[Tried]] = {}
    for each in sorted(tried, key=lambda each: each.mutation.file):
        by_room.setdefault(str(Path(each.mutation.file).parent), []).append(each)
    for room, those in by_room.items():
        killed = sum(each.outcome == KILLED for each in those)
        took = sum(each.seconds for each in those)
        print(f"{room:44} {len(those):6} {killed:8} {took:9.0f}")
    print(f"\nkilled {len(tried) - len(others)} of {len(tried)} in {seconds:.0f} s")
    return 1 if others or not tried else 0


if __name__ == "__main__":
    sys.exit(main())
