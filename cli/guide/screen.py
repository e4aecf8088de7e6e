"""The console: whole screens out, single keys in; nothing that a suspect wrote may steer it."""

import contextlib
import os
import sys
import termios
import tty
from collections.abc import Iterable, Iterator, Sequence

from cli.fitting import columns, shortened, wrapped

RED, GREEN, YELLOW, CYAN, BOLD, PLAIN = (
    "\x1b[1;31m",
    "\x1b[1;32m",
    "\x1b[1;33m",
    "\x1b[1;36m",
    "\x1b[1m",
    "\x1b[0m",
)
WIDTH = 78
ROWS = 24
"""Of 25: nothing follows the last line, or the first would go."""
LINES_A_SCREEN = 20
"""Of a text that goes on."""
LOCAL_MODES = 3
"""Where tcgetattr(3) keeps them."""


def show(lines: list[str], *, the_same: bool = False) -> None:
    """Draw a whole screen, of at most ROWS lines.

    What was typed before is forgotten, unless the screen is `the_same` as before: an Enter of a
    minute ago, when another one was there, must neither start a search nor switch the machine off.
    What is typed from now on counts.
    """
    if not the_same:
        forget_keys()
    sys.stdout.write("\x1b[H\x1b[2J" + "\r\n".join(lines))
    sys.stdout.flush()


def headline(text: str, colour: str) -> list[str]:
    """A line that is read first, from across the room."""
    frame = colour + "=" * WIDTH + PLAIN
    lines = (f"{colour}{line:^{WIDTH}}{PLAIN}" for line in wrapped(clean(text), WIDTH))
    return ["", frame, *lines, frame, ""]


def paragraph(text: str, colour: str = "", indent: str = "") -> list[str]:
    """A sentence in as many lines as it takes, in one colour; nothing in it steers the terminal."""
    lines = wrapped(clean(text), WIDTH, indent)
    return [f"{colour}{line}{PLAIN}" if colour else line for line in lines]


def a_screen_at_a_time(lines: list[str], back: str) -> None:
    """Draw them; any key shows the next, and the last goes back, which `back` says."""
    for start in range(0, len(lines), LINES_A_SCREEN):
        show([*lines[start : start + LINES_A_SCREEN], "", back])
        read_key()


def padded(text: str, width: int) -> str:
    """The text with blanks up to so many columns."""
    return text + " " * (width - columns(text))


@contextlib.contextmanager
def key_by_key() -> Iterator[None]:
    """Read keys one by one, without Enter, Ctrl-C too; the terminal is as before afterwards."""
    descriptor = sys.stdin.fileno()
    before = termios.tcgetattr(descriptor)
    try:
        tty.setcbreak(descriptor, termios.TCSANOW)
        modes = termios.tcgetattr(descriptor)
        modes[LOCAL_MODES] &= ~termios.ISIG
        termios.tcsetattr(descriptor, termios.TCSANOW, modes)
        yield
    finally:
        termios.tcsetattr(descriptor, termios.TCSADRAIN, before)


@contextlib.contextmanager
def echoing(*, wanted: bool) -> Iterator[None]:
    """Whether what is typed shows: only where a line of text is asked for. Elsewhere an impatient
    Enter would push the screen up."""
    descriptor = sys.stdin.fileno()
    before = termios.tcgetattr(descriptor)
    modes = [*before]
    echo = before[LOCAL_MODES] | termios.ECHO
    modes[LOCAL_MODES] = echo if wanted else echo ^ termios.ECHO
    try:
        termios.tcsetattr(descriptor, termios.TCSANOW, modes)
        yield
    finally:
        termios.tcsetattr(descriptor, termios.TCSADRAIN, before)


def forget_keys() -> None:
    """Drop what was typed and not yet read; where there is no terminal, there is nothing."""
    with contextlib.suppress(termios.error, OSError):
        termios.tcflush(sys.stdin.fileno(), termios.TCIFLUSH)


def read_key() -> str:
    """Wait for a key; further bytes of it are dropped. A line that hangs up ends the guide."""
    with key_by_key():
        data = os.read(sys.stdin.fileno(), 16)
    if not data:
        sys.exit(0)
    return data[:1].decode(errors="replace")


def read_one_of(keys: Iterable[str]) -> str:
    """Wait for one of these keys; Enter takes the first."""
    wanted = tuple(keys)
    while True:
        key = read_key()
        if key in ("\r", "\n"):
            return wanted[0]
        if key in wanted:
            return key


def read_line(question: str, kept: str) -> str:
    """Ask for a line of text; an empty answer, or Ctrl-C, keeps what was there."""
    # input() would send its prompt to standard error, which is the journal on the stick
    asked = "\r\n".join(wrapped(question, WIDTH))
    sys.stdout.write(f"\r\n{BOLD}{asked}{PLAIN}\r\n> ")
    sys.stdout.flush()
    with echoing(wanted=True):
        try:
            return input().strip() or kept
        except (EOFError, KeyboardInterrupt):
            return kept


def read_hidden() -> str:
    """A line that is not shown, for use while keys are read one by one; Ctrl-C gives none."""
    typed = b""
    while (key := os.read(sys.stdin.fileno(), 1)) not in (b"\r", b"\n", b""):
        if key == b"\x03":
            return ""
        typed = typed[:-1] if key in (b"\x7f", b"\b") else typed + key
    return typed.decode(errors="replace")


def clean(text: str) -> str:
    """Text from a suspect's device, without anything that a terminal would obey."""
    return "".join(letter if letter.isprintable() else "?" for letter in text)


def as_many_as_fit(names: Sequence[str], width: int) -> str:
    """Names in one line; those that have no room are counted: `a, b, +3`."""
    for count in range(len(names), 0, -1):
        more = [f"+{len(names) - count}"] if count < len(names) else []
        text = ", ".join([*names[:count], *more])
        if columns(text) <= width:
            return text
    rest = f", +{len(names) - 1}" if len(names) > 1 else ""
    return shortened(names[0], width - len(rest)) + rest if names else ""


def size(count: float) -> str:
    """Bytes for people."""
    for unit in ("B", "kB", "MB", "GB"):
        if count < 1000:
            return f"{count:.0f} {unit}" if unit == "B" or count >= 100 else f"{count:.1f} {unit}"
        count /= 1000
    return f"{count:.1f} TB"


def clock_face(seconds: float) -> str:
    """Seconds as minutes and seconds: `0:03`, `1:02:03`."""
    hours, rest = divmod(int(seconds), 3600)
    minutes, left = divmod(rest, 60)
    return f"{hours}:{minutes:02}:{left:02}" if hours else f"{minutes}:{left:02}"
