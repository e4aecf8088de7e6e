"""The screen of the encrypted volumes: what each is locked with, what to ask for, and what to try.

What is typed goes to the running scan, which tries it at once; it is kept nowhere.
"""

import re
from collections.abc import Iterator

from cli.guide import running
from cli.guide.asking import tell
from cli.guide.screen import BOLD, CYAN, PLAIN, YELLOW, clean, paragraph, read_hidden
from cli.guide.screen import read_one_of as read_answer
from cli.guide.screen import show as draw
from cli.guide.state import Answer, State
from cli.guide.stick import EVIDENCE

PERHAPS = "password_and_pim"
"""What may open what looks random."""
TYPED = frozenset({"recovery_password", "password", "passphrase", PERHAPS})
FILES = frozenset({"startup_key", "passphrase", PERHAPS})
KEY_FILE = re.compile(r"KEYFILE=([^:]+):", re.IGNORECASE)
MOST_SHOWN = 4
"""Volumes with all that is said of them; a screen has no room for more."""


def locked_volumes(state: State) -> list[Answer]:
    """Of all devices, those that a secret could open."""
    return [
        volume
        for found in state.devices or ()
        for volume in found.get("volumes") or ()
        if volume.get("state") == ("unrecognised" if _looks_random(volume) else "encrypted")
        and _kinds(volume) & (TYPED | FILES)
    ]


def ask_before_searching(state: State) -> None:
    """Once, where a volume is surely encrypted.

    What only looks random, as an erased disk does, holds no search up.
    """
    if not state.asked_for_unlocking and not all(map(_looks_random, locked_volumes(state))):
        ask_what_to_try(state)


def ask_what_to_try(state: State) -> None:
    """The answer holds until it is given anew; what is surely encrypted stands first."""
    locked = sorted(locked_volumes(state), key=_looks_random)
    if not locked:
        state.unlock = ""
        tell(state, state.say("none_locked"))
        return
    draw(lines(state, locked))
    state.unlock = {"1": "ask", "2": "both", "3": ""}[read_answer("123")]
    state.asked_for_unlocking = True


def options(state: State) -> list[str]:
    """Of the command that searches."""
    ask, found = ["--unlock-ask"], ["--unlock-found"]
    return {"ask": ask, "both": [*ask, *found]}.get(state.unlock, [])


def lines(state: State, locked: list[Answer]) -> list[str]:
    """What each is locked with and what to ask for, and what can be chosen."""
    said = [line for volume in locked[:MOST_SHOWN] for line in of_volume(state, volume)]
    more = len(locked) - MOST_SHOWN
    return [
        f"{BOLD}{state.say('locked')}{PLAIN}",
        "",
        *said,
        *([state.say("locked_more", count=more)] if more > 0 else []),
        "",
        *(f"{CYAN}{state.say(word)}{PLAIN}" for word in ("try_typed", "try_found", "try_none")),
    ]


def of_volume(state: State, volume: Answer) -> Iterator[str]:
    """Which it is, and a line of what to ask for."""
    kinds = _kinds(volume)
    kind = clean(str(volume.get("file_system", "")))
    kind = state.say("looks_random") if _looks_random(volume) else kind
    label = clean(str(volume.get("label") or ""))
    by = ", ".join(state.say(f"by_{each}") for each in BY if each in kinds)
    yield f" {BOLD}{volume['id']}{PLAIN} {kind} {state.size(volume.get('size') or 0)} {label}"
    yield from paragraph(state.say("locked_by", names=by), YELLOW, "   ")
    for protector in volume.get("protectors") or ():
        if protector.get("kind") == "recovery_password":
            id_ = clean(str(protector.get("id", "")))
            yield from paragraph(state.say("recovery_id", name=id_), "", "   ")


BY = ("tpm", "recovery_password", "password", "startup_key", "passphrase", PERHAPS, "other")


def ask_secret(state: State, wanted: Answer) -> None:
    """The scan wants to know what opens a volume: it is typed, and not shown."""
    volume = wanted["volume"]
    said = list(of_volume(state, volume))
    if wanted.get("trouble"):
        said += paragraph(clean(str(wanted["trouble"])), YELLOW, "   ")
    elif wanted.get("wrong"):
        said += paragraph(state.say("wrong_secret"), YELLOW, "   ")
    draw([*said, "", *paragraph(state.say("type_secret"), indent="  ")])
    typed = read_hidden()
    if running.progress().locked_volume == wanted:  # nobody has answered on another console
        running.answer(_from_the_stick(typed))


def _from_the_stick(typed: str) -> str:
    """What was typed; key files that it names lie on the evidence stick, unless it says where."""
    said, at = "", 0
    while told := KEY_FILE.match(typed, at):
        said += f"KEYFILE={EVIDENCE / told[1]}:"
        at = told.end()
    return said + typed[at:]


def _looks_random(volume: Answer) -> bool:
    return PERHAPS in _kinds(volume)


def _kinds(volume: Answer) -> set[str]:
    return {str(each.get("kind")) for each in volume.get("protectors") or ()}
