"""Harnesses of what takes members out of containers."""

import hashlib
import time
import zlib
from contextlib import suppress

from tests.containers import making
from tests.fuzz.harness import Harness
from tests.members.making_rar import Rared, rar5
from tests.members.making_seven_zip import Group, seven_zip
from tests.members.writing import archived
from triage.containers.rar import vint
from triage.containers.recognising import recognise
from triage.containers.seven_zip import SIGNATURE
from triage.media.window import InMemory
from triage.members import archives
from triage.members.member import MOST_AT_ONCE, DamagedError, LockedError, Opening
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
    with suppress(DamagedError):
        list(gaps(InMemory(data), lambda: True))
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


WORD = "peanuts"
WORDS = (WORD, "password")


def locked_archives(data: bytes) -> None:
    """Whatever an encrypted archive claims, little comes out that is not in it, and in time."""
    kind = "7z" if data.startswith(SIGNATURE) else "rar"
    data = _with_sums_7z(data) if kind == "7z" else _with_sums_5(data)
    until = time.monotonic() + 10
    opening = Opening(
        kind=kind, locked=True, passwords=WORDS, goes_on=lambda: time.monotonic() < until
    )
    came = 0
    for number, member in enumerate(archives.members(InMemory(data), opening)):
        if number >= BUDGET.at_most or not opening.goes_on():
            return
        for chunk in member.chunks() if not member.locked else ():
            assert len(chunk) <= MOST_AT_ONCE
            came += len(chunk)
            if came > BUDGET.freely:
                return


def _with_sums_7z(data: bytes) -> bytes:
    """Its checksums made right: behind wrong ones nobody looks."""
    at, size = (int.from_bytes(data[place : place + 8], "little") for place in (12, 20))
    header = data[32 + at : 32 + at + size]
    start = data[12:28] + zlib.crc32(header).to_bytes(4, "little")
    return data[:8] + zlib.crc32(start).to_bytes(4, "little") + start + data[32:]


def _with_sums_5(data: bytes) -> bytes:
    made, at = bytearray(data), 8
    for _ in range(20):
        size, begin = vint(data, at + 4)
        header = data[at + 4 : begin + min(size, len(data))]
        made[at : at + 4] = zlib.crc32(header).to_bytes(4, "little")[: len(made) - at]
        kind, here = vint(data, begin)
        flags, here = vint(data, here)
        here = vint(data, here)[1] if flags & 1 else here
        at = begin + size + (vint(data, here)[0] if flags & 2 else 0)
        if at >= len(data) or kind == 4:
            break
    return bytes(made)


def _locked_archives() -> tuple[bytes, ...]:
    names = Group(files={}, password=WORD, packed="lzma")
    of_7z = [
        seven_zip(
            Group(files=FILES, password=word, packed=packed), Group(files=FILES), names=header
        )
        for word, packed, header in ((WORD, "lzma2", None), (WORD, "", names))
    ]
    files = [
        Rared(name=name, content=each, password=WORD, check=check)
        for check in (True, False)
        for name, each in FILES.items()
    ]
    of_rar = [rar5(*files), rar5(*files, names=WORD)]
    real = ("rar4-locked.rar", "rar5-locked.rar", "7z-locked-bcj2.7z")
    return (*of_7z, *of_rar, *map(making.real, real))


ANSWERS = (LockedError, DamagedError)
HARNESSES = (
    Harness(name="members", run=members, seeds=_archives, answers=(LockedError,)),
    Harness(name="locked_archives", run=locked_archives, seeds=_locked_archives, answers=ANSWERS),
)
