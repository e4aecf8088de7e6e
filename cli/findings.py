"""`seek findings`: what a bundle found, a line each."""

import json
from pathlib import Path

import msgspec
import typer

from cli import console
from triage.bundle.checking.entry_lines import findings_of
from triage.bundle.format import shown as words
from triage.bundle.format.document import Finding
from triage.bundle.writing.exports import read_document
from triage.findings import surest
from triage.match_kinds import MatchKind


def findings(
    bundle: Path = typer.Argument(help="The bundle's folder; it is not verified by this."),
    kind: list[MatchKind] = typer.Option(
        [], "--kind", help="Only findings with a match of this kind. May be repeated."
    ),
    as_json: bool = typer.Option(
        False, "--json", help="The lines of entries.jsonl as they are, for programs."
    ),
) -> None:
    """List the findings of a bundle, also those for which its report has no room."""
    document = read_document(bundle)
    number = 0
    for finding in findings_of(bundle, document.volumes):
        if kind and not any(match.kind in kind for match in finding.matches):
            continue
        number += 1
        if as_json:
            console.program(json.dumps(msgspec.to_builtins(finding)).encode("ascii"))
        else:
            console.out.print(_line(finding))
    if not as_json:
        console.out.print(f"{words.count(number, 'finding')}.")


def _line(finding: Finding) -> str:
    entry = finding.entry
    kind = surest(finding.matches).words.on_screen.en
    gone = "" if entry.allocated else "  [yellow]deleted[/]"
    where = f"{entry.volume_id} {console.untrusted(entry.shown_path)}"
    digest = finding.digests.get("sha256", "")[:16]
    return f"{finding.number:>6}  {kind:<22}  {digest:<16}  {where}{gone}"
