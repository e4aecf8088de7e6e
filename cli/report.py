"""`seek report`: render a bundle again, as a page or for another tool."""

from pathlib import Path

import typer

from cli import console
from triage.bundle.writing.exports import Export, default_file, save
from triage.languages import Language


def report(
    bundle: Path = typer.Argument(help="The bundle's folder."),
    export: Export = typer.Option(
        Export.HTML,
        "--export",
        help="html: the report. csv: for spreadsheets. vics: VICS 2.0 JSON. case: CASE JSON-LD. "
        "dfxml: all entries as fiwalk has them. body: all entries for mactime. digests: a list for "
        "`seek hash-set build`.",
    ),
    language: Language | None = typer.Option(
        None, "--language", help="Of the report. Default: the one that the scan was given."
    ),
    out: Path | None = typer.Option(
        None, "--out", "-o", help="The new file. Default: beside the bundle, by its name."
    ),
) -> None:
    """Render a bundle again. Never writes into the bundle, and never over a file."""
    file = out or default_file(bundle, export)
    for written in save(bundle, export, file, language):
        console.out.print(console.untrusted(str(written)))
    console.err.print("The bundle was not verified now: `seek verify` does that.")
