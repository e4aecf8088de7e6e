"""`seek guide`: what an agent sees on the stick, from first question to "may be pulled".

Runs on the stick's consoles, as the unprivileged user, and asks the root helper for the few things
that need root. Drawn with plain characters and eight colours, so that it reads the same on any
screen of 80 by 25 and on a serial line. Imports nothing of the engine: on an old laptop that would
be ten seconds of a dark screen.
"""

from cli.guide import (
    asking,
    ending,
    enrolling,
    locked,
    overview,
    passwords,
    running,
    searching,
    sets,
    stick,
)
from cli.guide.screen import echoing, read_key
from cli.guide.state import State
from triage.errors import UsageError


def guide() -> None:
    """Lead through a search on the stick: language, devices, case, scan, result, switching off."""
    if not stick.is_here():
        raise UsageError(
            "The guide runs on the stick only.", hint="Here, use: seek devices, then seek scan."
        )
    with echoing(wanted=False):
        lead(State())


def lead(state: State) -> None:
    """From the first screen on, for as long as the machine runs."""
    if running.is_unseen():  # a guide before this one started it, and is gone
        state.language = running.language()
        searching.rejoin(state)
    else:
        asking.choose_language(state)
    overview.look_again(state)
    while True:
        overview.show(state)
        act(state, read_key())


def act(state: State, key: str) -> None:
    """Do what a key on the main screen asks for."""
    match key:
        case "\r" | "\n":
            searching.search(state)
        case "c":
            asking.ask_case(state)
        case "e" if stick.is_new():
            enrolling.enrol(state)
        case "r":
            overview.look_again(state)
        case "w":
            overview.show_write_block(state)
        case "d":
            overview.show_devices(state)
        case "u":
            locked.ask_what_to_try(state)
        case "p":
            passwords.ask(state)
        case "h":
            sets.show(state)
        case "l":
            asking.choose_language(state)
        case "x":
            ending.switch_off(state)
