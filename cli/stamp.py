"""`seek stamp`: in the lab, a time stamp of a bundle is asked for, and checked."""

from pathlib import Path

import typer

from cli import console
from triage.bundle.checking import stamping
from triage.bundle.checking import verify as bundles
from triage.bundle.writing.durable import write_once
from triage.errors import UsageError


def stamp(
    bundle: Path = typer.Argument(help="The bundle's folder. It is verified first."),
    reply: Path | None = typer.Option(
        None, "--reply", help="The authority's answer: it is checked, and kept beside the bundle."
    ),
    authority: Path | None = typer.Option(
        None, "--authority", help="Certificates of the time-stamping authority that you trust, PEM."
    ),
) -> None:
    """Ask for a time stamp of a bundle (RFC 3161), and check what was answered.

    Without --reply the question is written beside the bundle; where an answer is, that is checked.
    """
    folder = stamping.refuse_what_is_no_bundle(bundle)
    bundles.verify(bundle, renderers=None).raise_if_failed()
    kept = stamping.reply_of(bundle.resolve())
    if reply is None and not kept.exists():
        _ask(bundle.resolve())
        return
    if authority is None:
        raise UsageError(
            "Whose time stamps are trusted?", hint="Name its certificates: --authority FILE."
        )
    told = stamping.check(folder, reply or kept, authority)
    if reply is not None:
        write_once(kept, reply.read_bytes(), shown=str(kept))
    console.out.print(
        f"[bold green]Stamped[/]: it was signed before {console.untrusted(told.time)}"
    )
    console.out.print(f"Number {console.untrusted(told.serial)}; {console.untrusted(str(kept))}")


def _ask(bundle: Path) -> None:
    question = stamping.query_of(bundle)
    write_once(
        question,
        stamping.query(stamping.refuse_what_is_no_bundle(bundle)),
        shown=str(question),
    )
    console.out.print(console.untrusted(str(question)))
    console.err.print(
        "Send it to your authority, for example: curl -H 'Content-Type: "
        "application/timestamp-query' --data-binary @QUERY URL -o REPLY; then: seek stamp BUNDLE "
        "--reply REPLY --authority CERTIFICATES"
    )
