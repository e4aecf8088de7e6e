"""The main screen: all that matters before a scan; and the screens that tell more of it."""

from pathlib import Path

from cli.fitting import columns, shortened, shortened_words, wrapped
from cli.guide import power, stick
from cli.guide.order import HEADING, Line, fitted, likeliest_first
from cli.guide.screen import (
    BOLD,
    CYAN,
    GREEN,
    PLAIN,
    RED,
    ROWS,
    WIDTH,
    YELLOW,
    a_screen_at_a_time,
    clean,
    padded,
    paragraph,
)
from cli.guide.screen import show as draw
from cli.guide.state import Answer, State
from cli.guide.words import ERRORS, LAYERS, POSED
from triage import thunderbolt

DEVICE_LINES = 12
FEWEST_DEVICE_LINES = 3
SET_LINES = 2
WIDEST_VALUE = 60
"""Columns of what was typed of the case; all of it is in the bundle."""
LITTLE = 30
"""Per cent of a battery that may not last for a scan."""
KIND_WIDTH, LABEL_WIDTH = 25, 17


def look_again(state: State) -> None:
    """Ask for the write block, the evidence stick, the battery and the devices anew."""
    draw(["", f"   {state.say('asking')}"])
    state.write_block = stick.ask_helper("write-block")
    state.evidence = stick.ask_helper("evidence-open")
    stick.take_kept_case(state)
    state.battery = power.percent_left()
    state.outside = [each.name for each in thunderbolt.plugged_in() if not each.let_in]
    state.devices = None
    show(state)
    state.devices = stick.list_devices()


def show(state: State) -> None:
    """All that matters before a scan, on one screen."""
    draw(lines_of_main_screen(state))


def lines_of_main_screen(state: State) -> list[str]:
    """The devices get the room that all the rest leaves."""
    build = state.write_block.get("build", {}).get("build", "")
    above = [
        f"{BOLD}seek{PLAIN}   {build}",
        "",
        *write_block_lines(state),
        *evidence_lines(state),
        *processor_lines(state),
        *power_lines(state),
        *thunderbolt_lines(state),
        "",
        f"{BOLD}{state.say('devices')}{PLAIN}",
    ]
    below = [
        "",
        *case_lines(state),
        "",
        f"{CYAN}{state.say('menu')}{PLAIN}",
        f"{CYAN}{state.say('menu_end')}{PLAIN}",
    ]
    room = min(DEVICE_LINES, ROWS - len(above) - len(below))
    return [*above, *device_lines(state, max(FEWEST_DEVICE_LINES, room)), *below]


def case_lines(state: State) -> list[str]:
    """What was said of the case so far, in bold, as much beside each other as fits."""
    colon = state.colon
    lines: list[list[tuple[str, str]]] = [[]]
    taken = 0
    for name, value in state.case.items():
        pair = state.say(name), shortened(clean(value), WIDEST_VALUE) or "-"
        width = columns(colon.join(pair)) + 3
        if lines[-1] and taken + width > WIDTH:
            lines.append([])
            taken = 0
        lines[-1].append(pair)
        taken += width
    return [
        "   ".join(f"{name}{colon}{BOLD}{value}{PLAIN}" for name, value in each) for each in lines
    ]


def write_block_lines(state: State) -> list[str]:
    """Green when all six layers passed their self-tests; anything else is red."""
    if state.write_block.get("blocked"):
        return [f"{GREEN}{state.say('block_on')}{PLAIN}"]
    off = [layer["name"] for layer in state.write_block.get("layers", []) if not layer["on"]]
    why = ", ".join(off) or str(state.write_block.get("error", ""))
    return [f"{RED}{state.say('block_off')}{PLAIN}", *paragraph(why, RED, "  ")]


def power_lines(state: State) -> list[str]:
    """Yellow while the machine runs on its battery; red when little is left."""
    if state.battery is None:
        return []
    colour = RED if state.battery < LITTLE else YELLOW
    return paragraph(state.say("battery", percent=state.battery), colour)


def thunderbolt_lines(state: State) -> list[str]:
    """Yellow: devices that were not let in, by the names that they give themselves."""
    if not state.outside:
        return []
    names = shortened(clean(", ".join(state.outside)), WIDEST_VALUE)
    return paragraph(state.say("thunderbolt", names=names), YELLOW)


def evidence_lines(state: State) -> list[str]:
    """Whether findings can be kept, and who posed as the evidence stick."""
    opened = state.evidence.get("evidence") or {}
    if state.evidence.get("open"):
        free = state.size(stick.free_bytes())
        text = state.say("evidence_open", free=free, device=opened.get("device", ""))
        lines = [*paragraph(text, GREEN), *hash_set_lines(state)]
    else:
        lines = [f"{RED}{state.say('evidence_none')}{PLAIN}"]
        lines += paragraph(state.say("enrol_offer"), YELLOW) if stick.is_new() else []
    for entry in state.evidence.get("refused", [])[-2:]:
        reason = state.engine(POSED, entry.get("code"), entry["reason"])
        lines += paragraph(state.say("posed", device=entry["device"], reason=reason), YELLOW)
    return lines


def hash_set_lines(state: State) -> list[str]:
    """Which sets the lab has put on the evidence stick; a scan without one finds nothing known."""
    names = [_hash_set(state, path) for path in stick.hash_sets()]
    if not names:
        return paragraph(state.say("no_hash_sets"), YELLOW)
    for shown in range(len(names), 0, -1):
        left = len(names) - shown
        said = [*names[:shown], f"+{left}"] if left else names
        lines = paragraph(state.say("hash_sets", names=", ".join(said)), GREEN)
        if len(lines) <= SET_LINES:
            break
    return lines


def _hash_set(state: State, path: Path) -> str:
    """Its name, and how many entries it has where that can be told at once; else its size."""
    entries = stick.entries_of(path)
    amount = state.size(stick.bytes_of(path)) if entries is None else state.number(entries)
    return f"{shortened(clean(path.name), WIDEST_VALUE)} {amount}"


def processor_lines(state: State) -> list[str]:
    """What an old one means for the search; nothing of one that is as most are."""
    if state.processor.too_old:
        return paragraph(state.say("too_old"), RED)
    return paragraph(state.say("old")) if state.processor.old else []


def device_lines(state: State, room: int) -> list[str]:
    """The devices and what is on them, the likeliest first, as many as there is room for."""
    if state.devices is None:
        return [f"   {state.say('looking')}"]
    if not state.devices:
        return paragraph(state.say("no_devices"), YELLOW)
    blocks = [lines_of_device(state, found) for found in likeliest_first(state.devices)]
    lines, left_out = fitted(blocks, room)
    return [*lines, state.say("more", count=left_out)] if left_out else lines


def lines_of_device(state: State, found: Answer) -> list[Line]:
    """One device and its volumes, with the bytes of each."""
    device = found["device"]
    mark = "stick" if device.get("is_stick") else ""
    mark = "evidence_stick" if device.get("is_evidence_stick") else mark
    told = f"({state.say(mark)})" if mark else ""
    path = clean(device["path"])
    about = f"{path} {state.size(device.get('size') or 0)}  "
    name = clean(f"{device.get('model', '')} {device.get('serial', '')}").strip()
    name = shortened(name, WIDTH - columns(about) - columns(told) - 2)
    about = about.removeprefix(path)
    lines = [(HEADING, f" {BOLD}{path}{PLAIN}{about}{name} {CYAN}{told}{PLAIN}")]
    if mark:
        return lines
    if found.get("trouble"):
        trouble = state.engine(ERRORS, found.get("code"), found["trouble"])
        lines += [(HEADING, line) for line in paragraph(trouble, RED, "   ")]
    shown = [
        volume
        for volume in found["volumes"]
        if volume.get("state") != "unclaimed" or volume.get("unread")
    ]
    return lines + [(int(v.get("size") or 0), line_of_volume(state, v)) for v in shown]


def line_of_volume(state: State, volume: Answer) -> str:
    """One volume: its file system, size, label and whether it can be read."""
    condition = str(volume.get("state", ""))
    if condition == "readable" and volume.get("unread"):
        condition = "in_part"
    word = state.say(condition) if state.knows(condition) else condition
    colour = YELLOW if condition != "readable" else ""
    colour = RED if condition in ("encrypted", "damaged") else colour
    kind = clean(str(volume.get("file_system") or volume.get("description") or "?"))
    label = clean(str(volume.get("label") or ""))
    room = state.size(volume.get("size") or 0)
    kind = padded(shortened_words(kind, KIND_WIDTH), KIND_WIDTH)
    label = padded(shortened(label, LABEL_WIDTH), LABEL_WIDTH)
    return f"   {kind} {room:>9}  {label} {colour}{word}{PLAIN}"


def show_devices(state: State) -> None:
    """Every device and volume, a screen at a time."""
    a_screen_at_a_time(device_lines(state, 10_000), state.say("back"))


def show_write_block(state: State) -> None:
    """The six layers with their self-tests, and what was refused; a screen at a time."""
    a_screen_at_a_time(lines_of_write_block(state), state.say("back"))


def lines_of_write_block(state: State) -> list[str]:
    """What each layer does, in the agent's language; what is wrong with it, as it was said."""
    report = state.write_block
    lines = [f"{BOLD}{state.say('block')}{PLAIN}", ""]
    for layer in report.get("layers", []):
        colour, word = (GREEN, "layer_on") if layer["on"] else (RED, "layer_off")
        purpose = state.engine(LAYERS, layer["name"], layer["purpose"])
        first, *more = wrapped(clean(purpose), WIDTH, " " * 27)
        name = f" {colour}{padded(state.say(word), 4)}{PLAIN}{padded(layer['name'], 22)}"
        lines += [name + first.strip(), *more]
        for trouble in layer["troubles"][:2]:
            lines += paragraph(trouble, RED, "     ")
    refused = report.get("refused", {})
    own = refused.get("of_which_self_test", 0)
    build = report.get("build", {})
    return [
        *lines,
        "",
        *paragraph(state.say("block_refused", count=refused.get("total", 0) - own, own=own)),
        *paragraph(state.say("secure_boot", state=build.get("secure_boot", "?"))),
        *paragraph(state.say("root_hash", hash=build.get("root_hash", "?"))),
    ]
