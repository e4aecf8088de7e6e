"""The commands by name. A new verb is a file beside this one and a line here."""

from importlib import import_module

import typer

COMMANDS = ("devices", "plan", "scan", "resume", "verify", "report", "similar", "guide")
"""Verbs: module and function have the command's name."""
GROUPS = {
    "profile": "profile",
    "hash-set": "hash_set",
    "model": "model",
    "key": "key",
    "stick": "stick",
}
"""Nouns with verbs of their own: the command's name to the module that holds its `app`."""


def register(app: typer.Typer, wanted: str) -> None:
    """Put the wanted command into the application; all of them if there is no such command.

    One command's imports take a tenth of all: on an old laptop that is seconds.
    """
    known = wanted in COMMANDS or wanted in GROUPS
    for name in COMMANDS:
        if name == wanted or not known:
            app.command()(getattr(import_module(f"cli.{name}"), name))
    for name, file in GROUPS.items():
        if name == wanted or not known:
            app.add_typer(import_module(f"cli.{file}").app, name=name)
