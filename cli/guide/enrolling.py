"""A stick that was written from the plain image enrols itself, in the lab, at its first start."""

from cli.guide import ending, stick
from cli.guide.asking import ask_line, tell
from cli.guide.screen import (
    BOLD,
    GREEN,
    PLAIN,
    RED,
    YELLOW,
    headline,
    paragraph,
    read_key,
    read_one_of,
    show,
)
from cli.guide.state import State
from cli.guide.words import NOT_ENROLLED


def enrol(state: State) -> None:
    """Show which stick it is, ask twice, have it done, and switch off."""
    offered = stick.ask_helper("enrol-itself")
    if not offered.get("possible"):
        tell_why_not(state, offered)
        return
    show(lines_of_offer(state, offered))
    if read_one_of("12") != "2":
        return
    show(lines_of_offer(state, offered))
    serial = ask_line(state, state.say("enrol_serial"), "")
    show(["", f"   {state.say('enrolling')}"])
    done = stick.ask_helper("enrol-itself", serial or "-", stick.ENROLLING_SECONDS)
    if not done.get("enrolled"):
        tell_why_not(state, done)
        return
    note = state.say("enrolled_note", serial=done["serial"], key=done["key"])
    show(
        [*headline(state.say("enrolled"), GREEN), *paragraph(note), "", state.say("enrolled_then")]
    )
    read_key()
    ending.switch_off(state)


def lines_of_offer(state: State, offered: dict[str, object]) -> list[str]:
    """Which stick, what is lost, and where this is done."""
    room = state.size(int(str(offered["bytes"])))
    which = state.say("enrol_which", disk=offered["disk"], room=room, serial=offered["serial"])
    return [
        "",
        f"   {BOLD}{state.say('enrol_what')}{PLAIN}",
        "",
        *paragraph(which),
        "",
        *paragraph(state.say("enrol_lost"), RED),
        *paragraph(state.say("enrol_where"), YELLOW),
        "",
        state.say("enrol_no"),
        state.say("enrol_yes"),
        "",
    ]


def tell_why_not(state: State, answer: dict[str, object]) -> None:
    """In the technician's language; what the programs said of it, as they said it."""
    code = answer.get("code")
    reason = state.engine(NOT_ENROLLED, code, answer.get("error", ""))
    detail = str(answer.get("reason", "")) if code == "failed" else ""
    tell(state, state.say("not_enrolled", reason=reason), detail)
