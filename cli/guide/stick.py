"""What the stick knows and keeps: the root helper's door, the devices, the case."""

import contextlib
import json
import os
import shutil
import socket
import subprocess
from pathlib import Path

from cli.guide.state import Answer, State

RUN = Path("/run/seek")
HELPER = RUN / "helper.socket"
EVIDENCE = RUN / "evidence"
CASE_FILE = EVIDENCE / "seek-case.json"
STICK_FACTS = RUN / "stick.json"
HASH_SETS = EVIDENCE / "hash-sets"
"""Where the lab puts its sets on the evidence stick, in any format that `seek scan` takes."""
MEMORY = Path("/dev/shm/hash-sets")  # noqa: S108 - memory, and the guide's user is the only one
HELPER_SECONDS = 180
"""An old machine with many devices tests its write block for a while."""


def is_here() -> bool:
    """Whether this machine was started from a stick."""
    return HELPER.exists()


def ask_helper(verb: str, argument: str = "") -> Answer:
    """Ask the root helper; its trouble is an answer too."""
    try:
        with socket.socket(socket.AF_UNIX) as connection:
            connection.settimeout(HELPER_SECONDS)
            connection.connect(str(HELPER))
            connection.sendall(json.dumps({"do": verb, "argument": argument}).encode() + b"\n")
            with connection.makefile("rb") as stream:
                answer: Answer = json.loads(stream.readline())
                return answer
    except (OSError, ValueError) as error:
        return {"error": f"the root helper does not answer: {error}"}


def list_devices() -> list[Answer]:
    """The devices and volumes, as `seek devices` lists them."""
    done = subprocess.run(["seek", "devices", "--json"], capture_output=True, check=False)
    try:
        found: list[Answer] = json.loads(done.stdout)
    except ValueError:
        trouble = done.stderr.decode(errors="replace")
        return [{"device": {"path": "seek devices"}, "volumes": [], "trouble": trouble}]
    return found


def free_bytes() -> int:
    """Room on the evidence stick."""
    try:
        return shutil.disk_usage(EVIDENCE).free
    except OSError:
        return 0


def hash_sets() -> list[Path]:
    """The lab's sets on the evidence stick."""
    try:
        return sorted(path for path in HASH_SETS.iterdir() if _is_set(path))
    except OSError:
        return []


def _is_set(path: Path) -> bool:
    return path.is_file() and not path.name.startswith(".")


def hash_sets_in_memory() -> list[Path]:
    """The same, copied to memory where there is room: the evidence stick may then be pulled.

    A copy is made once for each size and name. Sets that do not fit are read from the stick.
    """
    found = hash_sets()
    try:
        MEMORY.mkdir(exist_ok=True)
        room = shutil.disk_usage(MEMORY).free // 2
        if sum(path.stat().st_size for path in found) > room:
            return found
        return [_copied(path) for path in found]
    except OSError:
        return found


def _copied(path: Path) -> Path:
    copy = MEMORY / path.name
    if not copy.exists() or copy.stat().st_size != path.stat().st_size:
        part = copy.with_name(f".{copy.name}")
        shutil.copyfile(path, part)
        part.rename(copy)
    return copy


def system_needs(disk: str) -> bool:
    """Whether the running system still reads from this disk: then it may not be pulled yet."""
    try:
        facts = json.loads(STICK_FACTS.read_text())
        return facts["disk"] == disk and not facts["in_memory"]
    except (OSError, ValueError, KeyError, TypeError):
        return True


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
