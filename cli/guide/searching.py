"""The scan: started only when everything is as it must be, watched until it ends."""

import os
import select
import sys

from cli.guide import locked, passwords, progress, result, running, stick
from cli.guide.asking import ask_for_missing_case, tell
from cli.guide.overview import write_block_lines
from cli.guide.screen import (
    PLAIN,
    RED,
    forget_keys,
    key_by_key,
    paragraph,
    read_hidden,
    read_line,
    show,
)
from cli.guide.state import Answer, State

STOP_KEYS = (b"q", b"Q", b"\x03")
LOOK_SECONDS = 0.5


def search(state: State) -> None:
    """Scan, if everything is as it must be, and show the result."""
    if running.is_running():  # on the other console, or of a guide that is gone
        rejoin(state)
        return
    state.write_block = stick.ask_helper("write-block")
    if not state.write_block.get("blocked") and not overridden(state):
        return
    state.evidence = stick.ask_helper("evidence-open")
    if not state.evidence.get("open"):
        tell(state, state.say("no_scan_evidence"))
        return
    ask_for_missing_case(state)
    locked.ask_before_searching(state)
    stick.keep_case(state)
    words = passwords.to_hand_over(state)
    running.start(scan_command(state), state.language, passwords=words)
    rejoin(state)


def rejoin(state: State) -> None:
    """Show how far the scan is until it ends, and then the result, until that was seen."""
    follow(state)
    told = running.progress()
    result.show(state, told, running.errors())
    running.seen()


def overridden(state: State) -> bool:
    """Only a test image can scan with a layer off, and only after a word that is recorded."""
    if not state.write_block.get("test_image"):
        tell(state, state.say("no_scan_block"))
        return False
    show(write_block_lines(state))
    if read_line(f"{RED}{state.say('override')}{PLAIN}", "") != "OVERRIDE":
        return False
    return "override" in stick.ask_helper("override", state.case["examiner"])


def scan_command(state: State) -> list[str]:
    """The command that the agent would have typed."""
    kept = str(running.progress_file())
    command = ["seek", "scan", "--profile", "quick", "--progress", kept, "--yes"]
    command += ["--language", state.language]
    said = [*state.case.items(), ("clock", state.clock)]
    folder = stick.hash_sets_folder()
    said += [("hash-sets-in", str(folder))] if folder else []
    command += [*locked.options(state), *passwords.options(state)]
    return command + [word for name, text in said if text for word in (f"--{name}", text)]


def follow(state: State) -> None:
    """Show how far the scan is and take keys, until it has ended."""
    drawn, answered, stopping = None, "", False
    opened: Answer = {}
    with key_by_key():
        forget_keys()
        while running.is_running():
            told = running.progress()
            if told.locked_set != answered:
                answered = told.locked_set
                ask_passphrase(state, answered)
            if told.locked_volume != opened:
                opened = told.locked_volume
                if opened:
                    locked.ask_secret(state, opened)
            told.stopping = stopping
            if (now := (told, int(running.seconds()))) != drawn:
                drawn = now
                progress.show(state, *now)
            stopping = stopping or stop_if_asked()


def ask_passphrase(state: State, hash_set: str) -> None:
    """A sealed hash set wants its passphrase; without one the scan says why it does not start."""
    if not hash_set:
        return
    show(["", *paragraph(state.say("passphrase", name=hash_set), indent="  ")])
    typed = read_hidden()
    if running.progress().locked_set == hash_set:  # nobody has answered on another console
        running.answer(typed)


def stop_if_asked() -> bool:
    """Wait a little for a key. One wish is enough; the scan then closes and signs what there is."""
    ready, _, _ = select.select([sys.stdin], [], [], LOOK_SECONDS)
    if not ready:
        return False
    pressed = os.read(sys.stdin.fileno(), 16)
    if not pressed:
        sys.exit(0)  # the line hung up; the scan goes on, and the next guide shows it
    if pressed in STOP_KEYS:
        running.stop()
        return True
    return False
