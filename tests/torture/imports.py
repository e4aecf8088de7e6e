"""`python -m tests.torture.imports 100 [FIRST]`: `seek lab import` is killed so often by `kill -9`.

Each is a process of its own with six bundles to take in, one of them closed for the lab, and is
killed at another moment; the next goes on with what it left, and is killed as well, until the store
has them all; then another store begins. After each kill the store must answer who only reads and be
whole as `seek lab verify` sees it, and every bundle must be there of which the screen said that it
is in. In the end a store must hold what an undisturbed one holds, each import logged once. FIRST:
what chance begins with.
"""

import os
import random
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from lab import layout
from lab.checking import faults_of
from lab.overlaps import overlaps_of
from lab.settling import writing
from lab.store import LabStore, create_store, open_store
from lab.trail import IMPORTED, read_trail
from lab.weighing import weights_of
from tests.lab.bundles import Seen, looks, sealed
from tests.lab.conftest import reading
from triage.bundle.envelope import age, bech32
from triage.bundle.envelope.recipients import X25519, Recipient

SEEK = str(Path(sys.executable).with_name("seek"))
MISSES = 40
"""Imports in a row that may be over before they are killed."""
WORKING = 0.85
"""So many are killed after they began to copy, the others anywhere before."""
SOONER = 0.85
"""After each of them the next is killed so much sooner, however fast the machine is."""
_SECRET = bytes(range(32))
_UNFINISHED = (layout.INCOMING, layout.OPENED)


@dataclass(frozen=True, slots=True, kw_only=True)
class Undisturbed:
    """The import that nobody killed, to compare with."""

    folder: Path
    """With `empty`, a store without a bundle, `bundles/`, and the lab's `key`."""
    holds: dict[str, object]
    starts: float
    """Seconds until the first bundle is being copied."""
    works: float
    """Seconds from then on."""

    @property
    def names(self) -> list[str]:
        """Of the bundles, as they are given."""
        return sorted(each.name for each in (self.folder / "bundles").iterdir())


@dataclass(slots=True)
class Tormented:
    """What so many kills left."""

    moments: list[str] = field(default_factory=list)
    """At what each import was, when it was killed; by what lay in the store."""
    wrong: list[str] = field(default_factory=list)
    """Empty is what should be."""
    stores: int = 0
    """Those that came to hold all bundles."""


def undisturbed(folder: Path, *, bundles: int = 6, entries: int = 600) -> Undisturbed:
    """Make store and bundles, the first of so many entries, and take them in in peace."""
    (folder / "bundles").mkdir()
    (folder / "key").write_text(bech32.encode("age-secret-key-", _SECRET).upper())
    to = (Recipient(kind=X25519, raw=age.public_of(_SECRET)),)
    for n in range(bundles):
        seen = [Seen(content="of all", pdq=looks(1), finding=True)]
        seen += [Seen(content=f"{n} {k}", pdq=looks(2 + 10_000 * n + k))
                 for k in range(8 if n else entries)]  # fmt: skip
        made = sealed(folder / f"made-{n}", f"KILLED-{n // 2}", seen, exhibit=f"E{n}",
                      recipients=to if n == bundles - 1 else ())  # fmt: skip
        made.rename(folder / "bundles" / str(n))
    with writing(create_store(folder / "empty", agency="Test")):
        pass
    store = shutil.copytree(folder / "empty", folder / "whole")
    begun = time.monotonic()
    with _started(folder, store) as process:
        _wait_for_work(process, store)
        copying = time.monotonic()
        process.communicate()
    assert process.returncode == 0
    return Undisturbed(folder=folder, holds=holds(store), starts=copying - begun,
                       works=time.monotonic() - copying)  # fmt: skip


def torment(whole: Undisturbed, place: Path, first: int, kills: int) -> Tormented:
    """Kill so many imports into stores in `place`; it ends with the first that is not whole, and
    leaves it there. Raises AssertionError if none can be killed before its end."""
    chance = random.Random(first)
    done, store, said, missed = Tormented(), place / "store", list[str](), 0
    while len(done.moments) < kills and not done.wrong:
        if not store.exists():
            shutil.copytree(whole.folder / "empty", store)
        working = chance.random() < WORKING
        left = 1 - len(open_store(store).bundles()) / len(whole.names)
        after = chance.uniform(0, whole.works * left if working else whole.starts)
        moment = _kill(whole, store, after * SOONER**missed, said, working=working)
        missed = 0 if moment else missed + 1
        assert missed < MISSES, "every import was over before it was killed"
        if moment:
            done.moments.append(moment)
            done.wrong = judged(store, said)
        elif not (wrong := _ended(whole, store, said)):
            shutil.rmtree(store)
            said.clear()
            done.stores += 1
        else:
            done.wrong = wrong
    if store.exists() and not done.wrong:
        with _started(whole.folder, store) as process:
            said += _shown(process.communicate()[0])
        done.wrong = _ended(whole, store, said)
        done.stores += 1
    return done


def judged(store: Path, said: list[str]) -> list[str]:
    """What is wrong with a store whose writer was just killed. `said`: the bundles, by the names
    that were given, of which its screens said that they are in."""
    wrong = [f"it does not answer: {error}" for error in _failing(_read, store)]
    wrong += [f"it is not whole: {error}" for error in _failing(_verify, store)]
    if len(open_store(store).bundles()) < len(set(said)):
        wrong.append(f"the screen said that these are in: {sorted(set(said))}")
    return wrong


def holds(store: Path) -> dict[str, object]:
    """What a store says: the same for the same bundles, however they came."""
    with reading(open_store(store)) as (held, decided):
        linked = overlaps_of(held, weights_of(open_store(store)).overlaps)
        numbers = {case.id: case.number for case in decided.cases()}
        return {
            "bundles": {digest: numbers[case] for digest, (case, *_) in decided.filings().items()},
            "exhibits": [row[:12] for row in held.ask("cases")],
            "overlaps": sorted((each.one, each.other, *each.reasons) for each in linked),
            "imports": sorted(str(record.fields["bundle"]) for record in
                              read_trail(store / layout.AUDIT) if record.event == IMPORTED),
            "left": sorted(file.name for file in store.iterdir()
                           if layout.NEW in file.name or file.name in _UNFINISHED),
        }  # fmt: skip


def _started(folder: Path, store: Path) -> "subprocess.Popen[bytes]":
    command = [SEEK, "lab", "import", str(store), *sorted(map(str, (folder / "bundles").iterdir())),
               "--identity", str(folder / "key")]  # fmt: skip
    return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)


def _kill(whole: Undisturbed, store: Path, after: float, said: list[str], *, working: bool) -> str:
    """At what it was, when it was killed; empty: it was over. `said` grows by what it showed.
    `after`: seconds since it began, or, `working`, since it began to copy."""
    with _started(whole.folder, store) as process:
        if working:
            _wait_for_work(process, store)
        time.sleep(after)
        process.send_signal(signal.SIGKILL)
        said += _shown(process.communicate()[0])
    assert process.returncode in (0, -signal.SIGKILL), "it failed of itself"
    return _moment(store) if process.returncode else ""


def _wait_for_work(process: "subprocess.Popen[bytes]", store: Path) -> None:
    """Until it begins to copy, or is over. What one that was killed left there is swept first."""
    there = [_made(store / name) for name in _UNFINISHED]
    while process.poll() is None and there == [_made(store / name) for name in _UNFINISHED]:
        time.sleep(0.001)


def _made(folder: Path) -> int:
    """Which folder it is; 0: none."""
    try:
        return folder.stat().st_ctime_ns
    except FileNotFoundError:
        return 0


def _shown(screen: bytes) -> list[str]:
    """The names of bundles that are in, by what a person saw."""
    lines = screen.decode().splitlines(keepends=True)
    return [
        line.split()[3].rstrip(":")
        for line in lines
        if "case KILLED" in line and line.endswith("\n")
    ]


def _moment(store: Path) -> str:
    """By what lies there, in the order of `lab/intake.py`."""
    there = open_store(store).bundles()
    if (store / f"{layout.DERIVED}{layout.NEW}").exists():
        return "the tables were made"
    if len(list((store / layout.SIGHTINGS).iterdir())) > len(there):
        return "rows were derived, or it was filed"
    if (store / layout.INCOMING).exists():
        return "one was copied or verified"
    if (store / layout.OPENED).exists():
        return "one was opened"
    return "it was between two" if there else "nothing was begun"


def _ended(whole: Undisturbed, store: Path, said: list[str]) -> list[str]:
    """What is wrong with a store that took all in."""
    held = holds(store)
    wrong = [f"{name}: {held[name]}" for name, value in whole.holds.items() if held[name] != value]
    if sorted(set(said)) != whole.names:
        wrong.append(f"in the end its screens had told of these alone: {sorted(set(said))}")
    return wrong + judged(store, said)


def _read(store: LabStore) -> None:
    with reading(store) as (held, _):
        overlaps_of(held, weights_of(store).overlaps)


def _verify(store: LabStore) -> None:
    with writing(store) as writer:
        faults = list(faults_of(store, writer.decided))
    assert not faults, faults


def _failing(ask: Callable[[LabStore], None], store: Path) -> list[str]:
    try:
        ask(open_store(store))
    except Exception as error:  # noqa: BLE001 - whatever it is, it is told
        return [f"{type(error).__name__}: {error}"]
    return []


def main() -> int:
    """Kill so many; the exit code says whether every store was whole."""
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 100
    first = int(sys.argv[2]) if len(sys.argv) > 2 else 0
    with tempfile.TemporaryDirectory(prefix="seek-imports-") as scratch:
        whole = undisturbed(Path(scratch), entries=4000)
        done = torment(whole, Path(scratch) / "tormented", first, count)
        if done.wrong and (keep := os.environ.get("KEEP")):
            shutil.copytree(Path(scratch) / "tormented", keep, dirs_exist_ok=True)
    for wrong in done.wrong:
        print(f"after kill {len(done.moments)}, when {done.moments[-1]}: {wrong}")
    whole_after = len(done.moments) - bool(done.wrong)
    often = Counter(done.moments).most_common()
    at = "; ".join(f"{times} when {moment}" for moment, times in often)
    print(f"{whole_after} of {count} kills left a store whole that went on ({done.stores}): {at}")
    return 0 if whole_after == count else 1


if __name__ == "__main__":
    sys.exit(main())
