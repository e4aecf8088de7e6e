"""What `seek lab` prints."""

import json
from collections.abc import Mapping, Sequence

from cli import console
from lab.decisions import CaseFile, Decisions
from lab.engines.asking import Answering, Rows
from lab.intake import Taken
from lab.overlaps import Overlap
from lab.priorities import Priority
from lab.series import Series
from lab.trends import Trend
from triage.bundle.format import shown as words
from triage.bundle.format.auditlog import AuditRecord
from triage.errors import SeekError

_MOST_PLACES = 1000


def program(told: Mapping[str, object]) -> None:
    """A line for a program."""
    console.program(json.dumps(told).encode("ascii"))


def doing(what: str) -> None:
    """What takes a while."""
    console.err.print(console.untrusted(what))


def not_yet(bundles: int) -> None:
    """What came in and is in no answer yet: it is coming in now, or its import was cut off."""
    if bundles > 0:
        console.err.print(
            f"{words.count(bundles, 'bundle')} more came in and {'is' if bundles == 1 else 'are'} "
            "not in this answer: wait for the import, or `seek lab rebuild`."
        )


def taken(each: Taken, number: int, of: int) -> None:
    """What became of one bundle."""
    name = console.untrusted(each.bundle.name)
    if each.refused is not None:
        refused(f"{number} of {of}  {name}", each.refused)
        return
    case = console.untrusted(each.case)
    if each.there_already:
        console.out.print(f"{number} of {of}  {name}: there already, case {case}")
        return
    signer = "" if each.signer_checked else "; who signed it was not checked"
    console.out.print(f"{number} of {of}  {name}: verified, case {case}{signer}")


def refused(which: str, why: SeekError) -> None:
    """What was not taken in."""
    console.err.print(f"{which}: [bold]REFUSED[/]. {console.untrusted(why.message)}")
    console.err.print(f"What to do: {console.untrusted(why.hint)}")


def cases(rows: Rows, decided: Decisions, *, as_json: bool) -> None:
    """A line a case, and its exhibits below."""
    has = {case.number: decided.who_has().get(case.id, "") for case in decided.cases()}
    for number in dict.fromkeys(row[0] for row in rows):
        of_case = [row for row in rows if row[0] == number]
        if as_json:
            program({"case": number, "assigned": has[number],
                     "exhibits": [_exhibit(row) for row in of_case]})  # fmt: skip
            continue
        who = f", {console.untrusted(has[number])} has it" if has[number] else ""
        console.out.print(f"[bold]{console.untrusted(number)}[/]{who}")
        for row in of_case:
            _tell_exhibit(row)
    if not as_json:
        at_the_end(len({row[0] for row in rows}), "case")


def _exhibit(row: Sequence[object]) -> dict[str, object]:
    names = ("exhibit", "bundle", "examiner", "started", "partial", "signer", "principal",
             "contents", "sightings", "without_content", "findings", "imported")  # fmt: skip
    return dict(zip(names, row[1:], strict=True))


def _tell_exhibit(row: Sequence[object]) -> None:
    _, exhibit, bundle, _, started, partial, _, principal, contents, seen, without, found, _ = row
    name = console.untrusted(str(exhibit)) or "no exhibit named"
    more = "; NOT FINISHED" if partial else ""
    by = f"; signed by {console.untrusted(str(principal))}" if principal else ""
    console.out.print(
        f"  {name}  {str(bundle)[:12]}  {started}: {words.count(int(str(found)), 'finding')}, "
        f"{contents:,} contents in {seen:,} places, {without:,} not read whole{more}{by}"
    )


def case(rows: Rows, found: Sequence[Overlap], decided: Decisions, file: CaseFile) -> None:
    """All of one."""
    console.out.print(f"[bold]{console.untrusted(file.number)}[/]  (in the log: {file.id})")
    for row in rows:
        _tell_exhibit(row)
    for each in found:
        overlap(each)
    for said in decided.said_of(file):
        text = console.untrusted(said.text)
        console.out.print(f"  {said.at}  {console.untrusted(said.by)}: {said.what}: {text}")


def overlap(each: Overlap, held: Answering | None = None) -> None:
    """Two cases and why; with the places of what they share, if it is asked for."""
    pair = f"{console.untrusted(each.one)}  {console.untrusted(each.other)}"
    console.out.print(f"{each.weight:6.2f}  [bold]{pair}[/]")
    for reason in each.reasons:
        console.out.print(f"        {console.untrusted(reason)}")
    if held is None:
        return
    shared = [*each.exact, *(content for pair in each.looks for content in pair[:2])]
    for content in shared[:_MOST_PLACES]:
        console.out.print(f"        {content[:16]}")
        for number, exhibit, path, finding, _ in held.ask("places", {"content": content}):
            if number in (each.one, each.other):
                which = f", finding {finding}" if finding else ""
                place = console.untrusted(f"{number} {exhibit}: {path}")
                console.out.print(f"          {place}{which}")


def priority(place: int, each: Priority) -> None:
    """An exhibit, with what speaks for it."""
    name = console.untrusted(f"{each.case} {each.exhibit}".strip())
    console.out.print(f"{place:>3}. {each.points:5.1f}  [bold]{name}[/]  {each.bundle[:12]}")
    for reason in each.reasons:
        console.out.print(f"            {console.untrusted(reason)}")


def one_series(each: Series) -> None:
    """Its number, and where it was seen."""
    name = f" “{console.untrusted(each.name)}”" if each.name else ""
    beside = f"; may belong with {', '.join(map(str, each.bridges))}" if each.bridges else ""
    console.out.print(
        f"series {each.number}{name}: {words.count(each.pictures, 'picture')}, "
        f"in {console.untrusted(', '.join(each.cases))}{beside}"
    )


def history(number: int, said: Sequence[tuple[str, str, str]], *, as_json: bool) -> None:
    """What people did to a series."""
    for what, by, at in said:
        if as_json:
            program({"series": number, "what": what, "by": by, "at": at})
        else:
            console.out.print(f"{at}  {console.untrusted(by)}: {console.untrusted(what)}")
    if not said and not as_json:
        console.out.print(f"Series {number} is as it came: nobody joined, split or named it.")


def trend(told: Trend, *, as_json: bool) -> None:
    """A line a figure."""
    for row in told.rows:
        if as_json:
            program({"what": row.what, "contents": row.contents, "cases": row.cases})
        else:
            console.out.print(
                f"{row.contents:>9,}  {console.untrusted(row.what)}, "
                f"in {words.count(row.cases, 'case')}"
            )
    if told.suppressed:
        verb = "rests" if told.suppressed == 1 else "rest"
        console.err.print(
            f"{words.count(told.suppressed, 'figure')} not shown: each {verb} on fewer than "
            f"{told.fewest} cases."
        )


def record(each: AuditRecord, *, as_json: bool) -> None:
    """A line of the log."""
    if as_json:
        program({"seq": each.seq, "utc": each.utc, "event": each.event, **each.fields})
        return
    fields = ", ".join(f"{name} {_in_words(value)}" for name, value in each.fields.items())
    console.out.print(f"{each.utc}  {each.event}: {console.untrusted(fields)}")


def _in_words(value: object) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    return " ".join(map(str, value)) if isinstance(value, list | tuple) else str(value)


def faults(found: Sequence[str], bundles: int) -> None:
    """What is wrong with a store, or that nothing is."""
    for fault in found:
        console.out.print(console.untrusted(fault))
    if not found:
        console.out.print(
            f"The store is whole: {words.count(bundles, 'bundle')} verified, and the log follows."
        )


def at_the_end(amount: int, what: str, several: str = "") -> None:
    """How many were listed."""
    console.err.print(words.count(amount, what, several))
