"""How far the scan is, readable from across the room."""

from cli.guide.screen import (
    BOLD,
    CYAN,
    PLAIN,
    RED,
    YELLOW,
    as_many_as_fit,
    clean,
    clock_face,
    paragraph,
)
from cli.guide.screen import show as draw
from cli.guide.state import Answer, Progress, State
from cli.guide.words import TIERS
from triage.match_kinds import MatchKind, any_notable

BAR = 74
KINDS_SHOWN = 4
COLUMNS = 76


def show(state: State, told: Progress, seconds: int) -> None:
    """Draw it, while keys are taken."""
    draw(lines(state, told, seconds), the_same=True)


def lines(state: State, told: Progress, seconds: int) -> list[str]:
    """Findings first, then how far it is, then what to press."""
    latest = told.latest
    stage = str(latest.get("stage", "survey"))
    doing = state.say(stage) if state.knows(stage) else stage
    rows = [f"  {name:<22}{value}" for name, value in amounts(state, latest, seconds)]
    return [
        "",
        f"  {CYAN}{state.say('scanning')}{PLAIN}   {doing}",
        *set_lines(state, told),
        *key_line(state, told),
        "",
        finding_line(state, told),
        *kind_lines(state, told),
        "",
        *rows,
        "",
        *now_lines(state, latest),
        bar(latest),
        "",
        *standing_still(state, told),
        f"  {state.say(what_q_does(told))}",
    ]


def now_lines(state: State, latest: Answer) -> list[str]:
    """What is looked at, in the agent's language."""
    said = state.engine(TIERS, latest.get("tier"))
    return paragraph(f"{state.say('now')} {said}", indent="  ") if said else [""]


def key_line(state: State, told: Progress) -> list[str]:
    """To be noted while the scan can still be cut off."""
    return [f"  {state.say('scan_key', key=clean(told.scan_key))}"] if told.scan_key else []


def set_lines(state: State, told: Progress) -> list[str]:
    """What is looked up in, with how many entries of each count; yellow if one has expired, or if
    nobody on the stick's list signed it."""
    if not told.sets:
        return []
    names = [_set_name(state, each) for each in told.sets]
    room = COLUMNS - len(state.say("looked_up_in", names=""))
    doubtful = any(each.get("expired") or _signature_of(each) for each in told.sets)
    colour = YELLOW if doubtful else ""
    text = state.say("looked_up_in", names=as_many_as_fit(names, room))
    return [f"  {colour}{text}{PLAIN}"]


def _set_name(state: State, loaded: Answer) -> str:
    """Its name, how many of its entries count, and what is to be said of its signature."""
    named = f"{clean(str(loaded['name']))} {state.number(int(loaded['counted']))}"
    word = _signature_of(loaded)
    return f"{named} ({state.say(word)})" if word else named


def _signature_of(loaded: Answer) -> str:
    """The word for one that nobody on the stick's list of signers signed; empty of the others."""
    words = {"none": "unsigned", "unlisted": "signer_unknown", "unchecked": "signer_unknown"}
    return words.get(str(loaded.get("signature", "")), "")


def finding_line(state: State, told: Progress) -> str:
    """How many, how many of them to look at, and how soon the first came."""
    found = told.found
    if told.first_finding is None:
        when = state.say("none_yet")
    else:
        when = state.say("first", time=clock_face(told.first_finding))
    if told.to_look_at < found:
        when = f"{state.say('to_look_at', count=told.to_look_at)}   {when}"
    amount = f"{state.say('findings'):<22}{state.number(found)}   {when}"
    return f"  {RED if any_notable(told.kinds) else BOLD}{amount}{PLAIN}"


def kind_lines(state: State, told: Progress) -> list[str]:
    """How many of which kind, the surest first: known material is not a model's estimate."""
    there = [kind for kind in MatchKind if kind in told.kinds][:KINDS_SHOWN]
    return [f"    {state.number(told.kinds[kind]):>10}  {state.kind(kind)}" for kind in there]


def amounts(state: State, latest: Answer, seconds: int) -> list[tuple[str, str]]:
    """Name and value of each line."""
    left = latest.get("seconds_left")
    about = state.say("about", time=clock_face(left)) if left is not None else ""
    done = _amount(state, latest, "done")
    waiting = _amount(state, latest, "left")
    over = latest.get("stage") == "seal"
    unlisted = over and not latest.get("listed_all", True)
    missed = over and (unlisted or latest.get("left_entries", 0))
    more = f"   {state.say('not_all_listed')}" if unlisted else ""
    return [
        (state.say("time"), f"{clock_face(seconds)}   {about}"),
        (state.say("listed"), state.number(latest.get("listed_entries", 0)) + more),
        (state.say("done"), done),
        (state.say("not_reached" if missed else "left"), waiting),
        (state.say("not_read"), state.number(latest.get("unreadable_entries", 0))),
    ]


def _amount(state: State, latest: Answer, of: str) -> str:
    """Entries and bytes."""
    entries, taken = latest.get(f"{of}_entries", 0), latest.get(f"{of}_bytes", 0)
    return f"{state.number(entries)}   {state.size(taken)}"


def bar(latest: Answer) -> str:
    """What is done, of what was listed."""
    done, left = int(latest.get("done_entries", 0)), int(latest.get("left_entries", 0))
    filled = BAR * done // (done + left) if done + left else 0
    return f"  [{'#' * filled}{'.' * (BAR - filled)}]"


def what_q_does(told: Progress) -> str:
    """The word for what becomes of it when it is ended now: it never promises what cannot be."""
    if told.standing_still and told.standing_why == "gone":
        return "stop_gone"
    return "stopping" if told.stopping else "stop"


def standing_still(state: State, told: Progress) -> list[str]:
    """The evidence stick does not take what is written: what the agent must do now."""
    if not told.standing_still:
        return []
    word = f"standing_{told.standing_why}"
    said = state.say(word if state.knows(word) else "standing_gone")
    return [*paragraph(said, RED, "  "), ""]
