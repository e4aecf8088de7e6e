"""`seek compare`: which contents are in both of two bundles."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import typer

from cli import console
from triage.bundle.checking.entry_lines import lines_of
from triage.bundle.format import shown as words
from triage.bundle.format.entries import EntryLine
from triage.bundle.writing.exports import read_document
from triage.errors import UsageError

_DIGEST = "blake3"
"""Of all that was read whole, whatever was looked up."""


class PlaceInBundle(NamedTuple):
    """Where a content lies, and which finding it is: of a million, no more is kept in memory."""

    volume: str
    path: str
    finding: int | None


def compare(
    one: Path = typer.Argument(help="A bundle's folder; it is not verified by this."),
    other: Path = typer.Argument(help="Another one's."),
    only_findings: bool = typer.Option(
        False, "--findings", help="Only what is a finding in one of them at least."
    ),
    as_json: bool = typer.Option(False, "--json", help="A line each, for programs."),
) -> None:
    """List the contents that both hold, by their digests, each once with a place in both."""
    places: dict[str, PlaceInBundle] = dict(_read_whole(one))
    told = set[str]()
    for digest, second in _read_whole(other):
        first = places.get(digest)
        if first is None or digest in told:
            continue
        if only_findings and first.finding is None and second.finding is None:
            continue
        told.add(digest)
        _tell(digest, first, second, as_json=as_json)
    if not as_json:
        among = words.count(len(places), "content")
        console.out.print(
            f"{words.count(len(told), 'content')} in both; {among} of the first were read whole."
        )


def _read_whole(bundle: Path) -> Iterator[tuple[str, PlaceInBundle]]:
    """What has a digest that any two bundles have in common; no empty files, which all have."""
    document = read_document(bundle)
    any_digest = False
    for line in lines_of(bundle, document.volumes):
        digest = line.result.digests.get(_DIGEST)
        any_digest = any_digest or bool(digest)
        if digest and line.entry.size:
            yield digest, _place_of(line)
    if not any_digest:
        raise UsageError(
            f"{bundle} has no digest that other bundles have too.",
            hint="Bundles of format 2 have them, of all that was read whole.",
        )


def _tell(digest: str, first: PlaceInBundle, second: PlaceInBundle, *, as_json: bool) -> None:
    if as_json:
        both = [first._asdict(), second._asdict()]
        console.program(json.dumps({_DIGEST: digest, "in": both}).encode("ascii"))
        return
    console.out.print(f"{digest[:16]}  {_shown(first)}  [dim]and[/]  {_shown(second)}")


def _place_of(line: EntryLine) -> PlaceInBundle:
    number = line.found.number if line.found else None
    return PlaceInBundle(line.entry.volume_id, line.entry.shown_path, number)


def _shown(place: PlaceInBundle) -> str:
    found = f" (finding {place.finding})" if place.finding else ""
    return f"{place.volume} {console.untrusted(place.path)}{found}"
