"""The result fills the screen: what was found, what was not looked at, what to do now."""

from pathlib import Path

from cli.fitting import columns, wrapped
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
    padded,
    paragraph,
    read_key,
)
from cli.guide.screen import show as draw
from cli.guide.state import Answer, Progress, State
from cli.guide.words import ERRORS
from triage.ending_words import ENDED, SAID_ONLY, UNFINISHED, not_seen, nothing_found
from triage.match_kinds import any_notable

ERROR_LINES = 12
STOPPED = 130
MOST_SAID = 4000
ROWS, COLUMNS = 24, 78
DEVICES_SHOWN = 3
LONGEST_FACT = 140
"""Characters: two lines. The report has all of them whole."""


def show(state: State, told: Progress, errors: Path) -> None:
    """It stays until the agent has read it."""
    while True:
        draw(lines(state, told) if told.sealed else failure_lines(state, told, errors))
        key = read_key()
        if key in ("\r", "\n"):
            ending.switch_off(state)
        elif key == "b":
            return


def lines(state: State, told: Progress) -> list[str]:
    """What was found, what was not looked at, which search it was: what agents photograph."""
    sealed = told.sealed
    above = [
        *verdict_lines(state, sealed),
        *kind_lines(state, told),
        f"  {_times(state, sealed)}",
        f"  {BOLD}{state.say('unlooked')}{PLAIN}",
    ]
    below = [
        f"  {state.say('not_proof')}",
        *which_search(state, sealed),
        f"  {CYAN}{state.say('safe_now')}{PLAIN}",
    ]
    room = ROWS - len(above) - len(below)
    return [*above, *(f"    {line}" for line in unlooked(state, sealed, room)), *below]


def _times(state: State, sealed: Answer) -> str:
    """How soon the first finding came, how long it took, and when that was."""
    first = sealed.get("first_finding_seconds")
    soon = f"{state.say('first', time=clock_face(first))}   " if first is not None else ""
    ended = clean(str(sealed["ended"])[:16].replace("T", " "))
    return f"{soon}{state.say('time')}{state.colon}{clock_face(sealed['seconds'])}   {ended} UTC"


def verdict_lines(state: State, sealed: Answer) -> list[str]:
    """The same three verdicts as the command line's; never a green one."""
    count = int(sealed["findings"])
    fewer = int(sealed.get("to_look_at", count))
    how = str(sealed["ending"]["how"])
    if (kinds := sealed.get("kinds")) and not any_notable(kinds):
        count = 0  # what nobody could look into is told below, and is no headline
    if 0 < fewer < count:
        text, colour = state.say("result_fewer", count=count, fewer=fewer), RED
    elif count:
        text, colour = state.say("result_some", count=count), RED
    else:
        text = nothing_found(state.language, how)
        colour = BOLD if how == "complete" else YELLOW
    return headline(text, colour)[1:-1]


def unlooked(state: State, sealed: Answer, room: int) -> list[str]:
    """What was not looked at, in the order in which it matters, in at most so many lines."""
    ending, language = sealed["ending"], state.language
    told = [f"{YELLOW}{ENDED[language][ending['how']]}{PLAIN}"] * (ending["how"] in UNFINISHED)
    for each in ending.get("unseen", []):
        amount = state.size(each["bytes"]) if each.get("bytes") else ""
        line = not_seen(language, each["reason"], each["count"], amount)
        told.append(line if each["reason"] in SAID_ONLY else f"{YELLOW}{line}{PLAIN}")
    if len(told) > room:
        told[room - 1 :] = [state.say("unlooked_more", count=len(told) - room + 1)]
    return told


def which_search(state: State, sealed: Answer) -> list[str]:
    """Case, machine, devices, sets, bundle and key: what ties the screen to the paper record."""
    case, machine = sealed["case"], sealed["machine"]
    devices = [(each["path"], each.get("model"), each.get("serial")) for each in sealed["devices"]]
    facts = [
        ("case", case.values()),
        ("machine", machine.values()),
        *(("device", device) for device in devices[:DEVICES_SHOWN]),
        ("device", [state.say("more_devices", count=len(devices) - DEVICES_SHOWN)])
        if len(devices) > DEVICES_SHOWN
        else ("device", []),
        ("sets", [", ".join(_sets(state, sealed))]),
        ("bundle", [_bundle(state, sealed)]),
        ("signer", [sealed["signer"]]),
    ]
    lines: list[str] = []
    width = max(columns(state.say(word)) for word, _ in facts)
    for word, said in facts:
        text = clean("  ".join(str(part) for part in said if part))[:LONGEST_FACT]
        if text:
            before = f"  {padded(state.say(word), width)} "
            shown = wrapped(text, COLUMNS, before, " " * len(before))
            is_open = word == "bundle" and not sealed.get("recipients")
            lines += [f"{YELLOW}{line}{PLAIN}" for line in shown] if is_open else shown
    return lines


def _bundle(state: State, sealed: Answer) -> str:
    """Its folder, and who can read it."""
    name = Path(sealed["bundle"]).name
    if sealed.get("recipients"):
        return f"{name} {state.say('for_the_lab')}"
    return f"{name}/{Path(sealed['report']).name} {state.say('lies_open')}"


def _sets(state: State, sealed: Answer) -> list[str]:
    """Each with how many of its entries counted."""
    named = zip(sealed["hash_sets"], sealed.get("hash_set_entries", []), strict=True)
    return [f"{name} {state.number(int(entries))}" for name, entries in named]


def failure_lines(state: State, told: Progress, errors: Path) -> list[str]:
    """A scan without a sealed bundle: say so, and what it said."""
    if told.exit_code == STOPPED:
        return [*headline(state.say("stopped_early"), YELLOW), f"  {state.say('safe_now')}"]
    code = "-" if told.exit_code is None else told.exit_code
    lines = headline(state.say("scan_failed", code=code), RED)
    if not stick.ask_helper("evidence-status").get("open"):
        lines += [*paragraph(state.say("lost"), RED, "  "), ""]
    if why := state.engine(ERRORS, told.error):
        lines += [*paragraph(why, RED, "  "), ""]
    return [*lines, *_said(errors), "", f"  {CYAN}{state.say('safe_now')}{PLAIN}"]


def _said(errors: Path) -> list[str]:
    """The end of it, whole: what to do stands there."""
    try:
        text = errors.read_text(errors="replace")[-MOST_SAID:]
    except OSError:
        return []
    lines = [wrapped(clean(line), COLUMNS, "  ") for line in text.splitlines()]
    return [line for several in lines for line in several][-ERROR_LINES:]
