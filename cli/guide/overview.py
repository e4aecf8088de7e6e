"""The main screen: all that matters before a scan; and the screens that tell more of it."""

from pathlib import Path

from cli.guide import stick
from cli.guide.order import HEADING, Line, fitted, likeliest_first
from cli.guide.screen import (
    BOLD,
    CYAN,
    GREEN,
    PLAIN,
    RED,
    YELLOW,
    as_many_as_fit,
    clean,
    read_key,
    size,
)
from cli.guide.screen import show as draw
from cli.guide.state import Answer, State

DEVICE_LINES = 9
LINES_A_SCREEN = 20
COLUMNS = 79


def look_again(state: State) -> None:
    """Ask for the write block, the evidence stick and the devices anew."""
    draw(["", f"   {state.say('asking')}"])
    state.write_block = stick.ask_helper("write-block")
    state.evidence = stick.ask_helper("evidence-open")
    stick.take_kept_case(state)
    state.devices = None
    show(state)
    state.devices = stick.list_devices()


def show(state: State) -> None:
    """All that matters before a scan, on one screen."""
    build = state.write_block.get("build", {}).get("build", "")
    lines = [f"{BOLD}seek{PLAIN}   {build}", ""]
    lines += write_block_lines(state)
    lines += evidence_lines(state)
    processor = processor_lines(state)
    room = DEVICE_LINES - len(processor)
    lines += [
        *processor,
        "",
        f"{BOLD}{state.say('devices')}{PLAIN}",
        *device_lines(state, room),
        "",
    ]
    lines.append(case_line(state))
    lines += ["", f"{CYAN}{state.say('menu')}{PLAIN}", f"{CYAN}{state.say('menu_end')}{PLAIN}"]
    draw(lines)


def case_line(state: State) -> str:
    """What was said of the case so far."""
    return "   ".join(
        f"{state.say(name)}: {BOLD}{clean(value)[:14] or '-'}{PLAIN}"
        for name, value in state.case.items()
    )


def write_block_lines(state: State) -> list[str]:
    """Green when all six layers passed their self-tests; anything else is red."""
    if state.write_block.get("blocked"):
        return [f"{GREEN}{state.say('block_on')}{PLAIN}"]
    off = [layer["name"] for layer in state.write_block.get("layers", []) if not layer["on"]]
    why = ", ".join(off) or str(state.write_block.get("error", ""))
    return [f"{RED}{state.say('block_off')}{PLAIN}", f"{RED}  {clean(why)[:76]}{PLAIN}"]


def evidence_lines(state: State) -> list[str]:
    """Whether findings can be kept, and who posed as the evidence stick."""
    opened = state.evidence.get("evidence") or {}
    if state.evidence.get("open"):
        free = size(stick.free_bytes())
        text = state.say("evidence_open", free=free, device=opened.get("device", ""))
        lines = [f"{GREEN}{text}{PLAIN}", hash_set_line(state)]
    else:
        lines = [f"{RED}{state.say('evidence_none')}{PLAIN}"]
    for entry in state.evidence.get("refused", [])[-2:]:
        text = state.say("posed", device=entry["device"], reason=entry["reason"])
        lines.append(f"{YELLOW}{clean(text)[:79]}{PLAIN}")
    return lines


def hash_set_line(state: State) -> str:
    """Which sets the lab has put on the evidence stick; a scan without one finds nothing known."""
    told = [_hash_set(path) for path in stick.hash_sets()]
    if not told:
        return f"{YELLOW}{state.say('no_hash_sets')}{PLAIN}"
    room = COLUMNS - len(state.say("hash_sets", names=""))
    return f"{GREEN}{state.say('hash_sets', names=as_many_as_fit(told, room))}{PLAIN}"


def _hash_set(path: Path) -> str:
    """Its name, and how many entries it has where that can be told at once; else its size."""
    entries = stick.entries_of(path)
    amount = size(stick.bytes_of(path)) if entries is None else f"{entries:,}"
    return f"{clean(path.name)} {amount}"


def processor_lines(state: State) -> list[str]:
    """What an old one means for the search; nothing of one that is as most are."""
    if state.processor.too_old:
        return [f"{RED}{state.say('too_old')}{PLAIN}"]
    return [state.say("old")] if state.processor.old else []


def device_lines(state: State, room: int) -> list[str]:
    """The devices and what is on them, the likeliest first, as many as there is room for."""
    if state.devices is None:
        return [f"   {state.say('looking')}"]
    if not state.devices:
        return [f"{YELLOW}{state.say('no_devices')}{PLAIN}"]
    blocks = [lines_of_device(state, found) for found in likeliest_first(state.devices)]
    lines, left_out = fitted(blocks, room)
    return [*lines, state.say("more", count=left_out)] if left_out else lines


def lines_of_device(state: State, found: Answer) -> list[Line]:
    """One device and its volumes, with the bytes of each."""
    device = found["device"]
    mark = "stick" if device.get("is_stick") else ""
    mark = "evidence_stick" if device.get("is_evidence_stick") else mark
    name = clean(f"{device.get('model', '')} {device.get('serial', '')}").strip()[:40]
    told = f"{CYAN}({state.say(mark)}){PLAIN}" if mark else ""
    room = size(device.get("size") or 0)
    lines = [(HEADING, f" {BOLD}{clean(device['path'])}{PLAIN} {room}  {name} {told}")]
    if mark:
        return lines
    if found.get("trouble"):
        lines.append((HEADING, f"   {RED}{clean(str(found['trouble']))[:74]}{PLAIN}"))
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
    room = size(volume.get("size") or 0)
    return f"   {kind[:22]:<22} {room:>9}  {label[:18]:<18} {colour}{word}{PLAIN}"


def show_devices(state: State) -> None:
    """Every device and volume, a screen at a time."""
    lines = device_lines(state, 10_000)
    for start in range(0, len(lines), LINES_A_SCREEN):
        draw([*lines[start : start + LINES_A_SCREEN], "", state.say("back")])
        read_key()


def show_write_block(state: State) -> None:
    """The six layers with their self-tests, and what was refused."""
    report = state.write_block
    lines = [f"{BOLD}write block{PLAIN}", ""]
    for layer in report.get("layers", []):
        colour, word = (GREEN, "on ") if layer["on"] else (RED, "OFF")
        lines.append(f" {colour}{word}{PLAIN} {layer['name']:<22}{layer['purpose'][:52]}")
        lines += [f"     {RED}{clean(trouble)[:70]}{PLAIN}" for trouble in layer["troubles"][:2]]
    refused = report.get("refused", {})
    own = refused.get("of_which_self_test", 0)
    build = report.get("build", {})
    lines += [
        "",
        f" refused: {refused.get('total', 0) - own} (+{own} self-test)",
        f" Secure Boot: {build.get('secure_boot', '?')}",
        f" root hash: {build.get('root_hash', '?')[:64]}",
        "",
    ]
    draw([*lines, state.say("back")])
    read_key()
