"""`python -m tests.torture.listeners 50 [FIRST]`: so many scans lose whoever listens to them.

In turn: the reader of a pipe goes away, of the plain lines or of the JSON; a terminal is closed; a
signal comes to a scan that nobody reads any more; a teller raises, whatever there is to raise; the
guide is killed, and another one comes. Each at a moment of its own. Every one must leave a sealed
bundle that verifies, and says what the undisturbed scan's says unless it was asked to end.
FIRST: the number of the first, so that a long run can be made in pieces.
"""

import errno
import os
import pty
import random
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from unittest import mock

from cli.guide import running, stick
from tests.cli.stage import staged
from tests.scan import cut_off
from tests.torture.kills import TRIES, Undisturbed, undisturbed
from tests.workers import scanning
from triage.bundle.checking.verify import verify
from triage.bundle.format import schema
from triage.profile import load
from triage.scan import scan
from triage.scan.events import Event

BY_HAND = "interrupted"
COMPLETE, INTERRUPTED = (0, 3), 130
ERRORS: tuple[BaseException, ...] = (
    BrokenPipeError(errno.EPIPE, "Broken pipe"),
    OSError(errno.EIO, "Input/output error"),
    UnicodeEncodeError("latin-1", "写", 0, 1, "ordinal not in range"),
    StopIteration(),
    KeyError("a kind without a word"),
    RecursionError("a picture in itself"),
    MemoryError(),
    KeyboardInterrupt(),
    SystemExit(1),
)


def lose(whole: Undisturbed, out: Path, number: int) -> list[str]:
    """What is wrong after the listener of that number was lost; empty is what should be."""
    chance = random.Random(number)
    way = tuple(WAYS)[number % len(WAYS)]
    for attempt in range(TRIES):
        if (wrong := WAYS[way](whole, out, chance)) is not None:
            return [f"{way}: {each}" for each in wrong]
        if attempt > TRIES // 2:  # the machine is quicker, or slower, than it was
            whole = Undisturbed(disk=whole.disk, known=whole.known, bundle=whole.bundle,
                                seconds=whole.seconds * chance.uniform(0.5, 1.5))  # fmt: skip
        shutil.rmtree(out, ignore_errors=True)
    return [f"{way}: nothing was lost at {TRIES} moments"]


def _pipe(whole: Undisturbed, out: Path, chance: random.Random, *more: str) -> list[str] | None:
    """The reader takes what comes, and is gone."""
    process = subprocess.Popen(
        [*cut_off.command(whole.disk, whole.known, out), *more],
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
    )
    _wait(process.pid, whole.seconds * chance.uniform(0.0, 0.9))
    if process.poll() is not None or process.stdout is None:
        process.communicate()
        return None
    process.stdout.close()
    return _judged(whole, out, process.wait())


def _json(whole: Undisturbed, out: Path, chance: random.Random) -> list[str] | None:
    return _pipe(whole, out, chance, "--json")


def _terminal(whole: Undisturbed, out: Path, chance: random.Random) -> list[str] | None:
    """The window is closed: SIGHUP, and every word is an error from then on."""
    pid, ours = pty.fork()
    if not pid:
        command = cut_off.command(whole.disk, whole.known, out)
        os.execv(command[0], command)  # noqa: S606
    _wait_for_folder(pid, out)
    _drain(ours, whole.seconds * chance.uniform(0.0, 0.6))
    os.close(ours)
    code = os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
    return _judged(whole, out, code, must_be_asked=True)


def _signal(whole: Undisturbed, out: Path, chance: random.Random) -> list[str] | None:
    """Nobody reads any more, and then it is asked to end; or a stray SIGPIPE comes."""
    number = chance.choice((signal.SIGHUP, signal.SIGTERM, signal.SIGINT, signal.SIGPIPE))
    process = subprocess.Popen(
        cut_off.command(whole.disk, whole.known, out),
        stdout=subprocess.PIPE, stderr=subprocess.PIPE,
    )  # fmt: skip
    for pipe in (process.stdout, process.stderr):
        if pipe is not None:
            pipe.close()
    _wait_for_folder(process.pid, out)
    _wait(process.pid, whole.seconds * chance.uniform(0.0, 0.6))
    process.send_signal(number)
    return _judged(whole, out, process.wait(), must_be_asked=number != signal.SIGPIPE)


def _teller(whole: Undisturbed, out: Path, chance: random.Random) -> list[str] | None:
    """From some event on, or only at some, it raises what there is to raise."""
    error, often, told = chance.choice(ERRORS), chance.choice((0.1, 0.5, 1.0)), 0
    first = chance.randrange(40)

    def tell(_: Event) -> None:
        nonlocal told
        told += 1
        if told > first and chance.random() < often:
            raise error

    profile = load(str(whole.disk.parent / "profile.yaml"))
    search = scanning.search_of(whole.disk, out=out, profile=profile, hash_sets=(whole.known,))
    sealed = scan(search, tell=tell)
    ends = isinstance(error, KeyboardInterrupt | SystemExit)
    code = INTERRUPTED if ends and sealed.partial == BY_HAND else COMPLETE[0]
    return _judged(whole, out, code)


def _guide(whole: Undisturbed, out: Path, chance: random.Random) -> list[str] | None:
    """The guide is killed; the next one shows the result."""
    out.mkdir()
    profile = whole.disk.parent / "profile.yaml"
    with (
        staged(out, whole.disk, whole.known, profile) as stage,
        mock.patch.object(stick, "RUN", stage.run),
    ):
        first = stage.begin_scan()
        time.sleep(whole.seconds * chance.uniform(0.0, 0.7))
        was_running = running.is_running()
        chance.choice((first.kill, first.hang_up))()
        screen = stage.console().wait_for("switch off safely")
        if not was_running:
            return None
        if len(stage.bundles) != 1:
            said = running.errors().read_text()
            return [f"{len(stage.bundles)} bundles; the scan said {said!r}; the screen: {screen!r}"]
        (bundle,) = stage.bundles
        wrong = _compared(whole, bundle, "")
        return wrong if bundle.name in screen else [*wrong, "the result was not shown"]


WAYS: dict[str, Callable[[Undisturbed, Path, random.Random], list[str] | None]] = {
    "pipe": _pipe,
    "json": _json,
    "terminal": _terminal,
    "signal": _signal,
    "teller": _teller,
    "guide": _guide,
}


def _judged(
    whole: Undisturbed, out: Path, code: int, *, must_be_asked: bool = False
) -> list[str] | None:
    """None where it was over before it lost anything: its end came as in peace."""
    bundles = list(out.iterdir()) if out.exists() else []
    if len(bundles) != 1:
        return [f"exit {code} with {len(bundles)} bundles"]
    if must_be_asked and code in COMPLETE:
        return None
    if code not in (*COMPLETE, INTERRUPTED):
        return [f"exit {code}"]
    return _compared(whole, bundles[0], BY_HAND if code == INTERRUPTED else "")


def _compared(whole: Undisturbed, bundle: Path, partial: str) -> list[str]:
    verified = verify(bundle)
    if verified.failed:
        return [f"step {verified.failed.number}: {verified.failed.detail}"]
    said = schema.decode((bundle / "findings.json").read_bytes()).partial_reason
    if said != partial:
        return [f"partial: {said!r}, not {partial!r}"]
    return [] if partial else cut_off.same(whole.bundle, bundle)


def _wait_for_folder(pid: int, out: Path) -> None:
    """From then on there is something to seal, and nobody but the scan hears signals."""
    while not (out.exists() and any(out.iterdir())) and _lives(pid):
        time.sleep(0.005)


def _wait(pid: int, seconds: float) -> None:
    until = time.monotonic() + seconds
    while time.monotonic() < until and _lives(pid):
        time.sleep(0.005)


def _lives(pid: int) -> bool:
    """Whether a child has not ended yet; how it did is left for whoever waits for it."""
    return os.waitid(os.P_PID, pid, os.WEXITED | os.WNOHANG | os.WNOWAIT) is None


def _drain(ours: int, seconds: float) -> None:
    """Read what a terminal would show, for so long."""
    os.set_blocking(ours, False)
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        try:
            os.read(ours, 65536)
        except BlockingIOError:
            time.sleep(0.005)
        except OSError:
            return


def main() -> int:
    """Lose so many; the exit code says whether all came out right."""
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 50
    first = int(sys.argv[2]) if len(sys.argv) > 2 else 0
    right = Counter[str]()
    with tempfile.TemporaryDirectory(prefix="seek-listeners-") as scratch:
        whole = undisturbed(Path(scratch), files=2500)
        for number in range(first, first + count):
            out = Path(scratch) / f"out{number}"
            try:
                wrong = lose(whole, out, number)
            except AssertionError as error:
                wrong = [str(error)]
            right[tuple(WAYS)[number % len(WAYS)]] += not wrong
            if wrong:
                print(f"{number}: {wrong}", flush=True)
                if (keep := os.environ.get("KEEP")) and out.exists():
                    shutil.copytree(out, Path(keep) / f"{number}", dirs_exist_ok=True)
            shutil.rmtree(out, ignore_errors=True)
    ways = ", ".join(f"{amount} {way}" for way, amount in right.items())
    print(f"{right.total()} of {count} left a sealed bundle that verifies: {ways}")
    return 0 if right.total() == count else 1


if __name__ == "__main__":
    sys.exit(main())
