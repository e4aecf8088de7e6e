"""A stick's surroundings for a real guide: the root helper's door, a suspect's disk, consoles."""

import json
import os
import pty
import re
import signal
import socket
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from tests.conftest import SEEK

ESCAPES = re.compile(r"\x1b\[[0-9;]*[a-zA-Z]")
PATIENCE = 1800.0
"""Seconds after which a screen does not come any more, however busy the machine is."""
PRESS_AGAIN = 5.0
CLEAR = b"\x1b[2J"
MOST_SEEN = 1 << 20
GUIDE = """
import sys
from pathlib import Path
from cli.guide import stick
run = Path(sys.argv[1])
stick.RUN, stick.HELPER, stick.EVIDENCE = run, run / "helper.socket", run / "evidence"
stick.CASE_FILE, stick.HASH_SETS = run / "evidence/seek-case.json", run / "evidence/hash-sets"
stick.CASE_IN_MEMORY, stick.LAB_KEYS = run / "home/seek-case.json", run / "stick/lab-keys"
stick.PASSWORDS = run / "evidence/passwords.txt"
stick.STICK_FACTS, stick.MEMORY = run / "stick.json", run / "memory"
from cli.guide import guide
guide()
"""
LAYERS = [{"name": "read-only-flag", "purpose": "x", "on": True, "troubles": []}]


class Console:
    """A guide on a terminal of its own, and what it shows."""

    def __init__(self, run: Path, path: str) -> None:
        self.pid, self._ours = pty.fork()
        if not self.pid:
            environment = os.environ | {"PATH": path, "TERM": "vt102", "LANG": "C.UTF-8"}
            os.execve(sys.executable, [sys.executable, "-c", GUIDE, str(run)], environment)  # noqa: S606
        os.set_blocking(self._ours, False)
        self._ended = False
        self._seen = b""

    def wait_for(self, wanted: str) -> str:
        """The first screen that says it. Raises AssertionError if none does."""
        screen = self._look_for(wanted, PATIENCE)
        assert screen is not None, f"no {wanted!r} in: {self._screen()}"
        return screen

    def press(self, keys: str, wanted: str) -> str:
        """Type as an agent does, again while the screen does not change: keys that come while it
        is not asking are dropped."""
        until = time.monotonic() + PATIENCE
        while time.monotonic() < until:
            os.write(self._ours, keys.encode())
            if screen := self._look_for(wanted, PRESS_AGAIN):
                return screen
        raise AssertionError(f"no {wanted!r} after {keys!r} in: {self._screen()}")

    def type(self, keys: str) -> None:
        """Type once, whatever is on the screen."""
        os.write(self._ours, keys.encode())

    def times_seen(self, text: str) -> int:
        """How often it was drawn."""
        return ESCAPES.sub("", self._seen.decode(errors="replace")).count(text)

    def _look_for(self, wanted: str, seconds: float) -> str | None:
        until = time.monotonic() + seconds
        while time.monotonic() < until:
            with suppress(BlockingIOError):
                self._seen = (self._seen + os.read(self._ours, 65536))[-MOST_SEEN:]
            if re.search(wanted, screen := self._screen()):
                return screen
            time.sleep(0.02)
        return None

    def _screen(self) -> str:
        """What was drawn last."""
        last = self._seen.rpartition(CLEAR)[2]
        return ESCAPES.sub("", last.decode(errors="replace"))

    def kill(self) -> None:
        """As when memory is short: nothing is put in order."""
        self._end(signal.SIGKILL)

    def hang_up(self) -> None:
        """The terminal is gone: what it says to that is its own thing."""
        if not self._ended:
            os.close(self._ours)
            os.waitpid(self.pid, 0)
            self._ended = True

    def _end(self, number: int) -> None:
        if not self._ended:
            os.kill(self.pid, number)
            os.waitpid(self.pid, 0)
            os.close(self._ours)
            self._ended = True


class Stage:
    """What is there on a stick, in a folder."""

    def __init__(
        self, folder: Path, disk: Path, known: Path, profile: Path, *, case: str = "STAGE-1"
    ) -> None:
        """`case`: the number that was typed on the machine before; empty: none was."""
        self.run = folder / "run"
        self.evidence = self.run / "evidence"
        self.helped: list[str] = []
        """What the root helper was asked."""
        self.is_new = False
        (self.run / "home").mkdir(parents=True)
        self.evidence.mkdir()
        if case:
            (self.evidence / "seek-case.json").write_text(json.dumps({"case": case}))
        self._consoles: list[Console] = []
        bin_folder = folder / "bin"
        bin_folder.mkdir()
        self.commands = folder / "commands"
        """What was started, as it was called."""
        self.looked = folder / "looked"
        """Devices are told only where this is there; taken away, the looking takes long."""
        self.looked.touch()
        script = bin_folder / "seek"
        script.write_text(
            f'#!/bin/sh\necho "$@" >> {self.commands}\ncase "$1" in\n'
            f'scan) exec {SEEK} "$@" --profile {profile} --hash-set {known} --workers 1'
            f" --out {self.evidence} {disk} ;;\n"
            f"*) until test -e {self.looked}; do sleep 0.02; done\n"
            f'exec {SEEK} "$@" {disk} ;;\nesac\n'
        )
        script.chmod(0o755)
        self._path = f"{bin_folder}:{os.environ['PATH']}"
        self._door = socket.socket(socket.AF_UNIX)
        self._door.bind(str(self.run / "helper.socket"))
        self._door.listen()
        threading.Thread(target=self._help, daemon=True).start()

    def console(self) -> Console:
        """A guide starts, as its service starts it."""
        self._consoles.append(Console(self.run, self._path))
        return self._consoles[-1]

    def begin_scan(self) -> Console:
        """A guide from its first question to a scan that runs."""
        console = self.console()
        console.wait_for("Portugu")
        console.press("1", r"readable[\s\S]*switch off")
        console.press("\r", "QUICK SCAN RUNNING|Passphrase|switch off safely")
        return console

    @property
    def bundles(self) -> list[Path]:
        """Folders on the evidence stick."""
        return [each for each in self.evidence.iterdir() if each.is_dir()]

    def close(self) -> None:
        """End all that this has started."""
        for console in self._consoles:
            console.kill()
        self._door.close()

    def _help(self) -> None:
        while True:
            try:
                connection, _ = self._door.accept()
            except OSError:
                return
            with connection, connection.makefile("rb") as stream:
                asked = json.loads(stream.readline())
                self.helped.append(asked["do"])
                answer = self._answer(asked["do"], asked["argument"])
                connection.sendall(json.dumps(answer).encode() + b"\n")

    def be_new(self) -> None:
        """As a stick that was written from the plain image, and not enrolled yet."""
        (self.run / "stick.json").write_text(json.dumps({"enrolled": 0}))
        self.is_new = True

    def _answer(self, verb: str, argument: str) -> dict[str, Any]:
        if self.is_new and verb.startswith("evidence-"):
            return {"open": False, "evidence": None}
        match verb:
            case "enrol-itself" if not argument:
                return {"possible": True, "disk": "/dev/sdz", "serial": "S77", "bytes": 8 << 30}
            case "enrol-itself" if argument == "S77":
                return {"enrolled": True, "serial": "S77", "key": "SHA256:the-key"}
            case "enrol-itself":
                return {"enrolled": False, "code": "other_serial", "reason": "another"}
            case "write-block":
                return {"blocked": True, "layers": LAYERS, "build": {"build": "test"}}
            case "evidence-open" | "evidence-status":
                return {"open": True, "evidence": {"device": "/dev/sdz1", "disk": "/dev/sdz"}}
            case _:
                return {}


@contextmanager
def staged(
    folder: Path, disk: Path, known: Path, profile: Path, *, case: str = "STAGE-1"
) -> Iterator[Stage]:
    """One that is cleared away whatever happened on it."""
    made = Stage(folder, disk, known, profile, case=case)
    try:
        yield made
    finally:
        made.close()
