"""The scan: started only when everything is as it must be, watched until it ends."""

import contextlib
import json
import os
import select
import signal
import subprocess
import sys
import time
from typing import IO

from cli.guide import progress, result, stick
from cli.guide.asking import ask_for_missing_case, tell
from cli.guide.overview import write_block_lines
from cli.guide.screen import PLAIN, RED, clean, key_by_key, read_hidden, read_line, show
from cli.guide.state import Progress, State

SCAN_ERRORS = stick.RUN / "home/scan-errors.txt"
STOP_KEYS = (b"q", b"Q", b"\x03")


def search(state: State) -> None:
    """Scan, if everything is as it must be, and show the result."""
    state.write_block = stick.ask_helper("write-block")
    if not state.write_block.get("blocked") and not overridden(state):
        return
    state.evidence = stick.ask_helper("evidence-open")
    if not state.evidence.get("open"):
        tell(state, state.say("no_scan_evidence"))
        return
    ask_for_missing_case(state)
    stick.keep_case(state)
    with stick.scan_lock() as mine:
        if not mine:
            tell(state, state.say("other_console"))
            return
        code, told = run_scan(state)
    result.show(state, code, told, SCAN_ERRORS)


def overridden(state: State) -> bool:
    """Only a test image can scan with a layer off, and only after a word that is recorded."""
    if not state.write_block.get("test_image"):
        tell(state, state.say("no_scan_block"))
        return False
    show(write_block_lines(state))
    if read_line(f"{RED}{state.say('override')}{PLAIN}", "") != "OVERRIDE":
        return False
    return "override" in stick.ask_helper("override", state.case["examiner"])


def run_scan(state: State) -> tuple[int, Progress]:
    """Run `seek scan` and show how far it is, until it ends; its exit code and what it told."""
    told = Progress()
    progress.show(state, told, 0)
    with SCAN_ERRORS.open("wb") as errors, key_by_key():
        process = subprocess.Popen(
            scan_command(state),
            stdout=subprocess.PIPE,
            stderr=errors,
            stdin=subprocess.PIPE,
            start_new_session=True,
        )
        if process.stdout is not None:
            follow(state, told, process, process.stdout)
        return process.wait(), told


def scan_command(state: State) -> list[str]:
    """The command that the agent would have typed."""
    command = ["seek", "scan", "--profile", "quick", "--json", "--yes"]
    said = [*state.case.items(), ("clock", state.clock)]
    folder = stick.hash_sets_folder()
    said += [("hash-sets-in", str(folder))] if folder else []
    return command + [word for name, text in said if text for word in (f"--{name}", text)]


def follow(
    state: State, told: Progress, process: "subprocess.Popen[bytes]", events: IO[bytes]
) -> None:
    """Take in events and keys, and redraw at most once a second."""
    began = time.monotonic()
    drawn = -1
    waiting = b""
    while True:
        ready, _, _ = select.select([events, sys.stdin], [], [], 0.5)
        if events in ready:
            chunk = os.read(events.fileno(), 65536)
            if not chunk:
                return
            *whole, waiting = (waiting + chunk).split(b"\n")
            take_in(told, whole)
            answer_if_asked(state, told, process)
        if sys.stdin in ready:
            stop_if_asked(told, process)
        if (second := int(time.monotonic() - began)) != drawn:
            drawn = second
            progress.show(state, told, second)


def take_in(told: Progress, lines: list[bytes]) -> None:
    """Events, a line each; one that is not understood is passed over, the report has it all."""
    for line in lines:
        with contextlib.suppress(ValueError, KeyError, TypeError, StopIteration):
            told.take_in(json.loads(line))


def answer_if_asked(state: State, told: Progress, process: "subprocess.Popen[bytes]") -> None:
    """A sealed hash set wants its passphrase; without one the scan says why it does not start."""
    if not told.locked_set or process.stdin is None:
        return
    show(["", f"  {state.say('passphrase', name=clean(told.locked_set))}"])
    told.locked_set = ""
    with contextlib.suppress(BrokenPipeError):
        process.stdin.write(read_hidden().encode() + b"\n")
        process.stdin.flush()


def stop_if_asked(told: Progress, process: "subprocess.Popen[bytes]") -> None:
    """One wish to stop is enough; the scan then closes and signs what there is."""
    if os.read(sys.stdin.fileno(), 16) in STOP_KEYS and not told.stopping:
        told.stopping = True
        process.send_signal(signal.SIGINT)
