"""`seek merge`: bundles of one search, put together in one report."""

import hashlib
import time
from collections.abc import Sequence
from contextlib import ExitStack
from functools import partial
from pathlib import Path

import typer

from cli import console
from cli.verify import opened
from triage import __version__
from triage.bundle.checking import verify as bundles
from triage.bundle.checking.entry_lines import findings_of
from triage.bundle.checking.folder import BundleFolder
from triage.bundle.checking.verify import Verification
from triage.bundle.format import layout
from triage.bundle.format import shown as words
from triage.bundle.format.merged import Merged
from triage.bundle.writing.exports import read_document
from triage.bundle.writing.signing import open_signer
from triage.errors import BundleError, ExitCode, UsageError, VerificationError, there_already
from triage.workshop.merging import GivenBundle, Merging, refuse_what_does_not_belong


def merge(
    bundle: list[Path] = typer.Argument(
        help="Folders of bundles, or of envelopes. Each is verified first."
    ),
    out: Path = typer.Option(..., "--out", "-o", help="A new folder for what comes of it."),
    identity: Path | None = typer.Option(
        None, "--identity", "-i", help="Of envelopes: the lab's private key."
    ),
    signers: Path | None = typer.Option(
        None, "--signers", help="Your own list of signers: who signed each bundle must be on it."
    ),
    key: Path | None = typer.Option(
        None, "--key", help="OpenSSH key that signs it. Default: one made for it alone."
    ),
    several_cases: bool = typer.Option(
        False, "--several-cases", help="Bundles of different cases, too."
    ),
    not_verified: bool = typer.Option(
        False,
        "--not-verified",
        help="Bundles that do not verify, too: the report says of each that it cannot be relied "
        "on. What is no bundle, or was never signed, is refused all the same.",
    ),
) -> int:
    """Put bundles together: all devices of a search, or a scan and the runs that went on with it.

    Each content is listed once, with all its places. What comes of it is no scan's bundle, and says
    so; it names each bundle by its manifest's SHA-256.
    """
    if out.exists() or out.is_symlink():
        raise there_already(out)
    with ExitStack() as held, open_signer(key) as signer:
        signer.prove()
        given = [
            _given(held.enter_context(opened(each, _key_of(each, identity))), signers,
                   shown=f"{number} of {len(bundle)}", not_verified=not_verified)
            for number, each in enumerate(bundle, 1)
        ]  # fmt: skip
        refuse_what_does_not_belong(given, several_cases=several_cases)
        with console.err.status("Putting together"):
            at = words.utc_of(time.time())
            made = Merging(given).write(out, signer, by=f"seek {__version__}", at=at)
    _summed_up(made, out, bundle)
    return ExitCode.NOT_ALL if any(each.trouble for each in made.sources) else ExitCode.FINISHED


def _key_of(bundle: Path, identity: Path | None) -> Path | None:
    """Only envelopes are opened by it."""
    if not layout.is_envelope(bundle):
        return None
    if identity is None:
        raise UsageError(
            f"{bundle} is an envelope, which only the lab's key opens.",
            hint="Name it: --identity KEY.",
        )
    return identity


def _given(folder: Path, signers: Path | None, *, shown: str, not_verified: bool) -> GivenBundle:
    with console.err.status("") as status:
        result = bundles.verify(
            folder,
            signers=signers,
            renderers=None,
            tell=lambda step, steps, title: status.update(
                f"Bundle {shown}, step {step} of {steps}: {title}"
            ),
        )
        trouble = _trouble(result, folder, not_verified=not_verified)
        status.update(f"Bundle {shown}, reading findings")
        return _read(folder, result, trouble)


def _trouble(result: Verification, folder: Path, *, not_verified: bool) -> str:
    """Why it does not verify, where that is not to stop us. Raises VerificationError."""
    failed = result.failed
    if failed is None:
        return ""
    if not_verified and (folder / layout.MANIFEST).is_file():
        return f"step {failed.number}, {failed.title}: {failed.detail}"
    raise VerificationError(
        f"{folder.name} does not verify: step {failed.number}, {failed.title}: {failed.detail}.",
        hint="`seek verify` says more. To take it in all the same, and have that said: "
        "--not-verified.",
    )


def _read(folder: Path, result: Verification, trouble: str) -> GivenBundle:
    """What it says. Raises BundleError where it cannot even be read."""
    document, reader = read_document(folder), BundleFolder(folder)
    try:
        manifest = reader.read(layout.MANIFEST)
    except VerificationError as error:
        raise BundleError(
            f"{folder.name} cannot be read: {error.message}.",
            hint="`seek verify` says what is wrong with it.",
        ) from error
    return GivenBundle(
        name=folder.resolve().name,
        would_be_named=result.subject.would_be_named if result.subject else "",
        document=document,
        findings=tuple(findings_of(folder, document.volumes)),
        manifest_sha256=hashlib.sha256(manifest).hexdigest(),
        trouble=trouble,
        fingerprint=result.fingerprint,
        principal=result.principal,
        not_proven=result.not_proven,
        preview=partial(_preview, reader),
    )


def _preview(folder: BundleFolder, name: str) -> bytes:
    """Nothing of what cannot be read: then it has no preview."""
    try:
        return folder.read(name)
    except VerificationError:
        return b""


def _summed_up(made: Merged, out: Path, bundle: Sequence[Path]) -> None:
    for source, path in zip(made.sources, bundle, strict=True):
        said = [words.count(source.findings, "finding")]
        if source.all_in:
            told = words.count(source.carried, "of them", "of them")
            said.append(f"{told} told as those of bundle {source.all_in}, which goes on with it")
        name = console.untrusted(str(path))
        console.out.print(f"{source.number}. {name}: {'; '.join(said)}")
        if source.trouble:
            why = console.untrusted(source.trouble)
            console.out.print(f"[bold red]   It does not verify: {why}[/]")
    places = sum(len(each.places) for each in made.contents)
    contents = words.count(len(made.contents), "content")
    console.out.print(
        f"{contents} in {words.count(places, 'place')}: {console.untrusted(str(out))}"
    )
    if any(map(layout.is_envelope, bundle)):
        console.out.print("[yellow]It lies open: whoever has this folder can read it.[/]")
    console.err.print(f"Is it as it was signed? seek verify {console.untrusted(str(out))}")
