"""What the stick knows and keeps: the root helper's door, the devices, the case."""

import contextlib
import json
import os
import shutil
import socket
import subprocess
from pathlib import Path

from cli.guide.state import Answer, State
from triage.errors import SeekError
from triage.hashsets.file_names import is_by_a_computer

RUN = Path("/run/seek")
HELPER = RUN / "helper.socket"
EVIDENCE = RUN / "evidence"
CASE_FILE = EVIDENCE / "seek-case.json"
LAB_KEYS = RUN / "stick/lab-keys"
"""The keys for which bundles are closed, where the stick has any (`triage.scan.destination`)."""
CASE_IN_MEMORY = RUN / "home/seek-case.json"
STICK_FACTS = RUN / "stick.json"
HASH_SETS = EVIDENCE / "hash-sets"
"""Where the lab puts its sets on the evidence stick, in any format that `seek scan` takes."""
PASSWORDS = EVIDENCE / "passwords.txt"
"""Where the lab puts those that are tried on encrypted archives, one a line."""
MEMORY = Path("/dev/shm/hash-sets")  # noqa: S108 - memory, and the guide's user is the only one
HELPER_SECONDS = 180
"""An old machine with many devices tests its write block for a while."""
ENROLLING_SECONDS = 3600
"""All of the system on a stick is read twice, and a slow one has a megabyte a second."""


def is_here() -> bool:
    """Whether this machine was started from a stick."""
    return HELPER.exists()


def ask_helper(verb: str, argument: str = "", seconds: float = 0) -> Answer:
    """Ask the root helper, and wait so long for it (0: as long as for most); its trouble is an
    answer too."""
    try:
        with socket.socket(socket.AF_UNIX) as connection:
            connection.settimeout(seconds or HELPER_SECONDS)
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
    """What the lab has put into the evidence stick's folder of sets; not all need be sets."""
    try:
        return sorted(path for path in HASH_SETS.iterdir() if not is_by_a_computer(path.name))
    except OSError:
        return []


def entries_of(path: Path) -> int | None:
    """How many entries a compiled set has; None of one that says it only when it is unlocked, and
    of a list, which nobody has counted yet."""
    from triage.hashsets.layout import is_compiled, read_block  # noqa: PLC0415 - the guide is quick

    try:
        with path.open("rb") as file:
            if not is_compiled(file.read(8)):
                return None
            layout, _ = read_block(file.fileno(), path.name)
    except (OSError, SeekError):
        return None
    return None if layout.sealed else layout.records


def bytes_of(path: Path) -> int:
    """Its size; 0 of what is not there any more."""
    try:
        return path.stat().st_size if path.is_file() else 0
    except OSError:
        return 0


def hash_sets_folder() -> Path | None:
    """The folder to scan with: copied to memory where there is room, and the evidence stick may
    then be pulled. None if there is nothing in it."""
    found = hash_sets()
    if not found:
        return None
    try:
        MEMORY.mkdir(exist_ok=True)
        _forget_all_but({path.name for path in found})
        room = shutil.disk_usage(MEMORY).free // 2
        if sum(path.stat().st_size for path in found if not _is_copied(path)) > room:
            return HASH_SETS
        for path in found:
            _copy(path)
    except OSError:
        return HASH_SETS
    return MEMORY


def _forget_all_but(names: set[str]) -> None:
    """Sets that the lab has taken off the stick, or that are of the stick before."""
    for copy in MEMORY.iterdir():
        if copy.name not in names:
            copy.rmdir() if copy.is_dir() else copy.unlink()


def _copy(path: Path) -> None:
    """A folder is copied without what is in it: the scan then says that it was left out."""
    copy = MEMORY / path.name
    if path.is_dir():
        copy.mkdir(exist_ok=True)
    elif not _is_copied(path):
        part = copy.with_name(f".{copy.name}")
        shutil.copy2(path, part)
        part.replace(copy)


def _is_copied(path: Path) -> bool:
    """Whether the very file, by its size and time, is in memory already."""
    copy = MEMORY / path.name
    if not copy.is_file():
        return False
    ours, theirs = copy.stat(), path.stat()
    return (ours.st_size, ours.st_mtime_ns) == (theirs.st_size, theirs.st_mtime_ns)


def is_new() -> bool:
    """Whether nobody has enrolled an evidence partition with this stick."""
    try:
        return bool(json.loads(STICK_FACTS.read_text())["enrolled"] == 0)
    except (OSError, ValueError, KeyError, TypeError):
        return False


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
        kept = json.loads(_case_file().read_text())
        for name in state.case:
            state.case[name] = state.case[name] or str(kept.get(name, ""))


def keep_case(state: State) -> None:
    """Keep it on the evidence stick; without one it is kept in memory only. In memory alone, too,
    where bundles are closed for the lab: there is to be no name on that stick."""
    with contextlib.suppress(OSError), _case_file().open("w") as stream:
        json.dump(state.case, stream)
        stream.flush()
        os.fsync(stream.fileno())


def _case_file() -> Path:
    """What an earlier guide left on the stick goes once it may not lie there."""
    if not LAB_KEYS.is_file():
        return CASE_FILE
    with contextlib.suppress(OSError):
        CASE_FILE.unlink(missing_ok=True)
    return CASE_IN_MEMORY
