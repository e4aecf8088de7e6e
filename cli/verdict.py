"""The end of a scan in words: what was found, what was not looked at, which search it was.

It is what agents photograph: everything that ties the screen to the paper record stands on it.
"""

from collections.abc import Iterator

from rich.text import Text

from cli import console
from cli.fitting import wrapped
from triage.bundle.format import shown as words
from triage.ending import Reason, Unseen
from triage.ending_words import ENDED, UNFINISHED, not_seen, nothing_found
from triage.evidence import Device
from triage.match_kinds import MatchKind, any_notable
from triage.scan.events import Sealed

WIDTH = 79
_LABEL = 10
_RED, _YELLOW, _PLAIN = "bold white on red", "bold black on yellow", "bold"
LIES_OPEN = "lies open: whoever finds the stick can read it; --to closes it"
SPACE = Reason.OUTSIDE_FILES


def show_verdict(sealed: Sealed) -> None:
    """Print it; readable without colour."""
    console.out.print()
    for line in verdict_lines(sealed):
        console.out.print(line)


def verdict_lines(sealed: Sealed) -> Iterator[Text]:
    """All of it, at most WIDTH columns; what is longer goes on in the next line."""
    yield from _found(sealed)
    yield Text()
    yield from _not_looked_at(sealed)
    yield Text()
    yield from _which_search(sealed)
    yield Text("Triage is not proof: the lab decides.")


def _found(sealed: Sealed) -> Iterator[Text]:
    if not sealed.findings or (sealed.kinds and not any_notable(sealed.kinds)):
        style = _PLAIN if sealed.ending.how == "complete" else _YELLOW
        yield Text(f" {nothing_found('en', sealed.ending.how)} ", style=style)
        yield Text("That is not proof that there is nothing.")
        yield from _by_kind(sealed)
        return
    head = words.count(sealed.findings, "FINDING", "FINDINGS")
    first = words.duration(sealed.first_finding_seconds or 0.0)
    yield Text.assemble((f" {head} ", _RED), f"  the first after {first}")
    yield from _by_kind(sealed)
    if sealed.to_look_at != sealed.findings:
        yield Text(f"{sealed.to_look_at:>7,} to look at: the others show the same")


def _by_kind(sealed: Sealed) -> Iterator[Text]:
    for kind in MatchKind:
        if count := sealed.kinds.get(kind):
            yield Text(f"{count:>7,} {kind.words.on_screen}")


def _not_looked_at(sealed: Sealed) -> Iterator[Text]:
    ending = sealed.ending
    yield Text("What was NOT looked at:", style="bold")
    if ending.how in UNFINISHED:
        yield from _wrapped(ENDED["en"][ending.how], "  ", "bold yellow")
    for unseen in ending.unseen:
        yield from _wrapped(_unseen(unseen), "  ", "yellow" if unseen.reason.matters else "")
    if not any(unseen.reason is SPACE for unseen in ending.unseen):
        yield from _wrapped(not_seen("en", SPACE, 1), "  ")


def _unseen(unseen: Unseen) -> str:
    """The reason, how many, and which."""
    amount = words.size(unseen.bytes) if unseen.bytes else ""
    said = not_seen("en", unseen.reason, unseen.count, amount)
    return f"{said} ({', '.join(unseen.named)})" if unseen.named else said


def _which_search(sealed: Sealed) -> Iterator[Text]:
    case, machine = sealed.case, sealed.machine
    serial = f"serial {machine.serial}" if machine.serial else ""
    facts = [
        ("Case", _together(case.case_number, case.exhibit and f"exhibit {case.exhibit}",
                           case.examiner and f"examiner {case.examiner}")),
        ("Machine", _together(f"{machine.maker} {machine.model}".strip(), serial)),
        *(("Device", _device(device)) for device in sealed.devices),
        ("Time", f"{sealed.started} to {sealed.ended}, {words.duration(sealed.seconds)}"),
        ("Sets", _sets(sealed)),
        ("Bundle", sealed.bundle),
        ("", f"this one counts: it holds all that {sealed.continues} holds"
             if sealed.continues else ""),
        *_who_reads(sealed),
        ("Report", sealed.report),
        ("Signed", sealed.signer),
        ("", "by a key made for this scan alone: write it into the paper record"
             if sealed.key_made_for_scan else ""),
        ("Check", f"seek open {sealed.bundle} --identity KEY, in the lab" if sealed.recipients
                  else f"seek verify {sealed.bundle}"),
    ]  # fmt: skip
    for name, value in facts:
        if value:
            style = "yellow" if value == LIES_OPEN else ""
            yield from _wrapped(value, name.ljust(_LABEL), style)


def _who_reads(sealed: Sealed) -> Iterator[tuple[str, str]]:
    if not sealed.recipients:
        yield "", LIES_OPEN
    for number, key in enumerate(sealed.recipients):
        yield "" if number else "Opens", key


def _sets(sealed: Sealed) -> str:
    """One entry does not look like millions."""
    named = zip(sealed.hash_sets, sealed.hash_set_entries, strict=True)
    return "; ".join(
        f"{name} {words.count(entries, 'entry', 'entries')}" for name, entries in named
    )


def _device(device: Device) -> str:
    serial = f"serial {device.serial}" if device.serial else ""
    size = words.size(device.size) if device.size else ""
    return _together(device.path, device.model, serial, size)


def _together(*parts: str) -> str:
    return "   ".join(part for part in parts if part)


def _wrapped(text: str, before: str, style: str = "") -> Iterator[Text]:
    """Never cut: what is too long goes on below, also names without a blank."""
    after = " " * max(len(before), 2) if before.strip() else f"{before}  "
    for line in wrapped(words.visible(text), WIDTH, before, after):
        yield Text(line, style=style)
