"""`seek verify`: is a bundle what was signed?"""

import json
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import msgspec
import typer

from cli import console
from triage.bundle.checking import merged as merges
from triage.bundle.checking import verify as bundles
from triage.bundle.checking.merged import MergedVerification
from triage.bundle.checking.steps import Step, StepOutcome
from triage.bundle.checking.subject import Subject
from triage.bundle.checking.verify import Verification
from triage.bundle.format import shown as words
from triage.bundle.format.merged import is_merged

_NAMED = 10
"""So many of the files are named that a computer left there."""

_MARKS = {
    StepOutcome.PASSED: ("✓", "+", "green"),
    StepOutcome.FAILED: ("✗", "FAILED", "bold red"),
    StepOutcome.NOT_CHECKED: ("?", "?", "yellow"),
    StepOutcome.NOT_REACHED: ("·", "-", "dim"),
}


def verify(
    bundle: Path = typer.Argument(
        help="The bundle's folder, or an envelope's; or what `seek merge` made."
    ),
    identity: Path | None = typer.Option(
        None,
        "--identity",
        "-i",
        help="Of an envelope: the lab's private key. It is opened into a folder that goes again.",
    ),
    signers: Path | None = typer.Option(
        None, "--signers", help="Your own list of signers, an OpenSSH allowed_signers file."
    ),
    renderer: list[str] = typer.Option(
        [],
        "--renderer",
        help="The digest of a renderer that may have made report.html, of another version of seek: "
        "the report is then not compared. May be repeated.",
    ),
    scan_key: list[str] = typer.Option(
        [],
        "--scan-key",
        help="Fingerprint that was shown when the scan, or a run of it, began (SHA256:…): it must "
        "be of this bundle. May be repeated.",
    ),
    as_json: bool = typer.Option(False, "--json", help="The steps as JSON, for programs."),
) -> None:
    """Check a bundle in numbered steps, each of which stops an attack. Exit code 20: it fails."""
    if is_merged(bundle):
        _verify_merged(bundle, signers, renderer, as_json=as_json)
        return
    with opened(bundle, identity) as folder, console.err.status("") as shown:
        result = bundles.verify(
            folder,
            signers=signers,
            renderers=renderer,
            scan_keys=scan_key,
            tell=lambda number, steps, title: shown.update(f"Step {number} of {steps}: {title}"),
        )
    if as_json:
        _print_json(result)
    else:
        _print_steps(result)
    result.raise_if_failed()


def _verify_merged(
    folder: Path, signers: Path | None, renderer: list[str], *, as_json: bool
) -> None:
    """What several bundles were put together to; it says nothing of these but which they are."""
    with console.err.status("") as shown:
        result = merges.verify(
            folder,
            signers=signers,
            renderers=renderer,
            tell=lambda number, steps, title: shown.update(f"Step {number} of {steps}: {title}"),
        )
    if as_json:
        _print_json(result)
    else:
        _print_merged(result)
    result.raise_if_failed()


def _print_merged(result: MergedVerification) -> None:
    console.out.print(f"[bold]{console.untrusted(result.merged)}[/]")
    console.out.print("No scan's bundle: several were put together here by `seek merge`.")
    for step in result.steps:
        console.out.print(_line(step))
    if result.failed:
        console.out.print(f"[bold red]Not verified.[/] Step {result.failed.number} guards against: "
                          f"{console.untrusted(result.failed.stops)}.")  # fmt: skip
        return
    who = console.untrusted(result.principal)
    signed = f"{who} signed" if who else "it was signed"
    console.out.print(f"[bold green]Verified[/]: nothing has changed since {signed}.")
    console.out.print(f"Key {console.untrusted(result.fingerprint)}")
    contents, places = words.count(result.contents, "content"), words.count(result.places, "place")
    console.out.print(f"{contents} in {places}, of these bundles, which were not verified now:")
    for each in result.sources:
        name, found = console.untrusted(each.bundle), words.count(each.findings, "finding")
        console.out.print(f"  {each.number}. {name}  {found}  manifest {each.manifest_sha256}")
        if each.trouble:
            why = console.untrusted(each.trouble)
            console.out.print(f"     [bold red]did not verify when it was merged: {why}[/]")


@contextmanager
def opened(bundle: Path, identity: Path | None) -> Iterator[Path]:
    """The bundle itself; of an envelope what lies in it, as long as it is looked at."""
    if identity is None:
        yield bundle
        return
    from triage.bundle.envelope import identities  # noqa: PLC0415 - ciphers, where one is opened
    from triage.bundle.writing.opening import open_envelope  # noqa: PLC0415 - the same

    keys = identities.of_file(identity)
    with tempfile.TemporaryDirectory(prefix="seek-opened-") as place:
        folder, _ = open_envelope(bundle, keys, Path(place))
        yield folder


def _print_json(result: Verification | MergedVerification) -> None:
    whole = {**msgspec.to_builtins(result), "verified": result.failed is None}
    console.document(json.dumps(whole, indent=1).encode("ascii"))


def _print_steps(result: Verification) -> None:
    console.out.print(f"[bold]{console.untrusted(result.bundle)}[/]")
    if result.subject:
        _print_subject(result.subject)
    for step in result.steps:
        console.out.print(_line(step))
    if result.left_by_computers:
        names = console.untrusted(", ".join(result.left_by_computers[:_NAMED]))
        more = len(result.left_by_computers) - _NAMED
        more_said = f" and {more:,} more" if more > 0 else ""
        console.out.print(f"Left there by a computer, no part of it, not read: {names}{more_said}")
    if result.failed:
        console.out.print(f"[bold red]Not verified.[/] Step {result.failed.number} guards against: "
                          f"{console.untrusted(result.failed.stops)}.")  # fmt: skip
        return
    if result.principal:
        who = console.untrusted(result.principal)
        console.out.print(f"[bold green]Verified[/]: nothing has changed since {who} signed.")
    else:
        console.out.print("[bold green]Verified[/]: nothing has changed since it was signed.")
        console.out.print("Who signed is for you to check: is this key on your list, or on paper?")
    console.out.print(f"Key {console.untrusted(result.fingerprint)}")
    if result.partial:
        said = console.untrusted(result.partial)
        console.out.print(f"[yellow]The scan itself is partial: {said}.[/]")
    if result.continued:
        note = console.untrusted(result.continued)
        console.out.print(f"[yellow]It went on in another bundle. Which one counts:[/] {note}")
    if result.continues:
        earlier = console.untrusted(result.continues)
        console.out.print(f"It counts: all that the earlier bundle {earlier} holds is in it.")
    for line in result.not_proven:
        console.out.print(f"[bold yellow]{console.untrusted(line)}[/]")
    if result.not_seen:
        console.out.print("[yellow]What that scan did not look at:[/]")
    for line in result.not_seen:
        console.out.print(f"  {line}")


def _print_subject(subject: Subject) -> None:
    """What the bundle is of, by what was signed inside it."""
    case = subject.case
    said = {"case": case.case_number, "exhibit": case.exhibit, "examiner": case.examiner}
    for name, value in said.items():
        console.out.print(f"  {name:<8}  {console.untrusted(value or 'not said')}")
    console.out.print(f"  {'started':<8}  {console.untrusted(subject.started)}")
    for device in subject.devices:
        name = " ".join(filter(None, (device.path, device.model, device.serial)))
        size = f", {words.size(device.size)}" if device.size else ""
        console.out.print(f"  {'device':<8}  {console.untrusted(name)}{size}")
    console.out.print(f"  {'found':<8}  {words.count(subject.findings, 'finding')}")
    if subject.would_be_named:
        name = console.untrusted(subject.would_be_named)
        console.out.print(f"[yellow]The folder was renamed. Of that case it is named[/] {name}")


def _line(step: Step) -> str:
    detail = f" [dim]({console.untrusted(step.detail)})[/]" if step.detail else ""
    title = console.untrusted(step.title)
    sign, plain, style = _MARKS[step.outcome]
    mark = f"[{style}]{console.mark(sign, plain)}[/]"
    return f"  {mark} {step.number:>2}. {title}{detail}"
