"""The end of a scan in words: what was found, what was not looked at, which search it was.

It is what agents photograph: everything that ties the screen to the paper record stands on it.
"""

from collections.abc import Iterator

from rich.text import Text

from cli import console
from cli.fitting import columns, wrapped
from cli.wording import speaker
from triage.bundle.format import shown as words
from triage.bundle.format.speaking import Speaker
from triage.ending import Reason, Unseen
from triage.ending_words import ENDED, UNFINISHED, not_seen, nothing_found
from triage.evidence import Device
from triage.languages import Language
from triage.match_kinds import MatchKind, any_notable
from triage.scan.events import Sealed

WIDTH = 79
_LABEL = 10
_RED, _YELLOW, _PLAIN = "bold white on red", "bold black on yellow", "bold"
LIES_OPEN = "lies open: whoever finds the stick can read it; --to closes it"
SPACE = Reason.OUTSIDE_FILES


def show_verdict(sealed: Sealed, language: Language = Language.ENGLISH) -> None:
    """Print it; readable without colour."""
    console.out.print()
    for line in verdict_lines(sealed, language):
        console.out.print(line)


def verdict_lines(sealed: Sealed, language: Language = Language.ENGLISH) -> Iterator[Text]:
    """All of it, at most WIDTH columns; what is longer goes on in the next line."""
    say = speaker(language)
    yield from _found(say, sealed)
    yield Text()
    yield from _not_looked_at(say, sealed)
    yield Text()
    yield from _which_search(say, sealed)
    yield Text(say("Triage is not proof: the lab decides."))


def _found(say: Speaker, sealed: Sealed) -> Iterator[Text]:
    if not sealed.findings or (sealed.kinds and not any_notable(sealed.kinds)):
        style = _PLAIN if sealed.ending.how == "complete" else _YELLOW
        yield Text(f" {nothing_found(say.language, sealed.ending.how)} ", style=style)
        yield Text(say("That is not proof that there is nothing."))
        yield from _by_kind(say, sealed)
        return
    head = say("{n} FINDING|{n} FINDINGS", n=sealed.findings)
    first = say("the first after {time}", time=say.duration(sealed.first_finding_seconds or 0.0))
    yield Text.assemble((f" {head} ", _RED), f"  {first}")
    yield from _by_kind(say, sealed)
    if sealed.to_look_at != sealed.findings:
        yield Text(
            f"{say.number(sealed.to_look_at):>7} {say('to look at: the others show the same')}"
        )


def _by_kind(say: Speaker, sealed: Sealed) -> Iterator[Text]:
    for kind in MatchKind:
        if count := sealed.kinds.get(kind):
            yield Text(f"{say.number(count):>7} {kind.words.on_screen.told(say.language)}")


def _not_looked_at(say: Speaker, sealed: Sealed) -> Iterator[Text]:
    ending = sealed.ending
    yield Text(say("What was NOT looked at:"), style="bold")
    if ending.how in UNFINISHED:
        yield from _wrapped(ENDED[say.language][ending.how], "  ", "bold yellow")
    for unseen in ending.unseen:
        yield from _wrapped(_unseen(say, unseen), "  ", "yellow" if unseen.reason.matters else "")
    if not any(unseen.reason is SPACE for unseen in ending.unseen):
        yield from _wrapped(not_seen(say.language, SPACE, 1), "  ")


def _unseen(say: Speaker, unseen: Unseen) -> str:
    """The reason, how many, and which."""
    amount = say.size(unseen.bytes) if unseen.bytes else ""
    said = not_seen(say.language, unseen.reason, unseen.count, amount)
    return f"{said} ({', '.join(unseen.named)})" if unseen.named else said


def _which_search(say: Speaker, sealed: Sealed) -> Iterator[Text]:
    case, machine = sealed.case, sealed.machine
    serial = say("serial {number}", number=machine.serial) if machine.serial else ""
    exhibit = case.exhibit and say("exhibit {exhibit}", exhibit=case.exhibit)
    examiner = case.examiner and say("examiner {name}", name=case.examiner)
    opening = f"seek open {sealed.bundle} --identity KEY"
    facts = [
        ("Case", _together(case.case_number, exhibit, examiner)),
        ("Machine", _together(f"{machine.maker} {machine.model}".strip(), serial)),
        *(("Device", _device(say, device)) for device in sealed.devices),
        ("Time", _time(say, sealed)),
        ("Sets", _sets(say, sealed)),
        ("Bundle", sealed.bundle),
        ("", say("this one counts: it holds all that {bundle} holds", bundle=sealed.continues)
             if sealed.continues else ""),
        *_who_reads(say, sealed),
        ("Report", sealed.report),
        ("Signed", sealed.signer),
        ("", say("by a key made for this scan alone: write it into the paper record")
             if sealed.key_made_for_scan else ""),
        ("Check", say("{command}, in the lab", command=opening) if sealed.recipients
                  else f"seek verify {sealed.bundle}"),
    ]  # fmt: skip
    for name, value in facts:
        if value:
            style = "yellow" if value == say(LIES_OPEN) else ""
            title = say(name) if name else ""
            yield from _wrapped(value, title + " " * (_LABEL - columns(title)), style)


def _time(say: Speaker, sealed: Sealed) -> str:
    started, ended = (
        f"{each[:19].replace('T', ' ')} UTC" for each in (sealed.started, sealed.ended)
    )
    took = say.duration(sealed.seconds)
    return say("{started} to {ended}, {took}", started=started, ended=ended, took=took)


def _who_reads(say: Speaker, sealed: Sealed) -> Iterator[tuple[str, str]]:
    if not sealed.recipients:
        yield "", say(LIES_OPEN)
    for number, key in enumerate(sealed.recipients):
        yield "" if number else "Opens", key


def _sets(say: Speaker, sealed: Sealed) -> str:
    """One entry does not look like millions."""
    named = zip(sealed.hash_sets, sealed.hash_set_entries, strict=True)
    return "; ".join(f"{name} {say('{n} entry|{n} entries', n=entries)}" for name, entries in named)


def _device(say: Speaker, device: Device) -> str:
    serial = say("serial {number}", number=device.serial) if device.serial else ""
    size = say.size(device.size) if device.size else ""
    return _together(device.path, device.model, serial, size)


def _together(*parts: str) -> str:
    return "   ".join(part for part in parts if part)


def _wrapped(text: str, before: str, style: str = "") -> Iterator[Text]:
    """Never cut: what is too long goes on below, also names without a blank."""
    after = " " * max(len(before), 2) if before.strip() else f"{before}  "
    for line in wrapped(words.visible(text), WIDTH, before, after):
        yield Text(line, style=style)
