"""The helper's narrow door: ten verbs, each with at most one argument, which is checked against what is here."""

from __future__ import annotations

import contextlib
import fcntl
import json
import sys
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

from seek_stick import evidence, own_enrolment, programs, write_block
from seek_stick.block_devices import text

KEYBOARDS = Path("/usr/share/seek/keyboards")
FONT = "/usr/lib/seek/set-console-font"
LETTERS = ("Lat15", "Lat2")
"""Of western and of central Europe: a console shows 256 characters, unless it gives up its bright colours."""
LONGEST_REQUEST = 1024
LOCK = write_block.RUN / "helper.lock"

Answer = Mapping[str, object]


def answer_one() -> None:
    """Read one request from standard input (or the command line) and print the answer."""
    if len(sys.argv) > 1:
        request: object = {"do": sys.argv[1]}
    else:
        request = read_request()
    print(json.dumps(answer(request)), flush=True)


def read_request() -> object:
    """Read one line of JSON, no longer than it needs to be."""
    try:
        return json.loads(sys.stdin.buffer.readline(LONGEST_REQUEST))
    except (ValueError, RecursionError):
        return None


def answer(request: object) -> Answer:
    """Do what is asked, if it is one of the verbs."""
    if not isinstance(request, dict):
        return {"error": "a request is one line: a JSON object"}
    verb = verbs().get(str(request.get("do")))
    if verb is None:
        return {"error": f"no such verb; there are {', '.join(verbs())}"}
    with one_at_a_time():
        return verb(str(request.get("argument", "")))


@contextlib.contextmanager
def one_at_a_time() -> Iterator[None]:
    """Two consoles and udev may ask at once: a self-test must not see an evidence partition half opened."""
    with LOCK.open("w") as stream:
        fcntl.flock(stream, fcntl.LOCK_EX)
        yield


def verbs() -> dict[str, Callable[[str], Answer]]:
    """All that a user can ask root for on the stick."""
    return {
        "write-block": lambda _: write_block.report(),
        "evidence-status": lambda _: evidence.status(),
        "evidence-open": lambda _: evidence.open_evidence(),
        "evidence-close": lambda _: evidence.close_evidence(),
        "evidence-lost": lambda _: evidence.lose_evidence() if not evidence_is_there() else evidence.status(),
        "enrol-itself": lambda serial: own_enrolment.enrol_itself(serial) if serial else own_enrolment.offered(),
        "keyboard": set_keyboard,
        "letters": set_letters,
        "override": record_override,
        "power-off": lambda _: power_off(),
    }


def evidence_is_there() -> bool:
    """Whether the open evidence partition is still attached; only a lost one may be let go without closing."""
    number = text(evidence.NUMBER)
    return bool(number) and Path(f"/sys/dev/block/{number}").exists()


def set_keyboard(name: str) -> Answer:
    """Load a keyboard map of the image; no other file."""
    names = sorted(path.name.split(".")[0] for path in KEYBOARDS.glob("*.kmap.gz"))
    if name not in names:
        return {"error": f"no such keyboard; there are {', '.join(names)}"}
    done = programs.run("loadkeys", "--console=/dev/tty1", str(KEYBOARDS / f"{name}.kmap.gz"))
    return {"keyboard": name, "loaded": done.returncode == 0, "said": done.stderr.strip()}


def set_letters(name: str) -> Answer:
    """Load the font that has the letters of the agent's language."""
    if name not in LETTERS:
        return {"error": f"no such letters; there are {', '.join(LETTERS)}"}
    done = programs.run(FONT, name)
    return {"letters": name, "loaded": done.returncode == 0, "said": done.stderr.strip()}


def record_override(who: str) -> Answer:
    """Let a test image scan with a layer off; a stick never can."""
    if not write_block.TEST_IMAGE.exists():
        return {"error": "this is not a test image: the write block cannot be overridden"}
    document = {"by": who, "layers_off": sorted(path.name for path in write_block.LAYERS_OFF.glob("*"))}
    evidence.replace_file(write_block.OVERRIDE, document)
    return {"override": document}


def power_off() -> Answer:
    """Close the evidence partition; only then switch the machine off."""
    closed = evidence.close_evidence()
    if closed["open"]:
        return closed
    programs.run("systemctl", "--no-block", "poweroff")
    return {**closed, "powering_off": True}
