"""`seek selftest`: does this installation, on this machine, find what is known to be there?"""

import tempfile
import time
from pathlib import Path

import typer

from cli import console
from triage import __version__
from triage.bundle.format import shown as words
from triage.bundle.writing.exports import read_document
from triage.bundle.writing.signing import open_signer
from triage.errors import BundleError, ExitCode
from triage.selftest.answers import Answer, answers
from triage.selftest.result import (
    SIGNATURE,
    SUMS,
    SelftestResult,
    refuse_what_is_there,
    system,
    tested,
    write,
)


def selftest(
    out: Path = typer.Option(..., "--out", "-o", help="A new folder for the signed result."),
    by: str = typer.Option("", "--by", help="Who runs it, for the result."),
    key: Path | None = typer.Option(
        None, "--key", help="OpenSSH key that signs the result. Default: one made for it alone."
    ),
) -> int:
    """Search disks with known content, made on the spot, and sign what came of it."""
    refuse_what_is_there(out)
    begun = time.time()
    with open_signer(key) as signer, tempfile.TemporaryDirectory(prefix="seek-selftest-") as made:
        signer.prove()
        folder = Path(made)
        told = []
        for answer in answers(folder):
            told.append(answer)
            _tell(len(told), answer)
        result = SelftestResult(
            program=f"seek {__version__}",
            parts=_parts(folder),
            machine=tested(),
            system=system(),
            at=words.utc_of(begun),
            seconds=round(time.time() - begun, 1),
            by=by,
            signer=signer.statement.fingerprint,
            answers=tuple(told),
        )
        write(result, out, signer)
    console.out.print(console.untrusted(str(out)))
    console.err.print(
        f"Checked by: ssh-keygen -Y verify -f LIST -I NAME -n seek-selftest@v1 -s {SIGNATURE} "
        f"< {SUMS}, and sha256sum -c {SUMS}"
    )
    if result.passed:
        console.out.print(f"[green]Passed: all {len(told)}.[/]")
        return ExitCode.FINISHED
    console.out.print("[red]FAILED: do not search with this installation on this machine.[/]")
    return ExitCode.FAILED


def _tell(number: int, answer: Answer) -> None:
    said = "[green]passed[/]" if answer.right else "[red]FAILED[/]"
    console.out.print(f"{number:>3}  {said}  {answer.proves}")
    if not answer.right:
        console.out.print(f"             {console.untrusted(answer.came)}")


def _parts(folder: Path) -> dict[str, str]:
    """Of the bundle that was made."""
    for bundle in sorted((folder / "full").glob("out/*")):
        try:
            return read_document(bundle).tool.parts
        except BundleError:
            break
    return {}
