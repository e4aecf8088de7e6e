"""`seek lab referral`: what providers report, in a lab's store."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path

import typer

from cli import console, lab_told
from lab import derived
from lab.decisions import Decisions
from lab.engines.duck import Connection
from lab.layout import DECISIONS, RECEIPTS
from lab.referrals.jurisdiction import jurisdiction_of
from lab.referrals.keeping import ReferralTaken, erase_referral, see_marks, take_referrals
from lab.referrals.orders import enter_order, orders_of, referral_of
from lab.referrals.queue import QueuedReferral, ReferralFileShown, files_of, queue_of, shared_by
from lab.settling import writing
from lab.store import LabStore, open_store
from lab.weighing import weights_of
from triage.bundle.format import shown as words
from triage.errors import ExitCode

referrals = typer.Typer(no_args_is_help=True, help="What providers report: the queue, and orders.")

_Store = typer.Argument(..., help="The store's folder.")
_Number = typer.Argument(..., min=1, help="The referral's number in the store.")
_Json = typer.Option(False, "--json", help="A line each, for programs.")
_MOST = 1000
_ALL = 1 << 40


@referrals.command("import")
def import_referrals(
    store: Path = _Store,
    files: list[Path] = typer.Argument(..., help="CyberTipline XML, or our JSON or CSV."),
    case: str = typer.Option("", "--case", help="Case of the store that they belong to."),
    number: str = typer.Option("", "--number", help="Of a report that does not say its own."),
) -> int:
    """Take reports of providers in, as they came. What is no such report is refused."""
    refused = 0
    with writing(open_store(store), lab_told.doing) as writer:
        for place, taken in enumerate(take_referrals(writer, files, case=case, number=number), 1):
            _tell_taken(taken, place, len(files))
            refused += taken.refused is not None
    return ExitCode.NOT_VERIFIED if refused else ExitCode.FINISHED


@referrals.command("list")
def list_referrals(store: Path = _Store, *, as_json: bool = _Json) -> None:
    """List reports, what is to be looked at first above, with the reasons."""
    with _reading(store) as (opened, decided, held):
        found = queue_of(held, decided, weights_of(opened).referrals, jurisdiction_of(opened))
    for place, each in enumerate(found, 1):
        if as_json:
            lab_told.program(asdict(each))
        else:
            _tell_queued(place, each)
    if not as_json:
        lab_told.at_the_end(len(found), "report")


@referrals.command()
def show(store: Path = _Store, number: int = _Number, *, as_json: bool = _Json) -> None:
    """Show a report: what it shares, its files, and which of them wait for an order."""
    with _reading(store) as (opened, decided, held):
        key, rule = referral_of(decided, number), jurisdiction_of(opened)
        shared = shared_by(held, decided, weights_of(opened).referrals, key)
        files = files_of(held, decided, rule, key, most=_ALL if as_json else _MOST + 1)
        said = held.ask(
            "referral_marks", {"digest": key.digest, "report": key.report, "most": _MOST}
        )
        orders = orders_of(decided, number)
    if as_json:
        lab_told.program({
            **asdict(key), "rule": rule.name, "says": [list(row) for row in said],
            "shared": [asdict(each) for each in shared], "files": [asdict(each) for each in files],
            "orders": [asdict(each) for each in orders],
        })  # fmt: skip
        return
    console.out.print(f"[bold]Referral {number}[/], report {console.untrusted(key.report)}, "
                      f"of the file {key.digest}")  # fmt: skip
    for kind, value, more, at, _ in said:
        when = f", {_day(at)}" if at is not None else ""
        times = f", {more} times" if kind == "left out" else ""
        console.out.print(f"  {kind}: {console.untrusted(value)}{times}{when}")
    for mark in shared:
        value = console.untrusted(mark.value)
        others = ", ".join(map(str, mark.others[:50]))
        console.out.print(f"  shares {mark.kind} {value} with referrals {others}")
    for order in orders:
        which = f"file {console.untrusted(order.file)}" if order.file else "all files"
        reference = console.untrusted(order.reference)
        by = console.untrusted(order.by)
        console.out.print(f"  {order.at}  {by}: order {reference}, {which}")
    for file in files[:_MOST]:
        _tell_file(file)
    if len(files) > _MOST:
        console.err.print(f"Only the first {_MOST:,} files are listed; --json has all.")
    waiting = sum(file.blocked for file in files[:_MOST])
    console.err.print(
        f"{words.count(waiting, 'file')} of these may not be opened before an order is entered "
        f"(rule: {console.untrusted(rule.name)})."
    )


@referrals.command()
def order(
    store: Path = _Store,
    number: int = _Number,
    reference: str = typer.Option(..., "--ref", help="Reference of the order."),
    file: str = typer.Option("", "--file", help="For this file alone, by its id."),
) -> None:
    """Enter the order by which files that the provider did not view may be opened."""
    with writing(open_store(store)) as writer, _marks(writer.store) as held:
        enter_order(writer, held, number, reference, file)
    console.out.print(f"Entered for referral {number}.")


@referrals.command()
def erase(
    store: Path = _Store,
    number: int = _Number,
    order: str = typer.Option(..., "--order", help="Reference of the order to erase it."),
) -> None:
    """Erase the file that a report came in, with all its reports; a signed receipt stays."""
    opened = open_store(store)
    with writing(opened) as writer:
        name = erase_referral(writer, referral_of(writer.decided, number).digest, order)
    console.out.print(f"Erased. The receipt: {console.untrusted(str(opened / RECEIPTS / name))}")


@contextmanager
def _reading(store: Path) -> Iterator[tuple[LabStore, Decisions, Connection]]:
    opened = open_store(store)
    decided = Decisions(opened / DECISIONS)
    try:
        with _marks(opened) as held:
            yield opened, decided, held
    finally:
        decided.close()


@contextmanager
def _marks(store: LabStore) -> Iterator[Connection]:
    held = derived.read_derived(store)
    try:
        see_marks(held, store)
        yield held
    finally:
        held.close()


def _tell_taken(taken: ReferralTaken, place: int, of: int) -> None:
    name = console.untrusted(taken.file.name)
    if taken.refused is not None:
        lab_told.refused(f"{place} of {of}  {name}", taken.refused)
        return
    reports = words.count(len(taken.numbers), "report")
    numbers = f"referral {taken.numbers[0]}" if len(taken.numbers) == 1 else (
        f"referrals {min(taken.numbers)} to {max(taken.numbers)}")  # fmt: skip
    there = "there already, " if taken.there_already else ""
    console.out.print(f"{place} of {of}  {name}: {there}{reports}, {numbers}")
    for reason, times in taken.left_out.items():
        console.out.print(f"        left out: {reason}: {times:,}")


def _tell_queued(place: int, each: QueuedReferral) -> None:
    when = f", {_day(each.at)}" if each.at is not None else ""
    bundle = f", bundle {each.bundle}" if each.bundle != each.number else ""
    console.out.print(
        f"{place:>3}. {each.points:5.1f}  [bold]referral {each.number}[/]  report "
        f"{console.untrusted(each.report)} of {console.untrusted(each.reporter) or 'nobody named'}"
        f"{when}{bundle}"
    )
    if each.blocked:
        console.out.print(f"            {words.count(each.blocked, 'file')} of {each.files:,} "
                          "blocked until an order is entered")  # fmt: skip
    for reason in each.reasons:
        console.out.print(f"            {reason}")
    if each.cases:
        console.out.print(f"            cases: {console.untrusted(', '.join(each.cases))}")


def _tell_file(file: ReferralFileShown) -> None:
    state = "BLOCKED" if file.blocked else (
        f"order {console.untrusted(file.order)}" if file.order else "may be opened")  # fmt: skip
    console.out.print(
        f"  file {console.untrusted(file.file)}  {console.untrusted(file.name)}: [bold]{state}[/]"
    )
    for digest in file.digests:
        console.out.print(f"        {digest}")
    for case in dict.fromkeys(case for case, _ in file.seen):
        console.out.print(f"        in a bundle of {console.untrusted(case)}")


def _day(at: float) -> str:
    """In UTC; a time that no calendar has, as its seconds."""
    try:
        return datetime.fromtimestamp(at, UTC).isoformat(timespec="seconds")
    except (ValueError, OverflowError, OSError):
        return f"{at:.0f} s"
