"""`seek lab export`: what leaves a lab's store, without a case, a place or a name in it."""

import os
from collections.abc import Callable, Iterable, Iterator
from datetime import date
from functools import partial
from pathlib import Path

import typer

from cli import console
from cli.hash_set_keys import new_seal
from lab import derived
from lab.as_case import render_case
from lab.as_tables import fits_icse, render_csv, render_icse
from lab.as_vics import fits_vics, render_vics
from lab.exports import export_hash_set
from lab.grading import Scheme
from lab.listed import ListedContent, contents_to_list
from lab.settling import writing
from lab.store import open_store
from triage.bundle.format.shown import count
from triage.bundle.writing.durable import write_pieces
from triage.errors import UsageError, there_already

app = typer.Typer(
    no_args_is_help=True, help="Lists of what was found and graded, for others; no case is in them."
)

_Store = typer.Argument(..., help="The store's folder.")
_Out = typer.Option(..., "--out", "-o", help="The new file; never overwritten.")
_Case = typer.Option("", "--case", help="Only what this case has; its number is not in the file.")
_Models = typer.Option(False, "--models", help="Also what a model alone found.")
_Scheme = typer.Option(
    Scheme.VICS, "--scheme", help="By whose categories: grades of another are left out."
)


@app.command("hash-set")
def hash_set(
    store: Path = _Store,
    out: Path = typer.Option(..., "--out", "-o", help="The new set; never overwritten."),
    *,
    name: str = typer.Option(..., "--name", help="What reports call the set."),
    models: bool = _Models,
    seal_to: list[Path] = typer.Option(
        [], "--seal-to", help="Seal to this public key (ssh-ed25519 .pub). May be repeated."
    ),
    passphrase_file: Path | None = typer.Option(
        None, "--passphrase-file", help="Seal by a passphrase, its first line; -: stdin."
    ),
    expires: str = typer.Option("", "--expires", help="Last day of use, as 2027-01-31."),
) -> None:
    """Make a sealed hash set of what was found, for the next search; no case is in it."""
    if os.path.lexists(out):
        raise there_already(out)
    seal = new_seal(passphrase_file is not None, seal_to, passphrase_file)
    if seal is None:
        raise UsageError(
            "Such a set is never written unsealed.", hint="Say --seal-to or --passphrase-file."
        )
    with writing(open_store(store)) as writer:
        held = derived.read_derived(writer.store)
        try:
            export_hash_set(held, out, name=name, seal=seal, models=models,
                            expires=as_day(expires) if expires else "")  # fmt: skip
        finally:
            held.close()
        writer.trail.say("exported a hash set", writer.by, models=models)
    console.err.print(f"Made {console.untrusted(str(out))}.")


@app.command()
def vics(
    store: Path = _Store,
    out: Path = _Out,
    case: str = _Case,
    *,
    models: bool = _Models,
    scheme: Scheme = _Scheme,
) -> None:
    """Write a hash set of Project VIC (VICS 2.0, #Media) with the lab's grades."""
    _write(store, out, "VICS", render_vics, case, scheme, models=models, fits=fits_vics)


@app.command("case")
def as_case(
    store: Path = _Store,
    out: Path = _Out,
    case: str = _Case,
    *,
    models: bool = _Models,
    scheme: Scheme = _Scheme,
) -> None:
    """Write CASE 1.5 / UCO JSON-LD: a File for each content, and what the lab says of it."""
    render = partial(render_case, scheme=scheme)
    _write(store, out, "CASE", render, case, scheme, models=models)


@app.command()
def icse(
    store: Path = _Store, out: Path = _Out, case: str = _Case, *, models: bool = _Models
) -> None:
    """Write pictures and videos with the columns of INTERPOL's ICSE, and grades by its baseline."""
    _write(store, out, "ICSE", render_icse, case, Scheme.BASELINE, models=models, fits=fits_icse)


@app.command("csv")
def as_csv(
    store: Path = _Store,
    out: Path = _Out,
    case: str = _Case,
    *,
    models: bool = _Models,
    scheme: Scheme = _Scheme,
) -> None:
    """Write a table of digests, categories and series, for spreadsheets and `hash-set build`."""
    render = partial(render_csv, scheme=scheme)
    _write(store, out, "CSV", render, case, scheme, models=models)


def _write(
    store: Path,
    out: Path,
    form: str,
    render: Callable[[Iterable[ListedContent]], Iterator[bytes]],
    case: str,
    scheme: Scheme,
    *,
    models: bool,
    fits: Callable[[ListedContent], bool] = lambda _: True,
) -> None:
    if os.path.lexists(out):
        raise there_already(out)
    with writing(open_store(store)) as writer:
        file = writer.decided.case(case) if case else None
        held = derived.read_derived(writer.store)
        try:
            listed = contents_to_list(
                held, writer.decided, scheme=scheme, case=case or None, models=models
            )
        finally:
            held.close()
        kept = [each for each in listed if fits(each)]
        write_pieces(out, render(kept), shown=str(out))
        writer.trail.say(
            "exported a list", writer.by, form=form, scheme=str(scheme), models=models,
            contents=len(kept), case=file.id if file else None,
        )  # fmt: skip
    console.err.print(f"Made {console.untrusted(str(out))}: {count(len(kept), 'content')}.")
    if left := len(listed) - len(kept):
        console.err.print(f"Left out: {count(left, 'content')} that {form} cannot name.")


def as_day(text: str) -> str:
    """A day as it is typed. Raises UsageError."""
    try:
        return date.fromisoformat(text).isoformat()
    except ValueError as error:
        raise UsageError(f"{text} is no day.", hint="Write it as 2027-01-31.") from error
