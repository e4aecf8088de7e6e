"""`seek profile`: what a scan looks for."""

import typer

from cli import completing, console
from triage import profile as profiles

app = typer.Typer(help="What a scan looks for, in what order, how hard and how long.")


@app.command("list")
def list_profiles() -> None:
    """The shipped profiles, a line each."""
    for name in profiles.SHIPPED:
        profile = profiles.load(name)
        console.out.print(f"[bold]{name:<10}[/] {profile.description}")


@app.command()
def show(
    name: str = typer.Argument(
        help="A shipped profile, or the path of a YAML file.", autocompletion=completing.profiles
    ),
) -> None:
    """Print a profile, comments and all; a good start for one of your own."""
    for line in profiles.text_of(name).rstrip().split("\n"):
        console.out.print(console.untrusted(line.rstrip("\r")))


@app.command()
def check(
    path: str = typer.Argument(
        help="The YAML file of a profile.", autocompletion=completing.profiles
    ),
) -> None:
    """Say whether a profile is understood, and all that it names is there and whole.

    If not, it is said where in the profile: what a scan would refuse is refused here.
    """
    from cli.named import check_named  # noqa: PLC0415 - loads what detectors need

    profile = profiles.load(path)
    named = list(check_named(profile))
    console.out.print(f"[green]✓[/] {console.untrusted(profile.name)}: understood.")
    for detector in profile.detectors:
        console.out.print(f"  uses {type(detector).__struct_config__.tag}")
    if not profiles.looks_at_parts(profile):
        console.out.print(
            "  [yellow]looks at nothing that lies in pictures and caches of thumbnails: only a "
            "detector that looks at pictures has it found (and limits: parts: at_most above 0)[/]"
        )
    for line in named:
        console.out.print(f"  [green]✓[/] {console.untrusted(line)}")
