"""What `seek hash-set` prints, and the progress that it shows."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date

from rich.progress import BarColumn, DownloadColumn, Progress, SpinnerColumn, TextColumn
from rich.table import Table

from cli import console
from triage.bundle.format import shown as words
from triage.hashsets.entries import SetEntry
from triage.hashsets.hash_set import HashSet
from triage.hashsets.importing import Built, describe
from triage.hashsets.importing import Progress as Report
from triage.hashsets.layout import BLOCK, Header
from triage.hashsets.records import Imported
from triage.hashsets.signing import NAMESPACE, signature_of


def show_built(built: Built) -> None:
    """What became of every input: nothing is left out in silence."""
    for imported in built.inputs:
        name = console.untrusted(imported.name)
        records = words.count(imported.records, "record")
        console.out.print(f"{name}: {imported.format}, {records}")
        for reason, count in imported.dropped.items():
            console.out.print(f"  left out: {count:,} ({console.untrusted(reason)})")
        for what, count in imported.kept_without.items():
            console.out.print(f"  kept without {console.untrusted(what)}: {count:,}")
        if imported.unused:
            names = console.untrusted(", ".join(imported.unused))
            console.out.print(f"  columns that nothing was taken from: {names}")
        for note in imported.notes:
            console.out.print(f"  note: {console.untrusted(note)}")
        _show_bad(imported)
    if built.duplicates:
        console.out.print(
            f"{words.count(built.duplicates, 'record')} of entries that were there already"
        )


def _show_bad(imported: Imported) -> None:
    if imported.bad:
        console.err.print(f"  [bold yellow]{words.count(imported.bad, 'bad record')} left out:[/]")
    for record in (*imported.first_bad, *imported.first_without):
        console.err.print(f"    {console.untrusted(str(record))}")


@contextmanager
def reporting() -> Iterator[Report]:
    """A live line on standard error: what is being done, and how many records are read."""
    columns = (
        SpinnerColumn(),
        TextColumn("{task.description}"),
        TextColumn("{task.completed:,} records"),
    )
    with Progress(
        *columns, console=console.err, transient=True, disable=not console.err.is_terminal
    ) as progress:
        task = progress.add_task("", total=None)

        def report(what: str, records: int) -> None:
            progress.update(task, description=console.untrusted(what), completed=records)

        yield report


def check_whole(hash_set: HashSet) -> None:
    """Read the whole file against its digests, with a bar. Raises HashSetError."""
    total = sum(section.length for section in hash_set.layout.sections)
    columns = (TextColumn("checking"), BarColumn(), DownloadColumn())
    with Progress(
        *columns, console=console.err, transient=True, disable=not console.err.is_terminal
    ) as progress:
        task = progress.add_task("", total=total)
        hash_set.verify(lambda step: progress.update(task, advance=step))
    if not hash_set.locked:
        hash_set.prove()


def facts(hash_set: HashSet) -> dict[str, object]:
    """The set as plain values, for programs."""
    facts: dict[str, object] = {
        "file": hash_set.file_name,
        "sha256": hash_set.sha256,
        "sealed": hash_set.sealed,
        "locked": hash_set.locked,
        "signed": bool(signature_of(hash_set)),
    }
    return facts if hash_set.locked else facts | describe(hash_set.header)


def show(hash_set: HashSet, who: str, *, checked: bool) -> None:
    """The set as a table, for people."""
    table = Table(show_header=False, box=None, padding=(0, 1, 0, 0))
    table.add_column()
    table.add_column(overflow="fold")
    if hash_set.locked:
        table.add_row("name", "sealed: unlock it with --passphrase-file or --key to see")
    else:
        for name, value in _header_rows(hash_set):
            table.add_row(name, console.untrusted(value))
    for stanza in hash_set.stanzas:
        table.add_row("opens with", console.untrusted(f"{stanza.method} {stanza.recipient}"))
    table.add_row("sha256", hash_set.sha256)
    table.add_row("", f"(of its first {BLOCK} bytes, which name the digest of every part)")
    table.add_row("signature", _signature(hash_set, who))
    table.add_row(
        "checked", "every byte is what was written" if checked else "header only (--check)"
    )
    console.out.print(table)


def _header_rows(hash_set: HashSet) -> Iterator[tuple[str, str]]:
    header = hash_set.header
    yield "name", header.name
    yield "kind", str(hash_set.kind)
    yield "entries", f"{header.entries:,}"
    yield "digests", ", ".join(f"{name} {count:,}" for name, count in header.digests.items())
    for category in header.categories:
        label = f"category {category.label}" if category.label else "uncategorised"
        yield label, f"{category.entries:,}"
    yield "sources", "; ".join(header.sources)
    yield "built", f"{header.created or 'just now'} from {', '.join(header.formats)}"
    yield "expires", _expiry(header.expires)
    yield "sizes", _sizes(header)
    if header.bad_records:
        yield "bad records", f"{header.bad_records:,} left out"
    for reason, count in header.dropped.items():
        yield "left out", f"{count:,}: {reason}"
    for what, count in header.kept_without.items():
        yield "kept without", f"{count:,}: {what}"
    if header.unused:
        yield "not used", "; ".join(f"columns of {each}" for each in header.unused)


def _sizes(header: Header) -> str:
    if header.every_size:
        return "all known"
    missing = f"{header.without_size:,}" if header.without_size else "some"
    return f"{missing} not known: every file is read"


def _expiry(expires: str) -> str:
    if expires and date.fromisoformat(expires) < date.today():  # noqa: DTZ011 - the agent's day
        return f"{expires}: EXPIRED, ask the lab for a newer one"
    return expires or "never"


def _signature(hash_set: HashSet, who: str) -> str:
    if who:
        return f"good, of {console.untrusted(who)} ({NAMESPACE})"
    if not signature_of(hash_set):
        return "none"
    return f"from byte {hash_set.layout.body_end + 1}, not checked (--signers FILE)"


def answer(word: str, entry: SetEntry | None, *, as_json: bool) -> None:
    """One answer of a look-up."""
    if as_json:
        answer: dict[str, object] = {"asked": word, "found": entry is not None}
        line = json.dumps(answer | (describe(entry) if entry else {}))
        console.program(line.encode("ascii"))
        return
    shown = console.untrusted(word)
    if entry is None:
        console.out.print(f"absent   {shown}")
        return
    category = f"category {entry.category}" if entry.category else "uncategorised"
    size = "" if entry.size is None else f", {entry.size:,} bytes"
    sources = "; ".join(entry.sources)
    console.out.print(f"PRESENT  {shown}  {console.untrusted(f'{category}{size}; from {sources}')}")
