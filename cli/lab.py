"""`seek lab`: every bundle in one store, and what they show together. For the lab's machine."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path

import typer

from cli import console, lab_exports, lab_pages, lab_referrals, lab_told
from lab import checking, derived, series
from lab import store as stores
from lab.decisions import Decisions
from lab.engines.asking import Answering, EngineName
from lab.engines.choosing import answering
from lab.entries import Filed, write_entries
from lab.erasing import erase as erase_case
from lab.intake import take_in
from lab.layout import AUDIT, DECISIONS, RECEIPTS
from lab.overlaps import overlaps_of
from lab.priorities import priorities_of
from lab.settling import writing
from lab.store import LabStore, open_store
from lab.trail import read_trail
from lab.trends import TrendBy
from lab.trends import trend as trend_by
from lab.weighing import weights_of
from triage.bundle.envelope import identities
from triage.errors import ExitCode, UsageError, there_already

app = typer.Typer(no_args_is_help=True, help="A lab's store: all bundles, and what they share.")
app.command()(lab_pages.serve)
app.add_typer(lab_pages.users, name="user")
app.add_typer(lab_exports.app, name="export")
app.add_typer(lab_referrals.referrals, name="referral")

_Store = typer.Argument(..., help="The store's folder.")
_Case = typer.Argument(..., help="The case's number.")
_Json = typer.Option(False, "--json", help="A line each, for programs.")
_Engine = typer.Option(
    EngineName.DUCKDB, "--engine", help="What answers: spark for a store of a whole country."
)


@app.command()
def init(
    store: Path = typer.Argument(..., help="The new store's folder."),
    agency: str = typer.Option("", "--agency", help="Whose store it is."),
    signers: Path | None = typer.Option(
        None, "--signers", help="OpenSSH allowed_signers file: only their bundles are taken."
    ),
) -> None:
    """Make an empty store."""
    made = stores.create_store(store, agency=agency, signers=signers)
    with writing(made):
        pass
    console.out.print(f"Made the store {console.untrusted(str(store))}.")
    if signers is None:
        console.out.print(
            "It takes bundles by whoever signed them: give it a list with --signers to change that."
        )


@app.command("import")
def import_bundles(
    store: Path = _Store,
    bundles: list[Path] = typer.Argument(..., help="Folders of sealed bundles."),
    case: str = typer.Option("", "--case", help="Of bundles that name no case."),
    identity: Path | None = typer.Option(
        None,
        "--identity",
        help="The lab's private key, for bundles that were closed for it (seek scan --to): a file "
        "of `age-keygen`, or an OpenSSH ed25519 key.",
    ),
) -> int:
    """Take bundles in. Each is verified first, and refused if it is not what was signed."""
    refused = 0
    opening = identities.of_file(identity) if identity else ()
    with writing(open_store(store), lab_told.doing) as writer:
        for number, taken in enumerate(take_in(writer, bundles, case=case, identities=opening), 1):
            lab_told.taken(taken, number, len(bundles))
            refused += taken.refused is not None
    if refused:
        return ExitCode.NOT_VERIFIED
    return ExitCode.FINISHED


@app.command()
def cases(store: Path = _Store, *, engine: EngineName = _Engine, as_json: bool = _Json) -> None:
    """List the cases, with what their bundles hold."""
    with _reading(store, engine) as (_, decided, held):
        lab_told.cases(held.ask("cases"), decided, as_json=as_json)


@app.command()
def show(store: Path = _Store, case: str = _Case) -> None:
    """Show a case: its exhibits, what it shares with others, and what was said of it."""
    with _reading(store) as (opened, decided, held):
        file = decided.case(case)
        rows = [row for row in held.ask("cases") if row[0] == case]
        found = overlaps_of(held, weights_of(opened).overlaps, case=case)
        lab_told.case(rows, found, decided, file)


@app.command()
def assign(store: Path = _Store, case: str = _Case, who: str = typer.Argument(...)) -> None:
    """Say who has a case from now on."""
    with writing(open_store(store)) as writer:
        file = writer.decided.case(case)
        writer.decided.assign(file, who, writer.by)
        writer.trail.say("assigned", writer.by, case=file.id)


@app.command()
def note(store: Path = _Store, case: str = _Case, text: str = typer.Argument(...)) -> None:
    """Write down something about a case."""
    with writing(open_store(store)) as writer:
        file = writer.decided.case(case)
        writer.decided.note(file, text, writer.by)
        writer.trail.say("noted", writer.by, case=file.id)


@app.command()
def hold(
    store: Path = _Store,
    case: str = _Case,
    until: str = typer.Option(..., "--until", help="The last day, as 2027-01-31."),
    basis: str = typer.Option(..., "--basis", help="By what it has to be kept."),
) -> None:
    """Keep a case from being erased before a day; the last word counts."""
    day = lab_exports.as_day(until)
    with writing(open_store(store)) as writer:
        file = writer.decided.case(case)
        writer.decided.hold(file, day, basis, writer.by)
        writer.trail.say("held", writer.by, case=file.id, until=day)


@app.command()
def overlaps(
    store: Path = _Store,
    case: str = typer.Argument("", help="Only of this case."),
    *,
    whatever: bool = typer.Option(
        False, "--all", help="By any content, not by pictures, videos and findings alone."
    ),
    places: bool = typer.Option(False, "--places", help="With every place of what is shared."),
    engine: EngineName = _Engine,
    as_json: bool = _Json,
) -> None:
    """List what cases share, the rarest first: contents, looks, cameras, devices."""
    with _reading(store, engine) as (opened, decided, held):
        if case:
            decided.case(case)
        found = overlaps_of(held, weights_of(opened).overlaps, case=case or None, whatever=whatever)
        for overlap in found:
            if as_json:
                lab_told.program({**asdict(overlap), "reasons": overlap.reasons})
            else:
                lab_told.overlap(overlap, held if places else None)
        if not as_json:
            lab_told.at_the_end(len(found), "overlap")


@app.command()
def priorities(
    store: Path = _Store, *, engine: EngineName = _Engine, as_json: bool = _Json
) -> None:
    """List exhibits, what is to be looked at first above, with the reasons."""
    with _reading(store, engine) as (opened, _, held):
        weights = weights_of(opened)
        linked = overlaps_of(held, weights.overlaps)
        for place, priority in enumerate(priorities_of(held, weights.priorities, linked), 1):
            if as_json:
                lab_told.program(asdict(priority))
            else:
                lab_told.priority(place, priority)


@app.command("series")
def list_series(
    store: Path = _Store,
    number: int = typer.Argument(0, help="Only the history of this one."),
    *,
    join: int = typer.Option(0, "--join", help="Number of a series that belongs to this one."),
    split: bool = typer.Option(False, "--split", help="Part it from what it was joined to."),
    name: str = typer.Option("", "--name", help="Call it something besides its number."),
    engine: EngineName = _Engine,
    as_json: bool = _Json,
) -> None:
    """List series of pictures that look the same; join two, split one, name one."""
    if (join or split or name) and not number:
        raise UsageError("Which series?", hint="Put its number behind the store.")
    if join or split or name:
        _change_series(store, number, join=join, split=split, name=name)
    with _reading(store, engine) as (_, decided, held):
        if number:
            lab_told.history(number, series.history(decided, number), as_json=as_json)
            return
        listed = 0
        for listed, each in enumerate(series.list_series(held, decided), 1):  # noqa: B007
            if as_json:
                lab_told.program(asdict(each))
            else:
                lab_told.one_series(each)
        if not as_json:
            lab_told.at_the_end(listed, "series", "series")


@app.command()
def trends(
    store: Path = _Store,
    by: TrendBy = typer.Option(TrendBy.KIND, "--by", help="What findings are counted by."),
    *,
    engine: EngineName = _Engine,
    as_json: bool = _Json,
) -> None:
    """Count the findings of all cases; figures that rest on few cases are not shown."""
    with _reading(store, engine) as (opened, _, held):
        lab_told.trend(trend_by(held, by, weights_of(opened).trends), as_json=as_json)


@app.command()
def entries(
    store: Path = _Store,
    out: Path = typer.Option(..., "--out", "-o", help="The new file; never overwritten."),
    case: str = typer.Option("", "--case", help="Of this case alone."),
) -> None:
    """Write all entries of all bundles as one Parquet file, names and cases among them."""
    if os.path.lexists(out):
        raise there_already(out)
    with writing(open_store(store)) as writer:
        file = writer.decided.case(case) if case else None
        held = derived.read_derived(writer.store)
        try:
            rows = held.ask("bundles", {"case": case or None})
        finally:
            held.close()
        count = write_entries(writer.store, [Filed(*row) for row in rows], out)
        writer.trail.say("exported entries", writer.by, rows=count, case=file.id if file else None)
    console.err.print(f"Made {console.untrusted(str(out))}: {count:,} entries.")


@app.command()
def erase(
    store: Path = _Store,
    case: str = _Case,
    order: str = typer.Option(..., "--order", help="Reference of the order to erase it."),
) -> None:
    """Erase a case, with all that is derived of it; a signed receipt stays."""
    opened = open_store(store)
    with writing(opened) as writer:
        name = erase_case(writer, case, order)
    console.out.print(f"Erased. The receipt: {console.untrusted(str(opened / RECEIPTS / name))}")


@app.command()
def audit(store: Path = _Store, *, as_json: bool = _Json) -> None:
    """Show what was done to the store, by whom and when; the log's chain is followed."""
    for record in read_trail(open_store(store) / AUDIT):
        lab_told.record(record, as_json=as_json)


@app.command()
def verify(store: Path = _Store) -> int:
    """Hold the store against itself: every bundle verified again, log, heads and receipts."""
    with writing(open_store(store), lab_told.doing) as writer:
        faults = list(checking.faults_of(writer.store, writer.decided))
        count = len(writer.store.bundles())
    lab_told.faults(faults, count)
    return ExitCode.NOT_VERIFIED if faults else ExitCode.FINISHED


@app.command()
def rebuild(store: Path = _Store) -> None:
    """Make all that is derived anew from the bundles."""
    with writing(open_store(store), lab_told.doing, again=True) as writer:
        writer.trail.say("rebuilt", writer.by)


@contextmanager
def _reading(
    store: Path, engine: EngineName = EngineName.DUCKDB
) -> Iterator[tuple[LabStore, Decisions, Answering]]:
    opened = open_store(store)
    decided = Decisions(opened / DECISIONS)
    try:
        held = answering(opened, engine)
        try:
            lab_told.not_yet(len(opened.bundles()) - derived.known_to(held))
            yield opened, decided, held
        finally:
            held.close()
    finally:
        decided.close()


def _change_series(store: Path, number: int, *, join: int, split: bool, name: str) -> None:
    with writing(open_store(store)) as writer:
        if join:
            series.join(writer.decided, number, join, writer.by)
        if split:
            series.split(writer.decided, number, writer.by)
        if name:
            series.name(writer.decided, number, name, writer.by)
        writer.trail.say("changed series", writer.by, series=number, joined=join, split=split)
