"""The screen of passwords for encrypted archives and documents: which are tried in the search.

A list that lies on the evidence stick is handed on as it is. What is typed is in the guide's memory
until it ends, and goes to the scan in memory that has no name: it is in no command, file or log.
"""

from cli.guide import stick
from cli.guide.screen import BOLD, CYAN, PLAIN, YELLOW, clean, key_by_key, paragraph, read_hidden
from cli.guide.screen import read_one_of as read_answer
from cli.guide.screen import show as draw
from cli.guide.state import State

MOST = 1000
"""As many as a scan tries (`triage.scan.passwords`)."""
LONGEST = 256
TYPED, LISTED, NONE = "typed", "listed", "none"


def ask(state: State) -> None:
    """What is to be tried; it holds until it is chosen anew."""
    draw(lines(state))
    state.try_passwords = {"1": TYPED, "2": LISTED, "3": NONE}[read_answer("123")]
    state.passwords = _typed(state) if state.try_passwords == TYPED else []


def lines(state: State) -> list[str]:
    """What is tried as it stands, and what can be chosen."""
    there = stick.PASSWORDS.is_file()
    name = clean(stick.PASSWORDS.name)
    count = len(state.passwords)
    now = {
        TYPED: state.say("words_typed", count=count),
        LISTED: state.say("words_listed", name=name),
        NONE: state.say("words_none"),
    }[chosen(state)]
    return [
        *paragraph(state.say("words"), BOLD),
        "",
        *paragraph(state.say("words_what"), indent="   "),
        "",
        *paragraph(now, YELLOW, "   "),
        *([] if there else paragraph(state.say("words_no_list", name=name), "", "   ")),
        "",
        *(
            f"{CYAN}{state.say(word, name=name)}{PLAIN}"
            for word in ("words_type", "words_list", "words_leave")
        ),
    ]


def chosen(state: State) -> str:
    """What is tried: unless it was chosen otherwise, the list on the stick, if there is one."""
    if state.try_passwords in {LISTED, ""}:
        return LISTED if stick.PASSWORDS.is_file() else NONE
    return state.try_passwords if state.passwords or state.try_passwords == NONE else NONE


def options(state: State) -> list[str]:
    """Of the command that searches; what was typed is none of them."""
    return ["--passwords", str(stick.PASSWORDS)] if chosen(state) == LISTED else []


def to_hand_over(state: State) -> list[str]:
    """What was typed, for `running.start`."""
    return state.passwords if chosen(state) == TYPED else []


def _typed(state: State) -> list[str]:
    """One after the other, until Enter alone; each once."""
    typed: list[str] = []
    with key_by_key():
        while len(typed) < MOST:
            said = state.say("words_next", count=len(typed))
            draw(["", *paragraph(said, indent="  ")])
            word = read_hidden()[:LONGEST]
            if not word:
                break
            typed += [word] if word not in typed else []
    return typed
