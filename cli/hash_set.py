"""`seek hash-set`: build, look into and take apart hash sets. For the technician."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from pathlib import Path
from typing import IO, cast

import typer

from cli import console
from cli.hash_set_keys import new_seal, unlock
from cli.hash_set_lookup import look_up, words_of
from cli.hash_set_told import answer, check_whole, facts, reporting, show, show_built
from triage.errors import HashSetError, UsageError, there_already, why
from triage.hashsets.categories import CategoryMap, Rules, load_map
from triage.hashsets.exporting import ExportFormat, export
from triage.hashsets.hash_set import HashSet, open_set
from triage.hashsets.importing import BuildOrder, Given, build, ready
from triage.hashsets.layout import is_compiled
from triage.hashsets.signing import sign, signer_of
from triage.hashsets.unlocked import forget, keep
from triage.profile import SetKind
from triage.workshop.own_pictures import given

app = typer.Typer(no_args_is_help=True, help="Build, inspect and look up in hash sets.")

_Out = typer.Option(..., "--out", "-o", help="The new file; never overwritten.")
_Kind = typer.Option(SetKind.NOTABLE, "--kind", help="notable: of interest; known: to be ignored.")
_Category = typer.Option(
    [], "--category", help="Keep only this category: '1' and 'CAT 1' are one. May be repeated."
)
_Map = typer.Option(None, "--category-map", help="YAML: other people's categories to the lab's.")
_Strict = typer.Option(False, "--strict", help="A bad record stops the import.")
_Passphrase = typer.Option(
    None,
    "--passphrase-file",
    help="Its first line is the passphrase; -: stdin.",
)
_Key = typer.Option(None, "--key", help="Unlock with this OpenSSH ed25519 private key.")
_Json = typer.Option(False, "--json", help="For programs.")


@app.command("build")
def build_set(
    inputs: list[Path] = typer.Argument(None, help="Sets in any format that is known; or several."),
    *,
    pictures: list[Path] = typer.Option(
        [], "--pictures", help="A folder of own pictures: only their hashes are kept. Repeatable."
    ),
    out: Path = _Out,
    name: str = typer.Option(..., "--name", help="What reports call the set."),
    kind: SetKind = _Kind,
    category: list[str] = _Category,
    category_map: Path | None = _Map,
    expires: str = typer.Option("", "--expires", help="Last day of use, as 2027-01-31."),
    source: str = typer.Option("", "--source", help="Where the records come from."),
    sealed: bool = typer.Option(False, "--sealed", help="Useless without a passphrase."),
    seal_to: list[Path] = typer.Option(
        [], "--seal-to", help="Seal to this public key (ssh-ed25519 .pub). May be repeated."
    ),
    sign_with: Path | None = typer.Option(None, "--sign", help="Sign with this OpenSSH key."),
    strict: bool = _Strict,
    passphrase_file: Path | None = _Passphrase,
) -> None:
    """Make one compiled set of any number of lists; says what each was, and what was left out."""
    if not inputs and not pictures:
        raise UsageError("There is nothing to build from.", hint="Name lists, or --pictures DIR.")
    order = BuildOrder(
        inputs=inputs or (),
        given=_own(pictures),
        name=name,
        kind=kind,
        rules=_rules(category, category_map),
        source=source,
        expires=_day(expires),
        strict=strict,
        seal=new_seal(sealed, seal_to, passphrase_file),
    )
    _build(order, out, sign_with)


@app.command()
def merge(
    inputs: list[Path] = typer.Argument(..., help="Compiled sets, or any other format."),
    *,
    out: Path = _Out,
    name: str = typer.Option("", "--name", help="Default: the first one's."),
    kind: SetKind | None = typer.Option(None, "--kind", help="Default: that of all the inputs."),
    category: list[str] = _Category,
    category_map: Path | None = _Map,
    strict: bool = _Strict,
) -> None:
    """Make one set of several: the more serious category and every source are kept."""
    headers = [_compiled_header(path) for path in inputs]
    kinds = {said for said, _ in headers if said} or {SetKind.NOTABLE}
    if kind is None and len(kinds) > 1:
        raise UsageError(
            "Notable and known sets cannot become one.", hint="Say which it is to be with --kind."
        )
    order = BuildOrder(
        inputs=inputs,
        name=name or headers[0][1],
        kind=kind or kinds.pop(),
        rules=_rules(category, category_map),
        strict=strict,
    )
    _build(order, out, None)


@app.command()
def subtract(
    file: Path = typer.Argument(..., help="The set to take entries from."),
    what: Path = typer.Argument(..., help="The set whose entries are left out."),
    out: Path = _Out,
    name: str = typer.Option("", "--name", help="Default: the first one's."),
) -> None:
    """Make a set of all entries of FILE that are not in WHAT (by any digest)."""
    kind, said = _compiled_header(file)
    with ready(what) as without:
        order = BuildOrder(
            inputs=[file], name=name or said, kind=kind or SetKind.NOTABLE, without=without
        )
        _build(order, out, None)


@app.command("export")
def export_set(
    file: Path = typer.Argument(..., help="A set in any format."),
    out: Path | None = typer.Option(None, "--out", "-o", help="Default: standard output."),
    form: ExportFormat = typer.Option(ExportFormat.CSV, "--format", "-f"),
) -> None:
    """Write a set in a format that other tools read."""
    with ready(file) as hash_set:
        if out is None:
            export(hash_set, form, cast("IO[str]", console.output), lambda _: console.heard())
            return
        try:
            with out.open("x", encoding="utf-8") as stream:
                count = export(hash_set, form, stream)
        except FileExistsError as error:
            raise there_already(out) from error
    console.err.print(f"{count:,} written to {console.untrusted(str(out))}")


@app.command()
def info(
    file: Path = typer.Argument(..., help="A set in any format."),
    *,
    check: bool = typer.Option(False, "--check", help="Read it all, and hold it to its digests."),
    signers: Path | None = typer.Option(None, "--signers", help="OpenSSH allowed_signers file."),
    passphrase_file: Path | None = _Passphrase,
    key: Path | None = _Key,
    as_json: bool = _Json,
) -> None:
    """Say what a set is: its name, kind, counts, dates, sources, and whether it is whole."""
    with _opened(file) as hash_set:
        who = signer_of(hash_set, signers) if signers else ""
        if check:
            check_whole(hash_set)
        if hash_set.locked and (key or passphrase_file):
            unlock(hash_set, passphrase_file, key)
        if as_json:
            console.document(json.dumps(facts(hash_set), indent=2).encode("ascii"))
        else:
            show(hash_set, who, checked=check)


@app.command(
    epilog="Exit codes, as grep's: 0 any of them is in it; 1 none is; 2 wrong use: no digest, one "
    "of an algorithm that the set does not have, or a set that cannot be read."
)
def lookup(
    file: Path = typer.Argument(..., help="A set in any format."),
    what: list[str] = typer.Argument(None, help="Digests or files; none or -: standard input."),
    passphrase_file: Path | None = _Passphrase,
    key: Path | None = _Key,
    as_json: bool = _Json,
) -> int:
    """Say whether digests, or files, are in a set."""
    found = asked = 0
    try:
        with _opened(file) as hash_set:
            if hash_set.locked:
                unlock(hash_set, passphrase_file, key)
            for word in words_of(what or ["-"]):
                entry = look_up(hash_set, word)
                asked += 1
                found += entry is not None
                answer(word, entry, as_json=as_json)
    except HashSetError as error:  # 1 says that it is absent
        raise UsageError(error.message, hint=error.hint) from error
    if not asked:
        raise UsageError(
            "There is no digest and no file to look up.",
            hint="Name them, or send them to standard input, a line each.",
        )
    if not as_json:
        console.err.print(f"{found:,} of {asked:,} found")
    return int(not found)


@app.command("unlock")
def unlock_sets(
    files: list[Path] = typer.Argument(..., help="Sealed sets."),
    passphrase_file: Path | None = _Passphrase,
    key: Path | None = _Key,
) -> None:
    """Unlock sealed sets once: no scan asks again before the machine goes off."""
    for file in files:
        with _opened(file) as hash_set:
            if not hash_set.locked:
                console.err.print(f"{console.untrusted(str(file))} is not sealed.")
                continue
            if not keep(hash_set, unlock(hash_set, passphrase_file, key)):
                raise UsageError(
                    "No folder of yours is in memory: the key would be written to a disk.",
                    hint="Give the scan --key with a key that opens it, or start it at a terminal.",
                )
            console.err.print(f"{console.untrusted(str(file))}: unlocked until the machine is off")


@app.command("lock")
def lock_sets() -> None:
    """Forget the keys of all sets that were unlocked."""
    console.err.print(f"{forget():,} forgotten")


def _build(order: BuildOrder, out: Path, key: Path | None) -> None:
    with reporting() as report:
        built = build(order, out, report)
    if key:
        sign(out, key)
    show_built(built)
    with open_set(out) as hash_set:
        rows = hash_set.layout.records
        size = out.stat().st_size
    console.out.print(f"{console.untrusted(str(out))}: {size:,} bytes, {size / rows:.1f} an entry")


@contextmanager
def _opened(file: Path) -> Iterator[HashSet]:
    """A compiled set without reading it, any other format compiled in passing."""
    with open_set(file) if _is_compiled(file) else ready(file) as hash_set:
        yield hash_set


def _compiled_header(file: Path) -> tuple[SetKind | None, str]:
    """Kind and name of a compiled set; other formats say neither."""
    if not _is_compiled(file):
        return None, file.name
    with open_set(file) as hash_set:
        hash_set.refuse_if_sealed()
        return hash_set.kind, hash_set.header.name


def _is_compiled(file: Path) -> bool:
    try:
        with file.open("rb") as stream:
            return is_compiled(stream.read(8))
    except OSError as error:
        raise HashSetError(
            f"{file} cannot be opened: {why(error)}.", hint="Check the path."
        ) from error


def _own(folders: list[Path]) -> list[Given]:
    """The pictures in these folders."""
    return [given(folder) for folder in folders]


def _rules(category: list[str], category_map: Path | None) -> Rules:
    lab = load_map(category_map) if category_map else CategoryMap()
    return Rules(lab=lab, only=frozenset(category))


def _day(text: str) -> str:
    try:
        return date.fromisoformat(text).isoformat() if text else ""
    except ValueError as error:
        raise UsageError(f"'{text}' is not a day.", hint="Write it as 2027-01-31.") from error
