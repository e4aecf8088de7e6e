"""`seek key`: keys that sign bundles."""

import sys
from pathlib import Path

import typer

from cli import console
from triage.bundle.format import layout
from triage.bundle.writing.signing import new_key, public_file
from triage.errors import UsageError
from triage.hashsets.signing import NAMESPACE as HASH_SETS

app = typer.Typer(help="Keys that sign bundles: OpenSSH ed25519, made by ssh-keygen.")


@app.callback()
def key() -> None:
    """Keep `new` a command of its own, even while it is the only one."""


@app.command()
def new(
    out: Path = typer.Option(..., "--out", "-o", help="The new key's file; FILE.pub lies beside."),
    comment: str = typer.Option("", "--comment", help="Whose key it is, e.g. j.doe@police."),
    no_passphrase: bool = typer.Option(
        False, "--no-passphrase", help="Anybody who has the file can then sign."
    ),
) -> None:
    """Make a key pair. ssh-keygen asks for the passphrase; nothing is overwritten."""
    if not no_passphrase and not sys.stdin.isatty():
        raise UsageError(
            "There is no terminal to ask for a passphrase at.",
            hint="Run it in a terminal, or say --no-passphrase.",
        )
    made = new_key(out, comment=comment or "seek", ask=not no_passphrase)
    console.out.print(f"Private key: {console.untrusted(str(out))}. Keep it to yourself.")
    console.out.print(f"Public key:  {console.untrusted(str(public_file(out)))}")
    console.out.print(f"Fingerprint: {made.fingerprint}")
    name = made.comment if made.comment and " " not in made.comment else "NAME"
    line = f'{name} namespaces="{layout.NAMESPACE},{HASH_SETS}" {made.line}'
    console.out.print(
        "For the lab's list of signers, of bundles and of hash sets (--signers FILE):"
    )
    console.out.print(console.untrusted(line))
