"""Harnesses of what takes members out of containers."""

import hashlib

from tests.containers import making
from tests.fuzz.harness import Harness
from tests.members.writing import archived
from triage.containers.recognising import recognise
from triage.media.window import InMemory
from triage.members.member import LockedError
from triage.members.noted import MemberNotes
from triage.members.opening import openers
from triage.members.tally import MemberBudget, MemberTally
from triage.members.walking import MemberWalk, Wishes
from triage.members.zip_gaps import gaps
from triage.members.zip_names import MOST_NAMES, zip_names

BUDGET = MemberBudget(deep=3, at_most=50, freely=2_000_000, times=10, kept=500_000, seconds=10)
WISHES = Wishes(
    all_of=lambda head, size, path: size % 2 == 0,
    hashers=lambda: {"sha256": hashlib.sha256()},
    passwords=("peanuts",),
)
FILES = {"a/one.png": making.PNG, "two.txt": b"two " * 90}


def members(data: bytes) -> None:
    """Whatever it is, what comes out stays within the budget."""
    held = recognise(data, len(data), "x")
    gaps(InMemory(data))
    assert len(list(zip_names(InMemory(data)))) <= MOST_NAMES
    if held is None or held.kind not in openers():
        return
    notes = MemberNotes(10_000)
    tally = MemberTally(budget=BUDGET, of=len(data), notes=notes)
    for taken in MemberWalk(tally, WISHES).members(InMemory(data), held, "x"):
        assert len(taken.content) <= BUDGET.kept + 2 * 1024 * 1024
    allowed = max(BUDGET.freely, BUDGET.times * len(data))
    assert tally.bytes <= allowed + 1024 * 1024
    assert tally.members <= BUDGET.at_most
    assert [each.number for each in notes.all] == list(range(1, len(notes.all) + 1))
    assert max(tally.locked, tally.damaged) <= tally.members + tally.containers


def _archives() -> tuple[bytes, ...]:
    made = [archived(form, FILES) for form in ("zip", "7zip", "cpio", "xar", "gnutar", "ar_svr4")]
    made += [archived("pax", FILES, packed=packed) for packed in ("gzip", "xz", "bzip2", "zstd")]
    real = ("cab.cab", "lha.lzh", "rar4.rar", "rar5.rar", "rar4-locked.rar", "rar5-locked.rar",
            "7z-locked-in-part.7z", "zip-locked.zip")  # fmt: skip
    deep = making.zipped({"in.zip": making.zipped(FILES), "in.tar": making.tarred("w", FILES)})
    return (*made, *map(making.real, real), deep)


HARNESSES = (Harness(name="members", run=members, seeds=_archives, answers=(LockedError,)),)
