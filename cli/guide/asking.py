"""What the agent is asked: language and keyboard, then case, examiner, exhibit and clock."""

import os
import time
from collections.abc import Mapping

from cli.guide.screen import (
    BOLD,
    PLAIN,
    RED,
    YELLOW,
    clean,
    paragraph,
    read_key,
    read_line,
    read_one_of,
    show,
)
from cli.guide.state import State
from cli.guide.stick import ask_helper, keep_case
from triage.languages import Language

LANGUAGES = {str(key): (each, each.own_name) for key, each in enumerate(Language, start=1)}
WESTERN = "Lat15"
LETTERS = {Language.POLISH: "Lat2"}
"""Fonts of the stick: those of western Europe have no ą."""
KEYBOARDS = {
    "1": ("us", "US"),
    "2": ("uk", "UK"),
    "3": ("es", "Español"),
    "4": ("la-latin1", "Latinoamérica"),
    "5": ("pt-latin1", "Português"),
    "6": ("br-abnt2", "Brasil"),
    "7": ("de-latin1", "Deutsch"),
    "8": ("sg-latin1", "Deutsch (Schweiz)"),
    "9": ("fr-latin9", "Français"),
    "a": ("be-latin1", "Belgique, België"),
    "b": ("fr_CH-latin1", "Français (Suisse)"),
    "i": ("it", "Italiano"),
    "n": ("nl", "Nederlands"),
    "p": ("pl", "Polski"),
}


def choose_language(state: State) -> None:
    """Language first, then the keyboard where there is one."""
    state.language = Language(choose("seek", LANGUAGES))
    if os.environ.get("TERM") == "linux":
        ask_helper("letters", LETTERS.get(state.language, WESTERN))
        answer = ask_helper("keyboard", choose(state.say("keyboard"), KEYBOARDS))
        if not answer.get("loaded"):
            show(["", *paragraph(state.say("no_keyboard"), RED)])
            read_key()


def choose(question: str, answers: Mapping[str, tuple[str, str]]) -> str:
    """One of a few, by its number."""
    names = [f"   {key}  {name}" for key, (_, name) in answers.items()]
    show(["", f"   {BOLD}{question}{PLAIN}", "", *names, ""])
    return answers[read_one_of(answers)][0]


def ask_case(state: State) -> None:
    """Case, examiner, exhibit and the clock's error; kept for the next machine."""
    show([])
    for name, kept in state.case.items():
        state.case[name] = ask_line(state, state.say(name), kept)
    now = time.strftime("%Y-%m-%d %H:%M", time.gmtime())
    state.clock = ask_line(state, state.say("clock", time=now), state.clock)
    keep_case(state)


def ask_for_missing_case(state: State) -> None:
    """A search without a case number is asked about once; an empty answer goes on without one."""
    if state.case["case"] or state.asked_for_case:
        return
    state.asked_for_case = True
    show(["", *paragraph(state.say("no_case"), YELLOW)])
    state.case["case"] = read_line(state.say("case"), "")


def ask_line(state: State, question: str, kept: str) -> str:
    """A line of text; what is kept is shown."""
    told = state.say("keep", value=clean(kept)) if kept else ""
    return read_line(f"{question} {told}", kept)


def tell(state: State, text: str, detail: str = "") -> None:
    """One message, until a key is pressed. `detail`: what a program said of it."""
    more = paragraph(detail, indent="  ") if detail else []
    show(["", *paragraph(text, RED), *more, "", state.say("back")])
    read_key()
