"""The scan that runs, whichever console started it: it outlives the guide, and the guide finds it.

A scan is a process of its own, in a session without a terminal. It keeps how far it is in a small
file (`seek scan --progress`), holds a lock as long as it lives, and takes answers from a named
pipe. So a guide that was killed, or another console's, can follow it, answer it and end it; and
what it came to is shown until somebody has seen it.
"""

import contextlib
import fcntl
import json
import os
import signal
import subprocess
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

from cli.guide import stick
from cli.guide.state import Progress
from triage.languages import Language

_started: list["subprocess.Popen[bytes]"] = []
"""Those of this guide: whoever starts a process has to hear of its end."""


def folder() -> Path:
    """Where all of it is, in memory."""
    return stick.RUN / "home/scan"


def errors() -> Path:
    """What the scan says when it fails."""
    return folder() / "errors.txt"


def progress_file() -> Path:
    """How far it is; after it ended, how."""
    return folder() / "progress.json"


def start(command: list[str], language: str, *, passwords: Sequence[str] = ()) -> bool:
    """Start it; False if one is running already. `passwords` are handed over in memory."""
    with _lock(fcntl.LOCK_EX, tries=5) as lock:  # somebody may just be looking
        if lock is None:
            return False
        progress_file().unlink(missing_ok=True)
        about = {"language": language, "began": time.monotonic()}
        _about().write_text(json.dumps(about))
        with (
            errors().open("wb") as said,
            _answers(os.O_RDWR) as answers,
            _in_memory(passwords) as words,
        ):
            named = [word for handle in words for word in ("--passwords", f"/dev/fd/{handle}")]
            process = subprocess.Popen(
                [*command, *named],
                stdin=answers,
                stdout=subprocess.DEVNULL,
                stderr=said,
                start_new_session=True,
                pass_fds=(lock, *words),
            )
        _started.append(process)
    return True


@contextlib.contextmanager
def _in_memory(passwords: Sequence[str]) -> Iterator[list[int]]:
    """A file with a password a line that has no name, and is gone with whoever has it open; none
    without any."""
    if not passwords:
        yield []
        return
    handle = os.memfd_create("passwords", os.MFD_CLOEXEC)
    with open(handle, "wb") as file:  # noqa: PTH123 - it has no path
        file.write("".join(f"{word}\n" for word in passwords).encode())
        file.flush()
        yield [handle]


def is_running() -> bool:
    """Whether a scan lives, of whichever console."""
    for process in _started:
        process.poll()
    with _lock(fcntl.LOCK_SH) as lock:
        return lock is None


def is_unseen() -> bool:
    """Whether there is a scan whose end nobody has seen, running or over."""
    return _about().exists()


def seen() -> None:
    """The end was shown to somebody who then went on."""
    _about().unlink(missing_ok=True)


def language() -> Language:
    """In which it was started."""
    told = str(_told_about().get("language"))
    return next((each for each in Language if each == told), Language.ENGLISH)


def seconds() -> float:
    """Since it was started; the clock is the machine's, the same for every process."""
    began = _told_about().get("began")
    return time.monotonic() - began if isinstance(began, float) else 0.0


def progress() -> Progress:
    """How far it is; as if it had said nothing yet, where there is no telling."""
    try:
        return Progress(**json.loads(progress_file().read_text()))
    except (OSError, ValueError, TypeError):
        return Progress()


def answer(text: str) -> None:
    """Give it the line that it waits for."""
    with contextlib.suppress(OSError), _answers(os.O_WRONLY | os.O_NONBLOCK) as pipe:
        os.write(pipe, text.encode() + b"\n")


def stop() -> None:
    """Wish it to end: it closes and signs what there is."""
    for pid in _holders():
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.kill(pid, signal.SIGINT)


@contextlib.contextmanager
def _lock(kind: int, tries: int = 1) -> Iterator[int | None]:
    """The lock's descriptor while it is ours; None if a scan has it."""
    folder().mkdir(exist_ok=True)
    handle = os.open(_lock_file(), os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        yield handle if any(_is_had(handle, kind) for _ in range(tries)) else None
    finally:
        os.close(handle)


def _is_had(handle: int, kind: int) -> bool:
    try:
        fcntl.flock(handle, kind | fcntl.LOCK_NB)
    except OSError:
        time.sleep(0.05)
        return False
    return True


@contextlib.contextmanager
def _answers(flags: int) -> Iterator[int]:
    """The named pipe; open for both, it never ends for whoever reads it."""
    pipe = folder() / "answers"
    with contextlib.suppress(FileExistsError):
        os.mkfifo(pipe, 0o600)
    handle = os.open(pipe, flags | os.O_CLOEXEC)
    try:
        yield handle
    finally:
        os.close(handle)


def _holders() -> list[int]:
    """The processes that have the lock's file open and are a scan."""
    with contextlib.suppress(OSError):
        lock = _lock_file().stat()
        return [pid for pid in _processes() if _is_scan(pid) and _has_open(pid, lock)]
    return []


def _processes() -> list[int]:
    return [int(each.name) for each in Path("/proc").iterdir() if each.name.isdigit()]


def _is_scan(pid: int) -> bool:
    try:
        return b"\0scan\0" in Path(f"/proc/{pid}/cmdline").read_bytes()
    except OSError:
        return False


def _has_open(pid: int, wanted: os.stat_result) -> bool:
    try:
        for each in Path(f"/proc/{pid}/fd").iterdir():
            found = each.stat()
            if (found.st_dev, found.st_ino) == (wanted.st_dev, wanted.st_ino):
                return True
    except OSError:
        pass
    return False


def _about() -> Path:
    return folder() / "about.json"


def _lock_file() -> Path:
    return folder() / "lock"


def _told_about() -> dict[str, object]:
    try:
        told = json.loads(_about().read_text())
    except (OSError, ValueError):
        return {}
    return told if isinstance(told, dict) else {}
