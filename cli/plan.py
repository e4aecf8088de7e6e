"""`seek plan`: what a scan would look at, in which order, before any content is read."""

import msgspec
import typer
from rich.table import Table
from rich.text import Text

from cli import completing, console
from cli import told as said
from cli.devices import AS_IMAGE
from cli.fitting import wrapped
from cli.wording import speaker
from triage import profile as profiles
from triage.bundle.format import shown as words
from triage.errors import ExitCode
from triage.findings import Outcome
from triage.plan.tiers import Tier
from triage.scan.forecast import Forecast, forecast
from triage.scan.given import given

_LEFT_OUT = {
    Outcome.NO_CONTENT: "no content",
    Outcome.EXCLUDED: "left out by the profile",
    Outcome.UNREADABLE: "cannot be read",
    Outcome.ENCRYPTED: "encrypted",
    Outcome.ELSEWHERE: "not on this device",
}


def plan(
    source: list[str] = typer.Argument(
        help="Block devices, image files or folders.", autocompletion=completing.devices
    ),
    profile: str = typer.Option(
        "quick",
        "--profile",
        "-p",
        help="quick, standard, thorough, or the path of a YAML file.",
        autocompletion=completing.profiles,
    ),
    as_image: bool = typer.Option(False, "--as-image", help=AS_IMAGE),
    as_json: bool = typer.Option(False, "--json", help="A JSON document, for programs."),
) -> int:
    """Show what a scan would look at, and in which order. Reads no content, writes nothing."""
    told = forecast(given(source, as_image=as_image), profiles.load(profile))
    if as_json:
        console.document(msgspec.json.format(msgspec.json.encode(_document(told))))
    else:
        _show(told, profile)
    return ExitCode.NOT_ALL if told.troubles or told.in_part else ExitCode.FINISHED


def _show(told: Forecast, profile: str) -> None:
    name = console.untrusted(profile)
    if told.tiers:
        console.out.print(f"A scan with the profile {name} would look at:")
        _show_steps(told)
    else:
        console.out.print(f"A scan with the profile {name} would look at nothing.")
    _show_rest(told)


def _show_steps(told: Forecast) -> None:
    table = Table(box=None, padding=(0, 2, 0, 0))
    for heading, side in (("step", "right"), ("what", "left"), ("entries", "right"),
                          ("content", "right")):  # fmt: skip
        table.add_column(heading, justify=side, header_style="dim")  # type: ignore[arg-type]
    for step, tier in enumerate((tier for tier in Tier if tier in told.tiers), 1):
        tally = told.tiers[tier]
        table.add_row(str(step), tier.meaning, f"{tally.entries:,}", words.size(tally.bytes))
    console.out.print(table)
    if told.glances.entries:
        inside = words.count(told.glances.entries, "large picture")
        console.out.print(
            f"In turn with them it would look at the thumbnails inside {inside}, which\n"
            f"are in {words.size(told.glances.bytes)}; those whose thumbnail matches come next."
        )
    console.out.print("What lies beside a finding moves to the front while the scan runs.")


def _show_rest(told: Forecast) -> None:
    console.out.print("\nIt would not look into:")
    for volume in told.in_part:
        for line in wrapped(
            words.visible(said.volume(speaker(), volume)), indent="  ", further="    "
        ):
            console.out.print(Text(line, style="yellow"))
    rest = Table(box=None, padding=(0, 2, 0, 0), show_header=False)
    for (outcome, reason), tally in sorted(told.left_out.items(), key=lambda each: each[0]):
        shown = f"{_LEFT_OUT.get(outcome, outcome)}: {reason}"
        rest.add_row("", console.untrusted(shown), f"{tally.entries:,}", words.size(tally.bytes))
    if told.left_out:
        console.out.print(rest)
    for trouble in told.troubles:
        console.out.print(f"[yellow]{console.untrusted(trouble)}[/]")
    for note in told.notes:
        console.out.print(console.untrusted(note))


def _document(told: Forecast) -> dict[str, object]:
    return {
        "tiers": [
            {"tier": tier.name.lower(), "meaning": tier.meaning, "entries": tally.entries,
             "bytes": tally.bytes}
            for tier, tally in sorted(told.tiers.items())
        ],
        "glances": {"entries": told.glances.entries, "bytes": told.glances.bytes},
        "left_out": [
            {"outcome": outcome, "reason": reason, "entries": tally.entries, "bytes": tally.bytes}
            for (outcome, reason), tally in sorted(told.left_out.items())
        ],
        "volumes": told.volumes,
        "troubles": told.troubles,
        "notes": told.notes,
    }  # fmt: skip
