"""The result fills the screen: what was found, what was not looked at, what to do now."""

from pathlib import Path

from cli.all_clear import not_all_seen
from cli.guide import ending, stick
from cli.guide.progress import kind_lines
from cli.guide.screen import (
    BOLD,
    CYAN,
    PLAIN,
    RED,
    YELLOW,
    clean,
    clock_face,
    headline,
    read_key,
)
from cli.guide.screen import show as draw
from cli.guide.state import Answer, Progress, State

ERROR_LINES = 10


def show(state: State, code: int, told: Progress, errors: Path) -> None:
    """It stays until the agent has read it."""
    while True:
        draw(lines(state, told) if told.sealed else failure_lines(state, code, errors))
        key = read_key()
        if key in ("\r", "\n"):
            ending.switch_off(state)
        elif key == "b":
            return


def lines(state: State, told: Progress) -> list[str]:
    """How many, how soon, what was not looked at, what to do now."""
    sealed = told.sealed
    first = sealed.get("first_finding_seconds")
    took = f"{state.say('time')}: {clock_face(sealed['seconds'])}"
    soon = f"{state.say('first', time=clock_face(first))}   " if first is not None else ""
    return [
        *verdict_lines(state, sealed),
        *kind_lines(state, told),
        f"  {soon}{took}",
        "",
        f"  {BOLD}{state.say('unlooked')}{PLAIN}",
        *(f"    {line}" for line in unlooked(state, sealed)),
        "",
        f"  {state.say('not_proof')}",
        "",
        f"  {state.say('bundle', name=clean(Path(sealed['bundle']).name))}",
        f"  {state.say('signer', key=clean(sealed['signer']))}",
        "",
        f"  {CYAN}{state.say('safe_now')}{PLAIN}",
    ]


def verdict_lines(state: State, sealed: Answer) -> list[str]:
    """The same three verdicts as the command line's; never a green one."""
    count = int(sealed["findings"])
    fewer = int(sealed.get("to_look_at", count))
    if 0 < fewer < count:
        return headline(state.say("result_fewer", count=count, fewer=fewer), RED)
    if count:
        return headline(state.say("result_some", count=count), RED)
    if not_all_seen(
        partial=bool(sealed.get("partial")),
        unreadable_volumes=int(sealed["unreadable_volumes"]),
        unreadable_entries=int(sealed["unreadable_entries"]),
        troubles=int(sealed["troubles"]),
    ):
        return headline(state.say("result_not_all"), YELLOW)
    return headline(state.say("result_none"), BOLD)


def unlooked(state: State, sealed: Answer) -> list[str]:
    """What was not looked at, in the order in which it matters."""
    told = []
    why = str(sealed.get("partial") or "")
    if why:
        reason = state.say("interrupted") if why == "interrupted" else clean(why)
        reached = state.say("unlooked_reached", count=sealed["not_reached_entries"], why=reason)
        told.append(f"{YELLOW}{reached}{PLAIN}")
    for name, word in (
        ("unreadable_volumes", "unlooked_volumes"),
        ("troubles", "unlooked_troubles"),
    ):
        if sealed[name]:
            told.append(f"{YELLOW}{state.say(word, count=sealed[name])}{PLAIN}")
    if sealed["unreadable_entries"]:
        told.append(state.say("unlooked_unreadable", count=sealed["unreadable_entries"]))
    return [*told, state.say("unlooked_space")]


def failure_lines(state: State, code: int, errors: Path) -> list[str]:
    """A scan without a sealed bundle: say so, and what it said."""
    told = headline(state.say("scan_failed", code=code), RED)
    if not stick.ask_helper("evidence-status").get("open"):
        told += [f"  {RED}{state.say('lost')}{PLAIN}", ""]
    said = errors.read_text(errors="replace").splitlines()[-ERROR_LINES:]
    told += [f"  {clean(line)[:76]}" for line in said]
    return [*told, "", f"  {CYAN}{state.say('safe_now')}{PLAIN}"]
