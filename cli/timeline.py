"""`seek timeline`: when what was found came to be, in the order of time."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import typer

from cli import console
from triage.bundle.checking.entry_lines import findings_of
from triage.bundle.format import shown as words
from triage.bundle.format.document import Finding
from triage.bundle.writing.exports import read_document


class Moment(NamedTuple):
    """Something that is said to have happened to what a finding is of."""

    at: str
    """ISO 8601: UTC with a Z, or as a camera's clock had it, without an offset."""
    what: str
    """`taken`, `created`, `modified`, `changed`, `accessed`."""
    number: int
    volume: str
    path: str


def timeline(
    bundle: Path = typer.Argument(help="The bundle's folder; it is not verified by this."),
    as_json: bool = typer.Option(False, "--json", help="A line each, for programs."),
) -> None:
    """List when findings were taken, created, modified, changed and accessed, the first first."""
    document = read_document(bundle)
    moments = sorted(
        moment for finding in findings_of(bundle, document.volumes) for moment in _moments(finding)
    )
    for moment in moments:
        if as_json:
            console.program(json.dumps(moment._asdict()).encode("ascii"))
        else:
            where = f"{moment.volume} {console.untrusted(moment.path)}"
            at = console.untrusted(moment.at)
            console.out.print(f"{at:<20}  {moment.what:<8}  {moment.number:>6}  {where}")
    if not as_json:
        console.out.print(
            f"{words.count(len(moments), 'moment')}. What was taken is by the camera's own clock; "
            "all else is what the file system says, in UTC where it keeps that."
        )


def _moments(finding: Finding) -> Iterator[Moment]:
    entry, times = finding.entry, finding.entry.times
    capture = finding.result.capture
    said = {
        "taken": capture.taken if capture else "",
        "created": words.utc_of(times.created),
        "modified": words.utc_of(times.modified),
        "changed": words.utc_of(times.changed),
        "accessed": words.utc_of(times.accessed),
    }
    for what, at in said.items():
        if at:
            yield Moment(at, what, finding.number, entry.volume_id, entry.shown_path)
