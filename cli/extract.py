"""`seek extract`: what findings hold, out of the evidence."""

import hashlib
import time
from pathlib import Path

import typer

from cli import completing, console
from cli.devices import AS_IMAGE
from cli.under_way import line_below
from cli.unlocking import UNLOCK, UNLOCK_ASK, UNLOCK_FOUND, secrets_of
from triage import __version__
from triage.bundle.checking import verify as bundles
from triage.bundle.checking.entry_lines import findings_of
from triage.bundle.checking.folder import BundleFolder
from triage.bundle.format import layout
from triage.bundle.format import shown as words
from triage.bundle.writing.exports import read_document
from triage.bundle.writing.signing import open_signer
from triage.errors import ExitCode, UsageError
from triage.evidence import Volume
from triage.scan.given import given
from triage.scan.passwords import passwords_in
from triage.workshop.copies import Extracted
from triage.workshop.exhibits import as_named, matched
from triage.workshop.extracting import (
    SIGNATURE,
    SUMS,
    Bundle,
    Extractor,
    Means,
    chosen,
    refuse_what_is_there,
)


def extract(
    bundle: Path = typer.Argument(help="The bundle's folder. It is verified first."),
    finding: list[int] = typer.Argument(None, help="Numbers of findings. None: give --all."),
    source: list[str] = typer.Option(
        ...,
        "--source",
        "-s",
        help="The device that was scanned, or an image of it. Of several: repeat it; where two "
        "could be one, say which it is in the bundle: d1=IMAGE.",
        autocompletion=completing.devices,
    ),
    out: Path = typer.Option(..., "--out", "-o", help="A new folder for what is taken out."),
    everything: bool = typer.Option(False, "--all", help="All findings."),
    unlock: list[Path] = UNLOCK,
    unlock_ask: bool = UNLOCK_ASK,
    unlock_found: bool = UNLOCK_FOUND,
    passwords: Path | None = typer.Option(
        None,
        "--passwords",
        help="Tried where an archive is encrypted: a file, a password a line.",
    ),
    key: Path | None = typer.Option(
        None, "--key", help="OpenSSH key that signs the list. Default: one made for it alone."
    ),
    for_vics: bool = typer.Option(
        False, "--vics", help="Also a VICS 2.0 file beside them that names each, for import."
    ),
    as_image: bool = typer.Option(False, "--as-image", help=AS_IMAGE),
) -> int:
    """Take out what findings hold, and what matched in it: members of archives and the like.

    Each is held against the digests in the bundle. The list of what was taken out is signed.
    """
    numbers = finding or []
    if bool(numbers) == everything:
        raise UsageError("Which findings?", hint="Give their numbers, or --all for all of them.")
    refuse_what_is_there(out)
    verified = _verified(bundle)
    secrets = secrets_of(unlock, ask=unlock_ask, gather=unlock_found, program=None)
    tried = passwords_in(passwords)
    ids, paths = zip(*map(as_named, source), strict=True)
    devices = matched(verified.document.devices, given(paths, as_image=as_image), ids)
    findings = list(chosen(findings_of(bundle, verified.document.volumes), numbers))
    with open_signer(key) as signer, line_below() as below:
        signer.prove()
        extractor = Extractor(verified, devices, out)
        means = Means(
            secrets=secrets,
            passwords=tried,
            volume_tried=_tell_of_volume,
            watch=below.tell,
        )

        def tell(one: Extracted) -> None:
            below.take_back()
            _tell(one)

        extractor.extract(findings, tell, means)
        below.take_back()
        if for_vics:
            extractor.list_for_vics()
        extractor.sign(signer, by=f"seek {__version__}", at=words.utc_of(time.time()))
    return _summed_up(extractor.files, out)


def _verified(bundle: Path) -> Bundle:
    bundles.verify(bundle, renderers=None).raise_if_failed()
    manifest = BundleFolder(bundle).read(layout.MANIFEST)
    digest = hashlib.sha256(manifest).hexdigest()
    return Bundle(path=bundle, document=read_document(bundle), manifest_sha256=digest)


def _tell_of_volume(volume: Volume, trouble: str) -> None:
    if trouble:
        why = console.untrusted(trouble)
        console.out.print(f"[yellow]Volume {volume.id} stays locked: {why}.[/]")
    else:
        console.out.print(f"Volume {volume.id} is open.")


def _tell(one: Extracted) -> None:
    part = f", {console.untrusted(one.part)}" if one.part else ""
    where = f"{one.volume} {console.untrusted(one.path)}{part}"
    if one.file:
        console.out.print(f"{one.finding:>6}  {one.file}  [dim]{where}[/]")
    else:
        why = console.untrusted(one.trouble)
        console.out.print(f"{one.finding:>6}  [yellow]not taken out: {why}[/]  {where}")


def _summed_up(files: list[Extracted], out: Path) -> int:
    there = sum(1 for each in files if each.file)
    missing = len(files) - there
    console.out.print(f"{words.count(there, 'content')} in {console.untrusted(str(out))}.")
    console.err.print(
        f"Checked by: ssh-keygen -Y verify -f LIST -I NAME -n seek-extraction@v1 -s {SIGNATURE} "
        f"< {SUMS}, and sha256sum -c {SUMS}"
    )
    if missing:
        console.out.print(f"[yellow]{words.count(missing, 'content')} could not be taken out.[/]")
        return ExitCode.NOT_ALL
    return ExitCode.FINISHED
