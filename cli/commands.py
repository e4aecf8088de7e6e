"""The commands by name. A new verb is a file beside this one and a line here."""

import typer

from cli import devices, hash_set, key, model, profile, report, scan, verify


def register(app: typer.Typer) -> None:
    """Put every command into the application."""
    app.command()(devices.devices)
    app.command()(scan.scan)
    app.command()(verify.verify)
    app.command()(report.report)
    app.add_typer(profile.app, name="profile")
    app.add_typer(hash_set.app, name="hash-set")
    app.add_typer(model.app, name="model")
    app.add_typer(key.app, name="key")
