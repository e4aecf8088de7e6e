"""An agent who leads the guide on the serial console, from the language to the switched-off machine."""

from __future__ import annotations

import hashlib
import re
import time
from collections.abc import Iterable

from tests.boot.machine import Machine

CASE = "2026-114"
PATIENCE = 1200
"""Seconds that a loaded host may need for what takes a minute or two; a screen that nobody expected has failed its test by then."""


def reach_main_screen(machine: Machine) -> None:
    """English; then the write block is tested and the devices are listed."""
    machine.serial.wait_for("Portugu", PATIENCE)
    machine.serial.type("1")
    machine.serial.wait_for("six layers tested", PATIENCE)
    machine.serial.wait_for(r"/dev/[sv]d\w+ [\d.]+ .B .*ENTER start", PATIENCE)


def go_back(machine: Machine) -> None:
    """From the result to the main screen."""
    machine.serial.type("b")
    machine.serial.wait_for("ENTER start", PATIENCE)


def put_hash_set(machine: Machine, name: str, contents: Iterable[bytes]) -> None:
    """What a lab does beforehand: a list of MD5 digests in the evidence stick's folder for sets."""
    digests = " ".join(hashlib.md5(content, usedforsecurity=False).hexdigest() for content in contents)
    wait_until(machine, "test -e /run/seek/evidence.json")
    machine.run(f"mkdir -p /run/seek/evidence/hash-sets && printf '%s\\n' {digests} >/run/seek/evidence/hash-sets/{name}")


def wait_until(machine: Machine, command: str, seconds: int = 120) -> None:
    """Wait, inside the machine, until a command succeeds."""
    machine.run(f"for i in $(seq {seconds}); do {command} && break; sleep 1; done; {command}", seconds * 10)


def start_scan(machine: Machine) -> None:
    """One key, and what the guide asks before: a case number, and what to try on volumes that are encrypted."""
    answers = {"NO CASE NUMBER.*> ": f"{CASE}\r", "ENCRYPTED VOLUMES: .*leave them locked": "2"}
    machine.serial.type("\r")
    while not (asked := machine.serial.wait_for("|".join([*answers, "QUICK SCAN RUNNING"]), PATIENCE).group(0)).startswith("QUICK"):
        machine.serial.type(next(answer for question, answer in answers.items() if re.match(question, asked, re.DOTALL)))


def wait_until_looked_at(machine: Machine, entries: int) -> int:
    """Wait until the screen says that so many entries are done; how many it said."""
    while True:
        done = int(machine.serial.wait_for(r"Looked at +(\d+)", PATIENCE).group(1))
        if done >= entries:
            return done


def read_result(machine: Machine) -> str:
    """The result screen, as soon as it is there."""
    text = machine.serial.wait_for("(FINDINGS: |NO FINDINGS|SCAN FAILED).*switch off safely", PATIENCE).group(0)
    return re.sub(r"\s+", " ", text)


def search(machine: Machine) -> dict[str, float]:
    """From power-on to a result with findings; the seconds at which each screen came."""
    began = time.monotonic()
    marks = {}
    reach_main_screen(machine)
    marks["main screen"] = time.monotonic() - began
    entered, used = time.monotonic(), machine.processor_seconds()
    start_scan(machine)
    wait_for_first_finding(machine)
    marks["Enter to first finding"] = time.monotonic() - entered
    marks["processor seconds of it"] = machine.processor_seconds() - used
    result = read_result(machine)
    marks["result"] = time.monotonic() - began
    assert result.startswith("FINDINGS: "), result
    return {name: round(seconds) for name, seconds in marks.items()}


def wait_for_first_finding(machine: Machine) -> None:
    """Until the screen counts one, or there is a result, which is left to be read."""
    read_up_to = machine.serial.read_up_to
    machine.serial.wait_for(r"FINDINGS:? +[1-9]|NO FINDINGS|SCAN FAILED", PATIENCE)
    machine.serial.read_up_to = read_up_to


def switch_off(machine: Machine) -> None:
    """From the result: the stick may be pulled, and then the machine goes off by itself."""
    machine.serial.type("\r")
    machine.serial.wait_for("MAY BE PULLED OUT NOW", PATIENCE)
    assert machine.stopped_by_itself(PATIENCE)
