"""`seek lab serve` and `seek lab user`: a store's pages, and who may look at them."""

import sys
from pathlib import Path
from types import ModuleType

import typer

from cli import commands, console
from cli.secret_line import first_line, typed
from lab.accounts import LabRole, accounts, add_account, change_account, close_account
from lab.decisions import Decisions
from lab.layout import DECISIONS
from lab.settling import writing
from lab.store import open_store
from triage.errors import ExitCode, UsageError

users = typer.Typer(no_args_is_help=True, help="Who may look at the store's pages, and as what.")

_Store = typer.Argument(..., help="The store's folder.")
_Name = typer.Argument(..., help="The account's name: small letters, digits, dots, dashes.")
_Role = typer.Option(..., "--role", help="What the person does in the lab: docs/lab.md.")
_PasswordFile = typer.Option(
    None, "--password-file", help="The password is its first line; -: stdin. Else it is asked for."
)


def serve(
    store: Path = _Store,
    *,
    address: str = typer.Option("127.0.0.1", "--address", help="Any but this needs TLS."),
    port: int = typer.Option(8824, "--port", min=0, max=65535, help="0: a free one."),
    name: list[str] = typer.Option(
        [], "--name", help="What browsers call the server, as lab.example. May be repeated."
    ),
    tls_cert: Path | None = typer.Option(None, "--tls-cert", help="PEM file: the certificate."),
    tls_key: Path | None = typer.Option(None, "--tls-key", help="PEM file: its private key."),
) -> int:
    """Serve the store's pages until Ctrl-C; for this machine alone unless TLS is given."""
    serving = _serving()
    served = serving.Served(
        address=address, port=port, names=name, certificate=tls_cert, key=tls_key
    )
    opened = open_store(store)
    decided = Decisions(opened / DECISIONS)
    decided.close()

    def tell(where: str) -> None:
        console.out.print(f"The pages: {where}  (Ctrl-C ends it)")
        sys.stdout.flush()

    serving.serve(opened, served, tell)
    return ExitCode.FINISHED


@users.command()
def add(
    store: Path = _Store,
    name: str = _Name,
    role: LabRole = _Role,
    password_file: Path | None = _PasswordFile,
) -> None:
    """Make an account; the password is asked for."""
    opened = open_store(store)
    secret = _secret(name, password_file)
    with writing(opened) as writer:
        add_account(writer.decided, name, role, secret)
        writer.trail.say("made an account", writer.by, account=name, role=str(role))
    console.out.print(f"Made the account {console.untrusted(name)}: {role}.")


@users.command()
def password(
    store: Path = _Store, name: str = _Name, password_file: Path | None = _PasswordFile
) -> None:
    """Give an account another password; who is signed in with it is signed out."""
    opened = open_store(store)
    secret = _secret(name, password_file)
    with writing(opened) as writer:
        change_account(writer.decided, name, secret=secret)
        writer.trail.say("changed a password", writer.by, account=name)


@users.command("role")
def give_role(store: Path = _Store, name: str = _Name, role: LabRole = _Role) -> None:
    """Give an account another role, from its next question on."""
    with writing(open_store(store)) as writer:
        change_account(writer.decided, name, role=role)
        writer.trail.say("gave a role", writer.by, account=name, role=str(role))


@users.command()
def close(store: Path = _Store, name: str = _Name) -> None:
    """Take an account away; what was done under it stays in the log."""
    with writing(open_store(store)) as writer:
        close_account(writer.decided, name)
        writer.trail.say("closed an account", writer.by, account=name)


@users.command("list")
def list_accounts(store: Path = _Store) -> None:
    """List the accounts, with their roles."""
    with writing(open_store(store)) as writer:  # a store that is older than accounts gets its table
        for each in accounts(writer.decided):
            console.out.print(f"{console.untrusted(each.name):<20}  {each.role}  since {each.at}")


def _serving() -> ModuleType:
    """The server, whose libraries no other command waits for."""
    try:
        from lab.pages import serving  # noqa: PLC0415
    except ModuleNotFoundError as error:
        raise commands.absent(error) from error
    return serving


def _secret(name: str, file: Path | None) -> str:
    try:
        from lab.pages.passwords import secret_of  # noqa: PLC0415
    except ModuleNotFoundError as error:
        raise commands.absent(error) from error
    if file is not None:
        return secret_of(first_line(file, "password", UsageError))
    return secret_of(typed("password", f"Password of {name}", confirm=True))
