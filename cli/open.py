"""`seek open`: the lab opens what was closed for it."""

from pathlib import Path

import typer

from cli import console
from triage.bundle.envelope import identities
from triage.bundle.format import shown as words
from triage.bundle.writing.opening import open_envelope
from triage.errors import ExitCode

IDENTITY = typer.Option(
    ...,
    "--identity",
    "-i",
    help="The lab's private key: a file of `age-keygen`, or an OpenSSH ed25519 key.",
)


def open(  # noqa: A001 - the command's name
    envelope: Path = typer.Argument(help="The envelope's folder."),
    identity: Path = IDENTITY,
    out: Path = typer.Option(
        Path(), "--out", "-o", help="Where the bundle's folder is made. Default: here."
    ),
) -> int:
    """Open a bundle that was closed for the lab (`seek scan --to`). Verify it then: nobody has."""
    folder, told = open_envelope(envelope, identities.of_file(identity), out)
    shown = console.untrusted(str(folder))
    console.out.print(f"[bold]{shown}[/]")
    if told.finished:
        console.err.print(f"Is it what was signed? seek verify {shown}")
        return ExitCode.FINISHED
    lost = f" {words.size(told.lost_bytes)} at its end are not whole." if told.lost_bytes else ""
    console.out.print(
        f"[yellow]The scan was cut off before it was signed.{lost} What is certain goes on with[/] "
        f"seek resume {shown}"
    )
    return ExitCode.NOT_ALL
