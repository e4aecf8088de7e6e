"""`seek guide`: what an agent sees on the stick, from first question to "may be pulled".

Runs on the stick's consoles, as the unprivileged user, and asks the root helper for the few things
that need root. Drawn with plain characters and eight colours, so that it reads the same on any
screen of 80 by 25 and on a serial line.
"""

import contextlib
import fcntl
import json
import os
import select
import shutil
import signal
import socket
import subprocess
import sys
import termios
import time
import tty
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Any

from cli.guide_words import WORDS
from triage.errors import UsageError

HELPER = Path("/run/seek/helper.socket")
EVIDENCE = Path("/run/seek/evidence")
CASE_FILE = EVIDENCE / "seek-case.json"
SCAN_LOCK = Path("/run/seek/home/scan.lock")
SCAN_ERRORS = Path("/run/seek/home/scan-errors.txt")
COLUMNS = 80
DEVICE_LINES = 9
LANGUAGES = {"1": "en", "2": "es", "3": "pt"}
KEYBOARDS = {
    "1": ("us", "US"),
    "2": ("uk", "UK"),
    "3": ("es", "Español"),
    "4": ("la-latin1", "Latinoamérica"),
    "5": ("pt-latin1", "Português"),
    "6": ("br-abnt2", "Brasil"),
}
RED, GREEN, YELLOW, CYAN, BOLD, PLAIN = (
    "\x1b[1;31m",
    "\x1b[1;32m",
    "\x1b[1;33m",
    "\x1b[1;36m",
    "\x1b[1m",
    "\x1b[0m",
)

Answer = dict[str, Any]


@dataclass(slots=True, kw_only=True)
class State:
    """What the guide knows."""

    language: str = "en"
    write_block: Answer = field(default_factory=dict)
    evidence: Answer = field(default_factory=dict)
    devices: list[Answer] | None = None
    case: dict[str, str] = field(
        default_factory=lambda: {"case": "", "examiner": "", "exhibit": ""}
    )
    clock: str = ""

    def say(self, word: str, **values: object) -> str:
        """A text in the agent's language."""
        return WORDS[self.language][word].format(**values)


@dataclass(slots=True, kw_only=True)
class Progress:
    """What the running scan has told so far."""

    latest: Answer = field(default_factory=dict)
    first_finding: float | None = None
    findings: int = 0
    sealed: Answer = field(default_factory=dict)
    stopping: bool = False

    def take_in(self, event: Answer) -> None:
        """Remember what an event says."""
        if event["event"] == "progress":
            self.latest = event
        elif event["event"] == "finding":
            self.findings = max(self.findings, int(event["number"]))
            self.first_finding = (
                event["seconds"] if self.first_finding is None else self.first_finding
            )
        elif event["event"] == "sealed":
            self.sealed = event


def guide() -> None:
    """Lead through a search on the stick: language, devices, case, scan, result, switching off."""
    if not HELPER.exists():
        raise UsageError(
            "The guide runs on the stick only.", hint="Here, use: seek devices, then seek scan."
        )
    state = State()
    choose_language(state)
    look_again(state)
    while True:
        show_main(state)
        act(state, read_key())


def act(state: State, key: str) -> None:
    """Do what a key on the main screen asks for."""
    if key in ("\r", "\n"):
        start_scan(state)
    elif key == "c":
        ask_case(state)
    elif key == "r":
        look_again(state)
    elif key == "w":
        show_write_block(state)
    elif key == "d":
        show_devices(state)
    elif key == "l":
        choose_language(state)
    elif key == "x":
        switch_off(state)


# --- asking ---


def ask_helper(verb: str, argument: str = "") -> Answer:
    """Ask the root helper; its trouble is an answer too."""
    try:
        with socket.socket(socket.AF_UNIX) as connection:
            connection.settimeout(180)
            connection.connect(str(HELPER))
            connection.sendall(json.dumps({"do": verb, "argument": argument}).encode() + b"\n")
            with connection.makefile("rb") as stream:
                answer: Answer = json.loads(stream.readline())
                return answer
    except (OSError, ValueError) as error:
        return {"error": f"the root helper does not answer: {error}"}


def look_again(state: State) -> None:
    """Ask for the write block, the evidence stick and the devices anew."""
    show([state.say("asking")])
    state.write_block = ask_helper("write-block")
    state.evidence = ask_helper("evidence-open")
    take_kept_case(state)
    state.devices = None
    show_main(state)
    state.devices = list_devices()


def list_devices() -> list[Answer]:
    """The devices and volumes, as `seek devices` lists them."""
    done = subprocess.run(["seek", "devices", "--json"], capture_output=True, check=False)
    try:
        found: list[Answer] = json.loads(done.stdout)
    except ValueError:
        return [
            {
                "device": {"path": "seek devices"},
                "volumes": [],
                "trouble": done.stderr.decode(errors="replace"),
            }
        ]
    return found


def choose_language(state: State) -> None:
    """Language first, then the keyboard where there is one."""
    lines = ["", f"{BOLD}seek{PLAIN}", "", "   1  English", "   2  Español", "   3  Português", ""]
    show(lines)
    state.language = LANGUAGES[read_one_of(LANGUAGES)]
    if os.environ.get("TERM") != "linux":
        return
    names = [f"   {key}  {name}" for key, (_, name) in KEYBOARDS.items()]
    show(["", f"{BOLD}{state.say('keyboard')}{PLAIN}", "", *names, ""])
    ask_helper("keyboard", KEYBOARDS[read_one_of(KEYBOARDS)][0])


def ask_case(state: State) -> None:
    """Case, examiner, exhibit and the clock's error; kept for the next machine."""
    show([])
    for name in state.case:
        state.case[name] = ask_line(state, state.say(name), state.case[name])
    now = time.strftime("%Y-%m-%d %H:%M", time.gmtime())
    state.clock = ask_line(state, state.say("clock", time=now), state.clock)
    keep_case(state)


def ask_line(state: State, question: str, value: str) -> str:
    """Ask for a line of text; an empty answer keeps what was there."""
    kept = state.say("keep", value=value) if value else ""
    sys.stdout.write(f"{BOLD}{question}{PLAIN} {kept}\n")
    return input("> ").strip() or value


def take_kept_case(state: State) -> None:
    """What was typed on the machine before."""
    with contextlib.suppress(OSError, ValueError, AttributeError):
        kept = json.loads(CASE_FILE.read_text())
        for name in state.case:
            state.case[name] = state.case[name] or str(kept.get(name, ""))


def keep_case(state: State) -> None:
    """Keep it on the evidence stick; without one it is kept in memory only."""
    with contextlib.suppress(OSError), CASE_FILE.open("w") as stream:
        json.dump(state.case, stream)
        stream.flush()
        os.fsync(stream.fileno())


# --- the main screen ---


def show_main(state: State) -> None:
    """All that matters before a scan, on one screen."""
    build = state.write_block.get("build", {}).get("build", "")
    lines = [f"{BOLD}seek{PLAIN}   {build}", ""]
    lines += write_block_lines(state)
    lines += evidence_lines(state)
    lines += ["", f"{BOLD}{state.say('devices')}{PLAIN}", *device_lines(state, DEVICE_LINES), ""]
    lines.append(
        "   ".join(
            f"{state.say(name)}: {BOLD}{clean(value) or '-'}{PLAIN}"
            for name, value in state.case.items()
        )
    )
    lines += ["", f"{CYAN}{state.say('menu')}{PLAIN}", f"{CYAN}{state.say('menu_end')}{PLAIN}"]
    show(lines)


def write_block_lines(state: State) -> list[str]:
    """Green when all six layers passed their self-tests; anything else is red."""
    if state.write_block.get("blocked"):
        return [f"{GREEN}{state.say('block_on')}{PLAIN}"]
    off = [layer["name"] for layer in state.write_block.get("layers", []) if not layer["on"]]
    why = ", ".join(off) or str(state.write_block.get("error", ""))
    return [f"{RED}{state.say('block_off')}{PLAIN}", f"{RED}  {clean(why)[:76]}{PLAIN}"]


def evidence_lines(state: State) -> list[str]:
    """Whether findings can be kept, and who posed as the evidence stick."""
    opened = state.evidence.get("evidence") or {}
    if state.evidence.get("open"):
        text = state.say("evidence_open", free=size(free_bytes()), device=opened.get("device", ""))
        lines = [f"{GREEN}{text}{PLAIN}"]
    else:
        lines = [f"{RED}{state.say('evidence_none')}{PLAIN}"]
    for entry in state.evidence.get("refused", [])[-2:]:
        text = state.say("posed", device=entry["device"], reason=entry["reason"])
        lines.append(f"{YELLOW}{clean(text)[:79]}{PLAIN}")
    return lines


def free_bytes() -> int:
    """Room on the evidence stick."""
    try:
        return shutil.disk_usage(EVIDENCE).free
    except OSError:
        return 0


def device_lines(state: State, room: int) -> list[str]:
    """The devices and what is on them, as many as there is room for."""
    if state.devices is None:
        return [state.say("looking")]
    if not state.devices:
        return [f"{YELLOW}{state.say('no_devices')}{PLAIN}"]
    lines = [line for found in state.devices for line in lines_of_device(state, found)]
    if len(lines) <= room:
        return lines
    return [*lines[: room - 1], state.say("more", count=len(lines) - room + 1)]


def lines_of_device(state: State, found: Answer) -> list[str]:
    """One device and its volumes."""
    device = found["device"]
    mark = (
        "stick"
        if device.get("is_stick")
        else "evidence_stick"
        if device.get("is_evidence_stick")
        else ""
    )
    name = clean(f"{device.get('model', '')} {device.get('serial', '')}").strip()
    told = f"{CYAN}({state.say(mark)}){PLAIN}" if mark else ""
    lines = [
        f" {BOLD}{clean(device['path'])}{PLAIN} {size(device.get('size') or 0)}  {name[:40]} {told}"
    ]
    if mark:
        return lines
    if found.get("trouble"):
        lines.append(f"   {RED}{clean(str(found['trouble']))[:74]}{PLAIN}")
    shown = [volume for volume in found["volumes"] if volume.get("state") != "unclaimed"]
    return lines + [line_of_volume(state, volume) for volume in shown]


def line_of_volume(state: State, volume: Answer) -> str:
    """One volume: its file system, size, label and whether it can be read."""
    condition = str(volume.get("state", ""))
    word = state.say(condition) if condition in WORDS["en"] else condition
    colour = (
        RED if condition in ("encrypted", "damaged") else YELLOW if condition != "readable" else ""
    )
    kind = clean(str(volume.get("file_system") or volume.get("description") or "?"))
    label = clean(str(volume.get("label") or ""))
    room = size(volume.get("size") or 0)
    return f"   {kind[:22]:<22} {room:>9}  {label[:18]:<18} {colour}{word}{PLAIN}"


def show_devices(state: State) -> None:
    """Every device and volume, a screen at a time."""
    lines = device_lines(state, 10_000)
    for start in range(0, len(lines), 20):
        show([*lines[start : start + 20], "", state.say("back")])
        read_key()


def show_write_block(state: State) -> None:
    """The six layers with their self-tests, and what was refused."""
    report = state.write_block
    lines = [f"{BOLD}write block{PLAIN}", ""]
    for layer in report.get("layers", []):
        colour, word = (GREEN, "on ") if layer["on"] else (RED, "OFF")
        lines.append(f" {colour}{word}{PLAIN} {layer['name']:<22}{layer['purpose']}"[:95])
        lines += [f"     {RED}{clean(trouble)[:70]}{PLAIN}" for trouble in layer["troubles"][:2]]
    refused = report.get("refused", {})
    count = refused.get("total", 0) - refused.get("of_which_self_test", 0)
    build = report.get("build", {})
    lines += ["", f" refused: {count} (+{refused.get('of_which_self_test', 0)} self-test)"]
    lines += [
        f" Secure Boot: {build.get('secure_boot', '?')}",
        f" root hash: {build.get('root_hash', '?')[:64]}",
        "",
    ]
    show([*lines, state.say("back")])
    read_key()


# --- the scan ---


def start_scan(state: State) -> None:
    """Scan, if everything is as it must be, and show the result."""
    state.write_block = ask_helper("write-block")
    if not state.write_block.get("blocked") and not overridden(state):
        return
    state.evidence = ask_helper("evidence-open")
    if not state.evidence.get("open"):
        tell(state, state.say("no_scan_evidence"))
        return
    keep_case(state)
    with scan_lock() as mine:
        if not mine:
            tell(state, state.say("other_console"))
            return
        code, progress = run_scan(state)
    show_result(state, code, progress)


def overridden(state: State) -> bool:
    """Only a test image can scan with a layer off, and only after a word that is recorded."""
    if not state.write_block.get("test_image"):
        tell(state, state.say("no_scan_block"))
        return False
    show(write_block_lines(state))
    if input(f"{RED}{state.say('override')}{PLAIN}").strip() != "OVERRIDE":
        return False
    return "override" in ask_helper("override", state.case["examiner"])


@contextlib.contextmanager
def scan_lock() -> Iterator[bool]:
    """One scan at a time, whichever console it was started from."""
    with SCAN_LOCK.open("w") as stream:
        try:
            fcntl.flock(stream, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            yield False
        else:
            yield True


def run_scan(state: State) -> tuple[int, Progress]:
    """Run `seek scan` and show how far it is, until it ends."""
    command = ["seek", "scan", "--profile", "quick", "--json", "--yes"]
    for name in state.case:
        if state.case[name]:
            command += [f"--{name}", state.case[name]]
    if state.clock:
        command += ["--clock", state.clock]
    progress = Progress()
    show_progress(state, progress, 0)
    with SCAN_ERRORS.open("wb") as errors, key_by_key():
        process = subprocess.Popen(
            command,
            stdout=subprocess.PIPE,
            stderr=errors,
            stdin=subprocess.DEVNULL,
            start_new_session=True,
        )
        if process.stdout is not None:
            follow(state, progress, process, process.stdout)
        return process.wait(), progress


def follow(
    state: State, progress: Progress, process: "subprocess.Popen[bytes]", events: IO[bytes]
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
            for line in whole:
                with contextlib.suppress(ValueError, KeyError, TypeError):
                    progress.take_in(json.loads(line))
        if (
            sys.stdin in ready
            and os.read(sys.stdin.fileno(), 16) in (b"q", b"Q", b"\x03")
            and not progress.stopping
        ):
            progress.stopping = True
            process.send_signal(signal.SIGINT)
        if (second := int(time.monotonic() - began)) != drawn:
            drawn = second
            show_progress(state, progress, second)


def show_progress(state: State, progress: Progress, seconds: int) -> None:
    """How far the scan is, readable from across the room."""
    latest = progress.latest
    stage = str(latest.get("stage", "survey"))
    left = latest.get("seconds_left")
    about = state.say("about", time=clock_face(left)) if left is not None else ""
    found = max(progress.findings, int(latest.get("findings", 0)))
    first = (
        state.say("none_yet")
        if progress.first_finding is None
        else state.say("first", time=clock_face(progress.first_finding))
    )
    rows = [
        (state.say("time"), f"{clock_face(seconds)}   {about}"),
        (state.say("listed"), f"{latest.get('listed_entries', 0):,}"),
        (
            state.say("done"),
            f"{latest.get('done_entries', 0):,}   {size(latest.get('done_bytes', 0))}",
        ),
        (
            state.say("left"),
            f"{latest.get('left_entries', 0):,}   {size(latest.get('left_bytes', 0))}",
        ),
        (state.say("not_read"), f"{latest.get('unreadable_entries', 0):,}"),
    ]
    doing = state.say(stage) if stage in WORDS["en"] else stage
    lines = ["", f"  {CYAN}{state.say('scanning')}{PLAIN}   {doing}", "", ""]
    lines += [f"  {name:<22}{value}" for name, value in rows]
    colour = RED if found else BOLD
    lines += [
        "",
        f"  {colour}{state.say('findings'):<22}{found}   {first}{PLAIN}",
        "",
        f"  {clean(str(latest.get('now', '')))[:76]}",
        "",
    ]
    end = state.say("stopping" if progress.stopping else "stop")
    show([*lines, *bar(latest), "", f"  {end}"])


def bar(latest: Answer) -> list[str]:
    """A bar of what is done, of what was listed."""
    done, left = int(latest.get("done_entries", 0)), int(latest.get("left_entries", 0))
    filled = 70 * done // (done + left) if done + left else 0
    return [f"  [{'#' * filled}{'.' * (70 - filled)}]"]


# --- the result ---


def show_result(state: State, code: int, progress: Progress) -> None:
    """The result fills the screen; it stays until the agent has read it."""
    while True:
        show(result_lines(state, code, progress))
        key = read_key()
        if key in ("\r", "\n"):
            switch_off(state)
        elif key == "b":
            return


def result_lines(state: State, code: int, progress: Progress) -> list[str]:
    """How many, how soon, what was not looked at, what to do now."""
    sealed = progress.sealed
    if not sealed:
        return failure_lines(state, code)
    count = int(sealed["findings"])
    head = state.say("result_some", count=count) if count else state.say("result_none")
    colour = RED if count else GREEN
    frame = colour + "  " + "=" * 76 + PLAIN
    lines = ["", frame, f"{colour}  {head:^76}{PLAIN}", frame, ""]
    if sealed.get("first_finding_seconds") is not None:
        lines.append(f"  {state.say('first', time=clock_face(sealed['first_finding_seconds']))}")
    lines += [
        f"  {state.say('time')}: {clock_face(sealed['seconds'])}",
        "",
        f"  {BOLD}{state.say('unlooked')}{PLAIN}",
    ]
    lines += [f"    {YELLOW}{line}{PLAIN}" for line in unlooked(state, sealed)]
    lines += [
        "",
        f"  {state.say('not_proof')}",
        "",
        f"  {state.say('bundle', name=clean(Path(sealed['bundle']).name))}",
    ]
    return [*lines, "", f"  {CYAN}{state.say('safe_now')}{PLAIN}"]


def unlooked(state: State, sealed: Answer) -> list[str]:
    """What was not looked at, in the order in which it matters."""
    lines = []
    why = str(sealed.get("partial") or "")
    if sealed["not_reached_entries"]:
        told = state.say("interrupted") if why == "interrupted" else why or "-"
        lines.append(state.say("unlooked_reached", count=sealed["not_reached_entries"], why=told))
    for name, word in (
        ("unreadable_volumes", "unlooked_volumes"),
        ("unreadable_entries", "unlooked_unreadable"),
        ("troubles", "unlooked_troubles"),
    ):
        if sealed[name]:
            lines.append(state.say(word, count=sealed[name]))
    return lines or [state.say("unlooked_none")]


def failure_lines(state: State, code: int) -> list[str]:
    """A scan without a sealed bundle: say so, and what it said."""
    lines = ["", f"  {RED}{state.say('scan_failed', code=code)}{PLAIN}", ""]
    if not ask_helper("evidence-status").get("open"):
        lines += [f"  {RED}{state.say('lost')}{PLAIN}", ""]
    said = SCAN_ERRORS.read_text(errors="replace").splitlines()[-10:]
    return [
        *lines,
        *(f"  {clean(line)[:76]}" for line in said),
        "",
        f"  {CYAN}{state.say('safe_now')}{PLAIN}",
    ]


def switch_off(state: State) -> None:
    """Close the evidence stick, say that it may be pulled, and switch off."""
    show(["", state.say("closing")])
    answer = ask_helper("power-off")
    if not answer.get("powering_off"):
        tell(state, state.say("still_busy", why=clean(str(answer.get("error", "")))))
        return
    frame = GREEN + "=" * 78 + PLAIN
    show(["", frame, f"{GREEN}{state.say('may_pull')}{PLAIN}", frame, "", state.say("going_off")])
    while True:
        time.sleep(60)


# --- screen and keys ---


def show(lines: list[str]) -> None:
    """Draw a whole screen."""
    sys.stdout.write("\x1b[H\x1b[2J" + "\r\n".join(lines) + "\r\n")
    sys.stdout.flush()


def tell(state: State, text: str) -> None:
    """One message, until a key is pressed."""
    show(["", f"{RED}{text}{PLAIN}", "", state.say("back")])
    read_key()


@contextlib.contextmanager
def key_by_key() -> Iterator[None]:
    """Read keys one by one, without Enter; the terminal is as before afterwards."""
    descriptor = sys.stdin.fileno()
    before = termios.tcgetattr(descriptor)
    try:
        tty.setcbreak(descriptor)
        yield
    finally:
        termios.tcsetattr(descriptor, termios.TCSADRAIN, before)


def read_key() -> str:
    """Wait for a key; further bytes of it are dropped. A line that hangs up ends the guide."""
    with key_by_key():
        data = os.read(sys.stdin.fileno(), 16)
    if not data:
        sys.exit(0)
    return data[:1].decode(errors="replace")


def read_one_of(keys: dict[str, Any]) -> str:
    """Wait for one of these keys; Enter takes the first."""
    while True:
        key = read_key()
        if key in ("\r", "\n"):
            return next(iter(keys))
        if key in keys:
            return key


def clean(text: str) -> str:
    """Text from a suspect's device, without anything that a terminal would obey."""
    return "".join(letter if letter.isprintable() else "?" for letter in text)


def size(count: float) -> str:
    """Bytes for people."""
    for unit in ("B", "kB", "MB", "GB"):
        if count < 1000:
            return f"{count:.0f} {unit}" if unit == "B" or count >= 100 else f"{count:.1f} {unit}"
        count /= 1000
    return f"{count:.1f} TB"


def clock_face(seconds: float) -> str:
    """Seconds as minutes and seconds."""
    whole = int(seconds)
    return (
        f"{whole // 3600}:{whole % 3600 // 60:02}:{whole % 60:02}"
        if whole >= 3600
        else f"{whole // 60}:{whole % 60:02}"
    )


if __name__ == "__main__":
    guide()
