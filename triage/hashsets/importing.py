"""From any format to a compiled set: `build` for the technician, `ready` for the scan."""

import os
import tempfile
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import IO, TYPE_CHECKING

import msgspec

from triage.errors import HashSetError, there_already, why
from triage.hashsets.categories import Rules
from triage.hashsets.compiling import Compiler
from triage.hashsets.file_names import shown
from triage.hashsets.hash_set import HashSet, open_set
from triage.hashsets.inputs import ImportFile, opened
from triage.hashsets.layout import MOST_TEXT, Stanza, is_compiled
from triage.hashsets.readers import compiled as compiled_reader
from triage.hashsets.records import Imported, SetRecord, batched
from triage.hashsets.sniffing import Format, sniff
from triage.hashsets.unfinished import give_name, unfinished
from triage.hashsets.writing import About, durable, write
from triage.profile import SetKind

if TYPE_CHECKING:
    from triage.hashsets.sealing import SetKey

PRODUCER = "seek"
_CHECKED_WHOLE = 256 << 20
"""A compiled file up to this size, bytes, is read and checked whole before a scan."""

Progress = Callable[[str, int], None]
"""Told what is being done, and how many records are read so far."""


@dataclass(slots=True, kw_only=True)
class Seal:
    """The key of a new sealed file, wrapped for those who may unlock it."""

    key: "SetKey"
    stanzas: tuple[Stanza, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Given:
    """Records that are in no file, but made while the set is built."""

    name: str
    format: str
    records: Callable[[Imported], Iterator[SetRecord]]
    """Tells the tally what it leaves out."""


@dataclass(slots=True, kw_only=True)
class BuildOrder:
    """What is to be built."""

    inputs: Sequence[Path] = ()
    given: Sequence[Given] = ()
    name: str
    kind: SetKind
    rules: Rules = field(default_factory=Rules)
    source: str = ""
    """Where the records come from; empty: the input's file name."""
    expires: str = ""
    strict: bool = False
    seal: Seal | None = None
    without: HashSet | None = None
    """Entries of this set are left out."""
    created: str = ""
    """UTC, ISO 8601; empty: the same inputs give the same bytes, whenever they are compiled."""


@dataclass(slots=True, kw_only=True)
class Built:
    """What became of the inputs."""

    inputs: list[Imported] = field(default_factory=list)
    duplicates: int = 0
    """Records whose digest was there already."""


def build(order: BuildOrder, out: Path, progress: Progress = lambda _, __: None) -> Built:
    """Build a compiled file; it appears at `out` only when it is complete.

    Raises UsageError: `out` exists; HashSetError: an input is of no known format or broken, or
    nothing is left.
    """
    if out.exists():
        raise there_already(out)
    if len(order.name) > MOST_TEXT:
        raise HashSetError(
            f"The set's name has more than {MOST_TEXT:,} characters.", hint="Give a shorter one."
        )
    order = replace(order, created=order.created or datetime.now(UTC).isoformat(timespec="seconds"))
    try:
        with unfinished(out) as file:
            built = _compile(order, file, progress)
            durable(file)
            give_name(out)
    except OSError as error:
        raise HashSetError(
            f"{out} cannot be written: {why(error)}.",
            hint="Give --out a folder that is there, with room, where you may write.",
        ) from error
    return built


def ready(path: Path, kind: SetKind | None = None) -> HashSet:
    """A set to look up in: a compiled file is opened, any other format is compiled in passing.

    `kind` overrides what a compiled file says of itself; other formats are notable without it.
    `.imported` then says what was read, and what was not. Raises HashSetError.
    """
    with opened(path) as source:
        compiled = not source.packed and is_compiled(source.head()[:8])
    if compiled:
        hash_set = open_set(path)
        if path.stat().st_size <= _CHECKED_WHOLE:
            _checked(hash_set)
    else:
        hash_set = _in_passing(path, kind or SetKind.NOTABLE)
    hash_set.kind = kind
    return hash_set


def _checked(hash_set: HashSet) -> None:
    try:
        hash_set.verify()
    except HashSetError:
        hash_set.close()
        raise


def _in_passing(path: Path, kind: SetKind) -> HashSet:
    order = BuildOrder(inputs=[path], name=shown(path.name), kind=kind)
    with tempfile.TemporaryFile() as file:
        built = _compile(order, file, lambda _, __: None)
        hash_set = HashSet(os.dup(file.fileno()), shown(path.name))
    hash_set.imported = built.inputs[0]
    return hash_set


def _compile(order: BuildOrder, file: IO[bytes], progress: Progress) -> Built:
    built = Built()
    key = order.seal.key if order.seal else None
    compiler = Compiler(order.rules, key=key, without=order.without)
    for path in order.inputs:
        built.inputs.append(_read(path, order, compiler, progress))
    for given in order.given:
        built.inputs.append(_take(given, order, compiler, progress))
    progress("sorting and merging", sum(each.records for each in built.inputs))
    merged = compiler.finish()
    built.duplicates = merged.duplicates
    with closing(merged.compiled) as compiled:
        if compiled.count - compiled.decoys == 0:
            raise _nothing_left(order, built)
        progress("writing", compiled.count)
        about = _about(order, built)
        stanzas = order.seal.stanzas if order.seal else ()
        write(file, merged, compiler.sources, about, key=key, stanzas=stanzas)
    return built


def _read(path: Path, order: BuildOrder, compiler: Compiler, progress: Progress) -> Imported:
    imported = Imported(name=shown(path.name), strict=order.strict)
    with opened(path) as source:
        form = _format(source)
        imported.format = form.name
        for batch in form.read(source, imported):
            compiler.add(batch, order.source or imported.name, imported)
            progress(f"reading {imported.name} ({imported.format})", imported.records)
        if source.packed:
            imported.format += f", {source.packed}"
    return imported


def _take(given: Given, order: BuildOrder, compiler: Compiler, progress: Progress) -> Imported:
    imported = Imported(name=given.name, format=given.format, strict=order.strict)
    for batch in batched(_told(given.records(imported), given.name, progress)):
        compiler.add(batch, order.source or given.name, imported)
    return imported


def _told(records: Iterator[SetRecord], name: str, progress: Progress) -> Iterator[SetRecord]:
    for number, each in enumerate(records, start=1):
        progress(f"reading {name}", number)
        yield each


def _format(source: ImportFile) -> Format:
    if not source.packed and is_compiled(source.head()[:8]):
        return Format("compiled set", compiled_reader.read)
    return sniff(source)


def _about(order: BuildOrder, built: Built) -> About:
    return About(
        name=order.name,
        kind=order.kind,
        created=order.created,
        expires=order.expires,
        formats=tuple(dict.fromkeys(imported.format for imported in built.inputs)),
        bad_records=sum(imported.bad for imported in built.inputs),
        dropped=_summed(imported.dropped for imported in built.inputs),
        kept_without=_summed(imported.kept_without for imported in built.inputs),
        unused=tuple(f"{each.name}: {name}" for each in built.inputs for name in each.unused),
        producer=PRODUCER,
    )


def _summed(tallies: Iterable[dict[str, int]]) -> dict[str, int]:
    total: dict[str, int] = {}
    for tally in tallies:
        for reason, count in tally.items():
            total[reason] = total.get(reason, 0) + count
    return total


def _nothing_left(order: BuildOrder, built: Built) -> HashSetError:
    own = [given.name for given in order.given]
    names = ", ".join([shown(path.name) for path in order.inputs] + own)
    bad = next((record for each in built.inputs for record in each.first_bad), None)
    reasons = [f"{n} {why}" for each in built.inputs for why, n in each.dropped.items()]
    reasons += [f"first bad record: {bad}"] if bad else []
    return HashSetError(
        f"{names}: no usable record ({'; '.join(reasons) or 'there is none in it'}).",
        hint="Look into the file: a set without entries would find nothing, and say nothing.",
    )


def describe(header: object) -> dict[str, object]:
    """A header as plain values, for `--json`."""
    plain: dict[str, object] = msgspec.to_builtins(header)
    return plain
