"""Switching off: the evidence stick is closed, then that is said, and only then it goes off."""

import time

from cli.guide.asking import tell
from cli.guide.screen import GREEN, headline, show
from cli.guide.state import State
from cli.guide.stick import ask_helper, system_needs

SECONDS_TO_READ = 6
"""Once the machine goes off, this program is ended: before that, the words must be out."""


def switch_off(state: State) -> None:
    """Close the evidence stick, say that it may be pulled, and switch off."""
    show(["", f"   {state.say('closing')}"])
    disk = (ask_helper("evidence-status").get("evidence") or {}).get("disk", "")
    closed = ask_helper("evidence-close")
    if closed.get("open") is not False:
        tell(state, state.say("still_busy"), str(closed.get("error", "")))
        return
    word = "may_pull_when_off" if disk and system_needs(disk) else "may_pull"
    show([*headline(state.say(word), GREEN), state.say("going_off")])
    time.sleep(SECONDS_TO_READ)
    ask_helper("power-off")
    while True:
        time.sleep(60)
