"""Kills whoever writes a store: `python -m tests.lab.killed FOLDER import|erase|refer EVERY`.

The one who writes is forked, so that nothing has to be loaded again, and ends itself by SIGKILL at
its n-th step: whenever it is about to open, name, make or remove a file, or to start a program.
Another one then goes on. FOLDER holds `store` and `bundles/`; EVERY: 1 kills at every step.
"""

import os
import shutil
import signal
import sys
from collections.abc import Callable
from pathlib import Path

from lab.checking import faults_of
from lab.erasing import erase
from lab.intake import take_in
from lab.referrals.keeping import take_referrals
from lab.settling import writing
from lab.store import open_store

STEPS = frozenset({"open", "os.rename", "os.remove", "os.rmdir", "os.mkdir", "os.truncate",
                   "shutil.rmtree", "subprocess.Popen", "sqlite3.connect"})  # fmt: skip
CASE = "DOOMED"


def import_all(folder: Path) -> None:
    """What is killed, and what goes on."""
    with writing(open_store(folder / "store")) as writer:
        for taken in take_in(writer, sorted((folder / "bundles").iterdir())):
            assert taken.refused is None, taken.refused
            said(folder, taken.digest)


def erase_it(folder: Path) -> None:
    """Likewise; whoever only opens the store goes on with what was begun."""
    with writing(open_store(folder / "store")) as writer:
        if any(case.number == CASE for case in writer.decided.cases()):
            erase(writer, CASE, "order 7")


def refer_all(folder: Path) -> None:
    """Likewise; what lies in `bundles/` is reports of providers."""
    with writing(open_store(folder / "store")) as writer:
        for taken in take_referrals(writer, sorted((folder / "bundles").iterdir())):
            assert taken.refused is None, taken.refused


def said(folder: Path, digest: str) -> None:
    """What a person saw on the screen: it must hold from then on."""
    with (folder / "said").open("a") as screen:
        screen.write(f"{digest}\n")


def check(folder: Path) -> None:
    """What was said to be done is there, and the store is whole."""
    store = open_store(folder / "store")
    with writing(store) as writer:
        seen = (folder / "said").read_text().split() if (folder / "said").exists() else []
        assert set(seen) <= set(store.bundles()), "a bundle is gone that was said to be there"
        assert list(faults_of(store, writer.decided)) == []


def in_a_child(work: Callable[[Path], None], folder: Path, killed_at: int = 0) -> int:
    """How the child ended, as `os.waitpid` says; after its n-th step, if that is asked for."""
    child = os.fork()
    if child:
        return os.waitpid(child, 0)[1]
    try:
        if killed_at:
            _end_at(killed_at)
        work(folder)
    except BaseException as error:  # noqa: BLE001 - the parent sees the code
        print(f"{work.__name__}: {error!r}", file=sys.stderr)
        os._exit(1)
    os._exit(0)


def _end_at(step: int) -> None:
    done = 0

    def count(event: str, arguments: object) -> None:
        nonlocal done
        if event in STEPS:
            done += 1
            if done == step:
                os.kill(os.getpid(), signal.SIGKILL)

    sys.addaudithook(count)


def main() -> int:
    """Print how often it was killed; 1 if a store was not whole after it."""
    folder, what, every = Path(sys.argv[1]), sys.argv[2], int(sys.argv[3])
    work = {"import": import_all, "erase": erase_it, "refer": refer_all}[what]
    step = killed = 0
    while True:
        step += every
        copy = folder / "copy"
        shutil.copytree(folder / "store", copy / "store")
        (copy / "bundles").symlink_to(folder / "bundles")
        status = in_a_child(work, copy, killed_at=step)
        if status not in (0, signal.SIGKILL):
            print(f"at step {step} it failed of itself", file=sys.stderr)
            return 1
        for after in (check, work, check):
            if in_a_child(after, copy):
                print(f"killed at step {step}, {after.__name__} failed", file=sys.stderr)
                return 1
        shutil.rmtree(copy)
        if not status:
            print(f"killed {killed} times, and nothing was lost")
            return 0
        killed += 1


if __name__ == "__main__":
    sys.exit(main())
