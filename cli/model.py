"""`seek model`: the models that score pictures."""

import typer

from cli import completing, console
from triage.bundle.format import shown as words

app = typer.Typer(help="Models that score pictures: which ones, from where, under which licence.")


@app.command("list")
def list_models() -> None:
    """The shipped model packs, with what is needed to name one in court."""
    from triage.packs import models  # noqa: PLC0415 - loads nothing that other commands need

    for name in models.shipped():
        card = models.load_pack(name).card
        console.out.print(f"[bold]{card.name} {card.version}[/]  {card.description}")
        _tell(card.licence, "licence")
        _tell(card.origin, "origin")
        _tell(card.model.sha256, "sha256")
        _tell(f"{card.thresholds.default} on {' + '.join(card.output.score)}", "threshold")


@app.command()
def check(
    path: str = typer.Argument(
        help="The folder of a model pack, or the name of a shipped one.",
        autocompletion=completing.models,
    ),
) -> None:
    """Say whether a pack is whole: its card, its model's digest, and one run on a drawn picture."""
    from triage.packs import models  # noqa: PLC0415
    from triage.workshop import trial  # noqa: PLC0415

    pack = models.load_pack(path)
    card = pack.card
    _done(f"card: {card.name} {card.version}, {card.licence}")
    content = pack.model_bytes()
    _done(f"model: {words.size(len(content))}, SHA-256 {card.model.sha256}")
    outcome = trial.run(card, content)
    _done(
        f"runs: a drawn picture scores {outcome.score:.4f} in {outcome.seconds * 1000:.0f} ms "
        f"(threshold {card.thresholds.default})"
    )


def tried(path: str) -> str:
    """Name and version of a pack that has run once. Raises UsageError, ModelError."""
    from triage.packs import models  # noqa: PLC0415
    from triage.workshop import trial  # noqa: PLC0415

    pack = models.load_pack(path)
    trial.run(pack.card, pack.model_bytes())
    return f"{pack.card.name} {pack.card.version}"


def _done(text: str) -> None:
    console.out.print(f"[green]✓[/] {console.untrusted(text)}")


def _tell(text: str, what: str) -> None:
    console.out.print(f"  {what:<10} {console.untrusted(text)}")
